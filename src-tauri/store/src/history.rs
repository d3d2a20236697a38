//! The history: what was said and answered, kept in one SQLite database. This file is the handle and its line; behind it
//! one thread owns the connection, so that no turn ever waits for a disk. Each promise comes true when the thread has done
//! the work, whether anybody waits for it or not, and in the order in which it was asked.

mod changes;
mod exchange;
mod export;
mod figures;
mod forget;
mod import;
mod keeper;
mod lists;
mod notes;
mod open;
mod reached;
mod retention;
mod rows;
mod salvage;
mod schema;
mod search;
mod spent;
#[cfg(test)]
mod tests;
mod turns;

pub use export::{Export, Exported, Extent};
pub use import::Imported;
pub use turns::Ended;

use crate::Paths;
use keeper::Keeper;
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    thread,
};
use tokio::sync::{mpsc, oneshot};
use voice::{
    BoxFuture, Conversation, ConversationId, Entry, Error, ErrorKind, Figures, Found, KeepHistory, Page, Reached, Span,
    SpentDay, TurnId, Unfinished, Usage,
};

/// Pieces of work that may wait for the disk.
const LINE: usize = 1_024;

type Job = Box<dyn FnOnce(&mut Keeper) + Send>;
/// What the thread will have done.
type Promised<T> = BoxFuture<Result<T, Error>>;

/// What is kept. Cheap to clone; the thread behind it ends when the last clone is gone.
///
/// Nothing here fails the app. Where nothing can be kept, because the folder is read-only, the disk full or the file from a
/// newer Wilco, the history of this run is in memory, and every promise to keep something gives an error.
#[derive(Clone)]
pub struct History {
    line: mpsc::Sender<Job>,
    announced: Announced,
}

/// Recordings whose turns have no row yet.
type Announced = Arc<Mutex<HashSet<String>>>;

impl History {
    /// Opens the history of `paths`, or one in memory where a system gives no folders. `now` is Unix time in milliseconds.
    /// Returns at once; `told` is given, on the history's own thread, what a person has to know: that a file was damaged
    /// and replaced, and once that nothing can be kept, until something can be again.
    pub fn open(paths: Option<Paths>, now: u64, told: impl Fn(Error) + Send + 'static) -> Self {
        let (line, mut inbox) = mpsc::channel::<Job>(LINE);
        let announced = Announced::default();
        let spared = announced.clone();
        let started = thread::Builder::new().name("history".to_owned()).spawn(move || {
            let Ok(mut keeper) = Keeper::open(paths, now, spared, told) else {
                tracing::error!("no memory for a history");
                return;
            };
            while let Some(job) = inbox.blocking_recv() {
                job(&mut keeper);
            }
        });
        if let Err(error) = started {
            tracing::error!(%error, "no thread for the history");
        }
        Self { line, announced }
    }

    // ---- turns as they come -----------------------------------------------------------------------------------------

    /// The recording `name` is about to be made, and is spared until its turn has begun. In force when this returns: what
    /// is in the line already spares it too.
    pub fn announce_recording(&self, name: &str) {
        self.announced.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned());
    }

    /// The row of a turn whose key went down, `into` a conversation or into the one that is going on; after half an hour
    /// of silence that is a new one. Gives which. A turn that is kept already is tried again: it keeps its place and words.
    ///
    /// # Errors
    /// `Storage` or `NewerFile`, as for every change: it is not on the disk.
    pub fn begin(&self, turn: Entry, into: Option<ConversationId>) -> Promised<ConversationId> {
        self.ask(move |keeper| keeper.begin(turn, into))
    }

    /// The transcript of a turn that is under way.
    ///
    /// # Errors
    /// As for `begin`; `NotKept` for a turn that is not under way.
    pub fn words(&self, turn: TurnId, text: String) -> Promised<()> {
        self.ask(move |keeper| keeper.note(turn, |entry| entry.transcript = text))
    }

    /// The reply of a turn that is under way, as far as it is there.
    ///
    /// # Errors
    /// As for `words`.
    pub fn reply(&self, turn: TurnId, text: String) -> Promised<()> {
        self.ask(move |keeper| keeper.note(turn, |entry| entry.reply = text))
    }

    /// The end of a turn. `Ok` means that it survives a power cut; or, if the person wants nothing kept, that it is gone.
    /// A turn that could not be written is written as soon as the disk takes it.
    ///
    /// # Errors
    /// As for `begin`; `NotKept` for a turn that was never begun.
    pub fn end(&self, ended: Ended) -> Promised<()> {
        self.ask(move |keeper| keeper.end(ended))
    }

    /// The next turn begins a new conversation.
    pub fn new_conversation(&self) -> Promised<()> {
        self.ask(|keeper| {
            keeper.latest = None;
            Ok(())
        })
    }

    /// The highest number that a turn has had.
    pub fn last_turn(&self) -> Promised<Option<TurnId>> {
        self.ask(Keeper::last_turn)
    }

    // ---- looking ----------------------------------------------------------------------------------------------------

    /// Conversations by their last turn, newest first.
    pub fn conversations(&self, page: Page) -> Promised<Vec<Conversation>> {
        self.ask(move |keeper| keeper.conversations(page))
    }

    /// The newest turns of a conversation before a point, in their order.
    pub fn turns(&self, of: ConversationId, page: Page) -> Promised<Vec<Entry>> {
        self.ask(move |keeper| keeper.turns(of, page))
    }

    /// One turn.
    pub fn turn(&self, id: TurnId) -> Promised<Option<Entry>> {
        self.ask(move |keeper| keeper.turn(id))
    }

    /// Up to two turns whose numbers end in `digits`.
    pub fn ending_in(&self, digits: String) -> Promised<Vec<TurnId>> {
        self.ask(move |keeper| keeper.ending_in(&digits))
    }

    /// Turns in which every word of `text` occurs, as part of a word too, newest first.
    pub fn search(&self, text: String, page: Page) -> Promised<Vec<Found>> {
        self.ask(move |keeper| keeper.search(&text, page))
    }

    /// How the turns of `span` before `now`, Unix time in milliseconds, went.
    pub fn figures(&self, span: Span, now: u64) -> Promised<Figures> {
        self.ask(move |keeper| keeper.figures(span, now))
    }

    /// What a crash or a power cut left behind.
    pub fn unfinished(&self) -> Promised<Unfinished> {
        self.ask(Keeper::unfinished)
    }

    // ---- changing ---------------------------------------------------------------------------------------------------

    /// Names a conversation.
    ///
    /// # Errors
    /// As for `begin`; `NotKept` if there is none such. So for the next four.
    pub fn rename(&self, id: ConversationId, name: String) -> Promised<()> {
        self.ask(move |keeper| keeper.rename(id, &name))
    }

    /// Gives a conversation a star, or takes it away.
    pub fn star_conversation(&self, id: ConversationId, starred: bool) -> Promised<()> {
        self.ask(move |keeper| keeper.star_conversation(id, starred))
    }

    /// Gives a turn a star, or takes it away.
    pub fn star_turn(&self, id: TurnId, starred: bool) -> Promised<()> {
        self.ask(move |keeper| keeper.star_turn(id, starred))
    }

    /// Deletes a turn and its recording, without a trace.
    pub fn delete(&self, id: TurnId) -> Promised<()> {
        self.ask(move |keeper| keeper.delete(id))
    }

    /// Deletes a conversation and its recordings, without a trace.
    pub fn delete_conversation(&self, id: ConversationId) -> Promised<()> {
        self.ask(move |keeper| keeper.delete_conversation(id))
    }

    /// How long turns are kept from now on; what is older goes at once, and then once a day.
    pub fn keep(&self, keep: KeepHistory, days: u32, now: u64) -> Promised<()> {
        self.ask(move |keeper| keeper.keep(keep, days, now))
    }

    /// Removes the oldest recordings until `most` are left, but none that a retry needs or that has a star.
    pub fn prune_recordings(&self, most: usize) -> Promised<()> {
        self.ask(move |keeper| keeper.prune_recordings(most))
    }

    /// Deletes every turn, recording, cache and log, and the settings if `settings` is set. The keys are in the keyring;
    /// whoever asks for this has to delete them there.
    ///
    /// # Errors
    /// The first thing that could not be deleted; all else is.
    pub fn forget_everything(&self, settings: bool) -> Promised<()> {
        self.ask(move |keeper| keeper.forget_everything(settings))
    }

    // ---- beside the turns -------------------------------------------------------------------------------------------

    /// Keeps a small text of another room, in the place of the one before.
    ///
    /// # Errors
    /// `Storage`.
    pub fn note_down(&self, name: &'static str, text: String) -> Promised<()> {
        self.ask(move |keeper| keeper.note_down(name, &text))
    }

    /// What was kept under `name`, if anything.
    pub fn noted(&self, name: &'static str) -> Promised<Option<String>> {
        self.ask(move |keeper| Ok(keeper.noted(name)))
    }

    /// Adds to what hosts got; `now` is Unix time in milliseconds.
    ///
    /// # Errors
    /// `Storage`.
    pub fn reach(&self, more: Vec<Reached>, now: u64) -> Promised<()> {
        self.ask(move |keeper| keeper.reach(&more, now))
    }

    /// What hosts got so far, whoever was asked last first.
    pub fn reached(&self) -> Promised<Vec<Reached>> {
        self.ask(Keeper::reached)
    }

    /// Adds what was used on `day`, as `2026-11-21`. It stays when turns go.
    ///
    /// # Errors
    /// `Storage`.
    pub fn spend(&self, day: String, usage: Vec<Usage>) -> Promised<()> {
        self.ask(move |keeper| keeper.spend(&day, &usage))
    }

    /// What was paid on which day, oldest first.
    pub fn spent(&self) -> Promised<Vec<SpentDay>> {
        self.ask(Keeper::spent)
    }

    /// Ends the history: everything that was asked for before is done, and the file is closed.
    pub fn close(&self) -> Promised<()> {
        self.ask(|keeper| {
            keeper.make_up();
            keeper.close();
            Ok(())
        })
    }

    /// Has `work` done by the thread, in its turn.
    fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Keeper) -> Result<T, Error> + Send + 'static,
    ) -> Promised<T> {
        let (answer, asked) = oneshot::channel();
        let job: Job = Box::new(move |keeper| {
            // whoever asked may not wait for it
            answer.send(work(keeper)).ok();
        });
        let taken = self.line.try_send(job).is_ok();
        Box::pin(async move {
            let why = if taken { "the history has ended." } else { "the disk does not keep up." };
            asked.await.unwrap_or_else(|_| Err(Error::new(ErrorKind::Storage, "history", why)))
        })
    }
}
