//! Sound as it passes between rooms: decoded (`Frame`) or coded (`Packet`). Its own file because every stage of a turn
//! handles one of the two and nothing else about audio.

use bytes::Bytes;

/// A short piece of decoded sound: mono samples in −1.0..=1.0 at `rate` Hz. Usually 20 ms, never over one second.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Samples a second.
    pub rate: u32,
    /// Mono, nominally within −1.0..=1.0.
    pub samples: Vec<f32>,
}

impl Frame {
    /// Length in seconds.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.rate.max(1))
    }
}

/// How the bytes of a packet are to be read. Mono throughout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Coding {
    /// One bare Opus packet of 20 ms (RFC 6716).
    Opus,
    /// A piece of an Ogg-Opus file (RFC 7845), cut anywhere.
    OggOpus,
    /// A piece of a WAV file that is still being written, cut anywhere: the sizes in its header mean nothing, the data
    /// goes on to the end. Its header says the rate.
    Wav,
    /// A piece of an MP3 stream, cut anywhere.
    Mp3,
    /// Signed 16-bit little-endian samples; a packet may end on an odd byte.
    Pcm16 {
        /// Samples a second.
        rate: u32,
    },
}

/// A piece of coded sound that says itself how it is coded. Cheap to clone: journal, wire and replay share the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// How to read `bytes`.
    pub coding: Coding,
    /// The coded sound.
    pub bytes: Bytes,
}

/// Sound on its way to a transcriber. The end of the stream is the end of the utterance.
pub type PacketStream = crate::BoxStream<Packet>;
