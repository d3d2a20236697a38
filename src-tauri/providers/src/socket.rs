//! WebSocket frames over a connection of the one client, so that proxy, trust and time limits are the same. Its own
//! file because it is the only one that knows the protocol's crate.

use crate::fault;
use bytes::Bytes;
use futures_util::{FutureExt, SinkExt, StreamExt};
use reqwest::{
    Client, StatusCode, Upgraded,
    header::{CONNECTION, HeaderMap, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE},
};
use std::{pin::Pin, time::Duration};
use tokio::time::{Interval, Sleep, interval, sleep};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        self, Message,
        handshake::{client::generate_key, derive_accept_key},
        protocol::{Role, WebSocketConfig},
    },
};
use voice::{Error, ErrorKind};

/// Larger messages are not taken (fault matrix, D12).
const LARGEST: usize = 4 * 1024 * 1024;

/// After this long without a frame the other end is asked whether it lives; routers cut connections without a word
/// (fault matrix, C3).
const PING: Duration = Duration::from_secs(5);
/// So long it may take to answer.
const PONG: Duration = Duration::from_secs(3);
/// Services end sessions after 60 minutes at the earliest; an older socket is not used for another turn.
const AGE: Duration = Duration::from_secs(30 * 60);

/// An open WebSocket. Dropping it closes the connection.
pub(crate) struct Socket {
    source: &'static str,
    inner: WebSocketStream<Upgraded>,
    alarm: Interval,
    asked: bool,
    age: Pin<Box<Sleep>>,
}

/// What came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    Text(String),
    Bytes(Bytes),
    /// The other end said goodbye. What it gives as its reason is judged, and told nobody.
    Closed {
        code: u16,
        reason: String,
    },
}

impl Socket {
    pub(crate) async fn open(
        source: &'static str,
        http1: &Client,
        url: &str,
        headers: HeaderMap,
    ) -> Result<Self, Error> {
        let key = generate_key();
        let answer = http1
            .get(url)
            .headers(headers)
            .header(CONNECTION, "Upgrade")
            .header(UPGRADE, "websocket")
            .header(SEC_WEBSOCKET_VERSION, "13")
            .header(SEC_WEBSOCKET_KEY, &key)
            .send()
            .await
            .map_err(|error| fault::transport(source, &error))?;
        let garbled = |what: &str| Error::new(ErrorKind::Garbled, source, format!("{what}."));
        if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
            fault::checked(source, answer).await?;
            return Err(garbled("it speaks no WebSocket"));
        }
        let accepted = answer
            .headers()
            .get(SEC_WEBSOCKET_ACCEPT)
            .is_some_and(|value| *value == *derive_accept_key(key.as_bytes()));
        if !accepted {
            return Err(garbled("it answered another WebSocket's handshake"));
        }
        let connection = answer.upgrade().await.map_err(|error| fault::transport(source, &error))?;
        // no buffer: a packet of speech goes out when it is there
        let config = WebSocketConfig::default()
            .write_buffer_size(0)
            .max_message_size(Some(LARGEST))
            .max_frame_size(Some(LARGEST));
        let inner = WebSocketStream::from_raw_socket(connection, Role::Client, Some(config)).await;
        let mut alarm = interval(PING);
        alarm.reset();
        Ok(Self { source, inner, alarm, asked: false, age: Box::pin(sleep(AGE)) })
    }

    /// # Errors
    /// `CutShort` if the connection is gone.
    pub(crate) async fn send_text(&mut self, text: impl Into<String>) -> Result<(), Error> {
        self.send(Message::text(text.into())).await
    }

    /// # Errors
    /// As for `send_text`.
    pub(crate) async fn send_bytes(&mut self, bytes: Bytes) -> Result<(), Error> {
        self.send(Message::binary(bytes)).await
    }

    /// The next frame; pings are answered on the way. A connection that ends without a goodbye is closed with 1006,
    /// as in a browser. May be dropped and asked again without losing anything.
    ///
    /// # Errors
    /// `TooLarge` for a message over 4 MiB, `Garbled` for what is no WebSocket, `CutShort` if the connection breaks or
    /// the other end has been silent for 5 s and does not answer a ping within 3 s.
    pub(crate) async fn next(&mut self) -> Result<Frame, Error> {
        loop {
            let came = tokio::select! {
                biased;
                came = self.inner.next() => came,
                _ = self.alarm.tick() => {
                    self.knock().await?;
                    continue;
                }
            };
            self.asked = false;
            self.alarm.reset();
            return match came {
                Some(Ok(Message::Text(text))) => Ok(Frame::Text(text.as_str().to_owned())),
                Some(Ok(Message::Binary(bytes))) => Ok(Frame::Bytes(bytes)),
                Some(Ok(Message::Close(Some(why)))) => {
                    Ok(Frame::Closed { code: why.code.into(), reason: why.reason.as_str().to_owned() })
                }
                Some(Ok(Message::Close(None))) => Ok(Frame::Closed { code: 1005, reason: String::new() }),
                Some(Ok(_)) => continue,
                Some(Err(error)) => Err(self.error(&error)),
                None => Ok(Frame::Closed { code: 1006, reason: String::new() }),
            };
        }
    }

    /// Asks whether the other end lives, unless it has been asked.
    async fn knock(&mut self) -> Result<(), Error> {
        if self.asked {
            return Err(Error::new(ErrorKind::CutShort, self.source, "it has gone silent."));
        }
        self.send(Message::Ping(Bytes::new())).await?;
        self.asked = true;
        self.alarm.reset_after(PONG);
        Ok(())
    }

    /// Too old to be kept for another turn.
    pub(crate) fn is_old(&mut self) -> bool {
        self.age.as_mut().now_or_never().is_some()
    }

    /// Says goodbye; the answer is not awaited.
    pub(crate) async fn close(mut self) {
        // it may be gone already
        self.inner.close(None).await.ok();
    }

    async fn send(&mut self, message: Message) -> Result<(), Error> {
        self.inner.send(message).await.map_err(|error| self.error(&error))
    }

    fn error(&self, error: &tungstenite::Error) -> Error {
        let (kind, what) = match error {
            tungstenite::Error::Capacity(_) => (ErrorKind::TooLarge, "a message was over 4 MiB"),
            tungstenite::Error::Protocol(_) | tungstenite::Error::Utf8(_) => (ErrorKind::Garbled, "a frame was broken"),
            _ => (ErrorKind::CutShort, "the connection broke off"),
        };
        Error::new(kind, self.source, format!("{what}."))
    }
}
