//! What is remembered of one provider at one stage. Its own file because breaker, purse and pace are fed by the same
//! few facts, and must not be fed by different ones.

use super::{
    Blame,
    attempts::PATIENT,
    breaker::{Breaker, Gate, Went},
    budget::Budget,
    hedge,
    order::Known,
    pace::Pace,
};
use std::{collections::HashMap, time::Duration};
use voice::{Condition, Error, ErrorKind, Kind, Language};

/// Weight of the newest call in the part that fails, and what a provider that always fails is worse by: eightfold.
const ALPHA: f64 = 0.2;
const PENALTY: f64 = 2.079;

/// A provider at a stage.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    kind: Kind,
    pub(crate) breaker: Breaker,
    retries: Budget,
    paces: HashMap<Language, Pace>,
    /// Part of the calls that fail, 0.0..=1.0.
    failing: f64,
    last: Went,
    refused: Option<ErrorKind>,
    /// It was asked at least once, in this run or in one that is remembered.
    asked: bool,
}

/// As much of a condition as does not depend on the time.
pub(crate) type Face = (bool, bool, bool, Option<ErrorKind>);

impl Record {
    pub(crate) fn new(kind: Kind) -> Self {
        Self {
            kind,
            breaker: Breaker::default(),
            retries: Budget::of_retries(),
            paces: HashMap::new(),
            failing: 0.0,
            last: Went::Well,
            refused: None,
            asked: false,
        }
    }

    /// Its first useful piece came after `first`.
    pub(crate) fn first(&mut self, language: &Language, first: Duration) {
        self.last = if hedge::is_slow(self.kind, self.paces.get(language), first) { Went::Slowly } else { Went::Well };
        self.pace(language).note(first);
        self.asked = true;
    }

    /// An answer came to its end.
    pub(crate) fn well(&mut self, now: Duration, chance: f64) {
        self.refused = None;
        self.retries.earn();
        self.failing -= ALPHA * self.failing;
        self.breaker.note(self.last, now, chance);
    }

    /// Somebody who was asked later was quicker; it had `waited` so long for nothing.
    pub(crate) fn outrun(&mut self, language: &Language, waited: Duration, now: Duration, chance: f64) {
        if waited < self.hedge_delay(language) {
            return;
        }
        // so late is not late, it hangs
        let hangs = hedge::is_slow(self.kind, self.paces.get(language), waited);
        self.last = if hangs { Went::Badly } else { Went::Slowly };
        self.pace(language).note(waited);
        self.breaker.note(self.last, now, chance);
    }

    pub(crate) fn failed(&mut self, error: &Error, now: Duration, chance: f64) {
        self.asked = true;
        match Blame::of(error) {
            Blame::Way | Blame::Host | Blame::Question => {}
            Blame::Account => self.refused = Some(error.kind),
            Blame::Provider => {
                self.badly(now, chance);
                if let Some(wait) = asked_for(error).filter(|wait| *wait > PATIENT) {
                    self.breaker.leave_alone(wait, now);
                }
            }
        }
    }

    /// It failed by its own fault; or could not be reached where others could.
    pub(crate) fn badly(&mut self, now: Duration, chance: f64) {
        self.last = Went::Badly;
        self.failing += ALPHA * (1.0 - self.failing);
        self.breaker.note(Went::Badly, now, chance);
    }

    pub(crate) fn may_retry(&mut self) -> bool {
        self.retries.spend()
    }

    pub(crate) fn hedge_delay(&self, language: &Language) -> Duration {
        hedge::delay(self.kind, self.paces.get(language))
    }

    pub(crate) fn is_well(&self, now: Duration) -> bool {
        self.refused.is_none() && self.breaker.gate(now) == Gate::Shut
    }

    pub(crate) fn is_refused(&self) -> bool {
        self.refused.is_some()
    }

    pub(crate) fn known(&self, language: &Language, now: Duration) -> Known {
        let typical = self.paces.get(language).and_then(Pace::typical);
        Known {
            last_resort: false,
            basic: false,
            unwell: self.breaker.gate(now) != Gate::Shut,
            refused: self.refused.is_some(),
            score: typical.map(|typical| typical.as_secs_f64().ln() + PENALTY * self.failing),
        }
    }

    pub(crate) fn is_asked(&self) -> bool {
        self.asked
    }

    /// What is told anew when it changes.
    pub(crate) fn face(&self) -> Face {
        (self.asked, self.breaker.rests_until().is_some(), self.last == Went::Well, self.refused)
    }

    /// As a person is told.
    pub(crate) fn condition(&self, now: Duration) -> Condition {
        match (self.refused, self.breaker.gate(now)) {
            (Some(why), _) => Condition::Refused { why },
            (None, Gate::Open { until }) => {
                let left = until.saturating_sub(now).as_millis();
                Condition::Resting { for_ms: u32::try_from(left).unwrap_or(u32::MAX) }
            }
            (None, Gate::HalfOpen) => Condition::Resting { for_ms: 0 },
            (None, Gate::Shut) if self.last == Went::Well => Condition::Good,
            (None, Gate::Shut) => Condition::Slow,
        }
    }

    pub(crate) fn paces(&self) -> impl Iterator<Item = (&Language, Duration)> {
        self.paces.iter().filter_map(|(language, pace)| Some((language, pace.typical()?)))
    }

    /// What was kept of an earlier run.
    pub(crate) fn remember(&mut self, language: Language, typical: Duration) {
        self.paces.insert(language, Pace::known(typical));
        self.asked = true;
    }

    fn pace(&mut self, language: &Language) -> &mut Pace {
        self.paces.entry(language.clone()).or_default()
    }
}

/// How long the provider itself asked to be left alone.
pub(crate) fn asked_for(error: &Error) -> Option<Duration> {
    error.retry_after_ms.map(|ms| Duration::from_millis(ms.into()))
}
