//! Where Wilco's files lie, so that window and terminal agree.

use std::path::{Path, PathBuf};

/// The application's identifier, as in `tauri.conf.json`.
const IDENTIFIER: &str = "app.wilco.wilco";

/// The folders of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// The settings file.
    pub settings: PathBuf,
    /// Recordings of utterances, one Ogg-Opus file each.
    pub journal: PathBuf,
}

impl Paths {
    /// The folders that this system gives the person; `None` where it names no home.
    #[must_use]
    pub fn of_this_person() -> Option<Self> {
        Some(Self::in_folders(&dirs::config_dir()?.join(IDENTIFIER), &dirs::data_dir()?.join(IDENTIFIER)))
    }

    /// Settings under `config`, everything else under `data`.
    #[must_use]
    pub fn in_folders(config: &Path, data: &Path) -> Self {
        Self { settings: config.join("settings.toml"), journal: data.join("journal") }
    }
}
