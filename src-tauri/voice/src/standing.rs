//! How providers do, as a person is told: who is well, who rests, whose key is refused, and what was tried in a turn.

use crate::{ErrorKind, Kind, Stage};
use serde::{Deserialize, Serialize};

/// How one provider does at one thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Standing {
    /// Its name in the table.
    pub provider: String,
    /// At what.
    pub kind: Kind,
    /// How it does.
    pub condition: Condition,
    /// Usual time to the first useful piece of an answer, in milliseconds; absent if none came yet.
    pub typical_ms: Option<f64>,
}

/// The health of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Condition {
    /// It answers as usual.
    Good,
    /// Its last call was late or failed.
    Slow,
    /// It failed too often, or asked for it: others are asked first.
    Resting {
        /// For so long from now, in milliseconds.
        for_ms: u32,
    },
    /// It will not work before the person changes something: key, account or model.
    Refused {
        /// What is wrong.
        why: ErrorKind,
    },
}

/// An attempt that came to nothing: its work was done by somebody else, or by nobody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Tried {
    /// At which stage.
    pub stage: Stage,
    /// Who was asked.
    pub provider: String,
    /// How it failed; absent if another one was quicker.
    pub failed: Option<ErrorKind>,
    /// How long after it was asked, in milliseconds.
    pub after_ms: f64,
}
