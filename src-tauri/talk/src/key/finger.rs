//! The finger on the key, as far as the system lets it be looked at. Its own file because a release that the system
//! swallows is noticed here: while the key counts as held, somebody must look whether it is.

use std::time::Duration;
use voice::Command;

/// How often a held key is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// Whether the key is held, from what the system told and from looking.
#[derive(Clone, Copy, Debug, Default)]
pub struct Finger {
    look: Option<Duration>,
}

impl Finger {
    /// The system told of a press at `now` of any monotonic clock.
    pub fn press(&mut self, now: Duration) -> Command {
        self.look = Some(now + LOOK);
        Command::Press
    }

    /// The system told of a release.
    pub fn release(&mut self) -> Command {
        self.look = None;
        Command::Release
    }

    /// When to look at the key itself.
    #[must_use]
    pub fn due(&self) -> Option<Duration> {
        self.look
    }

    /// What was seen at `now`: whether the key is down; `None` where it cannot be read, and the hard cap must do.
    pub fn seen(&mut self, down: Option<bool>, now: Duration) -> Option<Command> {
        self.look?;
        match down {
            Some(true) => {
                self.look = Some(now + LOOK);
                None
            }
            Some(false) => Some(self.release()),
            None => {
                self.look = None;
                None
            }
        }
    }
}
