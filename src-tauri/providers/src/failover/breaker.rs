//! When a provider is left alone. A state machine without a clock: whoever asks says what time it is. Its own file
//! because one person makes five calls a minute, and the thresholds of servers never trip on that.

use std::{collections::VecDeque, time::Duration};

/// Failures or late answers in a row that open it. One answer in twenty is late where all is well, so three in a row are
/// one in 8,000; and whoever is slow for a while is left after three turns.
const IN_A_ROW: u32 = 3;
/// Calls that are looked back on, and the fewest of them that say anything.
const WINDOW: usize = 10;
const LEAST: usize = 6;
/// The first rest, and the longest.
const REST: Duration = Duration::from_secs(30);
const LONGEST: Duration = Duration::from_secs(300);
/// Part of a rest by which it is shorter or longer, so that many clients do not come back at once.
const SPREAD: f64 = 0.2;

/// How a call went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Went {
    Well,
    /// It answered, but later than twice the time after which it is hedged.
    Slowly,
    Badly,
}

/// What may be asked of the provider now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    Shut,
    /// It rests until then.
    Open {
        until: Duration,
    },
    /// Its rest is over; one probe decides.
    HalfOpen,
}

/// Lets calls through (`Shut`) until too many of them fail.
#[derive(Clone, Debug, Default)]
pub(crate) struct Breaker {
    /// Half failures of the last calls: 0, 1 (slow) or 2.
    recent: VecDeque<u32>,
    in_a_row: u32,
    /// When it opened, until when it rests, and for the how manieth time in a row.
    open: Option<(Duration, u32)>,
    probing: bool,
    /// A probe went well; the first call after it shows whether the work itself does. How often it had rested.
    trial: Option<u32>,
}

impl Breaker {
    /// How it stands at `now`. While a probe runs, nothing else goes through.
    pub(crate) fn gate(&self, now: Duration) -> Gate {
        match self.open {
            None => Gate::Shut,
            Some((until, _)) if now < until || self.probing => Gate::Open { until },
            Some(_) => Gate::HalfOpen,
        }
    }

    /// The probe begins; its outcome comes by `note`, `probed` or `give_up`. False if none is needed, or one runs.
    pub(crate) fn probe(&mut self) -> bool {
        let begins = self.open.is_some() && !self.probing;
        self.probing |= begins;
        begins
    }

    /// The probe was dropped before it told anything.
    pub(crate) fn give_up(&mut self) {
        self.probing = false;
    }

    /// A probe by something smaller than the work itself ended. If it went well the next call decides.
    pub(crate) fn probed(&mut self, well: bool, now: Duration, chance: f64) {
        let Some((_, times)) = self.open.filter(|_| self.probing) else { return };
        if well {
            *self = Self { trial: Some(times), ..Self::default() };
        } else {
            self.rest(now, times + 1, chance);
        }
    }

    /// A call ended at `now`. `chance` of 0.0..1.0 spreads the rests.
    pub(crate) fn note(&mut self, went: Went, now: Duration, chance: f64) {
        if let Some((_, times)) = self.open {
            // a call that began before the rest tells nothing new
            if std::mem::take(&mut self.probing) {
                match went {
                    Went::Well => *self = Self::default(),
                    Went::Slowly | Went::Badly => self.rest(now, times + 1, chance),
                }
            }
            return;
        }
        let halves = match went {
            Went::Well => 0,
            Went::Slowly => 1,
            Went::Badly => 2,
        };
        let trial = self.trial.take();
        self.in_a_row = if went == Went::Well { 0 } else { self.in_a_row + 1 };
        if self.recent.len() == WINDOW {
            self.recent.pop_front();
        }
        self.recent.push_back(halves);
        let sum: u32 = self.recent.iter().sum();
        // an answer that went well is no reason to stop asking
        let mostly_bad = went != Went::Well && self.recent.len() >= LEAST && sum as usize >= self.recent.len();
        match trial {
            Some(times) if went != Went::Well => self.rest(now, times + 1, chance),
            _ if self.in_a_row >= IN_A_ROW || mostly_bad => self.rest(now, 1, chance),
            _ => {}
        }
    }

    /// When its rest ends, if it rests: then it is to be probed.
    pub(crate) fn rests_until(&self) -> Option<Duration> {
        self.open.filter(|_| !self.probing).map(|(until, _)| until)
    }

    /// Nobody asks it for `wait` from `now` on: it said so itself. More than our own longest rest is not believed.
    pub(crate) fn leave_alone(&mut self, wait: Duration, now: Duration) {
        let until = now + wait.min(LONGEST);
        let times = self.open.map_or(1, |(_, times)| times);
        self.open = Some((self.open.map_or(until, |(open, _)| open.max(until)), times));
        self.probing = false;
    }

    fn rest(&mut self, now: Duration, times: u32, chance: f64) {
        let doubled = REST.saturating_mul(1 << (times - 1).min(8)).min(LONGEST);
        let rest = doubled.mul_f64(1.0 - SPREAD + 2.0 * SPREAD * chance.clamp(0.0, 1.0));
        *self = Self { open: Some((now + rest, times)), ..Self::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MIDDLE: f64 = 0.5;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn after(calls: &[Went]) -> Breaker {
        let mut breaker = Breaker::default();
        calls.iter().for_each(|went| breaker.note(*went, at(0), MIDDLE));
        breaker
    }

    #[test]
    fn three_in_a_row_or_half_of_the_last_open_it() {
        use Went::{Badly, Slowly, Well};
        for (calls, open) in [
            (vec![Badly, Badly], false),
            (vec![Badly, Badly, Badly], true),
            (vec![Badly, Badly, Well, Badly, Badly], false),
            (vec![Badly, Badly, Well, Badly, Well, Well], false),
            (vec![Badly, Badly, Well, Badly, Well, Well, Badly], true),
            (vec![Badly, Well, Well, Badly, Well, Well], false),
            (vec![Badly, Slowly, Badly], true),
            (vec![Slowly, Slowly], false),
            (vec![Slowly; 3], true),
            (vec![Slowly, Slowly, Well, Slowly, Slowly], false),
        ] {
            let gate = after(&calls).gate(at(1));
            assert_eq!(gate != Gate::Shut, open, "{calls:?}");
        }
    }

    #[test]
    fn one_probe_decides_and_rests_double_up_to_five_minutes() {
        let mut breaker = after(&[Went::Badly; 3]);
        let mut now = Duration::ZERO;
        for rest in [30, 60, 120, 240, 300, 300] {
            assert_eq!(breaker.gate(now), Gate::Open { until: now + at(rest) });
            now += at(rest);
            assert_eq!(breaker.gate(now), Gate::HalfOpen);
            breaker.note(Went::Well, now, MIDDLE);
            assert_eq!(breaker.gate(now), Gate::HalfOpen, "a late answer is no probe");
            breaker.probe();
            assert_ne!(breaker.gate(now), Gate::HalfOpen, "one is enough");
            breaker.note(Went::Badly, now, MIDDLE);
        }
        now += at(300);
        breaker.probe();
        breaker.note(Went::Well, now, MIDDLE);
        assert_eq!(breaker.gate(now), Gate::Shut);
        breaker.note(Went::Badly, now, MIDDLE);
        breaker.note(Went::Badly, now, MIDDLE);
        assert_eq!(breaker.gate(now), Gate::Shut, "it begins anew");
    }

    #[test]
    fn a_provider_that_asks_for_peace_gets_it() {
        let mut breaker = Breaker::default();
        breaker.leave_alone(at(7), at(0));
        assert_eq!(breaker.gate(at(6)), Gate::Open { until: at(7) });
        assert_eq!(breaker.gate(at(7)), Gate::HalfOpen);
    }

    #[test]
    fn a_small_probe_that_goes_well_is_put_to_the_test() {
        let mut breaker = after(&[Went::Badly; 3]);
        assert!(breaker.probe());
        assert!(!breaker.probe(), "one at a time");
        breaker.probed(true, at(30), MIDDLE);
        assert_eq!(breaker.gate(at(30)), Gate::Shut);
        let mut well = breaker.clone();
        well.note(Went::Well, at(31), MIDDLE);
        well.note(Went::Badly, at(32), MIDDLE);
        assert_eq!(well.gate(at(32)), Gate::Shut);
        breaker.note(Went::Badly, at(31), MIDDLE);
        assert_eq!(breaker.gate(at(31)), Gate::Open { until: at(31 + 60) }, "its rests go on doubling");
    }

    #[test]
    fn a_probe_that_was_dropped_leaves_room_for_another() {
        let mut breaker = after(&[Went::Badly; 3]);
        assert!(breaker.probe());
        assert_eq!(breaker.rests_until(), None);
        breaker.give_up();
        assert_eq!(breaker.rests_until(), Some(at(30)));
        assert!(breaker.probe());
    }

    fn went() -> impl Strategy<Value = Went> {
        prop_oneof![Just(Went::Well), Just(Went::Slowly), Just(Went::Badly)]
    }

    proptest! {
        /// Whatever happens: no rest is over 6 minutes, and a rest that is over and a probe that goes well shut it.
        #[test]
        fn it_always_comes_back(calls in prop::collection::vec((went(), 0u64..100, 0.0f64..1.0, any::<bool>()), 0..60)) {
            let (mut breaker, mut now) = (Breaker::default(), Duration::ZERO);
            for (went, gap, chance, probe) in calls {
                now += at(gap);
                if probe && breaker.gate(now) == Gate::HalfOpen {
                    breaker.probe();
                }
                breaker.note(went, now, chance);
                if let Gate::Open { until } = breaker.gate(now) {
                    prop_assert!(until <= now + at(360));
                }
            }
            now += at(360);
            breaker.probe();
            breaker.note(Went::Well, now, MIDDLE);
            prop_assert_eq!(breaker.gate(now), Gate::Shut);
        }
    }
}
