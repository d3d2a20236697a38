//! A turn: its modes, stages, marks in time, and the ways it can end.

use crate::{Tried, Usage};
use serde::{Deserialize, Serialize};

/// A turn's number, unique over all time: Unix time in milliseconds of its press, or one more than the last turn's if that
/// is not later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(type = "number"))]
pub struct TurnId(pub u64);

/// What becomes of the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Mode {
    /// They are answered.
    Chat,
    /// They are said again in the other language.
    Translate,
    /// They are said again as they were.
    Echo,
}

/// What the app is doing, as the person sees it. The microphone is open only in `Opening` and `Listening`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum State {
    /// Nothing is going on.
    Ready,
    /// The key is held, but no sound has arrived yet.
    Opening,
    /// Sound arrives from the microphone.
    Listening,
    /// The key is up; words or reply are being worked out.
    Thinking,
    /// The reply is heard.
    Speaking,
}

/// Why nobody can be at the computer. The microphone stays closed as long as one of these holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Away {
    /// The screen is locked.
    Locked,
    /// The computer sleeps, or slept.
    Asleep,
    /// Another person's session is on the screen.
    Elsewhere,
}

/// The three stages of a turn's pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Stage {
    /// Sound to words.
    Hear,
    /// Words to reply.
    Think,
    /// Reply to sound.
    Speak,
}

/// Moments of a turn, in their usual order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Mark {
    /// The key went down, or the words were sent.
    KeyDown,
    /// The first real sound of the microphone arrived.
    FirstFrame,
    /// The key came up, or the recording ended.
    KeyUp,
    /// The transcript was complete.
    SttFinal,
    /// The first piece of the reply arrived.
    FirstToken,
    /// The first phrase was ready to be spoken.
    FirstPhrase,
    /// The first sound of the reply arrived from the voice.
    TtsFirstByte,
    /// The first sample of the reply was handed to the loudspeaker.
    FirstAudio,
    /// The last sample of the reply was handed to the loudspeaker.
    LastAudio,
}

/// A mark and when it was.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Stamp {
    /// What happened.
    pub mark: Mark,
    /// Milliseconds after `KeyDown`, from one monotonic clock.
    pub ms: f64,
}

/// A hole in the sound of an utterance. It is silence there, so that all times stay true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Seam {
    /// Where it begins, in milliseconds of the utterance.
    pub at_ms: u32,
    /// How much was lost.
    pub lost_ms: u32,
}

/// The one end of every accepted press.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Outcome {
    /// Heard, answered, spoken.
    Done,
    /// Answered, but the reply was not heard to its end.
    Partial,
    /// Nobody spoke.
    NoSpeech,
    /// The key was only tapped.
    TooShort,
    /// The person changed their mind.
    Cancelled,
    /// It failed; the sound is kept.
    SavedForRetry,
}

/// What went to one provider at one stage of a turn, and what came back. An engine of this machine is sent
/// nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Traffic {
    /// At which stage.
    pub stage: Stage,
    /// Who was asked.
    pub provider: String,
    /// Bytes of sound and text that it got, without what the way adds.
    #[cfg_attr(test, ts(type = "number"))]
    pub sent: u64,
    /// Bytes of sound and text that came back.
    #[cfg_attr(test, ts(type = "number"))]
    pub received: u64,
}

/// A finished turn: what was said, by whom it was answered, and how long each part took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TurnReport {
    /// Which turn.
    pub turn: TurnId,
    /// How it ended.
    pub outcome: Outcome,
    /// What was understood.
    pub transcript: String,
    /// What was answered.
    pub reply: String,
    /// Provider of each stage that ran, in order: `("hear", "pocketsphinx")`.
    pub answered_by: Vec<(Stage, String)>,
    /// Every attempt that came to nothing, in order of time.
    #[serde(default)]
    pub tried: Vec<Tried>,
    /// What was used of whom.
    #[serde(default)]
    pub usage: Vec<Usage>,
    /// What was sent to whom, and what came back.
    #[serde(default)]
    pub traffic: Vec<Traffic>,
    /// Every mark that was reached, in order of time.
    pub marks: Vec<Stamp>,
    /// From `KeyUp` to `FirstAudio`, in milliseconds; absent if nothing was heard.
    pub release_to_first_audio_ms: Option<f64>,
    /// Where the utterance is kept, if it is.
    pub journal: Option<String>,
    /// Holes in the utterance, in order.
    #[serde(default)]
    pub seams: Vec<Seam>,
}
