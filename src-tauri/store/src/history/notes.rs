//! What is kept beside the turns from run to run: small texts of other rooms. Its own file because these are files of their
//! own: losing one loses no turn, and no query looks into them.

use super::keeper::Keeper;
use crate::files;
use std::path::PathBuf;
use voice::Error;

/// No note is longer, in bytes.
const LONGEST: u64 = 1 << 20;

impl Keeper {
    /// Keeps `text` as the note of that name.
    pub(crate) fn note_down(&self, name: &str, text: &str) -> Result<(), Error> {
        let Some(file) = self.note_file(name) else { return Ok(()) };
        files::replace(&file, text.as_bytes()).map_err(|error| files::storage(&file, &error))
    }

    /// The note of that name. One that cannot be read is none.
    pub(crate) fn noted(&self, name: &str) -> Option<String> {
        String::from_utf8(files::read(&self.note_file(name)?, LONGEST).ok()??).ok()
    }

    fn note_file(&self, name: &str) -> Option<PathBuf> {
        Some(self.paths.as_ref()?.notes.join(name).with_extension("json"))
    }
}

#[cfg(test)]
mod tests {
    use crate::{History, Paths};

    #[tokio::test]
    async fn a_note_is_given_back_and_rubbish_is_none() {
        let home = tempfile::tempdir().unwrap();
        let [config, data, cache] = ["config", "data", "cache"].map(|name| home.path().join(name));
        let paths = Paths::in_folders(&config, &data, &cache);
        let history = History::open(Some(paths.clone()), 0, |error| panic!("{error}"));
        assert_eq!(history.noted("paces").await.unwrap(), None);
        history.note_down("paces", "[]".into()).await.unwrap();
        assert_eq!(history.noted("paces").await.unwrap().as_deref(), Some("[]"));
        std::fs::write(paths.notes.join("paces.json"), [0xff]).unwrap();
        assert_eq!(history.noted("paces").await.unwrap(), None);
        history.forget_everything(false).await.unwrap();
        assert_eq!(std::fs::read_dir(&paths.notes).unwrap().count(), 0);
    }
}
