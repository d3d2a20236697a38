//! A turn to a row and back. Its own file because reading must never fail for what a newer or damaged database says:
//! a word that is not known is as good as none.

use rusqlite::{Connection, OptionalExtension, Result, Row, named_params, params};
use serde::{Serialize, de::DeserializeOwned};
use voice::{ConversationId, Entry, Language, LanguagePair, Mode, TurnId};

/// Writes a turn over whatever was kept of it, and its conversation before it.
pub(crate) fn put(db: &Connection, turn: &Entry) -> Result<()> {
    db.prepare_cached("INSERT INTO conversations (id) VALUES (?) ON CONFLICT DO NOTHING")?
        .execute([number(turn.conversation.0)])?;
    let mut write = db.prepare_cached(
        "INSERT INTO turns VALUES (:id, :conversation, :at, :mode, :mine, :theirs, :transcript, :reply, :heard, :outcome,
            :failed_stage, :failed_kind, :answered_by, :marks, :latency, :recording, :starred, :tried, :usage, :traffic)
         ON CONFLICT (id) DO UPDATE SET conversation = :conversation, at = :at, mode = :mode, mine = :mine,
            theirs = :theirs, transcript = :transcript, reply = :reply, heard = :heard, outcome = :outcome,
            failed_stage = :failed_stage, failed_kind = :failed_kind, answered_by = :answered_by, marks = :marks,
            release_to_first_audio_ms = :latency, recording = :recording, starred = :starred, tried = :tried,
            usage = :usage, traffic = :traffic",
    )?;
    write.execute(named_params! {
        ":id": number(turn.id.0),
        ":conversation": number(turn.conversation.0),
        ":at": turn.at,
        ":mode": word(&turn.mode),
        ":mine": turn.languages.mine.tag(),
        ":theirs": turn.languages.theirs.tag(),
        ":transcript": turn.transcript,
        ":reply": turn.reply,
        // most replies are heard to their end, and need not be there twice
        ":heard": (turn.heard != turn.reply).then_some(&turn.heard),
        ":outcome": turn.outcome.and_then(|outcome| word(&outcome)),
        ":failed_stage": turn.failed_stage.and_then(|stage| word(&stage)),
        ":failed_kind": turn.failed_kind.and_then(|kind| word(&kind)),
        ":answered_by": serde_json::to_string(&turn.answered_by).unwrap_or_default(),
        ":marks": serde_json::to_string(&turn.marks).unwrap_or_default(),
        ":latency": turn.release_to_first_audio_ms,
        ":recording": turn.recording,
        ":starred": turn.starred,
        ":tried": serde_json::to_string(&turn.tried).unwrap_or_default(),
        ":usage": serde_json::to_string(&turn.usage).unwrap_or_default(),
        ":traffic": serde_json::to_string(&turn.traffic).unwrap_or_default(),
    })?;
    Ok(())
}

/// Writes what was said in a turn that is kept; one that is not is written whole. No index is touched by that, which is
/// most of the work of `put`.
pub(crate) fn put_words(db: &Connection, turn: &Entry) -> Result<()> {
    let mut write = db.prepare_cached("UPDATE turns SET transcript = ?, reply = ? WHERE id = ?")?;
    let rows = write.execute(params![turn.transcript, turn.reply, number(turn.id.0)])?;
    if rows == 0 { put(db, turn) } else { Ok(()) }
}

/// The turn `id`, if it is kept.
pub(crate) fn get(db: &Connection, id: TurnId) -> Result<Option<Entry>> {
    db.prepare_cached("SELECT * FROM turns WHERE id = ?")?.query_row([number(id.0)], entry).optional()
}

/// A row of `SELECT * FROM turns`.
pub(crate) fn entry(row: &Row<'_>) -> Result<Entry> {
    let text = |name| row.get::<_, String>(name);
    let maybe = |name| row.get::<_, Option<String>>(name);
    let reply = text("reply")?;
    Ok(Entry {
        id: TurnId(unsigned(row.get("id")?)),
        conversation: ConversationId(unsigned(row.get("conversation")?)),
        at: text("at")?,
        mode: known(Some(text("mode")?)).unwrap_or(Mode::Chat),
        languages: LanguagePair { mine: Language::new(&text("mine")?), theirs: Language::new(&text("theirs")?) },
        transcript: text("transcript")?,
        heard: maybe("heard")?.unwrap_or_else(|| reply.clone()),
        reply,
        outcome: known(maybe("outcome")?),
        failed_stage: known(maybe("failed_stage")?),
        failed_kind: known(maybe("failed_kind")?),
        answered_by: serde_json::from_str(&text("answered_by")?).unwrap_or_default(),
        marks: serde_json::from_str(&text("marks")?).unwrap_or_default(),
        release_to_first_audio_ms: row.get("release_to_first_audio_ms")?,
        recording: maybe("recording")?,
        starred: row.get("starred")?,
        tried: later(row, "tried"),
        usage: later(row, "usage"),
        traffic: later(row, "traffic"),
    })
}

/// A number for SQLite, which knows signed ones only.
pub(crate) fn number(id: u64) -> i64 {
    i64::try_from(id).unwrap_or(i64::MAX)
}

/// And back.
pub(crate) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// The name of a value, as in JSON.
pub(crate) fn word(value: &impl Serialize) -> Option<String> {
    Some(serde_json::to_value(value).ok()?.as_str()?.to_owned())
}

/// A column that older databases do not have, as salvage reads them.
fn later<T: DeserializeOwned + Default>(row: &Row<'_>, name: &str) -> T {
    row.get::<_, String>(name).ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

fn known<T: DeserializeOwned>(word: Option<String>) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(word?)).ok()
}
