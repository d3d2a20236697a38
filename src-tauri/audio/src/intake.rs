//! What becomes of a microphone's samples: resampled, cut into frames, listened to, encoded. The same for devices and
//! recordings, and free of threads, so that one test covers both.

use crate::{
    codec::{Encoder, FRAME, LOOKAHEAD, RATE},
    denoise::{self, Denoise},
    mic::{Ear, Heard},
    resample::Resampler,
    vad::Vad,
    watch::ZeroSignal,
};
use voice::{Error, ErrorKind};

/// One utterance on its way from samples to packets.
pub(crate) struct Intake {
    ear: Ear,
    live: bool,
    zero: ZeroSignal,
    denoise: Option<Denoise>,
    clean: Vec<f32>,
    resampler: Resampler,
    /// At 16 kHz, until a frame is full.
    waiting: Vec<f32>,
    vad: Vad,
    encoder: Encoder,
}

impl Intake {
    /// Samples will come at `rate` Hz. On failure the ear comes back, to be told.
    pub(crate) fn new(rate: u32, suppress_noise: bool, ear: Ear) -> Result<Self, (Error, Ear)> {
        let parts = || {
            let denoise = suppress_noise.then(|| Denoise::new(rate)).transpose()?;
            let from = if denoise.is_some() { denoise::RATE } else { rate };
            Ok((denoise, Resampler::new(from, RATE)?, Encoder::new()?))
        };
        match parts() {
            Err(error) => Err((error, ear)),
            Ok((denoise, resampler, encoder)) => Ok(Self {
                ear,
                live: false,
                zero: ZeroSignal::new(rate),
                denoise,
                clean: Vec::new(),
                resampler,
                waiting: Vec::with_capacity(RATE as usize),
                vad: Vad::new(),
                encoder,
            }),
        }
    }

    /// Takes mono samples as they come.
    pub(crate) fn push(&mut self, sound: &[f32]) -> Result<(), Error> {
        if !std::mem::replace(&mut self.live, true) {
            (self.ear)(Heard::Live);
        }
        if self.zero.found_in(sound) {
            let detail = "The first 300 ms are exact zeros.";
            (self.ear)(Heard::Fault(Error::new(ErrorKind::ZeroSignal, "microphone", detail)));
        }
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

    /// Ends the utterance: what is still on its way is padded to a whole frame and encoded.
    pub(crate) fn finish(&mut self) -> Result<(), Error> {
        if !self.live {
            return Ok(());
        }
        if let Some(denoise) = &mut self.denoise {
            self.clean.clear();
            denoise.flush(&mut self.clean);
            self.resampler.push(&self.clean, &mut self.waiting);
        }
        self.resampler.flush(&mut self.waiting);
        // the encoder lags behind: without this the last 6.5 ms would never come out of it
        let length = (self.waiting.len() + LOOKAHEAD).next_multiple_of(FRAME);
        self.waiting.resize(length, 0.0);
        self.encode_whole_frames()
    }

    /// The last word: a fault that ends the stream.
    pub(crate) fn fail(mut self, error: Error) {
        (self.ear)(Heard::Fault(error));
    }

    fn encode_whole_frames(&mut self) -> Result<(), Error> {
        let whole = self.waiting.len() / FRAME * FRAME;
        self.waiting.iter_mut().take(whole).for_each(|sample| *sample = sample.clamp(-1.0, 1.0));
        for frame in self.waiting.chunks_exact(FRAME) {
            let voiced = self.vad.voiced(frame);
            let packet = self.encoder.push(frame)?;
            (self.ear)(Heard::Level(rms(frame)));
            (self.ear)(Heard::Packet { packet, voiced });
        }
        self.waiting.drain(..whole);
        Ok(())
    }
}

fn rms(frame: &[f32]) -> f32 {
    (frame.iter().map(|sample| sample * sample).sum::<f32>() / frame.len().max(1) as f32).sqrt()
}
