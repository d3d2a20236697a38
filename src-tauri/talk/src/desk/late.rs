//! Turns that stopped because there was no way to the services. Once there is one again they are offered, never answered
//! unasked: a voice that speaks up an hour later frightens people. Its own file because it is the only thing here that
//! waits for the world outside.

use super::Desk;
use providers::Table;
use std::{sync::Arc, time::Duration};
use tokio::{task::JoinSet, time::sleep};
use voice::{ConversationId, ErrorKind, Event, Outcome, Settings, TurnId, TurnReport};

/// A way that was lost is often back within a moment.
const FIRST_LOOK: Duration = Duration::from_secs(2);
/// One that is gone for long is looked for this often; each look is one small request.
const LATER_LOOKS: Duration = Duration::from_secs(60);

/// What waits, oldest first, and whom it waits for.
#[derive(Default)]
pub(super) struct Late {
    turns: Vec<(TurnId, Option<ConversationId>)>,
    whom: String,
    offered: bool,
    /// Looks for the way while turns wait, and only then.
    pub(super) looking: JoinSet<()>,
}

impl Late {
    /// Those that can go on now.
    pub(super) fn offered(&self) -> Vec<TurnId> {
        if self.offered { self.turns.iter().map(|(turn, _)| *turn).collect() } else { Vec::new() }
    }

    /// `turn` goes on.
    pub(super) fn forget(&mut self, turn: TurnId) {
        self.keep_only(|waiting, _| waiting != turn);
    }

    /// Only those are wanted that `wanted` says so of, by turn and conversation.
    pub(super) fn keep_only(&mut self, wanted: impl Fn(TurnId, Option<ConversationId>) -> bool) {
        self.turns.retain(|(turn, of)| wanted(*turn, *of));
        if self.turns.is_empty() {
            self.looking = JoinSet::new();
        }
    }
}

impl Desk {
    /// Looks for the way that `report` did not find, if that is what stopped it.
    pub(super) fn wait_for_a_way(&mut self, report: &TurnReport, conversation: Option<ConversationId>) {
        let lost = |kind| matches!(kind, ErrorKind::Offline | ErrorKind::Unreachable | ErrorKind::LoginPage);
        let stopped = report.tried.iter().rfind(|tried| tried.failed.is_some_and(lost));
        let Some(tried) = stopped.filter(|_| report.outcome == Outcome::SavedForRetry) else { return };
        self.late.forget(report.turn);
        self.late.turns.push((report.turn, conversation));
        self.late.whom.clone_from(&tried.provider);
        self.look_for_a_way();
    }

    /// Begins to look, or begins anew with other settings.
    pub(super) fn look_for_a_way(&mut self) {
        if self.late.turns.is_empty() {
            return;
        }
        self.late.offered = false;
        self.late.looking = JoinSet::new();
        let (table, settings) = (self.house.table.clone(), self.plan.settings.clone());
        self.late.looking.spawn(there_is_a_way(table, settings, self.late.whom.clone()));
    }

    /// There is one.
    pub(super) fn offer_what_waits(&mut self) {
        self.late.offered = true;
        (self.outlet)(Event::Waiting { turns: self.late.offered() });
    }
}

/// Ends when the host of `whom` answers.
async fn there_is_a_way(table: Arc<Table>, settings: Settings, whom: String) {
    let mut pause = FIRST_LOOK;
    loop {
        sleep(pause).await;
        match table.reach(&whom, &settings.account(&whom), &settings.network).await {
            Ok(_) => return,
            Err(error) => tracing::debug!(kind = ?error.kind, "no way yet"),
        }
        pause = (pause * 2).min(LATER_LOOKS);
    }
}
