//! The edges of a phrase's sound: long silence before it is taken off, and it begins and ends without a click. Its own
//! file because every voice has edges, and no voice knows what is played before and after it.

use voice::Frame;

/// Silence that may stay before the sound, a part of a second: 60 ms.
const LEAD: u32 = 60;
/// Softer than this is silence: -50 dBFS.
const SILENCE: f32 = 0.003;
/// How fast it grows at the start and falls at the end: 4 ms, too short to be heard as a fade.
const RAMP: u32 = 4;

/// Trims and softens one phrase.
#[derive(Default)]
pub struct Edges {
    /// Before the sound: the silence that would stay. After: the end so far, which may be the last.
    held: Vec<f32>,
    begun: bool,
}

impl Edges {
    /// Of a phrase that has not begun.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next of its frames, all at one rate; gives what can be played, which may be empty.
    #[must_use]
    pub fn push(&mut self, frame: Frame) -> Frame {
        let Frame { rate, mut samples } = frame;
        if !self.begun {
            self.held.append(&mut samples);
            let sound = self.held.iter().position(|sample| sample.abs() > SILENCE);
            let stays = sound.unwrap_or(self.held.len()).saturating_sub(samples_of(rate, LEAD));
            self.held.drain(..stays);
            if sound.is_none() {
                return Frame { rate, samples: Vec::new() };
            }
            self.begun = true;
            ramp(self.held.iter_mut(), samples_of(rate, RAMP));
        }
        let ready = (self.held.len() + samples.len()).saturating_sub(samples_of(rate, RAMP));
        let before = self.held.len().min(ready);
        // it may wait for long, and many of them do: with room for itself and no more
        let mut out = Vec::with_capacity(ready);
        out.extend(self.held.drain(..before));
        out.extend(samples.drain(..ready - before));
        self.held.append(&mut samples);
        Frame { rate, samples: out }
    }

    /// Ends it: the rest, at the same `rate`. `None` if all of it was silence.
    #[must_use]
    pub fn finish(mut self, rate: u32) -> Option<Frame> {
        if !self.begun {
            return None;
        }
        ramp(self.held.iter_mut().rev(), samples_of(rate, RAMP));
        Some(Frame { rate, samples: self.held })
    }
}

fn samples_of(rate: u32, ms: u32) -> usize {
    (rate / 1_000 * ms) as usize
}

/// From nothing to full over the first `length` of `samples`.
fn ramp<'a>(samples: impl Iterator<Item = &'a mut f32>, length: usize) {
    for (at, sample) in samples.take(length).enumerate() {
        *sample *= at as f32 / length as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 24_000;

    fn trimmed(sound: &[f32], piece: usize) -> Option<Vec<f32>> {
        let mut edges = Edges::new();
        let mut out = Vec::new();
        for samples in sound.chunks(piece) {
            out.extend(edges.push(Frame { rate: RATE, samples: samples.to_vec() }).samples);
        }
        out.extend(edges.finish(RATE)?.samples);
        Some(out)
    }

    #[test]
    fn long_silence_before_the_sound_goes() {
        let sound = |before: usize| [vec![0.0; before], vec![0.5; 4_800]].concat();
        for (before, stays) in [(0, 0), (1_000, 1_000), (1_440, 1_440), (24_000, 1_440)] {
            for piece in [1, 480, 100_000] {
                let out = trimmed(&sound(before), piece).expect("sound");
                assert_eq!(out.len(), stays + 4_800, "{before} before, pieces of {piece}");
            }
        }
        assert_eq!(trimmed(&[0.001; 4_800], 480), None, "silence only");
    }

    #[test]
    fn edges_do_not_click() {
        let out = trimmed(&[0.5; 4_800], 480).expect("sound");
        let step = out.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
        assert!(step < 0.01, "a step of {step}");
        assert!(out[0].abs() < 0.01 && out[4_799].abs() < 0.01);
        assert_eq!(out[2_400], 0.5, "the middle is as it was");
    }
}
