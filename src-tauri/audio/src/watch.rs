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
/// A microphone that sent sound and then nothing for so long has stopped: half a second, less what the telling takes.
const NEXT_FRAME: Duration = Duration::from_millis(450);
/// Most microphones send their first sound within half of this.
const WAKING: Duration = Duration::from_millis(600);
/// Headsets need 1 to 2 s.
const SLOW: Duration = Duration::from_millis(1_500);
/// No buffer is as long: what comes later than this after the last piece may have lost something before it.
const LATE: Duration = Duration::from_millis(200);
/// Less cannot be told from the unsteadiness of buffers.
const LEAST_HOLE: Duration = Duration::from_millis(40);
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

/// Follows the arrival of a microphone's samples by the clock.
pub(crate) struct Arrival {
    since: Duration,
    limit: Duration,
    told: Quiet,
}

/// What to make of a microphone that sends nothing just now. Each is told once, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Quiet {
    Fine,
    /// Its first sound takes longer than that of most.
    Waking,
    /// So long that another microphone may serve better.
    Slow,
    Lost,
}

impl Arrival {
    pub(crate) fn new(now: Duration) -> Self {
        Self { since: now, limit: FIRST_SOUND, told: Quiet::Fine }
    }

    /// Sound came.
    pub(crate) fn came(&mut self, now: Duration) {
        *self = Self { since: now, limit: NEXT_FRAME, told: Quiet::Slow };
    }

    /// The server is moving the stream to another device; that takes it a while.
    pub(crate) fn moving(&mut self, now: Duration) {
        *self = Self { since: now, limit: NEXT_SOUND, told: Quiet::Slow };
    }

    /// Nothing has come up to `now`.
    pub(crate) fn look(&mut self, now: Duration) -> Quiet {
        let quiet = now.saturating_sub(self.since);
        let found = match quiet {
            _ if quiet >= self.limit => Quiet::Lost,
            _ if quiet >= SLOW => Quiet::Slow,
            _ if quiet >= WAKING => Quiet::Waking,
            _ => Quiet::Fine,
        };
        if found <= self.told {
            return Quiet::Fine;
        }
        self.told = found;
        found
    }
}

/// Finds holes in time: what came is shorter than the time since the last piece.
#[derive(Default)]
pub(crate) struct Holes {
    last: Option<Duration>,
    reopened: bool,
}

impl Holes {
    /// How long the rest of what was held back may take to come: a stream that was opened anew is up to 250 ms behind
    /// and catches up then, measured.
    pub(crate) const BURST: Duration = Duration::from_millis(250);

    /// What comes next comes from another stream.
    pub(crate) fn reopened(&mut self) {
        self.reopened = true;
    }

    /// More than a buffer late: there may be a hole before what comes now.
    pub(crate) fn is_late(&self, now: Duration) -> bool {
        self.last.is_some_and(|last| now.saturating_sub(last) > LATE)
    }

    /// A piece of sound came. Gives the hole before it.
    pub(crate) fn came(&mut self, now: Duration, length: Duration) -> Option<Duration> {
        let late = std::mem::take(&mut self.reopened) | self.is_late(now);
        let hole = now.saturating_sub(self.last.replace(now)?).saturating_sub(length);
        (late && hole >= LEAST_HOLE).then_some(hole)
    }
}

/// Notices a microphone that sends nothing but zeros, from its first sample on or after sound has come.
pub(crate) struct ZeroSignal {
    limit: usize,
    run: usize,
    sounded: bool,
}

/// When the zeros came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Zeros {
    FromTheStart,
    AfterSound,
}

impl ZeroSignal {
    pub(crate) fn new(rate: u32) -> Self {
        Self { limit: samples(ALL_ZERO, rate), run: 0, sounded: false }
    }

    /// The samples come at another rate from now on.
    pub(crate) fn change_rate(&mut self, rate: u32) {
        *self = Self { sounded: self.sounded, ..Self::new(rate) };
    }

    /// The first time in `sound` that a run of zeros has lasted long enough.
    pub(crate) fn found_in(&mut self, sound: &[f32]) -> Option<Zeros> {
        let mut found = None;
        for sample in sound {
            if *sample != 0.0 {
                self.run = 0;
                self.sounded = true;
                continue;
            }
            self.run = self.run.saturating_add(1);
            if self.run == self.limit && found.is_none() {
                found = Some(if self.sounded { Zeros::AfterSound } else { Zeros::FromTheStart });
            }
        }
        found
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
    fn zeros_are_found_at_the_start_and_after_sound() {
        let mut watch = ZeroSignal::new(16_000);
        assert_eq!(watch.found_in(&[0.0; 4_799]), None);
        assert_eq!(watch.found_in(&[0.0; 1]), Some(Zeros::FromTheStart));
        assert_eq!(watch.found_in(&[0.0; 16_000]), None, "once a run");

        let mut watch = ZeroSignal::new(16_000);
        assert_eq!(watch.found_in(&[0.0, 1e-5]), None);
        let pieces: Vec<_> = (0..20).map(|_| watch.found_in(&[0.0; 320])).collect();
        assert_eq!(pieces.iter().position(Option::is_some), Some(14), "300 ms in pieces of 20");
        assert_eq!(pieces[14], Some(Zeros::AfterSound));
        watch.change_rate(48_000);
        assert_eq!(watch.found_in(&[0.0; 14_399]), None);
    }

    #[test]
    fn a_microphone_may_wake_for_three_seconds_and_stop_for_less_than_half_of_one() {
        let ms = Duration::from_millis;
        let mut arrival = Arrival::new(ms(1_000));
        let told: Vec<_> = (0..=300).map(|n| (n * 10, arrival.look(ms(1_000 + n * 10)))).collect();
        let told: Vec<_> = told.into_iter().filter(|(_, quiet)| *quiet != Quiet::Fine).collect();
        assert_eq!(told, [(600, Quiet::Waking), (1_500, Quiet::Slow), (3_000, Quiet::Lost)]);
        arrival.came(ms(5_000));
        assert_eq!(arrival.look(ms(5_449)), Quiet::Fine);
        assert_eq!(arrival.look(ms(5_450)), Quiet::Lost);
        arrival.moving(ms(6_000));
        assert_eq!(arrival.look(ms(8_499)), Quiet::Fine);
        assert_eq!(arrival.look(ms(8_500)), Quiet::Lost);
    }

    #[test]
    fn a_hole_is_what_time_has_more_than_sound() {
        let ms = Duration::from_millis;
        let mut holes = Holes::default();
        assert_eq!(holes.came(ms(100), ms(20)), None, "nothing was before it");
        assert_eq!(holes.came(ms(250), ms(20)), None, "a late buffer");
        assert_eq!(holes.came(ms(1_250), ms(980)), None, "late, but all there");
        assert_eq!(holes.came(ms(2_250), ms(20)), Some(ms(980)));
        holes.reopened();
        assert_eq!(holes.came(ms(2_400), ms(20)), Some(ms(130)));
        assert_eq!(holes.came(ms(2_420), ms(20)), None);
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
