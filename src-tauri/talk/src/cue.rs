//! Short sounds that say what just happened, for eyes that are elsewhere. Made here, of two tones each with soft edges; its
//! own file because they are sounds of the app and no part of a reply.

use audio::NextPiece;
use std::f32::consts::TAU;
use voice::Frame;

const RATE: u32 = 24_000;
/// Seconds of one tone, and of its rise and fall.
const TONE: f32 = 0.045;
const EDGE: f32 = 0.012;
/// Well below a voice.
const LOUDNESS: f32 = 0.12;

/// What a sound says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cue {
    /// The microphone is live: upwards.
    Live,
    /// The microphone is closed, and something was heard: downwards.
    Heard,
    /// Something went wrong: the same low tone twice.
    Trouble,
}

impl Cue {
    /// The sound, as a loudspeaker asks for it.
    pub(crate) fn piece(self) -> NextPiece {
        let mut frame = Some(self.frame());
        Box::new(move || frame.take().map(Into::into))
    }

    fn frame(self) -> Frame {
        let tones = match self {
            Self::Live => [587.0, 880.0],
            Self::Heard => [880.0, 587.0],
            Self::Trouble => [220.0, 220.0],
        };
        let length = (TONE * RATE as f32) as usize;
        let tone = |pitch: f32| {
            (0..length).map(move |at| {
                let (time, left) = (at as f32 / RATE as f32, (length - at) as f32 / RATE as f32);
                let edge = (time.min(left) / EDGE).min(1.0);
                LOUDNESS * edge * edge * (TAU * pitch * time).sin()
            })
        };
        Frame { rate: RATE, samples: tones.into_iter().flat_map(tone).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_short_soft_and_its_own() {
        let [live, heard, trouble] = [Cue::Live, Cue::Heard, Cue::Trouble].map(Cue::frame);
        for frame in [&live, &heard, &trouble] {
            assert!(frame.seconds() < 0.1, "{} s", frame.seconds());
            assert!(frame.samples.iter().all(|sample| sample.abs() <= LOUDNESS));
            let steps = frame.samples.windows(2).map(|pair| (pair[0] - pair[1]).abs());
            assert!(steps.fold(0.0, f32::max) < 0.04, "no click");
        }
        assert!(live != heard && heard != trouble);
    }
}
