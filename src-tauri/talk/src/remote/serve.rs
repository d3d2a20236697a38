//! The app's end: takes calls one after the other from a few callers, each for a while. Its own file because it alone is
//! asynchronous, and its limits are what keeps a broken caller from harming the app.

use super::{Answer, Call, LONGEST_LINE};
use std::{io, path::Path, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    task::JoinSet,
    time::timeout,
};
use voice::BoxFuture;

/// Callers at once; who comes later is sent away.
const CALLERS: usize = 8;
/// A caller that says nothing, or takes no answer, for so long is hung up on.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a call does.
pub type Act = Arc<dyn Fn(Call) -> BoxFuture<Answer> + Send + Sync>;

/// Serves at `path` for as long as it is awaited. A dead socket there is replaced.
///
/// # Errors
/// The place cannot be had: `AddrInUse` if another Wilco serves there.
#[cfg(unix)]
pub async fn serve(path: &Path, act: Act) -> io::Result<()> {
    super::place::prepare(path)?;
    let listener = tokio::net::UnixListener::bind(path)?;
    let me = super::place::close_to_others(path)?;
    let mut callers = JoinSet::new();
    loop {
        let (caller, _) = listener.accept().await?;
        // the folder keeps others out; this keeps out who came in by another way
        let mine = caller.peer_cred().is_ok_and(|credentials| credentials.uid() == me);
        if mine {
            admit(&mut callers, caller, &act);
        }
    }
}

/// Serves at the named pipe `path` for as long as it is awaited. Other people may not write to a pipe of ours, and other
/// computers may not open it. Compiled on Windows only; **never run by us**.
///
/// # Errors
/// The place cannot be had.
#[cfg(windows)]
pub async fn serve(path: &Path, act: Act) -> io::Result<()> {
    use tokio::net::windows::named_pipe::ServerOptions;
    let mut options = ServerOptions::new();
    options.reject_remote_clients(true);
    let mut waiting = options.clone().first_pipe_instance(true).create(path)?;
    let mut callers = JoinSet::new();
    loop {
        waiting.connect().await?;
        let caller = std::mem::replace(&mut waiting, options.create(path)?);
        admit(&mut callers, caller, &act);
    }
}

fn admit(callers: &mut JoinSet<()>, caller: impl AsyncRead + AsyncWrite + Send + 'static, act: &Act) {
    while callers.try_join_next().is_some() {}
    if callers.len() < CALLERS {
        let act = act.clone();
        // a caller that hangs up in the middle of a word has nothing to be told
        callers.spawn(async move { drop(converse(caller, act).await) });
    }
}

async fn converse(caller: impl AsyncRead + AsyncWrite, act: Act) -> io::Result<()> {
    let (from, mut to) = tokio::io::split(caller);
    let mut from = BufReader::new(from);
    loop {
        let mut line = Vec::new();
        timeout(PATIENCE, (&mut from).take(LONGEST_LINE).read_until(b'\n', &mut line)).await??;
        if line.is_empty() {
            return Ok(());
        }
        let whole = line.ends_with(b"\n") || (line.len() as u64) < LONGEST_LINE;
        let answer = match serde_json::from_slice::<Call>(&line) {
            _ if !whole => Answer::refused("That is too long."),
            Ok(call) => act(call).await,
            // the text of the fault may quote what was said
            Err(_) => Answer::refused("That is no call Wilco knows."),
        };
        let mut said = serde_json::to_vec(&answer)?;
        said.push(b'\n');
        timeout(PATIENCE, to.write_all(&said)).await??;
        if !whole {
            return Ok(());
        }
    }
}
