//! A platform without devices: a recording as the microphone and memory as the loudspeaker, on the same workers as the
//! real ones. For the terminal, and for tests of everything above.

use crate::{
    Wav,
    card::{Card, Desk},
    lease::lease,
    mic::{Ear, Flow, Microphone, OpenMic, Port, Reins, Source, listen},
    mouth::Mouth,
    speaker::{Loudspeaker, NextPiece, Played, Playing},
};
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};
use voice::{AudioChoice, Error, ErrorKind};

/// Chunks of a recording, as from a device: 20 ms.
const CHUNKS_PER_SECOND: u32 = 50;
/// A device's buffer: 10 ms.
const BUFFERS_PER_SECOND: u32 = 100;
/// How long a device in memory waits for sound when it does not keep time.
const IDLE: Duration = Duration::from_millis(1);

/// How fast time passes on a platform without devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// As it does.
    Real,
    /// As fast as the machine can.
    Fast,
}

/// A recording as a microphone. At its end it ends the utterance by itself, as if the key had come up.
#[derive(Clone)]
pub struct WavMic {
    wav: Arc<Wav>,
    pace: Pace,
    at_end: Option<Arc<dyn Fn() + Send + Sync>>,
}

impl WavMic {
    /// Speaks `wav` anew each time it is opened.
    #[must_use]
    pub fn new(wav: impl Into<Arc<Wav>>, pace: Pace) -> Self {
        Self { wav: wav.into(), pace, at_end: None }
    }

    /// Calls `then` each time its last chunk has been handed over, on its own thread: the moment from which an answer is
    /// waited for.
    #[must_use]
    pub fn at_end(self, then: Arc<dyn Fn() + Send + Sync>) -> Self {
        Self { at_end: Some(then), ..self }
    }
}

impl Microphone for WavMic {
    fn open(&self, choice: &AudioChoice, ear: Ear) -> Result<OpenMic, Error> {
        let tape = Tape { wav: self.wav.clone(), at: 0, pace: self.pace, at_end: self.at_end.clone() };
        listen(choice, ear, Player(Some(tape)))
    }
}

/// Plays one tape once.
struct Player(Option<Tape>);

impl Port for Player {
    type Source = Tape;

    fn open(&mut self, _: &Arc<Reins>) -> Result<Option<Tape>, Error> {
        Ok(self.0.take())
    }
}

struct Tape {
    wav: Arc<Wav>,
    at: usize,
    pace: Pace,
    at_end: Option<Arc<dyn Fn() + Send + Sync>>,
}

impl Source for Tape {
    fn rate(&self) -> u32 {
        self.wav.rate
    }

    fn name(&self) -> String {
        "recording".into()
    }

    fn pull(&mut self, into: &mut Vec<f32>, closing: bool) -> Result<Flow, Error> {
        let rest = self.wav.samples.get(self.at..).unwrap_or_default();
        if closing || rest.is_empty() {
            return Ok(Flow::Over);
        }
        let chunk = (self.wav.rate / CHUNKS_PER_SECOND).max(1) as usize;
        let chunk = rest.get(..chunk).unwrap_or(rest);
        if self.pace == Pace::Real {
            // a chunk comes when all of it was said
            thread::park_timeout(Duration::from_secs_f64(chunk.len() as f64 / f64::from(self.wav.rate)));
        }
        into.extend_from_slice(chunk);
        self.at += chunk.len();
        if self.at >= self.wav.samples.len()
            && let Some(then) = &self.at_end
        {
            then();
        }
        Ok(Flow::On)
    }
}

/// A loudspeaker that remembers what it played.
#[derive(Clone)]
pub struct MemorySpeaker {
    desk: Desk,
    heard: Arc<Mutex<Vec<f32>>>,
}

impl MemorySpeaker {
    /// A device of `rate` Hz.
    #[must_use]
    pub fn new(rate: u32, pace: Pace) -> Self {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let into = heard.clone();
        let desk = Desk::new(Arc::new(move |_| open(rate, pace, into.clone())));
        Self { desk, heard }
    }

    /// Takes everything that was played so far: mono at the device's rate, without the silence in between. What a cut
    /// left out is not in it.
    #[must_use]
    pub fn take(&self) -> Vec<f32> {
        std::mem::take(&mut self.heard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Loudspeaker for MemorySpeaker {
    fn warm(&self, choice: &AudioChoice) {
        self.desk.warm(&choice.output);
    }

    fn play(
        &self,
        choice: &AudioChoice,
        volume: f32,
        next: NextPiece,
        on: Box<dyn FnMut(Played) + Send>,
    ) -> Result<Playing, Error> {
        self.desk.play(&choice.output, volume, next, on)
    }
}

/// Stands for a stream: dropping it ends the thread that stands for the device.
struct Cable(Arc<AtomicBool>);

impl Drop for Cable {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

fn open(rate: u32, pace: Pace, heard: Arc<Mutex<Vec<f32>>>) -> Result<Card, Error> {
    let (throat, mouth) = Mouth::new(rate);
    let unplugged = Arc::new(AtomicBool::new(false));
    let cable = Cable(unplugged.clone());
    let failed = |why: String| Error::new(ErrorKind::AudioFailed, "memory", why);
    thread::Builder::new()
        .name("memory loudspeaker".into())
        .spawn(move || run(mouth, rate, pace, &heard, &unplugged))
        .map_err(|error| failed(format!("{error}.")))?;
    let answer = lease(move || Ok((cable, ())))?.recv();
    let (lease, ()) = answer.map_err(|error| failed(format!("{error}.")))??;
    Ok(Card { rate, throat, signals: Arc::default(), instead: None, _lease: lease })
}

fn run(mut mouth: Mouth, rate: u32, pace: Pace, heard: &Mutex<Vec<f32>>, unplugged: &AtomicBool) {
    let buffer = (rate / BUFFERS_PER_SECOND).max(1) as usize;
    let mut played = Vec::with_capacity(buffer);
    while !unplugged.load(Ordering::Acquire) {
        played.clear();
        // held while playing, so that whoever is told that all was played finds all of it
        let mut kept = heard.lock().unwrap_or_else(PoisonError::into_inner);
        let said = mouth.fill(buffer, |sample| played.extend(sample));
        kept.extend_from_slice(&played);
        drop(kept);
        match pace {
            Pace::Real => thread::sleep(Duration::from_secs_f64(buffer as f64 / f64::from(rate.max(1)))),
            Pace::Fast if said == 0 => thread::sleep(IDLE),
            Pace::Fast => {}
        }
    }
}
