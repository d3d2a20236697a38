//! WAV files in and out, mono inside. Read by hand: recordings that were cut off, and streams whose length was never
//! filled in (what `ffmpeg` and `espeak-ng` write to a pipe), are read as far as they go, which stricter readers refuse.

use std::{fs, io, path::Path};
use voice::{Error, ErrorKind};

/// One turn holds no more.
const LONGEST_SECONDS: u64 = 600;
/// Ten minutes of anything that fits in here are read; larger files are not even opened.
const LARGEST_FILE: u64 = 1 << 30;
const RATES: std::ops::RangeInclusive<u32> = 4_000..=384_000;

/// A recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Wav {
    /// Samples a second.
    pub rate: u32,
    /// Mono, within −1.0..=1.0; several channels were averaged.
    pub samples: Vec<f32>,
}

impl Wav {
    /// Reads a file: PCM of 8 to 32 bits or float, any number of channels.
    ///
    /// # Errors
    /// `FileMissing`, `NotWav`, `Empty`, `TooLong` (over ten minutes), `Storage` if it cannot be read.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let trouble = |error: io::Error| {
            let kind =
                if error.kind() == io::ErrorKind::NotFound { ErrorKind::FileMissing } else { ErrorKind::Storage };
            Error::new(kind, name.clone(), format!("{error}."))
        };
        let about = fs::metadata(path).map_err(trouble)?;
        if about.is_dir() {
            return Err(Error::new(ErrorKind::NotWav, name, "It is a folder."));
        }
        if about.len() > LARGEST_FILE {
            return Err(Error::new(ErrorKind::TooLong, name, "It is over 1 GiB."));
        }
        let bytes = fs::read(path).map_err(trouble)?;
        Self::parse(&bytes).map_err(|error| Error { source: name.clone(), ..error })
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// `NotWav`, `Empty`, `TooLong`.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.is_empty() {
            return Err(refused(ErrorKind::Empty, "It has no bytes."));
        }
        let (format, data) = chunks(bytes)?;
        let frame = format.channels * format.sample_bytes;
        let frames = data.len() / frame;
        if frames == 0 {
            return Err(refused(ErrorKind::Empty, "It has no samples."));
        }
        let seconds = frames as u64 / u64::from(format.rate);
        if seconds >= LONGEST_SECONDS && frames as u64 > LONGEST_SECONDS * u64::from(format.rate) {
            return Err(refused(ErrorKind::TooLong, &format!("It lasts {seconds} s.")));
        }
        let mono = |frame: &[u8]| {
            let sum: f32 = frame.chunks_exact(format.sample_bytes).map(|bytes| format.sample.read(bytes)).sum();
            let mean = sum / format.channels as f32;
            if mean.is_finite() { mean.clamp(-1.0, 1.0) } else { 0.0 }
        };
        Ok(Self { rate: format.rate, samples: data.chunks_exact(frame).map(mono).collect() })
    }

    /// Writes a file of 16-bit samples.
    ///
    /// # Errors
    /// `Storage`.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        fs::write(path, self.bytes())
            .map_err(|error| Error::new(ErrorKind::Storage, path.display().to_string(), format!("{error}.")))
    }

    fn bytes(&self) -> Vec<u8> {
        let length = u32::try_from(self.samples.len() * 2).unwrap_or(u32::MAX);
        let mut bytes = Vec::with_capacity(44 + self.samples.len() * 2);
        bytes.extend(b"RIFF");
        bytes.extend(length.saturating_add(36).to_le_bytes());
        bytes.extend(b"WAVEfmt ");
        bytes.extend(16u32.to_le_bytes());
        // PCM, one channel
        bytes.extend([1, 0, 1, 0]);
        bytes.extend(self.rate.to_le_bytes());
        bytes.extend((self.rate.saturating_mul(2)).to_le_bytes());
        // two bytes a frame, sixteen bits a sample
        bytes.extend([2, 0, 16, 0]);
        bytes.extend(b"data");
        bytes.extend(length.to_le_bytes());
        for sample in &self.samples {
            bytes.extend(((sample * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16).to_le_bytes());
        }
        bytes
    }
}

struct Format {
    channels: usize,
    rate: u32,
    sample_bytes: usize,
    sample: Sample,
}

#[derive(Clone, Copy)]
enum Sample {
    Unsigned8,
    Signed,
    Float32,
    Float64,
}

impl Sample {
    fn read(self, bytes: &[u8]) -> f32 {
        match (self, bytes) {
            (Self::Unsigned8, [one]) => (f32::from(*one) - 128.0) / 128.0,
            (Self::Float32, [a, b, c, d]) => f32::from_le_bytes([*a, *b, *c, *d]),
            (Self::Float64, [a, b, c, d, e, f, g, h]) => f64::from_le_bytes([*a, *b, *c, *d, *e, *f, *g, *h]) as f32,
            (Self::Signed, [a, b]) => f32::from(i16::from_le_bytes([*a, *b])) / 32_768.0,
            (Self::Signed, [a, b, c]) => i32::from_le_bytes([0, *a, *b, *c]) as f32 / 2_147_483_648.0,
            (Self::Signed, [a, b, c, d]) => i32::from_le_bytes([*a, *b, *c, *d]) as f32 / 2_147_483_648.0,
            _ => 0.0,
        }
    }
}

/// Walks the chunks up to the samples.
fn chunks(bytes: &[u8]) -> Result<(Format, &[u8]), Error> {
    let not_wav = |why: &str| refused(ErrorKind::NotWav, why);
    let Some((b"RIFF" | b"RF64", rest)) = bytes.split_first_chunk::<4>() else {
        return Err(not_wav("It does not begin as a WAV file does."));
    };
    let Some((b"WAVE", mut rest)) = rest.get(4..).and_then(<[u8]>::split_first_chunk::<4>) else {
        return Err(not_wav("It holds something else than sound."));
    };
    let mut format = None;
    while let Some((name, after)) = rest.split_first_chunk::<4>() {
        let Some((length, body)) = after.split_first_chunk::<4>() else { break };
        let length = u32::from_le_bytes(*length) as usize;
        let whole = body.get(..length).unwrap_or(body);
        match name {
            b"fmt " => format = Some(read_format(whole)?),
            b"data" => {
                return format.map(|format| (format, whole)).ok_or_else(|| not_wav("Its format is not described."));
            }
            _ => {}
        }
        // chunks begin on even bytes
        rest = body.get(length.saturating_add(length % 2)..).unwrap_or_default();
    }
    Err(if format.is_some() { refused(ErrorKind::Empty, "It has no samples.") } else { not_wav("It is cut off.") })
}

fn read_format(chunk: &[u8]) -> Result<Format, Error> {
    let not_wav = |why: String| Err(refused(ErrorKind::NotWav, &why));
    let word =
        |at: usize| chunk.get(at..at + 2).and_then(|two| two.first_chunk()).map_or(0, |two| u16::from_le_bytes(*two));
    let (mut tag, channels, block, bits) = (word(0), usize::from(word(2)), usize::from(word(12)), word(14));
    let rate = u32::from(word(4)) | u32::from(word(6)) << 16;
    if tag == 0xfffe {
        // the extensible form: the real tag begins the identifier of the sub-format
        tag = word(24);
    }
    if chunk.len() < 16 || channels == 0 || !RATES.contains(&rate) {
        return not_wav(format!("{channels} channels at {rate} Hz cannot be read."));
    }
    let sample_bytes = block / channels;
    let sample = match (tag, bits, sample_bytes) {
        (1, 1..=8, 1) => Sample::Unsigned8,
        (1, 9..=16, 2) | (1, 17..=24, 3) | (1, 17..=32, 4) => Sample::Signed,
        (3, 32, 4) => Sample::Float32,
        (3, 64, 8) => Sample::Float64,
        _ => return not_wav(format!("Coding {tag} with {bits} bits cannot be read.")),
    };
    Ok(Format { channels, rate, sample_bytes, sample })
}

fn refused(kind: ErrorKind, why: &str) -> Error {
    Error::new(kind, "wav", why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn header(tag: u16, channels: u16, rate: u32, bits: u16, length: u32) -> Vec<u8> {
        let block = channels * bits.div_ceil(8);
        let mut bytes = b"RIFF\xff\xff\xff\xffWAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0".to_vec();
        bytes.extend(tag.to_le_bytes());
        bytes.extend(channels.to_le_bytes());
        bytes.extend(rate.to_le_bytes());
        bytes.extend((rate.wrapping_mul(u32::from(block))).to_le_bytes());
        bytes.extend(block.to_le_bytes());
        bytes.extend(bits.to_le_bytes());
        bytes.extend(b"data");
        bytes.extend(length.to_le_bytes());
        bytes
    }

    fn file(tag: u16, channels: u16, bits: u16, data: &[u8]) -> Vec<u8> {
        let mut bytes = header(tag, channels, 16_000, bits, data.len() as u32);
        bytes.extend(data);
        bytes
    }

    fn kind(bytes: &[u8]) -> ErrorKind {
        Wav::parse(bytes).unwrap_err().kind
    }

    #[test]
    fn every_sample_format_says_the_same() {
        let cases = [
            file(1, 1, 8, &[192, 64]),
            file(1, 1, 16, &[0, 0x40, 0, 0xc0]),
            file(1, 1, 24, &[0, 0, 0x40, 0, 0, 0xc0]),
            file(1, 1, 32, &[0, 0, 0, 0x40, 0, 0, 0, 0xc0]),
            file(3, 1, 32, &[0.5f32.to_le_bytes(), (-0.5f32).to_le_bytes()].concat()),
            file(3, 1, 64, &[0.5f64.to_le_bytes(), (-0.5f64).to_le_bytes()].concat()),
        ];
        for case in cases {
            assert_eq!(Wav::parse(&case).unwrap(), Wav { rate: 16_000, samples: vec![0.5, -0.5] });
        }
    }

    #[test]
    fn channels_are_averaged() {
        assert_eq!(Wav::parse(&file(1, 2, 8, &[192, 64, 255, 255])).unwrap().samples, [0.0, 127.0 / 128.0]);
    }

    #[test]
    fn a_length_that_was_never_filled_in_does_no_harm() {
        for length in [0xffff_ffff, 0x7fff_f000, 100_001] {
            let mut bytes = header(1, 1, 22_050, 16, length);
            bytes.extend([0, 0x40, 0]);
            assert_eq!(Wav::parse(&bytes).unwrap().samples, [0.5]);
        }
    }

    #[test]
    fn bad_files_are_told_apart() {
        assert_eq!(kind(b""), ErrorKind::Empty);
        assert_eq!(kind(b"OggS and so on"), ErrorKind::NotWav);
        assert_eq!(kind(b"RIFF\0\0\0\0AVI LIST"), ErrorKind::NotWav);
        assert_eq!(kind(b"RIFF\0\0\0\0WAVE"), ErrorKind::NotWav);
        assert_eq!(kind(&file(1, 1, 16, &[])), ErrorKind::Empty);
        assert_eq!(kind(&file(1, 1, 16, &[1])), ErrorKind::Empty);
        assert_eq!(kind(&file(2, 1, 4, &[0; 64])), ErrorKind::NotWav);
        assert_eq!(kind(&file(1, 0, 16, &[0; 64])), ErrorKind::NotWav);
        let mut long = header(1, 1, 8_000, 8, 0);
        long.truncate(long.len() - 4);
        long.extend(4_800_001u32.to_le_bytes());
        long.extend(vec![128; 4_800_000]);
        assert_eq!(Wav::parse(&long).unwrap().samples.len(), 4_800_000, "ten minutes are not too long");
        long.push(128);
        assert_eq!(kind(&long), ErrorKind::TooLong);
    }

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("one.wav");
        let wav = Wav { rate: 24_000, samples: vec![0.0, 0.25, -1.0, 0.5] };
        wav.write(&path).unwrap();
        assert_eq!(Wav::read(&path).unwrap(), wav);
        assert_eq!(Wav::read(folder.path().join("none.wav")).unwrap_err().kind, ErrorKind::FileMissing);
        assert_eq!(Wav::read(folder.path()).unwrap_err().kind, ErrorKind::NotWav);
        assert_eq!(wav.write(folder.path()).unwrap_err().kind, ErrorKind::Storage);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = Wav::parse(&bytes);
        }

        #[test]
        fn no_header_makes_it_panic(
            tag in prop::sample::select(vec![1u16, 3, 0xfffe, 2]), channels in any::<u16>(), rate in any::<u32>(),
            bits in 0u16..130, length in any::<u32>(), data in prop::collection::vec(any::<u8>(), 0..300),
        ) {
            let channels = channels % 40;
            let mut bytes = header(tag, channels, rate, bits, length);
            bytes.extend(data);
            if let Ok(wav) = Wav::parse(&bytes) {
                prop_assert!(!wav.samples.is_empty());
                prop_assert!(wav.samples.iter().all(|sample| (-1.0..=1.0).contains(sample)));
            }
        }
    }
}
