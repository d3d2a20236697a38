//! Ogg-Opus from a voice, cut anywhere.

#![no_main]

use fuzz::{Input, heard::is_bounded};
use libfuzzer_sys::fuzz_target;
use voice::Coding;

fuzz_target!(|data: &[u8]| {
    let Some(input) = Input::of(data) else { return };
    // a packet of one byte may be 120 ms
    is_bounded(Coding::OggOpus, input.bytes, input.cut, 1.0 + 0.12 * input.bytes.len() as f64);
});
