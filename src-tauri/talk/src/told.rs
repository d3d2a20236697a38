//! What is known of a turn so far. Its own file because it outlives the turn's being cut, whatever the stages had come to.

use crate::spending::Work;
use providers::Ledger;
use std::sync::Arc;
use voice::{ErrorKind, Reached, Stage, Traffic, Tried};

/// What is known of a turn so far.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) transcript: String,
    pub(crate) reply: String,
    /// The part of the reply whose sound was played.
    pub(crate) heard: String,
    pub(crate) answered_by: Vec<(Stage, String)>,
    /// The stage that failed, and how.
    pub(crate) failed: Option<(Stage, ErrorKind)>,
    pub(crate) tried: Vec<Tried>,
    /// What was done, as it is charged for.
    pub(crate) work: Work,
    pub(crate) ledgers: Ledgers,
}

impl Told {
    /// A stage that was done by several names each of them once, in the order in which they began.
    pub(crate) fn answered_by(&mut self, stage: Stage, name: &str) {
        let entry = (stage, name.to_owned());
        if !self.answered_by.contains(&entry) {
            self.answered_by.push(entry);
        }
    }
}

/// Who got what, stage by stage: the same name may do several.
#[derive(Default)]
pub(crate) struct Ledgers {
    hear: Arc<Ledger>,
    think: Arc<Ledger>,
    speak: Arc<Ledger>,
}

impl Ledgers {
    pub(crate) fn of(&self, stage: Stage) -> &Arc<Ledger> {
        match stage {
            Stage::Hear => &self.hear,
            Stage::Think => &self.think,
            Stage::Speak => &self.speak,
        }
    }

    /// Everything that was noted, taken out.
    pub(crate) fn traffic(&self) -> Vec<Traffic> {
        let stages = [Stage::Hear, Stage::Think, Stage::Speak].into_iter();
        let lines = stages.flat_map(|stage| self.of(stage).take().into_iter().map(move |line| (stage, line)));
        let named =
            |(stage, Reached { host: provider, sent, received, .. })| Traffic { stage, provider, sent, received };
        lines.map(named).collect()
    }
}
