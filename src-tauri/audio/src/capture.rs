//! A device as a microphone: the callback, its ring, and the source that the worker pulls from.

use crate::{
    device::{Candidate, DeviceKind, Signals, candidates, refused},
    lease::{Lease, lease},
    mic::{Ear, Flow, Microphone, OpenMic, Reins, Source, listen},
    watch::{Burst, POLL, Stall, samples},
};
use cpal::{
    FromSample, InputCallbackInfo, SampleFormat, SizedSample,
    traits::{DeviceTrait, StreamTrait},
};
use std::{
    sync::{Arc, atomic::Ordering, mpsc::RecvTimeoutError},
    thread,
    time::Duration,
};
use voice::{AudioChoice, Error, ErrorKind};

/// The ring holds this much.
const RING_SECONDS: usize = 2;
/// A host that has not opened a stream by then never will.
const OPENING: Duration = Duration::from_secs(6);
/// A busy device is asked this often in all, so long apart.
const TRIES: u32 = 4;
const BETWEEN_TRIES: Duration = Duration::from_millis(200);
/// Sound that is still on its way from the microphone when the key comes up.
const TAIL: Duration = Duration::from_millis(40);
/// How long it is waited for, if the device buffer is not longer.
const TAIL_WAIT: Duration = Duration::from_millis(60);

/// The microphones of this computer.
#[derive(Debug, Default)]
pub struct DeviceMic;

impl DeviceMic {
    /// Opens nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

impl Microphone for DeviceMic {
    fn open(&self, choice: &AudioChoice, ear: Ear) -> Result<OpenMic, Error> {
        let name = choice.input.clone();
        listen(choice.suppress_noise, ear, move |reins| open(name, reins))
    }
}

/// Opens the device called `name` on a thread of its own, and waits for it, but no longer than the key is held.
fn open(name: String, reins: &Arc<Reins>) -> Result<Option<Capture>, Error> {
    let for_stream = reins.clone();
    let answer = lease(move || open_first(&name, &for_stream))?;
    let mut waited = Duration::ZERO;
    while waited < OPENING {
        match answer.recv_timeout(POLL) {
            Ok(opened) => return opened.map(|(lease, tap)| Some(Capture::new(lease, tap))),
            // a microphone does not open after the key came up
            Err(_) if reins.closing() => return Ok(None),
            Err(RecvTimeoutError::Timeout) => waited += POLL,
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    Err(Error::new(ErrorKind::AudioFailed, DeviceKind::Input.name(), "The sound system does not answer."))
}

/// What a stream feeds.
struct Tap {
    ring: rtrb::Consumer<f32>,
    rate: u32,
    buffer: Duration,
    signals: Arc<Signals>,
}

fn open_first(name: &str, reins: &Arc<Reins>) -> Result<(cpal::Stream, Tap), Error> {
    let mut tries = 1;
    loop {
        let mut opened = Err(Error::new(ErrorKind::NoMicrophone, DeviceKind::Input.name(), "The system has none."));
        for candidate in candidates(name, DeviceKind::Input)? {
            opened = open_one(&candidate, reins);
            if opened.is_ok() {
                return opened;
            }
        }
        let busy = matches!(&opened, Err(error) if error.kind == ErrorKind::DeviceBusy);
        if !busy || tries == TRIES || reins.closing() {
            return opened;
        }
        tries += 1;
        thread::sleep(BETWEEN_TRIES);
    }
}

fn open_one(candidate: &Candidate, reins: &Arc<Reins>) -> Result<(cpal::Stream, Tap), Error> {
    let open = match candidate.format {
        SampleFormat::I8 => build::<i8>,
        SampleFormat::I16 => build::<i16>,
        SampleFormat::I24 => build::<cpal::I24>,
        SampleFormat::I32 => build::<i32>,
        SampleFormat::I64 => build::<i64>,
        SampleFormat::U8 => build::<u8>,
        SampleFormat::U16 => build::<u16>,
        SampleFormat::U24 => build::<cpal::U24>,
        SampleFormat::U32 => build::<u32>,
        SampleFormat::U64 => build::<u64>,
        SampleFormat::F64 => build::<f64>,
        _ => build::<f32>,
    };
    open(candidate, reins).map_err(|error| refused(&error, DeviceKind::Input))
}

fn build<T: SizedSample + Send + 'static>(
    candidate: &Candidate,
    reins: &Arc<Reins>,
) -> Result<(cpal::Stream, Tap), cpal::Error>
where
    f32: FromSample<T>,
{
    let rate = candidate.config.sample_rate;
    let channels = usize::from(candidate.config.channels).max(1);
    let (mut ring, taken) = rtrb::RingBuffer::new(RING_SECONDS * rate as usize);
    let signals = Arc::new(Signals::default());
    let (told, failed, reins) = (signals.clone(), signals.clone(), reins.clone());
    let mut first = None;
    let heard = move |data: &[T], info: &InputCallbackInfo| {
        let now = info.timestamp().callback;
        told.tick(now.saturating_duration_since(*first.get_or_insert(now)));
        let lost = write(&mut ring, data, channels);
        if lost > 0 {
            reins.lost.fetch_add(lost as u64, Ordering::Relaxed);
        }
    };
    let stream = candidate.device.build_input_stream(
        candidate.config,
        heard,
        move |error| failed.fail(&error),
        Some(OPENING),
    )?;
    stream.play()?;
    Ok((stream, Tap { ring: taken, rate, buffer: candidate.buffer(), signals }))
}

/// Mixes frames to mono into the ring; returns how many had no room. Runs in the callback.
fn write<T: SizedSample>(ring: &mut rtrb::Producer<f32>, data: &[T], channels: usize) -> usize
where
    f32: FromSample<T>,
{
    let frames = data.len() / channels;
    let room = frames.min(ring.slots());
    let mono = data.chunks_exact(channels).map(|frame| {
        let mean = frame.iter().map(|sample| f32::from_sample_(*sample)).sum::<f32>() / channels as f32;
        if mean.is_finite() { mean } else { 0.0 }
    });
    match ring.write_chunk_uninit(room) {
        Ok(chunk) => frames - chunk.fill_from_iter(mono),
        Err(_) => frames,
    }
}

/// The worker's end of an open device.
struct Capture {
    _lease: Lease,
    tap: Tap,
    burst: Burst,
    stall: Stall,
    tail: Tail,
}

impl Capture {
    fn new(lease: Lease, tap: Tap) -> Self {
        let (burst, tail) = (Burst::new(tap.rate), Tail::new(tap.rate, tap.buffer));
        Self { _lease: lease, tap, burst, stall: Stall::new(), tail }
    }

    fn drop_stale(&mut self) {
        let stale = self.burst.stale(self.tap.ring.slots(), self.tap.signals.clock());
        if let Ok(chunk) = self.tap.ring.read_chunk(stale) {
            chunk.commit_all();
        }
    }
}

impl Source for Capture {
    fn rate(&self) -> u32 {
        self.tap.rate
    }

    fn pull(&mut self, into: &mut Vec<f32>, closing: bool) -> Result<Flow, Error> {
        self.drop_stale();
        if let Ok(chunk) = self.tap.ring.read_chunk(self.tap.ring.slots()) {
            into.extend(chunk);
        }
        if let Some(fault) = self.tap.signals.fault(DeviceKind::Input) {
            return Err(fault);
        }
        if closing && self.tail.over(into.len()) {
            return Ok(Flow::Over);
        }
        if !into.is_empty() {
            self.stall.alive();
        } else if self.stall.missed(POLL) {
            let detail = "It stopped sending sound.";
            return Err(Error::new(ErrorKind::DeviceLost, DeviceKind::Input.name(), detail));
        } else {
            thread::park_timeout(POLL);
        }
        Ok(Flow::On)
    }
}

/// What is still taken in after the key came up.
struct Tail {
    samples: usize,
    polls: u32,
    begun: bool,
}

impl Tail {
    fn new(rate: u32, buffer: Duration) -> Self {
        let wait = TAIL_WAIT.max(buffer + 2 * POLL);
        Self { samples: samples(TAIL, rate), polls: (wait.as_millis() / POLL.as_millis()) as u32, begun: false }
    }

    /// Called once a poll while closing, with how much came.
    fn over(&mut self, came: usize) -> bool {
        // what came with the first poll was in the ring when the key came up
        if std::mem::replace(&mut self.begun, true) {
            self.samples = self.samples.saturating_sub(came);
            self.polls = self.polls.saturating_sub(1);
        }
        self.samples == 0 || self.polls == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_format_and_channel_count_becomes_mono() {
        let (mut ring, mut taken) = rtrb::RingBuffer::new(8);
        assert_eq!(write(&mut ring, &[i16::MAX, i16::MIN, 16_384, 16_384], 2), 0);
        assert_eq!(write(&mut ring, &[0u8, 128, 255], 1), 0);
        assert_eq!(write(&mut ring, &[f32::NAN], 1), 0);
        let got: Vec<f32> = std::iter::from_fn(|| taken.pop().ok()).collect();
        assert!((got[0]).abs() < 1e-4 && got[1] == 0.5, "{got:?}");
        assert!(got[2] == -1.0 && got[3] == 0.0 && got[4] > 0.99 && got[5] == 0.0, "{got:?}");
    }

    #[test]
    fn a_full_ring_counts_what_it_drops() {
        let (mut ring, mut taken) = rtrb::RingBuffer::new(3);
        assert_eq!(write(&mut ring, &[0.1f32, 0.2, 0.3, 0.4, 0.5], 1), 2);
        assert_eq!(write(&mut ring, &[0.6f32], 1), 1);
        assert_eq!(taken.pop(), Ok(0.1), "the oldest stay");
    }

    #[test]
    fn the_tail_ends_by_sound_or_by_patience() {
        let mut tail = Tail::new(48_000, Duration::from_millis(20));
        assert!(!tail.over(9_999), "that was there before");
        assert!(!tail.over(960));
        assert!(tail.over(960));
        let mut tail = Tail::new(48_000, Duration::from_millis(20));
        assert_eq!((0..).take_while(|_| !tail.over(0)).count(), 12);
        let mut tail = Tail::new(48_000, Duration::from_millis(100));
        assert_eq!((0..).take_while(|_| !tail.over(0)).count(), 22, "a long buffer is waited for");
    }
}
