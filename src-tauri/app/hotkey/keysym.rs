//! The names of keys as X11 numbers them (keysymdef.h). Its own file because it is a table.

/// The keysym of a key by its name in the UI Events standard: `F9`, `KeyA`, `Space`.
pub(super) fn keysym(code: &str) -> Option<u32> {
    if let Some(letter) = code.strip_prefix("Key").and_then(only_byte) {
        return Some(u32::from(letter.to_ascii_lowercase()));
    }
    if let Some(digit) = code.strip_prefix("Digit").and_then(only_byte) {
        return Some(u32::from(digit));
    }
    if let Some(digit) = code.strip_prefix("Numpad").and_then(only_byte) {
        return Some(0xff80 + u32::from(digit));
    }
    if let Some(number) = code.strip_prefix('F').and_then(|number| number.parse::<u32>().ok()) {
        return (1..=24).contains(&number).then(|| 0xffbd + number);
    }
    NAMED.iter().find(|(name, _)| *name == code).map(|(_, keysym)| *keysym)
}

fn only_byte(rest: &str) -> Option<u8> {
    <[u8; 1]>::try_from(rest.as_bytes()).ok().map(|[byte]| byte)
}

const NAMED: [(&str, u32); 42] = [
    ("Space", 0x20),
    ("Quote", 0x27),
    ("Comma", 0x2c),
    ("Minus", 0x2d),
    ("Period", 0x2e),
    ("Slash", 0x2f),
    ("Semicolon", 0x3b),
    ("Equal", 0x3d),
    ("BracketLeft", 0x5b),
    ("Backslash", 0x5c),
    ("BracketRight", 0x5d),
    ("Backquote", 0x60),
    ("Backspace", 0xff08),
    ("Tab", 0xff09),
    ("Enter", 0xff0d),
    ("Pause", 0xff13),
    ("ScrollLock", 0xff14),
    ("Escape", 0xff1b),
    ("Home", 0xff50),
    ("ArrowLeft", 0xff51),
    ("ArrowUp", 0xff52),
    ("ArrowRight", 0xff53),
    ("ArrowDown", 0xff54),
    ("PageUp", 0xff55),
    ("PageDown", 0xff56),
    ("End", 0xff57),
    ("PrintScreen", 0xff61),
    ("Insert", 0xff63),
    ("NumLock", 0xff7f),
    ("NumpadMultiply", 0xffaa),
    ("NumpadAdd", 0xffab),
    ("NumpadSubtract", 0xffad),
    ("NumpadDecimal", 0xffae),
    ("NumpadDivide", 0xffaf),
    ("CapsLock", 0xffe5),
    ("Delete", 0xffff),
    ("AudioVolumeDown", 0x1008_ff11),
    ("AudioVolumeMute", 0x1008_ff12),
    ("AudioVolumeUp", 0x1008_ff13),
    ("MediaPlayPause", 0x1008_ff14),
    ("MediaStop", 0x1008_ff15),
    ("MediaTrackNext", 0x1008_ff17),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_the_numbers_of_x11() {
        let known =
            [("KeyA", 0x61), ("KeyZ", 0x7a), ("Digit0", 0x30), ("Numpad9", 0xffb9), ("F1", 0xffbe), ("F9", 0xffc6)];
        for (name, number) in known.into_iter().chain([("F24", 0xffd5), ("Space", 0x20), ("MediaStop", 0x1008_ff15)]) {
            assert_eq!(keysym(name), Some(number), "{name}");
        }
        for name in ["", "F", "F0", "F25", "Key", "KeyAB", "Numpad", "Nonsense"] {
            assert_eq!(keysym(name), None, "{name}");
        }
    }
}
