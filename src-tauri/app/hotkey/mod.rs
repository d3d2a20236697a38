//! Keys that work wherever the focus is. What a press means is decided in the core; here keys are only caught, and the
//! talk key is looked at while it is held. On X11 by a grab of our own, for the plugin looks 20 times a second only; on
//! Wayland by the desktop's portal; elsewhere by the plugin.

mod hand;
#[cfg(target_os = "linux")]
mod keysym;
#[cfg(not(target_os = "linux"))]
mod physical;
#[cfg(not(target_os = "linux"))]
mod plugin;
#[cfg(target_os = "linux")]
mod portal;
#[cfg(target_os = "linux")]
mod x11;

pub(crate) use hand::Probe;
#[cfg(not(target_os = "linux"))]
use plugin::{Grabber, start as follow};
#[cfg(target_os = "linux")]
use x11::{Grabber, start as follow};

use crate::events;
use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, Ordering::Relaxed},
};
use talk::Clock;
use tauri::{AppHandle, Manager, Wry, async_runtime};
use tauri_plugin_global_shortcut::{Code, Modifiers, Shortcut};
use voice::{Error, ErrorKind, Event, Hotkeys, KeyBackend, KeyRole, KeyVerdict, Settings, State};

/// Whom a fault names where no key is at fault: apps see none there.
const WAYLAND: &str = "Wayland";

/// Keys that people type with, beside letters, digits and the number pad. What is a sign in one layout is a letter in another:
/// Semicolon is ж.
const WRITING: [Code; 16] = [
    Code::Space,
    Code::Enter,
    Code::Tab,
    Code::Backspace,
    Code::Delete,
    Code::Backquote,
    Code::Minus,
    Code::Equal,
    Code::BracketLeft,
    Code::BracketRight,
    Code::Backslash,
    Code::Semicolon,
    Code::Quote,
    Code::Comma,
    Code::Period,
    Code::Slash,
];

/// Which keys are to be caught.
pub(crate) struct Bound {
    keys: Mutex<Hotkeys>,
    /// Something goes on that could be cancelled.
    busy: AtomicBool,
    /// The person is choosing a key: none is caught, so that the page sees it.
    resting: AtomicBool,
    /// Keys are caught by one at a time, who knows which were refused, and told so.
    arming: Mutex<Vec<KeyRole>>,
}

impl Bound {
    /// These keys; none is caught before `bind`.
    pub(crate) fn new(keys: &Hotkeys) -> Self {
        let (busy, resting) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { keys: Mutex::new(keys.clone()), busy, resting, arming: Mutex::default() }
    }

    /// The key that `role` should have now; an empty one is none.
    fn wanted(&self, role: KeyRole) -> String {
        let keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = role == KeyRole::Cancel && !self.busy.load(Relaxed);
        if idle || self.resting.load(Relaxed) { String::new() } else { keys.of(role).to_owned() }
    }
}

/// Why keys are caught now.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// They may have been forgotten: all are caught anew, and what is refused is told anew.
    Forgotten,
    /// Others were chosen. What is refused is told anew.
    Chosen,
    /// A turn began or ended, or nobody chooses any more. What is refused still is known.
    Due,
}

/// Why a key is not caught.
pub(crate) struct Refusal {
    verdict: KeyVerdict,
    /// The same in a sentence.
    detail: String,
}

impl Refusal {
    fn taken(detail: impl Into<String>) -> Self {
        Self { verdict: KeyVerdict::Taken, detail: detail.into() }
    }
}

impl From<String> for Refusal {
    fn from(detail: String) -> Self {
        Self { verdict: KeyVerdict::NoKey, detail }
    }
}

/// Begins to follow the keys; only the desktop's portal catches some already.
#[cfg_attr(not(target_os = "linux"), expect(unused_variables, reason = "keys are proposed to nobody there"))]
pub(crate) fn start(app: &AppHandle<Wry>, clock: Clock, settings: &Settings) {
    follow(app, clock);
    #[cfg(target_os = "linux")]
    if wayland() {
        portal::start(app, clock, settings);
    }
}

/// Catches all keys anew: some systems forget them over a sleep. One that cannot be caught is told as trouble.
pub(crate) fn bind(app: &AppHandle<Wry>) {
    arm(app, Cause::Forgotten);
}

/// Takes in what happened: other keys, or something that could be cancelled. The system may answer late, and is asked off
/// the core's own task.
pub(crate) fn see(app: &AppHandle<Wry>, event: &Event) {
    let bound = app.state::<Bound>();
    let (changed, cause) = match event {
        Event::Changed { settings, .. } => {
            let mut keys = bound.keys.lock().unwrap_or_else(PoisonError::into_inner);
            let changed = *keys != settings.hotkeys;
            keys.clone_from(&settings.hotkeys);
            (changed, Cause::Chosen)
        }
        Event::State { state } => {
            let busy = *state != State::Ready;
            let changed = bound.busy.swap(busy, Relaxed) != busy;
            let cancels = !bound.keys.lock().unwrap_or_else(PoisonError::into_inner).cancel.is_empty();
            (changed && cancels, Cause::Due)
        }
        _ => return,
    };
    if changed {
        arm_later(app, cause);
    }
}

/// Whether `event` says that `error`, of a key, is true no longer: nobody wants that key now, or the desktop gave one.
pub(crate) fn is_over(error: &Error, event: &Event) -> bool {
    error.kind == ErrorKind::Hotkey
        && match event {
            Event::Changed { settings, .. } => {
                let wanted = |role: KeyRole| settings.hotkeys.of(role) == error.source;
                error.source != WAYLAND && !KeyRole::ALL.into_iter().any(wanted)
            }
            Event::Given { keys } => keys.iter().any(|(role, _)| *role == KeyRole::Talk),
            _ => false,
        }
}

/// Lets all keys go while the person chooses one, or catches them again.
pub(crate) fn rest(app: &AppHandle<Wry>, rest: bool) {
    app.state::<Bound>().resting.store(rest, Relaxed);
    arm(app, Cause::Due);
}

/// Nobody tries or chooses keys any more: they do their work.
pub(crate) fn end_trial(app: &AppHandle<Wry>) {
    app.state::<Probe>().show(None);
    if app.state::<Bound>().resting.swap(false, Relaxed) {
        arm_later(app, Cause::Due);
    }
}

/// Whether `key` could be caught, found by catching it for a moment.
pub(crate) fn try_out(app: &AppHandle<Wry>, key: &str) -> KeyVerdict {
    let bound = app.state::<Bound>();
    let _arming = bound.arming.lock().unwrap_or_else(PoisonError::into_inner);
    let grabber = app.state::<Grabber>();
    let tried = usable(key).and_then(|()| grabber.grab(app, KeyRole::Show, key).map_err(|refusal| refusal.verdict));
    drop(grabber.grab(app, KeyRole::Show, &bound.wanted(KeyRole::Show)));
    tried.err().unwrap_or(KeyVerdict::Free)
}

/// What the talk key is called for which `wanted` is set; empty where nobody catches it.
pub(crate) fn talk_key(app: &AppHandle<Wry>, wanted: String) -> String {
    match backend(app) {
        KeyBackend::Portal => portal(app).unwrap_or_default(),
        KeyBackend::Wayland | KeyBackend::Nobody => String::new(),
        KeyBackend::X11 | KeyBackend::System => wanted,
    }
}

/// Who catches keys here.
pub(crate) fn backend(app: &AppHandle<Wry>) -> KeyBackend {
    match app.state::<Grabber>().is_there() {
        _ if wayland() && portal(app).is_some() => KeyBackend::Portal,
        _ if wayland() => KeyBackend::Wayland,
        false => KeyBackend::Nobody,
        true if cfg!(target_os = "linux") => KeyBackend::X11,
        true => KeyBackend::System,
    }
}

/// What the desktop calls the talk key, if it catches the keys for us.
#[cfg_attr(not(target_os = "linux"), expect(unused_variables, reason = "there is no portal"))]
fn portal(app: &AppHandle<Wry>) -> Option<String> {
    #[cfg(target_os = "linux")]
    return app.state::<portal::Portal>().talk_key();
    #[cfg(not(target_os = "linux"))]
    None
}

fn arm_later(app: &AppHandle<Wry>, cause: Cause) {
    let app = app.clone();
    async_runtime::spawn_blocking(move || arm(&app, cause));
}

fn arm(app: &AppHandle<Wry>, cause: Cause) {
    let (bound, grabber) = (app.state::<Bound>(), app.state::<Grabber>());
    let mut refused = bound.arming.lock().unwrap_or_else(PoisonError::into_inner);
    if wayland() {
        // there a key is registered through XWayland and then never fires; the portal sees to them
        return;
    }
    if cause != Cause::Due {
        refused.clear();
    }
    for role in KeyRole::ALL {
        let key = bound.wanted(role);
        if cause != Cause::Forgotten && grabber.holds(role, &key) {
            continue;
        }
        if let Err(Refusal { detail, .. }) = grabber.grab(app, role, &key)
            && !refused.contains(&role)
        {
            refused.push(role);
            let error = Error::new(ErrorKind::Hotkey, key, detail);
            events::tell(app, Event::Trouble { error });
        }
    }
}

/// A key that people type with would be lost to all other programs.
fn usable(key: &str) -> Result<(), KeyVerdict> {
    let shortcut: Shortcut = key.parse().map_err(|_| KeyVerdict::NoKey)?;
    let name = shortcut.key.to_string();
    let typed =
        ["Key", "Digit", "Numpad"].iter().any(|begin| name.starts_with(begin)) || WRITING.contains(&shortcut.key);
    let bare = (shortcut.mods - Modifiers::SHIFT).is_empty();
    if typed && bare { Err(KeyVerdict::Typed) } else { Ok(()) }
}

fn wayland() -> bool {
    cfg!(target_os = "linux") && std::env::var_os("WAYLAND_DISPLAY").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_people_type_with_are_refused() {
        for key in ["F9", "Ctrl+Shift+Space", "Alt+KeyD", "Escape", "Pause", "Super+Enter", "Ctrl+Semicolon"] {
            assert_eq!(usable(key), Ok(()), "{key}");
        }
        for key in ["KeyA", "Shift+KeyA", "Space", "Digit1", "Ctrl", "Ctrl+Shift", "", "Nonsense"] {
            assert!(usable(key).is_err(), "{key}");
        }
        // ж э х ъ ё б ю and their neighbours
        let signs = "Semicolon Quote BracketLeft BracketRight Backquote Comma Period Minus Equal Slash Backslash";
        for key in signs.split(' ').chain(["Tab", "Enter", "Backspace", "Numpad5", "Shift+Quote"]) {
            assert_eq!(usable(key), Err(KeyVerdict::Typed), "{key}");
        }
    }

    #[test]
    fn a_fault_of_a_key_is_over_when_nobody_wants_that_key() {
        let chosen = |talk: &str| {
            let mut file = store::SettingsFile::in_memory().unwrap();
            file.set("hotkeys.talk", talk).unwrap();
            Event::Changed { settings: file.current().clone().into(), keys: Default::default() }
        };
        let fault = |of: &str| Error::new(ErrorKind::Hotkey, of, "");
        assert!(!is_over(&fault("F9"), &chosen("F9")), "another setting changed");
        assert!(is_over(&fault("F9"), &chosen("F10")));
        assert!(!is_over(&fault(WAYLAND), &chosen("F10")), "no key of the settings cures that");
        assert!(is_over(&fault(WAYLAND), &Event::Given { keys: vec![(KeyRole::Talk, "F9".into())] }));
        assert!(!is_over(&fault(WAYLAND), &Event::Given { keys: Vec::new() }));
        assert!(!is_over(&Error::new(ErrorKind::Storage, "F9", ""), &chosen("F10")));
    }
}
