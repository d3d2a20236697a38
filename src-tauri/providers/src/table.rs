//! The one table: name, profile, constructor. Its own file because it is the only place that knows every provider.

use crate::local::{apertium, echo, espeak, flite, no_model, pocketsphinx};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};
use voice::{Error, ErrorKind, Profile, Provider};

/// Where engines are looked for.
#[derive(Clone, Debug)]
pub struct Places {
    /// Folder of the shared libraries; empty leaves it to the system.
    pub libraries: PathBuf,
    /// Folder of PocketSphinx's American English model.
    pub model: PathBuf,
    /// Folder of Apertium's `.mode` files.
    pub modes: PathBuf,
}

impl Default for Places {
    /// Where Debian's packages put them.
    fn default() -> Self {
        Self {
            libraries: PathBuf::new(),
            model: PathBuf::from("/usr/share/pocketsphinx/model/en-us"),
            modes: PathBuf::from("/usr/share/apertium/modes"),
        }
    }
}

struct Row {
    name: &'static str,
    profile: fn(&Places) -> Profile,
    check: fn(&Places) -> Result<(), Error>,
    open: fn(&Places) -> Result<Provider, Error>,
}

#[rustfmt::skip]
const ROWS: [Row; 6] = [
    Row { name: pocketsphinx::NAME, profile: pocketsphinx::profile, check: pocketsphinx::check, open: pocketsphinx::open },
    Row { name: flite::NAME,        profile: flite::profile,        check: flite::check,        open: flite::open },
    Row { name: espeak::NAME,       profile: espeak::profile,       check: espeak::check,       open: espeak::open },
    Row { name: apertium::NAME,     profile: apertium::profile,     check: apertium::check,     open: apertium::open },
    Row { name: echo::NAME,         profile: |_| echo::profile(),     check: |_| Ok(()), open: |_| Ok(echo::open()) },
    Row { name: no_model::NAME,     profile: |_| no_model::profile(), check: |_| Ok(()), open: |_| Ok(no_model::open()) },
];

/// Every provider by name. A name is opened once; asking again gives the same engine.
#[derive(Default)]
pub struct Table {
    places: Places,
    profiles: OnceLock<Vec<Profile>>,
    opened: Mutex<HashMap<&'static str, Provider>>,
}

impl Table {
    /// A table that looks for its engines in `places`.
    #[must_use]
    pub fn new(places: Places) -> Self {
        Self { places, ..Self::default() }
    }

    /// What every provider is and can, in the table's order, whether or not it is here. Looked up once: finding the
    /// voices that are installed opens libraries.
    pub fn profiles(&self) -> &[Profile] {
        self.profiles.get_or_init(|| ROWS.iter().map(|row| (row.profile)(&self.places)).collect())
    }

    /// Opens a provider. Cheap: models load on the engine's own thread.
    ///
    /// # Errors
    /// `EngineMissing` naming the package if a library, model or program is absent; `Unsupported` listing the names if
    /// there is none such.
    pub fn open(&self, name: &str) -> Result<Provider, Error> {
        let Some(row) = ROWS.iter().find(|row| row.name == name) else {
            let names: Vec<_> = ROWS.iter().map(|row| row.name).collect();
            return Err(Error::new(ErrorKind::Unsupported, name, format!("There are: {}.", names.join(", "))));
        };
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(provider) = opened.get(row.name) {
            return Ok(provider.clone());
        }
        let provider = (row.open)(&self.places)?;
        opened.insert(row.name, provider.clone());
        Ok(provider)
    }

    /// One `EngineMissing` for each provider that cannot be opened here.
    #[must_use]
    pub fn missing(&self) -> Vec<Error> {
        ROWS.iter().filter_map(|row| (row.check)(&self.places).err()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nowhere() -> Places {
        let nowhere = PathBuf::from("/nowhere");
        Places { libraries: nowhere.clone(), model: nowhere.clone(), modes: nowhere }
    }

    #[test]
    fn an_absent_engine_names_its_package() {
        let table = Table::new(nowhere());
        for (name, package) in [
            ("pocketsphinx", "libpocketsphinx3"),
            ("flite", "libflite1"),
            ("espeak-ng", "libespeak-ng1"),
            ("apertium", "apertium"),
        ] {
            let error = table.open(name).err().expect(name);
            assert_eq!((error.kind, error.source.as_str()), (ErrorKind::EngineMissing, name));
            assert!(error.detail.contains(&format!("apt install {package}")), "{}", error.detail);
        }
        assert_eq!(table.missing().len(), 4);
        assert_eq!(table.profiles().len(), ROWS.len(), "absent engines are listed too");
    }

    #[test]
    fn an_unknown_name_is_told_the_names() {
        let error = Table::default().open("whisper").err().expect("refused");
        assert_eq!(error.kind, ErrorKind::Unsupported);
        assert!(ROWS.iter().all(|row| error.detail.contains(row.name)), "{}", error.detail);
    }

    #[test]
    fn a_name_opened_twice_is_one_engine() {
        let table = Table::new(nowhere());
        let [one, other] = [(); 2].map(|()| table.open("echo").ok().and_then(|echo| echo.respond).expect("echo"));
        assert!(std::sync::Arc::ptr_eq(&one, &other));
    }

    #[test]
    fn every_profile_has_the_name_of_its_row() {
        for (row, profile) in ROWS.iter().zip(Table::default().profiles()) {
            assert_eq!(row.name, profile.name);
            assert!(!profile.kinds.is_empty());
        }
    }
}
