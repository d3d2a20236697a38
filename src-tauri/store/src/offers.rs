//! What services said that they offer, kept a day: models and voices change seldom, and asking takes a second. Its own
//! file because it is the only thing that is kept for being old.

use crate::files::{self, storage};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use voice::{Error, Offers};

/// How long an answer counts as fresh, in seconds.
const DAY: i64 = 24 * 60 * 60;
/// No list of models is longer, in bytes.
const LONGEST: u64 = 4 << 20;

/// A folder of answers, one JSON file for each provider and host.
#[derive(Clone, Debug)]
pub struct OffersCache {
    folder: Option<PathBuf>,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    /// Seconds since 1970.
    at: i64,
    offers: Offers,
}

impl OffersCache {
    /// In `folder`; `None` keeps nothing.
    #[must_use]
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { folder }
    }

    /// What `provider` said at `host`, and whether that is less than a day old at `now`, in seconds since 1970.
    #[must_use]
    pub fn get(&self, provider: &str, host: &str, now: i64) -> Option<(Offers, bool)> {
        // what cannot be read is asked for again
        let text = files::read(&self.file(provider, host)?, LONGEST).ok()??;
        let Kept { at, offers } = serde_json::from_slice(&text).ok()?;
        // a clock that was set back makes no answer eternal
        Some((offers, (0..DAY).contains(&(now - at))))
    }

    /// Keeps what `provider` said at `host`.
    ///
    /// # Errors
    /// `Storage` if the file cannot be written.
    pub fn put(&self, provider: &str, host: &str, now: i64, offers: &Offers) -> Result<(), Error> {
        let Some(file) = self.file(provider, host) else { return Ok(()) };
        let text = serde_json::to_vec(&Kept { at: now, offers: offers.clone() }).unwrap_or_default();
        files::replace(&file, &text).map_err(|error| storage(&file, &error))
    }

    /// Forgets what `provider` said at `host`: another key may be offered other things.
    pub fn forget(&self, provider: &str, host: &str) {
        // what is not there is forgotten
        self.file(provider, host).map(|file| files::remove(&file));
    }

    fn file(&self, provider: &str, host: &str) -> Option<PathBuf> {
        // a port's colon is no part of a file's name on every system, and a host may be anything that was typed
        let plain = |c: char| if c.is_ascii_alphanumeric() || "-.@".contains(c) { c } else { '_' };
        let name: String = format!("{provider}@{host}").chars().take(200).map(plain).collect();
        Some(self.folder.as_ref()?.join(name + ".json"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use voice::OfferedVoice;

    #[test]
    fn an_answer_is_fresh_for_a_day_and_kept_longer() {
        let home = tempfile::tempdir().unwrap();
        let cache = OffersCache::new(Some(home.path().join("offers")));
        assert!(cache.get("openai", "localhost:8000", 1_000).is_none());
        let voices = vec![OfferedVoice { id: "v1".into(), name: "Vera".into() }];
        let offers = Offers { models: vec!["m".into()], voices };
        cache.put("openai", "localhost:8000", 1_000, &offers).unwrap();
        for (now, fresh) in [(1_000, true), (1_000 + DAY - 1, true), (1_000 + DAY, false), (999, false)] {
            assert_eq!(cache.get("openai", "localhost:8000", now), Some((offers.clone(), fresh)), "{now}");
        }
        assert!(cache.get("openai", "localhost:8001", 1_000).is_none());
        cache.forget("openai", "localhost:8000");
        assert!(cache.get("openai", "localhost:8000", 1_000).is_none());
    }

    #[test]
    fn no_name_leaves_the_folder_and_rubbish_is_nothing() {
        let home = tempfile::tempdir().unwrap();
        let cache = OffersCache::new(Some(home.path().join("offers")));
        cache.put("..", "../../../x/y", 0, &Offers::default()).unwrap();
        let [only] = fs::read_dir(home.path()).unwrap().collect::<Vec<_>>().try_into().unwrap();
        assert_eq!(only.unwrap().file_name(), "offers");
        for rubbish in ["{", "\0\0\0\0", "", "[1,2]"] {
            fs::write(home.path().join("offers/a@b.json"), rubbish).unwrap();
            assert!(cache.get("a", "b", 0).is_none(), "{rubbish:?}");
        }
    }

    #[test]
    fn no_failing_step_is_called_kept() {
        let home = tempfile::tempdir().unwrap();
        let cache = OffersCache::new(Some(home.path().join("offers")));
        let offers = Offers { models: vec!["m".into()], ..Offers::default() };
        let mut kept = 0;
        files::faults::sweep(
            || cache.put("a", "b", 5, &offers),
            |done| {
                kept += u32::from(done.is_ok());
                assert!(done.is_err() || cache.get("a", "b", 5).is_some());
                cache.forget("a", "b");
            },
        );
        assert_eq!(kept, 1);
    }
}
