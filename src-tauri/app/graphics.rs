//! Whether windows are drawn by a graphics card. Without one a software renderer would imitate it: a window then comes up to
//! two seconds late at its first showing, the web view's processes take 90 MiB more, and this one, which never draws by it, has
//! its 55 MiB too. Its own file because it has to be settled before the first window and before any other thread, and by the
//! environment, which is the only way to tell WebKitGTK.
#![allow(unsafe_code, reason = "the environment of this process, and a function of EGL that takes two numbers")]

use libloading::Library;
use std::{
    env,
    ffi::{c_char, c_void},
    fs, mem,
    path::Path,
    ptr,
};

/// Set by a person, too; then it stays as it is.
const PLAIN: &str = "WEBKIT_DISABLE_COMPOSITING_MODE";
/// GTK's own way to a renderer.
const GTK: &str = "GDK_GL";
/// Where EGL looks for renderers.
const RENDERERS: &str = "__EGL_VENDOR_LIBRARY_FILENAMES";
/// Where Linux has a file `renderD…` for each card that can draw.
const CARDS: &str = "/dev/dri";

/// Has windows drawn without a graphics card where there is none. To be called before anything else.
pub(crate) fn settle() {
    if env::var_os(PLAIN).is_some() || can_draw(Path::new(CARDS)) {
        return;
    }
    let theirs = env::var_os(RENDERERS);
    // SAFETY: no other thread reads the environment: there is none yet
    unsafe {
        env::set_var(PLAIN, "1");
        env::set_var(GTK, "disable");
        env::set_var(RENDERERS, "/dev/null");
    }
    look_for_renderers();
    // the web view's processes end at once where there is none
    // SAFETY: as above; EGL starts no thread
    match theirs {
        Some(theirs) => unsafe { env::set_var(RENDERERS, theirs) },
        None => unsafe { env::remove_var(RENDERERS) },
    }
}

/// EGL looks once, at the first question, whatever it is. Where it is not there, neither is a renderer.
fn look_for_renderers() {
    type QueryString = unsafe extern "C" fn(*mut c_void, i32) -> *const c_char;
    const EXTENSIONS: i32 = 0x3055;
    // SAFETY: the function has this shape (EGL 1.5, 3.3), and takes no display for the question what is there without one
    unsafe {
        let Ok(egl) = Library::new("libEGL.so.1") else { return };
        if let Ok(ask) = egl.get::<QueryString>(b"eglQueryString\0") {
            ask(ptr::null_mut(), EXTENSIONS);
        }
        // it forgets what it found if it goes
        mem::forget(egl);
    }
}

fn can_draw(cards: &Path) -> bool {
    let Ok(cards) = fs::read_dir(cards) else { return false };
    cards.flatten().any(|card| card.file_name().as_encoded_bytes().starts_with(b"renderD"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_that_only_shows_cannot_draw() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        assert!(!can_draw(&folder.path().join("none")));
        fs::write(folder.path().join("card0"), "")?;
        assert!(!can_draw(folder.path()));
        fs::write(folder.path().join("renderD128"), "")?;
        assert!(can_draw(folder.path()));
        Ok(())
    }
}
