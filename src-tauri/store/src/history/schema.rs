//! The shape of the database, version by version. Its own file because what once was shipped is never changed here: a new
//! version is a new step.

use rusqlite::{Connection, Result};

/// `WILC`: the database is ours.
pub(crate) const OURS: i32 = 0x5749_4c43;

/// The way from each version to the next; the first begins with nothing.
const STEPS: &[&str] = &[
    "CREATE TABLE conversations (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL DEFAULT '',
        starred INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE turns (
        id INTEGER PRIMARY KEY,
        conversation INTEGER NOT NULL REFERENCES conversations (id),
        at TEXT NOT NULL,
        mode TEXT NOT NULL,
        mine TEXT NOT NULL,
        theirs TEXT NOT NULL,
        transcript TEXT NOT NULL,
        reply TEXT NOT NULL,
        heard TEXT,
        outcome TEXT,
        failed_stage TEXT,
        failed_kind TEXT,
        answered_by TEXT NOT NULL,
        marks TEXT NOT NULL,
        release_to_first_audio_ms REAL,
        recording TEXT,
        starred INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX turns_of ON turns (conversation, id);
    CREATE INDEX turns_unended ON turns (id) WHERE outcome IS NULL;
    CREATE INDEX turns_recorded ON turns (recording) WHERE recording IS NOT NULL;",
    WORDS,
    // the index stays as it is: neither holds words
    "ALTER TABLE turns ADD COLUMN tried TEXT NOT NULL DEFAULT '[]';
    ALTER TABLE turns ADD COLUMN usage TEXT NOT NULL DEFAULT '[]';",
    ENDED,
    "CREATE TABLE spent (
        id INTEGER PRIMARY KEY,
        day TEXT NOT NULL,
        provider TEXT NOT NULL,
        usd REAL,
        unknown INTEGER NOT NULL,
        UNIQUE (day, provider)
    ) STRICT;
    CREATE TABLE reached (
        id INTEGER PRIMARY KEY,
        host TEXT NOT NULL UNIQUE,
        kinds TEXT NOT NULL,
        calls INTEGER NOT NULL,
        sent INTEGER NOT NULL,
        received INTEGER NOT NULL,
        last_ms INTEGER NOT NULL
    ) STRICT;",
    "ALTER TABLE turns ADD COLUMN traffic TEXT NOT NULL DEFAULT '[]';",
];

/// Three letters in a row are what is looked up: that finds parts of words, and words where no blanks are written.
const WORDS: &str = "CREATE VIRTUAL TABLE words USING fts5 (
        transcript, reply, content = 'turns', content_rowid = 'id',
        tokenize = 'trigram case_sensitive 0 remove_diacritics 1'
    );
    INSERT INTO words (words, rank) VALUES ('secure-delete', 1);
    CREATE TRIGGER turns_come AFTER INSERT ON turns BEGIN
        INSERT INTO words (rowid, transcript, reply) VALUES (new.id, new.transcript, new.reply);
    END;
    CREATE TRIGGER turns_go AFTER DELETE ON turns BEGIN
        INSERT INTO words (words, rowid, transcript, reply) VALUES ('delete', old.id, old.transcript, old.reply);
    END;
    CREATE TRIGGER turns_change AFTER UPDATE OF transcript, reply ON turns
    WHEN old.transcript <> new.transcript OR old.reply <> new.reply BEGIN
        INSERT INTO words (words, rowid, transcript, reply) VALUES ('delete', old.id, old.transcript, old.reply);
        INSERT INTO words (rowid, transcript, reply) VALUES (new.id, new.transcript, new.reply);
    END;
    INSERT INTO words (words) VALUES ('rebuild');";

/// Words are looked up once their turn is over: taking what was half said out of the index again, without a trace, costs
/// more than all else that is kept of a turn.
const ENDED: &str = "DROP TRIGGER turns_come;
    DROP TRIGGER turns_go;
    DROP TRIGGER turns_change;
    INSERT INTO words (words, rowid, transcript, reply)
        SELECT 'delete', id, transcript, reply FROM turns WHERE outcome IS NULL;
    CREATE TRIGGER turns_come AFTER INSERT ON turns WHEN new.outcome IS NOT NULL BEGIN
        INSERT INTO words (rowid, transcript, reply) VALUES (new.id, new.transcript, new.reply);
    END;
    CREATE TRIGGER turns_go AFTER DELETE ON turns WHEN old.outcome IS NOT NULL BEGIN
        INSERT INTO words (words, rowid, transcript, reply) VALUES ('delete', old.id, old.transcript, old.reply);
    END;
    CREATE TRIGGER turns_change AFTER UPDATE OF transcript, reply, outcome ON turns
    WHEN (old.outcome IS NULL) <> (new.outcome IS NULL) OR old.transcript <> new.transcript OR old.reply <> new.reply BEGIN
        INSERT INTO words (words, rowid, transcript, reply)
            SELECT 'delete', old.id, old.transcript, old.reply WHERE old.outcome IS NOT NULL;
        INSERT INTO words (rowid, transcript, reply)
            SELECT new.id, new.transcript, new.reply WHERE new.outcome IS NOT NULL;
    END;";

/// Tables that a database of today has.
const TABLES: [&str; 5] = ["conversations", "turns", "words", "spent", "reached"];

/// The version that this program writes.
pub(crate) const VERSION: i32 = STEPS.len() as i32;

/// Brings a database from its version to today's, all steps or none.
pub(crate) fn advance(db: &mut Connection) -> Result<()> {
    let step = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let from: i32 = step.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for sql in STEPS.iter().skip(usize::try_from(from).unwrap_or(usize::MAX)) {
        step.execute_batch(sql)?;
    }
    step.pragma_update(None, "application_id", OURS)?;
    step.pragma_update(None, "user_version", VERSION)?;
    step.commit()
}

/// Whether every table of today is there.
pub(crate) fn is_complete(db: &Connection) -> Result<bool> {
    let mut table = db.prepare("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?")?;
    for name in TABLES {
        if table.query_row([name], |row| row.get::<_, i64>(0))? != 1 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Removes every row, and the index with them, which is faster than row by row.
pub(crate) fn empty(db: &mut Connection) -> Result<()> {
    let all = db.transaction()?;
    all.execute_batch(
        "DROP TRIGGER turns_come; DROP TRIGGER turns_go; DROP TRIGGER turns_change; DROP TABLE words;
         DELETE FROM turns; DELETE FROM conversations; DELETE FROM spent; DELETE FROM reached;",
    )?;
    all.execute_batch(WORDS)?;
    all.execute_batch(ENDED)?;
    all.commit()
}
