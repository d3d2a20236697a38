//! Settings on disk: the defaults of `assets/settings.toml` under the person's own file, which holds only differences.
//! What is not known, from a newer Wilco, is kept and passed over.

use crate::{
    files,
    generations::{self, Found},
};
use std::path::{Path, PathBuf};
use toml::{Table, Value};
use voice::{Error, ErrorKind, Settings};

const DEFAULTS: &str = include_str!("../../../assets/settings.toml");
/// What providers ask: defaults too, but facts of others, with a date.
const PRICES: &str = include_str!("../../../assets/prices.toml");

/// The person's settings and the file they are kept in.
pub struct SettingsFile {
    path: Option<PathBuf>,
    /// What the file holds now, if that is good: the older generation of the next save.
    kept: Option<String>,
    /// The file is there but could not be read: it must not be replaced by less.
    unread: bool,
    differences: Table,
    current: Settings,
}

impl SettingsFile {
    /// The defaults, kept nowhere.
    ///
    /// # Errors
    /// `BadSetting` if the asset that was built in is wrong; a test keeps that from happening.
    pub fn in_memory() -> Result<Self, Error> {
        Ok(Self {
            path: None,
            kept: None,
            unread: false,
            differences: Table::new(),
            current: resolve(&Table::new())?.0,
        })
    }

    /// What is kept at `path`. A file that is not there is an empty one. A file that cannot be used is set aside as
    /// `settings.toml.bad`; the generation before it (`settings.toml.old`) takes its place, or else the defaults, and the
    /// second value says so.
    ///
    /// # Errors
    /// As for `in_memory`.
    pub fn open(path: &Path) -> Result<(Self, Option<Error>), Error> {
        let mut file = Self { path: Some(path.to_owned()), ..Self::in_memory()? };
        let told = match file.take(path) {
            Ok(()) => None,
            Err(Fault::Disk(error)) => {
                file.unread = true;
                Some(files::storage(path, &error))
            }
            Err(Fault::Content(mut error)) => {
                let aside = files::beside(path, ".bad");
                let moved = files::rename(path, &aside).is_ok();
                let older = file.take(&older(path)).is_ok() && file.kept.is_some();
                let instead = if older { "Those before the last change" } else { "The defaults" };
                let fate = if moved { format!(" It is kept as {}.", aside.display()) } else { String::new() };
                error.detail = format!("{}. {instead} are used.{fate}", error.detail);
                Some(error)
            }
        };
        Ok((file, told))
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
        let (current, unknown) = resolve(&differences).map_err(|error| bad(key, &error.detail))?;
        if unknown.iter().any(|unknown| key == unknown || key.starts_with(&format!("{unknown}."))) {
            return Err(bad(key, "there is no such setting"));
        }
        (self.current, self.differences) = (current, differences);
        Ok(())
    }

    /// Writes the differences, whole or not at all. What the file held before is kept beside it.
    ///
    /// # Errors
    /// `Storage` if the file cannot be written; the settings stay in force.
    pub fn save(&mut self) -> Result<(), Error> {
        let Some(path) = &self.path else { return Ok(()) };
        if self.unread {
            let why = "it could not be read at the start, so it is not replaced; changes last until Wilco ends.";
            return Err(Error::new(ErrorKind::Storage, path.display().to_string(), why));
        }
        let written = generations::write(path, &older(path), self.kept.as_deref(), &self.differences.to_string());
        self.kept = Some(written.map_err(|error| files::storage(path, &error))?);
        Ok(())
    }

    /// Takes what `path` says, if anything.
    fn take(&mut self, path: &Path) -> Result<(), Fault> {
        let text = match generations::read(path).map_err(Fault::Disk)? {
            Found::Nothing => return Ok(()),
            Found::Torn => {
                let torn = Error::new(ErrorKind::Damaged, path.display().to_string(), "it is damaged");
                return Err(Fault::Content(torn));
            }
            Found::Text(text) => text,
        };
        let read = text.parse::<Table>().map_err(|error| bad(path.display(), error.message()));
        let (differences, (current, unknown)) =
            read.and_then(|differences| Ok((resolve(&differences)?, differences))).map(|(a, b)| (b, a)).map_err(
                // two faults of the same file: one is for its writer, the other for nobody
                |error| {
                    Fault::Content(if text.contains('\0') {
                        Error { kind: ErrorKind::Damaged, ..error }
                    } else {
                        error
                    })
                },
            )?;
        if !unknown.is_empty() {
            tracing::warn!(count = unknown.len(), "settings that this version does not know are kept and passed over");
        }
        if !generations::is_untouched(&text) {
            tracing::info!("the settings were edited by hand");
        }
        (self.current, self.differences, self.kept) = (current, differences, Some(text));
        Ok(())
    }
}

/// Why a file cannot be used.
enum Fault {
    /// It cannot be read now; it may be good.
    Disk(std::io::Error),
    /// It can be read and is no good.
    Content(Error),
}

/// The generation before the one at `path`.
fn older(path: &Path) -> PathBuf {
    files::beside(path, ".old")
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

/// The settings that `differences` make, and the names in them that nobody knows.
fn resolve(differences: &Table) -> Result<(Settings, Vec<String>), Error> {
    let mut all = DEFAULTS.parse::<Table>().map_err(|error| bad("defaults", error.message()))?;
    let prices = PRICES.parse::<Table>().map_err(|error| bad("prices", error.message()))?;
    all.insert("prices".to_owned(), Value::Table(prices));
    overlay(&mut all, differences);
    let settings: Settings = all.try_into().map_err(|error: toml::de::Error| bad("settings", error.message()))?;
    in_range("voice.rate", settings.voice.rate, 0.5, 2.0)?;
    in_range("voice.volume", settings.voice.volume, 0.0, 1.0)?;
    in_range("audio.gain_db", settings.audio.gain_db, -20, 30)?;
    in_range("audio.pre_roll_ms", settings.audio.pre_roll_ms, 0, 500)?;
    in_range("spending.monthly_cap", settings.spending.monthly_cap, 0.0, 1e6)?;
    let known = Table::try_from(&settings).map_err(|error| bad("settings", &error.to_string()))?;
    let mut unknown = Vec::new();
    not_in(&known, differences, "", &mut unknown);
    Ok((settings, unknown))
}

/// Dotted names in `table` that `known` lacks.
fn not_in(known: &Table, table: &Table, above: &str, unknown: &mut Vec<String>) {
    for (key, value) in table {
        match (known.get(key), value) {
            (None, _) => unknown.push(format!("{above}{key}")),
            (Some(Value::Table(known)), Value::Table(table)) => {
                not_in(known, table, &format!("{above}{key}."), unknown);
            }
            _ => {}
        }
    }
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
    use std::fs;
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
    fn a_price_is_the_persons_or_that_of_the_table() {
        let mut file = SettingsFile::in_memory().unwrap();
        let price = |file: &SettingsFile, name: &str| file.current().prices.get(name).cloned().unwrap_or_default();
        assert_eq!(price(&file, "deepgram").hear_minute, Some(0.0048));
        assert_eq!(price(&file, "openai").reply_million_in, None, "what is not known is not guessed");
        file.set("prices.openai.reply_million_in", "2").unwrap();
        file.set("prices.deepgram.hear_minute", "0.01").unwrap();
        file.set("spending.monthly_cap", "5").unwrap();
        let (openai, deepgram) = (price(&file, "openai"), price(&file, "deepgram"));
        assert_eq!((openai.reply_million_in, openai.hear_minute), (Some(2.0), Some(0.0045)));
        assert_eq!((deepgram.hear_minute, deepgram.say_million), (Some(0.01), Some(30.0)));
        for (key, value) in [("prices.openai.beer", "2"), ("spending.monthly_cap", "-1"), ("spending.at_cap", "x")] {
            assert_eq!(file.set(key, value).unwrap_err().kind, ErrorKind::BadSetting, "{key}");
        }
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
        assert!(fs::read_to_string(&path).unwrap().contains(".\n[languages]\ntheirs = \"fr\"\n# "));
        let (again, _) = SettingsFile::open(&path).unwrap();
        assert_eq!(again.current().languages.theirs.tag(), "fr");
    }

    #[test]
    fn an_unreadable_file_is_set_aside_and_told() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("settings.toml");
        let rubbish = [
            (&b"mode = "[..], ErrorKind::BadSetting),
            (b"mode = 7", ErrorKind::BadSetting),
            (b"\0\0\0", ErrorKind::Damaged),
            (b"\xff\xfe\x12", ErrorKind::Damaged),
            (b"# Settings of Wilco; edit freely.\n[voi", ErrorKind::Damaged),
        ];
        for (rubbish, kind) in rubbish {
            fs::write(&path, rubbish).unwrap();
            let (file, told) = SettingsFile::open(&path).unwrap();
            assert_eq!(told.unwrap().kind, kind, "{rubbish:?}");
            assert_eq!(file.current().mode, Mode::Chat);
            assert_eq!(fs::read(path.with_extension("toml.bad")).unwrap(), rubbish);
        }
    }

    /// A file with `voice.rate = 1.5` before its last change, and 2.0 after it.
    fn two_generations(path: &Path) -> Vec<u8> {
        let (mut file, _) = SettingsFile::open(path).unwrap();
        for rate in ["1.5", "2.0"] {
            file.set("voice.rate", rate).unwrap();
            file.save().unwrap();
        }
        fs::read(path).unwrap()
    }

    #[test]
    fn damage_costs_one_change_at_most() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("settings.toml");
        let good = two_generations(&path);
        let mut told_of = 0;
        for cut in 0..good.len() {
            for filled in [false, true] {
                let mut torn = good[..cut].to_vec();
                torn.resize(if filled { good.len() } else { cut }, 0);
                fs::write(&path, &torn).unwrap();
                let (file, told) = SettingsFile::open(&path).unwrap();
                match told {
                    Some(_) => assert_eq!(file.current().voice.rate, 1.5, "{cut} {filled}"),
                    // too short to be ours: nothing, or nothing but a remark; or all of it but the end of its seal
                    None => assert!(cut < 33 || file.current().voice.rate == 2.0, "{cut} {filled}"),
                }
                told_of += u32::from(told.is_some());
            }
        }
        assert!(told_of > good.len() as u32);
    }

    #[test]
    fn what_a_newer_version_said_survives() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("settings.toml");
        fs::write(&path, "hum = 1\n[voice]\nrate = 1.5\npitch = 3\n[accounts.x]\nnew = \"y\"\n").unwrap();
        let (mut file, told) = SettingsFile::open(&path).unwrap();
        assert!(told.is_none() && file.current().voice.rate == 1.5);
        file.set("voice.volume", "0.5").unwrap();
        file.save().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            ["hum = 1", "pitch = 3", "new = \"y\"", "volume = 0.5"].iter().all(|line| text.contains(line)),
            "{text}"
        );
        assert_eq!(file.set("voice.pitch", "4").unwrap_err().kind, ErrorKind::BadSetting);
    }

    #[test]
    fn no_failing_step_is_called_saved_or_costs_a_setting() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("settings.toml");
        two_generations(&path);
        let (mut file, _) = SettingsFile::open(&path).unwrap();
        let mut rate = 1.0;
        let work = || {
            rate = if rate > 1.9 { 1.0 } else { rate + 0.125 };
            let before = file.current().voice.rate;
            file.set("voice.rate", &rate.to_string()).unwrap();
            (before, rate, file.save())
        };
        let mut last = 2.0;
        let steps = files::faults::sweep(work, |(_, wanted, done): (f32, f32, Result<(), Error>)| {
            let (again, told) = SettingsFile::open(&path).unwrap();
            let now = again.current().voice.rate;
            assert!(told.is_none() && (now == wanted || (done.is_err() && now == last)), "{now} {wanted} {last}");
            last = now;
        });
        assert_eq!(steps, 12);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("settings.toml");
        let good = two_generations(&path);
        files::faults::sweep(
            || SettingsFile::open(&path).unwrap(),
            |(mut file, told)| {
                let kind = told.map(|error| error.kind);
                assert!(kind == Some(ErrorKind::Storage) || (kind.is_none() && file.current().voice.rate == 2.0));
                assert!(kind.is_none() || file.save().is_err());
                assert_eq!(fs::read(&path).unwrap(), good);
            },
        );
    }
}
