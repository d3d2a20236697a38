//! The loudspeaker as everybody else sees it: pieces of a reply go in, what was really played comes out, and a hand on
//! the reply can stop it.

use crate::mouth::Hands;
use std::sync::{Arc, atomic::Ordering};
use voice::{AudioChoice, Error, Frame};

/// A piece of a reply.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// A sentence begins here: a place to skip to, and to go on from when a device was lost.
    Sentence,
    /// Sound.
    Sound(Frame),
}

impl From<Frame> for Piece {
    fn from(frame: Frame) -> Self {
        Self::Sound(frame)
    }
}

/// Asked for the next piece of the reply, on a thread of the loudspeaker's own: it may wait. None: the reply is over.
pub type NextPiece = Box<dyn FnMut() -> Option<Piece> + Send>;

/// What a loudspeaker tells while it plays one reply, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Played {
    /// The first sample was handed to the device.
    First,
    /// Seconds of the reply that were played so far; about ten times a second, and at the end.
    Until(f64),
    /// All of it was played.
    Done,
    /// Something a person should know; the reply goes on, or waits for a device to go on with.
    Trouble(Error),
    /// The device failed and no other could take over; nothing follows.
    Fault(Error),
}

/// Something that speaks.
pub trait Loudspeaker: Send + Sync {
    /// Opens the device ahead of the first sound, without waiting.
    fn warm(&self, choice: &AudioChoice);

    /// Plays one reply, and returns at once: what a device refuses comes to `on` as a `Fault`. Replies queue up; to
    /// interrupt, drop the one before. `volume` is 0.0..=1.0. In place of a loudspeaker that was chosen by name and is
    /// not there the system's own speaks, and a `Trouble` says so (`NoSpeaker`, listing those that are there).
    ///
    /// # Errors
    /// `AudioFailed` if no thread can be started.
    fn play(
        &self,
        choice: &AudioChoice,
        volume: f32,
        next: NextPiece,
        on: Box<dyn FnMut(Played) + Send>,
    ) -> Result<Playing, Error>;
}

/// A reply that is played. Dropping it cuts: it fades out within 10 ms, what waits is discarded, `next` and `on` are
/// dropped soon after, and there is no `Done`. Dropping never waits.
#[derive(Debug)]
pub struct Playing {
    pub(crate) hands: Arc<Hands>,
}

impl Playing {
    /// For a loudspeaker of another room: what it returns, and a way to see that it was dropped.
    pub fn new() -> (Self, impl Fn() -> bool + Send + 'static) {
        let hands = Arc::new(Hands::default());
        let seen = hands.clone();
        (Self { hands }, move || seen.cut.load(Ordering::Acquire))
    }

    /// Another hand on the same reply, that does not cut it when it is dropped.
    #[must_use]
    pub fn remote(&self) -> Remote {
        Remote { hands: self.hands.clone() }
    }
}

/// Pauses, resumes and skips a reply that somebody else holds.
#[derive(Clone, Debug)]
pub struct Remote {
    hands: Arc<Hands>,
}

impl Remote {
    /// Falls silent within 10 ms, and keeps its place.
    pub fn pause(&self) {
        self.hands.paused.store(true, Ordering::Release);
    }

    /// Goes on where it paused.
    pub fn resume(&self) {
        self.hands.paused.store(false, Ordering::Release);
    }

    /// Goes on with the next sentence, as soon as there is one.
    pub fn skip(&self) {
        self.hands.skip.store(true, Ordering::Release);
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        self.hands.cut.store(true, Ordering::Release);
    }
}
