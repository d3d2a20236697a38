//! MP3 from a voice, cut anywhere.

#![no_main]

use fuzz::{Input, heard::is_bounded};
use libfuzzer_sys::fuzz_target;
use voice::Coding;

fuzz_target!(|data: &[u8]| {
    let Some(input) = Input::of(data) else { return };
    // the shortest frame has 24 bytes and sounds for 72 ms
    is_bounded(Coding::Mp3, input.bytes, input.cut, 1.0 + 0.003 * input.bytes.len() as f64);
});
