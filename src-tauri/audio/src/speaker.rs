//! The loudspeaker as everybody else sees it, and the player that stands behind every one: frames are resampled, made
//! louder or softer, and fed to the device no faster than it plays. What was really played is counted and told.

use crate::{
    device::{DeviceKind, Signals},
    mouth::Progress,
    resample::Resampler,
    watch::{POLL, SOON, Stall},
};
use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError},
    },
    thread,
    time::Duration,
};
use voice::{AudioChoice, Error, Frame};

/// Asked for the next piece of the reply, on a thread of the loudspeaker's own: it may wait. None: the reply is over.
pub type NextFrame = Box<dyn FnMut() -> Option<Frame> + Send>;

/// What a loudspeaker tells while it plays one reply, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Played {
    /// The first sample was handed to the device.
    First,
    /// Seconds of the reply that were played so far; about ten times a second, and at the end.
    Until(f64),
    /// All of it was played.
    Done,
    /// The device failed and no other could take over; nothing follows.
    Fault(Error),
}

/// Something that speaks.
pub trait Loudspeaker: Send + Sync {
    /// Opens the device ahead of the first sound, without waiting.
    fn warm(&self, choice: &AudioChoice);

    /// Plays one reply, and returns at once: what a device refuses comes to `on` as a `Fault`. Replies queue up; to
    /// interrupt, drop the one before. `volume` is 0.0..=1.0. A loudspeaker that was chosen by name and is not there is
    /// a fault (`NoSpeaker`, listing those that are): what was meant for headphones is not said aloud to the room.
    ///
    /// # Errors
    /// `AudioFailed` if no thread can be started.
    fn play(
        &self,
        choice: &AudioChoice,
        volume: f32,
        next: NextFrame,
        on: Box<dyn FnMut(Played) + Send>,
    ) -> Result<Playing, Error>;
}

/// A reply that is played. Dropping it cuts: it fades out within 10 ms, what waits is discarded, `next` and `on` are
/// dropped soon after, and there is no `Done`. Dropping never waits.
#[derive(Debug)]
pub struct Playing {
    pub(crate) cut: Arc<AtomicBool>,
}

impl Playing {
    /// For a loudspeaker of another room: what it returns, and a way to see that it was dropped.
    pub fn new() -> (Self, impl Fn() -> bool + Send + 'static) {
        let cut = Arc::new(AtomicBool::new(false));
        let seen = cut.clone();
        (Self { cut }, move || seen.load(Ordering::Acquire))
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        self.cut.store(true, Ordering::Release);
    }
}

/// The player's end of an open device.
pub(crate) struct Feed {
    pub(crate) rate: u32,
    /// One second.
    pub(crate) ring: rtrb::Producer<f32>,
    pub(crate) progress: Arc<Progress>,
    pub(crate) signals: Arc<Signals>,
}

impl Feed {
    fn has_sound(&self) -> bool {
        self.ring.slots() < self.ring.buffer().capacity()
    }
}

/// A device that fails is replaced this often without having played anything in between.
const REPLACEMENTS: u32 = 2;
/// Polls between two reports.
const REPORT: u32 = 20;

/// Plays one reply on what `attach` opens.
pub(crate) struct Player<A> {
    attach: A,
    feed: Feed,
    volume: f32,
    on: Box<dyn FnMut(Played) + Send>,
    resampler: Option<(u32, Resampler)>,
    /// Given to the ring, but not yet played: it is played again if the device fails.
    unplayed: VecDeque<f32>,
    /// Samples of this feed that `unplayed` no longer holds.
    counted: u64,
    /// Seconds played before this feed.
    before: f64,
    started: bool,
    stall: Stall,
    polls: u32,
    replacements: u32,
}

/// Why a reply ended early.
enum Stop {
    Cut,
    Failed(Error),
}

/// Plays `frames` to their end, or until it is cut.
pub(crate) fn perform<A: FnMut() -> Result<Feed, Error>>(
    mut attach: A,
    volume: f32,
    frames: &Receiver<Frame>,
    mut on: Box<dyn FnMut(Played) + Send>,
) {
    let feed = match attach() {
        Ok(feed) => feed,
        Err(error) => return on(Played::Fault(error)),
    };
    let mut player = Player {
        attach,
        feed,
        volume: if volume.is_finite() { volume.clamp(0.0, 1.0) } else { 1.0 },
        on,
        resampler: None,
        unplayed: VecDeque::new(),
        counted: 0,
        before: 0.0,
        started: false,
        stall: Stall::new(),
        polls: 0,
        replacements: 0,
    };
    match player.run(frames) {
        Ok(()) => {
            player.report();
            (player.on)(Played::Done);
        }
        Err(Stop::Cut) => {}
        Err(Stop::Failed(error)) => (player.on)(Played::Fault(error)),
    }
}

impl<A: FnMut() -> Result<Feed, Error>> Player<A> {
    fn run(&mut self, frames: &Receiver<Frame>) -> Result<(), Stop> {
        loop {
            let pause = if self.started { POLL } else { SOON };
            match frames.recv_timeout(pause) {
                Ok(frame) => self.say(&frame)?,
                Err(RecvTimeoutError::Timeout) => self.look(pause)?,
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.change_rate(None)?;
        while self.feed.has_sound() {
            self.wait()?;
        }
        self.look(Duration::ZERO)
    }

    fn say(&mut self, frame: &Frame) -> Result<(), Stop> {
        if self.resampler.as_ref().is_none_or(|(rate, _)| *rate != frame.rate) {
            self.change_rate(Some(frame.rate))?;
        }
        let mut sound = Vec::new();
        if let Some((_, resampler)) = &mut self.resampler {
            resampler.push(&frame.samples, &mut sound);
        }
        self.pour(&sound)?;
        self.look(Duration::ZERO)
    }

    /// Ends what came at one rate, and begins what comes at another.
    fn change_rate(&mut self, rate: Option<u32>) -> Result<(), Stop> {
        if let Some((_, mut resampler)) = self.resampler.take() {
            let mut tail = Vec::new();
            resampler.flush(&mut tail);
            self.pour(&tail)?;
        }
        if let Some(rate) = rate {
            self.resampler = Some((rate, Resampler::new(rate, self.feed.rate).map_err(Stop::Failed)?));
        }
        Ok(())
    }

    /// Gives samples at the device's rate to the ring, as fast as there is room.
    fn pour(&mut self, sound: &[f32]) -> Result<(), Stop> {
        let (volume, rate) = (self.volume, self.feed.rate);
        let mut waiting: Vec<f32> = sound.iter().map(|sample| sample * volume).collect();
        loop {
            let given = self.feed.ring.push_partial_slice(&waiting).0.len();
            self.unplayed.extend(waiting.drain(..given));
            if waiting.is_empty() {
                return Ok(());
            }
            self.wait()?;
            // a device that was replaced may have another rate; what waits was made for the one before
            if self.feed.rate != rate {
                waiting = converted(&waiting, rate, self.feed.rate).map_err(Stop::Failed)?;
                return self.pour_as_it_is(&waiting);
            }
        }
    }

    fn pour_as_it_is(&mut self, sound: &[f32]) -> Result<(), Stop> {
        let volume = std::mem::replace(&mut self.volume, 1.0);
        let poured = self.pour(sound);
        self.volume = volume;
        poured
    }

    fn wait(&mut self) -> Result<(), Stop> {
        thread::sleep(POLL);
        self.look(POLL)
    }

    /// Looks after the device, having waited so long, and tells what it has played.
    fn look(&mut self, waited: Duration) -> Result<(), Stop> {
        if self.feed.progress.cut.load(Ordering::Acquire) {
            return Err(Stop::Cut);
        }
        let played = self.feed.progress.played();
        let news = usize::try_from(played - self.counted).unwrap_or(usize::MAX);
        self.unplayed.drain(..news.min(self.unplayed.len()));
        self.counted = played;
        if news > 0 {
            self.stall.alive();
            self.replacements = 0;
            if !std::mem::replace(&mut self.started, true) {
                (self.on)(Played::First);
            }
        } else if self.feed.has_sound() && self.stall.missed(waited) {
            self.feed.signals.give_up();
        }
        self.polls += 1;
        if self.started && self.polls >= REPORT {
            self.report();
        }
        match self.feed.signals.fault(DeviceKind::Output) {
            Some(fault) => self.replace(fault),
            None => Ok(()),
        }
    }

    fn report(&mut self) {
        self.polls = 0;
        let seconds = self.seconds();
        (self.on)(Played::Until(seconds));
    }

    fn seconds(&self) -> f64 {
        self.before + self.feed.progress.played() as f64 / f64::from(self.feed.rate)
    }

    /// Goes on with a new stream where the old one stopped.
    fn replace(&mut self, fault: Error) -> Result<(), Stop> {
        self.replacements += 1;
        if self.replacements > REPLACEMENTS {
            return Err(Stop::Failed(fault));
        }
        let (old, seconds) = (self.feed.rate, self.seconds());
        let unplayed: Vec<f32> = self.unplayed.drain(..).collect();
        self.feed = (self.attach)().map_err(Stop::Failed)?;
        self.before = seconds;
        self.counted = 0;
        self.stall = Stall::new();
        let again = converted(&unplayed, old, self.feed.rate).map_err(Stop::Failed)?;
        if old != self.feed.rate {
            // a few milliseconds in the old one are lost with it
            self.resampler = None;
        }
        self.pour_as_it_is(&again)
    }
}

fn converted(sound: &[f32], from: u32, to: u32) -> Result<Vec<f32>, Error> {
    let mut resampler = Resampler::new(from, to)?;
    let mut out = Vec::new();
    resampler.push(sound, &mut out);
    resampler.flush(&mut out);
    Ok(out)
}
