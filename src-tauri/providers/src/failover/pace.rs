//! How quick a provider is, as the person feels it: the time to the first useful piece of an answer. Its own file
//! because both the order of providers and the moment of a hedge are read off it.

use std::{collections::VecDeque, time::Duration};

/// Weight of the newest answer. Counted by calls, not by time: between two turns of one person minutes pass.
const ALPHA: f64 = 0.2;
/// Answers the ninety-fifth percentile is taken of, and the fewest that have one. A few, or what an earlier run has left, give
/// a guess: twice the usual, which one in fifty takes on an ordinary day.
const WINDOW: usize = 50;
const LEAST: usize = 10;
const FEW: usize = 3;

/// Times to the first useful piece.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pace {
    /// Mean of the logarithm of milliseconds.
    mean: Option<f64>,
    recent: VecDeque<Duration>,
    /// An earlier run has left the mean.
    known: bool,
}

impl Pace {
    /// What was kept of an earlier run.
    pub(crate) fn known(typical: Duration) -> Self {
        Self { mean: Some(log(typical)), recent: VecDeque::new(), known: true }
    }

    pub(crate) fn note(&mut self, first: Duration) {
        let now = log(first);
        self.mean = Some(self.mean.map_or(now, |mean| mean + ALPHA * (now - mean)));
        if self.recent.len() == WINDOW {
            self.recent.pop_front();
        }
        self.recent.push_back(first);
    }

    /// What it usually takes; nothing if nothing is known.
    pub(crate) fn typical(&self) -> Option<Duration> {
        self.mean.map(|mean| Duration::from_secs_f64(mean.exp() / 1e3))
    }

    /// What it takes in one of twenty calls on an ordinary day; nothing while there were too few.
    pub(crate) fn p95(&self) -> Option<Duration> {
        if self.recent.len() < LEAST {
            return self.typical().filter(|_| self.known || self.recent.len() >= FEW).map(|typical| typical * 2);
        }
        let mut sorted: Vec<Duration> = self.recent.iter().copied().collect();
        sorted.sort_unstable();
        let rare = sorted.get((sorted.len() * 95).div_ceil(100) - 1)?;
        // on a bad day one answer in five is late; that is not what it takes
        Some((*rare).min(*sorted.get(sorted.len() / 2)? * 2))
    }
}

/// Below a tenth of a millisecond nothing is measured.
fn log(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e3).max(0.1).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn one_slow_answer_counts_a_fifth_of_its_logarithm() {
        let mut pace = Pace::default();
        assert_eq!(pace.typical(), None);
        pace.note(ms(100));
        pace.note(ms(3_200));
        // 100 · 32^0.2 = 200
        let typical = pace.typical().unwrap().as_secs_f64();
        assert!((typical - 0.2).abs() < 1e-6, "{typical}");
    }

    #[test]
    fn a_bad_day_is_not_what_it_takes() {
        let mut pace = Pace::default();
        (0..50).for_each(|n| pace.note(ms(if n % 4 == 0 { 2_000 } else { 300 })));
        assert_eq!(pace.p95(), Some(ms(600)));
    }

    #[test]
    fn the_rare_slow_answer_is_guessed_after_three_and_known_after_ten() {
        assert_eq!(Pace::known(ms(100)).p95().map(|guess| guess.as_millis()), Some(200), "by an earlier run");
        let mut pace = Pace::default();
        (0..2).for_each(|_| pace.note(ms(100)));
        assert_eq!(pace.p95(), None);
        pace.note(ms(100));
        assert_eq!(pace.p95().map(|guess| guess.as_millis()), Some(200));
        (1..=100).for_each(|n| pace.note(ms(n)));
        assert_eq!(pace.p95(), Some(ms(98)), "of 51 to 100");
    }
}
