//! What follows from the edges of keys, whoever catches them: orders for the core, or, while the person tries the keys,
//! nothing but a look at them.

use crate::main_window;
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use talk::{Finger, Talk};
use tauri::{AppHandle, Manager, Wry, ipc::Channel};
use voice::{Command, KeyRole, KeySeen};

/// A key that goes down again within this long was held, and is repeated by the system; one that comes down later was
/// let go unseen.
const REPEATS: Duration = Duration::from_secs(2);

/// Who looks on while keys are tried.
#[derive(Default)]
pub(crate) struct Probe(Mutex<Option<Channel<KeySeen>>>);

impl Probe {
    /// Shows every edge to `seen`, and does nothing else with it; `None` ends that.
    pub(crate) fn show(&self, seen: Option<Channel<KeySeen>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = seen;
    }

    /// Whether somebody looks on, and was told.
    fn told(&self, role: KeyRole, down: bool, now: Duration) -> bool {
        let watcher = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ms = now.as_secs_f64() * 1e3;
        // a page that is gone looks no more
        watcher.as_ref().is_some_and(|watcher| watcher.send(KeySeen { role, down, ms }).is_ok())
    }
}

/// One hand on all keys: of the two talk keys it holds one at a time.
pub(super) struct Hand {
    app: AppHandle<Wry>,
    finger: Finger,
    holding: Option<KeyRole>,
    /// Which of the other keys went down last, and when; it has not come up.
    tapped: Option<(KeyRole, Duration)>,
}

impl Hand {
    pub(super) fn new(app: &AppHandle<Wry>) -> Self {
        Self { app: app.clone(), finger: Finger::default(), holding: None, tapped: None }
    }

    /// The key of `role` went down.
    pub(super) fn down(&mut self, role: KeyRole, now: Duration) {
        if self.app.state::<Probe>().told(role, true, now) {
            return;
        }
        match role {
            KeyRole::Talk | KeyRole::Other if self.holding.is_none_or(|held| held == role) => {
                self.holding = Some(role);
                let press = self.finger.press(now);
                self.order(if role == KeyRole::Other { Command::PressOther } else { press });
            }
            KeyRole::Talk | KeyRole::Other => {}
            // twice does no harm, and it may not be told that it came up: idle, it is not ours
            KeyRole::Cancel => self.order(Command::Cancel),
            tapped if self.repeats(tapped, now) => {}
            KeyRole::Repeat => self.order(Command::Repeat),
            KeyRole::Persona => self.order(Command::NextPersona),
            KeyRole::Show => main_window::show(&self.app),
        }
    }

    /// Whether this is no new press of `role`, but one that goes on.
    fn repeats(&mut self, role: KeyRole, now: Duration) -> bool {
        let before = self.tapped.replace((role, now));
        before.is_some_and(|(before, last)| before == role && now.saturating_sub(last) < REPEATS)
    }

    /// It came up.
    pub(super) fn up(&mut self, role: KeyRole, now: Duration) {
        self.tapped.take_if(|(tapped, _)| *tapped == role);
        if self.holding == Some(role) {
            self.let_go();
        } else {
            self.app.state::<Probe>().told(role, false, now);
        }
    }

    /// The talk key that is held, if any.
    pub(super) fn holding(&self) -> Option<KeyRole> {
        self.holding
    }

    /// When to look at the held key.
    pub(super) fn due(&self) -> Option<Duration> {
        self.finger.due()
    }

    /// What was seen of it, as `Finger::seen`.
    pub(super) fn seen(&mut self, down: Option<bool>, now: Duration) {
        if let Some(command) = self.finger.seen(down, now) {
            self.holding = None;
            self.order(command);
        }
    }

    /// Whatever is held counts as let go.
    pub(super) fn let_go(&mut self) {
        self.holding = None;
        let release = self.finger.release();
        self.order(release);
    }

    fn order(&self, command: Command) {
        if !self.app.state::<Talk>().order_now(command) {
            tracing::error!("the core is too busy for the keys");
        }
    }
}
