//! Keys that are caught wherever the focus is: what each is for, who catches them, and what is seen of them when they are
//! tried.

use serde::{Deserialize, Serialize};

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum KeyRole {
    /// Held while talking.
    Talk,
    /// The same with the two languages swapped.
    Other,
    /// Stops whatever is going on.
    Cancel,
    /// Speaks the last reply again.
    Repeat,
    /// Has the next persona answer.
    Persona,
    /// Brings the window.
    Show,
}

impl KeyRole {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Talk, Self::Other, Self::Cancel, Self::Repeat, Self::Persona, Self::Show];
}

/// An edge of a key that is tried.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct KeySeen {
    /// Whose.
    pub role: KeyRole,
    /// It went down, or came up.
    pub down: bool,
    /// When, in milliseconds of a clock that only runs.
    pub ms: f64,
}

/// Whether a key can be caught.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum KeyVerdict {
    /// It can.
    Free,
    /// It is no key, or not on this keyboard: a modifier alone, for instance.
    NoKey,
    /// People type with it; all other programs would lose it.
    Typed,
    /// Another program has it, or Wilco for another use.
    Taken,
}

/// Who catches keys for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum KeyBackend {
    /// A grab of our own on X11.
    X11,
    /// The system's own hotkeys, on Windows and macOS.
    System,
    /// The desktop, through its portal: it gives keys as it likes.
    Portal,
    /// Nobody: Wayland shows an app no key while another has the focus.
    Wayland,
    /// Nobody: there is no display to ask.
    Nobody,
}
