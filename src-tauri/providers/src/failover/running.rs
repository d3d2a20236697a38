//! Those who are being asked, and what holds as long as they are: dropping one cancels its work, lets another probe
//! begin, and ends the time in which nobody is probed. Its own file because all of it happens by being dropped.

use super::Health;
use futures_util::{StreamExt, future};
use std::{sync::Arc, task::Poll, time::Duration};
use voice::{BoxStream, Error, Kind};

/// Somebody at work. Dropping it cancels the work.
pub(super) struct Running<P> {
    pub(super) who: usize,
    pub(super) name: String,
    pub(super) stream: BoxStream<Result<P, Error>>,
    pub(super) began: Duration,
    /// So long somebody like this one may take before another is asked beside it.
    pub(super) delay: Duration,
    pub(super) _ticket: Ticket,
}

/// The next thing that any of them says.
pub(super) async fn next_of<P>(running: &mut [Running<P>]) -> (usize, Option<Result<P, Error>>) {
    future::poll_fn(|cx| {
        for (at, one) in running.iter_mut().enumerate() {
            if let Poll::Ready(piece) = one.stream.poll_next_unpin(cx) {
                return Poll::Ready((at, piece));
            }
        }
        Poll::Pending
    })
    .await
}

/// A call that may be somebody's probe. Dropped before it told anything, it leaves room for another.
pub(super) struct Ticket {
    health: Arc<Health>,
    name: String,
    kind: Kind,
    probing: bool,
}

impl Ticket {
    pub(super) fn take(health: &Arc<Health>, name: &str, kind: Kind) -> Self {
        let probing = health.with(name, kind, |record, _| record.breaker.probe());
        Self { health: health.clone(), name: name.to_owned(), kind, probing }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if self.probing {
            self.health.with(&self.name, self.kind, |record, _| record.breaker.give_up());
        }
    }
}

/// A stage at work: nobody is probed meanwhile.
pub(super) struct Busy(Arc<Health>);

impl Busy {
    pub(super) fn new(health: &Arc<Health>) -> Self {
        health.busy(true);
        Self(health.clone())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy(false);
    }
}
