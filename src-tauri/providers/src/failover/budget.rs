//! What may be spent on second tries, so that a provider that is down is not asked twice as often as one that is well.
//! Its own file because retries and hedges are paid the same way, from two purses.

/// A purse: filled by calls, emptied by extra ones.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    tokens: f64,
    most: f64,
    /// What a call adds.
    income: f64,
    /// An extra call needs more than this.
    floor: f64,
}

impl Budget {
    /// For trying the same provider again: ten, a tenth for each success, only from the upper half (the rule of gRPC).
    pub(crate) fn of_retries() -> Self {
        Self { tokens: 10.0, most: 10.0, income: 0.1, floor: 5.0 }
    }

    /// For asking another provider at the same time: one call in twenty, and three at once.
    pub(crate) fn of_hedges() -> Self {
        Self { tokens: 3.0, most: 3.0, income: 0.05, floor: 0.99 }
    }

    /// An ordinary call went well.
    pub(crate) fn earn(&mut self) {
        self.tokens = (self.tokens + self.income).min(self.most);
    }

    /// The extra call was worth it: where others fail, not thrift but help is wanted.
    pub(crate) fn give_back(&mut self) {
        self.tokens = (self.tokens + 1.0).min(self.most);
    }

    /// Whether an extra call may be made; it is paid then.
    pub(crate) fn spend(&mut self) -> bool {
        let may = self.tokens > self.floor;
        if may {
            self.tokens -= 1.0;
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spent(budget: &mut Budget, times: u32) -> u32 {
        (0..times).map(|_| u32::from(budget.spend())).sum()
    }

    #[test]
    fn the_first_failures_are_paid_and_then_one_in_ten() {
        let mut retries = Budget::of_retries();
        assert_eq!(spent(&mut retries, 20), 5);
        (0..10).for_each(|_| retries.earn());
        assert_eq!(spent(&mut retries, 20), 1);
        let mut hedges = Budget::of_hedges();
        assert_eq!(spent(&mut hedges, 20), 3);
        (0..20).for_each(|_| hedges.earn());
        assert_eq!(spent(&mut hedges, 20), 1);
    }

    #[test]
    fn an_extra_call_that_was_needed_costs_nothing() {
        let mut hedges = Budget::of_hedges();
        for _ in 0..20 {
            assert!(hedges.spend());
            hedges.give_back();
        }
    }

    proptest! {
        /// However calls and hedges follow each other, hedges for nothing are at most 5 % of the calls and three more.
        #[test]
        fn hedges_stay_within_their_part(asks in prop::collection::vec(any::<bool>(), 0..2_000)) {
            let (mut budget, mut calls, mut extra) = (Budget::of_hedges(), 0u32, 0u32);
            for ask in asks {
                if ask {
                    extra += u32::from(budget.spend());
                } else {
                    budget.earn();
                    calls += 1;
                }
                prop_assert!(f64::from(extra) <= 3.0 + 0.05 * f64::from(calls) + 0.01);
            }
        }
    }
}
