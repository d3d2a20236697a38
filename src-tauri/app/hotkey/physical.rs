//! Whether a key is physically down, on Windows (`GetAsyncKeyState`) and macOS (`CGEventSourceKeyState`). **Never run by
//! us.** Its own file because it speaks to the system's C interface.
#![allow(unsafe_code, reason = "two functions of the system that take numbers and give one")]

use tauri_plugin_global_shortcut::Code;

/// `None` for a key whose number is not known here: the hard cap must do.
pub(super) fn is_down(code: Code) -> Option<bool> {
    system::number(&code.to_string()).map(system::is_down)
}

#[cfg(windows)]
mod system {
    #[link(name = "user32")]
    unsafe extern "system" {
        fn GetAsyncKeyState(key: i32) -> i16;
    }

    /// Virtual-key codes: F1 is 0x70; letters and digits are their ASCII.
    pub(super) fn number(name: &str) -> Option<i32> {
        match name {
            "Space" => Some(0x20),
            "Pause" => Some(0x13),
            "ScrollLock" => Some(0x91),
            _ => match name.strip_prefix('F').and_then(|number| number.parse::<i32>().ok()) {
                Some(number) => (1..=24).contains(&number).then_some(0x6f + number),
                None => name.strip_prefix("Key").or(name.strip_prefix("Digit"))?.bytes().next().map(i32::from),
            },
        }
    }

    pub(super) fn is_down(key: i32) -> bool {
        // SAFETY: takes any number, touches no memory of ours
        unsafe { GetAsyncKeyState(key) < 0 }
    }
}

#[cfg(not(windows))]
mod system {
    #[link(name = "ApplicationServices", kind = "framework")]
    unsafe extern "C" {
        fn CGEventSourceKeyState(source: i32, key: u16) -> bool;
    }

    /// The state of the hardware, not of the session: kCGEventSourceStateHIDSystemState.
    const HARDWARE: i32 = 1;
    /// kVK_F1 to kVK_F12 and kVK_Space.
    const NUMBERS: [(&str, u16); 13] = [
        ("F1", 0x7a),
        ("F2", 0x78),
        ("F3", 0x63),
        ("F4", 0x76),
        ("F5", 0x60),
        ("F6", 0x61),
        ("F7", 0x62),
        ("F8", 0x64),
        ("F9", 0x65),
        ("F10", 0x6d),
        ("F11", 0x67),
        ("F12", 0x6f),
        ("Space", 0x31),
    ];

    pub(super) fn number(name: &str) -> Option<u16> {
        NUMBERS.iter().find(|(known, _)| *known == name).map(|(_, number)| *number)
    }

    pub(super) fn is_down(key: u16) -> bool {
        // SAFETY: takes any number, touches no memory of ours
        unsafe { CGEventSourceKeyState(HARDWARE, key) }
    }
}
