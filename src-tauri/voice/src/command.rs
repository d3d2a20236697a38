//! What a shell may ask of the core: the whole way in.

use crate::{Away, ConversationId, TurnId};
use serde::{Deserialize, Serialize};

/// Sent by window, hotkey, tray or terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Command {
    /// The talk key went down.
    Press,
    /// The other talk key went down: this once the two languages are swapped.
    PressOther,
    /// The talk key came up, whichever it was.
    Release,
    /// Opens the microphone, or ends the utterance: for means that can only be struck.
    Toggle,
    /// The utterance is over, whatever the key does: for means that cannot be held.
    Finish,
    /// Nobody is at the computer from now on: close the microphone, and let no press open it.
    Away {
        /// Why.
        why: Away,
    },
    /// That is over.
    Back {
        /// What is over.
        why: Away,
    },
    /// Stop whatever is going on, keep nothing of it.
    Cancel,
    /// Let the reply fall silent and keep its place.
    Pause,
    /// Let it go on.
    Resume,
    /// Go on with its next sentence.
    Skip,
    /// Speak the last reply again.
    Repeat,
    /// Have the next persona answer: the usual one after the last.
    NextPersona,
    /// Answer these typed words.
    Say {
        /// What was typed.
        text: String,
    },
    /// Go on with a kept turn where it failed; one that did not fail is spoken again.
    Retry {
        /// Which.
        turn: TurnId,
    },
    /// Let the person's own recording of a kept turn be heard.
    Replay {
        /// Which.
        turn: TurnId,
    },
    /// Go on in a kept conversation, or begin a new one; a reply that is heard falls silent. The one that goes on already
    /// is read again: a turn of it may be gone.
    Converse {
        /// Which; `None` begins one.
        id: Option<ConversationId>,
    },
    /// Change a setting: a dotted name and a TOML value, for instance `voice.rate` and `1.2`.
    Set {
        /// Dotted name, as in the defaults file.
        key: String,
        /// The value as TOML; a bare word counts as text.
        value: String,
    },
}
