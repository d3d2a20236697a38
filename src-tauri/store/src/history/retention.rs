//! How long a turn stays. Its own file because the rule is one: the age of a turn by the clock of its own day, and a star
//! outweighs it.

use super::{keeper::Keeper, open, rows};
use crate::{files, journal};
use std::{collections::HashSet, path::Path, sync::PoisonError};
use voice::{Error, KeepHistory};

const DAY: u64 = 24 * 60 * 60 * 1_000;
/// Damaged databases that stay set aside.
const BAD_ONES: usize = 2;
/// Without a star, neither its own nor its conversation's, and over.
const FREE: &str = "starred = 0 AND outcome IS NOT NULL
    AND conversation NOT IN (SELECT id FROM conversations WHERE starred = 1)";

/// With a star, or to be heard again.
const NEEDED: &str = "(starred = 1 OR outcome IS NULL OR outcome = 'saved_for_retry')";

impl Keeper {
    /// The rule from now on; what it does not allow goes at once.
    pub(crate) fn keep(&mut self, keep: KeepHistory, days: u32, now: u64) -> Result<(), Error> {
        self.now = self.now.max(now);
        (self.keep, self.days) = (keep, days);
        self.remove_old()
    }

    /// Once a day, for an app that is never closed. A failure was told; it is tried again the next day.
    pub(crate) fn remove_old_daily(&mut self) {
        if self.now.saturating_sub(self.pruned) >= DAY {
            self.remove_old().ok();
        }
    }

    fn remove_old(&mut self) -> Result<(), Error> {
        self.pruned = self.now;
        self.remove_bad_ones()?;
        let now = self.now;
        match self.keep {
            KeepHistory::Always => Ok(()),
            KeepHistory::Days => {
                // by the time that the turn names: its number may come from a clock that was wrong
                let oldest = now.saturating_sub(u64::from(self.days).saturating_mul(DAY)) / 1_000;
                self.delete_where(&format!("coalesce(unixepoch(at), id / 1000) < ? AND {FREE}"), rows::number(oldest))
            }
            KeepHistory::Nothing => {
                self.delete_where(&format!("id < ? AND outcome <> 'saved_for_retry' AND {FREE}"), i64::MAX)
            }
        }
    }

    /// What was set aside holds words as well.
    fn remove_bad_ones(&mut self) -> Result<(), Error> {
        let Some(paths) = &self.paths else { return Ok(()) };
        let all = open::bad_ones(&paths.history);
        let (beside, bad): (Vec<_>, Vec<_>) = all.into_iter().partition(|path| is_beside(path));
        let stay = if self.keep == KeepHistory::Nothing { 0 } else { BAD_ONES };
        for path in bad.iter().take(bad.len().saturating_sub(stay)) {
            let its = beside.iter().filter(|beside| beside.to_string_lossy().starts_with(&*path.to_string_lossy()));
            for path in its.chain([path]) {
                files::remove(path).map_err(|error| files::storage(path, &error))?;
            }
        }
        Ok(())
    }

    /// Removes the oldest recordings until `most` are left, but none that a retry needs, that has a star or
    /// whose turn is about to begin.
    pub(crate) fn prune_recordings(&mut self, most: usize) -> Result<(), Error> {
        let Some(folder) = self.paths.as_ref().map(|paths| paths.journal.clone()) else { return Ok(()) };
        // without the database nobody knows what earlier runs need: only those of this one can go
        let all_known = self.is_on_disk();
        let which = if all_known { NEEDED.to_owned() } else { format!("NOT {NEEDED}") };
        let named: HashSet<String> = self.read(|db| {
            let mut named =
                db.prepare(&format!("SELECT recording FROM turns WHERE recording IS NOT NULL AND {which}"))?;
            named.query_map([], |row| row.get(0))?.collect()
        })?;
        let all = journal::recordings(&folder);
        let surplus = all.len().saturating_sub(most);
        let names = all.iter().filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()));
        // asked after the files: what is made from now on is not among them
        let announced = self.announced.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let may_go = |name: &String| named.contains(name) != all_known && !announced.contains(name);
        let gone: Vec<String> = names.filter(may_go).take(surplus).collect();
        self.delete_recordings(&gone)
    }
}

/// Whether `path` belongs to a database and goes with it.
fn is_beside(path: &Path) -> bool {
    let name = path.to_string_lossy();
    ["-wal", "-shm", "-journal"].iter().any(|ending| name.ends_with(ending))
}
