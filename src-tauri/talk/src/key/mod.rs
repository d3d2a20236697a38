//! The talk key: pure decisions from (state, event, time). Debounce, auto-repeat, styles, the tail, the hard cap and who
//! is away live here and nowhere else, so that every schedule of events can be tried without a keyboard.
//!
//! ```text
//!           down                    up, or down again                30 ms later
//!   Idle ─────────▶ Open ────────────────────────────▶ Ending ─────────────────────▶ Tail ──▶ Idle
//!     ▲              ▲ └─ cap, cancel, away ─▶ Spent      └─ it came back: chatter ─▶ Open
//!     └───── up ─────┼──────────────────────────┘         └─ a tap that latches ────▶ Open
//! ```

mod beat;
mod finger;
mod gate;
#[cfg(test)]
mod modelled;
#[cfg(test)]
mod tests;

pub(crate) use beat::{Beat, Moment};
pub use finger::Finger;
pub(crate) use gate::Gate;
// what the gate is made of; its model check gives it others
use std::sync::atomic::{AtomicU8, Ordering};

use std::time::Duration;
use voice::{Away, KeyStyle};

/// An edge that ends a recording is believed when it has lasted this long: contacts chatter for up to 20 ms, and X11
/// repeats a held key as release and press in one.
const CHATTER: Duration = Duration::from_millis(30);
/// A hold shorter than this is a slip of the finger.
pub(crate) const TAP: Duration = Duration::from_millis(150);
/// Up to here a press is a tap in the hybrid style.
const LATCH: Duration = Duration::from_millis(250);
/// How long the microphone stays open after the release while somebody still speaks. The device then gives what it has
/// heard, which is up to 60 ms more, and closes; on a busy machine that together stays under the promised 300 ms.
const LONGEST_TAIL: Duration = Duration::from_millis(160);
/// Nobody talks longer in one turn; a key-up that never comes must not keep the microphone open.
const LONGEST_HOLD: Duration = Duration::from_secs(600);
/// The last seconds of it are counted aloud.
const COUNTED: u32 = 60;
/// Keys that repeat do so faster than this: a press after a longer silence is a new one, though its release was lost.
const REPEAT: Duration = Duration::from_secs(1);

/// What the key, the person, the microphone or the clock did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    Down,
    Up,
    /// Time passed; due at `Key::deadline`.
    Tick,
    /// It has been quiet at the end of the utterance; may come once the tail was asked for.
    Quiet,
    /// The utterance is over, whatever the key does.
    Finish,
    /// The utterance is dropped.
    Cancel,
    /// The microphone ended by itself.
    Over,
    /// Nobody can be at the computer.
    Away(Away),
    /// That is over.
    Back(Away),
}

/// What follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Open the microphone: a turn begins.
    Start,
    /// Say `Quiet` as soon as nobody speaks any more.
    Listen,
    /// Close the microphone: the utterance ended at `at`, and may have been too short for one.
    Stop { at: Duration, short: bool, why: Why },
    /// So many seconds are left.
    Countdown(u32),
}

/// Why the microphone closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    Released,
    /// A contact chattered; nobody pressed.
    Glitch,
    TooLong,
    Away(Away),
}

/// The one owner of what the key does.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    style: KeyStyle,
    /// Each at most once.
    away: Vec<Away>,
    phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The microphone is closed, and a press opens it.
    Idle,
    /// It is closed although the key is down; was last heard of at this time.
    Spent { heard: Duration },
    /// It is open.
    Open { take: Take, down: bool },
    /// It is open, but the key was let go, or pressed again if `down`, at this time.
    Ending { take: Take, at: Duration, down: bool },
    /// The utterance ended then; the last word may still sound.
    Tail { take: Take, at: Duration, down: bool },
}

/// An utterance that is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Take {
    since: Duration,
    /// What is counted next, in seconds.
    next: u32,
}

impl Key {
    pub(crate) fn new(style: KeyStyle) -> Self {
        Self { style, away: Vec::new(), phase: Phase::Idle }
    }

    /// Counts from the next release on.
    pub(crate) fn set_style(&mut self, style: KeyStyle) {
        self.style = style;
    }

    /// Takes in `input` at the time `now` of a monotonic clock. What was due before comes first, so that a tick that is
    /// late changes nothing.
    pub(crate) fn on(&mut self, input: Input, now: Duration) -> Vec<Action> {
        let mut actions = Vec::new();
        while self.deadline().is_some_and(|due| due <= now) {
            actions.extend(self.pass(now));
        }
        match input {
            Input::Tick => {}
            Input::Down => self.down(now, &mut actions),
            Input::Up => self.up(now),
            Input::Quiet | Input::Finish => actions.extend(self.finish(input, now)),
            Input::Cancel => drop(self.shut(Why::Released, now)),
            Input::Over => self.over(now),
            Input::Away(why) => {
                if !self.away.contains(&why) {
                    self.away.push(why);
                }
                actions.extend(self.shut(Why::Away(why), now));
            }
            Input::Back(why) => self.away.retain(|known| *known != why),
        }
        actions
    }

    /// When a `Tick` is due.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        match self.phase {
            Phase::Idle | Phase::Spent { .. } => None,
            Phase::Open { take, .. } => Some(take.due()),
            Phase::Ending { at, .. } => Some(at + CHATTER),
            Phase::Tail { at, .. } => Some(at + LONGEST_TAIL),
        }
    }

    /// A deadline has passed.
    fn pass(&mut self, now: Duration) -> Option<Action> {
        match self.phase {
            Phase::Idle | Phase::Spent { .. } => None,
            Phase::Open { take, .. } if take.next == 0 => self.shut(Why::TooLong, take.due()),
            Phase::Open { mut take, down } => {
                let left = take.next;
                take.next -= 1;
                self.phase = Phase::Open { take, down };
                // whoever comes late does not count what is over
                (take.due() > now).then_some(Action::Countdown(left))
            }
            Phase::Ending { take, at, down } => self.believe(take, at, down),
            Phase::Tail { take, at, down } => Some(self.stop(take, at, down, Why::Released)),
        }
    }

    /// The edge at `at` was meant.
    fn believe(&mut self, take: Take, at: Duration, down: bool) -> Option<Action> {
        let held = at.saturating_sub(take.since);
        let latches = match self.style {
            KeyStyle::Hold => false,
            KeyStyle::Toggle => true,
            KeyStyle::Hybrid => held < LATCH,
        };
        if !down && held < CHATTER {
            return Some(self.stop(take, at, down, Why::Glitch));
        }
        if !down && latches {
            self.phase = Phase::Open { take, down };
            return None;
        }
        Some(self.end(take, at, down))
    }

    /// The utterance ended at `at`.
    fn end(&mut self, take: Take, at: Duration, down: bool) -> Action {
        if at.saturating_sub(take.since) < TAP {
            return self.stop(take, at, down, Why::Released);
        }
        self.phase = Phase::Tail { take, at, down };
        Action::Listen
    }

    fn down(&mut self, now: Duration, actions: &mut Vec<Action>) {
        match self.phase {
            Phase::Spent { heard } if now.saturating_sub(heard) < REPEAT => self.phase = Phase::Spent { heard: now },
            // whoever presses before the screen is unlocked must press again after
            Phase::Idle | Phase::Spent { .. } if !self.away.is_empty() => self.phase = Phase::Spent { heard: now },
            Phase::Idle | Phase::Spent { .. } => actions.push(self.start(now)),
            Phase::Open { take, down: false } => self.phase = Phase::Ending { take, at: now, down: true },
            Phase::Ending { take, down: false, .. } => self.phase = Phase::Open { take, down: true },
            Phase::Tail { take, at, down: false } => {
                actions.push(self.stop(take, at, false, Why::Released));
                actions.push(self.start(now));
            }
            // auto-repeat
            Phase::Open { .. } | Phase::Ending { .. } | Phase::Tail { .. } => {}
        }
    }

    fn up(&mut self, now: Duration) {
        self.phase = match self.phase {
            Phase::Spent { .. } => Phase::Idle,
            Phase::Open { take, down: true } => Phase::Ending { take, at: now, down: false },
            Phase::Ending { take, down: true, .. } => Phase::Open { take, down: false },
            Phase::Tail { take, at, .. } => Phase::Tail { take, at, down: false },
            phase => phase,
        };
    }

    /// A key that is still down repeats, and must not begin turn after turn that end at once.
    fn over(&mut self, now: Duration) {
        self.phase = match self.phase {
            Phase::Open { down, .. } | Phase::Ending { down, .. } | Phase::Tail { down, .. } => {
                if down {
                    Phase::Spent { heard: now }
                } else {
                    Phase::Idle
                }
            }
            phase => phase,
        };
    }

    fn finish(&mut self, input: Input, now: Duration) -> Option<Action> {
        match (self.phase, input) {
            (Phase::Tail { take, at, down }, Input::Quiet) => Some(self.stop(take, at, down, Why::Released)),
            (Phase::Open { take, down }, Input::Finish) => Some(self.end(take, now, down)),
            (Phase::Ending { take, at, down }, Input::Finish) => Some(self.end(take, at, down)),
            _ => None,
        }
    }

    /// Ends at `at` what is recorded. An utterance that had ended before ends as it would have.
    fn shut(&mut self, why: Why, at: Duration) -> Option<Action> {
        match self.phase {
            Phase::Idle | Phase::Spent { .. } => None,
            Phase::Open { take, down } | Phase::Ending { take, down, .. } => Some(self.stop(take, at, down, why)),
            Phase::Tail { take, at, down } => Some(self.stop(take, at, down, Why::Released)),
        }
    }

    fn start(&mut self, now: Duration) -> Action {
        self.phase = Phase::Open { take: Take { since: now, next: COUNTED }, down: true };
        Action::Start
    }

    fn stop(&mut self, take: Take, at: Duration, down: bool, why: Why) -> Action {
        self.phase = if down { Phase::Spent { heard: at } } else { Phase::Idle };
        Action::Stop { at, short: at.saturating_sub(take.since) < TAP, why }
    }
}

impl Take {
    /// When something is to be counted, or all of it is over.
    fn due(&self) -> Duration {
        self.since + LONGEST_HOLD - Duration::from_secs(self.next.into())
    }
}
