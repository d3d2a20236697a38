//! What follows a WebSocket's handshake, byte by byte: frames, broken frames, and none.

#![no_main]

use fuzz::{
    Input,
    asked::{sound, transcript},
    far::Answer,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some(input) = Input::of(data) else { return };
    let answer = Answer { pieces: input.pieces(), ..Answer::default() };
    let seen = if input.way % 2 == 0 { transcript("soniox", answer) } else { sound("cartesia", answer) };
    assert!(seen.bytes.len() <= input.bytes.len());
});
