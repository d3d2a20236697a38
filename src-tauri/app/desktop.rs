//! What this desktop has: a place for tray icons, and somebody who can draw windows through. Both may come and go.

/// Whether somebody shows tray icons. Asks the session's bus, then the display; up to a second if they are stuck.
#[cfg(target_os = "linux")]
pub(crate) fn has_tray() -> bool {
    status_host().unwrap_or(false) || owned("_NET_SYSTEM_TRAY_S").unwrap_or(false)
}

/// The same where every desktop has one.
#[cfg(not(target_os = "linux"))]
pub(crate) fn has_tray() -> bool {
    true
}

/// Whether a window may be seen through.
#[cfg(target_os = "linux")]
pub(crate) fn composites() -> bool {
    std::env::var_os("WAYLAND_DISPLAY").is_some() || owned("_NET_WM_CM_S").unwrap_or(false)
}

/// The same where every desktop can.
#[cfg(not(target_os = "linux"))]
pub(crate) fn composites() -> bool {
    true
}

/// What StatusNotifierWatcher says, the tray of KDE and of most others.
#[cfg(target_os = "linux")]
fn status_host() -> zbus::Result<bool> {
    const WATCHER: &str = "org.kde.StatusNotifierWatcher";
    let bus =
        zbus::blocking::connection::Builder::session()?.method_timeout(std::time::Duration::from_secs(1)).build()?;
    let watcher = zbus::blocking::Proxy::new(&bus, WATCHER, "/StatusNotifierWatcher", WATCHER)?;
    watcher.get_property("IsStatusNotifierHostRegistered")
}

/// Whether somebody owns the selection `name` of our screen: how X11 says that a service is there.
#[cfg(target_os = "linux")]
fn owned(name: &str) -> Result<bool, Box<dyn std::error::Error>> {
    use x11rb::{connection::Connection, protocol::xproto::ConnectionExt, rust_connection::RustConnection};
    let (display, screen) = RustConnection::connect(None)?;
    let atom = display.intern_atom(false, format!("{name}{screen}").as_bytes())?.reply()?.atom;
    display.flush()?;
    Ok(display.get_selection_owner(atom)?.reply()?.owner != x11rb::NONE)
}
