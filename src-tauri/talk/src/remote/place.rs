//! Where the two ends meet, so that only the person's own programs can: a folder that nobody else may enter. Its own file
//! because it is all about rights, and about what a dead app leaves behind.

use std::{io, path::Path};

/// Makes `path` free to be listened at: its folder is there and closed to others, and no dead socket lies in it.
///
/// # Errors
/// `AddrInUse` if somebody listens there; `PermissionDenied` if the folder is not ours.
pub(super) fn prepare(path: &Path) -> io::Result<()> {
    use std::{
        fs,
        os::unix::fs::{DirBuilderExt, FileTypeExt, PermissionsExt},
        os::unix::net::UnixStream,
    };
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    // a folder that somebody else put there, or a way to another place, is no place for us
    if !fs::symlink_metadata(folder)?.is_dir() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(found) if found.file_type().is_socket() => match UnixStream::connect(path) {
            Ok(_) => Err(io::ErrorKind::AddrInUse.into()),
            Err(_) => fs::remove_file(path),
        },
        Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
    }
}

/// Lets only the person open `path`, and gives who that is.
///
/// # Errors
/// Those of the file system.
pub(super) fn close_to_others(path: &Path) -> io::Result<u32> {
    use std::{
        fs,
        os::unix::fs::{MetadataExt, PermissionsExt},
    };
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    // whoever made the file is who we are
    Ok(fs::symlink_metadata(path)?.uid())
}
