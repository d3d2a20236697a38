//! While the key is held: from its press to the end of the utterance.

use super::Desk;
use crate::{
    hear::Inlet,
    key::{Action, Input, LONGEST_HOLD, TAP},
    latency::Marks,
    recorder::{PACKETS, Recorder},
};
use std::{path::PathBuf, time::Duration};
use tokio::sync::mpsc;
use voice::{Error, ErrorKind, Event, Mark, Outcome, State};

impl Desk {
    pub(super) fn key(&mut self, input: Input) {
        let now = self.house.clock.now();
        match self.key.on(input, now) {
            Some(Action::Start) => self.press(now),
            Some(Action::Stop { at, held }) => self.release(at, held),
            None => {}
        }
    }

    fn press(&mut self, now: Duration) {
        self.push_aside();
        let choice = self.plan.settings.audio.clone();
        self.house.speaker.warm(&choice);
        let id = self.next_id();
        let marks = Marks::new(id, self.house.clock, self.outlet.clone(), now);
        (self.outlet)(Event::Started { turn: id, mode: self.plan.settings.mode });
        self.show(State::Opening);
        let (packets_in, packets) = mpsc::channel(PACKETS);
        let mut recorder = Recorder::new(id, marks.clone(), self.outlet.clone(), self.notes.clone(), packets_in);
        let journal = self.journal().and_then(|(folder, name)| recorder.keep_in(&folder, &name));
        let opened = self.house.microphone.open(&choice, Box::new(move |heard| recorder.take(heard)));
        // a microphone that cannot be opened is an utterance without sound
        let microphone = opened.map_err(|error| self.trouble(error)).ok();
        self.start(id, marks, journal, Inlet::Sound(packets), microphone);
    }

    fn release(&mut self, at: Duration, held: Duration) {
        let Some(front) = &mut self.front else { return };
        // dropping it closes the stream; what is still under way comes through, then the sound is over
        if front.microphone.take().is_none() {
            return;
        }
        front.marks.mark_at(Mark::KeyUp, at);
        if held < TAP {
            front.reins.end(Outcome::TooShort);
        } else if held >= LONGEST_HOLD {
            let detail = "the microphone was closed after ten minutes in one turn;";
            self.trouble(Error::new(ErrorKind::TooLong, "push-to-talk", detail));
        }
        self.show(State::Thinking);
    }

    pub(super) fn cancel(&mut self) {
        self.key.reset();
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

    /// Folder and name for the next utterance; names sort by time.
    fn journal(&self) -> Option<(PathBuf, String)> {
        let folder = self.house.journal.clone().filter(|_| self.plan.settings.privacy.keep_recordings > 0)?;
        let name = format!("{}-{}.ogg", self.house.clock.local().strftime("%Y-%m-%dT%H-%M-%S%.3f"), self.last);
        Some((folder, name))
    }
}
