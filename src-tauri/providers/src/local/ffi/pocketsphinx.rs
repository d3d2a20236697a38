//! PocketSphinx 0.8+5prealpha: two libraries and a decoder. Its own file because its C signatures are its alone.

use super::{Absent, c_text};
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::path::Path;
use std::ptr;
use std::sync::Arc;

super::functions!(Base {
    cmd_ln_parse_r: fn(*mut c_void, *const c_void, i32, *const *const c_char, i32) -> *mut c_void;
    cmd_ln_free_r: fn(*mut c_void) -> c_int;
    err_set_logfp: fn(*mut c_void);
    ckd_free: fn(*mut c_void);
    cmn_live_get: fn(*mut c_void, *mut f32);
    cmn_live_set: fn(*mut c_void, *const f32);
});

super::functions!(Sphinx {
    ps_args: fn() -> *const c_void;
    ps_init: fn(*mut c_void) -> *mut c_void;
    ps_free: fn(*mut c_void) -> c_int;
    ps_get_feat: fn(*mut c_void) -> *const Features;
    ps_start_stream: fn(*mut c_void) -> c_int;
    ps_start_utt: fn(*mut c_void) -> c_int;
    ps_process_raw: fn(*mut c_void, *const i16, usize, c_int, c_int) -> c_int;
    ps_end_utt: fn(*mut c_void) -> c_int;
    ps_get_hyp: fn(*mut c_void, *mut i32) -> *const c_char;
    ps_set_jsgf_string: fn(*mut c_void, *const c_char, *const c_char) -> c_int;
    ps_set_search: fn(*mut c_void, *const c_char) -> c_int;
    ps_add_word: fn(*mut c_void, *const c_char, *const c_char, c_int) -> c_int;
    ps_lookup_word: fn(*mut c_void, *const c_char) -> *mut c_char;
});

/// sphinxbase's `feat_t` as far as it is read here.
#[repr(C)]
struct Features {
    references: c_int,
    name: *mut c_char,
    coefficients: i32,
    streams: i32,
    stream_lengths: *mut u32,
    window: i32,
    subvectors: i32,
    subvector_lengths: *mut u32,
    subvector_members: *mut *mut i32,
    subvector_buffer: *mut f32,
    subvector_sum: i32,
    mean_kind: c_int,
    variance_too: i32,
    gain_kind: c_int,
    compute: *mut c_void,
    mean: *mut c_void, // `cmn_t`
}

/// Numbers that describe a frame of sound for this model.
const COEFFICIENTS: usize = 13;

/// The recogniser's two libraries.
pub(in crate::local) struct Recogniser {
    sphinx: Sphinx,
    base: Base,
}

impl Recogniser {
    /// Opens `libsphinxbase.so.3` and `libpocketsphinx.so.3` from `folder`, or from where the system has them if that
    /// is empty.
    pub(in crate::local) fn open(folder: &Path) -> Result<Arc<Self>, Absent> {
        let base = Base::open(folder, "libsphinxbase.so.3")?;
        Ok(Arc::new(Self { sphinx: Sphinx::open(folder, "libpocketsphinx.so.3")?, base }))
    }
}

/// One decoder: models loaded, one utterance at a time.
pub(in crate::local) struct Decoder {
    recogniser: Arc<Recogniser>,
    raw: *mut c_void,
    config: *mut c_void,
    mean: [f32; COEFFICIENTS], // that the model begins with
    _arguments: Vec<CString>,  // the library keeps pointers into the names
}

// SAFETY: a decoder has no thread of its own and no thread-local state but where its log goes; `&mut` on each call
// keeps it on one thread at a time.
unsafe impl Send for Decoder {}

impl Decoder {
    /// Loads the models named by `options`, pairs of `-name` and value. Takes 0.2 to 0.7 s; None if they cannot be used.
    pub(in crate::local) fn new(recogniser: &Arc<Recogniser>, options: &[(&str, &str)]) -> Option<Self> {
        let names = options.iter().flat_map(|(name, value)| [*name, *value]);
        let arguments: Vec<CString> = std::iter::once("wilco").chain(names).map(c_text).collect();
        let pointers: Vec<_> = arguments.iter().map(|argument| argument.as_ptr()).collect();
        let (sphinx, base) = (&recogniser.sphinx, &recogniser.base);
        let count = i32::try_from(pointers.len()).ok()?;
        // SAFETY: `pointers` holds `count` C strings that live as long as the decoder; null results are checked.
        unsafe {
            (base.err_set_logfp)(ptr::null_mut());
            let config = (base.cmd_ln_parse_r)(ptr::null_mut(), (sphinx.ps_args)(), count, pointers.as_ptr(), 1);
            if config.is_null() {
                return None;
            }
            let raw = (sphinx.ps_init)(config);
            if raw.is_null() {
                (base.cmd_ln_free_r)(config);
                return None;
            }
            let mean = [0.0; COEFFICIENTS];
            let mut decoder = Self { recogniser: Arc::clone(recogniser), raw, config, mean, _arguments: arguments };
            decoder.learn_mean().then_some(decoder)
        }
    }

    /// Keeps the mean that the model begins with. False if the model is not of the kind that has one.
    fn learn_mean(&mut self) -> bool {
        // SAFETY: `raw` is a live decoder whose features live as long; a library that has `cmn_live_get` lays `feat_t` out
        // as above. `mean` has room for as many numbers as were checked to be there.
        unsafe {
            let features = &*(self.recogniser.sphinx.ps_get_feat)(self.raw);
            let fits = usize::try_from(features.coefficients) == Ok(COEFFICIENTS) && !features.mean.is_null();
            if fits {
                (self.recogniser.base.cmn_live_get)(features.mean, self.mean.as_mut_ptr());
            }
            fits
        }
    }

    /// Begins an utterance; what was learnt before of the noise and of the mean is forgotten, so that an utterance is
    /// heard the same whatever came before it.
    pub(in crate::local) fn start(&mut self) {
        let (sphinx, base) = (&self.recogniser.sphinx, &self.recogniser.base);
        // SAFETY: `raw` is a live decoder, its features as `learn_mean` found them; `mean` is copied.
        unsafe {
            (base.cmn_live_set)((*(sphinx.ps_get_feat)(self.raw)).mean, self.mean.as_ptr());
            (sphinx.ps_start_stream)(self.raw);
            (sphinx.ps_start_utt)(self.raw);
        }
    }

    /// Hears more of it. `whole` says that this is all of it, which lets loudness be evened out over the utterance; a
    /// decoder that once heard a part cannot do that well any more.
    pub(in crate::local) fn hear(&mut self, sound: &[i16], whole: bool) {
        // SAFETY: `sound` is valid for the call, which copies what it keeps.
        unsafe {
            (self.recogniser.sphinx.ps_process_raw)(self.raw, sound.as_ptr(), sound.len(), 0, c_int::from(whole));
        }
    }

    /// Ends the utterance: the best hypothesis is then the last.
    pub(in crate::local) fn end(&mut self) {
        // SAFETY: `raw` is a live decoder.
        unsafe { (self.recogniser.sphinx.ps_end_utt)(self.raw) };
    }

    /// What was understood so far; empty if nothing.
    pub(in crate::local) fn hypothesis(&mut self) -> String {
        // SAFETY: the text belongs to the decoder and is copied before the next call.
        unsafe {
            let text = (self.recogniser.sphinx.ps_get_hyp)(self.raw, ptr::null_mut());
            if text.is_null() { String::new() } else { CStr::from_ptr(text).to_string_lossy().into_owned() }
        }
    }

    /// Hears by this JSGF grammar from now on; false if it was refused.
    pub(in crate::local) fn use_grammar(&mut self, grammar: &str) -> bool {
        let (name, grammar) = (c_text("grammar"), c_text(grammar));
        let sphinx = &self.recogniser.sphinx;
        // SAFETY: both texts live through the calls, which copy them.
        unsafe {
            (sphinx.ps_set_jsgf_string)(self.raw, name.as_ptr(), grammar.as_ptr()) == 0
                && (sphinx.ps_set_search)(self.raw, name.as_ptr()) == 0
        }
    }

    /// Whether the dictionary has this word.
    pub(in crate::local) fn knows(&mut self, word: &str) -> bool {
        let word = c_text(word);
        // SAFETY: the pronunciation is ours to free, by the allocator that made it; null is allowed there.
        unsafe {
            let phones = (self.recogniser.sphinx.ps_lookup_word)(self.raw, word.as_ptr());
            (self.recogniser.base.ckd_free)(phones.cast());
            !phones.is_null()
        }
    }

    /// Teaches a word by its phones: `AH N M Y UW T`.
    pub(in crate::local) fn teach(&mut self, word: &str, phones: &str) {
        let (word, phones) = (c_text(word), c_text(phones));
        // SAFETY: both texts live through the call, which copies them.
        unsafe { (self.recogniser.sphinx.ps_add_word)(self.raw, word.as_ptr(), phones.as_ptr(), 1) };
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: both were made by `new` and are freed once, the decoder before the configuration it reads.
        unsafe {
            (self.recogniser.sphinx.ps_free)(self.raw);
            (self.recogniser.base.cmd_ln_free_r)(self.config);
        }
        give_back();
    }
}

/// The system gets back the memory of a model: the GNU C library would keep half of it for whoever asks next.
fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        unsafe extern "C" {
            fn malloc_trim(stays: usize) -> c_int;
        }
        // SAFETY: it takes any number, may be called at any time, and touches nothing that is in use
        unsafe { malloc_trim(0) };
    }
}
