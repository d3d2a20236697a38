//! While the microphone is open: from the press to the end of the utterance, and what ends it when nobody lets go.

use super::{Desk, Front};
use crate::{
    hear::Inlet,
    key::{Action, Gate, Input, Moment, Why},
    latency::Marks,
    recorder::{PACKETS, Recorder},
    retry::Past,
};
use audio::Remote;
use std::{path::PathBuf, sync::Arc, time::Duration};
use tokio::sync::mpsc;
use voice::{Away, Error, ErrorKind, Event, Mark, Outcome, State};

impl Desk {
    /// One of the two talk keys went down.
    pub(super) fn key_down(&mut self, other: bool) {
        self.swapped = other;
        self.key(Input::Down);
    }

    /// What a key that can only be struck means now.
    pub(super) fn toggle(&mut self) {
        match self.state {
            State::Opening | State::Listening => self.key(Input::Finish),
            State::Ready | State::Thinking | State::Speaking => self.key_down(false),
        }
    }

    /// Takes in what the key, the clock or the microphone did, and does what follows from it.
    pub(super) fn key(&mut self, input: Input) {
        let now = self.house.clock.now();
        for action in self.key.on(input, now) {
            match action {
                Action::Start if self.can_afford() => self.press(now),
                Action::Start => drop(self.key.on(Input::Over, now)),
                Action::Listen => self.listen_to_the_end(),
                Action::Stop { at, short, why } => self.stop(at, short, why),
                Action::Countdown(seconds) => (self.outlet)(Event::Countdown { seconds }),
            }
        }
    }

    /// A reply that is not heard has nothing to be paused.
    pub(super) fn with_voice(&self, act: fn(&Remote)) {
        if let Some(voice) = self.front.as_ref().and_then(|front| front.reins.voice()) {
            act(voice);
        }
    }

    pub(super) fn pause(&self, paused: bool) {
        self.with_voice(if paused { Remote::pause } else { Remote::resume });
        (self.outlet)(Event::Paused { paused: paused && self.state == State::Speaking });
    }

    fn press(&mut self, now: Duration) {
        self.push_aside();
        let plan = if self.swapped { self.other.clone() } else { self.plan.clone() };
        let choice = plan.settings.audio.clone();
        self.house.speaker.warm(&choice);
        let id = self.next_id();
        let marks = Marks::new(id, self.house.clock, self.outlet.clone(), now);
        (self.outlet)(Event::Started { turn: id, mode: plan.settings.mode });
        self.show(State::Opening);
        let (packets_in, packets) = mpsc::channel(PACKETS);
        let gate = Arc::new(Gate::new());
        let mut recorder =
            Recorder::new(id, marks.clone(), self.outlet.clone(), self.notes.clone(), packets_in, gate.clone());
        let journal = self.journal().and_then(|(folder, name)| {
            self.house.history.announce_recording(&name);
            recorder.keep_in(&folder, &name)
        });
        let opened = self.house.microphone.open(&choice, Box::new(move |heard| recorder.take(heard)));
        // a microphone that cannot be opened is an utterance without sound
        let microphone = opened.map_err(|error| self.trouble(error)).ok();
        let microphone = microphone.map(|open| (open, gate));
        // only once the microphone opens, and before anybody is asked
        self.look_where_we_are();
        let past = Past { journal, before: None };
        self.start(id, plan, marks, past, Inlet::Sound(packets), microphone);
    }

    /// The key is up; the microphone closes as soon as nobody speaks.
    fn listen_to_the_end(&mut self) {
        let open = self.front.as_ref().and_then(|front| front.microphone.as_ref());
        if open.is_some_and(|(_, gate)| gate.release()) {
            self.key(Input::Quiet);
        }
    }

    fn stop(&mut self, at: Duration, short: bool, why: Why) {
        let Some(Front { marks, reins, microphone, .. }) = &mut self.front else { return };
        // dropping it closes the stream; what is still under way comes through, then the sound is over
        if microphone.take().is_none() {
            return;
        }
        marks.mark_at(Mark::KeyUp, at);
        match why {
            Why::Glitch => reins.end(Outcome::Cancelled),
            _ if short => reins.end(Outcome::TooShort),
            Why::Released | Why::TooLong => {}
            Why::Away(_) => reins.end(Outcome::SavedForRetry),
        }
        match why {
            Why::Released | Why::Glitch => {}
            Why::TooLong => {
                let detail = "the microphone was closed after ten minutes in one turn;";
                self.trouble(Error::new(ErrorKind::TooLong, "push-to-talk", detail));
            }
            Why::Away(why) => (self.outlet)(Event::Closed { why }),
        }
        self.show(State::Thinking);
    }

    pub(super) fn cancel(&mut self) {
        self.end_replay();
        self.key(Input::Cancel);
        if let Some(front) = &self.front {
            front.reins.end(Outcome::Cancelled);
        }
        self.close_microphone();
    }

    pub(super) fn close_microphone(&mut self) {
        if let Some(front) = &mut self.front {
            front.microphone = None;
        }
    }

    // ---- nobody is there -------------------------------------------------------------------------------------------

    /// Nobody is at the computer: the microphone closes. One that sleeps has lost its connections as well: all that is
    /// still worked out ends, and what was said is kept.
    pub(super) fn away(&mut self, why: Away) {
        self.key(Input::Away(why));
        if why == Away::Asleep {
            let running = self.front.iter().map(|front| &front.reins).chain(self.old.iter().map(|(_, reins)| reins));
            running.for_each(|reins| reins.end(Outcome::SavedForRetry));
        }
    }

    /// Beats while a turn runs. Time that was lost is a sleep that nobody told of.
    pub(super) fn pulse(&mut self) {
        if self.beat.skipped(self.moment()) {
            self.away(Away::Asleep);
            self.key(Input::Back(Away::Asleep));
        }
        if self.turns.is_empty() {
            self.beat.rest();
        }
    }

    pub(super) fn moment(&self) -> Moment {
        Moment { monotonic: self.house.clock.now(), wall: self.house.clock.wall() }
    }

    /// Folder and name for the next utterance; names sort by time. It is there at least until the turn has ended well.
    fn journal(&self) -> Option<(PathBuf, String)> {
        let folder = self.house.journal.clone()?;
        let name = format!("{}-{}.ogg", self.house.clock.local().strftime("%Y-%m-%dT%H-%M-%S%.3f"), self.last);
        Some((folder, name))
    }
}
