//! A turn on a terminal: as it happens, as a small picture of its latency, or as one JSON object.

use crate::session::Ended;
use serde_json::{Map, Value, json};
use std::{io::Write, path::Path};
use voice::{Event, Mark, Outcome, Stage, Stamp};

/// Columns of the longest bar.
const WIDTH: f64 = 40.0;

/// Partial words, overwritten in place, while a turn runs.
pub(crate) fn live(event: &Event) {
    if let Event::Words { text, last: false, .. } = event {
        let tail: String = text.chars().rev().take(70).collect::<Vec<_>>().into_iter().rev().collect();
        eprint!("\r\x1b[K… {}", harmless(&tail));
        // a terminal that is gone needs no words
        std::io::stderr().flush().ok();
    }
}

/// The finished turn for a person.
pub(crate) fn report(ended: &Ended, reply_wav: Option<&Path>) {
    eprint!("\r\x1b[K");
    let report = &ended.report;
    println!("you    {}", harmless(&report.transcript));
    println!("wilco  {}", harmless(&report.reply));
    println!("       {}", outcome(report.outcome));
    let by: Vec<String> = report.answered_by.iter().map(|(stage, name)| format!("{} {name}", verb(*stage))).collect();
    println!("by     {}", by.join(" · "));
    bars(&report.marks);
    match report.release_to_first_audio_ms {
        Some(ms) => println!("release to first sound: {ms:.1} ms"),
        None => println!("release to first sound: nothing was heard"),
    }
    for (what, path) in [("reply", reply_wav.map(|path| path.display().to_string())), ("kept", report.journal.clone())]
    {
        if let Some(path) = path {
            println!("{what:<6} {path}");
        }
    }
    troubles(ended);
}

/// What went wrong, on standard error.
pub(crate) fn troubles(ended: &Ended) {
    for error in &ended.troubles {
        eprintln!("wilco: {}", harmless(&error.to_string()));
    }
}

/// The finished turn for a script.
pub(crate) fn json(ended: &Ended, reply_wav: Option<&Path>) -> Value {
    let report = &ended.report;
    let marks: Map<String, Value> = report.marks.iter().map(|stamp| (name(stamp.mark), json!(stamp.ms))).collect();
    let by: Map<String, Value> =
        report.answered_by.iter().map(|(stage, name)| (verb(*stage).to_owned(), json!(name))).collect();
    json!({
        "turn": report.turn,
        "outcome": report.outcome,
        "transcript": report.transcript,
        "reply": report.reply,
        "answered_by": by,
        "marks": marks,
        "release_to_first_audio_ms": report.release_to_first_audio_ms,
        "reply_wav": reply_wav,
        "journal": report.journal,
        "troubles": ended.troubles,
    })
}

/// One bar per stretch between two marks, all on one scale.
fn bars(marks: &[Stamp]) {
    let longest = marks.windows(2).map(length).fold(1.0, f64::max);
    for pair in marks.windows(2) {
        let columns = (length(pair) / longest * WIDTH).round() as usize;
        if let [_, to] = pair {
            println!("  {:<15}{:>9.1} ms  {}", name(to.mark), to.ms, "▇".repeat(columns));
        }
    }
}

fn length(pair: &[Stamp]) -> f64 {
    match pair {
        [from, to] => (to.ms - from.ms).max(0.0),
        _ => 0.0,
    }
}

fn name(mark: Mark) -> String {
    serde_json::to_value(mark).ok().and_then(|value| Some(value.as_str()?.to_owned())).unwrap_or_default()
}

fn verb(stage: Stage) -> &'static str {
    match stage {
        Stage::Hear => "hear",
        Stage::Think => "think",
        Stage::Speak => "speak",
    }
}

/// How a turn ended, for a person.
pub(crate) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "done",
        Outcome::Partial => "the reply was not spoken to its end",
        Outcome::NoSpeech => "nobody speaks in it; check the microphone, or speak louder",
        Outcome::TooShort => "too short to hold a word; hold the key while you speak",
        Outcome::Cancelled => "cancelled",
        Outcome::SavedForRetry => "it failed; what you said is kept",
    }
}

/// Text from elsewhere without the characters that steer a terminal.
pub(crate) fn harmless(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).collect()
}
