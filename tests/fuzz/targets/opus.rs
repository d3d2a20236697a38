//! Bare Opus packets, one a line of the input: lengths are one byte.

#![no_main]

use audio::Decoder;
use fuzz::Input;
use libfuzzer_sys::fuzz_target;
use voice::{Coding, ErrorKind, Packet};

fuzz_target!(|data: &[u8]| {
    let Some(input) = Input::of(data) else { return };
    let (mut decoder, mut rest, mut samples) = (Decoder::new(24_000), input.bytes, 0);
    let mut packets = 0;
    while let Some((length, after)) = rest.split_first() {
        let (bytes, after) = after.split_at(usize::from(*length).min(after.len()));
        rest = after;
        packets += 1;
        match decoder.push(&Packet { coding: Coding::Opus, bytes: bytes.to_vec().into() }) {
            Ok(frames) => {
                assert!(frames.iter().flat_map(|frame| &frame.samples).all(|sample| sample.is_finite()));
                samples += frames.iter().map(|frame| frame.samples.len()).sum::<usize>();
            }
            Err(error) => assert_eq!(error.kind, ErrorKind::AudioFailed),
        }
    }
    samples += decoder.finish().iter().map(|frame| frame.samples.len()).sum::<usize>();
    assert!(samples <= packets * 2_880, "a packet is 120 ms at the most");
});
