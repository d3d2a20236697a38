//! The one owner of the connection, on a thread of its own: every piece of work passes through `commit` or `read`, which
//! decide what becomes of a failure. Its own file because the promise stands here: what returns `Ok` is on the disk.

use super::{
    Announced,
    open::{self, Refused},
    rows,
};
use crate::Paths;
use rusqlite::{Connection, ErrorCode, TransactionBehavior};
use std::collections::{BTreeMap, VecDeque};
use voice::{ConversationId, Entry, Error, ErrorKind, KeepHistory, TurnId};

/// Ended turns that wait in memory for a disk that takes them again.
const UNSAVED: usize = 100;

/// How much a commit promises.
#[derive(Clone, Copy)]
pub(crate) enum Promise {
    /// It survives the end of the app.
    Soon,
    /// It survives a power cut.
    Now,
}

/// Where turns go.
enum Place {
    /// To the disk.
    Disk,
    /// Nowhere: why, and whether that may end.
    Memory { why: Error, may_end: bool },
}

/// What the thread knows.
pub(crate) struct Keeper {
    pub(crate) paths: Option<Paths>,
    pub(crate) announced: Announced,
    told: Box<dyn Fn(Error) + Send>,
    db: Connection,
    place: Place,
    /// The person knows that writing fails.
    is_told: bool,
    /// The latest moment that was named, as Unix time in milliseconds.
    pub(crate) now: u64,
    pub(crate) under_way: BTreeMap<TurnId, Entry>,
    pub(crate) unsaved: VecDeque<Entry>,
    /// When the last turn was over, and where it belongs.
    pub(crate) latest: Option<(u64, ConversationId)>,
    pub(crate) keep: KeepHistory,
    pub(crate) days: u32,
    /// When turns were last removed for their age.
    pub(crate) pruned: u64,
}

impl Keeper {
    pub(crate) fn open(
        paths: Option<Paths>,
        now: u64,
        announced: Announced,
        told: impl Fn(Error) + Send + 'static,
    ) -> rusqlite::Result<Self> {
        let why = Error::new(ErrorKind::Storage, "history", "this system names no folder for it.");
        let mut keeper = Self {
            paths,
            announced,
            told: Box::new(told),
            db: open::in_memory()?,
            place: Place::Memory { why, may_end: false },
            is_told: false,
            now,
            under_way: BTreeMap::new(),
            unsaved: VecDeque::new(),
            latest: None,
            keep: KeepHistory::Always,
            days: 0,
            pruned: now,
        };
        keeper.renew(false);
        if let Place::Memory { why, .. } = &keeper.place {
            keeper.is_told = true;
            (keeper.told)(why.clone());
        }
        keeper.latest = keeper.read(super::turns::latest).unwrap_or_default();
        Ok(keeper)
    }

    /// Changes rows, all or none. `Ok` means that they are on the disk.
    pub(crate) fn commit<T>(
        &mut self,
        promise: Promise,
        work: impl Fn(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        self.return_to_disk();
        let mut done = attempt(&mut self.db, promise, &work);
        if let Err(error) = &done
            && self.renewed_after(error)
        {
            done = attempt(&mut self.db, promise, &work);
        }
        match (done, &self.place) {
            (Ok(value), Place::Disk) => {
                self.is_told = false;
                Ok(value)
            }
            (Ok(_), Place::Memory { why, .. }) => Err(why.clone()),
            (Err(error), _) => {
                let error = self.name(error);
                if !std::mem::replace(&mut self.is_told, true) {
                    (self.told)(error.clone());
                }
                Err(error)
            }
        }
    }

    /// Looks at rows.
    pub(crate) fn read<T>(&mut self, work: impl Fn(&Connection) -> rusqlite::Result<T>) -> Result<T, Error> {
        let mut found = work(&self.db);
        if let Err(error) = &found
            && self.renewed_after(error)
        {
            found = work(&self.db);
        }
        found.map_err(|error| self.name(error))
    }

    /// Whether turns go to the disk.
    pub(crate) fn is_on_disk(&self) -> bool {
        matches!(self.place, Place::Disk)
    }

    /// Ends the log: what was deleted is then nowhere in it.
    pub(crate) fn empty_log(&mut self) -> Result<(), Error> {
        let busy = self.read(|db| db.query_row("PRAGMA wal_checkpoint (TRUNCATE)", [], |row| row.get::<_, bool>(0)))?;
        if busy { Err(self.error("another Wilco is using it; what was deleted goes when that ends.")) } else { Ok(()) }
    }

    /// The connection, for work that is no transaction.
    pub(crate) fn db(&mut self) -> &mut Connection {
        &mut self.db
    }

    /// Remembers a turn that could not be written, until one can.
    pub(crate) fn remember(&mut self, turn: Entry) {
        // what is kept nowhere is in the database in memory already
        if self.is_on_disk() {
            if self.unsaved.len() == UNSAVED {
                self.unsaved.pop_front();
            }
            self.unsaved.push_back(turn);
        }
    }

    /// Writes what could not be written before.
    pub(crate) fn make_up(&mut self) {
        while self.is_on_disk()
            && let Some(turn) = self.unsaved.front().cloned()
        {
            if self.commit(Promise::Now, |db| rows::put(db, &turn)).is_err() {
                return;
            }
            self.unsaved.pop_front();
        }
    }

    /// Lets go of the file; what comes now is kept nowhere.
    pub(crate) fn close(&mut self) {
        let why = self.error("the history is closed.");
        self.leave(why, false);
    }

    /// Opens the file anew. If that fails, nothing is kept from here on.
    pub(crate) fn renew(&mut self, suspect: bool) {
        let Some(path) = self.paths.as_ref().map(|paths| paths.history.clone()) else { return };
        // an open database cannot be given another name on every system
        if self.is_on_disk() {
            let why = self.error("it is being opened again.");
            self.leave(why, true);
        }
        match open::open(&path, suspect, self.now) {
            Ok((db, trouble)) => {
                trouble.into_iter().for_each(&self.told);
                self.db = db;
                self.place = Place::Disk;
            }
            Err(refused) => {
                self.place = Place::Memory { may_end: refused != Refused::Newer, why: self.refusal(refused) }
            }
        }
    }

    fn leave(&mut self, why: Error, may_end: bool) {
        if let Ok(memory) = open::in_memory() {
            self.db = memory;
        }
        self.place = Place::Memory { why, may_end };
    }

    /// Tries the disk again if it may have recovered, and takes along what was kept in memory.
    fn return_to_disk(&mut self) {
        if !matches!(self.place, Place::Memory { may_end: true, .. }) {
            return;
        }
        let turns = super::turns::all(&self.db).unwrap_or_default();
        self.renew(false);
        let all = |db: &Connection| turns.iter().try_for_each(|turn| rows::put(db, turn));
        if self.is_on_disk() && attempt(&mut self.db, Promise::Now, all).is_err() {
            turns.into_iter().for_each(|turn| self.remember(turn));
        }
    }

    /// After a fault that a new connection may mend: whether the work is worth another try.
    fn renewed_after(&mut self, error: &rusqlite::Error) -> bool {
        let suspect = match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => true,
            // what was written before a failed sync may be gone, so this connection's view is not to be believed
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => false,
            _ => return false,
        };
        if self.is_on_disk() {
            self.renew(suspect);
        }
        if let Place::Memory { why, .. } = &self.place
            && !std::mem::replace(&mut self.is_told, true)
        {
            (self.told)(why.clone());
        }
        self.is_on_disk()
    }

    fn refusal(&self, refused: Refused) -> Error {
        match refused {
            Refused::Newer => Error { kind: ErrorKind::NewerFile, ..self.error("nothing is kept for now.") },
            Refused::Bad(what) => self.error(&format!("it is {what} and could not be set aside.")),
            Refused::Disk(said) => self.error(&format!("nothing is kept for now: {said}.")),
        }
    }

    /// Its code only: the words of SQLite may hold what was said.
    pub(crate) fn name(&self, error: rusqlite::Error) -> Error {
        let code =
            error.sqlite_error_code().map_or_else(|| "it could not be read".to_owned(), |code| format!("{code:?}"));
        self.error(&format!("{code}."))
    }

    /// A `Storage` error of the database.
    pub(crate) fn error(&self, detail: &str) -> Error {
        let path = self.paths.as_ref().map(|paths| paths.history.display().to_string());
        Error::new(ErrorKind::Storage, path.unwrap_or_else(|| "history".to_owned()), detail)
    }
}

fn attempt<T>(
    db: &mut Connection,
    promise: Promise,
    work: impl Fn(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let synchronous = match promise {
        Promise::Soon => "NORMAL",
        Promise::Now => "FULL",
    };
    db.pragma_update(None, "synchronous", synchronous)?;
    let step = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let value = work(&step)?;
    step.commit()?;
    Ok(value)
}
