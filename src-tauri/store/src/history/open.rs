//! Opening the database, whatever is found in its place. Its own file because all of it is about what may be wrong: a
//! damaged or foreign file is set aside, a newer one is left alone, and no case ends the app.

use super::{salvage, schema, search};
use crate::files;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    time::Duration,
};
use voice::{Error, ErrorKind};

/// How long another Wilco may hold the database.
const PATIENCE: Duration = Duration::from_secs(3);
/// How a database begins; at 60 it says its version, at 68 whose it is (<https://sqlite.org/fileformat2.html#the_database_header>).
const MAGIC: &[u8] = b"SQLite format 3\0";
/// The smallest page, in bytes.
const SMALLEST: u64 = 512;

/// Why a database cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It was written by a newer Wilco.
    Newer,
    /// It is damaged or not ours: what is the matter with it.
    Bad(&'static str),
    /// The disk does not let us: what it says.
    Disk(String),
}

impl From<rusqlite::Error> for Refused {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            // a table or column that is missing is damage as well
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::Unknown) => Self::Bad("damaged"),
            // its words may hold what was looked for; its code does not
            code => Self::Disk(code.map_or_else(|| "unreadable".to_owned(), |code| format!("{code:?}"))),
        }
    }
}

/// Opens the database at `path`, or a new one. One that is bad is set aside first, what can be read of it is carried
/// over, and the error tells of it. One that is `suspect` is read from end to end first.
pub(crate) fn open(path: &Path, suspect: bool, now: u64) -> Result<(Connection, Option<Error>), Refused> {
    match sound(path, suspect) {
        Err(Refused::Bad(what)) => {
            let aside = set_aside(path, now)?;
            let db = sound(path, false)?;
            let carried = if what == "foreign" { 0 } else { salvage::all(&aside, &db) };
            let detail =
                format!("it was {what}; {carried} turns were carried over, the rest is in {}.", aside.display());
            Ok((db, Some(Error::new(ErrorKind::Damaged, path.display().to_string(), detail))))
        }
        opened => opened.map(|db| (db, None)),
    }
}

/// A database that vanishes with the connection.
pub(crate) fn in_memory() -> rusqlite::Result<Connection> {
    let mut db = Connection::open_in_memory()?;
    schema::advance(&mut db)?;
    search::teach(&db)?;
    Ok(db)
}

/// Where a database's other files are: the log of what is not yet in it, and the index of that log.
pub(crate) fn log_of(path: &Path) -> PathBuf {
    files::beside(path, "-wal")
}

fn sound(path: &Path, suspect: bool) -> Result<Connection, Refused> {
    header(path)?;
    files::private_folder(files::folder_of(path)).map_err(disk)?;
    if !path.exists() {
        // so that only the person can read it, and what SQLite puts beside it
        files::create(path).map_err(disk)?;
    }
    // a log that nobody took in is what a crash leaves
    let unclean = std::fs::metadata(log_of(path)).is_ok_and(|log| log.len() > 0);
    let mut db =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.busy_timeout(PATIENCE)?;
    ours(&db)?;
    db.execute_batch(
        "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;
         PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON; PRAGMA journal_size_limit = 4194304;",
    )?;
    if db.is_readonly("main")? {
        return Err(Refused::Disk("ReadOnly".to_owned()));
    }
    // what a person said is looked at after a crash; its index, which takes far longer, only when it gave a wrong answer
    let looks: &[&str] = match (suspect, unclean) {
        (true, _) => &["1"],
        (false, true) => &["conversations", "turns"],
        (false, false) => &[],
    };
    for what in looks {
        if !is_well(&db, what)? {
            return Err(Refused::Bad("damaged"));
        }
    }
    migrate(&mut db, path)?;
    search::teach(&db)?;
    if schema::is_complete(&db)? { Ok(db) } else { Err(Refused::Bad("incomplete")) }
}

/// What the file says of itself, before SQLite touches anything. SQLite takes a file shorter than a page for an empty one.
fn header(path: &Path) -> Result<(), Refused> {
    let mut header = Vec::new();
    let read = File::open(path).and_then(|file| file.take(SMALLEST).read_to_end(&mut header));
    // one that is being undone after a crash may begin with anything
    if read.is_err() || header.is_empty() || files::beside(path, "-journal").exists() {
        return Ok(());
    }
    if !header.starts_with(MAGIC) || (header.len() as u64) < SMALLEST {
        return Err(Refused::Bad("damaged"));
    }
    let at = |from: usize| header.get(from..).and_then(<[u8]>::first_chunk).map_or(0, |four| i32::from_be_bytes(*four));
    if at(68) == schema::OURS && at(60) > schema::VERSION { Err(Refused::Newer) } else { Ok(()) }
}

fn ours(db: &Connection) -> Result<(), Refused> {
    let owner: i32 = db.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version: i32 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match (owner, tables) {
        (schema::OURS, _) if version > schema::VERSION => Err(Refused::Newer),
        (schema::OURS, _) if version < 0 => Err(Refused::Bad("damaged")),
        (schema::OURS, _) | (0, 0) => Ok(()),
        _ => Err(Refused::Bad("foreign")),
    }
}

/// What is more than a look at the header: it reads a whole table, or with `1` everything.
fn is_well(db: &Connection, what: &str) -> rusqlite::Result<bool> {
    // a table that is not there yet is no damage
    let known = what == "1" || db.table_exists(None, what)?;
    let check = format!("PRAGMA quick_check ({what})");
    Ok(!known || db.query_row(&check, [], |row| Ok(row.get::<_, String>(0)? == "ok"))?)
}

/// Forward only, and not without a copy of what was. The copy goes at the next start that finds no need for one.
fn migrate(db: &mut Connection, path: &Path) -> Result<(), Refused> {
    let version: i32 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version == schema::VERSION {
        for copy in copies(path) {
            files::remove(&copy).map_err(disk)?;
        }
        return Ok(());
    }
    if version > 0 {
        let copy = files::beside(path, &format!(".before-{}", schema::VERSION));
        // one that was begun and not ended
        files::remove(&copy).map_err(disk)?;
        files::create(&copy).map_err(disk)?;
        db.execute("VACUUM INTO ?", [copy.to_string_lossy()])?;
    }
    Ok(schema::advance(db)?)
}

/// Copies from before a migration.
pub(crate) fn copies(path: &Path) -> Vec<PathBuf> {
    siblings(path, ".before-")
}

/// Damaged or foreign databases that were set aside, oldest first.
pub(crate) fn bad_ones(path: &Path) -> Vec<PathBuf> {
    siblings(path, ".bad-")
}

fn siblings(path: &Path, ending: &str) -> Vec<PathBuf> {
    let start = files::beside(path, ending);
    let start = start.to_string_lossy();
    let all = files::list(files::folder_of(path)).into_iter();
    all.filter(|path| path.to_string_lossy().starts_with(&*start)).collect()
}

/// Gives the database and its log other names; says where it is now.
fn set_aside(path: &Path, now: u64) -> Result<PathBuf, Refused> {
    let date = jiff::Timestamp::from_millisecond(i64::try_from(now).unwrap_or(0)).unwrap_or_default();
    let date = date.strftime("%Y%m%dT%H%M%SZ").to_string();
    let names = (1..1_000).map(|count| match count {
        1 => files::beside(path, &format!(".bad-{date}")),
        more => files::beside(path, &format!(".bad-{date}-{more}")),
    });
    let aside = names.into_iter().find(|name| !name.exists()).ok_or_else(|| Refused::Disk("full".to_owned()))?;
    files::rename(path, &aside).map_err(disk)?;
    for ending in ["-wal", "-journal"] {
        let beside = files::beside(path, ending);
        if beside.exists() {
            files::rename(&beside, &files::beside(&aside, ending)).map_err(disk)?;
        }
    }
    files::remove(&files::beside(path, "-shm")).map_err(disk)?;
    Ok(aside)
}

fn disk(error: std::io::Error) -> Refused {
    Refused::Disk(error.to_string())
}
