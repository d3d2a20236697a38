//! What the desk shows: the state, troubles, and how all is for a window that was just opened.

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

    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot {
            state: self.state,
            settings: self.plan.settings.clone(),
            providers: self.house.table.profiles().to_vec(),
            keys: self.plan.keys.clone(),
            standings: self.house.table.health().standings(self.house.clock.now()),
            troubles: self.plan.troubles(),
            unfinished: self.unfinished.clone(),
            conversation: self.topic.id,
            standby: self.plan.settings.audio.pre_roll_ms > 0,
        }
    }
}
