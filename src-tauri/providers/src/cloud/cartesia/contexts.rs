//! One socket, many phrases: each is a context with a name, whose frames are passed to whoever said it. Its own file
//! because no other vendor shares a socket, and because a phrase that nobody reads must not stop the others.

use crate::{
    dialect::by_code,
    fault,
    socket::{Frame, Socket},
    vendor::Vendor,
};
use async_stream::try_stream;
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use reqwest::{StatusCode, header::HeaderMap};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Mutex, mpsc},
    task::JoinSet,
    time::interval,
};
use voice::{Coding, Error, ErrorKind, Language, Packet, SoundStream};

/// Samples a second of what is asked for.
pub(super) const RATE: u32 = 24_000;
/// Pieces of one phrase that may wait: more than a phrase has. A full queue ends its phrase; waiting for it would stop
/// the phrase before it, which is being played.
const PIECES: usize = 4_096;
/// Requests on their way to the socket.
const ASKS: usize = 64;
/// It closes after five minutes.
const IDLE: Duration = Duration::from_secs(270);

/// A whole phrase. Nothing follows in its context, so that nothing is waited for.
#[derive(Serialize)]
pub(super) struct Request {
    pub(super) model_id: String,
    pub(super) transcript: String,
    pub(super) voice: Value,
    pub(super) language: Language,
    pub(super) output_format: Value,
    /// Models before Sonic 3 do not know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) generation_config: Option<Value>,
    pub(super) max_buffer_delay_ms: u32,
    #[serde(rename = "continue")]
    pub(super) more: bool,
}

/// The same in its context.
#[derive(Serialize)]
struct Placed<'a> {
    context_id: &'a str,
    #[serde(flatten)]
    request: &'a Request,
}

/// The contexts of one account.
pub(super) struct Contexts {
    vendor: Vendor,
    headers: HeaderMap,
    shared: Mutex<Option<Shared>>,
    last: AtomicU64,
}

struct Shared {
    asks: mpsc::Sender<Ask>,
    _task: JoinSet<()>,
}

enum Ask {
    Say { id: String, request: String, sound: mpsc::Sender<Piece> },
    Cancel(String),
}

/// Sound, its end, or why there is none.
type Piece = Result<Option<Bytes>, Error>;

impl Contexts {
    pub(super) fn new(vendor: Vendor, headers: HeaderMap) -> Self {
        Self { vendor, headers, shared: Mutex::new(None), last: AtomicU64::new(0) }
    }

    /// Opens the socket, or finds it open. What cannot be opened is told by `say`.
    pub(super) async fn warm(&self) {
        self.asks().await.ok();
    }

    /// The sound of `request`, which gets a context of its own. Dropping the stream takes the phrase back.
    pub(super) fn say(self: &Arc<Self>, request: Request) -> SoundStream {
        let contexts = self.clone();
        Box::pin(try_stream! {
            let id = format!("w{}", contexts.last.fetch_add(1, Ordering::Relaxed));
            let request = json!(Placed { context_id: &id, request: &request }).to_string();
            let (sound_in, mut sound) = mpsc::channel(PIECES);
            let asks = contexts.ask(Ask::Say { id: id.clone(), request, sound: sound_in }).await?;
            let mut unfinished = Unfinished { id: Some(id), asks };
            loop {
                match sound.recv().await.unwrap_or_else(|| Err(contexts.cut())) {
                    Ok(Some(bytes)) => yield Packet { coding: Coding::Pcm16 { rate: RATE }, bytes },
                    Ok(None) => break,
                    Err(error) => {
                        unfinished.id = None;
                        Err(error)?;
                    }
                }
            }
            unfinished.id = None;
        })
    }

    /// Hands `ask` to the socket, which is opened if it is not there, or has just gone.
    async fn ask(&self, ask: Ask) -> Result<mpsc::Sender<Ask>, Error> {
        let asks = self.asks().await?;
        let Err(mpsc::error::SendError(ask)) = asks.send(ask).await else { return Ok(asks) };
        let asks = self.asks().await?;
        asks.send(ask).await.map_err(|_| self.cut())?;
        Ok(asks)
    }

    async fn asks(&self) -> Result<mpsc::Sender<Ask>, Error> {
        let mut shared = self.shared.lock().await;
        if let Some(shared) = shared.as_ref().filter(|shared| !shared.asks.is_closed()) {
            return Ok(shared.asks.clone());
        }
        let socket = self.vendor.socket(&self.vendor.url("tts/websocket"), self.headers.clone()).await?;
        let (asks, asked) = mpsc::channel(ASKS);
        let mut task = JoinSet::new();
        let office = Office { vendor: self.vendor.clone(), socket, contexts: HashMap::new() };
        task.spawn(office.work(asked));
        *shared = Some(Shared { asks: asks.clone(), _task: task });
        Ok(asks)
    }

    fn cut(&self) -> Error {
        self.vendor.error(ErrorKind::CutShort, "the connection broke off.")
    }
}

/// A phrase that is still being made; it is taken back when this is dropped.
struct Unfinished {
    id: Option<String>,
    asks: mpsc::Sender<Ask>,
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(id) = self.id.take() {
            // where this does not get through, the next piece of the phrase finds nobody, which says the same
            self.asks.try_send(Ask::Cancel(id)).ok();
        }
    }
}

/// The owner of the socket.
struct Office {
    vendor: Vendor,
    socket: Socket,
    contexts: HashMap<String, mpsc::Sender<Piece>>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    context_id: Option<String>,
    #[serde(default)]
    data: String,
    #[serde(default)]
    status_code: u16,
}

impl Office {
    /// Until the socket ends or has had nothing to do for too long.
    async fn work(mut self, mut asked: mpsc::Receiver<Ask>) {
        let mut idle = interval(IDLE);
        idle.reset();
        let end = loop {
            let done = tokio::select! {
                biased;
                ask = asked.recv() => match ask {
                    Some(ask) => self.ask(ask).await,
                    None => break None,
                },
                frame = self.socket.next() => self.take(frame).await,
                _ = idle.tick() => {
                    if self.contexts.is_empty() { break None }
                    Ok(())
                }
            };
            idle.reset();
            if let Err(error) = done {
                break Some(error);
            }
        };
        // no phrase may be handed to a socket that is gone
        asked.close();
        let Some(error) = end else { return self.socket.close().await };
        for sound in self.contexts.into_values() {
            sound.try_send(Err(error.clone())).ok();
        }
    }

    async fn ask(&mut self, ask: Ask) -> Result<(), Error> {
        match ask {
            Ask::Say { id, request, sound } => {
                self.contexts.insert(id, sound);
                self.socket.send_text(request).await
            }
            Ask::Cancel(id) => self.cancel(&id).await,
        }
    }

    /// Does nothing if the phrase has ended meanwhile.
    async fn cancel(&mut self, id: &str) -> Result<(), Error> {
        match self.contexts.remove(id) {
            Some(_) => self.socket.send_text(json!({ "context_id": id, "cancel": true }).to_string()).await,
            None => Ok(()),
        }
    }

    async fn take(&mut self, frame: Result<Frame, Error>) -> Result<(), Error> {
        match frame? {
            Frame::Text(text) => self.pass(&text).await,
            Frame::Bytes(_) => Ok(()),
            Frame::Closed(code) => {
                Err(self.vendor.error(by_code(code), &format!("it closed the connection ({code}).")))
            }
        }
    }

    /// Passes a piece to whoever waits for it. Pieces of a phrase that was taken back still come for a while.
    async fn pass(&mut self, text: &str) -> Result<(), Error> {
        let garbled = || self.vendor.error(ErrorKind::Garbled, "a message is none of its own.");
        let message: Message = serde_json::from_str(text).map_err(|_| garbled())?;
        let piece = match message.kind.as_str() {
            "chunk" => Ok(Some(BASE64_STANDARD.decode(&message.data).map_err(|_| garbled())?.into())),
            "done" => Ok(None),
            "error" => {
                let status = StatusCode::from_u16(message.status_code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                Err(fault::refusal(self.vendor.name, status, &HeaderMap::new(), text.as_bytes()))
            }
            _ => return Ok(()),
        };
        let Some(id) = message.context_id else { return piece.map(drop) };
        let Some(sound) = self.contexts.get(&id) else { return Ok(()) };
        let over = !matches!(piece, Ok(Some(_)));
        if sound.try_send(piece).is_err() {
            return self.cancel(&id).await;
        }
        if over {
            self.contexts.remove(&id);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cloud::cartesia::{ROW, headers, request},
        loopback::{Caller, Peer, peer},
    };
    use futures_util::StreamExt;
    use tokio::sync::mpsc::{Receiver, channel};
    use voice::Phrase;

    fn contexts(peer: &Peer) -> Arc<Contexts> {
        let vendor = peer.vendor(&ROW);
        let headers = headers(&vendor);
        Arc::new(Contexts::new(vendor, headers))
    }

    fn phrase(text: &str) -> Request {
        request("sonic-3.5", "v", &Phrase { number: 0, text: text.into(), language: Language::new("en") }, 1.0)
    }

    fn chunk(id: &Value, sound: &str) -> Value {
        let data = BASE64_STANDARD.encode(sound);
        json!({"type": "chunk", "context_id": id, "data": data, "done": false, "status_code": 206, "step_time": 60.0})
    }

    fn done(id: &Value) -> Value {
        json!({"type": "done", "context_id": id, "done": true, "status_code": 200})
    }

    async fn heard(mut sound: SoundStream) -> Result<String, ErrorKind> {
        let mut all = Vec::new();
        while let Some(packet) = sound.next().await {
            all.extend_from_slice(&packet.map_err(|error| error.kind)?.bytes);
        }
        Ok(String::from_utf8(all).unwrap())
    }

    #[tokio::test]
    async fn phrases_share_a_socket_and_get_their_own_sound() {
        let peer = peer(|mut caller| async move {
            assert_eq!((caller.uri.as_str(), caller.header("cartesia-version")), ("/tts/websocket", "2026-08-14"));
            let (one, two) = (caller.json().await.unwrap(), caller.json().await.unwrap());
            assert_eq!((&one["continue"], &one["output_format"]["sample_rate"]), (&json!(false), &json!(24_000)));
            let [one, two] = [&one, &two].map(|request| (request["context_id"].clone(), request["transcript"].clone()));
            assert_ne!(one.0, two.0);
            let sound = |text: &Value, part: usize| format!("{}{part} ", text.as_str().unwrap());
            caller.say(&chunk(&two.0, &sound(&two.1, 1))).await;
            caller.say(&chunk(&one.0, &sound(&one.1, 1))).await;
            caller.say(&json!({"type": "flush_done", "context_id": one.0, "flush_id": 1})).await;
            caller.say(&chunk(&json!("nobody's"), "noise")).await;
            caller.say(&done(&one.0)).await;
            caller.say(&chunk(&two.0, &sound(&two.1, 2))).await;
            caller.say(&done(&two.0)).await;
            caller.next().await;
        })
        .await;
        let contexts = contexts(&peer);
        contexts.warm().await;
        let (one, two) = tokio::join!(heard(contexts.say(phrase("a"))), heard(contexts.say(phrase("b"))));
        assert_eq!((one, two), (Ok("a1 ".into()), Ok("b1 b2 ".into())));
        assert_eq!(peer.connections(), 1);
    }

    async fn reporting(mut caller: Caller, report: mpsc::Sender<Value>) {
        while let Some(message) = caller.json().await {
            if message["cancel"] != true {
                caller.say(&chunk(&message["context_id"], "sound")).await;
            }
            report.send(message).await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_phrase_that_is_dropped_is_taken_back() {
        let (report, mut reports): (_, Receiver<Value>) = channel(8);
        let peer = peer(move |caller| reporting(caller, report.clone())).await;
        let contexts = contexts(&peer);
        let mut sound = contexts.say(phrase("a"));
        assert!(sound.next().await.is_some_and(|packet| packet.is_ok()));
        drop(sound);
        let said = reports.recv().await.unwrap();
        assert_eq!(reports.recv().await.unwrap(), json!({"context_id": said["context_id"], "cancel": true}));
    }

    #[tokio::test]
    async fn a_failure_is_that_of_its_phrase() {
        let peer = peer(|mut caller| async move {
            while let Some(message) = caller.json().await {
                let id = &message["context_id"];
                if message["transcript"] == "bad" {
                    let failure = json!({
                        "type": "error", "title": "t", "message": "m", "error_code": "quota_exceeded",
                        "status_code": 402, "done": true, "context_id": id,
                    });
                    caller.say(&failure).await;
                } else {
                    caller.say(&chunk(id, "good")).await;
                    caller.say(&done(id)).await;
                }
            }
        })
        .await;
        let contexts = contexts(&peer);
        let (bad, good) = tokio::join!(heard(contexts.say(phrase("bad"))), heard(contexts.say(phrase("good"))));
        assert_eq!((bad, good), (Err(ErrorKind::NoCredit), Ok("good".into())));
    }

    #[tokio::test]
    async fn a_lost_socket_cuts_its_phrases_and_the_next_one_has_another() {
        let peer = peer(|mut caller| async move {
            let message = caller.json().await.unwrap();
            caller.say(&chunk(&message["context_id"], "some")).await;
            if message["transcript"] == "whole" {
                caller.say(&done(&message["context_id"])).await;
            }
            caller.close(1011).await;
        })
        .await;
        let contexts = contexts(&peer);
        assert_eq!(heard(contexts.say(phrase("half"))).await, Err(ErrorKind::ServiceFailed));
        assert_eq!(heard(contexts.say(phrase("whole"))).await, Ok("some".into()));
        assert_eq!(peer.connections(), 2);
    }
}
