//! A recording of ours, torn or damaged, read whole and in pieces.

#![no_main]

use audio::Recording;
use fuzz::{Input, pieces};
use libfuzzer_sys::fuzz_target;
use std::io::{self, Read};
use voice::ErrorKind;

/// A file that gives no more than a piece at once.
struct Slow(std::vec::IntoIter<Vec<u8>>);

impl Read for Slow {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let piece = self.0.next().unwrap_or_default();
        into[..piece.len()].copy_from_slice(&piece);
        Ok(piece.len())
    }
}

fuzz_target!(|data: &[u8]| {
    let Some(input) = Input::of(data) else { return };
    let bytes = &input.bytes[..input.bytes.len().min(16_000)];
    let whole = Recording::read(bytes);
    assert_eq!(whole, Recording::read(Slow(pieces(bytes, input.cut).into_iter())));
    match whole {
        Ok(recording) => {
            let held: usize = recording.packets.iter().map(|packet| packet.bytes.len()).sum();
            assert!(held <= bytes.len() && recording.packets.len() <= bytes.len());
            assert!((0.0..=recording.packets.len() as f64 * 0.12 + 1e-6).contains(&recording.seconds));
        }
        Err(error) => assert!([ErrorKind::Empty, ErrorKind::Unsupported].contains(&error.kind)),
    }
});
