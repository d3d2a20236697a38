//! What a shell may ask of the core: the whole way in.

use serde::{Deserialize, Serialize};

/// Sent by window, hotkey, tray or terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Command {
    /// The talk key went down.
    Press,
    /// The talk key came up.
    Release,
    /// Stop whatever is going on, keep nothing of it.
    Cancel,
    /// Let the reply fall silent and keep its place.
    Pause,
    /// Let it go on.
    Resume,
    /// Go on with its next sentence.
    Skip,
    /// Answer these typed words.
    Say {
        /// What was typed.
        text: String,
    },
    /// Change a setting: a dotted name and a TOML value, for instance `voice.rate` and `1.2`.
    Set {
        /// Dotted name, as in the defaults file.
        key: String,
        /// The value as TOML; a bare word counts as text.
        value: String,
    },
}
