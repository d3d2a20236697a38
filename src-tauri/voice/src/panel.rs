//! What a person sees apart from turns: devices, trials of microphone and providers, checks, and who got what. Its own
//! file because none of it flows through a turn.

use crate::{Error, ErrorKind, Kind};
use serde::{Deserialize, Serialize};

/// What came of asking one provider for one thing a few times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Trial {
    /// Who was asked.
    pub provider: String,
    /// For what.
    pub kind: Kind,
    /// Half of the calls gave their first useful piece sooner, in milliseconds; absent if one failed.
    pub typical_ms: Option<f64>,
    /// How it failed.
    pub failed: Option<Error>,
    /// How many are still to be asked.
    pub left: u32,
}

/// The order that trials speak for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Ranking {
    /// Of what.
    pub kind: Kind,
    /// Names for the settings, first choice first; whoever was not tried or failed keeps a place behind.
    pub order: Vec<String>,
}

/// A microphone or loudspeaker to choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SoundDevice {
    /// What the settings keep.
    pub id: String,
    /// What a person reads.
    pub name: String,
    /// It is a microphone.
    pub input: bool,
    /// The system's own choice.
    pub default: bool,
}

/// What is wanted of the microphone when it is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Take {
    /// Its level, for half a minute.
    Meter,
    /// Three seconds, played back.
    PlayBack,
    /// The words of five seconds, by an engine on this machine.
    Words,
}

/// What a trial of the microphone tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Probe {
    /// The first samples came.
    Live,
    /// Loudness of the next 20 ms.
    Level {
        /// Root mean square, 0.0..=1.0.
        rms: f32,
    },
    /// What was understood so far.
    Words {
        /// The whole utterance.
        text: String,
    },
    /// What was recorded is played.
    Playing,
    /// Something is wrong; it goes on.
    Fault {
        /// What.
        error: Error,
    },
}

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// It works, but not all of it or not well.
    Warn,
    /// It does not work.
    Fail,
}

/// What can be checked. The page has its own wording for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Subject {
    /// Whether the microphone hears anything: the value is its loudest moment, in dB.
    Microphone,
    /// Which loudspeaker there is: the value is its name.
    Loudspeaker,
    /// Whether the keyring answers.
    Keyring,
    /// Whether notes can be written.
    Disk,
    /// One engine on this machine: the value is its name.
    Engine,
    /// All of them.
    Engines,
    /// The way to a service: the value is its name.
    Way,
    /// The key of a service: the value is its name.
    Key,
    /// That no service has a key.
    Services,
}

/// One thing that was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Check {
    /// What.
    pub subject: Subject,
    /// A name or a number that belongs to it, as the subject says; empty if none does.
    pub value: String,
    /// How it went.
    pub verdict: Verdict,
    /// What is wrong, if something is.
    pub error: Option<ErrorKind>,
    /// The subject in plain English, such as `microphone`.
    pub what: String,
    /// What was found, in plain English. Of what is wrong, this is the detail that no wording of the page has.
    pub found: String,
    /// What to do next, in plain English; empty if there is nothing to be done.
    pub next: String,
}

/// What one host got and gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Reached {
    /// Its name, and its port where that is not the usual one.
    pub host: String,
    /// What it was asked for.
    pub kinds: Vec<Kind>,
    /// How often it was asked.
    #[cfg_attr(test, ts(type = "number"))]
    pub calls: u64,
    /// Bytes of sound and text that it got, without what the way adds.
    #[cfg_attr(test, ts(type = "number"))]
    pub sent: u64,
    /// Bytes of sound and text that came back.
    #[cfg_attr(test, ts(type = "number"))]
    pub received: u64,
    /// When it was asked last, as Unix time in milliseconds.
    #[cfg_attr(test, ts(type = "number"))]
    pub last_ms: u64,
}
