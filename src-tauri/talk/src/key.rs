//! The talk key: pure decisions from (state, event, time). Debounce, auto-repeat, release grace and the hard cap live
//! here and nowhere else, so that every schedule of events can be tried without a keyboard.

use std::time::Duration;

/// Two presses closer than this are one: contacts bounce for up to 20 ms.
const DEBOUNCE: Duration = Duration::from_millis(30);
/// X11 repeats a held key as release + press pairs, a few milliseconds apart.
const RELEASE_GRACE: Duration = Duration::from_millis(50);
/// A hold shorter than this is a slip of the finger.
pub(crate) const TAP: Duration = Duration::from_millis(150);
/// Nobody talks longer in one turn; a key-up that never comes must not keep the microphone open.
pub(crate) const LONGEST_HOLD: Duration = Duration::from_secs(600);

/// What the key, or the clock, did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    Down,
    Up,
    /// Time passed; due at `Key::deadline`.
    Tick,
}

/// What follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Begin a turn.
    Start,
    /// The utterance ended at this time.
    Stop { at: Duration, held: Duration },
}

/// The key as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Up {
        since: Option<Duration>,
    },
    Held {
        since: Duration,
    },
    /// It came up, but may come down again at once.
    Releasing {
        since: Duration,
        up: Duration,
    },
}

impl Key {
    pub(crate) const fn new() -> Self {
        Self::Up { since: None }
    }

    /// Takes in `input` at the time `now` of a monotonic clock.
    pub(crate) fn on(&mut self, input: Input, now: Duration) -> Option<Action> {
        let (next, action) = match (*self, input) {
            (Self::Up { since: Some(up) }, Input::Down) if now.saturating_sub(up) < DEBOUNCE => (*self, None),
            (Self::Up { .. }, Input::Down) => (Self::Held { since: now }, Some(Action::Start)),
            (Self::Held { since }, Input::Up) => (Self::Releasing { since, up: now }, None),
            (Self::Held { since }, Input::Tick) if now >= since + LONGEST_HOLD => stop(since, now),
            (Self::Releasing { since, up }, Input::Down) if now < up + RELEASE_GRACE => (Self::Held { since }, None),
            (Self::Releasing { since, up }, Input::Tick) if now >= up + RELEASE_GRACE => stop(since, up),
            _ => (*self, None),
        };
        *self = next;
        action
    }

    /// When a `Tick` is due.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        match *self {
            Self::Up { .. } => None,
            Self::Held { since } => Some(since + LONGEST_HOLD),
            Self::Releasing { up, .. } => Some(up + RELEASE_GRACE),
        }
    }

    /// The microphone ended by itself, or the turn was cancelled: the key counts as up until it is pressed anew.
    pub(crate) fn reset(&mut self) {
        *self = Self::new();
    }
}

fn stop(since: Duration, at: Duration) -> (Key, Option<Action>) {
    (Key::Up { since: Some(at) }, Some(Action::Stop { at, held: at.saturating_sub(since) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_hold_is_one_start_and_one_stop() {
        let mut key = Key::new();
        assert_eq!(key.on(Input::Down, ms(1000)), Some(Action::Start));
        assert_eq!(key.on(Input::Down, ms(1500)), None, "auto-repeat without releases");
        assert_eq!(key.on(Input::Up, ms(2000)), None);
        assert_eq!(key.deadline(), Some(ms(2050)));
        assert_eq!(key.on(Input::Tick, ms(2049)), None);
        assert_eq!(key.on(Input::Tick, ms(2050)), Some(Action::Stop { at: ms(2000), held: ms(1000) }));
    }

    #[test]
    fn auto_repeat_pairs_are_one_hold() {
        let mut key = Key::new();
        assert_eq!(key.on(Input::Down, ms(0)), Some(Action::Start));
        for n in 1..40 {
            assert_eq!(key.on(Input::Up, ms(n * 30)), None);
            assert_eq!(key.on(Input::Down, ms(n * 30 + 2)), None);
        }
        assert_eq!(key, Key::Held { since: ms(0) });
    }

    #[test]
    fn a_bounce_after_the_end_starts_nothing() {
        let mut key = Key::new();
        key.on(Input::Down, ms(0));
        key.on(Input::Up, ms(500));
        assert!(key.on(Input::Tick, ms(520 + 30)).is_some());
        key = Key::Up { since: Some(ms(550)) };
        assert_eq!(key.on(Input::Down, ms(579)), None);
        assert_eq!(key.on(Input::Down, ms(580)), Some(Action::Start));
    }

    #[test]
    fn a_key_up_that_never_comes_ends_at_the_cap() {
        let mut key = Key::new();
        key.on(Input::Down, ms(5));
        assert_eq!(key.deadline(), Some(ms(5) + LONGEST_HOLD));
        assert!(matches!(key.on(Input::Tick, ms(5) + LONGEST_HOLD), Some(Action::Stop { .. })));
    }

    proptest! {
        #[test]
        fn starts_and_stops_alternate(schedule in prop::collection::vec((0u8..3, 0u64..200), 0..200)) {
            let (mut key, mut now, mut open) = (Key::new(), ms(0), false);
            for (what, wait) in schedule {
                now += ms(wait);
                let input = [Input::Down, Input::Up, Input::Tick][usize::from(what)];
                match key.on(input, now) {
                    Some(Action::Start) => { prop_assert!(!open); open = true; }
                    Some(Action::Stop { at, .. }) => { prop_assert!(open && at <= now); open = false; }
                    None => {}
                }
                prop_assert_eq!(open, key.deadline().is_some(), "an open microphone always has a deadline");
            }
        }
    }
}
