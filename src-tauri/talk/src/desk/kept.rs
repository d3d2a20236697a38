//! What the desk does with turns that are kept: the numbers that follow theirs, those that are tried again, and how long all
//! of them stay.

use super::Desk;
use crate::{
    plan::Plan,
    retry::{self, Past},
    spending::Purse,
    talk::Gone,
};
use providers::attachment;
use std::sync::Arc;
use tokio::sync::oneshot;
use voice::{BoxFuture, ConversationId, Entry, Error, ErrorKind, Event, TurnId};

/// Looking through the folder of recordings after each turn would cost more than the turn's own row.
const TURNS_BETWEEN: u32 = 10;

/// What is to be done with a turn that was looked up.
pub(super) type Then = fn(&mut Desk, Entry) -> Result<(), Error>;
/// The note of who was how quick.
pub(super) const PACES: &str = "paces";

/// The network that we are in, and what is known of it and others.
#[derive(Default)]
pub(super) struct Here {
    /// Where it is attached.
    pub(super) attached: Option<String>,
    /// Who was how quick in which network, as it is kept.
    pub(super) paces: String,
}

/// A turn that was looked up, if it is there, and the last turn there was when somebody asked for it.
pub(super) type LookedUp = (Then, u64, Result<Option<Entry>, Error>);

impl Desk {
    /// Takes from the note what it says of the network that we are in.
    pub(super) fn know_paces(&self) {
        let (table, network) = (&self.house.table, &self.plan.settings.network);
        let known = |name: &str| table.profiles().iter().any(|profile| profile.name == name);
        table.health().remember_text(&self.here.paces, network, self.here.attached.as_deref(), known);
    }

    /// In another network others are quick, and nobody who was out of reach has to be still. Between two networks, and where
    /// nothing may leave this computer, there is nothing to find out.
    pub(super) fn look_where_we_are(&mut self) {
        let now = self.attachment();
        if now.is_none() || now == self.here.attached {
            return;
        }
        self.keep_notes();
        self.here.attached = now;
        self.house.table.health().forget_all();
        self.know_paces();
    }

    pub(super) fn attachment(&self) -> Option<String> {
        if self.plan.settings.network.local_only { None } else { attachment() }
    }

    /// Keeps for the next run who is how quick.
    pub(super) fn keep_notes(&mut self) {
        self.keep_account();
        let health = self.house.table.health();
        self.here.paces =
            health.keep_text(&self.here.paces, &self.plan.settings.network, self.here.attached.as_deref());
        drop(self.house.history.note_down(PACES, self.here.paces.clone()));
    }

    /// Keeps which host got what since the last time.
    pub(super) fn keep_account(&self) {
        let more = self.house.table.ledger().take();
        if !more.is_empty() {
            drop(self.house.history.reach(more, self.house.clock.unix_ms()));
        }
    }

    /// Somebody does better or worse than before.
    pub(super) fn tell_standings(&self) {
        let standings = self.house.table.health().standings(self.house.clock.now());
        (self.outlet)(Event::Standings { standings });
    }

    /// Tells the history how long to keep what.
    pub(super) fn keep_for_as_long_as_wanted(&self) {
        let privacy = &self.plan.settings.privacy;
        // it is done when it is done; what fails there is told by the history itself
        drop(self.house.history.keep(privacy.keep_history, privacy.history_days, self.house.clock.unix_ms()));
        self.prune();
    }

    /// Counts the turns that ended; every so many, the oldest recordings go.
    pub(super) fn prune_now_and_then(&mut self) {
        self.unpruned += 1;
        if self.unpruned == TURNS_BETWEEN {
            self.unpruned = 0;
            self.prune();
            self.keep_notes();
        }
    }

    fn prune(&self) {
        drop(self.house.history.prune_recordings(self.plan.settings.privacy.keep_recordings as usize));
    }

    /// Looks for a kept turn.
    pub(super) fn look_up(&mut self, turn: TurnId, then: Then) {
        if !self.runs(turn) {
            let found: BoxFuture<Result<Option<Entry>, Error>> = self.house.history.turn(turn);
            let last = self.last;
            self.lookups.spawn(async move { (then, last, found.await) });
        }
    }

    pub(super) fn is_front(&self, id: TurnId) -> bool {
        self.front.as_ref().is_some_and(|front| front.id == id)
    }

    fn runs(&self, turn: TurnId) -> bool {
        self.is_front(turn) || self.old.iter().any(|(id, _)| *id == turn)
    }

    /// Does with it what was asked for, unless the person has talked since, or it is done already: a disk may be slow.
    pub(super) fn looked_up(&mut self, (then, last, found): LookedUp) {
        let runs = matches!(&found, Ok(Some(entry)) if self.runs(entry.id));
        if runs || last != self.last {
            return;
        }
        let missing = || Error::new(ErrorKind::NotKept, "history", "This turn is no longer there.");
        let done = found.and_then(|entry| then(self, entry.ok_or_else(missing)?));
        if let Err(error) = done {
            self.trouble(error);
        }
    }

    /// Goes on with a turn where it stopped, in the conversation that it belongs to.
    pub(super) fn try_again(&mut self, entry: Entry) -> Result<(), Error> {
        let conversation = entry.conversation;
        if self.topic.id != Some(conversation) {
            self.converse(Some(conversation));
        }
        self.go_on(entry)
    }

    /// Goes on with a turn where it stopped.
    pub(super) fn go_on(&mut self, entry: Entry) -> Result<(), Error> {
        let id = entry.id;
        let inlet = retry::inlet(&entry, self.house.journal.as_deref())?;
        let mut settings = self.plan.settings.clone();
        (settings.mode, settings.languages) = (entry.mode, entry.languages.clone());
        let plan = Arc::new(Plan::new(&self.house.table, settings, self.house.clock));
        self.last_run.unfinished.retain(|left| left.id != entry.id);
        self.late.forget(entry.id);
        let past = Past { journal: entry.recording.clone(), before: Some(entry) };
        self.start_unspoken(id, plan, past, inlet);
        Ok(())
    }

    /// What is deleted is neither shown nor offered, and its like is not kept anew.
    pub(super) async fn forget(&mut self, gone: Gone, done: oneshot::Sender<()>) {
        self.look_back().await;
        let stays = |turn: TurnId, of: Option<ConversationId>| match gone {
            Gone::Turn(gone) => turn != gone,
            Gone::Conversation(gone) => of != Some(gone),
            Gone::Everything => false,
        };
        self.last_run.unfinished.retain(|left| stays(left.id, Some(left.conversation)));
        let offered = self.late.offered();
        self.late.keep_only(stays);
        if self.late.offered() != offered {
            (self.outlet)(Event::Waiting { turns: self.late.offered() });
        }
        if matches!(gone, Gone::Everything) {
            self.replied = None;
            self.here.paces.clear();
            self.purse = Purse::default();
            self.house.table.health().forget_all();
            // what they sent to whom is not told any more
            drop(self.house.table.ledger().take());
            self.renew();
            self.converse(None);
        }
        // whoever deletes may have gone
        done.send(()).ok();
    }

    /// Numbers go by the time, and never back.
    pub(super) fn next_id(&mut self) -> TurnId {
        self.last = self.house.clock.unix_ms().max(self.last + 1);
        TurnId(self.last)
    }
}
