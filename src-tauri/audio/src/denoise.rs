//! RNNoise, which works on 10 ms at 48 kHz in the scale of 16-bit samples; everybody else here works otherwise.

use crate::resample::Resampler;
use nnnoiseless::DenoiseState;
use voice::Error;

/// What comes out of a [`Denoise`], in Hz.
pub(crate) const RATE: u32 = 48_000;
const FRAME: usize = DenoiseState::FRAME_SIZE;
const SCALE: f32 = 32_768.0;

/// Sound of any rate in, the same at 48 kHz with less noise out, of the same length.
pub(crate) struct Denoise {
    up: Resampler,
    state: Box<DenoiseState<'static>>,
    /// At 48 kHz, until a frame is full.
    waiting: Vec<f32>,
    clean: Vec<f32>,
    /// The first frame out belongs to the time before the first frame in.
    started: bool,
    owed: usize,
}

impl Denoise {
    pub(crate) fn new(rate: u32) -> Result<Self, Error> {
        Ok(Self {
            up: Resampler::new(rate, RATE)?,
            state: DenoiseState::new(),
            waiting: Vec::with_capacity(16 * FRAME),
            clean: vec![0.0; FRAME],
            started: false,
            owed: 0,
        })
    }

    pub(crate) fn push(&mut self, input: &[f32], out: &mut Vec<f32>) {
        let before = self.waiting.len();
        self.up.push(input, &mut self.waiting);
        self.owed += self.waiting.len() - before;
        self.clean_up(out);
    }

    pub(crate) fn flush(&mut self, out: &mut Vec<f32>) {
        let before = self.waiting.len();
        self.up.flush(&mut self.waiting);
        self.owed += self.waiting.len() - before;
        let end = out.len() + self.owed;
        self.waiting.resize(self.waiting.len().next_multiple_of(FRAME) + FRAME, 0.0);
        self.clean_up(out);
        out.truncate(end);
        self.owed = 0;
    }

    fn clean_up(&mut self, out: &mut Vec<f32>) {
        let whole = self.waiting.len() / FRAME * FRAME;
        self.waiting.iter_mut().take(whole).for_each(|sample| *sample *= SCALE);
        for frame in self.waiting.chunks_exact(FRAME) {
            self.state.process_frame(&mut self.clean, frame);
            if self.started {
                out.extend(self.clean.iter().map(|sample| sample / SCALE));
                self.owed = self.owed.saturating_sub(FRAME);
            }
            self.started = true;
        }
        self.waiting.drain(..whole);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_goes_and_the_length_stays() {
        let mut seed = 1u32;
        let noise: Vec<f32> = (0..32_000)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (seed >> 8) as f32 / 16_777_216.0 * 0.2 - 0.1
            })
            .collect();
        let mut denoise = Denoise::new(16_000).unwrap();
        let mut out = Vec::new();
        noise.chunks(320).for_each(|piece| denoise.push(piece, &mut out));
        denoise.flush(&mut out);
        assert_eq!(out.len(), 96_000);
        let rms = |sound: &[f32]| (sound.iter().map(|s| s * s).sum::<f32>() / sound.len() as f32).sqrt();
        assert!(rms(&out[48_000..]) < rms(&noise) / 4.0, "{} of {}", rms(&out[48_000..]), rms(&noise));
    }
}
