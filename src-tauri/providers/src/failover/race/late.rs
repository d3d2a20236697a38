//! What is done about somebody who takes long: another one is asked beside it, and one who is hopelessly late is given
//! up. Its own file because the rest of a race knows only answers and failures.

use super::{Race, Running};
use crate::failover::{attempts::TOO_LATE, record::Record};
use std::time::Duration;

/// After so many hedge delays nobody who is late is waited for alone: that is no ordinary answer any more.
const HOPELESS: u32 = 2;

/// What is done next if nothing comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// After the hedge delay another one is asked beside it, if the purse allows.
    Hedge,
    /// After twice the delay the next one is asked in any case; of two at work the elder is given up for it.
    Next,
    /// There is nobody else.
    Wait,
}

impl<T, P> Race<T, P>
where
    T: ?Sized + Send + Sync + 'static,
    P: Send + 'static,
{
    /// When somebody else is to be asked: the youngest at work is late, or it is time for an engine on this machine. Never once
    /// an answer has begun, and not while such an engine works.
    pub(super) fn late_at(&self) -> Option<Duration> {
        let (youngest, due) = (self.running.last()?, self.due?);
        let local = self.line.get(youngest.who).is_none_or(|candidate| candidate.local);
        if self.settled || local {
            return None;
        }
        let engine = self.attempts.engine().map(|_| due + TOO_LATE);
        let other = self.other_at(youngest, due);
        engine.into_iter().chain(other).min()
    }

    /// When another one is to be asked because of the youngest at work, which could answer from `due` on.
    fn other_at(&self, youngest: &Running<P>, due: Duration) -> Option<Duration> {
        let delays = match self.patience {
            Patience::Hedge if self.running.len() == 1 => 1,
            Patience::Hedge | Patience::Next => HOPELESS,
            Patience::Wait => return None,
        };
        Some(youngest.began.max(due) + youngest.delay * delays)
    }

    pub(super) fn late(&mut self) {
        if self.elapsed() >= TOO_LATE
            && let Some(engine) = self.attempts.engine()
        {
            self.make_room();
            return self.start(engine);
        }
        let next = self.patience == Patience::Next || self.running.len() > 1;
        let Some(who) = self.partner().or_else(|| if next { self.once_more() } else { None }) else {
            self.patience = if next { Patience::Wait } else { Patience::Next };
            return;
        };
        if self.patience == Patience::Hedge && self.running.len() == 1 {
            self.patience = Patience::Next;
            // a purse that is empty now is not asked again for this one
            if !self.health.may_hedge(self.kind) {
                return;
            }
        } else {
            self.make_room();
        }
        self.start(who);
    }

    /// Of two at work the elder is given up.
    fn make_room(&mut self) {
        if self.running.len() > 1 {
            let elder = self.running.remove(0);
            self.outrun(elder);
        }
    }

    /// Who may be asked beside the one who takes long.
    pub(super) fn partner(&self) -> Option<usize> {
        let now = self.now();
        let known = |who: usize, fit: fn(&Record, Duration) -> bool| {
            let fits = |name: &str| self.health.with(name, self.kind, |record, _| fit(record, now));
            self.line.get(who).is_some_and(|candidate| fits(&candidate.name))
        };
        let other = |fit| self.attempts.other(self.elapsed(), |who| known(who, fit));
        // one that rests may be well again by now; that costs nobody any time
        other(Record::is_well).or_else(|| other(|record, _| !record.is_refused()))
    }

    /// Who may be asked a second time meanwhile; it is paid as any second try.
    fn once_more(&self) -> Option<usize> {
        let idle = |who: usize| self.running.iter().all(|one| one.who != who);
        let who = self.attempts.once_more(self.elapsed(), idle)?;
        let name = &self.line.get(who)?.name;
        self.health.with(name, self.kind, |record, _| record.may_retry()).then_some(who)
    }

    /// `loser` is dropped for somebody else.
    pub(super) fn outrun(&self, loser: Running<P>) {
        if let Some(waited) = self.waited(&loser) {
            self.health.with(&loser.name, self.kind, |record, chance| {
                record.outrun(&self.language, waited, self.now(), chance);
            });
        }
        self.tell_tried(&loser, None);
    }
}
