//! flite 2.x: a library, and one more for each voice. Its own file because its C signatures are its alone.

use super::{Absent, Sink, c_text, load, symbol};
use libloading::Library;
use std::ffi::{c_char, c_int, c_void};
use std::path::Path;
use std::{ptr, slice};

super::functions!(Flite {
    flite_init: fn() -> c_int;
    flite_text_to_wave: fn(*const c_char, *mut Speaker) -> *mut Wave;
    flite_feat_set: fn(*mut c_void, *const c_char, *const c_void);
    flite_feat_set_float: fn(*mut c_void, *const c_char, f32);
    new_audio_streaming_info: fn() -> *mut Streaming;
    audio_streaming_info_val: fn(*mut Streaming) -> *const c_void;
    delete_wave: fn(*mut Wave);
});

#[repr(C)]
struct Speaker {
    name: *const c_char,
    features: *mut c_void, // the rest is not ours to see
}

#[repr(C)]
struct Wave {
    kind: *const c_char,
    rate: c_int,
    length: c_int,
    channels: c_int,
    samples: *const i16,
}

#[repr(C)]
struct Streaming {
    least: c_int,
    callback: unsafe extern "C" fn(*const Wave, c_int, c_int, c_int, *mut Streaming) -> c_int,
    utterance: *const c_void,
    item: *const c_void,
    user: *mut c_void,
}

/// One voice of flite. Its data are statics of the library, so a process may use a voice from one thread only; this
/// type does not leave the thread that made it.
pub(in crate::local) struct FliteVoice {
    flite: Flite,
    speaker: *mut Speaker,
    streaming: *mut Streaming,
    _voice: Library,
}

impl FliteVoice {
    /// Whether the voice `name` is here, without starting it.
    pub(in crate::local) fn check(folder: &Path, name: &str) -> Result<(), Absent> {
        Flite::open(folder, LIBRARY)?;
        load(folder, &file_of(name)).map(drop)
    }

    /// Opens the voice `name`, for instance `rms`, from `libflite_cmu_us_rms.so.1`.
    pub(in crate::local) fn open(folder: &Path, name: &str) -> Result<Self, Absent> {
        let flite = Flite::open(folder, LIBRARY)?;
        let file = file_of(name);
        let library = load(folder, &file)?;
        let register: unsafe extern "C" fn(*const c_char) -> *mut Speaker =
            symbol(&library, &format!("register_cmu_us_{name}"), &file)?;
        // SAFETY: flite is set up before the voice; both results are checked before use; `streaming` is given to the
        // voice's features, which keep it for as long as the process runs.
        unsafe {
            (flite.flite_init)();
            let speaker = register(ptr::null());
            let streaming = (flite.new_audio_streaming_info)();
            if speaker.is_null() || streaming.is_null() {
                return Err(format!("{file} gave no voice"));
            }
            (*streaming).callback = piece;
            let value = (flite.audio_streaming_info_val)(streaming);
            (flite.flite_feat_set)((*speaker).features, c"streaming_info".as_ptr(), value);
            Ok(Self { flite, speaker, streaming, _voice: library })
        }
    }

    /// Speaks; `stretch` 2.0 takes twice as long. Returns when all is said or the sink has had enough.
    pub(in crate::local) fn say(&mut self, text: &str, stretch: f32, mut sink: &mut Sink<'_>) {
        let text = c_text(text);
        // SAFETY: the sink outlives the call, after which the pointer to it is never read again; the wave is ours to free.
        unsafe {
            (*self.streaming).user = ptr::from_mut(&mut sink).cast();
            (self.flite.flite_feat_set_float)((*self.speaker).features, c"duration_stretch".as_ptr(), stretch);
            let wave = (self.flite.flite_text_to_wave)(text.as_ptr(), self.speaker);
            if !wave.is_null() {
                (self.flite.delete_wave)(wave);
            }
        }
    }
}

const LIBRARY: &str = "libflite.so.1";

fn file_of(voice: &str) -> String {
    format!("libflite_cmu_us_{voice}.so.1")
}

unsafe extern "C" fn piece(wave: *const Wave, start: c_int, size: c_int, _last: c_int, info: *mut Streaming) -> c_int {
    const GO_ON: c_int = 0;
    const STOP: c_int = -1;
    let (Ok(start), Ok(size)) = (usize::try_from(start), usize::try_from(size)) else { return STOP };
    if size == 0 {
        return GO_ON;
    }
    // SAFETY: flite gives the wave it is filling, of which these samples are made; `user` was set by `say`, which is
    // still running below this call.
    let go_on = unsafe {
        let sink = &mut *(*info).user.cast::<&mut Sink<'_>>();
        sink(slice::from_raw_parts((*wave).samples.add(start), size))
    };
    if go_on { GO_ON } else { STOP }
}
