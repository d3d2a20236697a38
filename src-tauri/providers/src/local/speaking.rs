//! One phrase on its way to a voice, and its sound on the way back. Its own file because flite and espeak-ng differ in
//! how they make sound and in nothing else.

use super::thread::EngineThread;
use bytes::{BufMut, BytesMut};
use futures_util::stream::{self, StreamExt};
use tokio::sync::mpsc;
use voice::{Coding, Error, Packet, Phrase, SoundStream, VoiceChoice};

/// Packets that may wait to be taken: ten seconds of 20 ms, so that the phrase after the next can be made while one
/// is heard.
const WAITING: usize = 500;

/// A phrase to be spoken.
pub(super) struct Saying {
    /// What is said, and in which language.
    pub(super) phrase: Phrase,
    /// How.
    pub(super) choice: VoiceChoice,
    out: mpsc::Sender<Result<Packet, Error>>,
}

/// Hands a phrase to the engine's thread; its sound comes back as it is made. Dropping the stream stops the voice at
/// its next piece.
pub(super) fn say(thread: &EngineThread<Saying>, phrase: Phrase, choice: VoiceChoice) -> SoundStream {
    let (out, mut sound) = mpsc::channel(WAITING);
    match thread.give(Saying { phrase, choice, out }) {
        Ok(()) => stream::poll_fn(move |context| sound.poll_recv(context)).boxed(),
        Err(error) => refuse(error),
    }
}

/// A stream of one error.
pub(super) fn refuse<T: Send + 'static>(error: Error) -> voice::BoxStream<Result<T, Error>> {
    stream::iter([Err(error)]).boxed()
}

impl Saying {
    /// Whether nobody waits for the sound any more.
    pub(super) fn dropped(&self) -> bool {
        self.out.is_closed()
    }

    /// Ends it with an error.
    pub(super) fn fail(&self, error: Error) {
        if self.out.blocking_send(Err(error)).is_err() {
            tracing::debug!("the phrase was dropped before its voice failed");
        }
    }

    /// Runs `speak` with a sink that gathers its pieces into packets of at least 20 ms at `rate`, but sends the first
    /// at once.
    pub(super) fn with_sink(&self, rate: u32, speak: impl FnOnce(&mut dyn FnMut(&[i16]) -> bool)) {
        let least = usize::try_from(rate / 50).unwrap_or_default() * size_of::<i16>();
        let mut gathered = BytesMut::new();
        let mut first = true;
        let send = |gathered: &mut BytesMut| {
            let packet = Packet { coding: Coding::Pcm16 { rate }, bytes: gathered.split().freeze() };
            self.out.blocking_send(Ok(packet)).is_ok()
        };
        speak(&mut |samples| {
            samples.iter().for_each(|sample| gathered.put_i16_le(*sample));
            if self.dropped() {
                return false;
            }
            if !first && gathered.len() < least {
                return true;
            }
            first = false;
            send(&mut gathered)
        });
        if !gathered.is_empty() && !self.dropped() {
            send(&mut gathered);
        }
    }
}
