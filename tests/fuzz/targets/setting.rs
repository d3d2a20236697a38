//! One setting as the page sends it: a name, a line end, a value.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::{fs, sync::OnceLock};
use store::SettingsFile;
use tempfile::TempDir;
use voice::ErrorKind;

static HOME: OnceLock<TempDir> = OnceLock::new();

fuzz_target!(|data: &[u8]| {
    let Ok(text) = str::from_utf8(data) else { return };
    let (key, value) = text.split_once('\n').unwrap_or((text, ""));
    let path = HOME.get_or_init(|| tempfile::tempdir().expect("a folder")).path().join("settings.toml");
    fs::remove_file(&path).ok();
    let (mut file, _) = SettingsFile::open(&path).expect("settings");
    let before = file.current().clone();
    match file.set(key, value) {
        Err(error) => {
            assert_eq!(error.kind, ErrorKind::BadSetting);
            assert_eq!(*file.current(), before, "nothing has changed");
        }
        Ok(()) => {
            let now = file.current().clone();
            file.save().expect("saved");
            let (again, told) = SettingsFile::open(&path).expect("settings");
            assert!(told.is_none(), "{told:?}");
            assert_eq!(*again.current(), now, "it is kept");
        }
    }
});
