//! Faults that no device reports, found in the samples themselves: pure silence, no samples at all, and a stale burst
//! at opening. Pure state machines: time comes in as samples and as polls.

use std::time::Duration;

/// How long a worker waits before it looks into its ring again.
pub(crate) const POLL: Duration = Duration::from_millis(5);
/// The same as long as nothing was played: the first sample is a moment that is told.
pub(crate) const SOON: Duration = Duration::from_millis(1);
/// A Bluetooth headset takes its time to change to its microphone profile; reopening meanwhile would start it again.
const FIRST_SOUND: Duration = Duration::from_secs(3);
/// A sound server that moves a stream to another device leaves a hole of 0.9 to 1.3 s, a frozen one of 2 s, measured;
/// longer is the end.
const NEXT_SOUND: Duration = Duration::from_millis(2_500);
/// No microphone sends exact zeros this long, unless it is muted or the system keeps it from us.
const ALL_ZERO: Duration = Duration::from_millis(300);
/// A server may hand over what it recorded before we came, measured: 85 000 frames within 100 ms.
const BURST: Duration = Duration::from_millis(100);
/// What may arrive at once without being stale: one large device buffer and the way from the device.
const AT_ONCE: Duration = Duration::from_millis(150);

/// Notices that a device stopped calling.
pub(crate) struct Stall {
    quiet: Duration,
    limit: Duration,
}

impl Stall {
    pub(crate) fn new() -> Self {
        Self { quiet: Duration::ZERO, limit: FIRST_SOUND }
    }

    /// Something came.
    pub(crate) fn alive(&mut self) {
        *self = Self { quiet: Duration::ZERO, limit: NEXT_SOUND };
    }

    /// Nothing was found after having waited so long once more. True: the device is lost.
    pub(crate) fn missed(&mut self, waited: Duration) -> bool {
        self.quiet += waited;
        self.quiet >= self.limit
    }
}

/// Notices a microphone that sends nothing but zeros from its first sample on.
pub(crate) struct ZeroSignal {
    /// Samples that must still be zero; none left to watch once it is decided.
    left: Option<usize>,
}

impl ZeroSignal {
    pub(crate) fn new(rate: u32) -> Self {
        Self { left: Some(samples(ALL_ZERO, rate)) }
    }

    /// True once, at the sample that decides it.
    pub(crate) fn found_in(&mut self, sound: &[f32]) -> bool {
        let Some(left) = self.left else { return false };
        if sound.iter().any(|sample| *sample != 0.0) {
            self.left = None;
            return false;
        }
        let left = left.saturating_sub(sound.len());
        self.left = (left > 0).then_some(left);
        left == 0
    }
}

/// Finds what is older than the opening of the microphone.
pub(crate) struct Burst {
    rate: u32,
    kept: usize,
    over: bool,
}

impl Burst {
    pub(crate) fn new(rate: u32) -> Self {
        Self { rate, kept: 0, over: false }
    }

    /// How many of the `waiting` samples, oldest first, are to be dropped. `clock` is the device's own time since its
    /// first call.
    pub(crate) fn stale(&mut self, waiting: usize, clock: Duration) -> usize {
        if self.over || clock >= BURST {
            self.over = true;
            return 0;
        }
        let real = samples(clock + AT_ONCE, self.rate);
        let stale = (self.kept + waiting).saturating_sub(real).min(waiting);
        self.kept += waiting - stale;
        stale
    }
}

/// How many samples last `time`.
pub(crate) fn samples(time: Duration, rate: u32) -> usize {
    usize::try_from(time.as_micros() * u128::from(rate) / 1_000_000).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_are_told_once_and_only_from_the_start() {
        let mut watch = ZeroSignal::new(16_000);
        assert!(!watch.found_in(&[0.0; 4_799]));
        assert!(watch.found_in(&[0.0; 1]));
        assert!(!watch.found_in(&[0.0; 16_000]));

        let mut watch = ZeroSignal::new(16_000);
        assert!(!watch.found_in(&[0.0, 1e-5]));
        assert!(!watch.found_in(&[0.0; 16_000]), "a pause is no fault");
    }

    #[test]
    fn the_first_sound_may_take_longer_than_the_next() {
        let mut stall = Stall::new();
        let polls = |time: Duration| (time.as_millis() / POLL.as_millis()) as usize;
        assert!((1..polls(FIRST_SOUND)).all(|_| !stall.missed(POLL)));
        assert!(stall.missed(POLL));
        stall.alive();
        assert!((1..polls(NEXT_SOUND)).all(|_| !stall.missed(POLL)));
        assert!(stall.missed(POLL));
    }

    #[test]
    fn a_burst_is_cut_down_to_what_time_allows() {
        let mut burst = Burst::new(48_000);
        assert_eq!(burst.stale(85_000, Duration::ZERO), 85_000 - 7_200);
        assert_eq!(burst.stale(480, Duration::from_millis(10)), 0, "from then on it comes in real time");
        assert_eq!(burst.stale(96_000, Duration::from_millis(100)), 0, "later it is no burst");
    }

    #[test]
    fn an_ordinary_start_loses_nothing() {
        let mut burst = Burst::new(48_000);
        let lost: usize = (0..20).map(|n| burst.stale(640, Duration::from_micros(n * 13_333))).sum();
        assert_eq!(lost, 0);
    }
}
