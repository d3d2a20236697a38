//! Text frames of the sockets that hear, one a line of the input.

#![no_main]

use fuzz::{Input, asked::transcript, far::Answer};
use libfuzzer_sys::fuzz_target;

const WHO: [&str; 6] = ["deepgram", "elevenlabs", "cartesia", "soniox", "assemblyai", "openai-realtime"];

fuzz_target!(|data: &[u8]| {
    let Some(input) = Input::of(data) else { return };
    let texts: Vec<&[u8]> = input.bytes.split(|byte| *byte == b'\n').filter(|text| !text.is_empty()).collect();
    let seen = transcript(input.choose(&WHO), Answer::frames(&texts));
    // each frame says something else at the most once, and what it says stands in it
    assert!(seen.pieces <= texts.len() + 1);
    assert!(seen.bytes.len() <= input.bytes.len() + texts.len());
});
