//! A long utterance cut at its pauses, so that dictation can follow the speech instead of waiting for its end. Its own
//! file because it is arithmetic on samples, and knows of no decoder.

use super::pocketsphinx::RATE;

/// Samples whose level is taken at once: 20 ms.
const FRAME: usize = RATE as usize / 50;
/// Frames a piece has at least: 6 s. Shorter ones would lose the words around them that the language model goes by.
const LEAST: usize = 300;
/// Frames of quiet that are a pause: 400 ms. Within a sentence people rarely stop for so long.
const PAUSE: usize = 20;

/// The part of an utterance that is not transcribed yet.
#[derive(Default)]
pub(super) struct Pieces {
    samples: Vec<i16>,
    levels: Vec<f32>,   // of each frame looked at
    quiet: Option<f32>, // the level that parted speech from quiet at the last cut
}

impl Pieces {
    /// More was spoken (mono, 16 kHz).
    pub(super) fn hear(&mut self, samples: &[i16]) {
        self.samples.extend_from_slice(samples);
    }

    /// A piece that a pause has finished. It does not depend on how the sound arrived.
    pub(super) fn finished(&mut self) -> Option<Vec<i16>> {
        let from = self.levels.len() * FRAME;
        let fresh: Vec<f32> = self.samples.get(from..)?.chunks_exact(FRAME).map(level).collect();
        for level in fresh {
            self.levels.push(level);
            if let Some(quiet) = pause(&self.levels) {
                let cut = (self.levels.len() - PAUSE / 2) * FRAME;
                self.levels.clear();
                self.quiet = Some(quiet);
                return Some(self.samples.drain(..cut).collect());
            }
        }
        None
    }

    /// What is left at the end of the utterance; None if that is only the pause after the last piece.
    pub(super) fn rest(self) -> Option<Vec<i16>> {
        let spoken = self.quiet.is_none_or(|quiet| self.levels.iter().any(|level| *level >= quiet));
        spoken.then_some(self.samples)
    }
}

/// The level under which these frames are quiet, if there are enough of them and they end in a pause. It is a quarter of
/// the way from the quietest to the loudest of the last seconds, for the noise of a room may change.
fn pause(levels: &[f32]) -> Option<f32> {
    let mut sorted = *levels.last_chunk::<LEAST>()?;
    sorted.sort_unstable_by(f32::total_cmp);
    let (low, high) = (sorted.get(LEAST / 10)?, sorted.get(LEAST * 95 / 100)?);
    let quiet = low + (high - low) / 4.0;
    levels.last_chunk::<PAUSE>()?.iter().all(|level| *level < quiet).then_some(quiet)
}

/// The mean power of a frame in decibels over that of the least sample.
fn level(frame: &[i16]) -> f32 {
    let power: f32 = frame.iter().map(|sample| f32::from(*sample).powi(2)).sum();
    10.0 * (power / frame.len() as f32 + 1.0).log10()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds of something as loud as speech, or as quiet as a room.
    fn sound(parts: &[(f32, i16)]) -> Vec<i16> {
        let part = |(seconds, peak): &(f32, i16)| {
            let peak = *peak;
            (0..(seconds * RATE as f32) as usize).map(move |at| if at % 40 < 20 { peak } else { -peak })
        };
        parts.iter().flat_map(part).collect()
    }

    fn pieces(parts: &[(f32, i16)], step: usize) -> (Vec<f32>, Option<f32>) {
        let (mut pieces, mut finished) = (Pieces::default(), Vec::new());
        let seconds = |piece: Vec<i16>| (piece.len() as f32 / RATE as f32 * 10.0).round() / 10.0;
        for samples in sound(parts).chunks(step) {
            pieces.hear(samples);
            finished.extend(std::iter::from_fn(|| pieces.finished()).map(seconds));
        }
        (finished, pieces.rest().map(seconds))
    }

    #[test]
    fn a_piece_ends_within_a_pause() {
        let long = [(7.0, 4000), (0.6, 20), (3.0, 4000), (0.6, 20), (4.0, 4000), (0.6, 20), (1.0, 4000)];
        assert_eq!(pieces(&long, 1600), (vec![7.2, 8.2], Some(1.4)));
        assert_eq!(pieces(&long, 999), pieces(&long, usize::MAX), "however it arrives");
    }

    #[test]
    fn short_speech_and_short_pauses_are_not_cut() {
        assert_eq!(pieces(&[(4.0, 4000), (0.9, 20), (1.0, 4000)], 1600), (vec![], Some(5.9)));
        assert_eq!(pieces(&[(7.0, 4000), (0.3, 20), (3.0, 4000)], 1600), (vec![], Some(10.3)));
        assert_eq!(pieces(&[(1.0, 0)], 1600), (vec![], Some(1.0)), "silence alone is left to the decoder");
    }

    #[test]
    fn the_pause_after_the_last_piece_is_no_speech() {
        assert_eq!(pieces(&[(7.0, 4000), (1.5, 20)], 1600), (vec![7.2], None));
    }
}
