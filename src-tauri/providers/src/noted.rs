//! What passes a provider, noted in a ledger. Its own file because it changes nothing of what passes: the ledger of all
//! hosts stands around every service, and that of a turn around whoever it asks.

use crate::{Candidate, Ledger};
use futures_util::StreamExt;
use std::sync::Arc;
use voice::{
    Begun, BoxStream, Error, Hearing, Kind, Language, Packet, PacketStream, Phrase, Prompt, Provider, Respond,
    SoundStream, Synthesise, TextStream, Transcribe, Translate, VoiceChoice, Words, WordsStream,
};

/// The line of a ledger.
#[derive(Clone)]
pub struct Line {
    ledger: Arc<Ledger>,
    name: Arc<str>,
}

/// Somebody whose work can be noted.
pub trait Noted {
    /// The same, noted in `line`: the bytes of sound and text that it is given and gives, when they pass.
    fn noted(self: Arc<Self>, line: Line) -> Arc<Self>;
}

/// All that `provider` can do, noted in `line`.
pub(crate) fn noted(provider: Provider, line: &Line) -> Provider {
    let Provider { hear, respond, translate, say, service, far } = provider;
    Provider {
        hear: hear.map(|inner| inner.noted(line.clone())),
        respond: respond.map(|inner| inner.noted(line.clone())),
        translate: translate.map(|inner| inner.noted(line.clone())),
        say: say.map(|inner| inner.noted(line.clone())),
        service,
        far,
    }
}

impl<T: Noted + ?Sized> Candidate<T> {
    /// The same, noted in `ledger` by its name; as it is if nothing is sent to it.
    #[must_use]
    pub fn noted(&self, ledger: &Arc<Ledger>) -> Self {
        let doing = self.doing.clone();
        let doing = if self.service.is_some() { doing.noted(Line::new(ledger, &self.name)) } else { doing };
        let (name, takes) = (self.name.clone(), self.takes.clone());
        Self { name, doing, takes, service: self.service.clone(), far: self.far.clone(), ..*self }
    }
}

struct Noting<T: ?Sized> {
    inner: Arc<T>,
    line: Line,
}

impl Noted for dyn Transcribe {
    fn noted(self: Arc<Self>, line: Line) -> Arc<Self> {
        Arc::new(Noting { inner: self, line })
    }
}

impl Noted for dyn Respond {
    fn noted(self: Arc<Self>, line: Line) -> Arc<Self> {
        Arc::new(Noting { inner: self, line })
    }
}

impl Noted for dyn Translate {
    fn noted(self: Arc<Self>, line: Line) -> Arc<Self> {
        Arc::new(Noting { inner: self, line })
    }
}

impl Noted for dyn Synthesise {
    fn noted(self: Arc<Self>, line: Line) -> Arc<Self> {
        Arc::new(Noting { inner: self, line })
    }
}

impl Transcribe for Noting<dyn Transcribe> {
    fn hear(&self, sound: PacketStream, how: Hearing) -> WordsStream {
        self.line.asked(Kind::Hear, 0);
        let line = self.line.clone();
        let sound = Box::pin(sound.inspect(move |packet| line.sent(packet.bytes.len())));
        self.line.received(self.inner.hear(sound, how), |words: &Words| words.text.len())
    }
}

impl Respond for Noting<dyn Respond> {
    fn reply(&self, prompt: Prompt) -> TextStream {
        self.line.asked(Kind::Respond, length(&prompt));
        self.line.received(self.inner.reply(prompt), String::len)
    }

    fn begin(&self, prompt: &Prompt) -> Option<Begun> {
        let begun = self.inner.begin(prompt)?;
        self.line.asked(Kind::Respond, length(prompt));
        let line = self.line.clone();
        Some(Box::new(move |words| {
            line.sent(words.text.len());
            line.received(begun(words), String::len)
        }))
    }
}

impl Translate for Noting<dyn Translate> {
    fn translate(&self, words: Words, to: Language) -> TextStream {
        self.line.asked(Kind::Translate, words.text.len());
        self.line.received(self.inner.translate(words, to), String::len)
    }
}

impl Synthesise for Noting<dyn Synthesise> {
    fn say(&self, phrase: Phrase, voice: VoiceChoice) -> SoundStream {
        self.line.asked(Kind::Say, phrase.text.len());
        self.line.received(self.inner.say(phrase, voice), |packet: &Packet| packet.bytes.len())
    }

    fn changes_speed(&self) -> bool {
        self.inner.changes_speed()
    }
}

/// Bytes of everything that a model is told.
fn length(prompt: &Prompt) -> usize {
    let said: usize = prompt.history.iter().map(|one| one.question.len() + one.answer.len()).sum();
    prompt.system.len() + said + prompt.words.text.len()
}

impl Line {
    /// The one called `name`.
    pub(crate) fn new(ledger: &Arc<Ledger>, name: &str) -> Self {
        Self { ledger: ledger.clone(), name: name.into() }
    }

    fn asked(&self, kind: Kind, bytes: usize) {
        self.ledger.asked(&self.name, kind);
        self.sent(bytes);
    }

    fn sent(&self, bytes: usize) {
        self.ledger.sent(&self.name, bytes);
    }

    /// The same pieces, each noted.
    fn received<T: Send + 'static>(
        &self,
        pieces: BoxStream<Result<T, Error>>,
        bytes: fn(&T) -> usize,
    ) -> BoxStream<Result<T, Error>> {
        let line = self.clone();
        Box::pin(pieces.inspect(move |piece| {
            if let Ok(piece) = piece {
                line.ledger.received(&line.name, bytes(piece));
            }
        }))
    }
}
