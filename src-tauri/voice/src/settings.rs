//! The person's choices. Defaults are not here but in one readable asset, `assets/settings.toml`. A key that is not known
//! is passed over, because a file may come from a newer Wilco; who sets one is told by the store.

mod sound;

pub use sound::{AudioChoice, Channel, FirstPhrase, VoiceChoice};

use crate::{KeyRole, LanguagePair, Mode, Price, Spending};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// All settings. Every field is present in the defaults asset; a user's file holds only differences.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Settings {
    /// What becomes of the words.
    pub mode: Mode,
    /// Who speaks what.
    pub languages: LanguagePair,
    /// Who is asked for each stage.
    pub providers: ProviderOrder,
    /// What the person has said about single providers, by the provider's name.
    pub accounts: BTreeMap<String, Account>,
    /// The way out.
    pub network: Network,
    /// Who answers in chat: one of `personas`; empty is the usual one.
    pub persona: String,
    /// Those whom the person has made up, by name.
    pub personas: BTreeMap<String, Persona>,
    /// How replies sound.
    pub voice: VoiceChoice,
    /// Which devices, and what is done to the sound.
    pub audio: AudioChoice,
    /// Which keys.
    pub hotkeys: Hotkeys,
    /// What is kept.
    pub privacy: Privacy,
    /// What a month may cost.
    pub spending: Spending,
    /// What providers ask, by name: the table that comes with Wilco under what the person says.
    pub prices: BTreeMap<String, Price>,
    /// How the window looks.
    pub appearance: Appearance,
}

impl Settings {
    /// What the person has said about `provider`: nothing, usually.
    #[must_use]
    pub fn account(&self, provider: &str) -> Account {
        self.accounts.get(provider).cloned().unwrap_or_default()
    }
}

/// Names from the provider table, first choice first; the first one that is there, knows the language and is well is
/// asked, the others if it fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Whether these orders hold, or what was measured.
    pub order: Order,
    /// The first two are always asked at once, and the quicker one answers: twice the calls.
    pub race: bool,
}

/// What decides who is asked first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Order {
    /// The person's order.
    Mine,
    /// Who was quicker lately.
    Speed,
}

/// Where a provider is asked, and for what. Every field is free text; an empty one means the provider's own default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Account {
    /// Address, for instance `https://api.openai.com/v1`. A key is kept for the host of this address only.
    pub base_url: String,
    /// Model that hears.
    pub hear_model: String,
    /// Model that answers, and that translates if the provider does so by a prompt.
    pub reply_model: String,
    /// Model that speaks.
    pub say_model: String,
    /// Voice that speaks.
    pub voice: String,
    /// Region, project or folder, where the provider asks for one.
    pub region: String,
}

impl Account {
    /// This account, with `other` where it says nothing.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        let either = |mine: &String, theirs: &String| if mine.is_empty() { theirs.clone() } else { mine.clone() };
        Self {
            base_url: either(&self.base_url, &other.base_url),
            hear_model: either(&self.hear_model, &other.hear_model),
            reply_model: either(&self.reply_model, &other.reply_model),
            say_model: either(&self.say_model, &other.say_model),
            voice: either(&self.voice, &other.voice),
            region: either(&self.region, &other.region),
        }
    }
}

/// Who answers in chat. Every field is free text; an empty one leaves it as it is without a persona. One without a
/// prompt is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Persona {
    /// Who the model is to be, in the person's words.
    pub prompt: String,
    /// Voice of its replies.
    pub voice: String,
}

/// The way out of this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Network {
    /// Address of a proxy for everything; empty takes the system's.
    pub proxy: String,
    /// Name at the proxy; its password is in the keyring. Empty: it asks for none.
    pub proxy_user: String,
    /// A PEM file of certificates that are trusted beside the system's, as offices and laboratories have them.
    pub trust: String,
    /// No connection leaves this machine: engines and servers on it work, everybody else is passed over.
    pub local_only: bool,
}

/// Which keys, in the notation of accelerators: `F9`, `Ctrl+Shift+Space`. An empty one is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Hotkeys {
    /// Held while talking.
    pub talk: String,
    /// What holding and tapping it mean.
    pub style: KeyStyle,
    /// Held while the other one talks: this once the two languages are swapped.
    pub other: String,
    /// Stops whatever is going on; taken from other programs only while something is.
    pub cancel: String,
    /// Speaks the last reply again.
    pub repeat: String,
    /// Has the next persona answer.
    pub persona: String,
    /// Brings the window.
    pub show: String,
}

impl Hotkeys {
    /// The key of `role`.
    #[must_use]
    pub fn of(&self, role: KeyRole) -> &str {
        match role {
            KeyRole::Talk => &self.talk,
            KeyRole::Other => &self.other,
            KeyRole::Cancel => &self.cancel,
            KeyRole::Repeat => &self.repeat,
            KeyRole::Persona => &self.persona,
            KeyRole::Show => &self.show,
        }
    }
}

/// What holding and tapping the talk key mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum KeyStyle {
    /// It is held while talking; a tap is a slip of the finger.
    Hold,
    /// The first press opens the microphone, the next one closes it.
    Toggle,
    /// A tap does as in `Toggle`, a hold as in `Hold`.
    Hybrid,
}

/// What is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Privacy {
    /// How many recordings of utterances stay on this computer; the oldest go first. 0 keeps none.
    pub keep_recordings: u32,
    /// Whether what was said and answered stays on this computer.
    pub keep_history: KeepHistory,
    /// For how many days, if `keep_history` is `Days`.
    pub history_days: u32,
}

/// How long a turn stays in the history. One with a star stays for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum KeepHistory {
    /// Until it is deleted.
    Always,
    /// So many days.
    Days,
    /// Not beyond its end; only what failed waits for its retry.
    Nothing,
}

/// How the window looks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Appearance {
    /// Light or dark.
    pub theme: Theme,
    /// Language of the interface: `auto`, `en` or `ru`.
    pub interface: String,
    /// A small window above all others shows what is heard and said while a turn goes on.
    pub overlay: bool,
    /// Wilco starts, unseen, when the person logs in.
    pub autostart: bool,
    /// The first steps were taken or passed over.
    pub welcomed: bool,
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
