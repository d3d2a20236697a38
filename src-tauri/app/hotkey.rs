//! The talk key, wherever the focus is. What a press means is decided in the core; here it is only caught.

use crate::page::Page;
use std::sync::Arc;
use talk::Talk;
use tauri::{AppHandle, Manager, Wry, async_runtime};
use tauri_plugin_global_shortcut::{GlobalShortcutExt, Shortcut, ShortcutEvent, ShortcutState};
use voice::{Command, Error, ErrorKind, Event, Settings};

/// The system saw the key.
pub(crate) fn pressed_or_released(app: &AppHandle<Wry>, _key: &Shortcut, event: ShortcutEvent) {
    let command = match event.state() {
        ShortcutState::Pressed => Command::Press,
        ShortcutState::Released => Command::Release,
    };
    if !app.state::<Talk>().order_now(command) {
        tracing::error!("the core is too busy for the talk key");
    }
}

/// Catches `key` from now on, and no other. A key that cannot be caught is told as trouble.
pub(crate) fn bind(app: &AppHandle<Wry>, key: &str) {
    let shortcuts = app.global_shortcut();
    let caught = shortcuts
        .unregister_all()
        .map_err(|error| error.to_string())
        .and_then(|()| key.parse::<Shortcut>().map_err(|error| error.to_string()))
        .and_then(|shortcut| shortcuts.register(shortcut).map_err(|error| error.to_string()));
    let why_not =
        if wayland() { Err("Wayland lets no app see keys while another has the focus.".into()) } else { caught };
    if let Err(detail) = why_not {
        let error = Error::new(ErrorKind::Hotkey, key, detail);
        app.state::<Arc<Page>>().tell(Event::Trouble { error });
    }
}

/// The same off the core's own task: the system's key table is reached through the main thread.
pub(crate) fn rebind_later(app: &AppHandle<Wry>, settings: &Settings) {
    let (app, key) = (app.clone(), settings.hotkeys.talk.clone());
    async_runtime::spawn_blocking(move || {
        let bound = key.parse::<Shortcut>().is_ok_and(|shortcut| app.global_shortcut().is_registered(shortcut));
        if !bound {
            bind(&app, &key);
        }
    });
}

/// There a key is registered through XWayland and then never fires.
fn wayland() -> bool {
    cfg!(target_os = "linux") && std::env::var_os("WAYLAND_DISPLAY").is_some()
}
