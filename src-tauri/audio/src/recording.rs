//! A kept recording, read back as far as it is whole. Its own file because what a crash tore is nobody else's concern:
//! sound from a network is read page by page.

use crate::{
    Wav,
    codec::{Decoder, RATE},
    ogg::{OggReader, samples},
};
use bytes::Bytes;
use std::io::{self, Read};
use voice::{Coding, Error, ErrorKind, Packet};

/// Bytes of a file that are looked at together.
const READ_AT_ONCE: usize = 16 * 1024;

/// What a file of ours holds, up to where it was torn.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// Bare Opus packets, in order.
    pub packets: Vec<Packet>,
    /// How long they sound, in seconds.
    pub seconds: f64,
    /// The file has its end. One that has not was torn by a crash or a power cut.
    pub whole: bool,
}

impl Recording {
    /// Reads a file that may end anywhere. What comes after a damaged page is left out: nobody knows what is missing.
    ///
    /// # Errors
    /// `Storage` if it cannot be read, `Empty` if it ends before its sound begins, `Unsupported` if it holds something
    /// else than Opus.
    pub fn read(mut file: impl Read) -> Result<Self, Error> {
        let (mut reader, mut piece) = (OggReader::default(), vec![0; READ_AT_ONCE]);
        let mut all = Self { packets: Vec::new(), seconds: 0.0, whole: false };
        let (mut begun, mut granule) = (false, 0);
        loop {
            let length = match file.read(&mut piece) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Error::new(ErrorKind::Storage, "recording", error.to_string())),
                Ok(length) => length,
            };
            reader.push(piece.get(..length).unwrap_or_default());
            while let Some(page) = reader.next_page()? {
                begun |= page.head.is_some();
                let sum: u64 = page.packets.iter().map(|packet| samples(packet)).sum();
                granule += sum;
                if page.granule > granule {
                    return all.ended(begun);
                }
                all.seconds += sum as f64 / 48_000.0;
                let packets = page.packets.into_iter().map(Bytes::from);
                all.packets.extend(packets.map(|bytes| Packet { coding: Coding::Opus, bytes }));
                all.whole = page.last;
                if all.whole {
                    // what follows is another stream, whether it came with this piece or later
                    return all.ended(begun);
                }
            }
            if length == 0 {
                break;
            }
        }
        all.ended(begun)
    }

    /// All of it, decoded to 16,000 samples a second, which is what was recorded.
    ///
    /// # Errors
    /// `AudioFailed` if a packet is none of Opus.
    pub fn sound(&self) -> Result<Wav, Error> {
        let mut decoder = Decoder::new(RATE);
        let mut samples = Vec::new();
        for packet in &self.packets {
            samples.extend(decoder.push(packet)?.into_iter().flat_map(|frame| frame.samples));
        }
        samples.extend(decoder.finish().into_iter().flat_map(|frame| frame.samples));
        Ok(Wav { rate: RATE, samples })
    }

    fn ended(self, begun: bool) -> Result<Self, Error> {
        if begun {
            Ok(self)
        } else {
            Err(Error::new(ErrorKind::Empty, "recording", "it ends before its sound begins."))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Encoder, OggWriter};

    #[test]
    fn a_recording_sounds_as_it_was_recorded() {
        let tone: Vec<f32> =
            (0..16_000).map(|n| (n as f32 * 440.0 * std::f32::consts::TAU / 16_000.0).sin() * 0.5).collect();
        let mut encoder = Encoder::new().unwrap();
        let (mut ogg, mut file) = OggWriter::new(1);
        for frame in tone.chunks(320) {
            file.extend(ogg.push(&encoder.push(frame).unwrap()));
        }
        file.extend(ogg.finish());
        let sound = Recording::read(&file[..]).unwrap().sound().unwrap();
        assert_eq!(sound.rate, 16_000);
        assert!((sound.samples.len() as f64 / 16_000.0 - 1.0).abs() < 0.03, "{}", sound.samples.len());
        let rms = |samples: &[f32]| (samples.iter().map(|x| x * x).sum::<f32>() / samples.len() as f32).sqrt();
        let middle = rms(&sound.samples[4_000..12_000]);
        assert!((middle - rms(&tone)).abs() < 0.05, "{middle}");
    }
}
