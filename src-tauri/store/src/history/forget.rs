//! Forgetting everything. Its own file because it has to know every place where words were put: rows, free pages, the log,
//! copies, recordings, notes, caches, logs of what happened, and older settings if those go too.

use super::{keeper::Keeper, open, schema};
use crate::files;
use std::path::Path;
use voice::Error;

impl Keeper {
    /// Everything but the settings, and those too if `settings` is set. Goes on after a failure and gives the first one.
    pub(crate) fn forget_everything(&mut self, settings: bool) -> Result<(), Error> {
        self.under_way.clear();
        self.unsaved.clear();
        self.latest = None;
        let mut first = self.forget_rows();
        let Some(paths) = self.paths.clone() else { return first };
        let beside = open::bad_ones(&paths.history).into_iter().chain(open::copies(&paths.history));
        for path in beside {
            first = first.and(gone(&path));
        }
        for folder in [&paths.journal, &paths.notes, &paths.cache, &paths.logs] {
            first = first.and(files::empty(folder).map_err(|error| files::storage(folder, &error)));
        }
        if settings {
            for ending in ["", ".old", ".bad", ".new"] {
                first = first.and(gone(&files::beside(&paths.settings, ending)));
            }
        }
        first
    }

    fn forget_rows(&mut self) -> Result<(), Error> {
        let emptied = schema::empty(self.db()).and_then(|()| self.db().execute_batch("VACUUM"));
        if self.is_on_disk() && emptied.is_ok() {
            return self.empty_log();
        }
        // without room for that, or with a file that we may not open, the file itself goes
        let Some(path) = self.paths.as_ref().map(|paths| paths.history.clone()) else { return Ok(()) };
        self.close();
        let mut first = Ok(());
        for ending in ["", "-wal", "-shm", "-journal"] {
            first = first.and(gone(&files::beside(&path, ending)));
        }
        self.renew(false);
        first
    }
}

fn gone(path: &Path) -> Result<(), Error> {
    files::remove(path).map_err(|error| files::storage(path, &error))
}
