//! A service that gives the answers it is told, on a real socket, for the vendors' own tests. Its own file because each
//! of them uses it.

use super::Cloud;
use crate::{net::Net, vendor::Vendor};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use voice::{Account, Network, Secret};

/// An account with `row`, whose own one says what `account` does not; an empty key is none.
pub(super) fn vendor(row: &Cloud, account: &Account, key: &str) -> Vendor {
    let key = Some(key).filter(|key| !key.is_empty()).map(Secret::new);
    let net = Net::new(&Network::default()).unwrap();
    Vendor::new(row.name, row.key_of, account.or(&row.account.account()), row.key, key, net).unwrap()
}

/// A listener on loopback.
pub(super) struct Answering(TcpListener);

impl Answering {
    pub(super) async fn listen() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    /// An account with it.
    pub(super) fn vendor(&self, row: &Cloud, account: Account, key: &str) -> Vendor {
        let base_url = format!("http://{}", self.0.local_addr().unwrap());
        vendor(row, &Account { base_url, ..account }, key)
    }

    /// `answer_in` with JSON.
    pub(super) async fn answer(&self, status: &str, json: impl ToString) -> (String, Vec<u8>) {
        self.answer_in(status, "application/json", &[json.to_string().as_bytes()]).await
    }

    /// Answers one request and gives it: the head in lower case but for its first line, and the body, chunks joined.
    pub(super) async fn answer_in(&self, status: &str, kind: &str, pieces: &[&[u8]]) -> (String, Vec<u8>) {
        let (mut stream, _) = self.0.accept().await.unwrap();
        let request = read(&mut stream).await;
        let length: usize = pieces.iter().map(|piece| piece.len()).sum();
        let head = format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        for piece in pieces {
            stream.write_all(piece).await.unwrap();
            stream.flush().await.unwrap();
        }
        request
    }
}

async fn read(stream: &mut (impl AsyncReadExt + Unpin)) -> (String, Vec<u8>) {
    let mut bytes = Vec::new();
    loop {
        if let Some(request) = whole(&bytes) {
            return request;
        }
        assert_ne!(stream.read_buf(&mut bytes).await.unwrap(), 0, "the request ended early");
    }
}

fn whole(bytes: &[u8]) -> Option<(String, Vec<u8>)> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let (head, body) = (std::str::from_utf8(&bytes[..end]).unwrap(), &bytes[end + 4..]);
    let (first, rest) = head.split_once("\r\n").unwrap();
    let head = format!("{first}\r\n{}", rest.to_ascii_lowercase());
    if head.contains("transfer-encoding: chunked") {
        return Some((head, unchunked(body)?));
    }
    let length = head.split("content-length: ").nth(1).map_or(0, |at| at.lines().next().unwrap().parse().unwrap());
    (body.len() >= length).then(|| (head, body.to_vec()))
}

fn unchunked(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut all = Vec::new();
    loop {
        let end = body.windows(2).position(|two| two == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&body[..end]).unwrap(), 16).unwrap();
        let chunk = body.get(end + 2..end + 2 + length + 2)?;
        if length == 0 {
            return Some(all);
        }
        all.extend_from_slice(&chunk[..length]);
        body = &body[end + 2 + length + 2..];
    }
}
