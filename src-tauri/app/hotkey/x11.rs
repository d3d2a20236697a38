//! The talk key on X11: grabbed on a connection of our own, told as soon as the server tells it, and looked at while it
//! is held, for a release may be swallowed on the way.

use super::keysym::keysym;
use std::{
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};
use talk::{Clock, Finger, Talk};
use tauri::{AppHandle, Manager, Wry};
use tauri_plugin_global_shortcut::{Modifiers, Shortcut};
use voice::Command;
use x11rb::{
    connection::Connection,
    errors::ReplyError,
    protocol::{
        ErrorKind, Event,
        xkb::{self, ConnectionExt as _},
        xproto::{ConnectionExt as _, GrabMode, Keycode, ModMask},
    },
    rust_connection::RustConnection,
};

/// While the key is held its release is asked for this often; the server does not wake who also watches the clock.
const NAP: Duration = Duration::from_millis(4);
/// Locks that do not make it another key: none, CapsLock, NumLock, both.
const LOCKS: [u16; 4] = [0, 2, 16, 18];

/// Who holds the key for us.
pub(crate) struct Grabber(Result<Arc<Server>, String>);

struct Server {
    connection: RustConnection,
    root: u32,
    held: Mutex<Option<Held>>,
}

/// A key that is grabbed.
#[derive(Clone, Copy)]
struct Held {
    shortcut: Shortcut,
    code: Keycode,
    modifiers: u16,
}

/// Begins to follow the key; nothing is grabbed yet.
pub(crate) fn start(app: &AppHandle<Wry>, clock: Clock) {
    let server = Server::open().map(Arc::new);
    if let Ok(server) = server.clone() {
        let talk = app.state::<Talk>().inner().clone();
        let followed = thread::Builder::new().name("talk key".into()).spawn(move || server.follow(clock, &talk));
        if let Err(error) = followed {
            tracing::error!(%error, "nobody follows the talk key");
        }
    }
    app.manage(Grabber(server));
}

impl Grabber {
    /// Grabs `key` in place of the one before.
    pub(crate) fn grab(&self, _app: &AppHandle<Wry>, key: &str) -> Result<(), String> {
        let server = self.0.as_ref().map_err(Clone::clone)?;
        let mut held = server.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = held.take() {
            server.let_go(before);
        }
        let fresh = server.find(key.parse().map_err(|error| format!("{error}"))?)?;
        server.take(fresh)?;
        *held = Some(fresh);
        Ok(())
    }

    /// Whether `key` is the one that is grabbed.
    pub(crate) fn holds(&self, _app: &AppHandle<Wry>, key: &str) -> bool {
        let held = self.0.as_ref().ok().and_then(|server| server.held());
        held.is_some_and(|held| key.parse().is_ok_and(|key: Shortcut| key == held.shortcut))
    }
}

impl Server {
    fn open() -> Result<Self, String> {
        let (connection, screen) = RustConnection::connect(None).map_err(|error| error.to_string())?;
        let root =
            connection.setup().roots.get(screen).map(|screen| screen.root).ok_or("The display has no screen.")?;
        let repeats = (|| -> Result<_, ReplyError> {
            connection.xkb_use_extension(1, 0)?.reply()?;
            let once = xkb::PerClientFlag::DETECTABLE_AUTO_REPEAT;
            let no = Default::default();
            connection.xkb_per_client_flags(xkb::ID::USE_CORE_KBD.into(), once, once, no, no, no)?.reply()
        })();
        if let Err(error) = repeats {
            // a repeated key is then released and pressed in one, which the core knows
            tracing::warn!(%error, "auto-repeat is not told apart");
        }
        Ok(Self { connection, root, held: Mutex::default() })
    }

    fn held(&self) -> Option<Held> {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the core of the key until the display is gone.
    fn follow(&self, clock: Clock, talk: &Talk) {
        let mut finger = Finger::default();
        let order = |command: Command| {
            if !talk.order_now(command) {
                tracing::error!("the core is too busy for the talk key");
            }
        };
        loop {
            let event = match finger.due() {
                None => self.connection.wait_for_event().map(Some),
                Some(_) => self.connection.poll_for_event(),
            };
            match event {
                Ok(Some(Event::KeyPress(press))) if self.is_ours(press.detail) => order(finger.press(clock.now())),
                Ok(Some(Event::KeyRelease(release))) if self.is_ours(release.detail) => order(finger.release()),
                Ok(Some(_)) => {}
                Ok(None) if finger.due().is_some_and(|due| due <= clock.now()) => {
                    if let Some(command) = finger.seen(self.is_down(), clock.now()) {
                        order(command);
                    }
                }
                Ok(None) => thread::sleep(NAP),
                Err(error) => {
                    tracing::error!(%error, "the display is gone");
                    return order(finger.release());
                }
            }
        }
    }

    fn is_ours(&self, code: Keycode) -> bool {
        self.held().is_some_and(|held| held.code == code)
    }

    /// Whether the key itself is down, whatever was told of it.
    fn is_down(&self) -> Option<bool> {
        let code = self.held()?.code;
        let keys = self.connection.query_keymap().ok()?.reply().ok()?.keys;
        keys.get(usize::from(code / 8)).map(|byte| byte & 1 << (code % 8) != 0)
    }

    fn find(&self, shortcut: Shortcut) -> Result<Held, String> {
        let unknown = || format!("X11 has no key {}.", shortcut.key);
        let keysym = keysym(&shortcut.key.to_string()).ok_or_else(unknown)?;
        let setup = self.connection.setup();
        let count = setup.max_keycode - setup.min_keycode + 1;
        let map = self.connection.get_keyboard_mapping(setup.min_keycode, count).map_err(|error| error.to_string())?;
        let map = map.reply().map_err(|error| error.to_string())?;
        let mut keys = map.keysyms.chunks(map.keysyms_per_keycode.max(1).into()).zip(setup.min_keycode..);
        let (_, code) = keys.find(|(keysyms, _)| keysyms.contains(&keysym)).ok_or_else(unknown)?;
        Ok(Held { shortcut, code, modifiers: modifiers(shortcut.mods) })
    }

    fn take(&self, key: Held) -> Result<(), String> {
        for lock in LOCKS {
            let asked = self.connection.grab_key(
                false,
                self.root,
                (key.modifiers | lock).into(),
                key.code,
                GrabMode::ASYNC,
                GrabMode::ASYNC,
            );
            let taken = asked.map_err(ReplyError::from).and_then(|asked| asked.check());
            if let Err(error) = taken {
                self.let_go(key);
                return Err(refusal(&error));
            }
        }
        Ok(())
    }

    fn let_go(&self, key: Held) {
        for lock in LOCKS {
            // a key that was not ours need not be let go
            if let Ok(asked) = self.connection.ungrab_key(key.code, self.root, (key.modifiers | lock).into()) {
                asked.ignore_error();
            }
        }
    }
}

fn refusal(error: &ReplyError) -> String {
    match error {
        ReplyError::X11Error(error) if error.error_kind == ErrorKind::Access => "Another program holds it.".into(),
        error => format!("{error}."),
    }
}

fn modifiers(wanted: Modifiers) -> u16 {
    let known = [
        (Modifiers::SHIFT, ModMask::SHIFT),
        (Modifiers::CONTROL, ModMask::CONTROL),
        (Modifiers::ALT, ModMask::M1),
        (Modifiers::SUPER | Modifiers::META, ModMask::M4),
    ];
    known.into_iter().filter(|(one, _)| wanted.intersects(*one)).fold(0, |all, (_, mask)| all | u16::from(mask))
}
