//! Taking back what `export` wrote as JSON. Its own file because such a file comes from anywhere: it is limited in every
//! way, nothing it names is followed, and a second import changes nothing.

use super::{
    export::FORMAT,
    keeper::{Keeper, Promise},
    rows,
};
use crate::{files, journal::plain_name};
use rusqlite::{Connection, Result as Sql, params};
use serde::Deserialize;
use std::path::Path;
use voice::{ConversationId, Entry, Error, ErrorKind, Outcome};

/// No export is longer, in bytes.
const LONGEST: u64 = 256 << 20;
/// No text of a turn is longer, in bytes.
const LONGEST_TEXT: usize = 1 << 20;
/// Numbers are times, up to the year 2200; they must also be exact in the page's arithmetic.
const LATEST: u64 = 7_258_118_400_000;

/// What came of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Turns that are new here.
    pub taken: usize,
    /// Turns that were here already.
    pub known: usize,
    /// Turns that make no sense, or are too long.
    pub refused: usize,
}

#[derive(Deserialize)]
struct Version {
    wilco_history: u32,
}

#[derive(Deserialize)]
struct Whole {
    conversations: Vec<Conversation>,
}

#[derive(Deserialize)]
struct Conversation {
    id: ConversationId,
    #[serde(default)]
    name: String,
    #[serde(default)]
    starred: bool,
    turns: Vec<serde_json::Value>,
}

impl Keeper {
    pub(crate) fn import(&mut self, from: &Path) -> Result<Imported, Error> {
        let name = from.display().to_string();
        match files::read(from, LONGEST) {
            Ok(Some(text)) => self.import_text(&name, &text),
            Ok(None) => Err(Error::new(ErrorKind::FileMissing, name, "there is no such file.")),
            Err(error) if error.kind() == std::io::ErrorKind::FileTooLarge => Err(too_long(&name)),
            Err(error) => Err(files::storage(from, &error)),
        }
    }

    /// The same with what `name` holds.
    pub(crate) fn import_text(&mut self, name: &str, text: &[u8]) -> Result<Imported, Error> {
        let refused = |kind, why: &str| Error::new(kind, name, why);
        if text.len() as u64 > LONGEST {
            return Err(too_long(name));
        }
        let version: Version = serde_json::from_slice(text)
            .map_err(|_| refused(ErrorKind::NotAnExport, "it does not say that it is a history."))?;
        if version.wilco_history > FORMAT {
            return Err(refused(ErrorKind::NewerFile, "it was exported by a newer Wilco."));
        }
        let whole: Whole = serde_json::from_slice(text)
            .map_err(|_| refused(ErrorKind::NotAnExport, "its conversations cannot be read."))?;
        let (conversations, refused) = checked(whole);
        let (taken, known) = self.commit(Promise::Now, |db| take(db, &conversations))?;
        Ok(Imported { taken, known, refused })
    }
}

fn too_long(name: &str) -> Error {
    Error::new(ErrorKind::NotAnExport, name, "it is over 256 MiB.")
}

/// A conversation, by number, name and star, and those of its turns that make sense.
type Checked = (ConversationId, String, bool, Vec<Entry>);

fn checked(whole: Whole) -> (Vec<Checked>, usize) {
    let mut refused = 0;
    let conversations = whole.conversations.into_iter().map(|Conversation { id, name, starred, turns }| {
        let count = turns.len();
        let turns: Vec<Entry> = turns.into_iter().filter_map(|turn| turn_of(id, turn)).collect();
        refused += count - turns.len();
        let name = name.chars().filter(|c| !c.is_control()).take(200).collect();
        (id, name, starred, turns)
    });
    let conversations = conversations.collect();
    (conversations, refused)
}

fn turn_of(conversation: ConversationId, turn: serde_json::Value) -> Option<Entry> {
    let turn: Entry = serde_json::from_value(turn).ok()?;
    let texts = [&turn.at, &turn.transcript, &turn.reply, &turn.heard];
    let fits = texts.iter().all(|text| text.len() <= LONGEST_TEXT && !text.contains('\0'));
    let dated = [turn.id.0, conversation.0].iter().all(|id| (1..LATEST).contains(id));
    let recording = turn.recording.as_deref().and_then(plain_name).map(str::to_owned);
    // what was under way over there is not under way here
    let outcome = turn.outcome.or(Some(Outcome::Partial));
    (fits && dated).then_some(Entry { conversation, recording, outcome, ..turn })
}

/// Adds what is not there yet.
fn take(db: &Connection, conversations: &[Checked]) -> Sql<(usize, usize)> {
    let (mut taken, mut known) = (0, 0);
    for (id, name, starred, turns) in conversations {
        let mut fresh = Vec::new();
        for turn in turns {
            if rows::get(db, turn.id)?.is_some() { known += 1 } else { fresh.push(turn) }
        }
        if fresh.is_empty() {
            continue;
        }
        db.prepare_cached("INSERT INTO conversations VALUES (?, ?, ?) ON CONFLICT DO NOTHING")?.execute(params![
            rows::number(id.0),
            name,
            starred
        ])?;
        for turn in fresh {
            rows::put(db, turn)?;
            taken += 1;
        }
    }
    Ok((taken, known))
}
