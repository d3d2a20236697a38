//! Keys on X11: grabbed on a connection of our own, told as soon as the server tells it; the talk key is
//! looked at while it is held, for a release may be swallowed on the way.

use super::{Refusal, hand::Hand, keysym::keysym};
use std::{
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};
use talk::Clock;
use tauri::{AppHandle, Manager, Wry};
use tauri_plugin_global_shortcut::{Modifiers, Shortcut};
use voice::KeyRole;
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

/// Who holds the keys for us.
pub(crate) struct Grabber(Result<Arc<Server>, String>);

struct Server {
    connection: RustConnection,
    root: u32,
    held: Mutex<Vec<Held>>,
}

/// A key that is grabbed.
#[derive(Clone, Copy)]
struct Held {
    role: KeyRole,
    shortcut: Shortcut,
    code: Keycode,
    modifiers: u16,
}

/// Begins to follow the keys; nothing is grabbed yet.
pub(crate) fn start(app: &AppHandle<Wry>, clock: Clock) {
    let server = Server::open().map(Arc::new);
    if let Ok(server) = server.clone() {
        let hand = Hand::new(app);
        let followed = thread::Builder::new().name("keys".into()).spawn(move || server.follow(clock, hand));
        if let Err(error) = followed {
            tracing::error!(%error, "nobody follows the keys");
        }
    }
    app.manage(Grabber(server));
}

impl Grabber {
    /// Grabs `key` for `role` in place of the one before; an empty one only lets go.
    pub(crate) fn grab(&self, _app: &AppHandle<Wry>, role: KeyRole, key: &str) -> Result<(), Refusal> {
        let server = self.0.as_ref().map_err(Clone::clone)?;
        let mut held = server.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.extract_if(.., |held| held.role == role).for_each(|before| server.let_go(before));
        if key.is_empty() {
            return Ok(());
        }
        let fresh = server.find(role, key.parse().map_err(|error| format!("{error}"))?)?;
        if held.iter().any(|held| (held.code, held.modifiers) == (fresh.code, fresh.modifiers)) {
            return Err(Refusal::taken("Wilco has another use for it."));
        }
        server.take(fresh)?;
        held.push(fresh);
        Ok(())
    }

    /// Whether `key` is the one that is grabbed for `role`; an empty one is none.
    pub(crate) fn holds(&self, role: KeyRole, key: &str) -> bool {
        let Ok(server) = &self.0 else { return key.is_empty() };
        match server.held().into_iter().find(|held| held.role == role) {
            Some(held) => key.parse().is_ok_and(|key: Shortcut| key == held.shortcut),
            None => key.is_empty(),
        }
    }

    /// Whether there is a display to grab keys of.
    pub(crate) fn is_there(&self) -> bool {
        self.0.is_ok()
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

    fn held(&self) -> Vec<Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Hands on what the keys do until the display is gone.
    fn follow(&self, clock: Clock, mut hand: Hand) {
        loop {
            let event = match hand.due() {
                None => self.connection.wait_for_event().map(Some),
                Some(_) => self.connection.poll_for_event(),
            };
            match event {
                Ok(Some(Event::KeyPress(press))) => {
                    let modifiers = u16::from(press.state) & modifiers(Modifiers::all());
                    let pressed = |held: &Held| (held.code, held.modifiers) == (press.detail, modifiers);
                    if let Some(held) = self.held().into_iter().find(pressed) {
                        hand.down(held.role, clock.now());
                    }
                }
                // modifiers may have come up before the key
                Ok(Some(Event::KeyRelease(release))) => {
                    let released = self.held().into_iter().filter(|held| held.code == release.detail);
                    released.for_each(|held| hand.up(held.role, clock.now()));
                }
                Ok(Some(_)) => {}
                Ok(None) if hand.due().is_some_and(|due| due <= clock.now()) => {
                    hand.seen(self.is_down(hand.holding()), clock.now());
                }
                Ok(None) => thread::sleep(NAP),
                Err(error) => {
                    tracing::error!(%error, "the display is gone");
                    return hand.let_go();
                }
            }
        }
    }

    /// Whether the key of `role` itself is down, whatever was told of it.
    fn is_down(&self, role: Option<KeyRole>) -> Option<bool> {
        let code = self.held().into_iter().find(|held| Some(held.role) == role)?.code;
        let keys = self.connection.query_keymap().ok()?.reply().ok()?.keys;
        keys.get(usize::from(code / 8)).map(|byte| byte & 1 << (code % 8) != 0)
    }

    fn find(&self, role: KeyRole, shortcut: Shortcut) -> Result<Held, String> {
        let unknown = || format!("X11 has no key {}.", shortcut.key);
        let keysym = keysym(&shortcut.key.to_string()).ok_or_else(unknown)?;
        let setup = self.connection.setup();
        let count = setup.max_keycode - setup.min_keycode + 1;
        let map = self.connection.get_keyboard_mapping(setup.min_keycode, count).map_err(|error| error.to_string())?;
        let map = map.reply().map_err(|error| error.to_string())?;
        let mut keys = map.keysyms.chunks(map.keysyms_per_keycode.max(1).into()).zip(setup.min_keycode..);
        let (_, code) = keys.find(|(keysyms, _)| keysyms.contains(&keysym)).ok_or_else(unknown)?;
        Ok(Held { role, shortcut, code, modifiers: modifiers(shortcut.mods) })
    }

    fn take(&self, key: Held) -> Result<(), Refusal> {
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
        // nobody waits for an answer that would send it on
        drop(self.connection.flush());
    }
}

fn refusal(error: &ReplyError) -> Refusal {
    match error {
        ReplyError::X11Error(error) if error.error_kind == ErrorKind::Access => {
            Refusal::taken("Another program holds it.")
        }
        error => format!("{error}.").into(),
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
