//! Whether somebody speaks. Its own file because the detector works in steps of 16 ms and the pipe in steps of 20, and
//! because no level decides here: whispers of −50 dBFS count, a loud hum does not.

use earshot::Detector;

/// What the detector looks at in one go: 16 ms at 16 kHz.
const STEP: usize = 256;
/// Its author's threshold.
const SPEECH: f32 = 0.5;
/// The detector takes melodies, and the first moments of noise, for speech. A voice is between the two: a linear
/// predictor of its vocal tract shortens it by 19 dB on average, noise by less than 2, and clean tones by more than 59
/// (measured on 52 recordings of people at −20 to −50 dBFS; 2 % of their voiced steps lie above 40, half of none).
const VOICE: std::ops::RangeInclusive<f32> = 3.0..=40.0;
const ORDER: usize = 16;
/// Where most of what sounds like speech is a tone, the rest is the edges of tones: how much the newest frame counts.
const NEWEST: f32 = 0.2;
const MOSTLY: f32 = 0.3;

/// Voice activity over consecutive frames of one utterance.
pub(crate) struct Vad {
    detector: Box<Detector>,
    step: Vec<f32>,
    /// How much of what the detector took for speech was a tone, lately.
    tonal: f32,
}

impl Vad {
    pub(crate) fn new() -> Self {
        Self { detector: Box::new(Detector::default()), step: Vec::with_capacity(STEP), tonal: 0.0 }
    }

    /// Whether speech was found in `frame`: samples within −1.0..=1.0 at 16 kHz, at least one step long.
    pub(crate) fn voiced(&mut self, frame: &[f32]) -> bool {
        let mut voiced = false;
        let mut rest = frame;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(STEP - self.step.len()));
            self.step.extend_from_slice(now);
            rest = later;
            if self.step.len() == STEP {
                voiced |= self.detector.predict_f32(&self.step) >= SPEECH;
                self.step.clear();
            }
        }
        if !voiced {
            return false;
        }
        let foreseen = predictability(frame);
        let tone = if foreseen > *VOICE.end() { 1.0 } else { 0.0 };
        self.tonal += (tone - self.tonal) * NEWEST;
        VOICE.contains(&foreseen) && self.tonal < MOSTLY
    }
}

/// By how many decibels a linear predictor shortens the frame.
fn predictability(frame: &[f32]) -> f32 {
    let length = frame.len() as f64;
    let windowed: Vec<f64> = frame
        .iter()
        .enumerate()
        .map(|(at, sample)| {
            let hann = 0.5 - 0.5 * (std::f64::consts::TAU * (at as f64 + 0.5) / length).cos();
            f64::from(*sample) * hann
        })
        .collect();
    let alike = |lag: usize| windowed.iter().zip(windowed.iter().skip(lag)).map(|(a, b)| a * b).sum::<f64>();
    let alike: [f64; ORDER + 1] = std::array::from_fn(alike);
    let [energy, ..] = alike;
    if energy <= 0.0 {
        return 0.0;
    }
    // a perfect prediction has no logarithm
    let left = unpredicted(&alike).max(energy * 1e-12);
    (10.0 * (energy / left).log10()) as f32
}

/// Levinson's recursion: the energy that the best predictor leaves over, from the autocorrelation.
fn unpredicted(alike: &[f64; ORDER + 1]) -> f64 {
    let &[mut left, ref lags @ ..] = alike;
    let mut weights = [0.0f64; ORDER];
    for (order, lag) in lags.iter().enumerate() {
        let known = lags.iter().take(order).rev();
        let predicted: f64 = weights.iter().zip(known).map(|(weight, alike)| weight * alike).sum();
        let reflection = if left > 0.0 { (lag - predicted) / left } else { 0.0 };
        let before = weights;
        let mirrored = before.iter().take(order).rev();
        weights.iter_mut().zip(mirrored).for_each(|(weight, other)| *weight -= reflection * other);
        if let Some(newest) = weights.get_mut(order) {
            *newest = reflection;
        }
        left *= 1.0 - reflection * reflection;
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Resampler, Wav, intake::rms};
    use std::{f32::consts::TAU, path::PathBuf};

    /// As the pipe asks: fewer voiced frames of 20 ms than this are nobody.
    const LEAST: u32 = 3;
    const SECONDS: usize = 3;

    fn voiced_frames(sound: &[f32]) -> u32 {
        let mut vad = Vad::new();
        sound.chunks_exact(320).map(|frame| u32::from(vad.voiced(frame))).sum()
    }

    /// At this level, as 16 bits hold it.
    fn at_level(sound: &[f32], db: f32) -> Vec<f32> {
        let gain = 10f32.powf(db / 20.0) / rms(sound).max(1e-9);
        sound.iter().map(|sample| ((sample * gain).clamp(-1.0, 1.0) * 32_767.0).round() / 32_768.0).collect()
    }

    struct Noise(u32);

    impl Noise {
        fn next(&mut self) -> f32 {
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (self.0 >> 8) as f32 / 8_388_608.0 - 1.0
        }
    }

    /// Sounds that nobody made with a mouth, of any level. Each seed is another one of its kind.
    fn nobody(kind: &str, seed: u32) -> Vec<f32> {
        let mut noise = Noise(seed);
        let pitch = 90.0 + 400.0 * noise.next().abs();
        let pace = 2_000 + (noise.next().abs() * 6_000.0) as usize;
        let scale = [1.0, 1.122, 1.26, 1.335, 1.498, 1.682, 1.888];
        let mut red = 0.0f32;
        let one = |n: usize| {
            let t = n as f32 / 16_000.0 * TAU;
            let white = noise.next();
            let swell = (n as f32 / (pace as f32 * 4.0) * TAU).sin().max(0.0);
            let note = pitch * scale[(n / pace * (seed as usize % 5 + 1)) % scale.len()];
            let fall = (1.0 - (n % pace) as f32 / pace as f32).powf(0.5);
            match kind {
                "white noise" => white,
                "low noise" => {
                    red = red * 0.98 + white * 0.2;
                    red
                }
                "hum" => (t * 50.0).sin() + 0.5 * (t * 100.0).sin() + 0.3 * (t * 150.0).sin() + 0.01 * white,
                "clicks" => white * if n % pace < 20 { 1.0 } else { 0.003 },
                "breath" => {
                    red = red * 0.5 + white * 0.5;
                    red * swell
                }
                "chord" => (t * pitch).sin() + (t * pitch * 1.26).sin() + (t * pitch * 1.498).sin() + 0.0005 * white,
                _ => ((t * note).sin() + 0.4 * (t * note * 2.0).sin()) * fall + 0.0005 * white,
            }
        };
        (0..SECONDS * 16_000).map(one).collect()
    }

    #[test]
    fn a_thousand_sounds_of_nobody_are_refused() {
        let kinds = ["white noise", "low noise", "hum", "clicks", "breath", "chord", "melody"];
        for kind in kinds {
            let found: Vec<u32> = (0..140)
                .filter(|seed| voiced_frames(&at_level(&nobody(kind, *seed), -60.0 + (*seed % 31) as f32)) >= LEAST)
                .collect();
            eprintln!("{kind}: {} of 140 pass for speech", found.len());
            // notes have edges, which now and then sound like a voice; whoever transcribes them hears no words either
            let may = if kind == "melody" { 40 } else { 0 };
            assert!(found.len() <= may, "{kind}: seeds {found:?}");
        }
        for _ in 0..20 {
            assert_eq!(voiced_frames(&[0.0; SECONDS * 16_000]), 0, "digital silence");
        }
    }

    #[test]
    fn quiet_people_are_heard() {
        let Some(folder) = std::env::var_os("WILCO_SPEECH").map(PathBuf::from) else {
            eprintln!("WILCO_SPEECH is not set: quiet speech was not tried");
            return;
        };
        let mut files: Vec<PathBuf> = ["libri", "sb", "sphinx", "commands"]
            .iter()
            .flat_map(|part| std::fs::read_dir(folder.join(part)).unwrap().map(|entry| entry.unwrap().path()))
            .filter(|path| path.extension().is_some_and(|end| end == "wav"))
            .collect();
        files.sort();
        let (mut tried, mut refused) = (0, 0);
        for file in files {
            let wav = Wav::read(&file).unwrap();
            let (mut sound, mut resampler) = (Vec::new(), Resampler::new(wav.rate, 16_000).unwrap());
            resampler.push(&wav.samples, &mut sound);
            resampler.flush(&mut sound);
            for db in (-44..=-20).step_by(2) {
                let mut room = Noise(7);
                let sound: Vec<f32> =
                    at_level(&sound, db as f32).iter().map(|x| (x + room.next() * 0.0005).clamp(-1.0, 1.0)).collect();
                tried += 1;
                if voiced_frames(&sound) < LEAST {
                    refused += 1;
                    eprintln!("{} at {db} dBFS is refused", file.display());
                }
            }
        }
        eprintln!("{refused} of {tried} refused");
        assert!(refused * 200 <= tried, "{refused} of {tried}");
    }

    #[test]
    fn tones_are_foreseen_and_noise_is_not() {
        let tone: Vec<f32> = (0..320).map(|n| (n as f32 * 440.0 / 16_000.0 * TAU).sin() * 0.1).collect();
        assert!(predictability(&tone) > 55.0, "{}", predictability(&tone));
        let mut noise = Noise(1);
        let white: Vec<f32> = (0..320).map(|_| noise.next()).collect();
        assert!(predictability(&white) < 2.0, "{}", predictability(&white));
        assert_eq!(predictability(&[0.0; 320]), 0.0);
    }
}
