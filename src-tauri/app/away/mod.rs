//! Whether somebody can be at the computer: the screen is locked, the computer goes to sleep, another session is on the
//! screen. Told to the core, which closes the microphone and lets no press open it. On Windows and macOS nothing tells of
//! it yet; there the core's heartbeat notices a sleep afterwards.

#[cfg(target_os = "linux")]
mod bus;

use crate::hotkey;
use talk::Talk;
use tauri::{AppHandle, Manager, Wry, async_runtime};
use voice::{Away, Command};

/// What was told: why nobody is there, and whether that begins or is over.
type Told = (Away, bool);

/// Listens to the system from now on.
pub(crate) fn follow(app: &AppHandle<Wry>) {
    #[cfg(target_os = "linux")]
    bus::follow(app);
    #[cfg(not(target_os = "linux"))]
    let _ = (app, tell); // the same door, when somebody can try it there
}

/// Passes it on. Whoever comes back finds the key bound anew, for some systems forget it.
fn tell(app: &AppHandle<Wry>, (why, begins): Told) {
    let talk = app.state::<Talk>();
    let command = if begins { Command::Away { why } } else { Command::Back { why } };
    async_runtime::block_on(talk.order(command));
    if !begins {
        hotkey::bind(app);
    }
}
