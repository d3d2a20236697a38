//! The talk key by the plugin, on Windows and macOS. Compiled there only; **never run by us**.

use super::physical;
use std::{
    sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel},
    thread,
};
use talk::{Clock, Finger, Talk};
use tauri::{AppHandle, Manager, Wry};
use tauri_plugin_global_shortcut::{Builder, Code, GlobalShortcutExt, Shortcut, ShortcutEvent, ShortcutState};
use voice::Command;

/// Edges that may wait to be looked after; there are two a press.
const EDGES: usize = 16;

/// Who holds the key for us: the plugin.
pub(crate) struct Grabber;

/// Begins to follow the key; nothing is grabbed yet.
pub(crate) fn start(app: &AppHandle<Wry>, clock: Clock) {
    let (edges, told) = sync_channel::<(ShortcutState, Code)>(EDGES);
    let talk = app.state::<Talk>().inner().clone();
    let watching = thread::Builder::new().name("talk key".into()).spawn(move || {
        let (mut finger, mut code) = (Finger::default(), None);
        loop {
            let told = match finger.due() {
                None => told.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(due) => told.recv_timeout(due.saturating_sub(clock.now())),
            };
            let command = match told {
                Ok((ShortcutState::Pressed, key)) => {
                    code = Some(key);
                    Some(finger.press(clock.now()))
                }
                Ok((ShortcutState::Released, _)) => Some(finger.release()),
                Err(RecvTimeoutError::Timeout) => finger.seen(code.and_then(physical::is_down), clock.now()),
                Err(RecvTimeoutError::Disconnected) => return,
            };
            command.into_iter().for_each(|command| order(&talk, command));
        }
    });
    if let Err(error) = watching {
        tracing::error!(%error, "nobody follows the talk key");
    }
    let handler = move |_: &AppHandle<Wry>, key: &Shortcut, event: ShortcutEvent| tell(&edges, event.state(), key.key);
    if let Err(error) = app.plugin(Builder::new().with_handler(handler).build()) {
        tracing::error!(%error, "no talk key");
    }
    app.manage(Grabber);
}

impl Grabber {
    /// Registers `key` in place of the one before.
    pub(crate) fn grab(&self, app: &AppHandle<Wry>, key: &str) -> Result<(), String> {
        let shortcuts = app.global_shortcut();
        shortcuts.unregister_all().map_err(|error| error.to_string())?;
        let shortcut = key.parse::<Shortcut>().map_err(|error| error.to_string())?;
        shortcuts.register(shortcut).map_err(|error| error.to_string())
    }

    /// Whether `key` is the one that is registered.
    pub(crate) fn holds(&self, app: &AppHandle<Wry>, key: &str) -> bool {
        key.parse::<Shortcut>().is_ok_and(|shortcut| app.global_shortcut().is_registered(shortcut))
    }
}

fn tell(edges: &SyncSender<(ShortcutState, Code)>, state: ShortcutState, code: Code) {
    if edges.try_send((state, code)).is_err() {
        tracing::error!("nobody follows the talk key");
    }
}

fn order(talk: &Talk, command: Command) {
    if !talk.order_now(command) {
        tracing::error!("the core is too busy for the talk key");
    }
}
