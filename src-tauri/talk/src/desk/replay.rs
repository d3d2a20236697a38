//! A person's own recording, heard again. Its own file because it is no turn: nothing is asked, nothing is kept, and whatever
//! is heard next cuts it.

use super::Desk;
use crate::{key::Input, recorder, voicing::RATE};
use audio::{Decoder, NextPiece, Piece, Played};
use voice::{Entry, Error, ErrorKind, Event, State};

impl Desk {
    /// Plays what was recorded of a kept turn.
    pub(super) fn replay(&mut self, entry: Entry) -> Result<(), Error> {
        let nothing = || Error::new(ErrorKind::NotKept, "history", "Nothing of this turn was recorded.");
        let (folder, name) = self.house.journal.as_deref().zip(entry.recording.as_deref()).ok_or_else(nothing)?;
        let (packets, mut decoder) = (recorder::read(folder, name)?, Decoder::new(RATE));
        self.key(Input::Cancel);
        self.push_aside();
        self.show(State::Ready);
        // what cannot be decoded is left out
        let frames = packets.into_iter().flat_map(move |packet| decoder.push(&packet).unwrap_or_default());
        let mut pieces = frames.filter(|frame| !frame.samples.is_empty()).map(Piece::from);
        let next: NextPiece = Box::new(move || pieces.next());
        let outlet = self.outlet.clone();
        let on = Box::new(move |played| match played {
            Played::First | Played::Until(_) => {}
            Played::Done => outlet(Event::Replaying { turn: None }),
            Played::Trouble(error) => outlet(Event::Trouble { error }),
            Played::Fault(error) => {
                outlet(Event::Trouble { error });
                outlet(Event::Replaying { turn: None });
            }
        });
        (self.outlet)(Event::Replaying { turn: Some(entry.id) });
        let settings = &self.plan.settings;
        self.replaying = Some(self.house.speaker.play(&settings.audio, settings.voice.volume, next, on)?);
        Ok(())
    }

    pub(super) fn end_replay(&mut self) {
        if self.replaying.take().is_some() {
            (self.outlet)(Event::Replaying { turn: None });
        }
    }
}
