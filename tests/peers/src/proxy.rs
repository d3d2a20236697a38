//! A line to a peer that is as long and as narrow as it is told to be: delay in both directions, a limit on the way up.
//! Its own file because peers answer at exact moments, and what a home connection does to them is another matter.

use crate::clock;
use bytes::Bytes;
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, tcp},
    sync::mpsc,
    task::JoinSet,
    time::Instant,
};

/// What a line is like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Round trip: half of it each way, and one more before the first byte of a new connection, which is what its
    /// handshake takes.
    pub rtt: Duration,
    /// Bits a second that one connection can send; infinite for no limit.
    pub up: f64,
}

/// Bytes that travel together.
const PIECE: usize = 4 * 1024;
/// Pieces under way: more than any delay fills at any of the rates that are used.
const UNDER_WAY: usize = 1024;

/// Lines to any number of addresses, until this is dropped.
#[derive(Default)]
pub struct Proxy {
    listeners: JoinSet<()>,
}

impl Proxy {
    /// Opens a line to `address`; gives the address of its near end.
    ///
    /// # Errors
    /// The system gives no port.
    pub async fn open(&mut self, address: SocketAddr, line: Line) -> io::Result<SocketAddr> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let near = listener.local_addr()?;
        self.listeners.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    Some(_) = connections.join_next() => continue,
                };
                if let Ok((stream, _)) = accepted {
                    connections.spawn(carry(stream, address, line));
                }
            }
        });
        Ok(near)
    }
}

async fn carry(near: TcpStream, address: SocketAddr, line: Line) {
    let begun = clock::now() + line.rtt;
    let Ok(far) = TcpStream::connect(address).await else { return };
    near.set_nodelay(true).ok();
    far.set_nodelay(true).ok();
    let ((from_near, to_near), (from_far, to_far)) = (near.into_split(), far.into_split());
    let half = line.rtt / 2;
    tokio::join!(way(from_near, to_far, begun, half, line.up), way(from_far, to_near, begun, half, f64::INFINITY));
}

/// One direction: a piece leaves when the one before has left, and arrives `delay` later.
async fn way(mut from: tcp::OwnedReadHalf, mut to: tcp::OwnedWriteHalf, begun: Instant, delay: Duration, rate: f64) {
    let (under_way, mut arriving) = mpsc::channel::<(Instant, Bytes)>(UNDER_WAY);
    let reading = async move {
        let mut left = begun;
        let mut piece = vec![0; PIECE];
        while let Ok(length @ 1..) = from.read(&mut piece).await {
            let takes = Duration::from_secs_f64(length as f64 * 8.0 / rate);
            left = left.max(clock::now()) + takes;
            let bytes = Bytes::copy_from_slice(piece.get(..length).unwrap_or_default());
            if under_way.send((left + delay, bytes)).await.is_err() {
                return;
            }
        }
    };
    let writing = async move {
        while let Some((due, bytes)) = arriving.recv().await {
            clock::until(due).await;
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
        // the other end hears that no more comes
        to.shutdown().await.ok();
    };
    tokio::join!(reading, writing);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_goes_in_comes_out_and_the_end_is_told() {
        let far = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let mut proxy = Proxy::default();
        let line = Line { rtt: Duration::from_millis(4), up: 80e6 };
        let near = proxy.open(far.local_addr().unwrap(), line).await.unwrap();
        let sent: Vec<u8> = (0..100_000u32).map(|n| n as u8).collect();
        let echo = async {
            let (mut stream, _) = far.accept().await.unwrap();
            let mut all = Vec::new();
            stream.read_to_end(&mut all).await.unwrap();
            stream.write_all(&all).await.unwrap();
        };
        let asked = async {
            let mut stream = TcpStream::connect(near).await.unwrap();
            stream.write_all(&sent).await.unwrap();
            stream.shutdown().await.unwrap();
            let mut all = Vec::new();
            stream.read_to_end(&mut all).await.unwrap();
            all
        };
        let ((), heard) = tokio::join!(echo, asked);
        assert_eq!(heard, sent);
    }
}
