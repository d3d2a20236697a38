//! Many channels into one, in the callback: nothing here may allocate, lock, log or wait. Its own file because which
//! channel is heard is the person's choice.

use cpal::{FromSample, SizedSample};
use voice::Channel;

/// Channels whose loudness is compared; the others are never the loudest.
const COMPARED: usize = 8;
/// Of a channel's energy, how much the newest frame counts: about 50 ms at 48 kHz.
const NEWEST: f32 = 1.0 / 2_400.0;
/// Another channel is taken when it has four times the energy (6 dB), so that the choice does not flicker.
const CLEARLY: f32 = 4.0;

/// Makes one sample of each frame.
pub(crate) struct Fold {
    choice: Channel,
    channels: usize,
    energy: [f32; COMPARED],
    chosen: usize,
}

impl Fold {
    /// Frames have so many channels.
    pub(crate) fn new(choice: Channel, channels: usize) -> Self {
        Self { choice, channels: channels.max(1), energy: [0.0; COMPARED], chosen: 0 }
    }

    /// Mixes frames to mono into the ring; returns how many had no room.
    pub(crate) fn write<T: SizedSample>(&mut self, ring: &mut rtrb::Producer<f32>, data: &[T]) -> usize
    where
        f32: FromSample<T>,
    {
        let frames = data.len() / self.channels;
        let room = frames.min(ring.slots());
        let mono = data.chunks_exact(self.channels).map(|frame| {
            let one = self.one(frame);
            if one.is_finite() { one } else { 0.0 }
        });
        match ring.write_chunk_uninit(room) {
            Ok(chunk) => frames - chunk.fill_from_iter(mono),
            Err(_) => frames,
        }
    }

    fn one<T: SizedSample>(&mut self, frame: &[T]) -> f32
    where
        f32: FromSample<T>,
    {
        let at = |channel: usize| frame.get(channel).or(frame.first()).map_or(0.0, |sample| f32::from_sample_(*sample));
        match self.choice {
            Channel::Mix => (0..frame.len()).map(at).sum::<f32>() / self.channels as f32,
            Channel::Left => at(0),
            Channel::Right => at(1),
            Channel::Loudest => {
                let mut loudest = (self.chosen, self.energy.get(self.chosen).copied().unwrap_or_default() * CLEARLY);
                for (channel, energy) in self.energy.iter_mut().enumerate().take(frame.len()) {
                    *energy += (at(channel).powi(2) - *energy) * NEWEST;
                    if channel != self.chosen && *energy > loudest.1 {
                        loudest = (channel, *energy);
                    }
                }
                self.chosen = loudest.0;
                at(self.chosen)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded<T: SizedSample>(choice: Channel, channels: usize, data: &[T]) -> Vec<f32>
    where
        f32: FromSample<T>,
    {
        let (mut ring, mut taken) = rtrb::RingBuffer::new(100_000);
        assert_eq!(Fold::new(choice, channels).write(&mut ring, data), 0);
        std::iter::from_fn(|| taken.pop().ok()).collect()
    }

    #[test]
    fn any_format_and_channel_count_becomes_mono() {
        let two = folded(Channel::Mix, 2, &[i16::MAX, i16::MIN, 16_384, 16_384]);
        assert!(two[0].abs() < 1e-4 && two[1] == 0.5, "{two:?}");
        let bytes = folded(Channel::Mix, 1, &[0u8, 128, 255]);
        assert!(bytes[0] == -1.0 && bytes[1] == 0.0 && bytes[2] > 0.99, "{bytes:?}");
        assert_eq!(folded(Channel::Mix, 1, &[f32::NAN]), [0.0]);
    }

    #[test]
    fn one_channel_may_be_chosen() {
        let data = [0.1f32, 0.2, 0.3, 0.4];
        assert_eq!(folded(Channel::Left, 2, &data), [0.1, 0.3]);
        assert_eq!(folded(Channel::Right, 2, &data), [0.2, 0.4]);
        assert_eq!(folded(Channel::Right, 1, &data), data, "the only one there is");
    }

    #[test]
    fn the_loudest_is_found_and_kept() {
        let frames = |left: f32, right: f32, count: usize| [left, right].repeat(count);
        let data = [frames(0.01, 0.5, 4_800), frames(0.6, 0.5, 9_600), frames(0.6, 0.01, 48_000)].concat();
        let out = folded(Channel::Loudest, 2, &data);
        assert_eq!(out[4_799], 0.5, "the right one speaks");
        assert_eq!(out[14_000], 0.5, "a little louder is no reason to change");
        assert_eq!(out[62_000], 0.6, "but clearly louder is");
    }

    #[test]
    fn a_full_ring_counts_what_it_drops() {
        let (mut ring, mut taken) = rtrb::RingBuffer::new(3);
        let mut fold = Fold::new(Channel::Mix, 1);
        assert_eq!(fold.write(&mut ring, &[0.1f32, 0.2, 0.3, 0.4, 0.5]), 2);
        assert_eq!(fold.write(&mut ring, &[0.6f32]), 1);
        assert_eq!(taken.pop(), Ok(0.1), "the oldest stay");
    }
}
