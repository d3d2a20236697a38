//! Wilco in a terminal: no web view, so that servers and scripts can run it. Each verb is a file; this one knows only
//! their arguments.

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod arena;
mod bench;
mod devices;
mod doctor;
mod engines;
mod exit;
mod history;
mod house;
mod key;
mod live;
mod peers;
mod remote;
mod retry;
mod say;
mod session;
mod show;
mod support;
mod turn;

use clap::{Parser, Subcommand};
use exit::Exit;
use std::process::ExitCode;

/// Hold a key, talk, hear the answer.
#[derive(Parser)]
#[command(name = "wilco", version, after_help = exit::TABLE)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// One spoken turn from a recording
    Turn(turn::Turn),
    /// Turns from the microphone: hold Space or Enter, talk, let go
    Talk(live::Live),
    /// Go on with a kept turn where it stopped
    Retry(retry::Retry),
    /// Say a text
    Say(say::Say),
    /// Microphones and loudspeakers
    Devices,
    /// Check everything that a turn needs, and say what to do next
    Doctor(doctor::Doctor),
    /// Write a file for whoever helps: checks, settings, and how one turn went; what was said stays out
    Support(support::Support),
    /// Engines on this machine, and what is missing
    Engines,
    /// Figures of this machine
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Stand-in vendors on this machine, to try without an account
    Peers(peers::Peers),
    /// What is kept of earlier turns: list, search, show, rename, star, delete, export, import, forget-everything
    History(history::Verbs),
    /// Keys of services: set, forget, test, list
    #[command(subcommand)]
    Key(key::Key),
    #[command(flatten)]
    Remote(remote::Remote),
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    arena::share();
    let ended = match Arguments::parse().verb {
        Verb::Turn(turn) => block_on(turn.run()),
        Verb::Talk(live) => block_on(live.run()),
        Verb::Say(say) => block_on(say.run()),
        Verb::Devices => devices::run(),
        Verb::Doctor(doctor) => block_on(doctor.run()),
        Verb::Support(support) => block_on(support.run()),
        Verb::Engines => engines::run(),
        Verb::Bench(bench) => block_on(bench.run()),
        Verb::Peers(peers) => block_on_threads(2, peers.run()),
        Verb::Retry(retry) => block_on(retry.run()),
        Verb::History(verbs) => block_on(verbs.run()),
        Verb::Key(key) => block_on(key.run()),
        Verb::Remote(remote) => remote.run(),
    };
    ended.unwrap_or_else(|exit| exit.told()).into()
}

/// A turn waits more than it works: a second thread would cost a fifth more for handing pieces to and fro, and has
/// nothing to do at a hundred conversations.
fn block_on(work: impl Future<Output = Result<Exit, exit::Failed>>) -> Result<Exit, exit::Failed> {
    block_on_threads(1, work)
}

fn block_on_threads(
    threads: usize,
    work: impl Future<Output = Result<Exit, exit::Failed>>,
) -> Result<Exit, exit::Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build();
    let runtime = runtime.map_err(|error| exit::Failed::other(&error))?;
    runtime.block_on(work)
}
