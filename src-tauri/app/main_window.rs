//! The main window: shown, brought back, and hidden in the tray instead of closed. Its own file because the tray, a second
//! start, the terminal and a key all ask for it.

use crate::{desktop, hotkey, notify, overlay::Overlay, tray::Tray};
use std::thread;
use tauri::{AppHandle, Manager, Window, WindowEvent, Wry};

const LABEL: &str = "main";

/// Brings the window before everything else.
pub(crate) fn show(app: &AppHandle<Wry>) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    let shown = window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus());
    if let Err(error) = shown {
        tracing::warn!(%error, "the window stays where it is");
    }
}

/// Its page is there, perhaps anew: the overlay is due, and keys that an earlier page tried do their work again.
pub(crate) fn is_drawn(app: &AppHandle<Wry>) {
    app.state::<Overlay>().is_due();
    hotkey::end_trial(app);
}

/// Whether it is on the screen, and not minimised. Asks the main thread, and so may not be asked there.
pub(crate) fn is_seen(app: &AppHandle<Wry>) -> bool {
    app.get_webview_window(LABEL)
        .is_some_and(|window| window.is_visible().unwrap_or(true) && !window.is_minimized().unwrap_or(false))
}

/// Closing it hides it where a tray can bring it back; elsewhere it quits, or nobody could.
pub(crate) fn on_event(window: &Window<Wry>, event: &WindowEvent) {
    let WindowEvent::CloseRequested { api, .. } = event else { return };
    if window.label() != LABEL {
        return;
    }
    api.prevent_close();
    // the desktop is asked, and may answer late
    let closing = window.clone();
    let asked = thread::Builder::new().name("close".into()).spawn(move || {
        let app = closing.app_handle();
        if Tray::is_there(app) && desktop::has_tray() {
            if closing.hide().is_ok() {
                // its page lives on, and nobody sees what it would be shown
                hotkey::end_trial(app);
                notify::stays_in_tray(app);
            }
        } else {
            app.exit(0);
        }
    });
    if asked.is_err() {
        window.app_handle().exit(0);
    }
}
