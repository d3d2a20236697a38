//! When somebody else is asked beside the one who takes long. Pure; its own file because the same delay also says what
//! counts as slow.

use super::pace::Pace;
use std::time::Duration;
use voice::Kind;

/// No hedge waits longer.
const CAP: Duration = Duration::from_millis(1_500);
/// Later than so many hedge delays is slow.
const SLOW: u32 = 2;

/// After what time without a useful piece a second provider is asked: what this one takes in one of twenty calls.
pub(crate) fn delay(kind: Kind, pace: Option<&Pace>) -> Duration {
    pace.and_then(Pace::p95).unwrap_or(CAP).clamp(floor(kind), CAP)
}

/// Whether an answer whose first useful piece took `first` was slow.
pub(crate) fn is_slow(kind: Kind, pace: Option<&Pace>, first: Duration) -> bool {
    first > delay(kind, pace) * SLOW
}

/// Sooner, a hedge would meet nothing but ordinary answers.
fn floor(kind: Kind) -> Duration {
    Duration::from_millis(match kind {
        Kind::Hear => 300,
        Kind::Respond | Kind::Translate => 400,
        Kind::Say => 250,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(times: impl IntoIterator<Item = u64>) -> Pace {
        let mut pace = Pace::default();
        times.into_iter().for_each(|ms| pace.note(Duration::from_millis(ms)));
        pace
    }

    #[test]
    fn the_delay_is_what_one_in_twenty_takes_within_its_borders() {
        let ms = Duration::from_millis;
        assert_eq!(delay(Kind::Say, None), ms(1_500), "nothing is known");
        assert_eq!(delay(Kind::Say, Some(&of([100; 20]))), ms(250));
        assert_eq!(delay(Kind::Hear, Some(&of([100; 20]))), ms(300));
        assert_eq!(delay(Kind::Respond, Some(&of((0..20).map(|n| 500 + n)))), ms(518));
        assert_eq!(delay(Kind::Respond, Some(&of([9_000; 20]))), ms(1_500));
        assert!(is_slow(Kind::Say, Some(&of([100; 20])), ms(501)));
        assert!(!is_slow(Kind::Say, Some(&of([100; 20])), ms(499)));
    }

    proptest! {
        #[test]
        fn it_is_never_outside_its_borders(times in prop::collection::vec(0u64..20_000, 0..80)) {
            let pace = of(times);
            for kind in [Kind::Hear, Kind::Respond, Kind::Translate, Kind::Say] {
                let delay = delay(kind, Some(&pace));
                prop_assert!(delay >= floor(kind) && delay <= CAP);
            }
        }
    }
}
