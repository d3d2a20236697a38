//! A command as the page sends it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use voice::Command;

fuzz_target!(|data: &[u8]| {
    let Ok(command) = serde_json::from_slice::<Command>(data) else { return };
    let text = serde_json::to_string(&command).expect("JSON");
    // a character may be written with five more letters than it came with
    assert!(text.len() <= 64 + data.len() * 6);
    assert_eq!(serde_json::from_str::<Command>(&text).expect("a command"), command);
});
