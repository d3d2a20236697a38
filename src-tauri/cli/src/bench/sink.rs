//! A loudspeaker without a device, which takes sound as fast as it comes and notes when. Its own file because a device's
//! buffer is the same for every client, and is not what is measured here.

use super::machine::now_ns;
use audio::{Loudspeaker, NextPiece, Piece, Played, Playing};
use std::{
    sync::{Arc, Mutex, PoisonError},
    thread,
};
use voice::{AudioChoice, Error, ErrorKind};

/// Moments of one turn, in nanoseconds of the machine's monotonic clock; 0 until they are reached.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moments {
    pub(crate) start: u64,
    pub(crate) release: u64,
    pub(crate) first_tts: u64,
    pub(crate) first: u64,
    pub(crate) last: u64,
    /// Processor time of the microphone's thread up to the release, in nanoseconds.
    pub(crate) spoken: u64,
    /// Of the reply as it is played: bytes of 16-bit samples, and frames.
    pub(crate) bytes: u64,
    pub(crate) chunks: u64,
}

/// The moments of the turn that goes on, written by whoever sees them.
#[derive(Clone, Default)]
pub(crate) struct Notes(Arc<Mutex<Moments>>);

impl Notes {
    pub(crate) fn note(&self, write: impl FnOnce(&mut Moments)) {
        write(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Those of the turn that is over; the next begins with none.
    pub(crate) fn take(&self) -> Moments {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Takes sound at once.
pub(crate) struct Sink {
    pub(crate) notes: Notes,
}

impl Loudspeaker for Sink {
    fn warm(&self, _: &AudioChoice) {}

    fn play(
        &self,
        _: &AudioChoice,
        _: f32,
        mut next: NextPiece,
        mut on: Box<dyn FnMut(Played) + Send>,
    ) -> Result<Playing, Error> {
        let (playing, cut) = Playing::new();
        let notes = self.notes.clone();
        let play = move || {
            let mut seconds = 0.0;
            while let Some(piece) = next().filter(|_| !cut()) {
                let Piece::Sound(frame) = piece else { continue };
                let now = now_ns();
                let first = seconds == 0.0;
                seconds += frame.seconds();
                notes.note(|moments| {
                    moments.first = if first { now } else { moments.first };
                    moments.last = now;
                    moments.bytes += frame.samples.len() as u64 * 2;
                    moments.chunks += 1;
                });
                if first {
                    on(Played::First);
                }
                on(Played::Until(seconds));
            }
            on(Played::Done);
        };
        let started = thread::Builder::new().name("sink".into()).spawn(play);
        started.map_err(|error| Error::new(ErrorKind::AudioFailed, "sink", format!("{error}.")))?;
        Ok(playing)
    }
}
