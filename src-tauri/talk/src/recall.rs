//! What a conversation is remembered by: questions and answers, and of an answer only what was heard.

use std::{collections::VecDeque, sync::Arc};
use voice::{Entry, Exchange};

/// Enough for a model to follow a conversation, little enough to stay quick.
pub(crate) const LONGEST: usize = 20;

/// The last exchanges, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Recall(VecDeque<Arc<Exchange>>);

impl Recall {
    /// Remembers an exchange; one without an answer is not one.
    pub(crate) fn keep(&mut self, exchange: Exchange) {
        if exchange.answer.is_empty() {
            return;
        }
        if self.0.len() == LONGEST {
            self.0.pop_front();
        }
        self.0.push_back(exchange.into());
    }

    /// What a kept conversation is remembered by.
    pub(crate) fn of(turns: Vec<Entry>) -> Self {
        let mut recall = Self::default();
        turns.into_iter().for_each(|turn| recall.keep(Exchange { question: turn.transcript, answer: turn.heard }));
        recall
    }

    pub(crate) fn all(&self) -> Vec<Arc<Exchange>> {
        self.0.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(n: usize) -> Exchange {
        Exchange { question: n.to_string(), answer: n.to_string() }
    }

    #[test]
    fn the_oldest_is_forgotten_first() {
        let mut recall = Recall::default();
        (0..LONGEST + 5).for_each(|n| recall.keep(exchange(n)));
        let all = recall.all();
        assert_eq!(all.len(), LONGEST);
        assert_eq!((&*all[0], &*all[LONGEST - 1]), (&exchange(5), &exchange(LONGEST + 4)));
    }

    #[test]
    fn silence_is_no_answer() {
        let mut recall = Recall::default();
        recall.keep(Exchange { question: "stop".into(), answer: String::new() });
        assert!(recall.all().is_empty());
    }
}
