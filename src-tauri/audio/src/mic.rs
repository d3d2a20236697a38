//! The microphone as everybody else sees it, and the worker that stands behind every one: it pulls samples from a
//! source, pushes them through the intake, opens the source again when it is lost, and ends when the key comes up.

use crate::{
    intake::Intake,
    watch::{Holes, POLL},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};
use voice::{AudioChoice, Error, ErrorKind, MicNews, Packet, Seam};

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
    /// Sound was lost here; packets of silence stand for it.
    Seam(Seam),
    /// What became of the device, and is no fault.
    News(MicNews),
    /// What went wrong. It is not the end: a device that is lost is opened again as long as the key is held, and a
    /// microphone that sends zeros only (`ZeroSignal`, at most once) stays open. The end is that the ear is dropped.
    Fault(Error),
}

/// Who listens. Called on the microphone's own worker thread, where it may wait: up to two seconds of sound are kept
/// meanwhile. It is dropped when the utterance is over; that is the end.
pub type Ear = Box<dyn FnMut(Heard) + Send>;

/// The one clock: time since any fixed moment.
pub type Now = Arc<dyn Fn() -> Duration + Send + Sync>;

/// Something that hears.
pub trait Microphone: Send + Sync {
    /// Begins to listen, and returns at once: a sound server may need seconds, so what a device refuses comes to the
    /// ear as a `Fault`. If a microphone that was chosen by name is not there, the system's own is heard instead and a
    /// `Fault` says so (`NoMicrophone`).
    ///
    /// # Errors
    /// `AudioFailed` if no thread can be started.
    fn open(&self, choice: &AudioChoice, ear: Ear) -> Result<OpenMic, Error>;

    /// Keeps itself open between turns if `choice` asks for the sound before the key (`pre_roll_ms`), from now on and
    /// until it is told otherwise. Returns at once.
    fn stand_by(&self, _choice: &AudioChoice) {}
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
    pub(crate) fn closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }
}

/// Where a worker's samples come from.
pub(crate) trait Source {
    /// Samples a second.
    fn rate(&self) -> u32;
    /// As it is listed.
    fn name(&self) -> String;
    /// Appends mono samples to `into`. Waits a few milliseconds at most; a worker that is unparked stops waiting.
    fn pull(&mut self, into: &mut Vec<f32>, closing: bool) -> Result<Flow, Error>;
    /// What else it has noticed, one by one.
    fn notice(&mut self) -> Option<Heard> {
        None
    }
}

/// Whether more will come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    On,
    Over,
}

/// Where sources come from.
pub(crate) trait Port: Send + 'static {
    /// What it opens.
    type Source: Source;
    /// Opens one; none if the key came up meanwhile.
    fn open(&mut self, reins: &Arc<Reins>) -> Result<Option<Self::Source>, Error>;
    /// Opens it again after it was lost, for as long as the key is held. `worked`: sound had come from it.
    fn again(&mut self, _reins: &Arc<Reins>, _worked: bool) -> Option<Self::Source> {
        None
    }
    /// Time, for what is measured in holes.
    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

/// Starts a worker that opens a source and listens until it is over.
pub(crate) fn listen<P: Port>(choice: &AudioChoice, mut ear: Ear, mut port: P) -> Result<OpenMic, Error> {
    let reins = Arc::new(Reins::default());
    let (shared, choice) = (reins.clone(), choice.clone());
    let work = move || match port.open(&shared) {
        Err(error) => ear(Heard::Fault(error)),
        Ok(None) => {}
        Ok(Some(source)) => match Intake::new(source.rate(), &choice, ear) {
            Err((error, mut ear)) => ear(Heard::Fault(error)),
            Ok(intake) => Worker { port, intake, reins: shared, holes: Holes::default(), worked: false }.run(source),
        },
    };
    let worker = thread::Builder::new().name("microphone".into()).spawn(work);
    let worker = worker.map_err(|error| Error::new(ErrorKind::AudioFailed, "microphone", format!("{error}.")))?;
    Ok(OpenMic { reins, worker: worker.thread().clone() })
}

/// One utterance, from whatever sources it takes.
struct Worker<P> {
    port: P,
    intake: Intake,
    reins: Arc<Reins>,
    holes: Holes,
    /// Sound came from the source as it is now.
    worked: bool,
}

/// Why a source is left.
enum Left {
    /// It may come back.
    Lost(Error),
    /// Nothing would help.
    Failed(Error),
}

impl<P: Port> Worker<P> {
    fn run(mut self, mut source: P::Source) {
        let ended = loop {
            match self.hear_out(&mut source) {
                Ok(()) => break Ok(()),
                Err(Left::Failed(error)) => break Err(error),
                Err(Left::Lost(error)) => {
                    // gone before anything else, so that nothing holds the device that is opened again
                    drop(source);
                    self.intake.lost(error);
                    match self.port.again(&self.reins, self.worked) {
                        None => return self.finish(Ok(())),
                        Some(next) => source = next,
                    }
                    self.worked = false;
                    self.holes.reopened();
                    if let Err(error) = self.intake.change_rate(source.rate()) {
                        break Err(error);
                    }
                }
            }
        };
        // the device goes first: the microphone is closed before the tail is worked out
        drop(source);
        self.finish(ended);
    }

    fn finish(mut self, ended: Result<(), Error>) {
        // what was said before a fault is not lost
        if let Err(error) = self.intake.finish(self.reins.lost.load(Ordering::Relaxed)).and(ended) {
            self.intake.tell(Heard::Fault(error));
        }
    }

    /// Listens to one source to its end.
    fn hear_out(&mut self, source: &mut P::Source) -> Result<(), Left> {
        let mut sound = Vec::new();
        loop {
            sound.clear();
            let mut flow = source.pull(&mut sound, self.reins.closing());
            if !sound.is_empty() {
                if self.holes.is_late(self.port.now()) {
                    // what was held back comes in bursts, and is no hole
                    self.wait(Holes::BURST);
                    flow = flow.and_then(|_| source.pull(&mut sound, self.reins.closing()));
                }
                self.take(&sound, source).map_err(Left::Failed)?;
            }
            while let Some(heard) = source.notice() {
                self.intake.tell(heard);
            }
            match flow {
                Ok(Flow::On) => {}
                Ok(Flow::Over) => return Ok(()),
                Err(error) if error.kind == ErrorKind::PermissionDenied => return Err(Left::Failed(error)),
                Err(error) => return Err(Left::Lost(error)),
            }
        }
    }

    /// Less if the key comes up meanwhile.
    fn wait(&self, time: Duration) {
        let until = self.port.now() + time;
        while self.port.now() < until && !self.reins.closing() {
            thread::park_timeout(POLL);
        }
    }

    fn take(&mut self, sound: &[f32], source: &P::Source) -> Result<(), Error> {
        let length = Duration::from_secs_f64(sound.len() as f64 / f64::from(source.rate().max(1)));
        if let Some(hole) = self.holes.came(self.port.now(), length) {
            let lost_ms = self.intake.seam(hole)?;
            self.intake.tell(Heard::News(MicNews::Back { device: source.name(), lost_ms }));
        }
        self.worked = true;
        self.intake.push(sound)
    }
}
