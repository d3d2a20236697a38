//! A WebSocket as vendors see it: timed, counted, cut where it is planned, ended with the peers.

use crate::{
    answer::Refusal,
    asked::{self, Asks, Desk},
    clock::until,
    ledger::{Message as Noted, Row},
    script::Script,
};
use axum::{
    extract::{
        FromRequestParts,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade},
    },
    http::{HeaderMap, Uri, request::Parts},
    response::Response,
};
use bytes::Bytes;
use serde_json::Value;
use std::{future, sync::Arc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The socket is opened and says nothing.
#[derive(Clone, Copy)]
pub(crate) struct Mute;

/// The connection breaks after so many messages.
#[derive(Clone, Copy)]
pub(crate) struct Cut(pub(crate) usize);

/// A WebSocket that is asked for.
pub(crate) struct Call {
    pub(crate) script: Arc<Script>,
    pub(crate) row: Row,
    pub(crate) headers: HeaderMap,
    pub(crate) uri: Uri,
    upgrade: WebSocketUpgrade,
    over: CancellationToken,
    mute: bool,
    left: usize,
}

impl FromRequestParts<Desk> for Call {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Refusal> {
        let row = Row::from_request_parts(parts, desk).await?;
        let (headers, uri) = (parts.headers.clone(), parts.uri.clone());
        let mute = parts.extensions.get::<Mute>().is_some();
        let left = parts.extensions.get::<Cut>().map_or(usize::MAX, |cut| cut.0);
        let upgrade = WebSocketUpgrade::from_request_parts(parts, desk)
            .await
            .map_err(|error| Refusal::new(400, error.body_text(), Value::Null))?;
        Ok(Self { script: desk.script.clone(), row, headers, uri, upgrade, over: desk.over.clone(), mute, left })
    }
}

impl Call {
    /// # Errors
    /// One parameter is not known.
    pub(crate) fn query(&self, known: &[&str]) -> Result<Asks, String> {
        asked::query(&self.uri, known)
    }

    /// Opens the socket. What `talk` gives back is the goodbye; `None` says none and lets the connection break.
    pub(crate) fn open<F, T>(self, talk: F) -> Response
    where
        F: FnOnce(Wire) -> T + Send + 'static,
        T: Future<Output = Option<()>> + Send,
    {
        let Self { row, upgrade, over, mute, left, .. } = self;
        upgrade.write_buffer_size(0).on_upgrade(move |socket| async move {
            let _ended = Ended(row.clone());
            let wire = Wire { socket, row, left, tracks: Vec::new() };
            let talk = async { if mute { future::pending().await } else { talk(wire).await } };
            tokio::select! {
                _ = talk => {}
                () = over.cancelled() => {}
            }
        })
    }
}

struct Ended(Row);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.end(true);
    }
}

/// What came over a socket.
#[derive(Debug)]
pub(crate) enum Came {
    Text(String),
    Bytes(Bytes),
}

/// A message on its way out; `what` is its type, for the ledger, or empty where it does not matter.
pub(crate) struct Out {
    what: String,
    message: Message,
}

impl Out {
    pub(crate) fn json(what: impl Into<String>, body: &Value) -> Self {
        Self::text(what, body.to_string())
    }

    pub(crate) fn text(what: impl Into<String>, text: String) -> Self {
        Self { what: what.into(), message: Message::text(text) }
    }

    /// A goodbye, which ends the talk.
    pub(crate) fn close(code: u16, reason: &str) -> Self {
        let frame = CloseFrame { code, reason: reason.into() };
        Self { what: format!("close {code}"), message: Message::Close(Some(frame)) }
    }
}

/// Messages at their moments, under a name by which they can be stopped.
struct Track {
    tag: String,
    next: (Instant, Out),
    rest: Box<dyn Iterator<Item = (Instant, Out)> + Send>,
}

/// An open WebSocket. Its methods give `None` when the connection is over, so that a vendor's code ends by `?`. What
/// is due later goes out while `next` waits.
pub(crate) struct Wire {
    socket: WebSocket,
    pub(crate) row: Row,
    left: usize,
    tracks: Vec<Track>,
}

impl Wire {
    /// The next message. Pings are answered on the way.
    pub(crate) async fn next(&mut self) -> Option<Came> {
        loop {
            let due = self.tracks.iter().map(|track| track.next.0).enumerate().min_by_key(|(n, at)| (*at, *n));
            let wait = async {
                match due {
                    Some((_, at)) => until(at).await,
                    None => future::pending().await,
                }
            };
            let came = tokio::select! {
                biased;
                () = wait => {
                    self.play(due?.0).await?;
                    continue;
                }
                came = self.socket.recv() => came?.ok()?,
            };
            let came = match came {
                Message::Text(text) => Came::Text(text.as_str().to_owned()),
                Message::Binary(bytes) => Came::Bytes(bytes),
                Message::Close(_) => {
                    self.noted(true, "close");
                    // the answer to a goodbye goes out while the next message is awaited
                    while let Some(Ok(_)) = self.socket.recv().await {}
                    return None;
                }
                Message::Ping(_) | Message::Pong(_) => continue,
            };
            self.row.uploaded(match &came {
                Came::Text(text) => text.len(),
                Came::Bytes(bytes) => bytes.len(),
            });
            return Some(came);
        }
    }

    /// When the last message came.
    pub(crate) fn cause(&self) -> Instant {
        self.row.cause()
    }

    /// Sends messages at their moments, while `next` waits.
    pub(crate) fn later(&mut self, tag: &str, all: impl IntoIterator<Item = (Instant, Out), IntoIter: Send + 'static>) {
        let mut rest = all.into_iter();
        if let Some(next) = rest.next() {
            self.tracks.push(Track { tag: tag.into(), next, rest: Box::new(rest) });
        }
    }

    /// Sends nothing more of what `later` was given under this name.
    pub(crate) fn stop(&mut self, tag: &str) {
        self.tracks.retain(|track| track.tag != tag);
    }

    /// Notes an incoming message that matters, by its type.
    pub(crate) fn got(&self, what: &str) {
        self.noted(true, what);
    }

    /// Sends a message now.
    pub(crate) async fn send(&mut self, out: Out) -> Option<()> {
        self.left = self.left.checked_sub(1)?;
        self.noted(false, &out.what);
        let goodbye = matches!(out.message, Message::Close(_));
        self.socket.send(out.message).await.ok()?;
        self.row.answered();
        if goodbye {
            // what the client still sends would reset the connection, and the goodbye with it
            while let Some(Ok(_)) = self.socket.recv().await {}
            return None;
        }
        Some(())
    }

    /// Says goodbye for a reason that the ledger keeps: what a strict vendor would not take.
    pub(crate) async fn refuse(&mut self, code: u16, reason: &str, why: &str) -> Option<()> {
        self.complain(why);
        self.send(Out::close(code, reason)).await
    }

    /// The ledger's note of what a strict vendor would refuse.
    pub(crate) fn complain(&self, why: impl Into<String>) {
        self.row.complain(why);
    }

    async fn play(&mut self, n: usize) -> Option<()> {
        let track = self.tracks.get_mut(n)?;
        let out = match track.rest.next() {
            Some(next) => std::mem::replace(&mut track.next, next).1,
            None => self.tracks.remove(n).next.1,
        };
        self.send(out).await
    }

    fn noted(&self, incoming: bool, what: &str) {
        if what.is_empty() {
            return;
        }
        let message = Noted { at: crate::clock::now(), incoming, what: what.into() };
        self.row.note(|request| request.messages.push(message));
    }
}
