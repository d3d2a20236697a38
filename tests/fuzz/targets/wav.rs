//! WAV: a file, and a stream that is cut anywhere.

#![no_main]

use audio::Wav;
use fuzz::{Input, heard::is_bounded};
use libfuzzer_sys::fuzz_target;
use voice::{Coding, ErrorKind};

fuzz_target!(|data: &[u8]| {
    let Some(input) = Input::of(data) else { return };
    // two bytes a sample, a thousand samples a second at the least
    is_bounded(Coding::Wav, input.bytes, input.cut, 1.0 + input.bytes.len() as f64 / 2_000.0);
    match Wav::parse(input.bytes) {
        Ok(wav) => {
            assert!(!wav.samples.is_empty() && wav.samples.len() <= input.bytes.len());
            assert!(wav.samples.iter().all(|sample| (-1.0..=1.0).contains(sample)));
        }
        Err(error) => assert!([ErrorKind::NotWav, ErrorKind::Empty, ErrorKind::TooLong].contains(&error.kind)),
    }
});
