//! Refusals: any status, any head, any body, of every service at whatever it is asked.

#![no_main]

use fuzz::{
    Input,
    asked::{Seen, offers, reply, sound, transcript, translation},
    far::Answer,
};
use libfuzzer_sys::fuzz_target;

type Ask = fn(&str, Answer) -> Seen;

const WHO: [(&str, Ask); 16] = [
    ("openai", reply),
    ("anthropic", reply),
    ("gemini", reply),
    ("openai-responses", reply),
    ("openai", transcript),
    ("deepgram", transcript),
    ("soniox", transcript),
    ("google", transcript),
    ("azure", transcript),
    ("openai", sound),
    ("deepgram", sound),
    ("elevenlabs", sound),
    ("cartesia", sound),
    ("deepl", translation),
    ("libretranslate", translation),
    ("anthropic", offers),
];

const HEADS: [&str; 8] = [
    "content-type: application/json\r\n",
    "content-type: text/html; charset=utf-8\r\n",
    "content-type: application/problem+json\r\nretry-after: 2\r\n",
    "retry-after: 1e300\r\n",
    "retry-after-ms: 99999999999999999999\r\n",
    "retry-after-ms: 18446744073709551615\r\n",
    "content-encoding: gzip\r\n",
    "",
];

fuzz_target!(|data: &[u8]| {
    let Some(input) = Input::of(data) else { return };
    let (name, ask) = input.choose(&WHO);
    let status = 400 + u16::from(input.cut) % 200;
    let head = HEADS[usize::from(input.way) % HEADS.len()].to_owned();
    let whole = ask(name, Answer { status, head: head.clone(), pieces: vec![input.bytes.to_vec()] });
    assert!(whole.failed.is_some() && whole.pieces == 0, "a refusal is one");
    let parts = ask(name, Answer { status, head, pieces: input.pieces() });
    assert_eq!(whole, parts);
});
