//! The four contracts. A provider is a function from a stream to a stream; dropping the returned stream cancels the
//! work. A provider never retries, caches, logs speech or sees another provider.

use crate::{Account, Coding, Error, Exchange, Language, Packet, PacketStream, Phrase, Stage, VoiceChoice, Words};
use futures_core::Stream;
use serde::{Deserialize, Serialize};
use std::{future::Future, pin::Pin, sync::Arc};

/// A stream that can be kept and sent.
pub type BoxStream<T> = Pin<Box<dyn Stream<Item = T> + Send>>;
/// Partial words, each replacing the last, then exactly one with `last`; or an error, which ends the stream.
pub type WordsStream = BoxStream<Result<Words, Error>>;
/// Pieces of text to be appended; an error ends the stream.
pub type TextStream = BoxStream<Result<String, Error>>;
/// Pieces of sound in order; an error ends the stream.
pub type SoundStream = BoxStream<Result<Packet, Error>>;

/// An answer that comes once.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What a transcriber is told before the sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hearing {
    /// The language that is spoken.
    pub language: Language,
    /// Sentences understood without any model, as a JSGF grammar with one public rule; engines that cannot use it
    /// ignore it.
    pub grammar: Option<Arc<str>>,
    /// The language that the words are wanted in as well; those who cannot translate what they hear ignore it.
    pub into: Option<Language>,
}

/// What a model is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// Who it is to be.
    pub system: String,
    /// What was said before, oldest first. Shared: a long conversation goes through many hands.
    pub history: Vec<Arc<Exchange>>,
    /// What was said now.
    pub words: Words,
}

/// Speech to text.
pub trait Transcribe: Send + Sync {
    /// Packets in the coding that the profile asks for; words out.
    fn hear(&self, sound: PacketStream, how: Hearing) -> WordsStream;
}

/// A question that is on its way already; only its last words are missing.
pub type Begun = Box<dyn FnOnce(Words) -> TextStream + Send>;

/// Words to an answer.
pub trait Respond: Send + Sync {
    /// The reply, piece by piece.
    fn reply(&self, prompt: Prompt) -> TextStream;

    /// Sends all of `prompt` but its words, which are still being spoken; dropping what is given takes it back. `None`
    /// where nothing is gained by it.
    fn begin(&self, _prompt: &Prompt) -> Option<Begun> {
        None
    }
}

/// Words to the same in another language.
pub trait Translate: Send + Sync {
    /// The translation of `words` into `to`, piece by piece; not asked for where the words bring their own. A pair that
    /// is not there is an `Unsupported` error that lists those that are.
    fn translate(&self, words: Words, to: Language) -> TextStream;
}

/// Text to speech.
pub trait Synthesise: Send + Sync {
    /// The sound of one phrase. Volume is applied later, by whoever plays it.
    fn say(&self, phrase: Phrase, voice: VoiceChoice) -> SoundStream;

    /// Whether it speaks at the speed that is chosen. Otherwise whoever plays it stretches the sound.
    fn changes_speed(&self) -> bool {
        true
    }
}

/// What every service with an address offers beside its work.
pub trait Remote: Send + Sync {
    /// Opens connections before they are needed, as many as a turn will use at once. Never fails: what cannot be
    /// reached now is told by the work itself.
    fn warm(&self) -> BoxFuture<()>;

    /// The smallest real call that needs the key. An error says in words what is wrong.
    fn test(&self) -> BoxFuture<Result<(), Error>>;

    /// The models and voices that it names itself; empty lists where it has no such call.
    fn offers(&self) -> BoxFuture<Result<Offers, Error>>;
}

/// What a service names when it is asked what it has. Free text is always allowed beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Offers {
    /// Identifiers of models, in the service's order.
    pub models: Vec<String>,
    /// Voices.
    pub voices: Vec<OfferedVoice>,
}

/// A voice of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct OfferedVoice {
    /// What the settings keep.
    pub id: String,
    /// What a person reads.
    pub name: String,
}

/// Whether a provider asks for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum KeyNeed {
    /// It has none.
    None,
    /// It works without; some who run it themselves set one.
    Optional,
    /// Nothing goes without it.
    Required,
}

/// The four things a provider may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Kind {
    /// `Transcribe`.
    Hear,
    /// `Respond`.
    Respond,
    /// `Translate`.
    Translate,
    /// `Synthesise`.
    Say,
}

impl Kind {
    /// The stage of a turn that does it.
    #[must_use]
    pub fn stage(self) -> Stage {
        match self {
            Self::Hear => Stage::Hear,
            Self::Respond | Self::Translate => Stage::Think,
            Self::Say => Stage::Speak,
        }
    }
}

/// Which languages a provider knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Languages {
    /// Whatever it is asked for.
    Any,
    /// These.
    Only(Vec<Language>),
    /// It hears whatever it is asked for, but speaks only these.
    Said(Vec<Language>),
}

/// What is known of a provider without opening it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Profile {
    /// Its name in settings and table.
    pub name: String,
    /// What it can do.
    pub kinds: Vec<Kind>,
    /// It runs on this machine; nothing leaves it.
    pub local: bool,
    /// Good enough to work without a network, no more: the page says so.
    pub basic: bool,
    /// Languages it hears or speaks.
    pub languages: Languages,
    /// The codings its `hear` takes, first choice first: usually the one with the fewest bytes. The next one is tried
    /// with the same utterance when one is refused.
    #[serde(skip)]
    #[cfg_attr(test, ts(skip))]
    pub takes: Vec<Coding>,
    /// Voices of its `say`, best first; free text is allowed where this is empty.
    pub voices: Vec<String>,
    /// Whether it asks for a key.
    pub key: KeyNeed,
    /// Where it is asked and for what, unless the person says otherwise. Empty for engines on this machine.
    pub account: Account,
}

impl Profile {
    /// Whether it knows `language` when it does `kind`.
    #[must_use]
    pub fn knows(&self, kind: Kind, language: &Language) -> bool {
        match &self.languages {
            Languages::Any => true,
            Languages::Only(these) => these.contains(language),
            Languages::Said(these) => kind != Kind::Say || these.contains(language),
        }
    }
}

/// An opened provider: those of the four contracts that it fulfils.
#[derive(Clone, Default)]
pub struct Provider {
    /// Speech to text.
    pub hear: Option<Arc<dyn Transcribe>>,
    /// Answers.
    pub respond: Option<Arc<dyn Respond>>,
    /// Translation.
    pub translate: Option<Arc<dyn Translate>>,
    /// Text to speech.
    pub say: Option<Arc<dyn Synthesise>>,
    /// Its address, if it has one.
    pub service: Option<Arc<dyn Remote>>,
    /// The host that it is asked at, if that is another machine.
    pub far: Option<Arc<str>>,
}
