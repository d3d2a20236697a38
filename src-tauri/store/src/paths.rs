//! Where Wilco's files lie, so that window and terminal agree.

use std::path::{Path, PathBuf};

/// The application's identifier, as in `tauri.conf.json`.
pub(crate) const IDENTIFIER: &str = "app.wilco.wilco";

/// The folders of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// The settings file.
    pub settings: PathBuf,
    /// The database of the history.
    pub history: PathBuf,
    /// Recordings of utterances, one Ogg-Opus file each.
    pub journal: PathBuf,
    /// What happened, without what was said.
    pub logs: PathBuf,
    /// Small things that are known from earlier runs: who was how quick, and which host got what.
    pub notes: PathBuf,
    /// What can be asked for again; the offers are in it.
    pub cache: PathBuf,
    /// What services said that they offer.
    pub offers: PathBuf,
}

impl Paths {
    /// The folders that this system gives the person; `None` where it names no home.
    #[must_use]
    pub fn of_this_person() -> Option<Self> {
        let [config, data, cache] = [dirs::config_dir()?, dirs::data_dir()?, dirs::cache_dir()?];
        Some(Self::in_folders(&config.join(IDENTIFIER), &data.join(IDENTIFIER), &cache.join(IDENTIFIER)))
    }

    /// Settings under `config`, what can be asked for again under `cache`, everything else under `data`.
    #[must_use]
    pub fn in_folders(config: &Path, data: &Path, cache: &Path) -> Self {
        Self {
            settings: config.join("settings.toml"),
            history: data.join("history.db"),
            journal: data.join("journal"),
            logs: data.join("logs"),
            notes: data.join("notes"),
            cache: cache.to_owned(),
            offers: cache.join("offers"),
        }
    }
}
