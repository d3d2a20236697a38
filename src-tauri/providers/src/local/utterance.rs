//! One utterance while it is heard: its sound, shared by decoders that each read at their own pace, and the words that
//! come back. Its own file because here the async side and the engine's threads meet.

use super::pocketsphinx::{NAME, RATE};
use super::{failed, unsupported};
use futures_core::Stream;
use futures_util::StreamExt;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use tokio::sync::mpsc;
use voice::{Coding, Error, ErrorKind, Hearing, Packet, PacketStream, Words};

/// The longest utterance: ten minutes.
const LONGEST: usize = 600 * RATE as usize;
/// Words that may wait to be taken; partial ones are dropped when nobody takes them.
const WAITING: usize = 8;

/// What is known of an utterance while it is heard.
pub(super) struct Utterance {
    /// What the caller knows of it.
    pub(super) how: Hearing,
    heard: Mutex<Heard>,
    changed: Condvar,
    words: mpsc::Sender<Result<Words, Error>>,
}

struct Heard {
    samples: Vec<i16>,
    half: Option<u8>, // of a sample that two packets share
    ended: bool,
    dropped: bool,
    verdict: Verdict,
}

/// Whether the sound was one of the grammar's sentences.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Pending,
    Sentence,
    Other,
}

/// More of an utterance.
pub(super) struct Piece {
    /// What came next.
    pub(super) samples: Vec<i16>,
    /// There is no more.
    pub(super) last: bool,
}

impl Utterance {
    /// A new utterance, and the stream that feeds it while it is polled and drops it when it is dropped.
    pub(super) fn new(sound: PacketStream, how: Hearing) -> (Arc<Self>, Listening) {
        let (words, results) = mpsc::channel(WAITING);
        let verdict = if how.grammar.is_some() { Verdict::Pending } else { Verdict::Other };
        let heard = Heard { samples: Vec::new(), half: None, ended: false, dropped: false, verdict };
        let utterance = Arc::new(Self { how, heard: Mutex::new(heard), changed: Condvar::new(), words });
        let listening = Listening { utterance: Arc::clone(&utterance), sound: Some(sound), results, over: false };
        (utterance, listening)
    }

    /// Waits for `count` samples beyond the first `from`, or the end; gives no more than those. None if nobody listens
    /// any more.
    pub(super) fn more(&self, from: usize, count: usize) -> Option<Piece> {
        let heard = self.wait_for(from + count);
        let samples: Vec<i16> = heard.samples.iter().skip(from).take(count).copied().collect();
        let last = heard.ended && heard.samples.len() == from + samples.len();
        (!heard.dropped).then_some(Piece { samples, last })
    }

    /// The same while it is spoken: None as soon as its end is known, however much is left.
    pub(super) fn more_while_spoken(&self, from: usize, count: usize) -> Option<Vec<i16>> {
        let heard = self.wait_for(from + count);
        let spoken = !heard.dropped && !heard.ended;
        spoken.then(|| heard.samples.iter().skip(from).take(count).copied().collect())
    }

    fn wait_for(&self, total: usize) -> MutexGuard<'_, Heard> {
        let short = |heard: &mut Heard| !heard.ended && !heard.dropped && heard.samples.len() < total;
        self.changed.wait_while(self.lock(), short).unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until it is known whether the grammar has this sentence. True if dictation is still wanted.
    pub(super) fn wants_dictation(&self) -> bool {
        let unknown = |heard: &mut Heard| !heard.dropped && heard.verdict == Verdict::Pending;
        let heard = self.changed.wait_while(self.lock(), unknown).unwrap_or_else(PoisonError::into_inner);
        !heard.dropped && heard.verdict == Verdict::Other
    }

    /// The grammar has this sentence: the transcript.
    pub(super) fn is_sentence(&self, text: String) {
        self.change(|heard| heard.verdict = Verdict::Sentence);
        self.finish(text);
    }

    /// The grammar has no such sentence.
    pub(super) fn is_other(&self) {
        self.change(|heard| heard.verdict = Verdict::Other);
    }

    /// What is understood so far.
    pub(super) fn partial(&self, text: String) {
        if self.words.try_send(Ok(self.words_of(text, false))).is_err() {
            tracing::trace!("partial words were not taken in time");
        }
    }

    /// The transcript.
    pub(super) fn finish(&self, text: String) {
        self.settle(Ok(self.words_of(text, true)));
    }

    /// No transcript can be had.
    pub(super) fn fail(&self, what: &str) {
        self.settle(Err(failed(NAME, what)));
    }

    fn settle(&self, result: Result<Words, Error>) {
        if self.words.blocking_send(result).is_err() {
            tracing::debug!("the utterance was dropped before it was transcribed");
        }
    }

    fn words_of(&self, text: String, last: bool) -> Words {
        Words { text, language: self.how.language.clone(), last, translation: None }
    }

    fn append(&self, packet: &Packet) -> Result<(), Error> {
        if packet.coding != (Coding::Pcm16 { rate: RATE }) {
            return Err(unsupported(NAME, "It takes 16-bit samples at 16 kHz."));
        }
        let mut heard = self.lock();
        let half = heard.half.take();
        let mut bytes = half.into_iter().chain(packet.bytes.iter().copied());
        while let Some(low) = bytes.next() {
            match bytes.next() {
                Some(high) => heard.samples.push(i16::from_le_bytes([low, high])),
                None => heard.half = Some(low),
            }
        }
        let fits = heard.samples.len() <= LONGEST;
        drop(heard);
        self.changed.notify_all();
        if fits { Ok(()) } else { Err(Error::new(ErrorKind::TooLong, NAME, "The utterance is over ten minutes.")) }
    }

    fn change(&self, change: impl FnOnce(&mut Heard)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The stream of words of one utterance. Polling it moves the sound too, so dropping it leaves nothing running.
pub(super) struct Listening {
    utterance: Arc<Utterance>,
    sound: Option<PacketStream>,
    results: mpsc::Receiver<Result<Words, Error>>,
    over: bool,
}

impl Stream for Listening {
    type Item = Result<Words, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.over {
            return Poll::Ready(None);
        }
        while let Some(sound) = &mut self.sound {
            match sound.poll_next_unpin(context) {
                Poll::Pending => break,
                Poll::Ready(Some(packet)) => {
                    if let Err(error) = self.utterance.append(&packet) {
                        self.over = true;
                        return Poll::Ready(Some(Err(error)));
                    }
                }
                Poll::Ready(None) => {
                    self.sound = None;
                    self.utterance.change(|heard| heard.ended = true);
                }
            }
        }
        let result = ready!(self.results.poll_recv(context));
        self.over = !matches!(&result, Some(Ok(words)) if !words.last);
        Poll::Ready(result)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.utterance.change(|heard| heard.dropped = true);
    }
}
