//! What a person chose about sound: the voice that speaks, the devices, what is done to the microphone. Its own file
//! because the rooms of sound read these and no other settings.

use serde::{Deserialize, Serialize};

/// When a reply begins to be spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum FirstPhrase {
    /// As soon as a clause is there.
    Clause,
    /// Not before a whole sentence is there.
    Sentence,
}

/// How replies sound.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct VoiceChoice {
    /// A voice of the provider, or empty for its best one.
    pub name: String,
    /// Speed of speech, 0.5..=2.0; 1.0 is the voice's own.
    pub rate: f32,
    /// Loudness, 0.0..=1.0.
    pub volume: f32,
    /// When the voice begins.
    pub first: FirstPhrase,
    /// Replies are shown and not spoken.
    pub muted: bool,
}

/// What becomes of a microphone's channels; the turn hears one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Channel {
    /// The mean of all.
    #[default]
    Mix,
    /// The first.
    Left,
    /// The second; the first if there is no other.
    Right,
    /// The one with the most sound in it, which may change when it is clearly another.
    Loudest,
}

/// Devices and what is done to the sound.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AudioChoice {
    /// Microphone by its identifier or its listed name; empty is the system's choice.
    pub input: String,
    /// Loudspeaker, in the same way.
    pub output: String,
    /// A microphone that goes away while somebody talks is followed by the system's choice, and a new choice of the
    /// system is followed at once. Otherwise its return is waited for, and nobody is recorded by another one.
    pub follow_default: bool,
    /// Decibels added to the microphone, −20..=30.
    pub gain_db: i32,
    /// Which of the microphone's channels.
    pub channel: Channel,
    /// Slow automatic gain, up to 24 dB, on speech only.
    pub auto_gain: bool,
    /// RNNoise before anything else hears the sound.
    pub suppress_noise: bool,
    /// Sound from before the key went down that belongs to the turn, in milliseconds, at most 500. Above 0 the
    /// microphone is open between presses as well; what it hears then stays in memory and is overwritten.
    pub pre_roll_ms: u32,
    /// Short sounds say that the microphone is live, that somebody was heard, and that something went wrong.
    pub cues: bool,
    /// What other programs play is softer while somebody talks or is answered, where the system allows that.
    pub hush: bool,
}
