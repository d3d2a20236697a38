//! One socket, many phrases: each is a context with a name, whose sound is passed to whoever said it. Its own file because
//! whose phrase is whose, and what happens when nobody listens any more, is the same for every vendor that has such a
//! socket, and because a phrase that nobody reads must not stop the others; what is said is each vendor's `Wording`.

use crate::{
    dialect::by_code,
    socket::{Frame, Socket},
    vendor::Vendor,
};
use async_stream::try_stream;
use bytes::Bytes;
use reqwest::header::HeaderMap;
use std::{
    collections::HashMap,
    marker::PhantomData,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{OnceCell, mpsc},
    task::JoinSet,
    time::interval,
};
use voice::{Coding, Error, ErrorKind, Packet, SoundStream};

/// Pieces of one phrase that may wait: more than a phrase has. A full queue ends its phrase; waiting for it would stop
/// the phrase before it, which is being played.
const PIECES: usize = 4_096;
/// Bytes of one phrase that may wait: nearly three minutes of its sound. More of it at once is no phrase.
const WAITING: usize = 8 * 1024 * 1024;
/// Requests on their way to the socket.
const ASKS: usize = 64;

/// A phrase as one vendor is asked for it.
pub(crate) trait Wording: Send + Sync + 'static {
    /// What its sound is.
    const CODING: Coding;
    /// How long a socket without phrases is kept: less than the service would keep it.
    const IDLE: Duration;

    /// The messages that ask for the whole of it under the name `id`.
    fn ask(&self, id: &str) -> Vec<String>;

    /// The message that takes a phrase back.
    fn cancel(id: &str) -> String;

    /// A message of the service; `None` where it tells nothing that matters here.
    ///
    /// # Errors
    /// `Garbled` for what is no message of its own; then the socket is of no use any more.
    fn read(source: &'static str, text: &str) -> Result<Option<Told>, Error>;
}

/// What a message tells of a phrase.
pub(crate) struct Told {
    /// Of which one; `None` is all of them.
    pub(crate) id: Option<String>,
    /// Its next sound, which may be empty, or why there is no more.
    pub(crate) sound: Result<Bytes, Error>,
    /// It is whole.
    pub(crate) over: bool,
}

/// The contexts of one account.
pub(crate) struct Contexts {
    vendor: Vendor,
    headers: HeaderMap,
    /// By address: what is the same for all phrases of a socket stands in it. Whoever comes while one is being opened waits
    /// for it, and nobody else does.
    shared: Mutex<HashMap<String, Arc<OnceCell<Shared>>>>,
    last: AtomicU64,
}

struct Shared {
    asks: mpsc::Sender<Ask>,
    _task: JoinSet<()>,
}

enum Ask {
    Say { id: String, messages: Vec<String>, waiting: Waiting },
    Cancel(String),
}

/// The queue of a phrase, and how many bytes are in it.
struct Waiting {
    sound: mpsc::Sender<Piece>,
    bytes: Arc<AtomicUsize>,
}

/// Sound, its end, or why there is none.
type Piece = Result<Option<Bytes>, Error>;

impl Contexts {
    pub(crate) fn new(vendor: Vendor, headers: HeaderMap) -> Self {
        Self { vendor, headers, shared: Mutex::default(), last: AtomicU64::new(0) }
    }

    /// Opens the socket to `url`, or finds it open. What cannot be opened is told by `say`.
    pub(crate) async fn warm<W: Wording>(&self, url: &str) {
        self.asks::<W>(url).await.ok();
    }

    /// The sound of a phrase, which gets a context of its own. Dropping the stream takes the phrase back.
    pub(crate) fn say<W: Wording>(self: &Arc<Self>, url: String, phrase: W) -> SoundStream {
        let contexts = self.clone();
        Box::pin(try_stream! {
            let id = format!("w{}", contexts.last.fetch_add(1, Ordering::Relaxed));
            let messages = phrase.ask(&id);
            let (give, mut sound) = mpsc::channel(PIECES);
            let held = Arc::<AtomicUsize>::default();
            let waiting = Waiting { sound: give, bytes: held.clone() };
            let asks = contexts.ask::<W>(&url, Ask::Say { id: id.clone(), messages, waiting }).await?;
            let mut unfinished = Unfinished { id: Some(id), asks };
            loop {
                match sound.recv().await.unwrap_or_else(|| Err(contexts.cut())) {
                    Ok(Some(bytes)) => {
                        held.fetch_sub(bytes.len(), Ordering::Relaxed);
                        yield Packet { coding: W::CODING, bytes };
                    }
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
    async fn ask<W: Wording>(&self, url: &str, ask: Ask) -> Result<mpsc::Sender<Ask>, Error> {
        let asks = self.asks::<W>(url).await?;
        let Err(mpsc::error::SendError(ask)) = asks.send(ask).await else { return Ok(asks) };
        let asks = self.asks::<W>(url).await?;
        asks.send(ask).await.map_err(|_| self.cut())?;
        Ok(asks)
    }

    async fn asks<W: Wording>(&self, url: &str) -> Result<mpsc::Sender<Ask>, Error> {
        let cell = {
            let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
            shared.retain(|_, one| one.get().is_none_or(|one| !one.asks.is_closed()));
            shared.entry(url.to_owned()).or_default().clone()
        };
        Ok(cell.get_or_try_init(|| self.open::<W>(url)).await?.asks.clone())
    }

    async fn open<W: Wording>(&self, url: &str) -> Result<Shared, Error> {
        let socket = self.vendor.socket(url, self.headers.clone()).await?;
        let (asks, asked) = mpsc::channel(ASKS);
        let mut task = JoinSet::new();
        let office =
            Office { vendor: self.vendor.clone(), socket, contexts: HashMap::new(), wording: PhantomData::<fn() -> W> };
        task.spawn(office.work(asked));
        Ok(Shared { asks, _task: task })
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
struct Office<W> {
    vendor: Vendor,
    socket: Socket,
    contexts: HashMap<String, Waiting>,
    wording: PhantomData<fn() -> W>,
}

impl<W: Wording> Office<W> {
    /// Until the socket ends or has had nothing to do for too long.
    async fn work(mut self, mut asked: mpsc::Receiver<Ask>) {
        let mut idle = interval(W::IDLE);
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
        for waiting in self.contexts.into_values() {
            waiting.sound.try_send(Err(error.clone())).ok();
        }
    }

    async fn ask(&mut self, ask: Ask) -> Result<(), Error> {
        match ask {
            Ask::Say { id, messages, waiting } => {
                self.contexts.insert(id, waiting);
                for message in messages {
                    self.socket.send_text(message).await?;
                }
                Ok(())
            }
            Ask::Cancel(id) => self.cancel(&id).await,
        }
    }

    /// Does nothing if the phrase has ended meanwhile.
    async fn cancel(&mut self, id: &str) -> Result<(), Error> {
        match self.contexts.remove(id) {
            Some(_) => self.socket.send_text(W::cancel(id)).await,
            None => Ok(()),
        }
    }

    async fn take(&mut self, frame: Result<Frame, Error>) -> Result<(), Error> {
        match frame? {
            Frame::Text(text) => self.pass(&text).await,
            Frame::Bytes(_) => Ok(()),
            Frame::Closed { code, .. } => {
                Err(self.vendor.error(by_code(code), &format!("it closed the connection ({code}).")))
            }
        }
    }

    /// Passes a piece to whoever waits for it. Pieces of a phrase that was taken back still come for a while.
    async fn pass(&mut self, text: &str) -> Result<(), Error> {
        let Some(Told { id, sound, over }) = W::read(self.vendor.name, text)? else { return Ok(()) };
        let Some(id) = id else { return sound.map(drop) };
        let Some(waiting) = self.contexts.get(&id) else { return Ok(()) };
        let over = over || sound.is_err();
        let piece = sound.map(|bytes| (!bytes.is_empty()).then_some(bytes));
        let length = piece.as_ref().map_or(0, |bytes| bytes.as_ref().map_or(0, Bytes::len));
        if waiting.bytes.fetch_add(length, Ordering::Relaxed) + length > WAITING {
            let endless = self.vendor.error(ErrorKind::TooLarge, "more of a phrase came at once than a phrase has.");
            waiting.sound.try_send(Err(endless)).ok();
            return self.cancel(&id).await;
        }
        if !matches!(piece, Ok(None)) && waiting.sound.try_send(piece).is_err() {
            return self.cancel(&id).await;
        }
        if over {
            // whoever is gone needs no end
            waiting.sound.try_send(Ok(None)).ok();
            self.contexts.remove(&id);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cloud::cartesia::{ROW, Request, headers, request},
        loopback::{Caller, Peer, Shake, peer, peer_that},
    };
    use base64::{Engine, prelude::BASE64_STANDARD};
    use futures_util::StreamExt;
    use serde_json::{Value, json};
    use tokio::sync::mpsc::{Receiver, channel};
    use voice::{Language, Phrase};

    fn contexts(peer: &Peer) -> Arc<Contexts> {
        let vendor = peer.vendor(&ROW);
        let headers = headers(&vendor);
        Arc::new(Contexts::new(vendor, headers))
    }

    fn url(contexts: &Contexts) -> String {
        contexts.vendor.url("tts/websocket")
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
        contexts.warm::<Request>(&url(&contexts)).await;
        let (one, two) = tokio::join!(
            heard(contexts.say(url(&contexts), phrase("a"))),
            heard(contexts.say(url(&contexts), phrase("b")))
        );
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
        let mut sound = contexts.say(url(&contexts), phrase("a"));
        assert!(sound.next().await.is_some_and(|packet| packet.is_ok()));
        drop(sound);
        let said = reports.recv().await.unwrap();
        assert_eq!(reports.recv().await.unwrap(), json!({"context_id": said["context_id"], "cancel": true}));
    }

    #[tokio::test(start_paused = true)]
    async fn a_handshake_that_is_not_answered_holds_up_no_other_socket() {
        let shakes = |head: &str| if head.contains("/stalled") { Shake::Nothing } else { Shake::Hands };
        let peer = peer_that(shakes, |mut caller| async move {
            let message = caller.json().await.unwrap();
            caller.say(&chunk(&message["context_id"], "sound")).await;
            caller.say(&done(&message["context_id"])).await;
            caller.next().await;
        })
        .await;
        let contexts = contexts(&peer);
        let stalled = heard(contexts.say(contexts.vendor.url("stalled"), phrase("a")));
        let other = heard(contexts.say(url(&contexts), phrase("b")));
        let patience = Duration::from_secs(10);
        let both = tokio::time::timeout(patience, futures_util::future::join(stalled, other)).await;
        assert_eq!(both, Ok((Err(ErrorKind::TimedOut), Ok("sound".into()))));
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
        let (bad, good) = tokio::join!(
            heard(contexts.say(url(&contexts), phrase("bad"))),
            heard(contexts.say(url(&contexts), phrase("good")))
        );
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
        assert_eq!(heard(contexts.say(url(&contexts), phrase("half"))).await, Err(ErrorKind::ServiceFailed));
        assert_eq!(heard(contexts.say(url(&contexts), phrase("whole"))).await, Ok("some".into()));
        assert_eq!(peer.connections(), 2);
    }
}
