//! The end of an utterance, where two threads meet: the microphone's worker knows whether somebody speaks, the desk
//! knows that the key came up, and exactly one of them must say that the microphone may close. Its own file so that a
//! model checker can try every order of the two.

use super::{AtomicU8, Ordering};

/// Packets without voice after which nothing more is to come: 60 ms.
const QUIET: u8 = 3;
/// The lower bits count packets without voice, up to `QUIET`.
const COUNT: u8 = 0x0f;
/// The key is up.
const RELEASED: u8 = 0x10;
/// Somebody was told.
const TOLD: u8 = 0x20;

/// What both know.
#[derive(Debug)]
pub(crate) struct Gate(AtomicU8);

impl Gate {
    /// Nothing was heard yet: who says a short word at once is still waited for.
    pub(crate) fn new() -> Self {
        Self(AtomicU8::new(0))
    }

    /// A packet came. True once at most: the desk waits for this.
    pub(crate) fn heard(&self, voiced: bool) -> bool {
        self.turn(|now| {
            let count = if voiced { 0 } else { QUIET.min((now & COUNT) + 1) };
            now & !COUNT | count
        })
    }

    /// The key is up. True if it has been quiet before; if not, `heard` will say so.
    pub(crate) fn release(&self) -> bool {
        self.turn(|now| now | RELEASED)
    }

    fn turn(&self, change: impl Fn(u8) -> u8) -> bool {
        let settle = |now| {
            let next = change(now);
            if next & RELEASED != 0 && next & COUNT == QUIET { next | TOLD } else { next }
        };
        let turned = self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, |now| Some(settle(now)));
        let before = turned.unwrap_or_else(|kept| kept);
        settle(before) & TOLD != 0 && before & TOLD == 0
    }
}
