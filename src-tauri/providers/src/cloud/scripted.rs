//! A peer on a loopback socket that answers requests with fixed bytes, for the unit tests of vendors. Its own file
//! because each of them wants to see what really goes out.

use super::Cloud;
use crate::{Places, Table, net::Net, vendor::Vendor};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::JoinSet,
};
use voice::{Account, ErrorKind, Exchange, Language, Network, Prompt, Provider, Secret, TextStream, Words};

pub(crate) const JSON: &str = "application/json";

pub(crate) struct Peer {
    host: String,
    arriving: mpsc::Receiver<Vec<u8>>,
    so_far: Vec<u8>,
    _task: JoinSet<()>,
}

/// An answer: its head, and its body in pieces.
type Answer = (String, Vec<Vec<u8>>);

impl Peer {
    /// Reads a whole request, then answers and closes.
    pub(crate) async fn answering(status: u16, kind: &str, body: impl AsRef<[u8]>) -> Self {
        Self::in_pieces(status, kind, &[body.as_ref()]).await
    }

    /// The same, the body cut so.
    pub(crate) async fn in_pieces(status: u16, kind: &str, pieces: &[&[u8]]) -> Self {
        Self::open(vec![answer(status, kind, pieces)]).await
    }

    /// Answers as many requests with JSON, each on a connection of its own.
    pub(crate) async fn in_turn(answers: &[(u16, serde_json::Value)]) -> Self {
        let answers = answers.iter().map(|(status, body)| answer(*status, JSON, &[body.to_string().as_bytes()]));
        Self::open(answers.collect()).await
    }

    async fn open(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let (arrived, arriving) = mpsc::channel(64);
        let mut task = JoinSet::new();
        task.spawn(async move {
            for answer in answers {
                let (stream, _) = listener.accept().await.unwrap();
                serve(stream, &answer, &arrived).await;
            }
        });
        Self { host, arriving, so_far: Vec::new(), _task: task }
    }

    /// The provider `name` at this address.
    pub(crate) fn provider(&self, name: &str) -> Provider {
        provider(name, &self.host, "")
    }

    pub(crate) fn provider_at(&self, name: &str, path: &str) -> Provider {
        provider(name, &self.host, path)
    }

    /// An account at this address.
    pub(crate) fn vendor(&self, row: &Cloud, account: Account, key: &str) -> Vendor {
        vendor(row, &Account { base_url: format!("http://{}", self.host), ..account }, key)
    }

    /// Waits until `needle` has arrived.
    pub(crate) async fn sees(&mut self, needle: &[u8]) {
        while !self.so_far.windows(needle.len()).any(|window| window == needle) {
            let more = self.arriving.recv().await;
            self.so_far.extend(more.unwrap_or_else(|| panic!("ended without {}", String::from_utf8_lossy(needle))));
        }
    }

    /// All that it was sent.
    pub(crate) async fn asked(self) -> String {
        String::from_utf8_lossy(&self.bytes().await).into_owned()
    }

    /// The only request.
    pub(crate) async fn request(self) -> (String, Vec<u8>) {
        self.requests().await.pop().unwrap()
    }

    /// Each request: its head, in lower case but for the first line, and its body, chunks joined.
    pub(crate) async fn requests(self) -> Vec<(String, Vec<u8>)> {
        let bytes = self.bytes().await;
        let (mut all, mut rest) = (Vec::new(), &bytes[..]);
        while let Some((head, body, later)) = whole(rest) {
            all.push((head, body));
            rest = later;
        }
        all
    }

    async fn bytes(mut self) -> Vec<u8> {
        while let Some(more) = self.arriving.recv().await {
            self.so_far.extend(more);
        }
        self.so_far
    }
}

fn answer(status: u16, kind: &str, pieces: &[&[u8]]) -> Answer {
    let head = format!("HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\nconnection: close\r\n\r\n");
    (head, pieces.iter().map(|piece| piece.to_vec()).collect())
}

async fn serve(mut stream: TcpStream, (head, pieces): &Answer, arrived: &mpsc::Sender<Vec<u8>>) {
    let (mut request, mut piece) = (Vec::new(), [0; 4096]);
    while whole(&request).is_none() {
        let length = stream.read(&mut piece).await.unwrap_or(0);
        if length == 0 {
            return;
        }
        request.extend_from_slice(&piece[..length]);
        arrived.send(piece[..length].to_vec()).await.ok();
    }
    stream.write_all(head.as_bytes()).await.ok();
    for piece in pieces {
        stream.write_all(piece).await.ok();
        stream.flush().await.ok();
    }
    stream.shutdown().await.ok();
}

/// The first request, and what comes after it.
fn whole(bytes: &[u8]) -> Option<(String, Vec<u8>, &[u8])> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let (head, body) = (std::str::from_utf8(&bytes[..end + 2]).unwrap(), &bytes[end + 4..]);
    let (first, rest) = head.split_once("\r\n").unwrap();
    let head = format!("{first}\r\n{}", rest.to_ascii_lowercase());
    if head.contains("transfer-encoding: chunked") {
        let (body, later) = unchunked(body)?;
        return Some((head, body, later));
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
    Some((head, body.get(..length)?.to_vec(), &body[length..]))
}

fn unchunked(mut body: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut all = Vec::new();
    loop {
        let end = body.windows(2).position(|two| two == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&body[..end]).unwrap(), 16).unwrap();
        let chunk = body.get(end + 2..end + 2 + length + 2)?;
        body = &body[end + 2 + length + 2..];
        if length == 0 {
            return Some((all, body));
        }
        all.extend_from_slice(&chunk[..length]);
    }
}

/// An account with `row`, whose own one says what `account` does not; an empty key is none.
pub(crate) fn vendor(row: &Cloud, account: &Account, key: &str) -> Vendor {
    let key = Some(key).filter(|key| !key.is_empty()).map(Secret::new);
    let net = Net::new(&Network::default(), None).unwrap();
    Vendor::new(row.name, row.key_of, account.or(&row.account.account()), row.key, key, net).unwrap()
}

/// The provider `name` at an address, with the key `canary` where it needs one.
pub(crate) fn provider(name: &str, host: &str, path: &str) -> Provider {
    let table = Table::new(Places::default());
    let profile = table.profiles().iter().find(|profile| profile.name == name).unwrap();
    if profile.key == voice::KeyNeed::Required {
        table.give_key(name, host, Some(Secret::new("canary")));
    }
    let account = Account { base_url: format!("http://{host}{path}"), ..Account::default() };
    table.open(name, &account, &Network::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// A first question.
pub(crate) fn prompt(question: &str) -> Prompt {
    let words = Words { text: question.into(), language: Language::new("en"), last: true, translation: None };
    Prompt { system: "Be brief.".into(), history: Vec::new(), words }
}

/// A question after another one that was answered.
pub(crate) fn later_prompt() -> Prompt {
    let history = vec![Exchange { question: "Hi.".into(), answer: "Hello.".into() }.into()];
    Prompt { history, ..prompt("Bye.") }
}

/// The whole text, or what went wrong.
pub(crate) async fn text(stream: TextStream) -> Result<String, ErrorKind> {
    futures_util::TryStreamExt::try_collect(stream).await.map_err(|error: voice::Error| error.kind)
}
