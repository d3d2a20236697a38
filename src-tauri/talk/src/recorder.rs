//! The ear of a turn: takes what the microphone hears, to the journal first and then to the pipe. Runs on the
//! microphone's own worker thread, where waiting is allowed: a slow consumer fills the ring, never the memory.

use crate::{Outlet, hear::Sounded, key::Gate, latency::Marks, turn::Note};
use audio::{Heard, OggWriter, Recording};
use std::{path::Path, sync::Arc};
use store::Journal;
use tokio::sync::mpsc;
use voice::{Error, Event, Mark, Packet, TurnId};

/// Packets between microphone and transcriber: two seconds.
pub(crate) const PACKETS: usize = 100;

/// So many are handed on together, and the rest at the end: a tenth of a second, in which nobody waits, costs the pipe one
/// awakening instead of five.
const TOGETHER: usize = 5;

/// The packets of a kept recording, as far as it is whole.
///
/// # Errors
/// `FileMissing` if it is gone; `Empty` if it holds no sound.
pub(crate) fn read(folder: &Path, name: &str) -> Result<Vec<Packet>, Error> {
    Ok(Recording::read(store::recording(folder, name)?)?.packets)
}

/// One utterance being recorded. Dropping it ends the utterance.
pub(crate) struct Recorder {
    turn: TurnId,
    marks: Marks,
    outlet: Outlet,
    notes: mpsc::Sender<Note>,
    packets: mpsc::Sender<Sounded>,
    gathered: Vec<Sounded>,
    gate: Arc<Gate>,
    journal: Option<Kept>,
}

impl Recorder {
    pub(crate) fn new(
        turn: TurnId,
        marks: Marks,
        outlet: Outlet,
        notes: mpsc::Sender<Note>,
        packets: mpsc::Sender<Sounded>,
        gate: Arc<Gate>,
    ) -> Self {
        let gathered = Vec::with_capacity(TOGETHER);
        Self { turn, marks, outlet, notes, packets, gathered, gate, journal: None }
    }

    /// Keeps the utterance as `name` in `folder`, and says where. A journal that fails is told once; the turn goes on.
    pub(crate) fn keep_in(&mut self, folder: &Path, name: &str) -> Option<String> {
        match Kept::start(folder, name, self.turn) {
            Ok(kept) => {
                let path = kept.journal.path().display().to_string();
                self.journal = Some(kept);
                Some(path)
            }
            Err(error) => {
                (self.outlet)(Event::Trouble { error });
                None
            }
        }
    }

    /// Takes one fact from the microphone.
    pub(crate) fn take(&mut self, heard: Heard) {
        match heard {
            Heard::Live => {
                self.marks.mark(Mark::FirstFrame);
                self.notes.blocking_send(Note::Live(self.turn)).ok();
            }
            Heard::Packet { packet, voiced } => {
                self.keep(&packet);
                self.gathered.push(Sounded { packet, voiced });
                if self.gathered.len() == TOGETHER {
                    self.hand_on();
                }
                if self.gate.heard(voiced) {
                    self.notes.blocking_send(Note::Quiet(self.turn)).ok();
                }
            }
            Heard::Level(rms) => (self.outlet)(Event::Level { rms }),
            Heard::Seam(seam) => {
                tracing::warn!(turn = self.turn.0, at_ms = seam.at_ms, lost_ms = seam.lost_ms, "a hole in the sound");
                self.marks.seam(seam);
            }
            Heard::News(news) => {
                tracing::info!(turn = self.turn.0, ?news, "microphone");
                (self.outlet)(Event::Microphone { news });
            }
            Heard::Fault(error) => {
                tracing::warn!(turn = self.turn.0, kind = ?error.kind, source = %error.source, "microphone");
                (self.outlet)(Event::Trouble { error });
            }
        }
    }

    fn hand_on(&mut self) {
        for sounded in self.gathered.drain(..) {
            // a turn that was cut no longer listens; the journal still does
            self.packets.blocking_send(sounded).ok();
        }
    }

    fn keep(&mut self, packet: &Packet) {
        let Some(kept) = &mut self.journal else { return };
        if let Err(error) = kept.append(packet) {
            self.journal = None;
            (self.outlet)(Event::Trouble { error });
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.hand_on();
        let finished = self.journal.take().map_or(Ok(()), Kept::finish);
        if let Err(error) = finished {
            (self.outlet)(Event::Trouble { error });
        }
    }
}

struct Kept {
    pages: OggWriter,
    journal: Journal,
}

impl Kept {
    fn start(folder: &Path, name: &str, turn: TurnId) -> Result<Self, Error> {
        let mut journal = Journal::create(folder, name)?;
        // any number does: a file holds one stream
        let (pages, head) = OggWriter::new(turn.0 as u32);
        journal.append(&head)?;
        Ok(Self { pages, journal })
    }

    fn append(&mut self, packet: &Packet) -> Result<(), Error> {
        let page = self.pages.push(packet);
        if page.is_empty() { Ok(()) } else { self.journal.append(&page) }
    }

    fn finish(mut self) -> Result<(), Error> {
        let rest = self.pages.finish();
        self.journal.append(&rest)?;
        self.journal.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_kept_whole() {
        let mut encoder = audio::Encoder::new().unwrap();
        let tone = |n: usize| (n as f32 / 40.0).sin() * 0.3;
        let said: Vec<Packet> = (0..50)
            .map(|n| encoder.push(&std::array::from_fn::<_, 320, _>(|at| tone(n * 320 + at))).unwrap())
            .collect();
        let folder = tempfile::tempdir().unwrap();
        let mut kept = Kept::start(folder.path(), "hour.ogg", TurnId(1)).unwrap();
        for packet in said.iter().cycle().take(3_600 * 50) {
            kept.append(packet).unwrap();
        }
        kept.finish().unwrap();
        let read = read(folder.path(), "hour.ogg").unwrap();
        assert_eq!(read.len(), 3_600 * 50);
        assert!(read.iter().zip(said.iter().cycle()).all(|(kept, said)| kept.bytes == said.bytes));
    }
}
