//! Looking at what is kept, a page at a time. Its own file because nothing here changes anything.

use super::{keeper::Keeper, rows};
use crate::journal::{self, plain_name};
use rusqlite::{Connection, OptionalExtension, Result as Sql, params};
use voice::{Conversation, ConversationId, Entry, Error, Page, TurnId, Unfinished};

/// Items that are given at once.
const MOST: u32 = 500;

/// Every conversation with its times; one without turns is as old as itself.
const CONVERSATIONS: &str = "SELECT * FROM (SELECT c.id, c.name, c.starred,
        coalesce((SELECT substr(transcript, 1, 120) FROM turns WHERE conversation = c.id AND transcript <> ''
            ORDER BY id LIMIT 1), '') AS opening,
        coalesce((SELECT min(id) FROM turns WHERE conversation = c.id), c.id) AS started,
        coalesce((SELECT max(id) FROM turns WHERE conversation = c.id), c.id) AS last,
        (SELECT count(*) FROM turns WHERE conversation = c.id) AS turns
    FROM conversations c)";

impl Keeper {
    pub(crate) fn conversations(&mut self, page: Page) -> Result<Vec<Conversation>, Error> {
        self.read(|db| {
            let sql = format!("{CONVERSATIONS} WHERE last < ? ORDER BY last DESC LIMIT ?");
            db.prepare_cached(&sql)?.query_map(bounds(page), conversation)?.collect()
        })
    }

    pub(crate) fn conversation(&mut self, id: ConversationId) -> Result<Option<Conversation>, Error> {
        self.read(|db| {
            let sql = format!("{CONVERSATIONS} WHERE id = ?");
            db.prepare_cached(&sql)?.query_row([rows::number(id.0)], conversation).optional()
        })
    }

    pub(crate) fn turns(&mut self, of: ConversationId, page: Page) -> Result<Vec<Entry>, Error> {
        self.read(|db| turns(db, of, page))
    }

    pub(crate) fn turn(&mut self, id: TurnId) -> Result<Option<Entry>, Error> {
        self.read(|db| rows::get(db, id))
    }

    /// Turns whose numbers end in `digits`, newest first; two are enough to know that there is more than one.
    pub(crate) fn ending_in(&mut self, digits: &str) -> Result<Vec<TurnId>, Error> {
        let digits = format!("%{}", digits.chars().filter(char::is_ascii_digit).collect::<String>());
        self.read(|db| {
            let mut found = db.prepare("SELECT id FROM turns WHERE id LIKE ? ORDER BY id DESC LIMIT 2")?;
            found.query_map([&digits], |row| Ok(TurnId(rows::unsigned(row.get(0)?))))?.collect()
        })
    }

    pub(crate) fn unfinished(&mut self) -> Result<Unfinished, Error> {
        let mut left: Vec<TurnId> = self.read(|db| {
            let mut unended = db.prepare_cached("SELECT id FROM turns WHERE outcome IS NULL ORDER BY id")?;
            unended.query_map([], |row| Ok(TurnId(rows::unsigned(row.get(0)?))))?.collect()
        })?;
        // whole rows only of those that are left: conversations beside this one have theirs under way
        left.retain(|id| !self.under_way.contains_key(id) && self.unsaved.iter().all(|unsaved| unsaved.id != *id));
        let turns = self.read(|db| left.iter().filter_map(|id| rows::get(db, *id).transpose()).collect())?;
        Ok(Unfinished { turns, recordings: self.nameless()? })
    }

    /// Recordings that no turn names. Without the database nobody knows which those are.
    fn nameless(&mut self) -> Result<Vec<String>, Error> {
        let Some(journal) = self.paths.as_ref().map(|paths| paths.journal.clone()) else { return Ok(Vec::new()) };
        if !self.is_on_disk() {
            return Ok(Vec::new());
        }
        let mut names = Vec::new();
        for path in journal::recordings(&journal) {
            let Some(name) = path.file_name().and_then(|name| plain_name(name.to_str()?)) else { continue };
            let owner: Option<i64> = self.read(|db| {
                let mut owner = db.prepare_cached("SELECT id FROM turns WHERE recording = ?")?;
                owner.query_row([name], |row| row.get(0)).optional()
            })?;
            if owner.is_none() {
                names.push(name.to_owned());
            }
        }
        Ok(names)
    }
}

/// The newest turns of a conversation before a point, in their order.
pub(crate) fn turns(db: &Connection, of: ConversationId, page: Page) -> Sql<Vec<Entry>> {
    let mut found = db.prepare_cached(
        "SELECT * FROM (SELECT * FROM turns WHERE conversation = ? AND id < ? ORDER BY id DESC LIMIT ?) ORDER BY id",
    )?;
    let [before, most] = bounds(page);
    found.query_map(params![rows::number(of.0), before, most], rows::entry)?.collect()
}

/// What `LIMIT` and a comparison take.
pub(crate) fn bounds(page: Page) -> [i64; 2] {
    [page.before.map_or(i64::MAX, rows::number), i64::from(page.most.min(MOST))]
}

fn conversation(row: &rusqlite::Row<'_>) -> Sql<Conversation> {
    Ok(Conversation {
        id: ConversationId(rows::unsigned(row.get("id")?)),
        name: row.get("name")?,
        opening: row.get("opening")?,
        starred: row.get("starred")?,
        started: rows::unsigned(row.get("started")?),
        last: rows::unsigned(row.get("last")?),
        turns: row.get("turns")?,
    })
}
