//! The person's choices. Defaults are not here but in one readable asset, `assets/settings.toml`.

use crate::{Language, Mode};
use serde::{Deserialize, Serialize};

/// All settings. Every field is present in the defaults asset; a user's file holds only differences.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Settings {
    /// What becomes of the words.
    pub mode: Mode,
    /// Who speaks what.
    pub languages: LanguagePair,
    /// Who is asked for each stage.
    pub providers: ProviderOrder,
    /// How replies sound.
    pub voice: VoiceChoice,
    /// Which devices, and what is done to the sound.
    pub audio: AudioChoice,
    /// Which keys.
    pub hotkeys: Hotkeys,
    /// What is kept.
    pub privacy: Privacy,
    /// How the window looks.
    pub appearance: Appearance,
}

/// Two languages of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct LanguagePair {
    /// The person's own.
    pub mine: Language,
    /// The one that is translated into.
    pub theirs: Language,
}

/// Names from the provider table, first choice first; the first one that is there and knows the language is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProviderOrder {
    /// Speech to text.
    pub hear: Vec<String>,
    /// Answers.
    pub respond: Vec<String>,
    /// Translation.
    pub translate: Vec<String>,
    /// Those who say the words back in echo mode.
    pub echo: Vec<String>,
    /// Text to speech.
    pub say: Vec<String>,
}

/// How replies sound.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct VoiceChoice {
    /// A voice of the provider, or empty for its best one.
    pub name: String,
    /// Speed of speech, 0.5..=2.0; 1.0 is the voice's own.
    pub rate: f32,
    /// Loudness, 0.0..=1.0.
    pub volume: f32,
}

/// Devices and what is done to the sound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AudioChoice {
    /// Microphone by its listed name; empty is the system's choice.
    pub input: String,
    /// Loudspeaker by its listed name; empty is the system's choice.
    pub output: String,
    /// RNNoise before anything else hears the sound.
    pub suppress_noise: bool,
}

/// Which keys, in the notation of accelerators: `F9`, `Ctrl+Shift+Space`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Hotkeys {
    /// Held while talking.
    pub talk: String,
}

/// What is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Privacy {
    /// How many recordings of utterances stay on this computer; the oldest go first. 0 keeps none.
    pub keep_recordings: u32,
}

/// How the window looks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Appearance {
    /// Light or dark.
    pub theme: Theme,
    /// Language of the interface: `auto`, `en` or `ru`.
    pub interface: String,
}

/// Light or dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Theme {
    /// As the system has it.
    Auto,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}
