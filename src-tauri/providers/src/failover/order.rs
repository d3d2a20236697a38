//! In what order the candidates of a stage are asked. Pure, and its own file because the person's order, what was
//! measured, and who is unwell meet here and nowhere else.

/// Quicker by less than this part of the time is not quicker: the order must not flicker.
const BETTER: f64 = 0.15;

/// What is known of a candidate when a stage begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Known {
    /// An engine on this machine that the person did not name: there so that a turn is never lost.
    pub(crate) last_resort: bool,
    /// It rests, or has failed in this turn already.
    pub(crate) unwell: bool,
    /// Its key, account or model is refused until the person changes something.
    pub(crate) refused: bool,
    /// Good enough without a network, no more.
    pub(crate) basic: bool,
    /// Logarithm of its usual time to a useful answer, worse by its failures; nothing where nothing was measured.
    pub(crate) score: Option<f64>,
}

impl Known {
    fn class(&self) -> u8 {
        match self {
            Self { refused: true, .. } => 3,
            Self { unwell: true, .. } => 2,
            Self { last_resort: true, .. } => 1,
            _ => 0,
        }
    }
}

/// The candidates in the order in which they are asked; `all` stand in the order of before. Nobody is left out: the
/// last one is always asked.
pub(crate) fn order(all: &[Known], by_speed: bool) -> Vec<usize> {
    let mut order: Vec<usize> = (0..all.len()).collect();
    if by_speed {
        swiftest_first(&mut order, all);
    }
    order.sort_by_key(|at| all.get(*at).map(Known::class));
    order
}

/// Neighbours change places while the one behind is clearly better. That ends: each change mends one wrong pair.
fn swiftest_first(order: &mut [usize], all: &[Known]) {
    let better = |before: usize, behind: usize| -> Option<bool> {
        let (before, behind) = (all.get(before)?, all.get(behind)?);
        Some(!before.basic && !behind.basic && behind.score? < before.score? + (1.0 - BETTER).ln())
    };
    let mut swapped = true;
    while swapped {
        swapped = false;
        for at in 1..order.len() {
            if let Some([before, behind]) = order.get_mut(at - 1..=at)
                && better(*before, *behind) == Some(true)
            {
                std::mem::swap(before, behind);
                swapped = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn known(ms: f64) -> Known {
        Known { last_resort: false, unwell: false, refused: false, basic: false, score: (ms > 0.0).then(|| ms.ln()) }
    }

    #[test]
    fn the_unwell_come_after_this_machine_and_nobody_is_left_out() {
        let here = Known { last_resort: true, basic: true, ..known(0.0) };
        let (resting, refused) = (Known { unwell: true, ..known(100.0) }, Known { refused: true, ..known(100.0) });
        assert_eq!(order(&[refused, resting, known(900.0), here], false), [2, 3, 1, 0]);
        assert_eq!(order(&[resting], false), [0]);
    }

    #[test]
    fn only_a_clear_difference_changes_the_order() {
        for (times, expected) in [
            (vec![300.0, 260.0], vec![0, 1]),
            (vec![300.0, 250.0], vec![1, 0]),
            (vec![300.0, 0.0, 200.0], vec![0, 1, 2]),
            (vec![400.0, 350.0, 250.0], vec![2, 0, 1]),
        ] {
            let all: Vec<Known> = times.iter().map(|ms| known(*ms)).collect();
            assert_eq!(order(&all, true), expected, "{times:?}");
            assert_eq!(order(&all, false), (0..all.len()).collect::<Vec<_>>(), "the person's order");
        }
    }

    #[test]
    fn speed_is_no_quality() {
        let all = [known(900.0), Known { basic: true, ..known(10.0) }];
        assert_eq!(order(&all, true), [0, 1]);
    }

    proptest! {
        /// Whatever was measured: an order of all, in which nobody who was clearly slower became the neighbour before.
        #[test]
        fn it_is_an_order_of_all(all in prop::collection::vec((0.0f64..1_000.0, any::<[bool; 4]>()), 0..9)) {
            let all: Vec<Known> = all.into_iter().map(|(ms, [last_resort, unwell, refused, basic])| {
                Known { last_resort, unwell, refused, basic, ..known(ms) }
            }).collect();
            let mut order = order(&all, true);
            prop_assert!(order.is_sorted_by_key(|at| all[*at].class()));
            order.sort_unstable();
            prop_assert_eq!(order, (0..all.len()).collect::<Vec<_>>());
        }
    }
}
