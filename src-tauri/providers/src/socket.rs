//! WebSocket frames over a connection of the one client, so that proxy, trust and time limits are the same. Its own
//! file because it is the only one that knows the protocol's crate.

use crate::fault;
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use reqwest::{
    Client, StatusCode, Upgraded,
    header::{CONNECTION, HeaderMap, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE},
};
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

/// An open WebSocket. Dropping it closes the connection.
pub(crate) struct Socket {
    source: &'static str,
    inner: WebSocketStream<Upgraded>,
}

/// What came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    Text(String),
    Bytes(Bytes),
    /// The other end said goodbye, with this code.
    Closed(u16),
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
        Ok(Self { source, inner })
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

    /// The next frame; pings are answered on the way. A connection that ends without a goodbye is `Closed(1006)`, as
    /// in a browser.
    ///
    /// # Errors
    /// `TooLarge` for a message over 4 MiB, `Garbled` for what is no WebSocket, `CutShort` if the connection breaks.
    pub(crate) async fn next(&mut self) -> Result<Frame, Error> {
        loop {
            return match self.inner.next().await {
                Some(Ok(Message::Text(text))) => Ok(Frame::Text(text.as_str().to_owned())),
                Some(Ok(Message::Binary(bytes))) => Ok(Frame::Bytes(bytes)),
                Some(Ok(Message::Close(why))) => Ok(Frame::Closed(why.map_or(1005, |why| why.code.into()))),
                Some(Ok(_)) => continue,
                Some(Err(error)) => Err(self.error(&error)),
                None => Ok(Frame::Closed(1006)),
            };
        }
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
