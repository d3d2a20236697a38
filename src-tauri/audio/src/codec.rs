//! Coded sound to frames and back. The one place that knows libopus.

use crate::{mp3::Mp3, ogg::OggReader, resample::Resampler, wav_stream::WavStream};
use bytes::Bytes;
use opus::{Application, Bitrate, Channels};
use voice::{Coding, Error, ErrorKind, Frame, Packet};

/// What the microphone's packets are made from, in Hz: all that speech recognition wants.
pub(crate) const RATE: u32 = 16_000;
/// Samples of one packet: 20 ms.
pub const FRAME: usize = 320;
/// How far the encoder lags behind, in samples at 16 kHz: 6.5 ms (libopus in VOIP mode).
pub(crate) const LOOKAHEAD: usize = 104;
/// Bits a second.
const BITRATE: i32 = 24_000;
/// How hard libopus thinks, of 10. Against 9, its own choice, it takes a fifth less of the processor; the speech is as good
/// (PESQ, wide band: 4.28 and 4.30, in the mean of 16 recordings; 5 takes a quarter less, for 4.25).
const COMPLEXITY: i32 = 6;
/// The longest packet there is (RFC 6716, section 3.2.1).
const LARGEST: usize = 1_275;
/// The rates that libopus decodes to by itself.
const NATIVE: [u32; 5] = [8_000, 12_000, 16_000, 24_000, 48_000];
/// The longest sound of one packet: 120 ms.
const LONGEST_PER_SECOND: u32 = 8;
/// No packet sounds longer, in seconds: a page of a few bytes can say that it lasts half a minute.
const LONGEST_AT_ONCE: usize = 60;
/// No frame that is given out is longer: half a second.
const LONGEST_FRAME_PER_SECOND: u32 = 2;

/// Speech to Opus packets of 20 ms: 16 kHz mono, 24 kbit/s, tuned for voice.
pub struct Encoder {
    inner: opus::Encoder,
    packet: Vec<u8>,
}

impl Encoder {
    /// A new stream.
    ///
    /// # Errors
    /// `AudioFailed` if libopus refuses, which means that memory ran out.
    pub fn new() -> Result<Self, Error> {
        let mut inner = opus::Encoder::new(RATE, Channels::Mono, Application::Voip).map_err(failed)?;
        inner.set_bitrate(Bitrate::Bits(BITRATE)).map_err(failed)?;
        inner.set_complexity(COMPLEXITY).map_err(failed)?;
        Ok(Self { inner, packet: vec![0; LARGEST] })
    }

    /// Encodes 320 samples: 20 ms at 16 kHz.
    ///
    /// # Errors
    /// `AudioFailed` for any other number of samples.
    pub fn push(&mut self, frame: &[f32]) -> Result<Packet, Error> {
        if frame.len() != FRAME {
            return Err(Error::new(ErrorKind::AudioFailed, "opus", format!("{} samples are no frame.", frame.len())));
        }
        let length = self.inner.encode_float(frame, &mut self.packet).map_err(failed)?;
        let bytes = Bytes::copy_from_slice(self.packet.get(..length).unwrap_or_default());
        Ok(Packet { coding: Coding::Opus, bytes })
    }
}

/// Packets of any coding to frames at one rate. The coding may change in between.
pub struct Decoder {
    rate: u32,
    coding: Option<Coding>,
    source: Source,
    /// None where both rates are the same.
    resampler: Option<Resampler>,
    /// At `rate`; not given out yet.
    ready: Vec<f32>,
}

impl Decoder {
    /// Frames will come at `rate` Hz.
    #[must_use]
    pub fn new(rate: u32) -> Self {
        Self { rate, coding: None, source: Source::None, resampler: None, ready: Vec::new() }
    }

    /// Takes one packet; gives all of its sound, in one frame unless that would last over half a second.
    ///
    /// # Errors
    /// `AudioFailed` for bytes that are not what their coding says; the decoder can go on with the next packet.
    pub fn push(&mut self, packet: &Packet) -> Result<Vec<Frame>, Error> {
        if self.coding != Some(packet.coding) {
            self.end_source();
            self.start(packet.coding)?;
        }
        let mut sound = Vec::new();
        let decoded = self.source.decode(&packet.bytes, &mut sound);
        if let Some(rate) = self.source.rate().filter(|rate| *rate != self.rate && self.resampler.is_none()) {
            self.resampler = Some(Resampler::new(rate, self.rate)?);
        }
        match &mut self.resampler {
            Some(resampler) => resampler.push(&sound, &mut self.ready),
            None if self.ready.is_empty() => self.ready = sound,
            None => self.ready.append(&mut sound),
        }
        decoded?;
        Ok(self.frames())
    }

    /// Ends the sound: gives the tail that resampling held back. The next `push` starts a new sound.
    pub fn finish(&mut self) -> Vec<Frame> {
        self.end_source();
        self.frames()
    }

    fn start(&mut self, coding: Coding) -> Result<(), Error> {
        let native = if NATIVE.contains(&self.rate) { self.rate } else { 48_000 };
        self.source = match coding {
            Coding::Pcm16 { rate } => Source::Pcm { rate, odd: None },
            Coding::Wav => Source::Wav { stream: WavStream::default(), odd: None },
            Coding::Mp3 => Source::Mp3(Box::new(Mp3::new()?)),
            Coding::Opus => Source::Opus(Voice::new(native)?),
            Coding::OggOpus => Source::Ogg { reader: OggReader::default(), voice: Voice::new(native)? },
        };
        self.coding = Some(coding);
        Ok(())
    }

    fn end_source(&mut self) {
        if let Some(resampler) = &mut self.resampler {
            resampler.flush(&mut self.ready);
        }
        self.coding = None;
        self.resampler = None;
        self.source = Source::None;
    }

    fn frames(&mut self) -> Vec<Frame> {
        let (rate, longest) = (self.rate, (self.rate / LONGEST_FRAME_PER_SECOND).max(1) as usize);
        let sound = std::mem::take(&mut self.ready);
        match sound.len() {
            0 => Vec::new(),
            length if length <= longest => vec![Frame { rate, samples: sound }],
            _ => sound.chunks(longest).map(|samples| Frame { rate, samples: samples.to_vec() }).collect(),
        }
    }
}

enum Source {
    None,
    Pcm { rate: u32, odd: Option<u8> },
    Wav { stream: WavStream, odd: Option<u8> },
    Mp3(Box<Mp3>),
    Opus(Voice),
    Ogg { reader: OggReader, voice: Voice },
}

impl Source {
    fn decode(&mut self, bytes: &[u8], out: &mut Vec<f32>) -> Result<(), Error> {
        match self {
            Self::None => Ok(()),
            Self::Pcm { odd, .. } => {
                decode_pcm(odd, bytes, out);
                Ok(())
            }
            Self::Wav { stream, odd } => {
                decode_pcm(odd, stream.push(bytes)?, out);
                Ok(())
            }
            Self::Mp3(stream) => {
                stream.push(bytes, out);
                Ok(())
            }
            Self::Opus(voice) => voice.decode(bytes, out),
            Self::Ogg { reader, voice } => {
                reader.push(bytes);
                while let Some(page) = reader.next_page()? {
                    voice.decode_page(&page, out)?;
                    if out.len() > LONGEST_AT_ONCE * voice.rate as usize {
                        *reader = OggReader::default();
                        return Err(Error::new(ErrorKind::AudioFailed, "opus", "over a minute came at once."));
                    }
                }
                Ok(())
            }
        }
    }
}

impl Source {
    /// Samples a second, as soon as that is known.
    fn rate(&self) -> Option<u32> {
        match self {
            Self::None => None,
            Self::Pcm { rate, .. } => Some(*rate),
            Self::Wav { stream, .. } => stream.rate(),
            Self::Mp3(stream) => stream.rate(),
            Self::Opus(voice) | Self::Ogg { voice, .. } => Some(voice.rate),
        }
    }
}

fn decode_pcm(odd: &mut Option<u8>, mut bytes: &[u8], out: &mut Vec<f32>) {
    let sample = |low: u8, high: u8| f32::from(i16::from_le_bytes([low, high])) / 32_768.0;
    if let (Some(low), Some((high, rest))) = (*odd, bytes.split_first()) {
        out.push(sample(low, *high));
        *odd = None;
        bytes = rest;
    }
    let (pairs, rest) = bytes.as_chunks::<2>();
    out.extend(pairs.iter().map(|[low, high]| sample(*low, *high)));
    if let [low] = rest {
        *odd = Some(*low);
    }
}

/// An Opus decoder and its place in an Ogg stream.
struct Voice {
    inner: opus::Decoder,
    rate: u32,
    sound: Vec<f32>,
    /// Of the pre-skip, samples that have still to be dropped.
    skip: usize,
    /// Samples at 48 kHz up to the end of the last page.
    granule: u64,
}

impl Voice {
    fn new(rate: u32) -> Result<Self, Error> {
        let inner = opus::Decoder::new(rate, Channels::Mono).map_err(failed)?;
        Ok(Self { inner, rate, sound: vec![0.0; (rate / LONGEST_PER_SECOND) as usize], skip: 0, granule: 0 })
    }

    fn decode(&mut self, bytes: &[u8], out: &mut Vec<f32>) -> Result<(), Error> {
        // libopus would invent 120 ms for a packet without bytes
        if bytes.is_empty() {
            return Ok(());
        }
        let length = self.inner.decode_float(bytes, &mut self.sound, false).map_err(failed)?;
        out.extend_from_slice(self.sound.get(..length).unwrap_or_default());
        Ok(())
    }

    fn decode_page(&mut self, page: &crate::ogg::Page, out: &mut Vec<f32>) -> Result<(), Error> {
        if let Some(head) = page.head {
            self.inner.reset_state().map_err(failed)?;
            self.skip = self.at_rate(u64::from(head.pre_skip));
            self.granule = 0;
        }
        let start = out.len();
        for packet in &page.packets {
            self.decode(packet, out)?;
        }
        if page.packets.is_empty() {
            return Ok(());
        }
        if page.last {
            // RFC 7845, section 4.4: the last page may say that less is to be heard than its packets hold
            let heard = self.at_rate(page.granule.saturating_sub(self.granule));
            out.truncate(start.saturating_add(heard));
        }
        self.granule = page.granule;
        let skipped = self.skip.min(out.len() - start);
        out.drain(start..start + skipped);
        self.skip -= skipped;
        Ok(())
    }

    fn at_rate(&self, samples: u64) -> usize {
        usize::try_from(u128::from(samples) * u128::from(self.rate) / 48_000).unwrap_or(usize::MAX)
    }
}

fn failed(error: opus::Error) -> Error {
    Error::new(ErrorKind::AudioFailed, "opus", format!("{}.", error.description()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OggWriter;
    use proptest::prelude::*;

    fn tone(samples: usize) -> Vec<f32> {
        (0..samples).map(|n| (n as f32 * 440.0 * std::f32::consts::TAU / 16_000.0).sin() * 0.5).collect()
    }

    fn encoded(sound: &[f32]) -> Vec<Packet> {
        let mut encoder = Encoder::new().unwrap();
        sound.chunks_exact(FRAME).map(|frame| encoder.push(frame).unwrap()).collect()
    }

    fn decoded(rate: u32, packets: &[Packet]) -> Vec<f32> {
        let mut decoder = Decoder::new(rate);
        let mut frames: Vec<Frame> = packets.iter().flat_map(|packet| decoder.push(packet).unwrap()).collect();
        frames.extend(decoder.finish());
        assert!(frames.iter().all(|frame| frame.rate == rate && frame.seconds() <= 0.5));
        frames.into_iter().flat_map(|frame| frame.samples).collect()
    }

    /// Periods of a tone that is loud enough to be one.
    fn periods(sound: &[f32]) -> usize {
        let mut below = false;
        let rises = |sample: &&f32| {
            let rose = below && **sample > 0.1;
            below = **sample < -0.1 || (below && !rose);
            rose
        };
        sound.iter().filter(rises).count()
    }

    fn ogg(packets: &[Packet]) -> Vec<u8> {
        let (mut writer, mut file) = OggWriter::new(7);
        packets.iter().for_each(|packet| file.extend(writer.push(packet)));
        file.extend(writer.finish());
        file
    }

    fn pieces(coding: Coding, bytes: &[u8], size: usize) -> Vec<Packet> {
        bytes.chunks(size).map(|piece| Packet { coding, bytes: Bytes::copy_from_slice(piece) }).collect()
    }

    #[test]
    fn a_tone_comes_back_at_any_rate() {
        let packets = encoded(&tone(16_000));
        assert_eq!(packets.len(), 50);
        for rate in [16_000, 24_000, 44_100, 48_000] {
            let sound = decoded(rate, &packets);
            assert!(sound.len().abs_diff(rate as usize) <= 1, "{} samples at {rate} Hz", sound.len());
            assert!(periods(&sound).abs_diff(440) <= 4, "{} Hz at {rate} Hz", periods(&sound));
            let step = sound.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
            let clean = 0.5 * 440.0 * std::f32::consts::TAU / rate as f32;
            assert!(step < 2.0 * clean, "a click of {step} at {rate} Hz");
        }
    }

    #[test]
    fn the_lookahead_is_the_encoders_own() {
        assert_eq!(Encoder::new().unwrap().inner.get_lookahead().unwrap() as usize, LOOKAHEAD);
    }

    #[test]
    fn speech_stays_near_its_bitrate() {
        let bytes: usize = encoded(&tone(16_000 * 4)).iter().map(|packet| packet.bytes.len()).sum();
        assert!(bytes * 2 < 30_000, "{} bit/s", bytes * 2);
    }

    #[test]
    fn an_odd_byte_is_carried_over() {
        let bytes: Vec<u8> = (0..2_000i16).flat_map(|n| (n * 16).to_le_bytes()).collect();
        let coding = Coding::Pcm16 { rate: 16_000 };
        let whole = decoded(16_000, &pieces(coding, &bytes, 4_000));
        for size in [1, 3, 641, 1_999] {
            assert_eq!(decoded(16_000, &pieces(coding, &bytes, size)), whole, "pieces of {size}");
        }
        assert_eq!((whole.len(), whole[100]), (2_000, 1_600.0 / 32_768.0));
    }

    fn wav_head(rate: u32, before: &[u8], size: u32) -> Vec<u8> {
        let (riff, wave): (&[u8], &[u8]) = (b"RIFF", b"WAVE");
        let mut head = [riff, &u32::MAX.to_le_bytes(), wave, before].concat();
        head.extend(b"fmt \x10\0\0\0\x01\0\x01\0");
        head.extend([rate.to_le_bytes(), (rate * 2).to_le_bytes()].concat());
        head.extend(b"\x02\0\x10\0data");
        head.extend(size.to_le_bytes());
        head
    }

    #[test]
    fn a_wav_is_read_while_it_is_written() {
        let samples: Vec<u8> = tone(2_000).iter().flat_map(|one| ((one * 32_767.0) as i16).to_le_bytes()).collect();
        let bare = decoded(24_000, &pieces(Coding::Pcm16 { rate: 22_050 }, &samples, 640));
        let list: &[u8] = b"LIST\x03\0\0\0abc\0";
        for (before, size) in [(&[][..], u32::MAX), (list, 0), (&[], 0x7fff_ffff), (&[], 2_000_000_000)] {
            let file = [wav_head(22_050, before, size), samples.clone()].concat();
            for piece in [1, 7, 640, file.len()] {
                assert_eq!(decoded(24_000, &pieces(Coding::Wav, &file, piece)), bare, "pieces of {piece}, size {size}");
            }
        }
        let stereo = [&wav_head(8_000, &[], 0)[..22], b"\x02", &wav_head(8_000, &[], 0)[23..]].concat();
        for wrong in [&stereo[..], b"<html>not sound at all</html>"] {
            assert!(Decoder::new(24_000).push(&pieces(Coding::Wav, wrong, 200)[0]).is_err());
        }
    }

    #[test]
    fn mp3_may_be_cut_anywhere() {
        // 24 kHz, 64 kbit/s, MPEG 2: 192 bytes a frame; all zero is silence
        let mut frame = vec![0xff, 0xf3, 0x84, 0xc0];
        frame.resize(192, 0);
        let file = [b"ID3\x04\0\0\0\0\0\x05tagged"[..15].to_vec(), frame.repeat(10), vec![0xff]].concat();
        for piece in [1, 100, 193, file.len()] {
            let sound = decoded(24_000, &pieces(Coding::Mp3, &file, piece));
            assert_eq!(sound.len(), 10 * 576, "pieces of {piece}");
        }
    }

    #[test]
    fn an_mp3_may_be_cut_at_every_byte() {
        let mut frame = vec![0xff, 0xf3, 0x84, 0xc0];
        frame.resize(192, 0);
        let file = [b"ID3\x04\0\0\0\0\0\x05tagged"[..15].to_vec(), frame.repeat(3), vec![0xff, 0xf3]].concat();
        let whole = decoded(24_000, &pieces(Coding::Mp3, &file, file.len()));
        for at in 1..file.len() {
            let (before, after) = file.split_at(at);
            let cut = [before, after].map(|piece| Packet { coding: Coding::Mp3, bytes: Bytes::copy_from_slice(piece) });
            assert_eq!(decoded(24_000, &cut), whole, "{at}");
        }
    }

    #[test]
    fn a_page_that_says_it_lasts_for_hours_is_an_error() {
        // one byte says six frames of 20 ms in which nobody speaks; a page of 300 bytes is half a minute
        let (mut writer, mut file) = OggWriter::new(1);
        let still = Packet { coding: Coding::Opus, bytes: Bytes::from_static(&[0x4b, 0x06]) };
        (0..5_000).for_each(|_| file.extend(writer.push(&still)));
        let mut decoder = Decoder::new(24_000);
        let bomb = Packet { coding: Coding::OggOpus, bytes: file.into() };
        assert_eq!(decoder.push(&bomb).unwrap_err().kind, ErrorKind::AudioFailed);
        let rest: f64 = decoder.finish().iter().map(Frame::seconds).sum();
        assert!(rest < 70.0, "{rest} s of ten minutes");
    }

    #[test]
    fn the_delay_of_the_encoder_is_taken_off() {
        let packets = encoded(&tone(16_000));
        let (bare, file) = (decoded(16_000, &packets), ogg(&packets));
        let held = decoded(16_000, &pieces(Coding::OggOpus, &file, file.len()));
        assert_eq!(held, bare[LOOKAHEAD..]);
    }

    #[test]
    fn streams_may_follow_each_other() {
        let file = ogg(&encoded(&tone(3_200)));
        let twice = decoded(16_000, &pieces(Coding::OggOpus, &[file.clone(), file].concat(), 50));
        assert_eq!(twice.len(), 2 * (3_200 - LOOKAHEAD));
    }

    #[test]
    fn the_coding_may_change() {
        let mut packets = encoded(&tone(3_200));
        packets.extend(pieces(Coding::Pcm16 { rate: 8_000 }, &[0; 3_200], 320));
        assert_eq!(decoded(16_000, &packets).len(), 3_200 + 3_200);
    }

    #[test]
    fn bad_packets_are_errors() {
        let mut decoder = Decoder::new(16_000);
        let bad = Packet { coding: Coding::Opus, bytes: Bytes::from_static(&[0xff; 3]) };
        assert_eq!(decoder.push(&bad).unwrap_err().kind, ErrorKind::AudioFailed);
        let good = encoded(&tone(320));
        assert_eq!(decoder.push(&good[0]).unwrap().len(), 1, "the next one is decoded");
        let no_rate = Packet { coding: Coding::Pcm16 { rate: 0 }, bytes: Bytes::from_static(&[0; 8]) };
        assert!(decoder.push(&no_rate).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn ogg_may_be_cut_anywhere(cuts in prop::collection::vec(1usize..400, 1..40)) {
            let file = ogg(&encoded(&tone(16_000)));
            let mut rest = &file[..];
            let mut packets = Vec::new();
            for cut in cuts.iter().cycle() {
                let (now, later) = rest.split_at((*cut).min(rest.len()));
                packets.extend(pieces(Coding::OggOpus, now, now.len().max(1)));
                rest = later;
                if rest.is_empty() { break }
            }
            let whole = decoded(24_000, &pieces(Coding::OggOpus, &file, file.len()));
            prop_assert_eq!(decoded(24_000, &packets), whole);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..600), flips in prop::collection::vec((0usize..4_000, any::<u8>()), 0..8)) {
            for coding in [Coding::Opus, Coding::OggOpus, Coding::Mp3, Coding::Wav, Coding::Pcm16 { rate: 22_050 }] {
                let mut decoder = Decoder::new(24_000);
                decoder.push(&Packet { coding, bytes: bytes.clone().into() }).ok();
                decoder.finish();
            }
            let mut file = ogg(&encoded(&tone(8_000)));
            let length = file.len();
            flips.iter().for_each(|(at, with)| file[at % length] ^= with);
            let mut decoder = Decoder::new(48_000);
            for packet in pieces(Coding::OggOpus, &file, 97) {
                decoder.push(&packet).ok();
            }
        }
    }
}
