//! The one way to the disk for files of our own: private to the person, replaced whole or not at all, brought to the disk
//! before anybody is told so. Its own file so that a test can let any single step of it fail; SQLite has its own way.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, ErrorKind::NotFound, Read, Write},
    path::{Path, PathBuf},
};
use voice::{Error, ErrorKind};

/// A file that is being written.
pub(crate) struct Growing(File);

impl Growing {
    /// Everything written so far is on the disk when this returns.
    pub(crate) fn sync(&self) -> io::Result<()> {
        may(Step::Sync)?;
        self.0.sync_data()
    }
}

impl Write for Growing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        may(Step::Write)?;
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A new file that only the person can read.
///
/// # Errors
/// `AlreadyExists`, and what the disk says.
pub(crate) fn create(path: &Path) -> io::Result<Growing> {
    open(path, OpenOptions::new().create_new(true).append(true))
}

/// Replaces `path` by `bytes`, whole or not at all, and makes its folder if need be.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_by(path, |out| out.write_all(bytes))
}

/// The same with what `write` writes.
pub(crate) fn replace_by<E: From<io::Error>>(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> Result<(), E> {
    let folder = folder_of(path);
    private_folder(folder)?;
    let fresh = beside(path, ".new");
    let written = write_fresh(&fresh, write).and_then(|()| Ok(rename(&fresh, path)?)).and_then(|()| {
        sync_folder(folder)?;
        Ok(())
    });
    if written.is_err() {
        // half a file is of no use to anybody
        remove(&fresh).ok();
    }
    written
}

fn write_fresh<E: From<io::Error>>(fresh: &Path, write: impl FnOnce(&mut dyn Write) -> Result<(), E>) -> Result<(), E> {
    let file = open(fresh, OpenOptions::new().create(true).write(true).truncate(true))?;
    let mut out = BufWriter::new(file);
    write(&mut out)?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync()?;
    Ok(())
}

/// Up to `most` bytes of `path`; `None` if there is no such file.
///
/// # Errors
/// `FileTooLarge` if there are more.
pub(crate) fn read(path: &Path, most: u64) -> io::Result<Option<Vec<u8>>> {
    let opened = may(Step::Open).and_then(|()| File::open(path));
    let file = match opened {
        Err(error) if error.kind() == NotFound => return Ok(None),
        opened => opened?,
    };
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(Some(bytes))
}

/// Gives a file another name.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    may(Step::Rename)?;
    fs::rename(from, to)
}

/// Removes a file. One that is not there is removed.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match may(Step::Rename).and_then(|()| fs::remove_file(path)) {
        Err(error) if error.kind() == NotFound => Ok(()),
        done => done,
    }
}

/// Removes all that is in a folder. Goes on after a failure and gives the first one.
pub(crate) fn empty(folder: &Path) -> io::Result<()> {
    let gone = list(folder).into_iter().map(|path| {
        // a link is removed, not what it leads to
        let is_folder = fs::symlink_metadata(&path).is_ok_and(|about| about.is_dir());
        if is_folder { fs::remove_dir_all(&path) } else { remove(&path) }
    });
    gone.fold(Ok(()), io::Result::and)
}

/// The files in `folder`, by name. A folder that is not there holds none.
pub(crate) fn list(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    files
}

/// `path` with `ending` behind its whole name.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

/// Makes `folder` for the person alone, and those above it.
///
/// # Errors
/// What the disk says.
pub fn private_folder(folder: &Path) -> io::Result<()> {
    may(Step::Open)?;
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// The folder that `path` is in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// How a failure at `path` is told.
pub(crate) fn storage(path: &Path, error: &io::Error) -> Error {
    Error::new(ErrorKind::Storage, path.display().to_string(), format!("{error}."))
}

fn open(path: &Path, options: &mut OpenOptions) -> io::Result<Growing> {
    may(Step::Open)?;
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options.open(path).map(Growing)
}

/// A new name is on the disk when its folder is.
fn sync_folder(folder: &Path) -> io::Result<()> {
    may(Step::Sync)?;
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// What may fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Open,
    Write,
    Sync,
    Rename,
}

#[cfg(not(test))]
#[expect(clippy::unnecessary_wraps, reason = "a test lets it fail")]
fn may(_: Step) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
use faults::may;

/// Lets single steps of this thread fail.
#[cfg(test)]
pub(crate) mod faults {
    use super::{Step, io};
    use std::cell::Cell;

    thread_local! {
        static PLAN: Cell<Option<(u32, i32)>> = const { Cell::new(None) };
    }

    /// What a disk says, by its number on Linux: EIO, EMFILE, ENOSPC, EROFS.
    const SAID: [i32; 4] = [5, 24, 28, 30];

    /// Runs `work` again and again, each single step of it failing in each way, until it comes to its end without a
    /// fault; `check` sees what came of it. Gives the number of steps.
    pub(crate) fn sweep<T>(mut work: impl FnMut() -> T, mut check: impl FnMut(T)) -> u32 {
        for step in 0.. {
            for said in SAID {
                PLAN.set(Some((step, said)));
                let came = work();
                // a fault that was not reached: the work has fewer steps
                let reached = PLAN.take().is_none();
                check(came);
                if !reached {
                    return step;
                }
            }
        }
        unreachable!()
    }

    pub(super) fn may(_: Step) -> io::Result<()> {
        let Some((left, said)) = PLAN.get() else { return Ok(()) };
        if left > 0 {
            PLAN.set(Some((left - 1, said)));
            return Ok(());
        }
        PLAN.set(None);
        Err(io::Error::from_raw_os_error(said))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_or_not_at_all_whatever_fails() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("deep/file");
        replace(&path, b"old").unwrap();
        let mut failed = 0;
        let check = |done: io::Result<()>| {
            let now = read(&path, 10).unwrap().unwrap();
            failed += u32::from(done.is_err());
            assert!(if done.is_ok() { now == b"new" } else { now == b"new" || now == b"old" });
            assert_eq!(list(folder_of(&path)).len(), 1, "nothing half is left");
            replace(&path, b"old").unwrap();
        };
        let steps = faults::sweep(|| replace(&path, b"new"), check);
        assert_eq!(steps, 6, "folder, open, write, sync, rename, sync");
        assert_eq!(failed, 6 * 4);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_person_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("deep/file");
        replace(&path, b"x").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(folder_of(&path))), (0o600, 0o700));
    }

    #[test]
    fn a_giant_is_not_read() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("file");
        replace(&path, b"12345").unwrap();
        assert_eq!(read(&path, 5).unwrap().unwrap(), b"12345");
        assert_eq!(read(&path, 4).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert!(read(&home.path().join("absent"), 4).unwrap().is_none());
    }
}
