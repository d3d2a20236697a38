//! The heartbeat: a computer that slept, or a program that was stopped, finds that more time has passed than it lived.
//! Its own file because no system needs to tell us: two clocks are enough.

use std::time::Duration;

/// How often it beats while a turn runs.
const BEAT: Duration = Duration::from_secs(1);
/// So much lost time is no busy machine any more.
const GAP: Duration = Duration::from_secs(5);

/// When it last beat.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Beat {
    last: Option<Moment>,
}

/// The same instant on a clock that may stand still in sleep, and on one that does not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) monotonic: Duration,
    /// Since the epoch.
    pub(crate) wall: Duration,
}

impl Beat {
    /// When it beats next.
    pub(crate) fn due(&self) -> Option<Duration> {
        self.last.map(|last| last.monotonic + BEAT)
    }

    /// Begins at `now`, unless it beats already.
    pub(crate) fn start(&mut self, now: Moment) {
        self.last.get_or_insert(now);
    }

    /// Nothing runs that could be missed.
    pub(crate) fn rest(&mut self) {
        self.last = None;
    }

    /// Beats if it is time; true if time was lost since the last beat. A wall clock that is set back tells nothing.
    pub(crate) fn skipped(&mut self, now: Moment) -> bool {
        let Some(last) = self.last.filter(|last| last.monotonic + BEAT <= now.monotonic) else { return false };
        self.last = Some(now);
        let passed = now.monotonic.saturating_sub(last.monotonic).max(now.wall.saturating_sub(last.wall));
        passed >= BEAT + GAP
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(monotonic: u64, wall: u64) -> Moment {
        Moment { monotonic: Duration::from_millis(monotonic), wall: Duration::from_millis(wall) }
    }

    fn beats(moments: &[Moment]) -> Vec<bool> {
        let mut beat = Beat::default();
        beat.start(at(0, 1_000_000));
        moments.iter().map(|now| beat.skipped(*now)).collect()
    }

    #[test]
    fn lost_time_is_seen_on_either_clock_and_only_once() {
        assert_eq!(beats(&[at(1000, 1_001_000), at(2000, 1_002_010)]), [false, false]);
        assert_eq!(beats(&[at(1000, 1_006_000), at(2000, 1_007_000)]), [true, false], "the monotonic clock slept");
        assert_eq!(beats(&[at(6000, 1_006_000)]), [true], "the program was stopped");
        assert_eq!(beats(&[at(5999, 1_005_999)]), [false], "a busy machine");
        assert_eq!(beats(&[at(1000, 5_000)]), [false], "the wall clock was set back");
        assert_eq!(beats(&[at(500, 1_060_000), at(1000, 1_060_500)]), [false, true], "not before it beats");
    }

    #[test]
    fn it_rests_between_turns() {
        let mut beat = Beat::default();
        assert_eq!(beat.due(), None);
        beat.start(at(0, 0));
        beat.start(at(900, 0));
        assert_eq!(beat.due(), Some(Duration::from_secs(1)), "a second turn does not put it off");
        beat.rest();
        assert!(!beat.skipped(at(60_000, 60_000)) && beat.due().is_none());
    }
}
