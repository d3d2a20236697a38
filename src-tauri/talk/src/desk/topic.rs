//! Which conversation goes on, and what a model is reminded of in it. Its own file because the history decides where a turn
//! belongs, a person may choose it, and both have to agree on what is remembered.

use super::{Desk, last_run::PATIENCE};
use crate::{
    key::Input,
    recall::{LONGEST, Recall},
};
use store::History;
use tokio::{
    task::{JoinError, JoinSet},
    time::timeout,
};
use voice::{ConversationId, Entry, Error, Event, Exchange, Page, State, TurnId};

/// The conversation that goes on.
#[derive(Default)]
pub(super) struct Topic {
    /// `None` before the first turn of a new one.
    pub(super) id: Option<ConversationId>,
    /// A person opened it: the next turn belongs there, however long ago the last one was.
    chosen: bool,
    pub(super) recall: Recall,
    /// A conversation whose last turns are being read.
    pub(super) reading: JoinSet<Read>,
}

/// A conversation and its last turns.
type Read = (ConversationId, Result<Vec<Entry>, Error>);

impl Topic {
    /// Where the next turn belongs, if a person chose that.
    pub(super) fn chosen(&self) -> Option<ConversationId> {
        self.id.filter(|_| self.chosen)
    }

    /// Remembers an exchange of the conversation that goes on.
    pub(super) fn keep(&mut self, of: Option<ConversationId>, exchange: Exchange, instead_of: Option<&Exchange>) {
        if of == self.id {
            self.recall.keep(exchange, instead_of);
        }
    }

    /// Takes what was read, unless another conversation goes on meanwhile.
    pub(super) fn remember(&mut self, read: Result<Read, JoinError>) {
        if let Ok((id, turns)) = read
            && self.id == Some(id)
        {
            self.recall = Recall::of(turns.unwrap_or_default());
        }
    }

    /// Waits for what is being read; not for a disk that does not answer.
    pub(super) async fn read_to_its_end(&mut self) {
        let reading = async {
            while let Some(read) = self.reading.join_next().await {
                self.remember(read);
            }
        };
        // whoever is not read in time is remembered when it is
        timeout(PATIENCE, reading).await.ok();
    }

    pub(super) fn read(&mut self, id: ConversationId, history: &History) {
        let turns = history.turns(id, Page { before: None, most: LONGEST as u32 });
        self.reading.spawn(async move { (id, turns.await) });
    }
}

impl Desk {
    /// Goes on in `id`, or in a new conversation. What is still worked out belongs to the one before.
    pub(super) fn converse(&mut self, id: Option<ConversationId>) {
        if let Some(same) = id.filter(|_| id == self.topic.id) {
            self.topic.chosen = true;
            return self.topic.read(same, &self.house.history);
        }
        self.key(Input::Cancel);
        self.push_aside();
        self.show(State::Ready);
        (self.topic.id, self.topic.chosen, self.topic.recall) = (id, id.is_some(), Recall::default());
        match id {
            Some(id) => self.topic.read(id, &self.house.history),
            // it comes true before the next turn begins
            None => drop(self.house.history.new_conversation()),
        }
        (self.outlet)(Event::Conversing { id, turn: None });
    }

    /// The newest turn is kept in `id`: the one that went on, or another after a long silence.
    pub(super) fn goes_on_in(&mut self, turn: TurnId, id: ConversationId) {
        self.topic.chosen = false;
        if self.topic.id.replace(id) != Some(id) {
            self.topic.recall = Recall::default();
            (self.outlet)(Event::Conversing { id: Some(id), turn: Some(turn) });
        }
    }
}
