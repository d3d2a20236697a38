//! Whether Wilco starts at login. The system keeps that, in a place of its own; it follows the setting.

use crate::events;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use tauri::{AppHandle, Manager, Wry, async_runtime};
use tauri_plugin_autostart::ManagerExt;
use voice::{Error, ErrorKind, Event, Settings};

/// What the system was last told.
pub(crate) struct Login(AtomicBool);

impl Login {
    /// Nothing is written before the setting changes: a start that another program has set up is left alone.
    pub(crate) fn new(settings: &Settings) -> Self {
        Self(AtomicBool::new(settings.appearance.autostart))
    }
}

/// Takes in what happened. Files are written off the core's own task.
pub(crate) fn see(app: &AppHandle<Wry>, event: &Event) {
    let Event::Changed { settings, .. } = event else { return };
    let wanted = settings.appearance.autostart;
    if app.state::<Login>().0.swap(wanted, Relaxed) != wanted {
        let app = app.clone();
        async_runtime::spawn_blocking(move || {
            let login = app.autolaunch();
            let done = if wanted { login.enable() } else { login.disable() };
            if let Err(error) = done {
                let detail = format!("The start at login stays as it was: {error}.");
                events::tell(
                    &app,
                    Event::Trouble { error: Error::new(ErrorKind::BadSetting, "appearance.autostart", detail) },
                );
            }
        });
    }
}
