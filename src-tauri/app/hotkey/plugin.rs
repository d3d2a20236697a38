//! Keys by the plugin, on Windows and macOS. Compiled there only; **never run by us**.

use super::{Refusal, hand::Hand, physical};
use std::{
    sync::{
        Mutex, PoisonError,
        mpsc::{RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
};
use talk::Clock;
use tauri::{AppHandle, Manager, Wry};
use tauri_plugin_global_shortcut::{Builder, GlobalShortcutExt, Shortcut, ShortcutEvent, ShortcutState};
use voice::KeyRole;

/// Edges that may wait to be looked after; there are two a press.
const EDGES: usize = 16;

type Edge = (ShortcutState, Shortcut);

/// Who holds the keys for us: the plugin.
#[derive(Default)]
pub(crate) struct Grabber(Mutex<Vec<(KeyRole, Shortcut)>>);

/// Begins to follow the keys; nothing is grabbed yet.
pub(crate) fn start(app: &AppHandle<Wry>, clock: Clock) {
    app.manage(Grabber::default());
    let (edges, told) = sync_channel::<Edge>(EDGES);
    let handle = app.clone();
    let watching = thread::Builder::new().name("keys".into()).spawn(move || {
        let mut hand = Hand::new(&handle);
        let grabber = handle.state::<Grabber>();
        loop {
            let told = match hand.due() {
                None => told.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(due) => told.recv_timeout(due.saturating_sub(clock.now())),
            };
            match told {
                Ok((state, key)) => {
                    let Some(role) = grabber.role_of(key) else { continue };
                    match state {
                        ShortcutState::Pressed => hand.down(role, clock.now()),
                        ShortcutState::Released => hand.up(role, clock.now()),
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    let key = hand.holding().and_then(|role| grabber.key_of(role));
                    hand.seen(key.and_then(|key| physical::is_down(key.key)), clock.now());
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    });
    if let Err(error) = watching {
        tracing::error!(%error, "nobody follows the keys");
    }
    let handler = move |_: &AppHandle<Wry>, key: &Shortcut, event: ShortcutEvent| tell(&edges, (event.state(), *key));
    if let Err(error) = app.plugin(Builder::new().with_handler(handler).build()) {
        tracing::error!(%error, "no keys");
    }
}

impl Grabber {
    /// Registers `key` for `role` in place of the one before; an empty one only lets go.
    pub(crate) fn grab(&self, app: &AppHandle<Wry>, role: KeyRole, key: &str) -> Result<(), Refusal> {
        let shortcuts = app.global_shortcut();
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, before) in held.extract_if(.., |(held, _)| *held == role) {
            shortcuts.unregister(before).map_err(|error| error.to_string())?;
        }
        if key.is_empty() {
            return Ok(());
        }
        let shortcut = key.parse::<Shortcut>().map_err(|error| error.to_string())?;
        shortcuts.register(shortcut).map_err(|error| Refusal::taken(error.to_string()))?;
        held.push((role, shortcut));
        Ok(())
    }

    /// Whether `key` is the one that is registered for `role`; an empty one is none.
    pub(crate) fn holds(&self, role: KeyRole, key: &str) -> bool {
        match self.key_of(role) {
            Some(held) => key.parse::<Shortcut>().is_ok_and(|key| key == held),
            None => key.is_empty(),
        }
    }

    /// The system always has them.
    pub(crate) fn is_there(&self) -> bool {
        true
    }

    fn role_of(&self, key: Shortcut) -> Option<KeyRole> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.iter().find(|(_, held)| *held == key).map(|(role, _)| *role)
    }

    fn key_of(&self, role: KeyRole) -> Option<Shortcut> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.iter().find(|(held, _)| *held == role).map(|(_, key)| *key)
    }
}

fn tell(edges: &SyncSender<Edge>, edge: Edge) {
    if edges.try_send(edge).is_err() {
        tracing::error!("nobody follows the keys");
    }
}
