//! The talk key, wherever the focus is. What a press means is decided in the core; here it is only caught, and looked at
//! while it is held. On X11 by a grab of our own, for the plugin looks 20 times a second only; elsewhere by the plugin.

#[cfg(target_os = "linux")]
mod keysym;
#[cfg(not(target_os = "linux"))]
mod physical;
#[cfg(not(target_os = "linux"))]
mod plugin;
#[cfg(target_os = "linux")]
mod x11;

#[cfg(not(target_os = "linux"))]
pub(crate) use plugin::{Grabber, start};
#[cfg(target_os = "linux")]
pub(crate) use x11::{Grabber, start};

use crate::page::Page;
use std::sync::Arc;
use tauri::{AppHandle, Manager, Wry, async_runtime};
use voice::{Error, ErrorKind, Event, Settings};

/// Catches `key` from now on, and no other. A key that cannot be caught is told as trouble.
pub(crate) fn bind(app: &AppHandle<Wry>, key: &str) {
    let caught = app.state::<Grabber>().grab(app, key);
    let why_not =
        if wayland() { Err("Wayland lets no app see keys while another has the focus.".into()) } else { caught };
    if let Err(detail) = why_not {
        let error = Error::new(ErrorKind::Hotkey, key, detail);
        app.state::<Arc<Page>>().tell(Event::Trouble { error });
    }
}

/// The same off the core's own task, if the key is another one now: the key table may answer late.
pub(crate) fn rebind_later(app: &AppHandle<Wry>, settings: &Settings) {
    let (app, key) = (app.clone(), settings.hotkeys.talk.clone());
    async_runtime::spawn_blocking(move || {
        if !app.state::<Grabber>().holds(&app, &key) {
            bind(&app, &key);
        }
    });
}

/// There a key is registered through XWayland and then never fires.
fn wayland() -> bool {
    cfg!(target_os = "linux") && std::env::var_os("WAYLAND_DISPLAY").is_some()
}
