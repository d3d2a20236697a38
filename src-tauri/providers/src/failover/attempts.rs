//! Who is asked next, and when, after somebody failed. Its own file because this is the whole policy of a stage and
//! knows neither time nor chance nor a provider: all three are told to it.

use super::Blame;
use std::time::Duration;

/// Attempts of one stage that may cost money, and those at one provider.
const AT_MOST: usize = 5;
const OF_ONE: u32 = 2;
/// So long after a stage began nothing new is begun, except an engine on this machine.
pub(crate) const TOO_LATE: Duration = Duration::from_secs(8);
/// A provider that asks for no more patience than this is waited for, if nobody else is left.
pub(crate) const PATIENT: Duration = Duration::from_secs(2);
/// Attempts before anybody is made to wait, the wait that is doubled for each, and the longest.
const UNHURT: usize = 3;
const WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Ask this one, so long after the stage began: now, or later.
    Ask { at: Duration, who: usize },
    /// Nobody is left.
    Over,
}

/// The attempts of one stage of one turn. Candidates are counted from 0, first choice first.
#[derive(Clone, Debug)]
pub(crate) struct Attempts {
    runners: Vec<Runner>,
    begun: usize,
    /// The way out of this machine is closed.
    shut_in: bool,
}

#[derive(Clone, Debug)]
struct Runner {
    local: bool,
    begun: u32,
    /// It would fail the same way again.
    out: bool,
    not_before: Duration,
}

impl Attempts {
    /// Among candidates of which these are engines on this machine.
    pub(crate) fn among(local: impl IntoIterator<Item = bool>) -> Self {
        let runner = |local| Runner { local, begun: 0, out: false, not_before: Duration::ZERO };
        Self { runners: local.into_iter().map(runner).collect(), begun: 0, shut_in: false }
    }

    /// Whom to ask now that nobody is being asked. `may_retry` pays for asking the same one again.
    pub(crate) fn next(&self, elapsed: Duration, chance: f64, mut may_retry: impl FnMut(usize) -> bool) -> Step {
        let closed = self.begun >= AT_MOST || elapsed >= TOO_LATE;
        let fresh = |local: bool| self.find(|runner| runner.begun == 0 && runner.local == local);
        let first = self.find(|runner| runner.begun == 0 && (runner.local || !closed));
        let first = if self.shut_in { fresh(true).or(first) } else { first };
        if let Some(who) = first {
            return Step::Ask { at: elapsed, who };
        }
        if closed {
            return Step::Over;
        }
        let again = |runner: &Runner| !runner.local && runner.begun < OF_ONE;
        let mut left: Vec<_> = self.all(again).collect();
        left.sort_by_key(|(_, runner)| runner.not_before.max(elapsed));
        let Some((who, runner)) = left.into_iter().find(|(who, _)| may_retry(*who)) else { return Step::Over };
        let at = runner.not_before.max(elapsed + self.wait(chance));
        if at >= TOO_LATE { Step::Over } else { Step::Ask { at, who } }
    }

    /// Somebody who was not asked yet, to be asked beside the one who takes long: never an engine on this machine,
    /// which would only take its time away from the others.
    pub(crate) fn other(&self, elapsed: Duration, fit: impl Fn(usize) -> bool) -> Option<usize> {
        if self.begun >= AT_MOST || elapsed >= TOO_LATE || self.shut_in {
            return None;
        }
        self.all(|runner| runner.begun == 0 && !runner.local).map(|(who, _)| who).find(|who| fit(*who))
    }

    /// An engine on this machine that was not asked yet: for a stage that has waited long enough.
    pub(crate) fn engine(&self) -> Option<usize> {
        self.find(|runner| runner.begun == 0 && runner.local)
    }

    /// Somebody who was asked once, when all were: for the second try of a stage whose time runs out.
    pub(crate) fn once_more(&self, elapsed: Duration, fit: impl Fn(usize) -> bool) -> Option<usize> {
        if self.begun >= AT_MOST || elapsed >= TOO_LATE || self.shut_in {
            return None;
        }
        let again = |runner: &Runner| !runner.local && runner.begun < OF_ONE && runner.not_before <= elapsed;
        self.all(again).map(|(who, _)| who).find(|who| fit(*who))
    }

    /// `who` is being asked.
    pub(crate) fn began(&mut self, who: usize) {
        if let Some(runner) = self.runners.get_mut(who) {
            runner.begun += 1;
            self.begun += usize::from(!runner.local);
        }
    }

    /// `who` failed; it may have said after what time it can be asked again.
    pub(crate) fn failed(&mut self, who: usize, blame: Blame, retry_after: Option<Duration>, elapsed: Duration) {
        self.shut_in |= blame == Blame::Way;
        if let Some(runner) = self.runners.get_mut(who) {
            let wait = retry_after.unwrap_or_default();
            runner.not_before = elapsed + wait;
            runner.out = blame != Blame::Provider || wait > PATIENT;
        }
    }

    /// Full jitter: many clients that failed together do not come back together.
    fn wait(&self, chance: f64) -> Duration {
        if self.begun < UNHURT {
            return Duration::ZERO;
        }
        let most = WAIT.saturating_mul(1 << self.begun.min(8)).min(LONGEST_WAIT);
        most.mul_f64(chance.clamp(0.0, 1.0))
    }

    fn all(&self, fit: impl Fn(&Runner) -> bool) -> impl Iterator<Item = (usize, &Runner)> {
        self.runners.iter().enumerate().filter(move |(_, runner)| !runner.out && fit(runner))
    }

    fn find(&self, fit: impl Fn(&Runner) -> bool) -> Option<usize> {
        self.all(fit).map(|(who, _)| who).next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// Who is asked, and when, if each of them fails after a tenth of a second with `blame`.
    fn asked(local: &[bool], blame: impl Fn(usize) -> (Blame, Option<Duration>)) -> Vec<(usize, u64)> {
        let (mut attempts, mut elapsed, mut asked) = (Attempts::among(local.iter().copied()), Duration::ZERO, vec![]);
        while let Step::Ask { at, who } = attempts.next(elapsed, 0.5, |_| true) {
            asked.push((who, at.as_millis() as u64));
            attempts.began(who);
            elapsed = at + ms(100);
            let (blame, wait) = blame(who);
            attempts.failed(who, blame, wait, elapsed);
        }
        asked
    }

    #[test]
    fn others_come_first_and_at_once_and_only_then_the_same_again() {
        let all = asked(&[false, false, true], |_| (Blame::Provider, None));
        // half of 400 ms before a fourth that costs
        assert_eq!(all, [(0, 0), (1, 100), (2, 200), (0, 300), (1, 600)]);
        let five = asked(&[false; 7], |_| (Blame::Provider, None));
        assert_eq!(five.iter().map(|(who, _)| *who).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn whoever_would_refuse_again_is_out() {
        for blame in [Blame::Account, Blame::Host, Blame::Question] {
            assert_eq!(asked(&[false, false], |_| (blame, None)), [(0, 0), (1, 100)], "{blame:?}");
        }
    }

    #[test]
    fn a_closed_way_leads_to_this_machine() {
        let all =
            asked(&[false, false, true], |who| if who == 2 { (Blame::Provider, None) } else { (Blame::Way, None) });
        assert_eq!(all, [(0, 0), (2, 100), (1, 200)], "and only then on to others, who may have another way");
    }

    #[test]
    fn a_short_wait_is_waited_for_if_nobody_else_is_left() {
        let wait = |ms| move |_| (Blame::Provider, Some(Duration::from_millis(ms)));
        assert_eq!(asked(&[false], wait(1_500)), [(0, 0), (0, 1_600)]);
        assert_eq!(asked(&[false], wait(2_500)), [(0, 0)]);
    }

    #[test]
    fn after_eight_seconds_only_this_machine_is_left() {
        let mut attempts = Attempts::among([false, false, true]);
        attempts.began(0);
        attempts.failed(0, Blame::Provider, None, ms(8_000));
        assert_eq!(attempts.next(ms(8_000), 0.5, |_| true), Step::Ask { at: ms(8_000), who: 2 });
        assert_eq!(attempts.other(ms(8_000), |_| true), None);
    }

    fn blame() -> impl Strategy<Value = Blame> {
        use Blame::{Account, Host, Provider, Question, Way};
        prop_oneof![Just(Provider), Just(Account), Just(Way), Just(Host), Just(Question)]
    }

    proptest! {
        /// Whatever fails how and when: it ends, within 5 calls that cost and 2 of one, every engine on this machine
        /// was asked exactly once before it gave up, and nothing that costs begins after 8 s.
        #[test]
        fn it_ends_within_its_limits(
            local in prop::collection::vec(any::<bool>(), 1..8),
            fates in prop::collection::vec((blame(), 0u64..4_000, prop::option::of(0u64..4_000), 0.0f64..1.0, any::<bool>()), 40),
        ) {
            let mut attempts = Attempts::among(local.iter().copied());
            let (mut elapsed, mut count) = (Duration::ZERO, vec![0u32; local.len()]);
            let mut fates = fates.into_iter();
            let mut fate = fates.next().unwrap();
            while let Step::Ask { at, who } = attempts.next(elapsed, fate.3, |_| fate.4) {
                prop_assert!(at >= elapsed);
                prop_assert!(local[who] || at < TOO_LATE);
                attempts.began(who);
                count[who] += 1;
                elapsed = at + ms(fate.1);
                attempts.failed(who, fate.0, fate.2.map(ms), elapsed);
                fate = fates.next().expect("it ends");
            }
            for (count, local) in count.iter().zip(&local) {
                prop_assert!(*count <= OF_ONE && (!local || *count == 1));
            }
            let paid: u32 = count.iter().zip(&local).filter(|(_, local)| !**local).map(|(count, _)| count).sum();
            prop_assert!(paid as usize <= AT_MOST);
        }
    }
}
