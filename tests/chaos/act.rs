//! What a child does until it is killed or comes to its end: turns, settings, a recording, an export. It says on standard
//! output what it was promised, and only that is checked afterwards.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};
use store::{Ended, Export, Extent, History, Journal, Paths, SettingsFile};
use voice::{
    ConversationId, Entry, ExportFormat, Language, LanguagePair, Mode, Outcome, Page, Stage, TurnId, TurnReport,
};

/// The folder that a child works in.
const HOME: &str = "WILCO_CHAOS_HOME";
/// How many turns it does.
const TURNS: &str = "WILCO_CHAOS_TURNS";
/// How every line of a child begins; the test's own lines are not read.
pub(crate) const SAID: &str = "chaos ";
/// The number of the first turn.
pub(crate) const FIRST: u64 = 1_790_000_000_000;
/// The name of the recording that a child finishes.
pub(crate) const RECORDING: &str = "finished.ogg";

/// The paths below `home`.
pub(crate) fn paths(home: &Path) -> Paths {
    Paths::in_folders(&home.join("config"), &home.join("data"), &home.join("cache"))
}

/// This binary again, to run `test` as a child in `home` for `turns` turns.
pub(crate) fn child(test: &str, home: &Path, turns: usize, with: impl FnOnce(&mut Command)) -> Child {
    let mut command = Command::new(std::env::current_exe().expect("this binary"));
    command.args(["--exact", test, "--nocapture", "--test-threads", "1"]);
    command.env(HOME, home).env(TURNS, turns.to_string()).env("RUST_BACKTRACE", "0");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    with(&mut command);
    command.spawn().expect("a child")
}

/// If this process is a child: does its work and gives true.
pub(crate) fn is_child() -> bool {
    let (Some(home), Ok(turns)) = (std::env::var_os(HOME), std::env::var(TURNS)) else { return false };
    let turns = turns.parse().expect("a number of turns");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(work(&PathBuf::from(home), turns));
    true
}

async fn work(home: &Path, turns: usize) {
    let paths = paths(home);
    say("opening", 0);
    let history = History::open(Some(paths.clone()), FIRST, |error| say("told", error.kind as u64));
    let last = history.last_turn().await.ok().flatten();
    say("open", 0);
    let first = last.map_or(FIRST, |last| last.0 + 1);
    record(&paths.journal);
    let (mut settings, _) = SettingsFile::open(&paths.settings).expect("the defaults");
    for id in (first..).take(turns) {
        let conversation = turn(&history, id).await;
        if id % 3 == 0 {
            let days = settings.current().privacy.history_days + 1;
            settings.set("privacy.history_days", &days.to_string()).expect("a setting");
            if settings.save().is_ok() {
                say("saved", u64::from(days));
            }
        }
        if id % 4 == 0 && history.star_turn(TurnId(id), true).await.is_ok() {
            say("starred", id);
        }
        if let (0, Some(conversation)) = (id % 5, conversation) {
            history.rename(conversation, format!("after {id}")).await.ok();
            export(&history, home).await;
        }
    }
    history.close().await.ok();
    say("closed", 0);
}

async fn turn(history: &History, id: u64) -> Option<ConversationId> {
    let languages = LanguagePair { mine: Language::new("en"), theirs: Language::new("es") };
    let begun = Entry::begun(TurnId(id), "2026-09-21T15:33:20+02:00".to_owned(), Mode::Chat, languages);
    let conversation = history.begin(begun, None).await.ok();
    history.words(TurnId(id), format!("words of {id}")).await.ok();
    let report = TurnReport {
        turn: TurnId(id),
        outcome: Outcome::Done,
        transcript: format!("words of {id} {}", "and so on ".repeat(40)),
        reply: format!("reply to {id}"),
        answered_by: vec![(Stage::Think, "mind".to_owned())],
        marks: Vec::new(),
        release_to_first_audio_ms: None,
        journal: None,
        seams: Vec::new(),
        tried: Vec::new(),
        usage: Vec::new(),
        traffic: Vec::new(),
    };
    let ended = Ended { heard: report.reply.clone(), report, failed: None };
    if history.end(ended).await.is_ok() {
        say("kept", id);
    }
    conversation
}

fn record(folder: &Path) {
    let recorded = Journal::create(folder, RECORDING).and_then(|mut journal| {
        journal.append(&[7; 5_000])?;
        journal.finish()
    });
    if recorded.is_ok() {
        say("recorded", 5_000);
    }
}

async fn export(history: &History, home: &Path) {
    let to = home.join("export.json");
    let export = Export { format: ExportFormat::Json, extent: Extent::All, to, sound: None };
    if let Ok(done) = history.export(export).await {
        say("exported", done.turns as u64);
    }
}

fn say(what: &str, number: u64) {
    println!("\n{SAID}{what} {number}");
}

/// Every turn of a history.
pub(crate) async fn all(history: &History) -> Vec<Entry> {
    let page = |before| Page { before, most: 500 };
    let mut all = Vec::new();
    for conversation in history.conversations(page(None)).await.expect("conversations") {
        let mut before = None;
        loop {
            let turns = history.turns(conversation.id, page(before)).await.expect("turns");
            let Some(oldest) = turns.first() else { break };
            before = Some(oldest.id.0);
            all.extend(turns);
        }
    }
    all
}
