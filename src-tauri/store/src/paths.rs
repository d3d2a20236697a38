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
    /// Where the running app is asked from outside: a socket in a folder of its own, or a pipe.
    pub remote: PathBuf,
}

impl Paths {
    /// The folders that this system gives the person; `None` where it names no home.
    #[must_use]
    pub fn of_this_person() -> Option<Self> {
        let [config, data, cache] = [dirs::config_dir()?, dirs::data_dir()?, dirs::cache_dir()?];
        let paths = Self::in_folders(&config.join(IDENTIFIER), &data.join(IDENTIFIER), &cache.join(IDENTIFIER));
        let remote = remote().unwrap_or_else(|| paths.remote.clone());
        Some(Self { remote, ..paths })
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
            remote: data.join("run").join("app.sock"),
        }
    }
}

/// Where this system has a place for such things that ends with the login.
#[cfg(unix)]
fn remote() -> Option<PathBuf> {
    Some(dirs::runtime_dir()?.join("wilco").join("app.sock"))
}

/// Pipes have one name space for everybody.
#[cfg(not(unix))]
fn remote() -> Option<PathBuf> {
    let name = dirs::home_dir()?.file_name()?.to_string_lossy().into_owned();
    Some(PathBuf::from(format!(r"\\.\pipe\wilco-{name}")))
}
