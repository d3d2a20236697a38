//! Coded sound through the decoder, whole and in pieces. Its own file because four targets ask the same of four codings.

use audio::Decoder;
use voice::{Coding, Packet};

/// What came of a stream.
#[derive(Debug, PartialEq)]
pub struct Heard {
    pub samples: Vec<f32>,
    pub failed: bool,
}

/// Decodes `pieces` of one stream at `rate`.
pub fn decoded(coding: Coding, rate: u32, pieces: &[Vec<u8>]) -> Heard {
    let (mut decoder, mut heard) = (Decoder::new(rate), Heard { samples: Vec::new(), failed: false });
    for piece in pieces {
        heard.push(&mut decoder, coding, piece);
    }
    // what waits behind a broken page comes with the next piece
    for _ in 0..64 {
        if !heard.push(&mut decoder, coding, &[]) {
            break;
        }
    }
    heard.samples.extend(decoder.finish().into_iter().flat_map(|frame| frame.samples));
    heard
}

impl Heard {
    fn push(&mut self, decoder: &mut Decoder, coding: Coding, piece: &[u8]) -> bool {
        let pushed = decoder.push(&Packet { coding, bytes: piece.to_vec().into() });
        let failed = pushed.is_err();
        self.failed |= failed;
        for frame in pushed.unwrap_or_default() {
            assert!(frame.seconds() <= 1.0, "a frame of {} s", frame.seconds());
            self.samples.extend(frame.samples);
        }
        failed
    }
}

/// The same sound comes whole and in pieces, it is finite, and no more than `most` seconds of it.
pub fn is_bounded(coding: Coding, bytes: &[u8], cut: u8, most: f64) {
    let rate = [24_000, 48_000, 44_100, 16_000][usize::from(cut) % 4];
    let whole = decoded(coding, rate, &[bytes.to_vec()]);
    assert!(whole.samples.iter().all(|sample| sample.is_finite()));
    let seconds = whole.samples.len() as f64 / f64::from(rate);
    assert!(seconds <= most, "{seconds} s of {} bytes", bytes.len());
    let parts = decoded(coding, rate, &crate::pieces(bytes, cut));
    assert_eq!(whole.failed, parts.failed);
    assert!(whole.samples == parts.samples, "{} samples, in pieces {}", whole.samples.len(), parts.samples.len());
}
