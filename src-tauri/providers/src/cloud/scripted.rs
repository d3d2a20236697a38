//! A peer on a loopback socket that answers one request with fixed bytes, for the unit tests of vendors. Its own file
//! because each of them wants to see what really goes out.

use crate::{Places, Table};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::JoinSet,
};
use voice::{Account, ErrorKind, Exchange, Language, Network, Prompt, Provider, Secret, TextStream, Words};

pub(crate) struct Peer {
    host: String,
    arriving: mpsc::Receiver<Vec<u8>>,
    so_far: Vec<u8>,
    _task: JoinSet<()>,
}

impl Peer {
    /// Reads a whole request, then answers and closes.
    pub(crate) async fn answering(status: u16, kind: &str, body: impl AsRef<[u8]>) -> Self {
        let mut answer =
            format!("HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\nconnection: close\r\n\r\n").into_bytes();
        answer.extend_from_slice(body.as_ref());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let (arrived, arriving) = mpsc::channel(64);
        let mut task = JoinSet::new();
        task.spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            serve(stream, &answer, arrived).await;
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

    /// Waits until `needle` has arrived.
    pub(crate) async fn sees(&mut self, needle: &[u8]) {
        while !self.so_far.windows(needle.len()).any(|window| window == needle) {
            let more = self.arriving.recv().await;
            self.so_far.extend(more.unwrap_or_else(|| panic!("ended without {}", String::from_utf8_lossy(needle))));
        }
    }

    /// All that it was sent.
    pub(crate) async fn asked(mut self) -> String {
        while let Some(more) = self.arriving.recv().await {
            self.so_far.extend(more);
        }
        String::from_utf8_lossy(&self.so_far).into_owned()
    }
}

async fn serve(mut stream: TcpStream, answer: &[u8], arrived: mpsc::Sender<Vec<u8>>) {
    let (mut request, mut piece) = (Vec::new(), [0; 4096]);
    while !is_whole(&request) {
        let length = stream.read(&mut piece).await.unwrap_or(0);
        if length == 0 {
            return;
        }
        request.extend_from_slice(&piece[..length]);
        arrived.send(piece[..length].to_vec()).await.ok();
    }
    stream.write_all(answer).await.ok();
    stream.shutdown().await.ok();
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let Some((head, _)) = text.split_once("\r\n\r\n") else { return false };
    let head_ends = request.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    if head.contains("transfer-encoding: chunked") {
        return request.ends_with(b"0\r\n\r\n");
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
    request.len() >= head_ends + length
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
    let history = vec![Exchange { question: "Hi.".into(), answer: "Hello.".into() }];
    Prompt { history, ..prompt("Bye.") }
}

/// The whole text, or what went wrong.
pub(crate) async fn text(stream: TextStream) -> Result<String, ErrorKind> {
    futures_util::TryStreamExt::try_collect(stream).await.map_err(|error: voice::Error| error.kind)
}
