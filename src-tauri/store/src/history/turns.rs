//! Turns as they come: begun, filled, ended. Its own file because it runs while somebody talks; all else about the history
//! is asked for by hand.

use super::{
    keeper::{Keeper, Promise},
    rows,
};
use rusqlite::{Connection, Result as Sql};
use std::{path::Path, sync::PoisonError};
use voice::{ConversationId, Entry, Error, ErrorKind, KeepHistory, Outcome, Stage, TurnId, TurnReport};

/// After so much silence a turn begins a conversation of its own, in milliseconds.
const SILENCE: u64 = 30 * 60 * 1_000;
/// Turns that may be under way; more were abandoned.
const UNDER_WAY: usize = 64;

/// A turn that is over, as it is to be kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// All that the person was told of it.
    pub report: TurnReport,
    /// The part of the reply that was played.
    pub heard: String,
    /// Where and how it failed, if it did.
    pub failed: Option<(Stage, ErrorKind)>,
}

impl Keeper {
    pub(crate) fn begin(&mut self, mut turn: Entry, into: Option<ConversationId>) -> Result<ConversationId, Error> {
        // a number never goes back, so it can come from a clock that was ahead
        let at = turn.at.parse().map_or(0, jiff::Timestamp::as_millisecond);
        self.now = self.now.max(rows::unsigned(at).min(turn.id.0));
        self.remove_old_daily();
        let id = turn.id;
        // a turn that is tried again stays where it is
        if let Ok(Some(before)) = self.read(|db| rows::get(db, id)) {
            let recording = turn.recording.or(before.recording.clone());
            turn = Entry { outcome: None, failed_stage: None, failed_kind: None, recording, ..before };
        } else {
            let near = self.latest.filter(|(over, _)| id.0.saturating_sub(*over) < SILENCE).map(|(_, near)| near);
            turn.conversation = into.or(near).unwrap_or(ConversationId(id.0));
            self.latest = Some((id.0, turn.conversation));
        }
        let conversation = turn.conversation;
        if self.under_way.len() >= UNDER_WAY {
            self.under_way.pop_first();
        }
        self.under_way.insert(id, turn.clone());
        let begun = self.commit(Promise::Soon, |db| rows::put(db, &turn));
        if let Some(recording) = &turn.recording {
            self.announced.lock().unwrap_or_else(PoisonError::into_inner).remove(recording);
        }
        begun?;
        self.make_up();
        Ok(conversation)
    }

    /// Changes what was said in a turn that is under way.
    pub(crate) fn note(&mut self, id: TurnId, change: impl FnOnce(&mut Entry)) -> Result<(), Error> {
        let turn = self.under_way.get_mut(&id).ok_or_else(|| not_kept(id.0))?;
        change(turn);
        let turn = turn.clone();
        if self.keep == KeepHistory::Nothing && !turn.starred {
            // not even for a moment, unless it is to be tried again
            return Ok(());
        }
        self.commit(Promise::Soon, |db| rows::put_words(db, &turn))
    }

    pub(crate) fn end(&mut self, ended: Ended) -> Result<(), Error> {
        let Ended { report, heard, failed } = ended;
        let id = report.turn;
        let begun = match self.under_way.remove(&id) {
            Some(turn) => Some(turn),
            None => self.read(|db| rows::get(db, id))?,
        };
        let begun = begun.ok_or_else(|| not_kept(id.0))?;
        let recording = report.journal.as_deref().and_then(file_name).or(begun.recording);
        let turn = Entry {
            outcome: Some(report.outcome),
            transcript: report.transcript,
            reply: report.reply,
            heard,
            failed_stage: failed.map(|(stage, _)| stage),
            failed_kind: failed.map(|(_, kind)| kind),
            answered_by: report.answered_by,
            tried: report.tried,
            usage: report.usage,
            traffic: report.traffic,
            marks: report.marks,
            release_to_first_audio_ms: report.release_to_first_audio_ms,
            recording,
            ..begun
        };
        let over = over(&turn);
        self.latest =
            self.latest.map(|latest| if latest.1 == turn.conversation { latest.max((over, latest.1)) } else { latest });
        if self.keep == KeepHistory::Nothing && turn.outcome != Some(Outcome::SavedForRetry) && !turn.starred {
            return self.delete_turn(id, turn.recording.as_deref());
        }
        let done = self.commit(Promise::Now, |db| rows::put(db, &turn));
        match done {
            Ok(()) => self.make_up(),
            Err(_) => self.remember(turn),
        }
        done
    }

    /// The number of the last turn there ever was.
    pub(crate) fn last_turn(&mut self) -> Result<Option<TurnId>, Error> {
        let last: Option<i64> = self.read(|db| db.query_row("SELECT max(id) FROM turns", [], |row| row.get(0)))?;
        let kept = last.map(|id| TurnId(rows::unsigned(id)));
        let unsaved = self.unsaved.iter().map(|turn| turn.id).max();
        Ok(kept.max(unsaved).max(self.under_way.keys().next_back().copied()))
    }
}

/// The end of the last turn that is kept, and its conversation.
pub(crate) fn latest(db: &Connection) -> Sql<Option<(u64, ConversationId)>> {
    let mut last = db.prepare("SELECT * FROM turns ORDER BY id DESC LIMIT 1")?;
    let turn = last.query_map([], rows::entry)?.next().transpose()?;
    Ok(turn.map(|turn| (over(&turn), turn.conversation)))
}

/// Every turn; for a database in memory, which holds those of this run.
pub(crate) fn all(db: &Connection) -> Sql<Vec<Entry>> {
    db.prepare("SELECT * FROM turns ORDER BY id")?.query_map([], rows::entry)?.collect()
}

/// That there is no such turn or conversation.
pub(crate) fn not_kept(id: u64) -> Error {
    Error::new(ErrorKind::NotKept, "history", format!("{id} is not there."))
}

/// When a turn was over, as Unix time in milliseconds.
fn over(turn: &Entry) -> u64 {
    let length = turn.marks.last().map_or(0.0, |stamp| stamp.ms.max(0.0));
    turn.id.0.saturating_add(length as u64)
}

/// A recording is known by its name within the journal.
fn file_name(path: &str) -> Option<String> {
    let name = Path::new(path).file_name()?.to_str()?;
    crate::journal::plain_name(name).map(str::to_owned)
}
