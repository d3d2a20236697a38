//! The C side of three engines: PocketSphinx, flite and espeak-ng, found at run time and never linked. Its own folder
//! because it is the only place of this room that may be unsafe; whatever leaves it is safe Rust.
#![allow(unsafe_code, reason = "three C libraries have no Rust of their own; each block says why it is sound")]

mod espeak;
mod flite;
mod pocketsphinx;

pub(super) use espeak::Espeak;
pub(super) use flite::FliteVoice;
pub(super) use pocketsphinx::{Decoder, Recogniser};

use libloading::Library;
use std::ffi::CString;
use std::path::Path;

/// Takes each piece of sound as it is made; false stops the voice at once.
pub(super) type Sink<'a> = dyn FnMut(&[i16]) -> bool + 'a;

/// A library or a function of it that is not there; for a person.
pub(super) type Absent = String;

/// Declares a table of C functions, filled from one library that stays loaded as long as the table lives.
macro_rules! functions {
    ($table:ident { $($name:ident: fn($($argument:ty),*) $(-> $result:ty)?;)+ }) => {
        #[allow(non_snake_case, reason = "the fields have C's names")]
        struct $table {
            $($name: unsafe extern "C" fn($($argument),*) $(-> $result)?,)+
            _library: libloading::Library,
        }
        impl $table {
            fn open(folder: &std::path::Path, file: &str) -> Result<Self, $crate::local::ffi::Absent> {
                let library = $crate::local::ffi::load(folder, file)?;
                Ok(Self {
                    $($name: $crate::local::ffi::symbol(&library, stringify!($name), file)?,)+
                    _library: library,
                })
            }
        }
    };
}
use functions;

/// Opens `file` from `folder`, or from where the system has it if that is empty.
fn load(folder: &Path, file: &str) -> Result<Library, Absent> {
    // SAFETY: these libraries run no code of note when they are loaded.
    unsafe { Library::new(folder.join(file)) }.map_err(|_| format!("{file} is not here"))
}

fn symbol<F: Copy>(library: &Library, name: &str, file: &str) -> Result<F, Absent> {
    // SAFETY: every caller gives the signature of that function as its header has it.
    let found = unsafe { library.get::<F>(name.as_bytes()) };
    found.map(|function| *function).map_err(|_| format!("{file} is another version: it has no {name}"))
}

/// Text for C; a zero byte would end it early, so none is kept.
fn c_text(text: &str) -> CString {
    CString::new(text.replace('\0', "")).unwrap_or_default()
}
