//! The microphone as everybody else sees it, and the worker that stands behind every one: it pulls samples from a
//! source, pushes them through the intake, and ends when the key comes up, the source ends or the device fails.

use crate::intake::Intake;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};
use voice::{AudioChoice, Error, ErrorKind, Packet};

/// What a microphone tells, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// The first samples arrived; once.
    Live,
    /// 20 ms of sound as one Opus packet: 16 kHz mono, 24 kbit/s.
    Packet {
        /// The sound.
        packet: Packet,
        /// Somebody speaks in it.
        voiced: bool,
    },
    /// Loudness of the packet that follows: root mean square, 0.0..=1.0.
    Level(f32),
    /// What went wrong. The stream is over after it, except for `ZeroSignal`: a notice, at most once, that so far every
    /// sample was zero.
    Fault(Error),
}

/// Who listens. Called on the microphone's own worker thread, where it may wait: up to two seconds of sound are kept
/// meanwhile. It is dropped when the utterance is over; that is the end.
pub type Ear = Box<dyn FnMut(Heard) + Send>;

/// Something that hears.
pub trait Microphone: Send + Sync {
    /// Begins to listen, and returns at once: a sound server may need seconds, so what a device refuses comes to the
    /// ear as a `Fault`. A microphone that was chosen by name and is not there is a fault as well
    /// (`NoMicrophone`, listing those that are): nobody is recorded by another one than they chose.
    ///
    /// # Errors
    /// `AudioFailed` if no thread can be started.
    fn open(&self, choice: &AudioChoice, ear: Ear) -> Result<OpenMic, Error>;
}

/// A microphone that listens. Dropping it is the key coming up: what was said until then still arrives (at most 60 ms
/// more, or one device buffer where that is longer), then the ear is dropped. Dropping never waits.
#[derive(Debug)]
pub struct OpenMic {
    reins: Arc<Reins>,
    worker: thread::Thread,
}

impl OpenMic {
    /// Samples that were lost because the ear was too slow for longer than two seconds.
    #[must_use]
    pub fn lost_samples(&self) -> u64 {
        self.reins.lost.load(Ordering::Relaxed)
    }
}

impl Drop for OpenMic {
    fn drop(&mut self) {
        self.reins.closing.store(true, Ordering::Release);
        self.worker.unpark();
    }
}

/// What the holder of an open microphone and its worker share.
#[derive(Debug, Default)]
pub(crate) struct Reins {
    closing: AtomicBool,
    pub(crate) lost: AtomicU64,
}

impl Reins {
    /// The key is up.
    pub(crate) fn closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }
}

/// Where samples come from. Two kinds: a device's ring and a recording.
pub(crate) trait Source {
    /// Samples a second.
    fn rate(&self) -> u32;
    /// Appends mono samples to `into`. Waits a few milliseconds at most; a worker that is unparked stops waiting.
    fn pull(&mut self, into: &mut Vec<f32>, closing: bool) -> Result<Flow, Error>;
}

/// Whether more will come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    On,
    Over,
}

/// Starts a worker that opens a source and listens until it is over. `open` gives none if the key came up meanwhile.
pub(crate) fn listen<S: Source>(
    suppress_noise: bool,
    mut ear: Ear,
    open: impl FnOnce(&Arc<Reins>) -> Result<Option<S>, Error> + Send + 'static,
) -> Result<OpenMic, Error> {
    let reins = Arc::new(Reins::default());
    let shared = reins.clone();
    let work = move || match open(&shared) {
        Err(error) => ear(Heard::Fault(error)),
        Ok(None) => {}
        Ok(Some(source)) => match Intake::new(source.rate(), suppress_noise, ear) {
            Err((error, mut ear)) => ear(Heard::Fault(error)),
            Ok(intake) => take_in(source, intake, &shared),
        },
    };
    let worker = thread::Builder::new().name("microphone".into()).spawn(work);
    let worker = worker.map_err(|error| Error::new(ErrorKind::AudioFailed, "microphone", format!("{error}.")))?;
    Ok(OpenMic { reins, worker: worker.thread().clone() })
}

fn take_in(mut source: impl Source, mut intake: Intake, reins: &Reins) {
    let mut sound = Vec::new();
    let ended = loop {
        sound.clear();
        let flow = source.pull(&mut sound, reins.closing());
        let pushed = if sound.is_empty() { Ok(()) } else { intake.push(&sound) };
        match (flow, pushed) {
            (Ok(Flow::On), Ok(())) => {}
            (Ok(Flow::Over), Ok(())) => break Ok(()),
            (Err(error), _) | (_, Err(error)) => break Err(error),
        }
    };
    // the device goes first: the microphone is closed before the tail is worked out
    drop(source);
    // what was said before a fault is not lost
    if let Err(error) = intake.finish().and(ended) {
        intake.fail(error);
    }
}
