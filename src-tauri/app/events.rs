//! The way of every event through the shell, whether the core tells it or the shell itself. Its own file because this is the
//! one list of who shows something: a trouble that passes by the tray and the notifications is told to nobody while the
//! window is hidden.

use crate::{hotkey, login, notify, overlay::Overlay, page::Page, tray::Tray};
use std::sync::Arc;
use tauri::{AppHandle, Manager, Wry};
use voice::Event;

/// Tells `event` to all of them.
pub(crate) fn tell(app: &AppHandle<Wry>, event: Event) {
    app.state::<Tray>().see(&event);
    app.state::<Overlay>().see(&event);
    notify::see(app, &event);
    hotkey::see(app, &event);
    login::see(app, &event);
    app.state::<Arc<Page>>().tell(event);
}
