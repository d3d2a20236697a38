//! A key on its way to its provider. Its own file because it must have no way to be shown, stored or compared.

use serde::{Deserialize, Serialize};
use std::{fmt, sync::Arc};
use zeroize::Zeroizing;

/// An API key. It prints as `***`, is never serialised, and leaves memory with its last owner.
#[derive(Clone)]
pub struct Secret(Arc<Zeroizing<String>>);

impl Secret {
    /// Keeps `key`, without the blanks that copying adds around it.
    #[must_use]
    pub fn new(key: impl Into<String>) -> Self {
        let key = Zeroizing::new(key.into());
        Self(Arc::new(Zeroizing::new(key.trim().to_owned())))
    }

    /// The key itself: for a request's header or the system's keyring, for nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Nothing but blanks was given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Where a key that is in use came from, and so how long it stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum KeyPlace {
    /// The system's keyring: it is there after the next start as well.
    Keyring,
    /// It was given for as long as this program runs.
    Session,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_not_shown() {
        let key = Secret::new(" sk-canary\n");
        assert_eq!((format!("{key:?}").as_str(), key.expose()), ("***", "sk-canary"));
        assert!(Secret::new(" ").is_empty());
    }
}
