//! A hundred thousand turns: how long the history takes to open, to list, to search, in milliseconds that pass and in those of
//! the processor, which a busy machine does not change. Figures only; nothing here fails.
//! `cargo run -p store --example scale [TURNS [FOLDER]]` keeps the turns in FOLDER for the next time.
#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a measurement owns its clock and ends with its fault"
)]

use serde_json::json;
use std::{fs, io::Write, path::Path, time::Instant};
use store::{History, Paths};
use voice::{
    ConversationId, Entry, Language, LanguagePair, Mark, Mode, Outcome, Page, Span, Stage, Stamp, TurnId, Usage,
};

/// The first turn: a day in 2024.
const FIRST: u64 = 1_710_000_000_000;
const WORDS: [&str; 24] = [
    "weather",
    "tomorrow",
    "please",
    "remind",
    "me",
    "of",
    "the",
    "meeting",
    "погода",
    "завтра",
    "купить",
    "молоко",
    "天気",
    "明日は",
    "雨です",
    "質問",
    "où",
    "est",
    "la",
    "gare",
    "Straße",
    "über",
    "mañana",
    "número",
];
/// How often each is asked.
const TIMES: usize = 21;
const PAGE: Page = Page { before: None, most: 50 };

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let argument = |at| std::env::args().nth(at);
    let turns: u64 = argument(1).and_then(|text| text.parse().ok()).unwrap_or(100_000);
    let temporary = tempfile::tempdir().expect("a home");
    let home = argument(2).map_or_else(|| temporary.path().to_owned(), Into::into);
    let paths = paths(&home);
    if !paths.history.exists() {
        if argument(3).is_some() {
            return fill(&home, &paths, turns).await;
        }
        // in a process of its own, which takes its memory along
        let mut filling = std::process::Command::new(std::env::current_exe().expect("this program"));
        assert!(filling.arg(turns.to_string()).arg(&home).arg("fill").status().expect("a child").success());
    }
    println!("{turns} turns, {:.0} MB", fs::metadata(&paths.history).expect("a database").len() as f64 / 1e6);

    let before = memory();
    let start = Instant::now();
    let history = History::open(Some(paths), FIRST, |error| println!("told: {error}"));
    let newest = history.conversations(PAGE).await.expect("a page");
    println!("open and first page     {:8.1} ms", start.elapsed().as_secs_f64() * 1e3);
    let one = newest.first().expect("a conversation").id;
    measure("a page of turns", || history.turns(one, PAGE)).await;
    measure("a later page of conversations", || {
        history.conversations(Page { before: Some(FIRST + turns * 60_000 / 2), most: 50 })
    })
    .await;
    let last = FIRST + turns * 60_000;
    for span in [Span::Day, Span::Week, Span::Month, Span::All] {
        measure(&format!("figures of {span:?}"), || history.figures(span, last)).await;
    }
    measure("unfinished", || history.unfinished()).await;
    for query in [
        "weather",
        "tomorrow погода",
        "weathervane",
        "завтра",
        "天気",
        "雨",
        "la",
        "zq",
        "q",
        "東京",
        "rare98765",
        "ЗАВТРА молоко 質問",
    ] {
        let found = history.search(query.into(), PAGE).await.expect("a page").len();
        measure(&format!("search {query} ({found})"), || history.search(query.into(), PAGE)).await;
    }
    println!("memory                  {:8.1} MiB more", (memory() - before) / 1024.0);
}

fn paths(home: &Path) -> Paths {
    Paths::in_folders(&home.join("config"), &home.join("data"), &home.join("cache"))
}

async fn measure<T>(what: &str, ask: impl Fn() -> voice::BoxFuture<Result<T, voice::Error>>) {
    let (mut times, worked) = (Vec::new(), processor());
    for _ in 0..TIMES {
        let start = Instant::now();
        ask().await.expect(what);
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    let at = |place: usize| times.get(place).copied().unwrap_or_default();
    let worked = (processor() - worked) / TIMES as f64;
    println!("{what:<40} p50 {:7.2} ms   worst {:7.2} ms   processor {worked:5.1} ms", at(TIMES / 2), at(TIMES - 1));
}

/// What all threads have worked so far, in milliseconds, where the system says so: in hundredths of a second.
fn processor() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() * 10.0
}

/// Conversations of twenty turns, by way of an import.
async fn fill(home: &Path, paths: &Paths, turns: u64) {
    let file = home.join("all.json");
    let mut out = std::io::BufWriter::new(fs::File::create(&file).expect("a file"));
    write!(out, "{{\"wilco_history\":1,\"conversations\":[").expect("room");
    for first in (0..turns).step_by(20) {
        let id = FIRST + first * 60_000;
        let some: Vec<Entry> = (first..turns.min(first + 20)).map(turn).collect();
        let comma = if first > 0 { "," } else { "" };
        write!(out, "{comma}{}", json!({ "id": ConversationId(id), "turns": some })).expect("room");
    }
    write!(out, "]}}").expect("room");
    drop(out);
    let history = History::open(Some(paths.clone()), FIRST, |error| println!("told: {error}"));
    let start = Instant::now();
    history.import(file.clone()).await.expect("an import");
    println!("import {:.1} s", start.elapsed().as_secs_f64());
    history.close().await.expect("closed");
    fs::remove_file(file).expect("removed");
}

fn turn(number: u64) -> Entry {
    let languages = LanguagePair { mine: Language::new("en"), theirs: Language::new("ru") };
    let id = FIRST + number * 60_000;
    let begun = Entry::begun(TurnId(id), "2024-03-09T17:00:00+01:00".into(), Mode::Chat, languages);
    // any spread does, as long as it is the same every time
    let word =
        |at: u64| WORDS.get(((number * 31 + at * at * 17 + number / 7) % 24) as usize).copied().unwrap_or_default();
    let said = |words: u64| (0..words).map(word).collect::<Vec<_>>().join(" ");
    let transcript = format!("{} rare{number}", said(10));
    Entry {
        transcript,
        reply: said(35),
        heard: said(35),
        outcome: Some(Outcome::Done),
        answered_by: [Stage::Hear, Stage::Think, Stage::Speak].map(|stage| (stage, who(stage, number).into())).into(),
        usage: [Stage::Hear, Stage::Think, Stage::Speak].map(|stage| usage(stage, number)).into(),
        marks: marks(number),
        release_to_first_audio_ms: Some(600.0 + (number * 37 % 900) as f64),
        ..begun
    }
}

fn who(stage: Stage, number: u64) -> &'static str {
    match (stage, number % 3) {
        (Stage::Think, 0) => "anthropic",
        (Stage::Think, _) => "openai",
        (_, 2) => "elevenlabs",
        _ => "deepgram",
    }
}

fn usage(stage: Stage, number: u64) -> Usage {
    let provider = who(stage, number).into();
    Usage {
        stage,
        provider,
        seconds: 2.5,
        tokens_in: 800,
        tokens_out: 60,
        characters: 210,
        voice_seconds: 9.5,
        usd: Some(0.000_4),
    }
}

fn marks(number: u64) -> Vec<Stamp> {
    let at = |place: u64| (place * 1_000 / 3 + number * (31 + place) % 250) as f64 / 2.0 + 0.1;
    use Mark::*;
    let all = [KeyDown, FirstFrame, KeyUp, SttFinal, FirstToken, FirstPhrase, TtsFirstByte, FirstAudio, LastAudio];
    all.into_iter().zip(0..).map(|(mark, place)| Stamp { mark, ms: at(place) }).collect()
}

/// Resident memory in KiB, where the system says so.
fn memory() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0.0)
}
