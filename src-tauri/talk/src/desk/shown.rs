//! What the desk shows of itself: its state, its troubles, all of it at a glance. Its own file because it decides nothing.

use super::Desk;
use crate::cue::Cue;
use voice::{Error, Event, Snapshot, State};

impl Desk {
    pub(super) fn show(&mut self, state: State) {
        if self.state != state {
            self.state = state;
            (self.outlet)(Event::State { state });
        }
    }

    pub(super) fn trouble(&mut self, error: Error) {
        self.sound(Cue::Trouble);
        (self.outlet)(Event::Trouble { error });
    }

    /// How things are now.
    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot {
            state: self.state,
            settings: self.plan.settings.clone(),
            providers: self.house.table.profiles().to_vec(),
            keys: self.plan.keys.clone(),
            standings: self.house.table.health().standings(self.house.clock.now()),
            troubles: self.plan.troubles(),
            unfinished: self.last_run.unfinished.clone(),
            waiting: self.late.offered(),
            conversation: self.topic.id,
            standby: self.plan.settings.audio.pre_roll_ms > 0,
        }
    }
}
