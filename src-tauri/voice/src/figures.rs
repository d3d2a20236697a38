//! How turns went over days: waits, stages, failures. Its own file because it is read off what is kept, and no turn waits
//! for it.

use crate::{ConversationId, ErrorKind, Outcome, Stage, TurnId};
use serde::{Deserialize, Serialize};

/// How far back figures go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Span {
    /// The last 24 hours, by the hour.
    Day,
    /// The last 7 days.
    Week,
    /// The last 30 days.
    Month,
    /// Everything that is kept: by the day, or by the month if those are many days.
    All,
}

impl Span {
    /// Its length in milliseconds; `None` has no end.
    #[must_use]
    pub fn ms(self) -> Option<u64> {
        const DAY: u64 = 24 * 60 * 60 * 1_000;
        match self {
            Self::Day => Some(DAY),
            Self::Week => Some(7 * DAY),
            Self::Month => Some(30 * DAY),
            Self::All => None,
        }
    }
}

/// Three points of many waits, in milliseconds, by nearest rank: each is a wait that was measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Spread {
    /// How many there are.
    pub count: u32,
    /// Half of them were no longer.
    pub p50: f64,
    /// 95 of 100.
    pub p95: f64,
    /// 99 of 100.
    pub p99: f64,
}

/// How turns went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Figures {
    /// Turns that ended.
    pub turns: u32,
    /// From the key's release to the first sound of the reply; absent if none was heard.
    pub wait: Option<Spread>,
    /// Who did what: by stage, and then whoever did most first.
    pub providers: Vec<StageFigures>,
    /// One after the other in time; a stretch without turns is not there.
    pub stretches: Vec<Stretch>,
    /// The ten longest waits, longest first.
    pub slowest: Vec<SlowTurn>,
    /// How many turns ended how, most first.
    pub outcomes: Vec<(Outcome, u32)>,
}

/// One provider at one stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct StageFigures {
    /// Which stage.
    pub stage: Stage,
    /// Who.
    pub provider: String,
    /// How often it gave an answer.
    pub answered: u32,
    /// How often it was asked and failed, and how; most first.
    pub failed: Vec<(ErrorKind, u32)>,
    /// Hear: from `KeyUp` to `SttFinal`. Think: from `SttFinal` to `FirstToken`. Speak: from `FirstPhrase` to
    /// `TtsFirstByte`. Absent if no turn of it has both marks.
    pub wait: Option<Spread>,
    /// The same one after the other in time, of those stretches in which it answered or failed.
    pub stretches: Vec<Stretch>,
}

/// The turns of an hour, a day or a month.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Stretch {
    /// In the time of the place where it was: `2026-11-21T18`, `2026-11-21` or `2026-11`.
    pub of: String,
    /// Turns that ended; of one provider, its answers and failures.
    pub turns: u32,
    /// Of them, those that failed.
    pub failed: u32,
    /// From the key's release to the first sound; of one provider, its wait.
    pub wait: Option<Spread>,
}

/// A turn that took long.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SlowTurn {
    /// Which.
    pub turn: TurnId,
    /// Where it belongs.
    pub conversation: ConversationId,
    /// From the key's release to the first sound, in milliseconds.
    pub wait_ms: f64,
    /// What took longest of it, and for how many milliseconds.
    pub longest: Option<(Stage, f64)>,
}
