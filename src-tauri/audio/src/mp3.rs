//! MP3 that arrives in pieces: frames are found in the bytes and decoded one by one. The one place that knows the
//! decoder's crate, which by itself would wait for a file.

use symphonia::core::{
    codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions, well_known::CODEC_ID_MP3},
    packet::PacketRef,
    units::{Duration, Timestamp},
};
use symphonia::default::codecs::MpaDecoder;
use voice::{Error, ErrorKind};

/// Bits a second by index, layer III: MPEG 1, then MPEG 2 and 2.5, in thousands.
const KBITS: [[usize; 15]; 2] = [
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];
/// Samples a second by index, MPEG 1; MPEG 2 has half, 2.5 a quarter.
const RATES: [u32; 3] = [44_100, 48_000, 32_000];
/// Bytes of a frame's header.
const HEAD: usize = 4;
/// Bytes of the header of a tag before the sound (ID3v2).
const TAG: usize = 10;

/// Decodes one stream.
pub(crate) struct Mp3 {
    decoder: MpaDecoder,
    waiting: Vec<u8>,
    /// Of a tag, bytes that have still to be passed over.
    skip: usize,
    rate: Option<u32>,
}

impl Mp3 {
    pub(crate) fn new() -> Result<Self, Error> {
        let mut what = AudioCodecParameters::new();
        what.for_codec(CODEC_ID_MP3);
        let decoder = MpaDecoder::try_new(&what, &AudioDecoderOptions::default());
        let decoder = decoder.map_err(|error| Error::new(ErrorKind::AudioFailed, "mp3", format!("{error}.")))?;
        Ok(Self { decoder, waiting: Vec::new(), skip: 0, rate: None })
    }

    /// Samples a second, once a frame was found.
    pub(crate) fn rate(&self) -> Option<u32> {
        self.rate
    }

    /// Takes more bytes; adds the sound of the frames that are whole, as one channel. A frame that cannot be decoded is
    /// left out.
    pub(crate) fn push(&mut self, bytes: &[u8], out: &mut Vec<f32>) {
        self.waiting.extend_from_slice(bytes);
        let mut at = 0;
        while let Some(rest) = self.waiting.get(at..).filter(|rest| rest.len() >= TAG) {
            if self.skip > 0 {
                let passed = self.skip.min(rest.len());
                (at, self.skip) = (at + passed, self.skip - passed);
            } else if let Some(length) = tag(rest) {
                self.skip = length;
            } else if let Some(frame) = Frame::of(rest) {
                let Some(whole) = rest.get(..frame.length) else { break };
                // the first frame says how all are; what looks like another is no frame
                if *self.rate.get_or_insert(frame.rate) == frame.rate {
                    let packet = PacketRef::new(0, Timestamp::new(0), Duration::new(0), whole);
                    if let Ok(sound) = self.decoder.decode_ref(&packet) {
                        mix(&sound, out);
                    }
                }
                at += frame.length;
            } else {
                at += 1;
            }
        }
        self.waiting.drain(..at);
    }
}

fn mix(sound: &symphonia::core::audio::GenericAudioBufferRef<'_>, out: &mut Vec<f32>) {
    let channels = sound.spec().channels().count().max(1);
    let mut all: Vec<f32> = Vec::new();
    sound.copy_to_vec_interleaved(&mut all);
    out.extend(all.chunks_exact(channels).map(|frame| frame.iter().sum::<f32>() / channels as f32));
}

/// The whole length of a tag that begins here; its size has seven bits in a byte.
fn tag(bytes: &[u8]) -> Option<usize> {
    let [b'I', b'D', b'3', _, _, _, size @ ..] = bytes.get(..TAG)? else { return None };
    Some(TAG + size.iter().fold(0, |sum, byte| sum << 7 | usize::from(byte & 0x7f)))
}

/// What a frame's header says.
struct Frame {
    rate: u32,
    length: usize,
}

impl Frame {
    /// The frame of layer III that begins here, if one does.
    fn of(bytes: &[u8]) -> Option<Self> {
        let &[0xff, kind, sizes, _, ..] = bytes else { return None };
        // 11 bits of ones, then two of version, then layer III
        if kind & 0xe6 != 0xe2 {
            return None;
        }
        let (table, share) = match kind >> 3 & 3 {
            3 => (0, 1),
            2 => (1, 2),
            0 => (1, 4),
            _ => return None,
        };
        let rate = RATES.get(usize::from(sizes >> 2 & 3))? / share;
        let bits = KBITS.get(table)?.get(usize::from(sizes >> 4))? * 1_000;
        // a frame is 1152 samples in MPEG 1, else 576
        let bytes_per_bit = if table == 0 { 144 } else { 72 };
        let length = bytes_per_bit * bits / rate as usize + usize::from(sizes >> 1 & 1);
        (length > HEAD).then_some(Self { rate, length })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mp3lame_encoder::{Bitrate, Builder, FlushGap, InterleavedPcm, MonoPcm, max_required_buffer_size};

    /// What no decoder can guess: a rising tone and its overtone, swelling four times a second.
    fn sound(rate: u32) -> Vec<f32> {
        let at = |n: u32| {
            let t = n as f32 / rate as f32;
            let phase = std::f32::consts::TAU * (200.0 * t + 300.0 * t * t);
            (phase.sin() + (2.0 * phase).sin() * 0.5) * (0.3 + 0.2 * (std::f32::consts::TAU * 4.0 * t).sin())
        };
        (0..rate * 3 / 2).map(at).collect()
    }

    /// The same as LAME writes it, the sound in each channel.
    fn encoded(rate: u32, bitrate: Bitrate, channels: u8, sound: &[f32]) -> Vec<u8> {
        let mut lame = Builder::new().unwrap();
        lame.set_sample_rate(rate).unwrap();
        lame.set_brate(bitrate).unwrap();
        lame.set_num_channels(channels).unwrap();
        let mut lame = lame.build().unwrap();
        let samples: Vec<i16> = sound.iter().map(|sample| (sample * 32_767.0) as i16).collect();
        let mut file = Vec::with_capacity(2 * max_required_buffer_size(samples.len()));
        if channels == 1 {
            lame.encode_to_vec(MonoPcm(&samples), &mut file).unwrap();
        } else {
            let both: Vec<i16> = samples.iter().flat_map(|sample| [*sample; 2]).collect();
            lame.encode_to_vec(InterleavedPcm(&both), &mut file).unwrap();
        }
        lame.flush_to_vec::<FlushGap>(&mut file).unwrap();
        file
    }

    /// Decibels of `sound` over its difference from `heard`, which begins `delay` samples later.
    fn fidelity(sound: &[f32], heard: &[f32], delay: usize) -> f32 {
        let pairs = || sound.iter().zip(&heard[delay..]);
        let power: f32 = pairs().map(|(one, _)| one * one).sum();
        let noise: f32 = pairs().map(|(one, other)| (one - other).powi(2)).sum();
        10.0 * (power / noise).log10()
    }

    #[test]
    fn real_sound_comes_back() {
        for (rate, bitrate, channels) in [
            (44_100, Bitrate::Kbps128, 1),
            (48_000, Bitrate::Kbps192, 2),
            (24_000, Bitrate::Kbps64, 1),
            (22_050, Bitrate::Kbps64, 2),
            (16_000, Bitrate::Kbps48, 1),
            (11_025, Bitrate::Kbps32, 1),
        ] {
            let sound = sound(rate);
            let file = encoded(rate, bitrate, channels, &sound);
            let (mut mp3, mut heard) = (Mp3::new().unwrap(), Vec::new());
            file.chunks(97).for_each(|piece| mp3.push(piece, &mut heard));
            assert_eq!(mp3.rate(), Some(rate));
            // encoder and decoder hold back about a frame each, and the last one is filled up
            let over = heard.len() as i64 - sound.len() as i64;
            let best = (0..2_304).map(|delay| fidelity(&sound, &heard, delay)).fold(f32::MIN, f32::max);
            assert!((0..=3 * 1_152).contains(&over), "{rate}: {over} samples more");
            // it writes everything at 0.95 of its height, which alone leaves 26 dB
            assert!(best > 25.0, "{rate}: {best} dB");
            assert!(fidelity(&sound, &heard, 0) < 0.0, "and not just any sound would do");
        }
    }
}
