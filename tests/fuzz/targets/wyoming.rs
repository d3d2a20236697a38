//! Wyoming's events, cut anywhere.

#![no_main]

use fuzz::{
    Input,
    asked::{offers, sound, transcript},
    far::Answer,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some(input) = Input::of(data) else { return };
    let ask = |pieces| {
        let answer = Answer { pieces, ..Answer::default() };
        match input.choice % 3 {
            0 => transcript("wyoming-hear", answer),
            1 => sound("wyoming-say", answer),
            _ => offers("wyoming-hear", answer),
        }
    };
    let whole = ask(vec![input.bytes.to_vec()]);
    let parts = ask(input.pieces());
    assert_eq!((whole.bytes, whole.failed), (parts.bytes, parts.failed));
});
