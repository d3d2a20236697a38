//! Sound on its way from a voice to the loudspeaker's thread. Its own file because only here it counts how far a reply is
//! ahead of its playing: each piece wakes that thread, and what is not needed yet can come in fewer.

use crate::clock::Clock;
use futures_util::StreamExt;
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{sync::mpsc, time::timeout};
use voice::{BoxStream, Error, Frame};

/// Sound that is more than so many seconds ahead of its playing can wait to become a piece of so many seconds. Longer ones
/// would take much memory where a hundred conversations go on at once.
const SAFELY_AHEAD: f64 = 1.0;
const PIECE: f64 = 0.5;
/// So long more is left with its sender once such a piece is full: what has come by then is read in one go. At five times
/// the speed of speech 16 bits of 24 kHz fill no more than 16 kB meanwhile; a connection's buffer would double for more.
const REST: Duration = Duration::from_millis(60);

/// How far the sound of a reply is ahead of its playing, which begins with its first phrase at the earliest.
pub(crate) struct Lead {
    clock: Clock,
    began: Option<Duration>,
    /// Seconds of sound that came, phrase by phrase.
    given: Arc<Mutex<Vec<f64>>>,
}

impl Lead {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, began: None, given: Arc::default() }
    }

    /// Hands on all of `sound`, that of the next phrase, as it comes while it is not far ahead of being played.
    pub(crate) fn pull(
        &mut self,
        sound: BoxStream<Result<Frame, Error>>,
        frames: mpsc::Sender<Result<Waiting, Error>>,
    ) -> impl Future<Output = ()> + Send + use<> {
        let (clock, given) = (self.clock, self.given.clone());
        let began = *self.began.get_or_insert_with(|| clock.now());
        let phrase = {
            let mut given = given.lock().unwrap_or_else(PoisonError::into_inner);
            given.push(0.0);
            given.len()
        };
        let ahead = move |seconds: f64| {
            let mut given = given.lock().unwrap_or_else(PoisonError::into_inner);
            let before = given.get_mut(..phrase).unwrap_or_default();
            before.last_mut().into_iter().for_each(|own| *own += seconds);
            before.iter().sum::<f64>() - (clock.now() - began).as_secs_f64()
        };
        pull(sound, frames, ahead)
    }
}

/// `ahead` takes what has come and says how far all of it is ahead, both in seconds.
async fn pull(
    mut sound: BoxStream<Result<Frame, Error>>,
    frames: mpsc::Sender<Result<Waiting, Error>>,
    ahead: impl Fn(f64) -> f64,
) {
    let mut held: Option<Waiting> = None;
    while let Some(next) = sound.next().await {
        let can_wait = next.as_ref().is_ok_and(|frame| ahead(frame.seconds()) > SAFELY_AHEAD);
        let failure = match next {
            Ok(frame) => {
                let room = if can_wait { PIECE } else { 0.0 };
                let held = held.get_or_insert_with(|| Waiting::with_room(room, &frame));
                held.push(&frame);
                if can_wait && held.seconds() < PIECE {
                    continue;
                }
                None
            }
            Err(error) => Some(Err(error)),
        };
        for piece in held.take().map(Ok).into_iter().chain(failure) {
            if frames.send(piece).await.is_err() {
                return;
            }
        }
        if can_wait {
            // only who listens no more ends it early
            timeout(REST, frames.closed()).await.ok();
        }
    }
    if let Some(last) = held {
        // whoever listened may have been cut
        frames.send(Ok(last)).await.ok();
    }
}

/// Sound that waits to be played: 16 bits a sample, half the room of sound that is worked on.
pub(crate) struct Waiting {
    rate: u32,
    samples: Vec<i16>,
}

impl Waiting {
    /// None yet; room for `seconds` of it and one frame more, for it may wait for long.
    fn with_room(seconds: f64, frame: &Frame) -> Self {
        let samples = (seconds * f64::from(frame.rate)) as usize + frame.samples.len();
        Self { rate: frame.rate, samples: Vec::with_capacity(samples) }
    }

    fn push(&mut self, frame: &Frame) {
        self.samples.extend(frame.samples.iter().map(|sample| in_16_bits(*sample)));
    }

    fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.rate.max(1))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }
}

impl From<Waiting> for Frame {
    fn from(waiting: Waiting) -> Self {
        let samples = waiting.samples.iter().map(|sample| f32::from(*sample) / 32_768.0).collect();
        Self { rate: waiting.rate, samples }
    }
}

/// To the nearest. Beside this number a float has no room for less than one, and its last bits are the whole number: what
/// a processor does with many samples at once.
fn in_16_bits(sample: f32) -> i16 {
    const WHOLE: f32 = (3 << 22) as f32;
    ((sample * 32_768.0).clamp(-32_768.0, 32_767.0) + WHOLE).to_bits() as i16
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;
    use voice::ErrorKind;

    const LENGTH: usize = 100;

    fn frame(at: u16) -> Frame {
        Frame { rate: 1_000, samples: vec![f32::from(at) / 64.0; LENGTH] }
    }

    async fn pulled(lead: &mut Lead, sound: impl Iterator<Item = Result<Frame, Error>> + Send + 'static) -> Vec<Frame> {
        let (frames_in, mut frames) = mpsc::channel(64);
        lead.pull(Box::pin(stream::iter(sound)), frames_in).await;
        let mut all = Vec::new();
        while let Some(Ok(piece)) = frames.recv().await {
            all.push(piece.into());
        }
        all
    }

    #[tokio::test(start_paused = true)]
    async fn sound_that_is_far_ahead_comes_in_longer_pieces_and_at_its_leisure() {
        let broken = Error::new(ErrorKind::CutShort, "test", "");
        let sound = (0..40).map(|at| Ok(frame(at))).chain([Err(broken)]);
        let clock = Clock::system();
        let pieces = pulled(&mut Lead::new(clock), sound).await;
        let lengths: Vec<usize> = pieces.iter().map(|piece| piece.samples.len()).collect();
        assert_eq!(lengths, [[LENGTH; 10].as_slice(), &[500; 6]].concat());
        // the timer counts whole milliseconds
        assert_eq!(clock.now().as_millis() / REST.as_millis(), 6, "after each of the longer ones");
        let all: Vec<f32> = pieces.into_iter().flat_map(|piece| piece.samples).collect();
        assert_eq!(all, (0..40).flat_map(|at| frame(at).samples).collect::<Vec<_>>());
    }

    #[tokio::test(start_paused = true)]
    async fn a_later_phrase_is_ahead_by_all_before_it_that_is_not_played() {
        let mut lead = Lead::new(Clock::system());
        let phrase = || (0..8).map(|at| Ok(frame(at)));
        assert_eq!(pulled(&mut lead, phrase()).await.len(), 8, "less than a second");
        let lengths = |pieces: Vec<Frame>| pieces.iter().map(|piece| piece.samples.len()).collect::<Vec<_>>();
        assert_eq!(lengths(pulled(&mut lead, phrase()).await), [100, 100, 500, 100]);
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(pulled(&mut lead, phrase()).await.len(), 8, "all before it was played");
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_rests_for_who_listens_no_more() {
        let (frames_in, mut frames) = mpsc::channel(64);
        let sound = stream::iter((0..).map(|at| Ok(frame(at % 64))));
        let clock = Clock::system();
        let pull = Lead::new(clock).pull(Box::pin(sound), frames_in);
        tokio::join!(pull, async move {
            for _ in 0..11 {
                assert!(matches!(frames.recv().await, Some(Ok(_))));
            }
        });
        assert!(clock.now() < REST, "the rest after the first of the longer ones was cut short");
    }

    #[test]
    fn sixteen_bits_are_the_nearest() {
        for level in [-32_768i16, -32_767, -1, 0, 1, 32_767] {
            let sample = f32::from(level) / 32_768.0;
            assert_eq!(in_16_bits(sample), level);
            assert_eq!(in_16_bits(sample + 0.4 / 32_768.0), level);
        }
        assert_eq!([1.5, -1.5, 1.0].map(in_16_bits), [i16::MAX, i16::MIN, i16::MAX]);
    }
}
