//! Settings on disk: the defaults of `assets/settings.toml` under the person's own file, which holds only differences.

use std::{
    fs,
    path::{Path, PathBuf},
};
use toml::{Table, Value};
use voice::{Error, ErrorKind, Settings};

const DEFAULTS: &str = include_str!("../../../assets/settings.toml");

/// The person's settings and the file they are kept in.
pub struct SettingsFile {
    path: Option<PathBuf>,
    differences: Table,
    current: Settings,
}

impl SettingsFile {
    /// The defaults, kept nowhere.
    ///
    /// # Errors
    /// `BadSetting` if the asset that was built in is wrong; a test keeps that from happening.
    pub fn in_memory() -> Result<Self, Error> {
        Ok(Self { path: None, differences: Table::new(), current: resolve(&Table::new())? })
    }

    /// What is kept at `path`. A file that is not there is an empty one. A file that cannot be used is set aside as
    /// `settings.toml.bad`, the defaults take its place, and the second value says so.
    ///
    /// # Errors
    /// As for `in_memory`.
    pub fn open(path: &Path) -> Result<(Self, Option<Error>), Error> {
        let mut file = Self { path: Some(path.to_owned()), ..Self::in_memory()? };
        let Ok(text) = fs::read_to_string(path) else { return Ok((file, None)) };
        let read = text.parse::<Table>().map_err(|error| bad(path.display(), error.message()));
        match read.and_then(|differences| Ok((resolve(&differences)?, differences))) {
            Ok((current, differences)) => {
                file.current = current;
                file.differences = differences;
                Ok((file, None))
            }
            Err(mut error) => {
                let aside = path.with_extension("toml.bad");
                let moved = fs::rename(path, &aside).is_ok();
                let fate = if moved { format!(" It is kept as {}.", aside.display()) } else { String::new() };
                error.detail = format!("{}. The defaults are used.{fate}", error.detail);
                Ok((file, Some(error)))
            }
        }
    }

    /// The same settings, but from here on changes stay in memory.
    #[must_use]
    pub fn kept_nowhere(self) -> Self {
        Self { path: None, ..self }
    }

    /// The settings in force.
    #[must_use]
    pub fn current(&self) -> &Settings {
        &self.current
    }

    /// Changes one setting: a dotted name and a TOML value; what is no TOML counts as text.
    ///
    /// # Errors
    /// `BadSetting` names what is wrong; nothing has changed then.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), Error> {
        let mut differences = self.differences.clone();
        insert(&mut differences, key, literal(value))?;
        self.current = resolve(&differences).map_err(|error| bad(key, &error.detail))?;
        self.differences = differences;
        Ok(())
    }

    /// Writes the differences, whole or not at all.
    ///
    /// # Errors
    /// `Storage` if the file cannot be written; the settings stay in force.
    pub fn save(&self) -> Result<(), Error> {
        let Some(path) = &self.path else { return Ok(()) };
        let fresh = path.with_extension("toml.new");
        let written = fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))
            .and_then(|()| fs::write(&fresh, self.differences.to_string()))
            .and_then(|()| fs::rename(&fresh, path));
        written.map_err(|error| Error::new(ErrorKind::Storage, path.display().to_string(), error.to_string()))
    }
}

/// `0.5` and `true` and `["a"]` are TOML; `slt` is not, and is text.
fn literal(value: &str) -> Value {
    let read = format!("value = {value}").parse::<Table>().ok();
    read.filter(|table| table.len() == 1)
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| Value::String(value.to_owned()))
}

fn insert(table: &mut Table, key: &str, value: Value) -> Result<(), Error> {
    let Some((section, rest)) = key.split_once('.') else {
        table.insert(key.to_owned(), value);
        return Ok(());
    };
    let below = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
    let below = below.as_table_mut().ok_or_else(|| bad(key, "is not a section"))?;
    insert(below, rest, value)
}

fn resolve(differences: &Table) -> Result<Settings, Error> {
    let mut all = DEFAULTS.parse::<Table>().map_err(|error| bad("defaults", error.message()))?;
    overlay(&mut all, differences);
    let settings: Settings = all.try_into().map_err(|error: toml::de::Error| bad("settings", error.message()))?;
    in_range("voice.rate", settings.voice.rate, 0.5, 2.0)?;
    in_range("voice.volume", settings.voice.volume, 0.0, 1.0)?;
    in_range("audio.gain_db", settings.audio.gain_db, -20, 30)?;
    in_range("audio.pre_roll_ms", settings.audio.pre_roll_ms, 0, 500)?;
    Ok(settings)
}

fn overlay(base: &mut Table, above: &Table) {
    for (key, value) in above {
        match (base.get_mut(key), value) {
            (Some(Value::Table(base)), Value::Table(above)) => overlay(base, above),
            // a whole number is a good loudness
            (Some(Value::Float(old)), Value::Integer(new)) => *old = *new as f64,
            _ => {
                base.insert(key.clone(), value.clone());
            }
        }
    }
}

fn in_range<N: Copy + PartialOrd + std::fmt::Display>(key: &str, value: N, low: N, high: N) -> Result<(), Error> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(bad(key, &format!("{key} is {value}, but must be from {low} to {high}")))
}

fn bad(source: impl std::fmt::Display, detail: &str) -> Error {
    Error::new(ErrorKind::BadSetting, source.to_string(), detail.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use voice::Mode;

    #[test]
    fn a_value_is_toml_or_text() {
        let mut file = SettingsFile::in_memory().unwrap();
        file.set("mode", "echo").unwrap();
        file.set("voice.name", "slt").unwrap();
        file.set("voice.rate", "1.5").unwrap();
        file.set("voice.volume", "1").unwrap();
        file.set("audio.suppress_noise", "true").unwrap();
        file.set("providers.say", r#"["espeak-ng"]"#).unwrap();
        let now = file.current();
        assert_eq!((now.mode, now.voice.name.as_str(), now.voice.rate), (Mode::Echo, "slt", 1.5));
        assert!(now.audio.suppress_noise && now.providers.say == ["espeak-ng"]);
    }

    #[test]
    fn a_bad_value_changes_nothing_and_is_named() {
        let mut file = SettingsFile::in_memory().unwrap();
        let before = file.current().clone();
        for (key, value) in [("mode", "sing"), ("voice.rate", "9"), ("voice.pitch", "1"), ("mode.x", "1"), ("", "")] {
            let error = file.set(key, value).unwrap_err();
            assert_eq!(error.kind, ErrorKind::BadSetting, "{key}");
            assert_eq!(error.source, key);
        }
        assert_eq!(file.current(), &before);
    }

    #[test]
    fn only_differences_are_kept_and_come_back() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("deep/settings.toml");
        let (mut file, told) = SettingsFile::open(&path).unwrap();
        assert!(told.is_none());
        file.set("languages.theirs", "fr").unwrap();
        file.save().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap().trim(), "[languages]\ntheirs = \"fr\"");
        let (again, _) = SettingsFile::open(&path).unwrap();
        assert_eq!(again.current().languages.theirs.tag(), "fr");
    }

    #[test]
    fn an_unreadable_file_is_set_aside_and_told() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("settings.toml");
        for rubbish in ["mode = ", "mode = 7", "\0\0\0"] {
            fs::write(&path, rubbish).unwrap();
            let (file, told) = SettingsFile::open(&path).unwrap();
            assert_eq!(told.unwrap().kind, ErrorKind::BadSetting, "{rubbish:?}");
            assert_eq!(file.current().mode, Mode::Chat);
            assert_eq!(fs::read_to_string(path.with_extension("toml.bad")).unwrap(), rubbish);
        }
    }
}
