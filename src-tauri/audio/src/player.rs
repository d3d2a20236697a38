//! The player that stands behind every loudspeaker: frames are resampled, made louder or softer, and fed to the device no
//! faster than it plays. A device that fails is replaced, and the sentence that was interrupted begins again.

use crate::{
    card::Feed,
    device::DeviceKind,
    resample::{Resampler, converted},
    speaker::{Piece, Played},
    watch::{POLL, SOON, Stall},
};
use std::{
    collections::VecDeque,
    sync::{
        atomic::Ordering,
        mpsc::{Receiver, RecvTimeoutError},
    },
    thread,
    time::Duration,
};
use voice::{Error, Frame};

/// A device that fails is replaced this often without having played anything in between.
const REPLACEMENTS: u32 = 2;
/// A reply waits this long for a loudspeaker that was pulled out; its text is on the screen.
const DEVICE_PATIENCE: Duration = Duration::from_secs(30);
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);
/// A sentence is kept to be said again; of a longer one the last so many seconds.
const LONGEST_SENTENCE: u64 = 30;
/// Polls between two reports.
const REPORT: u32 = 20;

/// Plays one reply on what `attach` opens.
pub(crate) struct Player<A> {
    attach: A,
    feed: Feed,
    volume: f32,
    on: Box<dyn FnMut(Played) + Send>,
    resampler: Option<(u32, Resampler)>,
    /// Given to the ring, from the start of the sentence that is played, or from what is played where nobody says where
    /// sentences begin: it is played again if the device fails.
    kept: VecDeque<f32>,
    /// Where in this feed it begins.
    kept_from: u64,
    /// Where the sentence that is played began, in samples of this feed.
    sentence: Option<u64>,
    /// Where the next ones begin.
    sentences: VecDeque<u64>,
    /// The next sentence is wanted, and has not come.
    skipping: bool,
    /// Samples of this feed that were played when it was last looked at.
    counted: u64,
    /// Seconds of the reply before this feed.
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

/// Plays `pieces` to their end, or until it is cut.
pub(crate) fn perform<A: FnMut() -> Result<Feed, Error>>(
    mut attach: A,
    volume: f32,
    pieces: &Receiver<Piece>,
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
        kept: VecDeque::new(),
        kept_from: 0,
        sentence: None,
        sentences: VecDeque::new(),
        skipping: false,
        counted: 0,
        before: 0.0,
        started: false,
        stall: Stall::new(),
        polls: 0,
        replacements: 0,
    };
    player.tell_instead();
    match player.run(pieces) {
        Ok(()) => {
            player.report();
            (player.on)(Played::Done);
        }
        Err(Stop::Cut) => {}
        Err(Stop::Failed(error)) => (player.on)(Played::Fault(error)),
    }
}

impl<A: FnMut() -> Result<Feed, Error>> Player<A> {
    fn run(&mut self, pieces: &Receiver<Piece>) -> Result<(), Stop> {
        loop {
            let pause = if self.started { POLL } else { SOON };
            match pieces.recv_timeout(pause) {
                Ok(Piece::Sound(frame)) => self.say(&frame)?,
                Ok(Piece::Sentence) => self.begin_sentence()?,
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

    fn begin_sentence(&mut self) -> Result<(), Stop> {
        self.change_rate(None)?;
        let here = self.kept_from + self.kept.len() as u64;
        self.sentences.push_back(here);
        if std::mem::take(&mut self.skipping) {
            self.feed.progress.skip_to(here);
        }
        Ok(())
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
            self.kept.extend(waiting.drain(..given));
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
        let hands = self.feed.progress.hands();
        if hands.cut.load(Ordering::Acquire) {
            return Err(Stop::Cut);
        }
        if hands.skip.swap(false, Ordering::AcqRel) {
            self.skip();
        }
        let paused = self.feed.progress.hands().paused.load(Ordering::Acquire);
        let played = self.feed.progress.played();
        let news = played - self.counted;
        self.counted = played;
        self.forget(played);
        if news > 0 {
            self.stall.alive();
            self.replacements = 0;
            if !std::mem::replace(&mut self.started, true) {
                (self.on)(Played::First);
            }
        } else if !paused && self.feed.has_sound() && self.stall.missed(waited) {
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

    fn skip(&mut self) {
        let played = self.feed.progress.played();
        let next = self.sentences.iter().find(|start| **start > played).copied();
        self.skipping = next.is_none();
        self.feed.progress.skip_to(next.unwrap_or(u64::MAX));
    }

    /// Lets go of what will not be said again.
    fn forget(&mut self, played: u64) {
        while let Some(start) = self.sentences.pop_front_if(|start| *start <= played) {
            self.sentence = Some(start);
        }
        let longest = LONGEST_SENTENCE * u64::from(self.feed.rate);
        let needed = self.sentence.unwrap_or(played).max(played.saturating_sub(longest));
        let over = usize::try_from(needed.saturating_sub(self.kept_from)).unwrap_or(usize::MAX).min(self.kept.len());
        self.kept.drain(..over);
        self.kept_from += over as u64;
    }

    /// Goes on with a new stream, at the start of the sentence that was interrupted.
    fn replace(&mut self, fault: Error) -> Result<(), Stop> {
        self.replacements += 1;
        if self.replacements > REPLACEMENTS {
            return Err(Stop::Failed(fault));
        }
        (self.on)(Played::Trouble(fault));
        let (old, kept_from) = (self.feed.rate, self.kept_from);
        let kept: Vec<f32> = self.kept.drain(..).collect();
        self.feed = self.attach_again()?;
        self.tell_instead();
        let in_new = |at: u64| at.saturating_sub(kept_from) * u64::from(self.feed.rate) / u64::from(old.max(1));
        self.before += kept_from as f64 / f64::from(old.max(1));
        self.sentence = self.sentence.map(in_new);
        self.sentences = self.sentences.iter().copied().map(in_new).collect();
        (self.kept_from, self.counted) = (0, 0);
        self.stall = Stall::new();
        if self.skipping {
            self.feed.progress.skip_to(u64::MAX);
        }
        let again = converted(&kept, old, self.feed.rate).map_err(Stop::Failed)?;
        if old != self.feed.rate {
            // a few milliseconds in the old one are lost with it
            self.resampler = None;
        }
        self.pour_as_it_is(&again)
    }

    /// Waits for a loudspeaker if there is none.
    fn attach_again(&mut self) -> Result<Feed, Stop> {
        let mut waited = Duration::ZERO;
        loop {
            match (self.attach)() {
                Ok(feed) => return Ok(feed),
                Err(error) if waited >= DEVICE_PATIENCE => return Err(Stop::Failed(error)),
                Err(_) if self.feed.progress.hands().cut.load(Ordering::Acquire) => return Err(Stop::Cut),
                Err(_) => thread::sleep(BETWEEN_LOOKS),
            }
            waited += BETWEEN_LOOKS;
        }
    }

    fn tell_instead(&mut self) {
        if let Some(error) = self.feed.instead.take() {
            (self.on)(Played::Trouble(error));
        }
    }
}
