//! The journal of sound: an utterance is written to a file of its own while it is spoken, so that a crash costs at most
//! the page that was not yet complete. The bytes come coded and framed; this file only keeps them.

use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};
use voice::{Error, ErrorKind};

/// One utterance being kept.
pub struct Journal {
    file: File,
    path: PathBuf,
}

impl Journal {
    /// A new file `name` in `folder`, which is made if it is not there. Only the person can read both.
    ///
    /// # Errors
    /// `Storage` if the folder or file cannot be made, or the file exists.
    pub fn create(folder: &Path, name: &str) -> Result<Self, Error> {
        let path = folder.join(name);
        let made = private_folder(folder).and_then(|()| private_file(&path));
        let file = made.map_err(|error| storage(&path, &error))?;
        Ok(Self { file, path })
    }

    /// Adds `bytes` at the end. They are with the operating system when this returns: a crash of the app loses none.
    ///
    /// # Errors
    /// `Storage` if they cannot be written.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file.write_all(bytes).map_err(|error| storage(&self.path, &error))
    }

    /// Brings everything to the disk.
    ///
    /// # Errors
    /// `Storage` if the disk refuses.
    pub fn finish(self) -> Result<(), Error> {
        self.file.sync_data().map_err(|error| storage(&self.path, &error))
    }

    /// Where it is kept.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Removes the oldest recordings of `folder` until `keep` are left. Names sort by time.
///
/// # Errors
/// `Storage` if one cannot be removed. A folder that is not there holds nothing.
pub fn prune(folder: &Path, keep: usize) -> Result<(), Error> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    let mut recordings: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "ogg"))
        .collect();
    recordings.sort();
    let surplus = recordings.len().saturating_sub(keep);
    for path in recordings.into_iter().take(surplus) {
        fs::remove_file(&path).map_err(|error| storage(&path, &error))?;
    }
    Ok(())
}

#[cfg(unix)]
fn private_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn private_folder(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)
}

fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create_new(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

fn storage(path: &Path, error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Storage, path.display().to_string(), error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_utterance_is_on_disk_before_it_is_finished() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("new/journal");
        let mut journal = Journal::create(&folder, "1.ogg").unwrap();
        journal.append(b"one").unwrap();
        journal.append(b"two").unwrap();
        assert_eq!(fs::read(folder.join("1.ogg")).unwrap(), b"onetwo");
        journal.finish().unwrap();
        assert_eq!(Journal::create(&folder, "1.ogg").err().unwrap().kind, ErrorKind::Storage, "never overwritten");
    }

    #[test]
    fn pruning_takes_the_oldest_recordings_and_nothing_else() {
        let home = tempfile::tempdir().unwrap();
        for name in ["2.ogg", "1.ogg", "3.ogg", "0.txt"] {
            fs::write(home.path().join(name), name).unwrap();
        }
        prune(home.path(), 2).unwrap();
        let mut left: Vec<_> =
            fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        left.sort();
        assert_eq!(left, ["0.txt", "2.ogg", "3.ogg"]);
        prune(&home.path().join("absent"), 2).unwrap();
    }
}
