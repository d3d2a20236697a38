//! What happened goes into a file of the day, without what was said: who starts an app from a menu sees no terminal, and
//! whoever helps needs to know. Its own file because it comes before everything else and lives longer.

use std::{io, panic};
use store::Paths;
use tracing_appender::{
    non_blocking::{NonBlockingBuilder, WorkerGuard},
    rolling::{RollingFileAppender, Rotation},
};
use tracing_subscriber::{EnvFilter, Layer, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// Days that are kept.
const KEPT: usize = 7;
/// Lines that may wait for the disk; more are dropped. The usual 128,000 take 4 MiB, whether any is written or not.
const WAITING: usize = 1_000;
/// Of the libraries only what is wrong.
const WORTH_KEEPING: &str = "warn,audio=info,providers=info,store=info,talk=info,wilco_app=info";

/// Begins to write, also to the terminal; what comes back has to live as long as the app.
pub(crate) fn begin() -> Option<WorkerGuard> {
    let lines = NonBlockingBuilder::default().buffered_lines_limit(WAITING);
    let (file, guard) = file().map(|file| lines.finish(file)).unzip();
    let kept =
        file.map(|file| fmt::layer().with_ansi(false).with_writer(file).with_filter(EnvFilter::new(WORTH_KEEPING)));
    let wanted = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    let told = fmt::layer().with_writer(io::stderr).with_filter(wanted);
    tracing_subscriber::registry().with(kept).with(told).init();
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |panicked| {
        // its message may hold words of the person
        let at = panicked.location().map(ToString::to_string);
        tracing::error!(at, "a panic");
        before(panicked);
    }));
    guard
}

/// Where no file can be, the terminal has to do.
fn file() -> Option<RollingFileAppender> {
    let logs = Paths::of_this_person()?.logs;
    store::private_folder(&logs).ok()?;
    let days = RollingFileAppender::builder().rotation(Rotation::DAILY).max_log_files(KEPT);
    days.filename_prefix("wilco").filename_suffix("log").build(logs).ok()
}
