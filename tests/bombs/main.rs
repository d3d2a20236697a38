//! Answers that never end, are far too large, or swell: what they cost, and how soon they are cut. A binary of its own,
//! owned by `talk`, because what is measured is the memory of a whole process: each answer is taken by a child, which
//! is this same binary again.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod answers;
mod bits;
mod eater;

use answers::{Bomb, bombs};
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::Command,
    thread,
    time::Duration,
};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// KiB that an answer may cost.
const COST: u64 = 32 * 1024;
/// Milliseconds from the first of it to its end. What is too large comes as fast as this machine can, so that its cap is
/// reached at once. Only the sound of a phrase has a cap that takes its time: 20 minutes of it.
const CUT: u64 = 2_000;
const TWENTY_MINUTES: u64 = 20_000;
/// What a cut-off connection of a bomb that nobody reads is given.
const LONG: Duration = Duration::from_secs(20);

#[test]
#[ignore = "it takes minutes: make bombs"]
fn no_answer_costs_much_or_lasts_long() {
    let only = std::env::var("WILCO_BOMBS").unwrap_or_default();
    let mut over = Vec::new();
    for bomb in bombs().into_iter().filter(|bomb| bomb.name.contains(&only)) {
        let bomb_is_sound = bomb.who.1.starts_with("say");
        let (name, who, allowed) = (bomb.name.clone(), bomb.who, bomb.ends);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        thread::spawn(move || serve(&listener, &bomb));
        let mut child = Command::new(std::env::current_exe().expect("itself"));
        child.args(["--exact", "eater::eats", "--nocapture"]).env("WILCO_BOMB", format!("{} {} {port}", who.0, who.1));
        let said = child.output().expect("a child").stdout;
        let said = String::from_utf8_lossy(&said);
        let told =
            said.lines().find_map(|line| line.strip_prefix("eaten ")).unwrap_or_else(|| panic!("{name}: {said}"));
        let [kind, cost, ms] = told.split(' ').collect::<Vec<_>>()[..] else { panic!("{name}: {told}") };
        let (cost, ms): (u64, u64) = (cost.parse().expect("KiB"), ms.parse().expect("ms"));
        println!("{name:46} {kind:12} {:5.1} MiB {ms:6} ms", cost as f64 / 1024.0);
        let too_late = if bomb_is_sound { TWENTY_MINUTES } else { CUT };
        // one that fits is only read, for which a build without optimisation takes its time
        let late = ms > too_late && kind == "TooLarge";
        if cost > COST || late || !allowed.contains(&kind) {
            over.push(format!("{name}: {told}"));
        }
    }
    assert!(over.is_empty(), "{over:#?}");
}

/// To the first that is asked, an honest refusal; then the bomb.
fn serve(listener: &TcpListener, bomb: &Bomb) {
    for stream in listener.incoming().flatten() {
        let bomb = bomb.clone();
        // they end with their connections, and those with the child
        thread::spawn(move || explode(stream, &bomb));
    }
}

fn explode(mut stream: TcpStream, bomb: &Bomb) -> Option<()> {
    stream.set_write_timeout(Some(LONG)).ok()?;
    let mut asked = Vec::new();
    let head = loop {
        let mut piece = [0; 4096];
        let length = stream.read(&mut piece).ok().filter(|length| *length > 0)?;
        asked.extend_from_slice(&piece[..length]);
        if asked.starts_with(b"{") || asked.windows(4).any(|four| four == b"\r\n\r\n") {
            break String::from_utf8_lossy(&asked).into_owned();
        }
    };
    let mut unread = stream.try_clone().ok()?;
    thread::spawn(move || while unread.read(&mut [0; 65_536]).is_ok_and(|length| length > 0) {});
    if head.lines().next().is_some_and(|line| line.contains("/warm")) {
        stream.write_all(b"HTTP/1.1 500 No\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}").ok()?;
        return stream.shutdown(std::net::Shutdown::Write).ok();
    }
    let key = head.lines().find_map(|line| line.strip_prefix("sec-websocket-key: "));
    if let Some(key) = key {
        let accept = derive_accept_key(key.trim().as_bytes());
        let upgrade = "HTTP/1.1 101 Switching\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept:";
        stream.write_all(format!("{upgrade} {accept}\r\n\r\n").as_bytes()).ok()?;
    } else {
        stream.write_all(bomb.head.as_bytes()).ok()?;
    }
    stream.write_all(&bomb.first).ok()?;
    loop {
        if bomb.again.is_empty() {
            return stream.shutdown(std::net::Shutdown::Write).ok();
        }
        stream.write_all(&bomb.again).ok()?;
    }
}
