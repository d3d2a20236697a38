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
            frame = socket.next() => if matches!(frame, Err(_) | Ok(Frame::Closed { .. })) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cloud, loopback, loopback::Peer};
    use reqwest::header::HeaderMap;
    use tokio::sync::mpsc;
    use tokio_tungstenite::tungstenite::Message;

    const KEEPING: Keeping =
        Keeping { message: Some("awake"), every: Duration::from_secs(4), idle: Duration::from_secs(60) };

    async fn open(peer: &Peer) -> Socket {
        let vendor = peer.vendor(&cloud::ROWS[0]);
        vendor.socket(&peer.base_url, HeaderMap::new()).await.expect("a socket")
    }

    #[tokio::test]
    async fn a_socket_is_given_back_for_its_purpose_only() {
        let peer = loopback::peer(|mut caller| async move { while caller.next().await.is_some() {} }).await;
        let shelf = Shelf::default();
        assert!(shelf.take("en").await.is_none());
        shelf.put("en".into(), open(&peer).await, KEEPING);
        assert!(shelf.take("ru").await.is_none());
        let mut socket = shelf.take("en").await.expect("it is alive");
        socket.send_text("hello").await.expect("and open");
        assert!(shelf.take("en").await.is_none(), "there was one");
    }

    #[tokio::test]
    async fn a_closed_socket_is_gone() {
        let peer = loopback::peer(|caller| async move { caller.close(1000).await }).await;
        let shelf = Shelf::default();
        shelf.put("en".into(), open(&peer).await, KEEPING);
        // the goodbye is read when it is asked for at the latest
        while !shelf.kept()[0].give.is_closed() {
            tokio::task::yield_now().await;
        }
        assert!(shelf.take("en").await.is_none());
    }

    #[tokio::test]
    async fn a_socket_that_rests_is_kept_awake_and_let_go_in_time() {
        let patience = Duration::from_secs(3);
        for (keeping, said) in [(KEEPING, Some(Message::text("awake"))), (Keeping { idle: patience, ..KEEPING }, None)]
        {
            let (heard_in, mut heard) = mpsc::channel(8);
            let peer = loopback::peer(move |mut caller| {
                let heard = heard_in.clone();
                async move { heard.send(caller.next().await).await.unwrap() }
            })
            .await;
            let shelf = Shelf::default();
            let socket = open(&peer).await;
            shelf.put("en".into(), socket, keeping);
            tokio::time::pause();
            assert_eq!(heard.recv().await, Some(said));
            tokio::time::resume();
        }
    }

    #[tokio::test]
    async fn what_nobody_answers_is_dead() {
        let peer = loopback::peer(|caller| async move {
            // it holds the connection and reads nothing
            std::future::pending::<()>().await;
            drop(caller);
        })
        .await;
        let mut socket = open(&peer).await;
        tokio::time::pause();
        let error = socket.next().await.expect_err("it is dead");
        assert_eq!((error.kind, error.detail.as_str()), (voice::ErrorKind::CutShort, "it has gone silent."));
    }

    #[tokio::test]
    async fn an_old_socket_is_not_kept() {
        let peer = loopback::peer(|mut caller| async move { while caller.next().await.is_some() {} }).await;
        let mut socket = open(&peer).await;
        assert!(!socket.is_old());
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(31 * 60)).await;
        let shelf = Shelf::default();
        shelf.put("en".into(), socket, KEEPING);
        assert!(shelf.kept().is_empty());
    }
}
