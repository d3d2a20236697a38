//! A hand on a turn that runs, for whoever did not begin it. Its own file because desk, voice and turn hold it alike.

use audio::Remote;
use std::sync::{Arc, OnceLock};
use tokio_util::sync::CancellationToken;
use voice::Outcome;

/// How the desk ends a turn from outside.
#[derive(Clone, Default)]
pub(crate) struct Reins {
    /// Ends everything.
    pub(crate) cut: CancellationToken,
    /// Ends the voice; words and reply are still worked out.
    pub(crate) hush: CancellationToken,
    verdict: Arc<OnceLock<Outcome>>,
    /// A hand on the reply, once it plays.
    voice: Arc<OnceLock<Remote>>,
}

impl Reins {
    /// Ends the turn with `outcome`.
    pub(crate) fn end(&self, outcome: Outcome) {
        // a turn that is ending keeps its first verdict
        self.verdict.get_or_init(|| outcome);
        self.cut.cancel();
    }

    /// How it is to end, if somebody has said so.
    pub(crate) fn verdict(&self) -> Option<Outcome> {
        self.verdict.get().copied()
    }

    /// The reply plays, and can be paused.
    pub(crate) fn lend(&self, voice: Remote) {
        // a turn has one reply
        self.voice.set(voice).ok();
    }

    /// A hand on the reply, if it plays.
    pub(crate) fn voice(&self) -> Option<&Remote> {
        self.voice.get()
    }
}
