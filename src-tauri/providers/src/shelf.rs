//! Sockets that are kept open from one turn to the next, so that no turn but the first shakes hands. Its own file
//! because a socket that nobody uses still has to be read, kept awake and given up in time.

use crate::socket::{Frame, Socket};
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::oneshot,
    task::JoinSet,
    time::{interval, sleep},
};

/// How a socket is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keeping {
    /// What the service wants to hear from a client that has nothing to say, as a text frame.
    pub(crate) message: Option<&'static str>,
    /// How often.
    pub(crate) every: Duration,
    /// How long without a turn.
    pub(crate) idle: Duration,
}

/// The sockets of one account. Dropping it closes them.
#[derive(Default)]
pub(crate) struct Shelf {
    kept: Mutex<Vec<Kept>>,
}

struct Kept {
    /// What the socket was opened for.
    purpose: String,
    give: oneshot::Sender<()>,
    rest: JoinSet<Option<Socket>>,
}

impl Shelf {
    /// A socket that was opened for `purpose` and is alive; the one that was used last.
    pub(crate) async fn take(&self, purpose: &str) -> Option<Socket> {
        loop {
            let mut kept = self.latest(purpose)?;
            // it has ended by itself if it is not listening
            kept.give.send(()).ok();
            if let Some(Ok(Some(socket))) = kept.rest.join_next().await {
                return Some(socket);
            }
        }
    }

    /// Keeps `socket` for the next turn that needs one for `purpose`.
    pub(crate) fn put(&self, purpose: String, mut socket: Socket, keeping: Keeping) {
        if socket.is_old() {
            return;
        }
        let (give, given) = oneshot::channel();
        let mut rest = JoinSet::new();
        rest.spawn(resting(socket, keeping, given));
        let mut kept = self.kept();
        kept.retain(|one| !one.give.is_closed());
        kept.push(Kept { purpose, give, rest });
    }

    fn latest(&self, purpose: &str) -> Option<Kept> {
        let mut kept = self.kept();
        let place = kept.iter().rposition(|one| one.purpose == purpose)?;
        Some(kept.remove(place))
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Until the socket is asked for, or has died or become too old, which gives none.
async fn resting(mut socket: Socket, keeping: Keeping, mut given: oneshot::Receiver<()>) -> Option<Socket> {
    let mut awake = interval(keeping.every);
    awake.reset();
    let mut idle = Box::pin(sleep(keeping.idle));
    loop {
        tokio::select! {
            biased;
            // what comes now is about a turn that is over
            frame = socket.next() => if matches!(frame, Err(_) | Ok(Frame::Closed(_))) {
                return None;
            },
            asked = &mut given => return asked.is_ok().then_some(socket),
            () = &mut idle => break,
            _ = awake.tick() => if let Some(message) = keeping.message {
                socket.send_text(message).await.ok()?;
            },
        }
    }
    socket.close().await;
    None
}
