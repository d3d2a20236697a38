//! What differs between the vendors that listen over a WebSocket: where to, what is said, what is understood. Its own
//! file because each vendor's is written against this page alone; the order of things is in `listen`.

use crate::shelf::Keeping;
use bytes::{Bytes, BytesMut};
use reqwest::header::HeaderMap;
use std::time::Duration;
use voice::{Coding, Error, ErrorKind, Packet};

/// What one vendor says and understands during one utterance.
pub(crate) trait Dialect: Send + Sync + 'static {
    /// Sound waits on a new socket until the service has said that it is ready.
    const WAITS: bool = false;
    /// How the socket is kept for the next turn; `None` gives each turn its own.
    const KEEPING: Option<Keeping>;
    /// How long after the end of the sound the service may say nothing where it has nothing to add: what was
    /// understood so far is the transcript then. `None` leaves it to the limits around every provider.
    const SILENCE: Option<Duration> = None;

    /// How many times faster than it was spoken sound may come, where the service says so. Speech that is said to it again
    /// is held back by this; what waited for a handshake is not.
    const PACE: Option<f32> = None;

    /// Where to, for sound in `coding`. A kept socket serves the same address only.
    fn url(&self, coding: Coding) -> String;

    /// What its handshake carries beside the key.
    fn headers(&self) -> HeaderMap {
        HeaderMap::new()
    }

    /// What is said first on a new socket.
    fn greeting(&self, _coding: Coding) -> Vec<Out> {
        Vec::new()
    }

    /// A piece of sound as the service wants it; `None` while it gathers more.
    fn sound(&mut self, packet: Packet) -> Option<Out>;

    /// What is said when the sound is over.
    fn end(&mut self) -> Vec<Out>;

    /// A text frame of the service.
    ///
    /// # Errors
    /// What the service says went wrong.
    fn read(&mut self, text: &str) -> Result<Heard, Error>;

    /// The whole utterance as understood now.
    fn so_far(&self) -> String;

    /// The whole utterance in the language that it was wanted in as well, if the service has told it.
    fn translation(&self) -> Option<String> {
        None
    }

    /// What is said before a socket is closed that is not kept.
    fn farewell(&self) -> Option<Out> {
        None
    }

    /// What it means that the handshake for sound in `coding` failed with `kind`.
    fn refused(&self, _coding: Coding, kind: ErrorKind) -> ErrorKind {
        kind
    }

    /// What it means that the service closes with `code` in the middle, and says `reason`.
    fn closed(&self, code: u16, _reason: &str) -> ErrorKind {
        by_code(code)
    }
}

/// What a close code means unless the vendor gives it a meaning of its own.
pub(crate) fn by_code(code: u16) -> ErrorKind {
    match code {
        1008 => ErrorKind::Refused,
        1011 => ErrorKind::ServiceFailed,
        1013 => ErrorKind::Busy,
        _ => ErrorKind::CutShort,
    }
}

/// Whether `reason`, which a service gives in words, has one of `words`; they are in small letters.
pub(crate) fn says(reason: &str, words: &[&str]) -> bool {
    let reason = reason.to_ascii_lowercase();
    words.iter().any(|word| reason.contains(word))
}

/// A frame to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Out {
    Text(String),
    Bytes(Bytes),
}

/// What a frame has told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Nothing that matters here.
    Nothing,
    /// It takes sound from now on.
    Ready,
    /// More was understood, or it was understood otherwise.
    More,
    /// The whole utterance, for good.
    Last(String),
}

/// Joins packets until there are enough bytes for a frame, for services that want fewer and longer ones.
#[derive(Default)]
pub(crate) struct Gather {
    held: BytesMut,
}

impl Gather {
    /// All that is held, once it is `enough` bytes.
    pub(crate) fn push(&mut self, bytes: &[u8], enough: usize) -> Option<Bytes> {
        self.held.extend_from_slice(bytes);
        (self.held.len() >= enough).then(|| self.held.split().freeze())
    }

    /// What is left, made `least` bytes long with silence; `None` if that is nothing.
    pub(crate) fn rest(&mut self, least: usize) -> Option<Bytes> {
        if self.held.is_empty() {
            return None;
        }
        let length = self.held.len().max(least);
        self.held.resize(length, 0);
        Some(self.held.split().freeze())
    }
}
