//! What stands around every service, whoever it is: a permit, limits of time, caps of size. Its own file because a
//! provider knows none of this; it only makes its stream.

use async_stream::try_stream;
use futures_util::{StreamExt, stream};
use std::{pin::pin, sync::Arc, time::Duration};
use tokio::{
    sync::{Semaphore, SemaphorePermit, oneshot},
    time::{Instant, sleep, timeout},
};
use voice::{
    Begun, BoxStream, Coding, Error, ErrorKind, Hearing, Language, Packet, PacketStream, Phrase, Prompt, Provider,
    Respond, SoundStream, Synthesise, TextStream, Transcribe, Translate, VoiceChoice, Words, WordsStream,
};

/// How long each part of an answer may take. Connecting has its own limit, at the client.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// To the first piece that is of use.
    first: Duration,
    /// From one useful piece to the next.
    idle: Duration,
    /// For all of it, as far as it is waited for.
    total: Duration,
}

/// The numbers of reliability section 3.3, by what is asked.
pub(crate) mod limits {
    use super::{Duration, Limits};

    const fn of(first_ms: u64, idle_ms: u64, total_ms: u64) -> Limits {
        let ms = Duration::from_millis;
        Limits { first: ms(first_ms), idle: ms(idle_ms), total: ms(total_ms) }
    }

    /// Speech to text that listens along; counted from the end of the sound.
    pub(crate) const LIVE: Limits = of(2_000, 2_000, 8_000);
    /// Speech to text of a whole utterance; its length adds 50 ms a second to the first.
    pub(crate) const WHOLE: Limits = of(3_000, 2_000, 15_000);
    pub(crate) const TEXT: Limits = of(2_500, 2_000, 30_000);
    pub(crate) const SOUND: Limits = of(1_500, 1_500, 20_000);
}

/// The longest reply and the longest transcript, in bytes of text (fault matrix, D12).
const TEXT: usize = 64 * 1024;
/// Sound is passed on in pieces of no more bytes: what a coding makes of a few of them may be a thousand times as much.
const PIECE: usize = 16 * 1024;
/// The longest sound of one phrase, in seconds.
const SOUND: usize = 20 * 60;
/// Bytes of a second of the heaviest coding that is taken: 48 kHz, 16 bits.
const HEAVIEST: usize = 96_000;
/// What a batch transcriber may take longer for each second of sound.
const PER_SECOND: Duration = Duration::from_millis(50);
const PACKETS_PER_SECOND: u32 = 50;

/// The way into one provider.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) name: &'static str,
    pub(crate) permits: Arc<Semaphore>,
    /// Its `hear` waits for the whole utterance before it begins.
    pub(crate) whole: bool,
    /// What its first piece may take longer than that of a service in the network.
    pub(crate) loading: Duration,
}

/// `provider` behind `door`.
pub(crate) fn behind(door: &Door, provider: Provider) -> Provider {
    let Provider { hear, respond, translate, say, service, far } = provider;
    Provider {
        hear: hear.map(|inner| Arc::new(Guarded { door: door.clone(), inner }) as Arc<dyn Transcribe>),
        respond: respond.map(|inner| Arc::new(Guarded { door: door.clone(), inner }) as Arc<dyn Respond>),
        translate: translate.map(|inner| Arc::new(Guarded { door: door.clone(), inner }) as Arc<dyn Translate>),
        say: say.map(|inner| Arc::new(Guarded { door: door.clone(), inner }) as Arc<dyn Synthesise>),
        service,
        far,
    }
}

struct Guarded<T: ?Sized> {
    door: Door,
    inner: Arc<T>,
}

impl Transcribe for Guarded<dyn Transcribe> {
    fn hear(&self, sound: PacketStream, how: Hearing) -> WordsStream {
        let (end_in, mut end) = oneshot::channel();
        let door = self.door.clone();
        let mut words = self.inner.hear(counted(sound, end_in), how);
        Box::pin(try_stream! {
            let mut limits = door.limits(if door.whole { limits::WHOLE } else { limits::LIVE });
            let _permit = door.enter(limits.first).await?;
            // while somebody speaks there is no hurry
            let packets = loop {
                let word = tokio::select! {
                    biased;
                    packets = &mut end => Err(packets.unwrap_or_default()),
                    word = words.next() => Ok(word),
                };
                let word = match word {
                    Ok(Some(word)) => door.fitting(word?)?,
                    Ok(None) => Err(door.error(ErrorKind::CutShort, "it ended while it was listening"))?,
                    Err(packets) => break packets,
                };
                let last = word.last;
                yield word;
                if last {
                    return;
                }
            };
            if door.whole {
                limits.first += PER_SECOND * (packets / PACKETS_PER_SECOND);
            }
            let mut rest = pin!(limited(door.clone(), limits, words, |_: &Words| 0, usize::MAX));
            while let Some(word) = rest.next().await {
                yield door.fitting(word?)?;
            }
        })
    }
}

impl Respond for Guarded<dyn Respond> {
    fn reply(&self, prompt: Prompt) -> TextStream {
        self.text(said(self.inner.reply(prompt)))
    }

    fn begin(&self, prompt: &Prompt) -> Option<Begun> {
        let begun = self.inner.begin(prompt)?;
        let (door, limits) = (self.door.clone(), self.door.limits(limits::TEXT));
        Some(Box::new(move |words| entered(door, limits, said(begun(words)), String::len, TEXT)))
    }
}

impl Translate for Guarded<dyn Translate> {
    fn translate(&self, words: Words, to: Language) -> TextStream {
        self.text(said(self.inner.translate(words, to)))
    }
}

/// Only what says something: empty pieces are no progress (fault matrix, D16).
fn said(text: TextStream) -> TextStream {
    Box::pin(text.filter(|piece| std::future::ready(!matches!(piece, Ok(text) if text.is_empty()))))
}

impl<T: ?Sized> Guarded<T> {
    fn text(&self, text: TextStream) -> TextStream {
        let (door, limits) = (self.door.clone(), self.door.limits(limits::TEXT));
        entered(door, limits, text, String::len, TEXT)
    }
}

impl Synthesise for Guarded<dyn Synthesise> {
    fn say(&self, phrase: Phrase, voice: VoiceChoice) -> SoundStream {
        let (door, limits) = (self.door.clone(), self.door.limits(limits::SOUND));
        entered(door, limits, in_pieces(self.inner.say(phrase, voice)), weight, SOUND * HEAVIEST)
    }

    fn changes_speed(&self) -> bool {
        self.inner.changes_speed()
    }
}

/// The same sound; tells how many packets it was when it has ended.
fn counted(sound: PacketStream, end: oneshot::Sender<u32>) -> PacketStream {
    let start = (sound, Some(end), 0u32);
    Box::pin(stream::unfold(start, |(mut sound, mut end, count)| async move {
        match sound.next().await {
            Some(packet) => Some((packet, (sound, end, count.saturating_add(1)))),
            None => {
                // whoever asked may have gone
                end.take().map(|end| end.send(count).ok());
                None
            }
        }
    }))
}

/// The same sound, cut where its coding may be cut.
fn in_pieces(sound: SoundStream) -> SoundStream {
    Box::pin(sound.flat_map(|packet| {
        let (mut rest, failed) = match packet {
            Ok(packet) => (Some(packet), None),
            Err(error) => (None, Some(Err(error))),
        };
        let pieces = std::iter::from_fn(move || {
            let mut piece = rest.take()?;
            if piece.coding != Coding::Opus && piece.bytes.len() > PIECE {
                rest = Some(Packet { coding: piece.coding, bytes: piece.bytes.split_off(PIECE) });
            }
            Some(Ok(piece))
        });
        stream::iter(pieces.chain(failed))
    }))
}

/// Bytes that a packet counts for: coded sound is about ten times smaller than what it becomes.
fn weight(packet: &Packet) -> usize {
    let swollen = match packet.coding {
        Coding::Pcm16 { .. } | Coding::Wav => 1,
        Coding::Opus | Coding::OggOpus | Coding::Mp3 => 10,
    };
    packet.bytes.len() * swollen
}

impl Door {
    fn limits(&self, mut limits: Limits) -> Limits {
        limits.first = limits.first.max(self.loading);
        limits.total += self.loading;
        limits
    }

    async fn enter(&self, patience: Duration) -> Result<SemaphorePermit<'_>, Error> {
        let busy = || self.error(ErrorKind::Busy, "all that it is allowed to do at once is being done");
        timeout(patience, self.permits.acquire()).await.map_err(|_| busy())?.map_err(|_| busy())
    }

    /// Nobody says so much within ten minutes.
    fn fitting(&self, words: Words) -> Result<Words, Error> {
        let length = words.text.len().max(words.translation.as_ref().map_or(0, String::len));
        if length > TEXT { Err(self.error(ErrorKind::TooLarge, "its transcript has no end")) } else { Ok(words) }
    }

    fn error(&self, kind: ErrorKind, detail: &str) -> Error {
        Error::new(kind, self.name, format!("{detail}."))
    }
}

fn entered<T: Send + 'static>(
    door: Door,
    limits: Limits,
    inner: BoxStream<Result<T, Error>>,
    weight: fn(&T) -> usize,
    cap: usize,
) -> BoxStream<Result<T, Error>> {
    Box::pin(try_stream! {
        let _permit = door.enter(limits.first).await?;
        let mut pieces = pin!(limited(door.clone(), limits, inner, weight, cap));
        while let Some(piece) = pieces.next().await {
            yield piece?;
        }
    })
}

/// Now, on the clock of the timers that cut.
fn moment() -> Instant {
    sleep(Duration::ZERO).deadline()
}

/// `inner` within `limits`, and no more than `cap` of it. An end without a single piece is an error.
fn limited<T: Send + 'static>(
    door: Door,
    limits: Limits,
    mut inner: BoxStream<Result<T, Error>>,
    weight: fn(&T) -> usize,
    cap: usize,
) -> impl futures_core::Stream<Item = Result<T, Error>> + Send {
    try_stream! {
        let (mut left, mut patience, mut taken, mut some) = (limits.total, limits.first, 0usize, false);
        loop {
            let since = moment();
            let piece = timeout(patience.min(left), inner.next()).await.map_err(|_| {
                if patience <= left {
                    format!("nothing came for {:.1} s", patience.as_secs_f32())
                } else {
                    "its answer took too long".to_owned()
                }
            });
            // how long we take to use a piece is not the service's time
            left = left.saturating_sub(moment() - since);
            let Some(piece) = piece.map_err(|why| door.error(ErrorKind::TimedOut, &why))? else { break };
            let piece = piece?;
            taken = taken.saturating_add(weight(&piece));
            if taken > cap {
                Err(door.error(ErrorKind::TooLarge, "its answer has no end"))?;
            }
            yield piece;
            (patience, some) = (limits.idle, true);
        }
        if !some {
            Err(door.error(ErrorKind::EmptyAnswer, "its answer was empty"))?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Says its pieces, each after so many milliseconds.
    struct Slow(Vec<(u64, usize)>);

    impl Respond for Slow {
        fn reply(&self, _: Prompt) -> TextStream {
            Box::pin(stream::iter(self.0.clone()).then(|(ms, length)| async move {
                sleep(Duration::from_millis(ms)).await;
                Ok("x".repeat(length))
            }))
        }
    }

    async fn outcome(pieces: Vec<(u64, usize)>, loading: u64) -> Result<usize, ErrorKind> {
        outcome_taken(pieces, loading, 0).await
    }

    /// The same where whoever takes the pieces needs so many milliseconds for each.
    async fn outcome_taken(pieces: Vec<(u64, usize)>, loading: u64, each: u64) -> Result<usize, ErrorKind> {
        let (permits, loading) = (Arc::new(Semaphore::new(1)), Duration::from_secs(loading));
        let door = Door { name: "slow", permits, whole: false, loading };
        let provider = behind(&door, Provider { respond: Some(Arc::new(Slow(pieces))), ..Provider::default() });
        let words = Words { text: String::new(), language: Language::new("en"), last: true, translation: None };
        let mut reply = provider.respond.unwrap().reply(Prompt { system: String::new(), history: vec![], words });
        let mut length = 0;
        while let Some(piece) = reply.next().await {
            length += piece.map_err(|error| error.kind)?.len();
            sleep(Duration::from_millis(each)).await;
        }
        Ok(length)
    }

    #[tokio::test(start_paused = true)]
    async fn each_part_of_an_answer_has_its_limit() {
        assert_eq!(outcome(vec![(2_400, 1), (1_900, 1)], 0).await, Ok(2));
        assert_eq!(outcome(vec![(2_600, 1)], 0).await, Err(ErrorKind::TimedOut), "first");
        assert_eq!(outcome(vec![(0, 1), (2_100, 1)], 0).await, Err(ErrorKind::TimedOut), "idle");
        assert_eq!(outcome(vec![(1_900, 1); 17], 0).await, Err(ErrorKind::TimedOut), "total");
        assert_eq!(outcome(vec![(1_000, 0); 9], 0).await, Err(ErrorKind::TimedOut), "nothing is said");
        assert_eq!(outcome(vec![(60_000, 1)], 120).await, Ok(1), "a model is being loaded");
    }

    #[tokio::test(start_paused = true)]
    async fn a_reply_may_be_spoken_for_as_long_as_it_takes() {
        assert_eq!(outcome_taken(vec![(500, 1); 30], 0, 5_000).await, Ok(30), "15 s of waiting");
        assert_eq!(outcome_taken(vec![(1_500, 1); 30], 0, 100).await, Err(ErrorKind::TimedOut), "45 s of waiting");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_neither_endless_nor_empty() {
        assert_eq!(outcome(vec![(0, 1_024); 64], 0).await, Ok(TEXT));
        assert_eq!(outcome(vec![(0, 1_024); 65], 0).await, Err(ErrorKind::TooLarge));
        assert_eq!(outcome(vec![], 0).await, Err(ErrorKind::EmptyAnswer));
    }
}
