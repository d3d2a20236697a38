//! The terminal's end: one call, one answer. Its own file because it waits like any program that reads a file, without a
//! runtime.

use super::{Answer, Call, LONGEST_LINE};
use std::{
    io::{self, BufRead, BufReader, Read, Write},
    path::Path,
};

/// Why a call came to nothing.
#[derive(Debug)]
pub enum Unanswered {
    /// The app is not running.
    NotRunning,
    /// It runs, but hung up or does not answer in time.
    Silent,
}

/// Asks the app that serves at `path`.
///
/// # Errors
/// It does not run, or does not answer.
pub fn ask(path: &Path, call: &Call) -> Result<Answer, Unanswered> {
    let line = open(path).map_err(|_| Unanswered::NotRunning)?;
    exchange(line, call).map_err(|_| Unanswered::Silent)
}

#[cfg(unix)]
fn open(path: &Path) -> io::Result<std::os::unix::net::UnixStream> {
    let line = std::os::unix::net::UnixStream::connect(path)?;
    let patience = Some(std::time::Duration::from_secs(10));
    line.set_read_timeout(patience)?;
    line.set_write_timeout(patience)?;
    Ok(line)
}

#[cfg(windows)]
fn open(path: &Path) -> io::Result<std::fs::File> {
    std::fs::OpenOptions::new().read(true).write(true).open(path)
}

fn exchange(mut line: impl Read + Write, call: &Call) -> io::Result<Answer> {
    let mut said = serde_json::to_vec(call)?;
    said.push(b'\n');
    line.write_all(&said)?;
    let mut answer = Vec::new();
    BufReader::new(line.take(LONGEST_LINE)).read_until(b'\n', &mut answer)?;
    Ok(serde_json::from_slice(&answer)?)
}
