//! What came, and when: connections, requests, messages, complaints. Tests and benches read it; vendors only write.

use crate::clock::now;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::time::Instant;

/// Everything that came. Cheap to clone; all clones are one book.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    pages: Arc<Mutex<Pages>>,
}

#[derive(Debug, Default)]
struct Pages {
    connections: Vec<Connection>,
    requests: Vec<Request>,
    complaints: Vec<Complaint>,
    open: HashMap<&'static str, usize>,
}

/// A TCP connection that was accepted.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Whose listener accepted it.
    pub vendor: &'static str,
    /// When.
    pub accepted: Instant,
    /// When its TLS handshake was done.
    pub shaken: Option<Instant>,
    /// When it ended.
    pub ended: Option<Instant>,
    /// Bytes that came over the wire, TLS and framing included.
    pub bytes_in: u64,
    /// Bytes that went out.
    pub bytes_out: u64,
}

/// A request, or a WebSocket from its upgrade to its end.
#[derive(Clone, Debug)]
pub struct Request {
    /// Who was asked.
    pub vendor: &'static str,
    /// Index into `Ledger::connections`.
    pub connection: usize,
    /// For instance `POST`.
    pub method: String,
    /// Path without the query, which may hold what is private.
    pub path: String,
    /// 1 or 2, of HTTP.
    pub version: u8,
    /// When its head had come.
    pub head: Instant,
    /// When the first bytes of its body came.
    pub upload_first_byte: Option<Instant>,
    /// When the last bytes of its body so far came.
    pub upload_last_byte: Option<Instant>,
    /// When the first bytes of the answer's body went out.
    pub first_byte_out: Option<Instant>,
    /// When the last bytes of the answer's body so far went out.
    pub last_byte_out: Option<Instant>,
    /// When it was over: answered, cut or given up by the client.
    pub ended: Option<Instant>,
    /// The answer went out to its end.
    pub whole: bool,
    /// Bytes of its body, or of a socket's messages.
    pub body_bytes: u64,
    /// Bytes on its connection up to the end of its upload, from the connection's start: the differences between the
    /// requests of one HTTP/1.1 connection are what each cost on the wire.
    pub wire_bytes: u64,
    /// What it was answered with.
    pub status: Option<u16>,
    /// Requests of this vendor that were open when it came, itself included.
    pub at_once: usize,
    /// On a socket: the messages that matter. Pieces of sound are only counted, in `body_bytes`.
    pub messages: Vec<Message>,
}

/// A message on a socket.
#[derive(Clone, Debug)]
pub struct Message {
    /// When.
    pub at: Instant,
    /// It came from the client.
    pub incoming: bool,
    /// Its type in the vendor's words; never what was said.
    pub what: String,
}

/// What a strict vendor refuses.
#[derive(Clone, Debug)]
pub struct Complaint {
    /// When.
    pub at: Instant,
    /// Who complains.
    pub vendor: &'static str,
    /// About what: method and path.
    pub about: String,
    /// Why.
    pub why: String,
}

impl Ledger {
    /// Every connection, in the order they were accepted.
    #[must_use]
    pub fn connections(&self) -> Vec<Connection> {
        self.pages().connections.clone()
    }

    /// Every request, in the order their heads came.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.pages().requests.clone()
    }

    /// Everything that was refused.
    #[must_use]
    pub fn complaints(&self) -> Vec<Complaint> {
        self.pages().complaints.clone()
    }

    /// Connections accepted, and TLS handshakes done, at `since` or later.
    #[must_use]
    pub fn dialled(&self, since: Instant) -> (usize, usize) {
        let pages = self.pages();
        let accepted = pages.connections.iter().filter(|connection| connection.accepted >= since).count();
        let shaken =
            pages.connections.iter().filter(|connection| connection.shaken.is_some_and(|at| at >= since)).count();
        (accepted, shaken)
    }

    pub(crate) fn connect(&self, vendor: &'static str) -> Line {
        let mut pages = self.pages();
        let connection = Connection { vendor, accepted: now(), shaken: None, ended: None, bytes_in: 0, bytes_out: 0 };
        pages.connections.push(connection);
        Line { ledger: self.clone(), index: pages.connections.len() - 1 }
    }

    pub(crate) fn complain(&self, vendor: &'static str, about: String, why: String) {
        self.pages().complaints.push(Complaint { at: now(), vendor, about, why });
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The entry of one connection, while it is being written.
#[derive(Clone)]
pub(crate) struct Line {
    ledger: Ledger,
    index: usize,
}

impl Line {
    pub(crate) fn note(&self, write: impl FnOnce(&mut Connection)) {
        self.ledger.pages().connections.get_mut(self.index).map(write).unwrap_or_default();
    }

    /// A request came over this connection.
    pub(crate) fn request(&self, vendor: &'static str, method: &str, path: &str, version: u8) -> Row {
        let mut pages = self.ledger.pages();
        let open = pages.open.entry(vendor).or_default();
        *open += 1;
        let at_once = *open;
        let wire_bytes = pages.connections.get(self.index).map_or(0, |connection| connection.bytes_in);
        pages.requests.push(Request {
            vendor,
            connection: self.index,
            method: method.into(),
            path: path.into(),
            version,
            head: now(),
            upload_first_byte: None,
            upload_last_byte: None,
            first_byte_out: None,
            last_byte_out: None,
            ended: None,
            whole: false,
            body_bytes: 0,
            wire_bytes,
            status: None,
            at_once,
            messages: Vec::new(),
        });
        Row { line: self.clone(), index: pages.requests.len() - 1 }
    }
}

/// The entry of one request, while it is being written.
#[derive(Clone)]
pub(crate) struct Row {
    line: Line,
    index: usize,
}

impl Row {
    pub(crate) fn note(&self, write: impl FnOnce(&mut Request)) {
        self.line.ledger.pages().requests.get_mut(self.index).map(write).unwrap_or_default();
    }

    /// `bytes` more of its body, or of a socket's messages, came.
    pub(crate) fn uploaded(&self, bytes: usize) {
        let mut pages = self.line.ledger.pages();
        let wire = pages.connections.get(self.line.index).map_or(0, |connection| connection.bytes_in);
        if let Some(request) = pages.requests.get_mut(self.index) {
            let at = now();
            request.upload_first_byte.get_or_insert(at);
            request.upload_last_byte = Some(at);
            request.body_bytes += bytes as u64;
            request.wire_bytes = wire;
        }
    }

    /// A piece of the answer went out.
    pub(crate) fn answered(&self) {
        self.note(|request| {
            let at = now();
            request.first_byte_out.get_or_insert(at);
            request.last_byte_out = Some(at);
        });
    }

    /// It is over.
    pub(crate) fn end(&self, whole: bool) {
        let mut pages = self.line.ledger.pages();
        let Some(request) = pages.requests.get_mut(self.index).filter(|request| request.ended.is_none()) else {
            return;
        };
        request.ended = Some(now());
        request.whole = whole;
        let vendor = request.vendor;
        pages.open.entry(vendor).and_modify(|open| *open = open.saturating_sub(1));
    }

    /// What the moments of its answer are counted from.
    pub(crate) fn cause(&self) -> Instant {
        let pages = self.line.ledger.pages();
        let request = pages.requests.get(self.index);
        request.map_or_else(now, |request| request.upload_last_byte.unwrap_or(request.head))
    }

    pub(crate) fn complain(&self, why: impl Into<String>) {
        let about = self
            .line
            .ledger
            .pages()
            .requests
            .get(self.index)
            .map(|request| (request.vendor, format!("{} {}", request.method, request.path)));
        if let Some((vendor, about)) = about {
            self.line.ledger.complain(vendor, about, why.into());
        }
    }
}
