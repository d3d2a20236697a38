//! Remote control: what a terminal, a compositor's own key binding or a script may ask of the running app. One JSON
//! object a line each way, over a Unix socket or a named pipe that only the person's own programs can open; never a port.
//! Its own folder because both ends are here: the app serves, the terminal asks.

mod ask;
#[cfg(unix)]
mod place;
mod serve;

pub use ask::{Unanswered, ask};
pub use serve::{Act, serve};

use serde::{Deserialize, Serialize};
use voice::{Command, LanguagePair, Mode, Snapshot, State};

/// Longest line either end reads, in bytes, its end included.
const LONGEST_LINE: u64 = 16 * 1024;

/// What may be asked. Less than a window may: settings, keys and what is kept are out of reach.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "snake_case", deny_unknown_fields)]
pub enum Call {
    /// The talk key goes down.
    Press {
        /// The one for the other direction.
        #[serde(default)]
        other: bool,
    },
    /// It comes up.
    Release,
    /// Opens the microphone, or ends the utterance.
    Toggle,
    /// Stops whatever is going on.
    Cancel,
    /// Speaks the last reply again.
    Repeat,
    /// Has the next persona answer.
    NextPersona,
    /// Answers these words.
    Ask {
        /// What is asked.
        text: String,
    },
    /// Puts these words into the text box, where the person may send them.
    Draft {
        /// What is proposed.
        text: String,
    },
    /// Brings the window.
    Show,
    /// Says how things are.
    Status,
}

impl Call {
    /// What it is for the core; `None` for what the shell does by itself.
    #[must_use]
    pub fn command(&self) -> Option<Command> {
        match self {
            Self::Press { other: false } => Some(Command::Press),
            Self::Press { other: true } => Some(Command::PressOther),
            Self::Release => Some(Command::Release),
            Self::Toggle => Some(Command::Toggle),
            Self::Cancel => Some(Command::Cancel),
            Self::Repeat => Some(Command::Repeat),
            Self::NextPersona => Some(Command::NextPersona),
            Self::Ask { text } => Some(Command::Say { text: text.clone() }),
            Self::Draft { .. } | Self::Show | Self::Status => None,
        }
    }
}

/// What comes back, one for each call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Answer {
    /// It was handed on.
    Done,
    /// How things are.
    Status(Status),
    /// It was not done.
    Refused {
        /// Why, in a sentence.
        why: String,
    },
}

impl Answer {
    /// It was not done, because of `why`.
    pub fn refused(why: impl Into<String>) -> Self {
        Self::Refused { why: why.into() }
    }
}

/// How things are, as far as a script may know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// What the app is doing.
    pub state: State,
    /// What becomes of the words.
    pub mode: Mode,
    /// Who speaks what.
    pub languages: LanguagePair,
    /// The talk key; empty where nobody catches it.
    pub key: String,
    /// Replies are shown and not spoken.
    pub muted: bool,
    /// Nothing leaves this computer.
    pub local_only: bool,
}

impl From<Snapshot> for Status {
    fn from(Snapshot { state, settings, .. }: Snapshot) -> Self {
        Self {
            state,
            mode: settings.mode,
            languages: settings.languages,
            key: settings.hotkeys.talk,
            muted: settings.voice.muted,
            local_only: settings.network.local_only,
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
