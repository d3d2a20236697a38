//! Louder or softer: a fixed gain, and a slow automatic one. Its own file because a gain that pumps, or clips, ruins
//! recognition, and whether this one does is seen here alone.

use crate::intake::rms;

/// Where read speech usually lies: −23 dBFS.
const TARGET: f32 = 0.07;
/// Room noise is not raised without end: 24 dB.
const MOST: f32 = 15.85;
/// Of the loudness of speech, how much the newest 20 ms count: it settles within about half a second.
const NEWEST: f32 = 0.04;
/// Within 20 ms the gain grows by no more than 0.12 dB (6 dB/s), and falls by no more than twice that.
const GROWS: f32 = 1.014;
const FALLS: f32 = 0.973;
/// Above this, −2 dBFS, what is louder is bent instead of cut off.
const KNEE: f32 = 0.8;

/// The gain of one utterance.
pub(crate) struct Gain {
    fixed: f32,
    auto: Option<Auto>,
}

struct Auto {
    gain: f32,
    /// Root mean square of the speech so far; none before the first.
    speech: Option<f32>,
}

impl Gain {
    /// `db` decibels, and the automatic one on top of them if wanted.
    pub(crate) fn new(db: i32, auto: bool) -> Self {
        let fixed = 10f32.powf(db as f32 / 20.0);
        Self { fixed, auto: auto.then_some(Auto { gain: 1.0, speech: None }) }
    }

    /// The fixed gain, and in any case nothing outside of −1.0..=1.0.
    pub(crate) fn amplify(&self, frame: &mut [f32]) {
        if self.fixed == 1.0 {
            frame.iter_mut().for_each(|sample| *sample = sample.clamp(-1.0, 1.0));
        } else {
            frame.iter_mut().for_each(|sample| *sample = bent(*sample * self.fixed));
        }
    }

    /// The automatic gain. Only speech moves it, so that pauses stay as quiet as they are.
    pub(crate) fn level(&mut self, frame: &mut [f32], voiced: bool) {
        let Some(auto) = &mut self.auto else { return };
        let before = auto.gain;
        if voiced {
            let now = rms(frame);
            let speech = auto.speech.map_or(now, |speech| speech + (now - speech) * NEWEST);
            auto.speech = Some(speech);
            let wanted = (TARGET / speech.max(1e-6)).clamp(1.0, MOST);
            auto.gain = wanted.clamp(before * FALLS, before * GROWS);
        }
        let step = (auto.gain - before) / frame.len().max(1) as f32;
        for (at, sample) in frame.iter_mut().enumerate() {
            *sample = bent(*sample * (before + step * at as f32));
        }
    }
}

fn bent(sample: f32) -> f32 {
    let over = sample.abs() - KNEE;
    if over <= 0.0 {
        return sample;
    }
    (KNEE + (1.0 - KNEE) * (over / (1.0 - KNEE)).tanh()).copysign(sample)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(level: f32) -> Vec<f32> {
        (0..320).map(|n| (n as f32 * std::f32::consts::TAU / 32.0).sin() * level * std::f32::consts::SQRT_2).collect()
    }

    /// Levels out of so many frames of that level.
    fn levels(gain: &mut Gain, level: f32, frames: usize, voiced: bool) -> Vec<f32> {
        let mut out = Vec::new();
        for _ in 0..frames {
            let mut frame = tone(level);
            gain.amplify(&mut frame);
            gain.level(&mut frame, voiced);
            assert!(frame.iter().all(|sample| sample.abs() <= 1.0));
            out.push(rms(&frame));
        }
        out
    }

    #[test]
    fn six_decibels_are_twice_as_much_and_nothing_is_cut_off() {
        let mut gain = Gain::new(6, false);
        assert!((levels(&mut gain, 0.1, 1, true)[0] - 0.1995).abs() < 0.001);
        let mut loud = tone(0.6);
        gain.amplify(&mut loud);
        assert!(loud.iter().all(|sample| sample.abs() < 1.0));
        assert!(loud.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.4), "no corner");
        assert_eq!(levels(&mut Gain::new(0, false), 0.1, 1, true)[0], rms(&tone(0.1)), "0 dB change nothing");
    }

    #[test]
    fn quiet_speech_is_raised_slowly_and_loud_speech_is_left_alone() {
        let quiet = 0.005;
        let out = levels(&mut Gain::new(0, true), quiet, 500, true);
        assert!(out[5] < quiet * 1.15, "not at once");
        assert!((out[499] / quiet - 14.0).abs() < 0.3, "{} after 10 s", out[499] / quiet);
        assert!(out.windows(2).all(|pair| pair[1] / pair[0] < 1.02), "it never jumps");
        let loud = levels(&mut Gain::new(0, true), 0.2, 500, true);
        assert!(loud.iter().all(|level| (level / loud[0] - 1.0).abs() < 0.01), "it never makes anything softer");
    }

    #[test]
    fn pauses_do_not_move_it() {
        let mut gain = Gain::new(0, true);
        let speech = levels(&mut gain, 0.02, 300, true);
        let pause = levels(&mut gain, 0.001, 500, false);
        assert!((pause[499] / pause[0] - 1.0).abs() < 1e-3, "room noise does not rise");
        let again = levels(&mut gain, 0.02, 1, true);
        assert!((again[0] / speech[299] - 1.0).abs() < 0.03, "and speech goes on as loud as it was");
    }
}
