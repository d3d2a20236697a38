//! The far end: a server on the loopback that answers with the fuzzer's bytes, and the providers that ask it, opened as
//! the app opens them. Its own file because requests, sockets and bare connections are answered in one place. Client and
//! server take turns on one thread, so that an input comes out the same each time.

use providers::Table;
use std::{cell::RefCell, rc::Rc, sync::Arc, sync::Mutex};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime::{Builder, Runtime},
    task::{JoinSet, yield_now},
};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use voice::{Account, Coding, Network, Profile, Provider, Secret};

/// What whoever connects is answered.
#[derive(Clone, Default)]
pub struct Answer {
    pub status: u16,
    /// Lines of the head, each with its end.
    pub head: String,
    /// The body; of a WebSocket, frames as they stand on the wire; of a bare connection, all of it.
    pub pieces: Vec<Vec<u8>>,
}

impl Answer {
    /// A body of `kind` after status 200.
    pub fn of(kind: &str, pieces: Vec<Vec<u8>>) -> Self {
        Self { status: 200, head: format!("content-type: {kind}\r\n"), pieces }
    }

    /// Frames of text, and a goodbye.
    pub fn frames(texts: &[&[u8]]) -> Self {
        let mut pieces: Vec<Vec<u8>> = texts.iter().map(|text| frame(0x81, text)).collect();
        pieces.push(frame(0x88, &1000u16.to_be_bytes()));
        Self { pieces, ..Self::default() }
    }
}

/// A whole frame of a server: its first byte, and what it carries.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        short @ 0..126 => frame.push(short as u8),
        middle @ 126..65_536 => {
            frame.push(126);
            frame.extend((middle as u16).to_be_bytes());
        }
        long => {
            frame.push(127);
            frame.extend((long as u64).to_be_bytes());
        }
    }
    frame.extend(payload);
    frame
}

/// The far end and the way to it.
pub struct Far {
    runtime: Runtime,
    table: Table,
    host: String,
    answer: Arc<Mutex<Answer>>,
    asked: u64,
    _server: JoinSet<()>,
}

thread_local! {
    static FAR: RefCell<Option<Rc<RefCell<Far>>>> = const { RefCell::new(None) };
}

/// Asks provider `name`, which is answered `answer`; it was never asked before.
pub fn asking<T, F: Future<Output = T>>(name: &str, answer: Answer, ask: impl FnOnce(Provider, Coding) -> F) -> T {
    let far = FAR.with_borrow_mut(|far| far.get_or_insert_with(|| Rc::new(RefCell::new(Far::open()))).clone());
    let mut far = far.borrow_mut();
    far.asked += 1;
    *far.answer.lock().expect("an answer") = answer;
    let scheme = if name.starts_with("wyoming") { "tcp" } else { "http" };
    // an account that differs from the one before is opened anew
    let path = if scheme == "tcp" { String::new() } else { format!("/{}", far.asked) };
    let region = if name == "azure" { String::new() } else { far.asked.to_string() };
    // with a voice, none is looked up
    let voice = if matches!(name, "elevenlabs" | "cartesia") { "v".to_owned() } else { String::new() };
    let account = Account { base_url: format!("{scheme}://{}{path}", far.host), region, voice, ..Account::default() };
    let profile = far.table.profiles().iter().find(|profile| profile.name == name).expect("a provider");
    let provider = far.table.open(name, &account, &Network::default()).unwrap_or_else(|error| panic!("{error}"));
    far.runtime.block_on(ask(provider, coding(profile)))
}

/// The first coding that it takes.
fn coding(profile: &Profile) -> Coding {
    profile.takes.first().copied().unwrap_or(Coding::OggOpus)
}

impl Far {
    fn open() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
        let host = listener.local_addr().expect("an address").to_string();
        let answer = Arc::<Mutex<Answer>>::default();
        let (mut server, given) = (JoinSet::new(), answer.clone());
        server.spawn_on(serve(listener, given), runtime.handle());
        let table = Table::default();
        for profile in table.profiles() {
            table.give_key(&profile.name, &host, Some(Secret::new("key")));
        }
        Self { runtime, table, host, answer, asked: 0, _server: server }
    }
}

async fn serve(listener: TcpListener, answer: Arc<Mutex<Answer>>) {
    let mut callers = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        while callers.try_join_next().is_some() {}
        stream.set_nodelay(true).ok();
        callers.spawn(answered(stream, answer.clone()));
    }
}

/// One connection, until either side has had enough of it.
async fn answered(mut stream: TcpStream, answer: Arc<Mutex<Answer>>) -> Option<()> {
    let mut asked = Vec::new();
    loop {
        let head = match end_of(&mut stream, &mut asked, b"\r\n\r\n", 0).await {
            Some(head) if asked.starts_with(b"{") => head,
            other => other?,
        };
        let text = String::from_utf8_lossy(&asked[..head]).to_ascii_lowercase();
        let answer = answer.lock().expect("an answer").clone();
        if asked.starts_with(b"{") {
            return told(stream, &answer.pieces).await;
        }
        if let Some((_, key)) = text.contains("upgrade: websocket").then(|| field(&asked[..head])).flatten() {
            let accept = derive_accept_key(key.as_bytes());
            let head = format!(
                "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: {accept}\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).await.ok()?;
            return told(stream, &answer.pieces).await;
        }
        let body = if text.contains("transfer-encoding: chunked") {
            end_of(&mut stream, &mut asked, b"\r\n0\r\n\r\n", head - 2).await?
        } else {
            let length = text.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next()?.parse().ok());
            let whole = head + length.unwrap_or(0);
            while asked.len() < whole {
                more(&mut stream, &mut asked).await?;
            }
            whole
        };
        asked.drain(..body);
        give(&mut stream, &answer, text.starts_with("head ")).await?;
    }
}

/// The key of a handshake, by the name of its line.
fn field(head: &[u8]) -> Option<(&str, &str)> {
    let lines = str::from_utf8(head).ok()?.split("\r\n");
    lines.filter_map(|line| line.split_once(": ")).find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key"))
}

/// Reads until `mark` stands in `asked` behind `from`; where it ends. A bare protocol's line has no such mark.
async fn end_of(stream: &mut TcpStream, asked: &mut Vec<u8>, mark: &[u8], from: usize) -> Option<usize> {
    loop {
        if asked.starts_with(b"{") {
            return Some(asked.len());
        }
        let found = asked.get(from..)?.windows(mark.len()).position(|window| window == mark);
        if let Some(at) = found {
            return Some(from + at + mark.len());
        }
        more(stream, asked).await?;
    }
}

async fn more(stream: &mut TcpStream, asked: &mut Vec<u8>) -> Option<()> {
    (stream.read_buf(asked).await.ok()? > 0).then_some(())
}

/// An answer to a request. Of several pieces, each goes when the one before has been read.
async fn give(stream: &mut TcpStream, answer: &Answer, without_body: bool) -> Option<()> {
    let Answer { status, head, pieces } = answer;
    let head = format!("HTTP/1.1 {status} Told\r\n{head}");
    if without_body || matches!(status, 204 | 304) {
        return stream.write_all(format!("{head}content-length: 0\r\n\r\n").as_bytes()).await.ok();
    }
    if let [whole] = pieces.as_slice() {
        let head = format!("{head}content-length: {}\r\n\r\n", whole.len());
        return stream.write_all(&[head.as_bytes(), whole].concat()).await.ok();
    }
    stream.write_all(format!("{head}transfer-encoding: chunked\r\n\r\n").as_bytes()).await.ok()?;
    for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
        let chunk = [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat();
        stream.write_all(&chunk).await.ok()?;
        settle().await;
    }
    stream.write_all(b"0\r\n\r\n").await.ok()
}

/// All of a connection, to its end; what the other side says meanwhile is not listened to.
async fn told(mut stream: TcpStream, pieces: &[Vec<u8>]) -> Option<()> {
    let (mut from, mut to) = stream.split();
    let say = async {
        for piece in pieces {
            to.write_all(piece).await.ok()?;
            settle().await;
        }
        to.shutdown().await.ok()
    };
    let mut heard = [0; 4096];
    let listen = async { while from.read(&mut heard).await.is_ok_and(|length| length > 0) {} };
    tokio::join!(say, listen).0
}

/// Lets the other side read what was written.
async fn settle() {
    for _ in 0..3 {
        yield_now().await;
    }
}
