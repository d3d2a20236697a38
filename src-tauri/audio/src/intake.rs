//! What becomes of a microphone's samples: resampled, cut into frames, listened to, encoded. The same for devices and
//! recordings, and free of threads, so that one test covers both.

use crate::{
    codec::{Encoder, FRAME, LOOKAHEAD, RATE},
    denoise::{self, Denoise},
    gain::Gain,
    mic::{Ear, Heard},
    resample::Resampler,
    vad::Vad,
    watch::{ZeroSignal, Zeros},
};
use std::time::Duration;
use voice::{AudioChoice, Error, ErrorKind, Seam};

/// A person is told when one sample in so many was lost.
const LOST_ONE_IN: u64 = 100;
/// Silence for a hole is made in pieces of so many a second.
const PIECES: u32 = 50;

/// One utterance on its way from samples to packets.
pub(crate) struct Intake {
    ear: Ear,
    live: bool,
    rate: u32,
    zero: ZeroSignal,
    /// A person is told once an utterance that a microphone is mute.
    told_of_zeros: bool,
    denoise: Option<Denoise>,
    clean: Vec<f32>,
    resampler: Resampler,
    /// At 16 kHz, until a frame is full.
    waiting: Vec<f32>,
    vad: Vad,
    gain: Gain,
    encoder: Encoder,
    /// Frames of 20 ms that were encoded.
    frames: u64,
    /// Samples that came from devices.
    came: u64,
}

impl Intake {
    /// Samples will come at `rate` Hz. On failure the ear comes back, to be told.
    pub(crate) fn new(rate: u32, choice: &AudioChoice, ear: Ear) -> Result<Self, (Error, Ear)> {
        let parts = || Ok((ways(rate, choice.suppress_noise)?, Encoder::new()?));
        match parts() {
            Err(error) => Err((error, ear)),
            Ok(((denoise, resampler), encoder)) => Ok(Self {
                ear,
                live: false,
                rate,
                zero: ZeroSignal::new(rate),
                told_of_zeros: false,
                denoise,
                clean: Vec::new(),
                resampler,
                waiting: Vec::with_capacity(2 * FRAME),
                vad: Vad::new(),
                gain: Gain::new(choice.gain_db, choice.auto_gain),
                encoder,
                frames: 0,
                came: 0,
            }),
        }
    }

    /// Tells the ear; the second word that a microphone is mute is left out.
    pub(crate) fn tell(&mut self, heard: Heard) {
        let mute = matches!(&heard, Heard::Fault(error) if error.kind == ErrorKind::ZeroSignal);
        if !(mute && std::mem::replace(&mut self.told_of_zeros, true)) {
            (self.ear)(heard);
        }
    }

    /// Tells that the device was lost, and how much of the utterance is safe.
    pub(crate) fn lost(&mut self, mut error: Error) {
        error.detail = format!("{} {:.1} s were recorded before.", error.detail, self.length().as_secs_f64());
        self.tell(Heard::Fault(error));
    }

    /// Takes mono samples as they come.
    pub(crate) fn push(&mut self, sound: &[f32]) -> Result<(), Error> {
        if !std::mem::replace(&mut self.live, true) {
            (self.ear)(Heard::Live);
        }
        self.came += sound.len() as u64;
        if let Some(zeros) = self.zero.found_in(sound) {
            let detail = match zeros {
                Zeros::FromTheStart => "The first 300 ms are exact zeros.",
                Zeros::AfterSound => "It fell silent while you spoke: 300 ms of exact zeros.",
            };
            self.tell(Heard::Fault(Error::new(ErrorKind::ZeroSignal, "microphone", detail)));
        }
        self.convert(sound)
    }

    /// From here on the samples come at `rate` Hz, from another stream.
    pub(crate) fn change_rate(&mut self, rate: u32) -> Result<(), Error> {
        self.flush();
        (self.denoise, self.resampler) = ways(rate, self.denoise.is_some())?;
        self.zero.change_rate(rate);
        self.rate = rate;
        Ok(())
    }

    /// Sound of this length was lost: silence stands for it. Gives the length in milliseconds.
    pub(crate) fn seam(&mut self, lost: Duration) -> Result<u32, Error> {
        let millis = |time: Duration| u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
        let seam = Seam { at_ms: millis(self.length()), lost_ms: millis(lost) };
        self.tell(Heard::Seam(seam));
        let silence = vec![0.0; (self.rate / PIECES).max(1) as usize];
        let pieces = lost.as_secs_f64() * f64::from(PIECES);
        for _ in 0..pieces.round() as u64 {
            self.convert(&silence)?;
        }
        Ok(seam.lost_ms)
    }

    /// Ends the utterance: what is still on its way is padded to a whole frame and encoded. `lost` samples had no room
    /// because this computer was too busy.
    pub(crate) fn finish(&mut self, lost: u64) -> Result<(), Error> {
        if lost > 0 && lost.saturating_mul(LOST_ONE_IN) > self.came {
            let seconds = lost as f64 / f64::from(self.rate.max(1));
            let detail = format!("This computer was too busy: {seconds:.1} s of sound were lost.");
            self.tell(Heard::Fault(Error::new(ErrorKind::AudioFailed, "microphone", detail)));
        }
        if !self.live {
            return Ok(());
        }
        self.flush();
        // the encoder lags behind: without this the last 6.5 ms would never come out of it
        let length = (self.waiting.len() + LOOKAHEAD).next_multiple_of(FRAME);
        self.waiting.resize(length, 0.0);
        self.encode_whole_frames()
    }

    /// The utterance so far.
    fn length(&self) -> Duration {
        let samples = self.frames * FRAME as u64 + self.waiting.len() as u64;
        Duration::from_secs_f64(samples as f64 / f64::from(RATE))
    }

    fn convert(&mut self, sound: &[f32]) -> Result<(), Error> {
        match &mut self.denoise {
            None => self.resampler.push(sound, &mut self.waiting),
            Some(denoise) => {
                self.clean.clear();
                denoise.push(sound, &mut self.clean);
                self.resampler.push(&self.clean, &mut self.waiting);
            }
        }
        self.encode_whole_frames()
    }

    fn flush(&mut self) {
        if let Some(denoise) = &mut self.denoise {
            self.clean.clear();
            denoise.flush(&mut self.clean);
            self.resampler.push(&self.clean, &mut self.waiting);
        }
        self.resampler.flush(&mut self.waiting);
    }

    fn encode_whole_frames(&mut self) -> Result<(), Error> {
        let whole = self.waiting.len() / FRAME * FRAME;
        for frame in self.waiting.chunks_exact_mut(FRAME) {
            self.gain.amplify(frame);
            let voiced = self.vad.voiced(frame);
            self.gain.level(frame, voiced);
            let packet = self.encoder.push(frame)?;
            (self.ear)(Heard::Level(rms(frame)));
            (self.ear)(Heard::Packet { packet, voiced });
            self.frames += 1;
        }
        self.waiting.drain(..whole);
        Ok(())
    }
}

/// What is done to samples of `rate` Hz.
fn ways(rate: u32, suppress_noise: bool) -> Result<(Option<Denoise>, Resampler), Error> {
    let denoise = suppress_noise.then(|| Denoise::new(rate)).transpose()?;
    let from = if denoise.is_some() { denoise::RATE } else { rate };
    Ok((denoise, Resampler::new(from, RATE)?))
}

pub(crate) fn rms(frame: &[f32]) -> f32 {
    (frame.iter().map(|sample| sample * sample).sum::<f32>() / frame.len().max(1) as f32).sqrt()
}
