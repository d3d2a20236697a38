//! The settings file as somebody, or a power cut, has left it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::{fs, sync::OnceLock};
use store::SettingsFile;
use tempfile::TempDir;
use voice::ErrorKind;

static HOME: OnceLock<TempDir> = OnceLock::new();

fuzz_target!(|data: &[u8]| {
    let home = HOME.get_or_init(|| tempfile::tempdir().expect("a folder")).path();
    let path = home.join("settings.toml");
    for ending in ["toml", "toml.old", "toml.bad"] {
        fs::remove_file(path.with_extension(ending)).ok();
    }
    fs::write(&path, data).expect("written");
    let (mut file, told) = SettingsFile::open(&path).expect("settings");
    if let Some(error) = &told {
        assert!([ErrorKind::BadSetting, ErrorKind::Damaged].contains(&error.kind), "{error:?}");
        assert_eq!(fs::read(path.with_extension("toml.bad")).expect("set aside"), data);
    }
    let before = file.current().clone();
    file.save().expect("saved");
    let (again, told) = SettingsFile::open(&path).expect("settings");
    assert!(told.is_none(), "{told:?}");
    assert_eq!(*again.current(), before);
});
