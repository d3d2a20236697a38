//! The other end of a WebSocket for the tests of this room: a real server on the loopback, one script a connection.
//! Its own file because every vendor that speaks over a socket is tested against one.

use crate::{cloud::Cloud, net::Net, vendor::Vendor};
use futures_util::{SinkExt, StreamExt, stream};
use serde_json::Value;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::JoinSet,
};
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async,
    tungstenite::{
        Message,
        handshake::server::{ErrorResponse, Request, Response},
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};
use voice::{
    Account, Coding, Error, Hearing, Language, Network, Packet, PacketStream, Provider, Secret, Words, WordsStream,
};

/// A server that is there as long as this is.
pub(crate) struct Peer {
    pub(crate) base_url: String,
    connections: Arc<AtomicUsize>,
    refusals: Arc<AtomicUsize>,
    _tasks: JoinSet<()>,
}

/// One connection, seen from the server.
pub(crate) struct Caller {
    /// Path and query that it asked for.
    pub(crate) uri: String,
    /// Its header of that name, or nothing.
    pub(crate) headers: reqwest::header::HeaderMap,
    socket: WebSocketStream<TcpStream>,
}

/// What becomes of a handshake.
pub(crate) enum Shake {
    Hands,
    /// It is answered with status 400.
    Head,
    /// It is never answered.
    Nothing,
}

/// A server that plays `script` with everybody who connects.
pub(crate) async fn peer<F, Fut>(script: F) -> Peer
where
    F: Fn(Caller) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    peer_that(|_| Shake::Hands, script).await
}

/// The same, where `shakes` says what becomes of a handshake by the head of its request.
pub(crate) async fn peer_that<F, Fut>(shakes: fn(&str) -> Shake, script: F) -> Peer
where
    F: Fn(Caller) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base_url = format!("http://{}", listener.local_addr().expect("its address"));
    let connections = Arc::new(AtomicUsize::new(0));
    let refusals = Arc::<AtomicUsize>::default();
    let (count, refused) = (connections.clone(), refusals.clone());
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let (mut callers, mut unanswered) = (JoinSet::new(), Vec::new());
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 1_024];
            let length = stream.peek(&mut head).await.unwrap_or_default();
            match shakes(&String::from_utf8_lossy(&head[..length])) {
                Shake::Hands => {}
                Shake::Head => {
                    stream
                        .write_all(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}")
                        .await
                        .ok();
                    refused.fetch_add(1, Ordering::SeqCst);
                    unanswered.push(stream);
                    continue;
                }
                Shake::Nothing => {
                    unanswered.push(stream);
                    continue;
                }
            }
            if let Some(caller) = Caller::accept(stream).await {
                count.fetch_add(1, Ordering::SeqCst);
                callers.spawn(script(caller));
            }
        }
    });
    Peer { base_url, connections, refusals, _tasks: tasks }
}

impl Peer {
    /// How many WebSockets were opened.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// How many handshakes were refused.
    pub(crate) fn refusals(&self) -> usize {
        self.refusals.load(Ordering::SeqCst)
    }

    pub(crate) fn vendor(&self, row: &Cloud) -> Vendor {
        let account = Account { base_url: self.base_url.clone(), ..Account::default() };
        let net = Net::new(&Network::default(), None).expect("a client");
        let account = account.or(&row.account.account());
        Vendor::new(row.name, row.key_of, account, row.key, Some(Secret::new("key")), net).expect("an account")
    }

    pub(crate) fn provider(&self, row: &Cloud) -> Provider {
        (row.open)(self.vendor(row))
    }
}

impl Caller {
    async fn accept(stream: TcpStream) -> Option<Self> {
        let (mut uri, mut headers) = (String::new(), reqwest::header::HeaderMap::new());
        #[expect(clippy::result_large_err, reason = "the signature is the crate's")]
        let look = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
            uri = request.uri().to_string();
            headers = request.headers().clone();
            Ok(response)
        };
        // what knocks to warm a connection asks for no socket
        let socket = accept_hdr_async(stream, look).await.ok()?;
        Some(Self { uri, headers, socket })
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The next frame that is no ping; `None` when the caller has gone.
    pub(crate) async fn next(&mut self) -> Option<Message> {
        loop {
            match self.socket.next().await?.ok()? {
                Message::Ping(_) | Message::Pong(_) => {}
                Message::Close(_) => return None,
                other => return Some(other),
            }
        }
    }

    /// The next text as JSON.
    pub(crate) async fn json(&mut self) -> Option<Value> {
        let Message::Text(text) = self.next().await? else { panic!("a text frame was due") };
        Some(serde_json::from_str(text.as_str()).expect("JSON"))
    }

    pub(crate) async fn say(&mut self, message: &Value) {
        self.say_text(&message.to_string()).await;
    }

    pub(crate) async fn say_text(&mut self, message: &str) {
        self.socket.send(Message::text(message)).await.ok();
    }

    pub(crate) async fn close(self, code: u16) {
        self.close_because(code, "").await;
    }

    pub(crate) async fn close_because(mut self, code: u16, reason: &'static str) {
        let frame = CloseFrame { code: CloseCode::from(code), reason: reason.into() };
        self.socket.close(Some(frame)).await.ok();
    }
}

/// Sound that is there at once.
pub(crate) fn sound(coding: Coding, pieces: &[&'static [u8]]) -> PacketStream {
    let packets: Vec<Packet> = pieces.iter().map(|bytes| Packet { coding, bytes: (*bytes).into() }).collect();
    Box::pin(stream::iter(packets))
}

/// Sound that is sent while it is listened to.
pub(crate) fn live() -> (mpsc::Sender<Packet>, PacketStream) {
    let (sender, receiver) = mpsc::channel(64);
    let packets = stream::unfold(receiver, |mut receiver| async move { Some((receiver.recv().await?, receiver)) });
    (sender, Box::pin(packets))
}

pub(crate) fn in_language(tag: &str) -> Hearing {
    Hearing { language: Language::new(tag), grammar: None, into: None }
}

/// Everything that is heard, and whether each is the last.
pub(crate) async fn all(mut words: WordsStream) -> Result<Vec<(String, bool)>, Error> {
    let mut all = Vec::new();
    while let Some(word) = words.next().await {
        let Words { text, last, .. } = word?;
        all.push((text, last));
    }
    Ok(all)
}
