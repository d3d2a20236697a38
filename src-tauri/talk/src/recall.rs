//! What a conversation is remembered by: questions and answers, and of an answer only what was heard.

use std::{collections::VecDeque, sync::Arc};
use voice::{Entry, Exchange};

/// Enough for a model to follow a conversation, little enough to stay quick.
pub(crate) const LONGEST: usize = 20;

/// The last exchanges, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Recall(VecDeque<Arc<Exchange>>);

impl Recall {
    /// Remembers an exchange in the place of what is known of the same one; one without an answer is not one.
    pub(crate) fn keep(&mut self, exchange: Exchange, instead_of: Option<&Exchange>) {
        if exchange.answer.is_empty() {
            return;
        }
        if let Some(known) = self.0.iter_mut().rfind(|known| Some(&***known) == instead_of) {
            *known = exchange.into();
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
        let exchanges = turns.into_iter().map(|turn| Exchange { question: turn.transcript, answer: turn.heard });
        exchanges.for_each(|exchange| recall.keep(exchange, None));
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
        (0..LONGEST + 5).for_each(|n| recall.keep(exchange(n), None));
        let all = recall.all();
        assert_eq!(all.len(), LONGEST);
        assert_eq!((&*all[0], &*all[LONGEST - 1]), (&exchange(5), &exchange(LONGEST + 4)));
    }

    #[test]
    fn silence_is_no_answer() {
        let mut recall = Recall::default();
        recall.keep(Exchange { question: "stop".into(), answer: String::new() }, None);
        assert!(recall.all().is_empty());
    }

    #[test]
    fn a_reply_that_is_heard_again_is_remembered_once() {
        let mut recall = Recall::default();
        (1..4).for_each(|n| recall.keep(exchange(n), None));
        let whole = Exchange { question: "2".into(), answer: "2, and more".into() };
        recall.keep(whole.clone(), Some(&exchange(2)));
        assert_eq!(
            recall.all().iter().map(|one| (**one).clone()).collect::<Vec<_>>(),
            [exchange(1), whole, exchange(3)]
        );
    }
}
