//! What the last run left, taken over before the first order, or as soon as a slow disk gives it. Its own file because only
//! here a run looks back at the one before.

use super::{Desk, kept::PACES};
use std::time::Duration;
use store::History;
use tokio::{task::JoinSet, time::timeout};
use voice::{ConversationId, Entry, Event, Page, SpentDay, TurnId};

/// A disk that answers later than this does not hold the first turn back. After a crash it may: what is kept is looked at then.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);

/// What it left, as far as it is known.
#[derive(Default)]
pub(super) struct LastRun {
    /// Turns without an end.
    pub(super) unfinished: Vec<Entry>,
    pub(super) reading: JoinSet<Left>,
}

/// As it was read. What could not be read is not there; the history itself tells of that.
pub(super) struct Left {
    last: u64,
    unfinished: Vec<Entry>,
    newest: Option<ConversationId>,
    /// Who was how quick.
    paces: String,
    /// What earlier runs paid.
    spent: Vec<SpentDay>,
}

impl Left {
    /// Asks for all of it now, before anything of this run is kept.
    fn read(history: &History) -> impl Future<Output = Self> + Send + use<> {
        let (last, unfinished) = (history.last_turn(), history.unfinished());
        let newest = history.conversations(Page { before: None, most: 1 });
        let (paces, spent) = (history.noted(PACES), history.spent());
        async move {
            Self {
                last: last.await.ok().flatten().map_or(0, |TurnId(last)| last),
                unfinished: unfinished.await.unwrap_or_default().turns,
                newest: newest.await.ok().and_then(|newest| newest.first().map(|conversation| conversation.id)),
                paces: paces.await.ok().flatten().unwrap_or_default(),
                spent: spent.await.unwrap_or_default(),
            }
        }
    }
}

impl LastRun {
    /// What was read, once; none if that does not come in time, or came before.
    async fn read(&mut self) -> Option<Left> {
        let read = timeout(PATIENCE, self.reading.join_next()).await;
        let read = read.inspect_err(|_| tracing::warn!("the history does not answer yet"));
        read.ok()??.ok()
    }
}

impl Desk {
    /// Looks back, before the first order is taken.
    pub(super) async fn settle(&mut self) {
        self.keep_for_as_long_as_wanted();
        self.last_run.reading.spawn(Left::read(&self.house.history));
        // while the disk is at work
        self.here.attached = self.attachment();
        if let Some(left) = self.last_run.read().await {
            self.take_over(left);
        }
    }

    /// Waits for what the last run left, if it is still being read: what is deleted now must be deleted of that, too.
    pub(super) async fn look_back(&mut self) {
        if let Some(left) = self.last_run.read().await {
            self.take_over_late(left);
        }
    }

    /// The page has looked already.
    pub(super) fn take_over_late(&mut self, left: Left) {
        let before = self.topic.id;
        self.take_over(left);
        if self.topic.id != before {
            (self.outlet)(Event::Conversing { id: self.topic.id, turn: None });
        }
    }

    fn take_over(&mut self, left: Left) {
        self.last = self.last.max(left.last);
        self.last_run.unfinished = left.unfinished;
        self.here.paces = left.paces;
        self.know_paces();
        self.purse.recall(&left.spent, &self.today());
        self.look_at_the_limit();
        // a turn that is under way finds by itself where it belongs
        if self.topic.id.is_none() && self.front.is_none() {
            self.topic.id = left.newest;
            left.newest.into_iter().for_each(|id| self.topic.read(id, &self.house.history));
        }
    }
}
