//! One utterance over a WebSocket: the socket is taken from the shelf or opened at once, sound goes out as it comes,
//! words come in. Its own file because the order of these things, and what can break it, is the same for every vendor;
//! what each of them says and how is its `Dialect`.

use crate::{
    dialect::{Dialect, Heard, Out},
    pace::{Meter, Pace},
    shelf::Shelf,
    socket::{Frame, Socket},
    vendor::Vendor,
};
use async_stream::try_stream;
use futures_util::{FutureExt, StreamExt, future::pending};
use reqwest::header::HeaderMap;
use std::{
    collections::{HashSet, VecDeque},
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::{Sleep, sleep};
use voice::{Coding, Error, ErrorKind, Language, Packet, PacketStream, Words, WordsStream};

/// So much sound may wait for a socket. What lies ready beyond that waits where it lies, so that sound which is held back
/// has not ended: whoever is asked later than the others is timed from there.
const WAITING: Duration = Duration::from_secs(1);

/// A longer message is none: read as JSON, it may need thirty times as much (fault matrix, D12).
const LONGEST: usize = 1024 * 1024;

/// What all utterances of one account share.
#[derive(Clone)]
pub(crate) struct Line {
    vendor: Vendor,
    /// Key and whatever else the handshake carries.
    headers: HeaderMap,
    shelf: Arc<Shelf>,
    /// The coding of the last utterance that was heard: a socket may be opened before the next one has begun.
    coding: Arc<Mutex<Coding>>,
    /// Addresses for sound in a coding that was refused; each is for one coding.
    refused: Arc<Mutex<HashSet<String>>>,
}

impl Line {
    /// `first` is the coding that is expected before any sound has come.
    pub(crate) fn new(vendor: Vendor, headers: HeaderMap, first: Coding) -> Self {
        let coding = Arc::new(Mutex::new(first));
        Self { vendor, headers, shelf: Arc::default(), coding, refused: Arc::default() }
    }

    /// The words of `sound`. The socket is there, or on its way, as soon as this is polled.
    pub(crate) fn hear<D: Dialect>(&self, mut dialect: D, sound: PacketStream, language: Language) -> WordsStream {
        let line = self.clone();
        Box::pin(try_stream! {
            let mut inlet = Inlet::new(sound);
            let (mut coding, mut link) = line.first_link(&dialect, &mut inlet).await?;
            let (mut asked, mut ended, mut shown, mut answers) = (false, false, String::new(), false);
            let mut silence = pin!(silence::<D>(false));
            let text = loop {
                if let Some(other) = inlet.coding().filter(|other| *other != coding) {
                    coding = other;
                    link = line.link(&dialect, coding, &mut inlet).await?;
                }
                asked |= link.send_all(&mut dialect, &mut inlet).await?;
                if inlet.is_empty() && link.ready && !ended {
                    if !asked { break String::new() }
                    for out in dialect.end() { link.send(out).await? }
                    ended = true;
                    silence.set(self::silence::<D>(true));
                }
                let frame = tokio::select! {
                    biased;
                    frame = link.socket.next() => Some(frame),
                    () = inlet.more(), if inlet.has_room() => continue,
                    () = link.pace.due(), if link.ready && !inlet.waiting.is_empty() => continue,
                    () = &mut silence => None,
                    () = link.late.as_mut(), if !link.ready => None,
                };
                let Some(frame) = frame else {
                    // it heard, and has nothing to add; one that never said a word may not have heard at all
                    if answers && link.ready { break dialect.so_far() }
                    Err(line.vendor.error(ErrorKind::TimedOut, "it is open, but says nothing."))?
                };
                answers |= matches!(frame, Ok(Frame::Text(_)));
                match line.read(&mut dialect, &link.url, frame?)? {
                    Heard::Nothing => {}
                    Heard::Ready => link.ready = true,
                    Heard::Last(text) => break text,
                    Heard::More => {
                        let text = dialect.so_far();
                        if text != shown {
                            shown.clone_from(&text);
                            yield Words { text, language: language.clone(), last: false, translation: None };
                        }
                    }
                }
            };
            line.remember(coding);
            line.leave(&dialect, link).await;
            yield Words { text, language, last: true, translation: dialect.translation() };
        })
    }

    /// The first socket, and the coding that it is for: that of the sound, or of the last utterance while none has come.
    async fn first_link<D: Dialect>(&self, dialect: &D, inlet: &mut Inlet) -> Result<(Coding, Link), Error> {
        inlet.more().now_or_never();
        let coding = inlet.coding().unwrap_or_else(|| self.coding());
        match self.link(dialect, coding, inlet).await {
            // this utterance may come in another coding than the last
            Err(error) if error.kind == ErrorKind::SoundRefused => {
                while !inlet.over && inlet.coding().is_none() {
                    inlet.more().await;
                }
                let other = inlet.coding().filter(|other| *other != coding).ok_or(error)?;
                Ok((other, self.link(dialect, other, inlet).await?))
            }
            link => Ok((coding, link?)),
        }
    }

    /// A socket for sound in `coding`. Sound that comes before it is open waits in `inlet`.
    async fn link<D: Dialect>(&self, dialect: &D, coding: Coding, inlet: &mut Inlet) -> Result<Link, Error> {
        let url = dialect.url(coding);
        // samples are everybody's last choice
        if !matches!(coding, Coding::Pcm16 { .. }) && self.refused().contains(&url) {
            return Err(self.vendor.error(ErrorKind::SoundRefused, "it has refused sound of this coding before."));
        }
        let (pace, late) = (Pace::new(D::PACE), Box::pin(sleep(self.vendor.opening)));
        if D::KEEPING.is_some()
            && let Some(socket) = self.shelf.take(&url).await
        {
            return Ok(Link { url, socket, ready: true, pace, late });
        }
        let mut headers = self.headers.clone();
        headers.extend(dialect.headers());
        let socket = inlet.during(self.vendor.socket(&url, headers)).await;
        let socket = socket.map_err(|error| Error { kind: dialect.refused(coding, error.kind), ..error });
        let socket = socket.inspect_err(|error| self.note(error, &url))?;
        let mut link = Link { url, socket, ready: !D::WAITS, pace, late };
        for out in dialect.greeting(coding) {
            link.send(out).await?;
        }
        Ok(link)
    }

    fn read<D: Dialect>(&self, dialect: &mut D, url: &str, frame: Frame) -> Result<Heard, Error> {
        let heard = match frame {
            Frame::Text(text) if text.len() > LONGEST => {
                Err(self.vendor.error(ErrorKind::TooLarge, "a message was over 1 MiB."))
            }
            Frame::Text(text) => dialect.read(&text),
            Frame::Bytes(_) => Ok(Heard::Nothing),
            Frame::Closed { code, reason } => {
                Err(self.vendor.error(dialect.closed(code, &reason), &format!("it closed the connection ({code}).")))
            }
        };
        heard.inspect_err(|error| self.note(error, url))
    }

    /// What was refused once is not tried again.
    fn note(&self, error: &Error, url: &str) {
        if error.kind == ErrorKind::SoundRefused {
            self.refused().insert(url.to_owned());
        }
    }

    /// The socket waits for the next turn, or says goodbye.
    async fn leave<D: Dialect>(&self, dialect: &D, mut link: Link) {
        match D::KEEPING {
            Some(keeping) => self.shelf.put(link.url, link.socket, keeping),
            None => {
                if let Some(farewell) = dialect.farewell() {
                    // the transcript is here; whether the other end still listens does not matter
                    link.send(farewell).await.ok();
                }
                link.socket.close().await;
            }
        }
    }

    fn coding(&self) -> Coding {
        *self.coding.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refused(&self) -> MutexGuard<'_, HashSet<String>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, coding: Coding) {
        *self.coding.lock().unwrap_or_else(PoisonError::into_inner) = coding;
    }
}

async fn silence<D: Dialect>(ended: bool) {
    match D::SILENCE.filter(|_| ended) {
        Some(silence) => sleep(silence).await,
        None => pending().await,
    }
}

struct Link {
    url: String,
    socket: Socket,
    ready: bool,
    pace: Pace,
    /// When it should have been ready at the latest.
    late: Pin<Box<Sleep>>,
}

impl Link {
    /// Sends what waits, if it may be sent; whether there was anything.
    async fn send_all<D: Dialect>(&mut self, dialect: &mut D, inlet: &mut Inlet) -> Result<bool, Error> {
        let mut some = false;
        while self.ready
            && self.pace.allows()
            && let Some((packet, length)) = inlet.take()
        {
            // an empty frame ends the stream of some vendors
            if packet.bytes.is_empty() {
                continue;
            }
            some = true;
            self.pace.spend(length);
            if let Some(out) = dialect.sound(packet) {
                self.send(out).await?;
            }
        }
        Ok(some)
    }

    async fn send(&mut self, out: Out) -> Result<(), Error> {
        match out {
            Out::Text(text) => self.socket.send_text(text).await,
            Out::Bytes(bytes) => self.socket.send_bytes(bytes).await,
        }
    }
}

/// Sound on its way in.
struct Inlet {
    sound: PacketStream,
    meter: Meter,
    /// Each with its length, and how long they are together.
    waiting: VecDeque<(Packet, Duration)>,
    held: Duration,
    over: bool,
}

impl Inlet {
    fn new(sound: PacketStream) -> Self {
        Self { sound, meter: Meter::default(), waiting: VecDeque::new(), held: Duration::ZERO, over: false }
    }

    /// What the next packet is coded in.
    fn coding(&self) -> Option<Coding> {
        self.waiting.front().map(|(packet, _)| packet.coding)
    }

    fn take(&mut self) -> Option<(Packet, Duration)> {
        let (packet, length) = self.waiting.pop_front()?;
        self.held = self.held.saturating_sub(length);
        Some((packet, length))
    }

    /// Takes in sound while `opening` takes its time.
    async fn during<T>(&mut self, opening: impl Future<Output = T>) -> T {
        let mut opening = pin!(opening);
        loop {
            tokio::select! {
                biased;
                open = &mut opening => return open,
                () = self.more(), if self.has_room() => {}
            }
        }
    }

    fn has_room(&self) -> bool {
        !self.over && self.held < WAITING
    }

    fn is_empty(&self) -> bool {
        self.over && self.waiting.is_empty()
    }

    async fn more(&mut self) {
        match self.sound.next().await {
            Some(packet) => {
                let length = self.meter.length(&packet);
                self.held += length;
                self.waiting.push_back((packet, length));
            }
            None => self.over = true,
        }
    }
}
