//! What a turn used of those who charge for it, and what that comes to. Its own file because money outlives turns: a
//! deleted turn was paid for all the same.

use crate::Stage;
use serde::{Deserialize, Serialize};

/// What one provider did at one stage of a turn, in the units in which such work is charged for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Usage {
    /// At which stage.
    pub stage: Stage,
    /// Who.
    pub provider: String,
    /// Sound that it heard, in seconds.
    #[serde(default)]
    pub seconds: f64,
    /// Tokens that it read, estimated from their characters.
    #[serde(default)]
    pub tokens_in: u32,
    /// Tokens that it wrote, estimated in the same way.
    #[serde(default)]
    pub tokens_out: u32,
    /// Characters that it translated or said.
    #[serde(default)]
    pub characters: u32,
    /// Sound of its voice, in seconds.
    #[serde(default)]
    pub voice_seconds: f64,
    /// What that cost in US dollars by the prices of that moment; absent if they are not known.
    #[serde(default)]
    pub usd: Option<f64>,
}

/// What a provider asks for its work, in US dollars. A price that is absent is not known; 0 costs nothing. A price holds
/// for the model that is named with it; where none is named, for all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Price {
    /// The model of `hear_minute`.
    pub hear_model: String,
    /// The model of `reply_million_in` and `reply_million_out`.
    pub reply_model: String,
    /// The model of `say_million` and `say_minute`.
    pub say_model: String,
    /// For a minute of sound that it hears.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional = nullable))]
    pub hear_minute: Option<f64>,
    /// So many seconds are charged at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional = nullable))]
    pub hear_least: Option<f64>,
    /// For a million tokens that it reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional = nullable))]
    pub reply_million_in: Option<f64>,
    /// For a million tokens that it writes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional = nullable))]
    pub reply_million_out: Option<f64>,
    /// For a million characters that it translates.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional = nullable))]
    pub translate_million: Option<f64>,
    /// For a million characters that it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional = nullable))]
    pub say_million: Option<f64>,
    /// For a minute of sound that it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional = nullable))]
    pub say_minute: Option<f64>,
}

/// A limit for what a month may cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Spending {
    /// In US dollars; 0 is no limit.
    pub monthly_cap: f64,
    /// What happens when it is reached.
    pub at_cap: AtCap,
}

/// What happens when a month has cost what it may. A notice comes in any case, and one at 80 of 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum AtCap {
    /// Nothing more.
    Warn,
    /// No turn begins before the next month.
    Stop,
    /// Nothing leaves this computer before the next month.
    Local,
}

/// What a day cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SpentDay {
    /// In the time of the place where it was: `2026-11-21`.
    pub day: String,
    /// US dollars by provider, whoever cost most first.
    pub by: Vec<(String, f64)>,
    /// Pieces of work whose price is not known: the day cost more than this.
    pub unknown: u32,
}
