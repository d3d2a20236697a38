//! Answers that are read whole: transcripts, translations, lists of models and voices.

#![no_main]

use fuzz::{
    Input,
    asked::{Seen, offers, transcript, translation},
    far::Answer,
};
use libfuzzer_sys::fuzz_target;

type Ask = fn(&str, Answer) -> Seen;

const WHO: [(&str, Ask); 19] = [
    ("openai", transcript),
    ("google", transcript),
    ("azure", transcript),
    ("yandex", transcript),
    ("deepl", translation),
    ("google", translation),
    ("yandex", translation),
    ("libretranslate", translation),
    ("openai", offers),
    ("anthropic", offers),
    ("gemini", offers),
    ("deepgram", offers),
    ("elevenlabs", offers),
    ("cartesia", offers),
    ("soniox", offers),
    ("google", offers),
    ("azure", offers),
    ("piper", offers),
    ("openai-realtime", offers),
];

fuzz_target!(|data: &[u8]| {
    let Some(input) = Input::of(data) else { return };
    let (name, ask) = input.choose(&WHO);
    let kind = ["application/json", "text/event-stream"][usize::from(input.way % 8 == 7)];
    let whole = ask(name, Answer::of(kind, vec![input.bytes.to_vec()]));
    // written for a debugger, a control character has six letters
    // and a service may have voices that it never lists
    assert!(whole.bytes.len() <= 64 * (64 + input.bytes.len()));
    let parts = ask(name, Answer::of(kind, input.pieces()));
    assert_eq!((whole.bytes, whole.failed), (parts.bytes, parts.failed));
});
