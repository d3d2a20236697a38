//! Text frames of the sockets that speak, one a line of the input.

#![no_main]

use fuzz::{Input, asked::sound, far::Answer};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some(input) = Input::of(data) else { return };
    let texts: Vec<&[u8]> = input.bytes.split(|byte| *byte == b'\n').filter(|text| !text.is_empty()).collect();
    let seen = sound(input.choose(&["elevenlabs", "cartesia"]), Answer::frames(&texts));
    // in BASE64, three bytes are four letters
    assert!(seen.bytes.len() <= input.bytes.len() * 3 / 4 && seen.pieces <= texts.len());
});
