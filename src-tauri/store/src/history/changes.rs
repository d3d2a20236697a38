//! What a person changes in the history by hand: names, stars, and what is to go. Its own file because a deletion has to
//! reach every place where the words are: row, index, log, recording.

use super::{
    keeper::{Keeper, Promise},
    rows,
    turns::not_kept,
};
use crate::{files, journal::plain_name};
use rusqlite::{Connection, OptionalExtension, Result as Sql, params};
use voice::{ConversationId, Error, TurnId};

/// A name is no longer, in characters.
const LONGEST_NAME: usize = 200;

impl Keeper {
    pub(crate) fn rename(&mut self, id: ConversationId, name: &str) -> Result<(), Error> {
        let name: String = name.trim().chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
        self.change(id.0, |db| {
            db.execute("UPDATE conversations SET name = ? WHERE id = ?", params![name, rows::number(id.0)])
        })
    }

    pub(crate) fn star_conversation(&mut self, id: ConversationId, starred: bool) -> Result<(), Error> {
        self.change(id.0, |db| {
            db.execute("UPDATE conversations SET starred = ? WHERE id = ?", params![starred, rows::number(id.0)])
        })
    }

    pub(crate) fn star_turn(&mut self, id: TurnId, starred: bool) -> Result<(), Error> {
        if let Some(turn) = self.under_way.get_mut(&id) {
            turn.starred = starred;
        }
        self.change(id.0, |db| {
            db.execute("UPDATE turns SET starred = ? WHERE id = ?", params![starred, rows::number(id.0)])
        })
    }

    pub(crate) fn delete(&mut self, id: TurnId) -> Result<(), Error> {
        let turn = self.read(|db| rows::get(db, id))?.or_else(|| self.under_way.get(&id).cloned());
        let recording = turn.ok_or_else(|| not_kept(id.0))?.recording;
        self.under_way.remove(&id);
        self.delete_turn(id, recording.as_deref())
    }

    /// Removes a turn and what was recorded of it.
    pub(crate) fn delete_turn(&mut self, id: TurnId, recording: Option<&str>) -> Result<(), Error> {
        self.unsaved.retain(|turn| turn.id != id);
        let gone = self.commit(Promise::Now, |db| {
            db.execute("DELETE FROM turns WHERE id = ?", [rows::number(id.0)])?;
            forget_empty(db)
        });
        let silent = recording.map_or(Ok(()), |name| self.delete_recordings(&[name.to_owned()]));
        gone.and_then(|()| self.empty_log()).and(silent)
    }

    pub(crate) fn delete_conversation(&mut self, id: ConversationId) -> Result<(), Error> {
        let known: Option<i64> = self.read(|db| {
            let mut known = db.prepare("SELECT id FROM conversations WHERE id = ?")?;
            known.query_row([rows::number(id.0)], |row| row.get(0)).optional()
        })?;
        known.ok_or_else(|| not_kept(id.0))?;
        self.under_way.retain(|_, turn| turn.conversation != id);
        self.unsaved.retain(|turn| turn.conversation != id);
        self.latest = self.latest.filter(|(_, latest)| *latest != id);
        self.delete_where("conversation = ?", rows::number(id.0))
    }

    /// Removes the turns that `condition`, with its one value, holds for, and what was recorded of them.
    pub(crate) fn delete_where(&mut self, condition: &str, value: i64) -> Result<(), Error> {
        let recordings = self.commit(Promise::Now, |db| {
            let sql = format!("DELETE FROM turns WHERE {condition} RETURNING recording");
            let recordings: Vec<Option<String>> =
                db.prepare(&sql)?.query_map([value], |row| row.get(0))?.collect::<Sql<_>>()?;
            forget_empty(db)?;
            Ok(recordings)
        })?;
        if recordings.is_empty() {
            return Ok(());
        }
        let recordings: Vec<String> = recordings.into_iter().flatten().collect();
        let silent = self.delete_recordings(&recordings);
        self.empty_log().and(silent)
    }

    /// Removes recordings by their names. A name that leads elsewhere is not followed.
    pub(crate) fn delete_recordings(&mut self, names: &[String]) -> Result<(), Error> {
        let Some(paths) = &self.paths else { return Ok(()) };
        let mut first = Ok(());
        for name in names.iter().filter_map(|name| plain_name(name)) {
            let path = paths.journal.join(name);
            let gone = files::remove(&path).map_err(|error| files::storage(&path, &error));
            first = first.and(gone);
        }
        first
    }

    fn change(&mut self, id: u64, work: impl Fn(&Connection) -> Sql<usize>) -> Result<(), Error> {
        if self.commit(Promise::Now, work)? == 0 { Err(not_kept(id)) } else { Ok(()) }
    }
}

/// A conversation ends with its last turn.
fn forget_empty(db: &Connection) -> Sql<()> {
    db.execute(
        "DELETE FROM conversations WHERE NOT EXISTS (SELECT 1 FROM turns WHERE conversation = conversations.id)",
        [],
    )?;
    Ok(())
}
