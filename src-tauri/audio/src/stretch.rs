//! Faster or slower speech of the same pitch, for voices that cannot do it themselves: WSOLA (Verhelst and Roelands,
//! 1993). Pieces of the sound are laid over one another at another pace, each where it continues the one before best.

/// A piece is so long: a few periods of the lowest voice.
const PIECE_MS: u32 = 30;
/// How far to both sides the best place is looked for: one period of the lowest voice.
const SEEK_MS: u32 = 12;
/// Places are compared by every so manyth sample first.
const COARSE: usize = 4;

/// Stretches one sound that comes in pieces.
pub struct Stretch {
    speed: f64,
    half: usize,
    seek: usize,
    /// What came and may still be needed.
    waiting: Vec<f32>,
    /// Where the next piece would be taken from, in `waiting`.
    at: f64,
    /// The second half of the last piece, fading, and the sound as it went on there.
    fading: Vec<f32>,
    follows: Vec<f32>,
}

impl Stretch {
    /// Sound of `rate` Hz will be said `speed` times as fast, 0.5..=2.0.
    #[must_use]
    pub fn new(rate: u32, speed: f32) -> Self {
        let samples = |ms: u32| (rate / 1_000 * ms).max(8) as usize;
        let speed = if speed.is_finite() { f64::from(speed.clamp(0.5, 2.0)) } else { 1.0 };
        let half = samples(PIECE_MS) / 2;
        Self {
            speed,
            half,
            seek: samples(SEEK_MS),
            waiting: Vec::new(),
            at: 0.0,
            fading: Vec::new(),
            follows: Vec::new(),
        }
    }

    /// Takes samples; gives those that are ready.
    #[must_use]
    pub fn push(&mut self, sound: &[f32]) -> Vec<f32> {
        if self.speed == 1.0 {
            return sound.to_vec();
        }
        self.waiting.extend_from_slice(sound);
        let mut out = Vec::new();
        while self.waiting.len() >= self.at as usize + self.seek + 3 * self.half {
            self.lay(&mut out);
        }
        out
    }

    /// The rest.
    #[must_use]
    pub fn finish(mut self) -> Vec<f32> {
        let end = self.waiting.len();
        let mut out = Vec::new();
        if self.speed != 1.0 {
            self.waiting.resize(end + self.seek + 3 * self.half, 0.0);
            while (self.at as usize) < end {
                self.lay(&mut out);
            }
            out.extend_from_slice(&self.fading);
        }
        out
    }

    /// Lays the next piece over the end of the one before.
    fn lay(&mut self, out: &mut Vec<f32>) {
        let start = if self.fading.is_empty() { self.at as usize } else { self.best_place() };
        let piece = self.waiting.get(start..start + 2 * self.half).unwrap_or_default();
        let (rising, falling) = piece.split_at(self.half.min(piece.len()));
        let length = self.half as f32;
        let ramp = |at: usize| 0.5 - 0.5 * (std::f32::consts::PI * (at as f32 + 0.5) / length).cos();
        if self.fading.is_empty() {
            out.extend_from_slice(rising);
        } else {
            let both = rising.iter().zip(&self.fading).enumerate();
            out.extend(both.map(|(at, (new, old))| new * ramp(at) + old));
        }
        self.fading = falling.iter().enumerate().map(|(at, sample)| sample * (1.0 - ramp(at))).collect();
        self.follows = falling.to_vec();
        self.at += self.half as f64 * self.speed;
        // what no later piece can reach
        let spent = (self.at as usize).saturating_sub(self.seek).min(self.waiting.len());
        self.waiting.drain(..spent);
        self.at -= spent as f64;
    }

    /// Where, around the place that time asks for, the sound is most like what followed the last piece.
    fn best_place(&self) -> usize {
        let middle = self.at as usize;
        let (first, last) = (middle.saturating_sub(self.seek), middle + self.seek);
        let best = |places: &mut dyn Iterator<Item = usize>, step| {
            let scored = places.map(|place| (self.likeness(place, step), place));
            scored.max_by(|(a, _), (b, _)| a.total_cmp(b)).map_or(middle, |(_, place)| place)
        };
        let near = best(&mut (first..=last).step_by(COARSE), COARSE);
        best(&mut (near.saturating_sub(COARSE).max(first)..=(near + COARSE).min(last)), 1)
    }

    /// Normalised cross-correlation with what followed.
    fn likeness(&self, place: usize, step: usize) -> f32 {
        let there = self.waiting.get(place..place + self.half).unwrap_or_default();
        let (mut product, mut energy) = (0.0f32, 1e-9f32);
        for (a, b) in there.iter().step_by(step).zip(self.follows.iter().step_by(step)) {
            product += a * b;
            energy += a * a;
        }
        product / energy.sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 24_000;

    fn stretched(sound: &[f32], speed: f32, piece: usize) -> Vec<f32> {
        let mut stretch = Stretch::new(RATE, speed);
        let mut out: Vec<f32> = sound.chunks(piece).flat_map(|samples| stretch.push(samples)).collect();
        out.extend(stretch.finish());
        out
    }

    /// A voiced sound: many harmonics of `hertz`, in slow syllables.
    fn vowel(hertz: f32, seconds: f32) -> Vec<f32> {
        let tau = std::f32::consts::TAU;
        (0..(seconds * RATE as f32) as usize)
            .map(|n| {
                let t = n as f32 / RATE as f32;
                let voice: f32 = (1..=12).map(|k| (t * hertz * tau * k as f32).sin() / k as f32).sum();
                voice * 0.2 * (0.6 + 0.4 * (t * 4.0 * tau).sin())
            })
            .collect()
    }

    /// The pitch of a sound by its autocorrelation, to a small part of a sample.
    fn pitch(sound: &[f32], near: f32) -> f32 {
        let alike = |lag: usize| sound.iter().zip(&sound[lag..]).map(|(a, b)| f64::from(a * b)).sum::<f64>();
        // ten periods are ten times as exact as one
        let around = (RATE as f32 / near * 10.0) as usize;
        let best = (around * 98 / 100..around * 102 / 100).max_by(|a, b| alike(*a).total_cmp(&alike(*b))).unwrap();
        let (before, here, after) = (alike(best - 1), alike(best), alike(best + 1));
        let shift = 0.5 * (before - after) / (before - 2.0 * here + after);
        RATE as f32 / (best as f32 + shift as f32) * 10.0
    }

    #[test]
    fn length_follows_the_speed_and_pitch_stays() {
        for hertz in [90.0, 130.0, 210.0, 320.0] {
            for speed in [0.5, 0.7, 0.9, 1.1, 1.3, 1.6, 2.0] {
                let sound = vowel(hertz, 2.0);
                let out = stretched(&sound, speed, 480);
                let length = out.len() as f32 * speed / sound.len() as f32;
                assert!((length - 1.0).abs() < 0.03, "{hertz} Hz at {speed}: {length} as long");
                let middle = &out[out.len() / 4..out.len() * 3 / 4];
                let off = pitch(middle, hertz) / hertz - 1.0;
                assert!(off.abs() < 0.005, "{hertz} Hz at {speed}: off by {off}");
            }
        }
    }

    #[test]
    fn it_does_not_matter_how_the_sound_is_cut() {
        let sound = vowel(130.0, 1.0);
        let whole = stretched(&sound, 1.4, 1_000_000);
        assert_eq!(stretched(&sound, 1.4, 7), whole);
        assert_eq!(stretched(&sound, 1.0, 480), sound, "its own speed changes nothing");
        assert!(stretched(&[], 1.5, 1).iter().all(|sample| *sample == 0.0));
    }

    #[test]
    fn it_neither_clicks_nor_grows_louder() {
        let step = |sound: &[f32]| sound.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
        let sound = vowel(130.0, 2.0);
        for speed in [0.5, 0.8, 1.5, 2.0] {
            let out = stretched(&sound, speed, 480);
            assert!(step(&out[500..out.len() - 1_000]) < step(&sound) * 1.3, "a click at {speed}");
            let loud = crate::intake::rms(&out) / crate::intake::rms(&sound);
            assert!((loud - 1.0).abs() < 0.1, "{loud} as loud at {speed}");
        }
    }
}
