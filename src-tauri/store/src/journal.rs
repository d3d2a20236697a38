//! The journal of sound: an utterance is written to a file of its own while it is spoken, so that a crash costs at most
//! the page that was not yet complete. The bytes come coded and framed; this file only keeps them.

use crate::files::{self, Growing, storage};
use std::{
    fs::File,
    io::{Read, Write},
    path::{Path, PathBuf},
};
use voice::{Error, ErrorKind};

/// One utterance being kept.
pub struct Journal {
    file: Growing,
    path: PathBuf,
}

impl Journal {
    /// A new file `name` in `folder`, which is made if it is not there. Only the person can read both.
    ///
    /// # Errors
    /// `Storage` if the folder or file cannot be made, or the file exists.
    pub fn create(folder: &Path, name: &str) -> Result<Self, Error> {
        let path = folder.join(name);
        let made = files::private_folder(folder).and_then(|()| files::create(&path));
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
        self.file.sync().map_err(|error| storage(&self.path, &error))
    }

    /// Where it is kept.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The recording `name` of `folder`, to be read.
///
/// # Errors
/// `FileMissing` if there is none such.
pub fn recording(folder: &Path, name: &str) -> Result<impl Read, Error> {
    let missing = |detail: &str| Error::new(ErrorKind::FileMissing, name, detail);
    let name = plain_name(name).ok_or_else(|| missing("It is no recording's name."))?;
    File::open(folder.join(name)).map_err(|_| missing("The recording is no longer there."))
}

/// Removes the oldest recordings of `folder` until `keep` are left. Names sort by time.
///
/// # Errors
/// `Storage` if one cannot be removed. A folder that is not there holds nothing.
pub fn prune(folder: &Path, keep: usize) -> Result<(), Error> {
    let recordings = recordings(folder);
    let surplus = recordings.len().saturating_sub(keep);
    for path in recordings.into_iter().take(surplus) {
        files::remove(&path).map_err(|error| storage(&path, &error))?;
    }
    Ok(())
}

/// The recordings in `folder`, oldest first.
pub(crate) fn recordings(folder: &Path) -> Vec<PathBuf> {
    let all = files::list(folder).into_iter();
    all.filter(|path| path.extension().is_some_and(|extension| extension == "ogg")).collect()
}

/// `name` if it is the plain name of a recording and leads nowhere else.
pub(crate) fn plain_name(name: &str) -> Option<&str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let stem = name.strip_suffix(".ogg")?;
    (!stem.is_empty() && !stem.starts_with('.') && name.len() <= 120 && stem.bytes().all(plain)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use voice::ErrorKind;

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

    #[test]
    fn a_name_leads_nowhere_else() {
        for good in ["20260101-101010-001.ogg", "a_b.c.ogg"] {
            assert_eq!(plain_name(good), Some(good));
        }
        for bad in ["", ".ogg", "..ogg", "../a.ogg", "a/b.ogg", "a\\b.ogg", "/a.ogg", "C:a.ogg", "a.toml", "a\0.ogg"] {
            assert_eq!(plain_name(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn no_failing_step_is_called_kept() {
        let home = tempfile::tempdir().unwrap();
        let (mut name, mut kept) = (0, Vec::new());
        let work = || {
            name += 1;
            let mut journal = Journal::create(home.path(), &format!("{name}.ogg"))?;
            journal.append(b"sound")?;
            let path = journal.path().to_owned();
            journal.finish().map(|()| path)
        };
        let steps = files::faults::sweep(work, |done: Result<PathBuf, Error>| kept.extend(done));
        assert_eq!(steps, 4, "folder, open, write, sync");
        assert!(kept.len() == 1 && kept.iter().all(|path| fs::read(path).unwrap() == b"sound"));
    }
}
