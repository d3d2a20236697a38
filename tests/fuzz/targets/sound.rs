//! Sound over HTTP, or what comes in its place, cut anywhere.

#![no_main]

use fuzz::{Input, asked::sound, far::Answer};
use libfuzzer_sys::fuzz_target;

const WHO: [&str; 8] = ["openai", "deepgram", "soniox", "google", "azure", "yandex", "piper", "kokoro"];
const KINDS: [&str; 5] = ["audio/pcm", "audio/wav", "application/json", "text/plain", "text/html"];

fuzz_target!(|data: &[u8]| {
    let Some(input) = Input::of(data) else { return };
    let (name, kind) = (input.choose(&WHO), KINDS[usize::from(input.way) % KINDS.len()]);
    let whole = sound(name, Answer::of(kind, vec![input.bytes.to_vec()]));
    assert!(whole.bytes.len() <= input.bytes.len());
    let parts = sound(name, Answer::of(kind, input.pieces()));
    assert_eq!((whole.bytes, whole.failed), (parts.bytes, parts.failed));
});
