//! espeak-ng 1.51: one library, one voice at a time, one instance a process. Its own file because its C signatures are
//! its alone.

use super::{Absent, Sink, c_text};
use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::path::Path;
use std::{ptr, slice};

super::functions!(Api {
    espeak_Initialize: fn(c_int, c_int, *const c_char, c_int) -> c_int;
    espeak_SetSynthCallback: fn(unsafe extern "C" fn(*const i16, c_int, *const c_void) -> c_int);
    espeak_Synth: fn(*const c_void, usize, c_uint, c_int, c_uint, c_uint, *mut c_uint, *mut c_void) -> c_int;
    espeak_SetParameter: fn(c_int, c_int, c_int) -> c_int;
    espeak_SetVoiceByName: fn(*const c_char) -> c_int;
    espeak_ListVoices: fn(*const c_void) -> *const *const Listed;
});

#[repr(C)]
struct Listed {
    name: *const c_char,
    languages: *const u8, // (priority byte, text, zero)*, zero
    identifier: *const c_char,
    // the rest is not ours to see
}

thread_local! {
    /// Where the voice that is speaking on this thread puts its sound. espeak calls back on the thread that called it,
    /// and promises its user pointer only beside events.
    static SINK: Cell<*mut c_void> = const { Cell::new(ptr::null_mut()) };
}

/// The one instance of a process; it does not leave the thread that made it.
pub(in crate::local) struct Espeak {
    api: Api,
    rate: u32,
    _not_send: std::marker::PhantomData<*const ()>,
}

impl Espeak {
    /// Whether the library is here.
    pub(in crate::local) fn check(folder: &Path) -> Result<(), Absent> {
        Api::open(folder, LIBRARY).map(drop)
    }

    /// Opens the library and its data. To be called once a process: its state is global.
    pub(in crate::local) fn open(folder: &Path) -> Result<Self, Absent> {
        const SYNCHRONOUS: c_int = 2;
        const PIECE_MS: c_int = 40;
        const DO_NOT_EXIT: c_int = 0x8000;
        let api = Api::open(folder, LIBRARY)?;
        // SAFETY: a null path means the usual place of the data; the callback is a plain function.
        let rate = unsafe {
            let rate = (api.espeak_Initialize)(SYNCHRONOUS, PIECE_MS, ptr::null(), DO_NOT_EXIT);
            (api.espeak_SetSynthCallback)(piece);
            rate
        };
        match u32::try_from(rate) {
            Ok(rate) if rate > 0 => Ok(Self { api, rate, _not_send: std::marker::PhantomData }),
            _ => Err("the data of espeak-ng are not here".to_owned()),
        }
    }

    /// Samples a second.
    pub(in crate::local) fn rate(&self) -> u32 {
        self.rate
    }

    /// Every voice: its file, and the languages it speaks with their priority, lower being better.
    pub(in crate::local) fn voices(&self) -> Vec<(String, Vec<(u8, String)>)> {
        let mut voices = Vec::new();
        // SAFETY: the list ends with a null, each language list with a zero byte; all is copied at once.
        unsafe {
            let mut next = (self.api.espeak_ListVoices)(ptr::null());
            while !next.is_null() && !(*next).is_null() {
                let voice = &**next;
                let mut languages = Vec::new();
                let mut at = voice.languages;
                while *at != 0 {
                    let tag = CStr::from_ptr(at.add(1).cast());
                    languages.push((*at, tag.to_string_lossy().into_owned()));
                    at = at.add(2 + tag.count_bytes());
                }
                voices.push((CStr::from_ptr(voice.identifier).to_string_lossy().into_owned(), languages));
                next = next.add(1);
            }
        }
        voices
    }

    /// Takes the voice of this name, file or language from now on; false if there is none.
    pub(in crate::local) fn use_voice(&mut self, name: &str) -> bool {
        let name = c_text(name);
        // SAFETY: the name lives through the call, which copies it.
        unsafe { (self.api.espeak_SetVoiceByName)(name.as_ptr()) == 0 }
    }

    /// Speaks at so many words a minute, 80..=450. Returns when all is said or the sink has had enough.
    pub(in crate::local) fn say(&mut self, text: &str, words_a_minute: i32, mut sink: &mut Sink<'_>) -> bool {
        const RATE: c_int = 1;
        const ABSOLUTE: c_int = 0;
        const UTF8: c_uint = 1;
        const CHARACTERS: c_int = 1;
        let text = c_text(text);
        SINK.set(ptr::from_mut(&mut sink).cast());
        // SAFETY: text and sink outlive the call, which is synchronous; the pointer to the sink is taken back after it.
        let done = unsafe {
            (self.api.espeak_SetParameter)(RATE, words_a_minute, ABSOLUTE);
            let size = text.count_bytes() + 1;
            (self.api.espeak_Synth)(
                text.as_ptr().cast(),
                size,
                0,
                CHARACTERS,
                0,
                UTF8,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        SINK.set(ptr::null_mut());
        done == 0
    }
}

const LIBRARY: &str = "libespeak-ng.so.1";

unsafe extern "C" fn piece(samples: *const i16, count: c_int, _events: *const c_void) -> c_int {
    const GO_ON: c_int = 0;
    const STOP: c_int = 1;
    let sink = SINK.get();
    let Ok(count) = usize::try_from(count) else { return STOP };
    if samples.is_null() || count == 0 || sink.is_null() {
        return GO_ON;
    }
    // SAFETY: espeak gives `count` samples; the sink was set by `say`, which is still running below this call.
    let go_on = unsafe { (&mut *sink.cast::<&mut Sink<'_>>())(slice::from_raw_parts(samples, count)) };
    if go_on { GO_ON } else { STOP }
}
