//! Services that are asked over a network: one file and one row each.

mod anthropic;
mod assemblyai;
mod azure;
mod begin;
mod body;
mod by_prompt;
pub(crate) mod cartesia;
mod deepgram;
mod deepl;
mod elevenlabs;
mod gemini;
mod google;
mod libretranslate;
mod openai;
mod openai_realtime;
mod piper;
mod refusing;
mod reply;
mod responder;
mod responses;
#[cfg(test)]
pub(crate) mod scripted;
mod soniox;
mod tags;
mod wyoming;
mod yandex;

use crate::vendor::Vendor;
use voice::{Account, Coding, KeyNeed, Kind, Language, Languages, Profile, Provider};

/// A row of the table.
pub(crate) struct Cloud {
    pub(crate) name: &'static str,
    /// Whose key it uses.
    pub(crate) key_of: &'static str,
    pub(crate) key: KeyNeed,
    pub(crate) kinds: &'static [Kind],
    /// Languages by their tags; empty is any.
    pub(crate) languages: &'static [&'static str],
    /// Languages that it speaks, if those are fewer than it hears.
    pub(crate) said: &'static [&'static str],
    /// Codings for `hear`, first choice first.
    pub(crate) takes: &'static [Coding],
    /// Its `hear` answers after the whole utterance only.
    pub(crate) whole: bool,
    pub(crate) account: Preset,
    pub(crate) open: fn(Vendor) -> Provider,
}

/// An account's defaults, as constants can be written.
pub(crate) struct Preset {
    pub(crate) base_url: &'static str,
    pub(crate) hear_model: &'static str,
    pub(crate) reply_model: &'static str,
    pub(crate) say_model: &'static str,
    pub(crate) voice: &'static str,
    pub(crate) region: &'static str,
}

impl Preset {
    /// An address, and nothing else.
    pub(crate) const fn at(base_url: &'static str) -> Self {
        Self { base_url, hear_model: "", reply_model: "", say_model: "", voice: "", region: "" }
    }

    /// These defaults as an account.
    pub(crate) fn account(&self) -> Account {
        Account {
            base_url: self.base_url.into(),
            hear_model: self.hear_model.into(),
            reply_model: self.reply_model.into(),
            say_model: self.say_model.into(),
            voice: self.voice.into(),
            region: self.region.into(),
        }
    }
}

impl Cloud {
    /// The first of its languages' tags that is `language`, as the vendor writes it.
    fn tag(&self, language: &Language) -> Option<&'static str> {
        self.languages.iter().find(|tag| Language::new(tag) == *language).copied()
    }

    pub(crate) fn profile(&self) -> Profile {
        let tags = |these: &[&str]| these.iter().map(|tag| Language::new(tag)).collect();
        let languages = match (self.languages, self.said) {
            ([], []) => Languages::Any,
            ([], said) => Languages::Said(tags(said)),
            (these, _) => Languages::Only(tags(these)),
        };
        Profile {
            name: self.name.to_owned(),
            kinds: self.kinds.to_vec(),
            local: false,
            basic: false,
            languages,
            takes: self.takes.to_vec(),
            voices: Vec::new(),
            key: self.key,
            account: self.account.account(),
        }
    }
}

/// Every service.
pub(crate) const ROWS: &[Cloud] = &[
    openai::OPENAI,
    openai_realtime::ROW,
    responses::ROW,
    anthropic::ROW,
    gemini::ROW,
    deepgram::ROW,
    elevenlabs::ROW,
    cartesia::ROW,
    soniox::ROW,
    assemblyai::ROW,
    openai::GROQ,
    openai::OPENROUTER,
    openai::AZURE,
    openai::OLLAMA,
    openai::SPEACHES,
    openai::KOKORO,
    openai::WHISPER_CPP,
    openai::COMPATIBLE,
    deepl::ROW,
    google::ROW,
    azure::ROW,
    yandex::ROW,
    libretranslate::ROW,
    piper::ROW,
    wyoming::HEAR,
    wyoming::SAY,
];
