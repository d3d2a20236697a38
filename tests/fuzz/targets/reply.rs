//! Event streams of those who reply, cut anywhere.

#![no_main]

use fuzz::{Input, asked::reply, far::Answer};
use libfuzzer_sys::fuzz_target;

const WHO: [&str; 4] = ["openai", "anthropic", "gemini", "openai-responses"];

fuzz_target!(|data: &[u8]| {
    let Some(input) = Input::of(data) else { return };
    let kind = ["text/event-stream", "application/json"][usize::from(input.way % 8 == 7)];
    let name = input.choose(&WHO);
    let whole = reply(name, Answer::of(kind, vec![input.bytes.to_vec()]));
    // what is said takes its place in the stream
    assert!(whole.bytes.len() <= input.bytes.len());
    let parts = reply(name, Answer::of(kind, input.pieces()));
    assert_eq!((whole.bytes, whole.failed), (parts.bytes, parts.failed));
});
