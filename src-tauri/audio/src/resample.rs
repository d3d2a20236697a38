//! Any sample rate to any other, mono. Its own file because rubato's interface moves with each of its releases; only
//! this file knows it.

use rubato::{
    Async, Fft, FixedAsync, FixedSync, SincInterpolationParameters, WindowFunction,
    audioadapter_buffers::direct::InterleavedSlice,
};
use voice::{Error, ErrorKind};

/// Blocks a second. 20 ms make the anti-aliasing filter twice as sharp as 10 ms do, and still delay little.
const BLOCKS: u32 = 50;
/// Rates that share no block shorter than this many times the usual one are resampled without blocks.
const LONGEST: u32 = 3;
/// No device or file is outside of these; keeps buffers small.
const RATES: std::ops::RangeInclusive<u32> = 1_000..=768_000;

/// Streaming resampler. Allocates in `new` only, apart from the caller's vector. Its delay is taken off the start and
/// given back by `flush`, so that what goes in and what comes out is of the same duration.
pub struct Resampler {
    from: u32,
    to: u32,
    /// None where both rates are the same.
    route: Option<Route>,
    taken: u64,
    given: u64,
}

impl Resampler {
    /// From `from` Hz to `to` Hz.
    ///
    /// # Errors
    /// `AudioFailed` for a rate that no sound has.
    pub fn new(from: u32, to: u32) -> Result<Self, Error> {
        if !RATES.contains(&from) || !RATES.contains(&to) {
            return Err(failed(from, to));
        }
        let route = if from == to { None } else { Some(Route::new(from, to)?) };
        Ok(Self { from, to, route, taken: 0, given: 0 })
    }

    /// Takes any number of samples and appends to `out` what is ready.
    pub fn push(&mut self, input: &[f32], out: &mut Vec<f32>) {
        let before = out.len();
        match &mut self.route {
            None => out.extend_from_slice(input),
            Some(route) => route.push(input, out),
        }
        self.taken += input.len() as u64;
        self.given += (out.len() - before) as u64;
    }

    /// Appends the tail to `out`. The next `push` starts a new sound.
    pub fn flush(&mut self, out: &mut Vec<f32>) {
        let whole = (self.taken * u64::from(self.to)).div_ceil(u64::from(self.from));
        if let Some(route) = &mut self.route {
            let wanted = usize::try_from(whole.saturating_sub(self.given)).unwrap_or(usize::MAX);
            let end = out.len().saturating_add(wanted);
            while out.len() < end && route.push_silence(out) {}
            out.truncate(end);
            route.reset();
        }
        self.taken = 0;
        self.given = 0;
    }
}

/// All of a sound at another rate.
pub(crate) fn converted(sound: &[f32], from: u32, to: u32) -> Result<Vec<f32>, Error> {
    let mut resampler = Resampler::new(from, to)?;
    let mut out = Vec::new();
    resampler.push(sound, &mut out);
    resampler.flush(&mut out);
    Ok(out)
}

struct Route {
    inner: Box<dyn rubato::Resampler<f32>>,
    /// Input until a block is full.
    block: Vec<f32>,
    made: Vec<f32>,
    /// Of the delay, what has still to be dropped.
    skip: usize,
}

impl Route {
    fn new(from: u32, to: u32) -> Result<Self, Error> {
        let chunk = (from / BLOCKS).max(1);
        let inner: Box<dyn rubato::Resampler<f32>> = if from / common_divisor(from, to) <= chunk * LONGEST {
            let refused = || failed(from, to);
            let (from, to, chunk) = (from as usize, to as usize, chunk as usize);
            let window = WindowFunction::BlackmanHarris2;
            Box::new(Fft::new_custom(from, to, chunk, 1, 1, window, FixedSync::Both).map_err(|_| refused())?)
        } else {
            let filter = SincInterpolationParameters::new(128, WindowFunction::BlackmanHarris2);
            let ratio = f64::from(to) / f64::from(from);
            let chunk = chunk as usize;
            Box::new(Async::new_sinc(ratio, 1.0, &filter, chunk, 1, FixedAsync::Input).map_err(|_| failed(from, to))?)
        };
        let block = Vec::with_capacity(inner.input_frames_max());
        let made = vec![0.0; inner.output_frames_max()];
        let skip = inner.output_delay();
        Ok(Self { inner, block, made, skip })
    }

    fn push(&mut self, mut input: &[f32], out: &mut Vec<f32>) {
        while !input.is_empty() {
            let room = self.inner.input_frames_next().saturating_sub(self.block.len());
            let (now, later) = input.split_at(room.min(input.len()));
            self.block.extend_from_slice(now);
            input = later;
            if now.len() == room {
                self.turn(out);
            }
        }
    }

    /// Fills the block up with silence; false if nothing can come of it.
    fn push_silence(&mut self, out: &mut Vec<f32>) -> bool {
        self.block.resize(self.inner.input_frames_next(), 0.0);
        self.turn(out)
    }

    fn turn(&mut self, out: &mut Vec<f32>) -> bool {
        let (frames, room) = (self.block.len(), self.made.len());
        let buffers =
            (InterleavedSlice::new(&self.block, 1, frames), InterleavedSlice::new_mut(&mut self.made, 1, room));
        let (Ok(source), Ok(mut target)) = buffers else { return false };
        // both buffers have the sizes that the resampler asked for, which is all it can refuse
        let Ok((_, written)) = self.inner.process_into_buffer(&source, &mut target, None) else { return false };
        let skipped = self.skip.min(written);
        self.skip -= skipped;
        out.extend_from_slice(self.made.get(skipped..written).unwrap_or_default());
        self.block.clear();
        true
    }

    fn reset(&mut self) {
        self.inner.reset();
        self.block.clear();
        self.skip = self.inner.output_delay();
    }
}

fn common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a.max(1) } else { common_divisor(b, a % b) }
}

fn failed(from: u32, to: u32) -> Error {
    Error::new(ErrorKind::AudioFailed, "resampler", format!("{from} Hz cannot become {to} Hz."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Fits a sine of `hz`: its amplitude, and what else there is, relative to it in dB.
    fn fit(sound: &[f32], hz: f64, rate: u32) -> (f64, f64) {
        let edge = sound.len() / 5;
        let middle = &sound[edge..sound.len() - edge];
        let turn = |n: usize| n as f64 * hz * std::f64::consts::TAU / f64::from(rate);
        let project = |wave: fn(f64) -> f64| {
            middle.iter().enumerate().map(|(n, s)| f64::from(*s) * wave(turn(n))).sum::<f64>() * 2.0
                / middle.len() as f64
        };
        let (a, b) = (project(f64::sin), project(f64::cos));
        let rest: f64 = middle
            .iter()
            .enumerate()
            .map(|(n, s)| (f64::from(*s) - a * turn(n).sin() - b * turn(n).cos()).powi(2))
            .sum::<f64>()
            / middle.len() as f64;
        (a.hypot(b), 10.0 * (2.0 * rest / (a * a + b * b)).log10())
    }

    fn tone(hz: f64, rate: u32, samples: usize) -> Vec<f32> {
        (0..samples).map(|n| (n as f64 * hz * std::f64::consts::TAU / f64::from(rate)).sin() as f32 * 0.5).collect()
    }

    fn whole(from: u32, to: u32, sound: &[f32], piece: usize) -> Vec<f32> {
        let mut resampler = Resampler::new(from, to).unwrap();
        let mut out = Vec::new();
        sound.chunks(piece).for_each(|piece| resampler.push(piece, &mut out));
        resampler.flush(&mut out);
        out
    }

    #[test]
    fn a_tone_stays_the_same_tone() {
        for (from, to) in
            [(48_000, 16_000), (44_100, 16_000), (22_050, 24_000), (8_000, 48_000), (24_000, 44_100), (44_056, 16_000)]
        {
            let sound = tone(440.0, from, from as usize);
            let (amplitude, rest) = fit(&whole(from, to, &sound, 333), 440.0, to);
            assert!((amplitude - 0.5).abs() < 0.002, "{from} to {to}: amplitude {amplitude}");
            assert!(rest < -50.0, "{from} to {to}: {rest} dB of something else");
        }
    }

    #[test]
    fn what_the_lower_rate_cannot_hold_is_gone() {
        let out = whole(48_000, 16_000, &tone(9_000.0, 48_000, 48_000), 960);
        let loudest = out[1_600..14_400].iter().fold(0.0f32, |most, s| most.max(s.abs()));
        assert!(loudest < 0.001, "9 kHz came through as {loudest}");
    }

    #[test]
    fn it_starts_anew_after_a_flush() {
        let sound = tone(300.0, 48_000, 5_000);
        let mut resampler = Resampler::new(48_000, 16_000).unwrap();
        let (mut first, mut second) = (Vec::new(), Vec::new());
        resampler.push(&sound, &mut first);
        resampler.flush(&mut first);
        resampler.push(&sound, &mut second);
        resampler.flush(&mut second);
        assert_eq!(first, second);
    }

    #[test]
    fn rates_that_no_sound_has_are_refused() {
        assert!(Resampler::new(0, 16_000).is_err());
        assert!(Resampler::new(48_000, u32::MAX).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn the_duration_is_kept(
            from in prop::sample::select(vec![8_000u32, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000, 47_999]),
            to in prop::sample::select(vec![16_000u32, 24_000, 44_100, 48_000]),
            samples in 1usize..20_000,
            piece in 1usize..3_000,
        ) {
            let got = whole(from, to, &vec![0.25; samples], piece).len() as f64;
            let wanted = samples as f64 * f64::from(to) / f64::from(from);
            prop_assert!((got - wanted).abs() <= 1.0, "{got} of {wanted}");
        }
    }
}
