//! The texts of tray and notifications, out of the catalogues that the page has too. A text that a catalogue lacks fails
//! the test below.

use std::{collections::BTreeMap, sync::LazyLock};

type Catalogue = BTreeMap<String, String>;

static ENGLISH: LazyLock<Catalogue> = LazyLock::new(|| read(include_str!("../../assets/locales/en.json")));
static RUSSIAN: LazyLock<Catalogue> = LazyLock::new(|| read(include_str!("../../assets/locales/ru.json")));

/// The texts of one language.
#[derive(Clone, Copy)]
pub(crate) struct Texts(&'static Catalogue);

impl Texts {
    /// Those of `interface`: `en`, `ru`, or anything else for what the system speaks.
    pub(crate) fn of(interface: &str) -> Self {
        let system = || sys_locale::get_locale().unwrap_or_default();
        let russian = if interface == "en" { false } else { interface == "ru" || system().starts_with("ru") };
        Self(if russian { &RUSSIAN } else { &ENGLISH })
    }

    /// The text of `key`.
    pub(crate) fn get<'a>(&'a self, key: &'a str) -> &'a str {
        self.0.get(key).map_or(key, String::as_str)
    }

    /// The same with `value` in the place `{name}`.
    pub(crate) fn with(&self, key: &str, name: &str, value: &str) -> String {
        self.get(key).replace(&format!("{{{name}}}"), value)
    }
}

fn read(catalogue: &str) -> Catalogue {
    serde_json::from_str(catalogue).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_catalogues_have_every_text_of_the_shell() {
        let sources = [include_str!("tray/menu.rs"), include_str!("notify.rs"), include_str!("main.rs")];
        let words = sources.iter().flat_map(|source| source.split('"')).filter(|word| !word.contains(' '));
        let keys: Vec<&str> =
            words.filter(|word| ["tray.", "notify.", "mode."].iter().any(|begin| word.starts_with(begin))).collect();
        assert!(keys.len() > 10, "{keys:?}");
        for key in keys {
            assert!(ENGLISH.contains_key(key), "{key} in English");
            assert!(RUSSIAN.contains_key(key), "{key} in Russian");
        }
    }

    #[test]
    fn the_person_chooses_before_the_system() {
        assert_eq!(Texts::of("ru").get("mode.chat"), "Беседа");
        assert_eq!(Texts::of("en").get("mode.chat"), "Chat");
    }
}
