//! What of the history goes into files for others and comes back from them, as it is asked for. Its own file because paths
//! meet the history here and nowhere else.

use super::{Export, Exported, History, Imported, Promised};
use crate::files;
use std::path::PathBuf;

impl History {
    /// Writes turns into a file, and their recordings into a folder; gives how many turns.
    ///
    /// # Errors
    /// `Storage`; then the file is as it was before. `NotKept` if there is no such conversation.
    pub fn export(&self, export: Export) -> Promised<Exported> {
        self.ask(move |keeper| keeper.export(&export))
    }

    /// Writes `text` into a file, whole or not at all; it is replaced if it is there.
    ///
    /// # Errors
    /// `Storage`; then the file is as it was before.
    pub fn write_out(&self, to: PathBuf, text: String) -> Promised<()> {
        self.ask(move |_| files::replace(&to, text.as_bytes()).map_err(|error| files::storage(&to, &error)))
    }

    /// Takes the turns of a JSON export that are not here yet.
    ///
    /// # Errors
    /// `FileMissing`, `NotAnExport`, `NewerFile`, `Storage`; then nothing was taken.
    pub fn import(&self, from: PathBuf) -> Promised<Imported> {
        self.ask(move |keeper| keeper.import(&from))
    }

    /// The same with what a file called `name` holds.
    ///
    /// # Errors
    /// `NotAnExport`, `NewerFile`, `Storage`; then nothing was taken.
    pub fn import_text(&self, name: String, text: Vec<u8>) -> Promised<Imported> {
        self.ask(move |keeper| keeper.import_text(&name, &text))
    }
}
