//! Sound on its way from a voice to the loudspeaker's thread. Its own file because only here it counts how far a reply is
//! ahead of its playing: each piece wakes that thread, and what is not needed yet can come in fewer.

use crate::clock::Clock;
use futures_util::StreamExt;
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::mpsc;
use voice::{BoxStream, Error, Frame};

/// Sound that is more than so many seconds ahead of its playing can wait to become a piece of so many seconds. Longer ones
/// would take much memory where a hundred conversations go on at once.
const SAFELY_AHEAD: f64 = 1.0;
const PIECE: f64 = 0.5;

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
        frames: mpsc::Sender<Result<Frame, Error>>,
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
    frames: mpsc::Sender<Result<Frame, Error>>,
    ahead: impl Fn(f64) -> f64,
) {
    let mut held = Held::default();
    while let Some(next) = sound.next().await {
        let failure = match next {
            Ok(frame) => {
                let ahead = ahead(frame.seconds());
                held.push(frame);
                if ahead > SAFELY_AHEAD && held.seconds < PIECE {
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
    }
    if let Some(last) = held.take() {
        // whoever listened may have been cut
        frames.send(Ok(last)).await.ok();
    }
}

/// Sound that can wait.
#[derive(Default)]
struct Held {
    frames: Vec<Frame>,
    seconds: f64,
}

impl Held {
    fn push(&mut self, frame: Frame) {
        self.seconds += frame.seconds();
        self.frames.push(frame);
    }

    /// All of it as one piece.
    fn take(&mut self) -> Option<Frame> {
        self.seconds = 0.0;
        let mut frames = self.frames.drain(..);
        let first = frames.next()?;
        if frames.len() == 0 {
            return Some(first);
        }
        let mut pieces = vec![first.samples];
        pieces.extend(frames.map(|frame| frame.samples));
        // it may wait for long, and many of them do: with room for itself and no more
        Some(Frame { rate: first.rate, samples: pieces.concat() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;
    use voice::ErrorKind;

    const LENGTH: usize = 100;

    fn frame(at: u16) -> Frame {
        Frame { rate: 1_000, samples: vec![f32::from(at); LENGTH] }
    }

    async fn pulled(lead: &mut Lead, sound: impl Iterator<Item = Result<Frame, Error>> + Send + 'static) -> Vec<Frame> {
        let (frames_in, mut frames) = mpsc::channel(64);
        lead.pull(Box::pin(stream::iter(sound)), frames_in).await;
        let mut all = Vec::new();
        while let Some(Ok(piece)) = frames.recv().await {
            all.push(piece);
        }
        all
    }

    #[tokio::test(start_paused = true)]
    async fn sound_that_is_far_ahead_comes_in_longer_pieces() {
        let broken = Error::new(ErrorKind::CutShort, "test", "");
        let sound = (0..40).map(|at| Ok(frame(at))).chain([Err(broken)]);
        let pieces = pulled(&mut Lead::new(Clock::system()), sound).await;
        let lengths: Vec<usize> = pieces.iter().map(|piece| piece.samples.len()).collect();
        assert_eq!(lengths, [[LENGTH; 10].as_slice(), &[500; 6]].concat());
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
}
