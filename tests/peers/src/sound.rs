//! The voice of the peers and their ear. The voice is a tone whose frequency says which phrase it is, so that a swapped
//! or doubled phrase is seen in a recording; the ear decodes what was uploaded, so that noise is refused.

use audio::{Decoder, Encoder, OggWriter, Wav};
use bytes::Bytes;
use std::{f64::consts::TAU, time::Duration};
use voice::{Coding, Packet};

/// Seconds of sound that are sent at a time.
pub(crate) const CHUNK: f64 = 0.1;
/// Characters that are spoken in a second.
const CHARACTERS: f64 = 15.5;
/// Amplitude: −12 dBFS.
const LOUDNESS: f64 = 0.251_188_6;
/// Seconds in which a phrase fades in, and out.
const FADE: f64 = 0.01;
/// Where the header of a streamed WAV file cannot know sizes.
const UNKNOWN: u32 = u32::MAX;

/// 100 ms of sound, or what is left.
pub(crate) type Chunk = Vec<i16>;

/// How long `text` is spoken, in seconds: 15.5 characters a second, blanks around it not counted.
#[must_use]
pub fn seconds(text: &str) -> f64 {
    text.trim().chars().count() as f64 / CHARACTERS
}

/// The frequency in Hz that `text` is spoken with, 200..=1990 in steps of 10; blanks around it do not matter.
#[must_use]
pub fn tone(text: &str) -> f64 {
    // FNV-1a: the same in every build
    let hash = text
        .trim()
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    200.0 + 10.0 * (hash % 180) as f64
}

/// The sound of `text` at `rate` Hz, made piece by piece.
pub(crate) fn chunks(text: &str, rate: u32) -> impl Iterator<Item = Chunk> + Send + use<> {
    let rate = f64::from(rate);
    let (total, size, fade) = ((seconds(text) * rate) as usize, (rate * CHUNK) as usize, FADE * rate);
    // the turning of a pointer costs less than a sine for every sample
    let (turn_im, turn_re) = (TAU * tone(text) / rate).sin_cos();
    let (mut re, mut im, mut done) = (1.0f64, 0.0f64, 0usize);
    std::iter::from_fn(move || {
        let length = size.min(total - done);
        let chunk = (done..done + length).map(|n| {
            let edge = (n as f64).min((total - n) as f64) / fade;
            let sample = im * LOUDNESS * edge.min(1.0);
            (re, im) = (re * turn_re - im * turn_im, re * turn_im + im * turn_re);
            (sample * 32_767.0) as i16
        });
        let chunk: Chunk = chunk.collect();
        done += length;
        (length > 0).then_some(chunk)
    })
}

/// Samples as bytes, little-endian.
pub(crate) fn pcm(chunk: &Chunk) -> Bytes {
    chunk.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

/// The header of a WAV file of 16-bit mono sound that is still being made.
pub(crate) fn wav_head(rate: u32) -> Vec<u8> {
    let mut head = b"RIFF".to_vec();
    head.extend(UNKNOWN.to_le_bytes());
    head.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    head.extend(rate.to_le_bytes());
    head.extend((rate * 2).to_le_bytes());
    head.extend(b"\x02\0\x10\0data");
    head.extend(UNKNOWN.to_le_bytes());
    head
}

/// Chunks at 16 kHz as an Ogg-Opus file, in pages of half a second.
pub(crate) fn ogg<T: Copy + Send>(
    chunks: impl Iterator<Item = (T, Chunk)> + Send,
) -> impl Iterator<Item = (T, Bytes)> + Send {
    let (mut writer, head) = OggWriter::new(1);
    let (mut encoder, mut pages, mut last) = (Encoder::new().ok(), Some(head), None);
    let mut chunks = chunks.fuse();
    std::iter::from_fn(move || {
        let Some((when, mut chunk)) = chunks.next() else {
            return Some((last?, Bytes::from(writer.finish()))).filter(|(_, bytes)| !bytes.is_empty());
        };
        last = Some(when);
        let mut bytes = pages.take().unwrap_or_default();
        chunk.resize(chunk.len().next_multiple_of(320), 0);
        for frame in chunk.chunks(320) {
            let frame: Vec<f32> = frame.iter().map(|sample| f32::from(*sample) / 32_768.0).collect();
            let packet = encoder.as_mut().and_then(|encoder| encoder.push(&frame).ok());
            bytes.extend(packet.map(|packet| writer.push(&packet)).unwrap_or_default());
        }
        Some((when, bytes.into()))
    })
}

/// How long an upload is, or why it is no sound.
pub(crate) fn listen(coding: Coding, bytes: &Bytes) -> Result<Duration, String> {
    let wav = |wav: Wav| wav.samples.len() as f64 / f64::from(wav.rate);
    let seconds = match coding {
        Coding::Wav => Wav::parse(bytes).map(wav).map_err(|error| error.detail)?,
        _ => {
            let mut ear = Ear::new(coding);
            ear.push(bytes)?;
            ear.finish()
        }
    };
    if seconds > 0.0 { Ok(Duration::from_secs_f64(seconds)) } else { Err("it holds no sound".into()) }
}

/// An ear for sound that comes in pieces.
pub(crate) struct Ear {
    coding: Coding,
    decoder: Decoder,
    /// Seconds heard so far.
    pub(crate) seconds: f64,
}

impl Ear {
    pub(crate) fn new(coding: Coding) -> Self {
        Self { coding, decoder: Decoder::new(16_000), seconds: 0.0 }
    }

    /// # Errors
    /// Why the bytes are not what their coding says.
    pub(crate) fn push(&mut self, bytes: &Bytes) -> Result<(), String> {
        if self.coding == Coding::OggOpus && self.seconds == 0.0 && bytes.len() >= 4 && !bytes.starts_with(b"OggS") {
            return Err("it does not begin with an Ogg page".into());
        }
        let packet = Packet { coding: self.coding, bytes: bytes.clone() };
        let frames = self.decoder.push(&packet).map_err(|error| error.detail)?;
        self.seconds += frames.iter().map(voice::Frame::seconds).sum::<f64>();
        Ok(())
    }

    /// All that was heard, in seconds.
    pub(crate) fn finish(&mut self) -> f64 {
        self.seconds += self.decoder.finish().iter().map(voice::Frame::seconds).sum::<f64>();
        self.seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_is_its_tone() {
        let sound: Vec<i16> = chunks("Shall I keep two seats?", 24_000).flatten().collect();
        let rises = sound.windows(2).filter(|pair| pair[0] < 0 && pair[1] >= 0).count() as f64;
        let spoken = sound.len() as f64 / 24_000.0;
        assert!((spoken - seconds("Shall I keep two seats?")).abs() < 0.001);
        assert!((rises / spoken - tone("Shall I keep two seats?")).abs() < 3.0);
        let loudest = f64::from(*sound.iter().max().unwrap()) / 32_768.0;
        assert!((20.0 * loudest.log10() + 12.0).abs() < 0.1);
        assert!(sound[0].abs() < 100 && sound[sound.len() - 1].abs() < 200, "it fades");
        assert_ne!(tone("one"), tone("two"));
    }

    #[test]
    fn what_is_said_can_be_heard() {
        let text = "It needs about two hours.";
        let whole: Vec<i16> = chunks(text, 16_000).flatten().collect();
        let wav: Bytes = [wav_head(16_000), pcm(&whole).to_vec()].concat().into();
        let opus: Vec<u8> = ogg(chunks(text, 16_000).map(|chunk| ((), chunk))).flat_map(|(_, bytes)| bytes).collect();
        for (coding, bytes) in
            [(Coding::Wav, wav), (Coding::OggOpus, opus.into()), (Coding::Pcm16 { rate: 16_000 }, pcm(&whole))]
        {
            let heard = listen(coding, &bytes).unwrap().as_secs_f64();
            assert!((heard - seconds(text)).abs() < 0.05, "{coding:?}: {heard} s");
        }
        assert!(listen(Coding::OggOpus, &Bytes::from_static(b"not an ogg file at all")).is_err());
        assert!(listen(Coding::Pcm16 { rate: 16_000 }, &Bytes::new()).is_err());
    }
}
