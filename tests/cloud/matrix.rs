//! The fault matrix, row by row: what a service can do wrong x what it was asked for x when, each in a whole turn on real
//! sockets, with a second service that is well. `--nocapture` prints the table that stands in docs/reliability.md.

use super::{
    Town,
    weather::{REPLY, room, script},
};
use crate::support::{Ended, seconds, speech};
use audio::{Pace, wav::Wav};
use peers::{Fault, Midway, Plan, Script, Stage, Tls};
use std::{collections::BTreeMap, sync::Arc};
use tokio::{sync::Semaphore, task::JoinSet};
use voice::{ErrorKind, Event, Outcome, Stage as Of};

/// Turns at once: more would wait for each other, and waiting is a fault of its own here.
const AT_ONCE: usize = 6;
const STAGES: [Stage; 3] = [Stage::Hear, Stage::Respond, Stage::Say];
/// Deltas of a transcript, tokens of a reply, chunks of sound of 100 ms: so many are out in the middle. A reply's first
/// sentence is with the voice by then.
const fn middle(stage: Stage) -> usize {
    if matches!(stage, Stage::Say) { 5 } else { 9 }
}
/// First sound after the release, in ms, on a machine that is busy with other turns: no stage waited for its very limit.
const LATEST: f64 = 10_000.0;
/// Turns after which it is known how quick everybody is.
const CALM: usize = 5;

/// How the turn ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Ends {
    /// As if nothing had been.
    Unhurt,
    /// Whole; another service did it, or the rest of it.
    Another,
    /// What the voice had begun with is kept, and marked as a part.
    Part,
    /// Whole; by whichever of two that were asked was sooner.
    Sooner,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum When {
    Before,
    Middle,
    End,
}

struct Case {
    row: &'static str,
    what: &'static str,
    stage: Stage,
    when: When,
    fault: Fault,
    ends: Ends,
    /// Why the first service was given up; `None` where another was merely sooner, or nobody was given up.
    why: Option<ErrorKind>,
}

/// A row of the matrix, what it is about, what is done, and why the service is given up then.
type Row<T> = (&'static str, &'static str, T, Option<ErrorKind>);

/// A fault after so many pieces.
type Late = fn(usize) -> Fault;

fn answer(status: u16, code: &str, retry_after: u32) -> Fault {
    let body = format!("{{\"error\":{{\"message\":\"canary words\",\"code\":\"{code}\"}}}}");
    Fault::Answer { status, kind: "application/json".into(), body, retry_after }
}

/// What a service says instead of an answer: at every stage, before its first byte.
fn refusals() -> Vec<(&'static str, &'static str, Fault, ErrorKind)> {
    let html = Fault::Answer { status: 200, kind: "text/html".into(), body: "<html>".into(), retry_after: 0 };
    vec![
        ("C5", "a page instead of an answer", html, ErrorKind::LoginPage),
        ("D1", "400", answer(400, "invalid_value", 0), ErrorKind::Refused),
        ("D2", "401", answer(401, "invalid_api_key", 0), ErrorKind::KeyRefused),
        ("D2", "403", answer(403, "forbidden", 0), ErrorKind::KeyRefused),
        ("D3", "402", answer(402, "payment", 0), ErrorKind::NoCredit),
        ("D3", "429 without credit", answer(429, "insufficient_quota", 0), ErrorKind::NoCredit),
        ("D4", "404", answer(404, "model_not_found", 0), ErrorKind::ModelGone),
        ("D4", "410", answer(410, "gone", 0), ErrorKind::ModelGone),
        ("D5", "408", answer(408, "timeout", 0), ErrorKind::TimedOut),
        ("D5", "409", answer(409, "conflict", 0), ErrorKind::ServiceFailed),
        ("D5", "425", answer(425, "too_early", 0), ErrorKind::ServiceFailed),
        ("D6", "413", answer(413, "too_large", 0), ErrorKind::TooLarge),
        ("D7", "422", answer(422, "unprocessable", 0), ErrorKind::Refused),
        ("D8", "429, wait 1 s", answer(429, "rate_limit_exceeded", 1), ErrorKind::Busy),
        ("D8", "429, wait 60 s", answer(429, "rate_limit_exceeded", 60), ErrorKind::Busy),
        ("D9", "500", answer(500, "server_error", 0), ErrorKind::ServiceFailed),
        ("D9", "502", answer(502, "bad_gateway", 0), ErrorKind::ServiceFailed),
        ("D9", "503", answer(503, "overloaded", 0), ErrorKind::ServiceFailed),
        ("D9", "504", answer(504, "timeout", 0), ErrorKind::ServiceFailed),
        ("D9", "529", answer(529, "overloaded_error", 0), ErrorKind::ServiceFailed),
    ]
}

/// Failures that are told inside an answer that had begun; sound has no place for them.
fn told() -> Vec<Row<String>> {
    let error = |code: &str| format!("data: {{\"error\":{{\"message\":\"canary words\",\"code\":\"{code}\"}}}}\n\n");
    let unknown = ": a comment\r\n\r\nevent: news\r\ndata: {\"type\":\"news\",\"choices\":[]}\r\n\r\n";
    vec![
        ("D2", "key refused", error("invalid_api_key"), Some(ErrorKind::KeyRefused)),
        ("D3", "no credit", error("insufficient_quota"), Some(ErrorKind::NoCredit)),
        ("D8", "rate limit", error("rate_limit_exceeded"), Some(ErrorKind::Busy)),
        ("D9", "server error", error("server_error"), Some(ErrorKind::ServiceFailed)),
        ("D10", "broken JSON", "data: {\"choices\":\n\n".into(), Some(ErrorKind::Garbled)),
        ("D10", "unknown event, comment, CRLF", unknown.into(), None),
    ]
}

/// What happens to the bytes of an answer that has begun, or not even that.
fn breaks() -> Vec<Row<Late>> {
    let cut: Late = |after| Fault::Cut { after };
    let end: Late = |after| Fault::Midway { after, then: Midway::End };
    let hang: Late = |after| Fault::Midway { after, then: Midway::Silence };
    let idle: Late = |after| Fault::Midway { after, then: Midway::Comments };
    vec![
        ("C2, D17", "the connection breaks", cut, Some(ErrorKind::CutShort)),
        ("D11", "an end without a terminator", end, Some(ErrorKind::CutShort)),
        ("C3", "half-open: nothing more comes", hang, None),
        ("D16", "signs of life, no use", idle, None),
    ]
}

/// Where the middle and the end of an answer of `stage` are hit, and how the turn ends then.
fn moments(stage: Stage) -> [(When, usize, Ends); 3] {
    let middle = if stage == Stage::Respond { Ends::Part } else { Ends::Another };
    // how long the sound of a phrase is nobody can know: its last sentence is said once more
    let end = if stage == Stage::Say { Ends::Another } else { Ends::Unhurt };
    [(When::Before, 0, Ends::Another), (When::Middle, self::middle(stage), middle), (When::End, usize::MAX, end)]
}

fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    for stage in STAGES {
        for (row, what, fault, why) in refusals() {
            all.push(Case { row, what, stage, when: When::Before, fault, ends: Ends::Another, why: Some(why) });
        }
        for (row, what, fault, why) in breaks() {
            // sound has no place for signs of life
            if stage == Stage::Say && row == "D16" {
                continue;
            }
            for (when, after, ends) in moments(stage) {
                let why = why.filter(|_| ends != Ends::Unhurt);
                let (ends, why) = match (stage, row, when) {
                    // an answer that is empty and in order
                    (Stage::Say, "D11", When::Before) => (ends, None),
                    // sound has no terminator
                    (Stage::Say, "D11", When::End) => (Ends::Unhurt, None),
                    _ => (ends, why),
                };
                all.push(Case { row, what, stage, when, fault: fault(after), ends, why });
            }
        }
        for (row, what, fault) in [
            ("C8", "byte by byte", Fault::Trickle(1_000)),
            ("D15", "empty", Fault::Empty),
            ("D22", "late by 1.5 s", Fault::Slow(1_500)),
            ("D24", "late by 0.6 s: both answer", Fault::Slow(600)),
        ] {
            let ends = match (row, stage) {
                // the other ear has to hear all of it from its start, and is later still
                ("D24", Stage::Hear) => Ends::Unhurt,
                ("D24", _) => Ends::Sooner,
                _ => Ends::Another,
            };
            all.push(Case { row, what, stage, when: When::Before, fault, ends, why: None });
        }
        if stage == Stage::Say {
            continue;
        }
        for (row, what, text, why) in told() {
            for (when, after, ends) in moments(stage).into_iter().take(2) {
                let ends = if why.is_some() { ends } else { Ends::Unhurt };
                let fault = Fault::Midway { after, then: Midway::Text(text.clone()) };
                all.push(Case { row, what, stage, when, fault, ends, why });
            }
        }
    }
    for (row, what, fault) in
        [("D13", "said to be a picture", Fault::Kind("image/png".into())), ("D15", "silence", Fault::Filled(0))]
    {
        all.push(Case { row, what, stage: Stage::Say, when: When::Before, fault, ends: Ends::Another, why: None });
    }
    all
}

/// What is wrong with a turn that had this fault; empty if nothing is.
async fn wrong(case: &Case, recording: Wav) -> Vec<String> {
    let plan = Plan { vendor: Some("openai"), stage: case.stage, fault: case.fault.clone(), times: u32::MAX };
    let town = Town::open(Script { tokens_per_second: 400.0, ..script(None) }, Tls::Off).await;
    let mut room = room(&town, recording, Pace::Fast).await;
    let calm = if matches!(case.fault, Fault::Slow(_)) { CALM } else { 0 };
    for _ in 0..calm {
        room.spoken_turn().await;
    }
    drop(room.speaker.take());
    room.events.clear();
    let before = town.peers.ledger().requests().len();
    town.peers.plan(vec![plan]);
    let ended = room.spoken_turn().await;
    let Ended { report, troubles } = &ended;
    let (of, path) = match case.stage {
        Stage::Hear => (Of::Hear, "audio/transcriptions"),
        Stage::Respond => (Of::Think, "chat/completions"),
        _ => (Of::Speak, "audio/speech"),
    };
    let by: Vec<&str> =
        report.answered_by.iter().filter(|(stage, _)| *stage == of).map(|(_, by)| by.as_str()).collect();
    let failed: Vec<_> = report.tried.iter().filter(|tried| tried.stage == of).map(|tried| tried.failed).collect();
    let requests = town.peers.ledger().requests();
    let asked = requests.iter().skip(before).filter(|one| one.path.ends_with(path) && one.body_bytes > 0).count();
    let heard = seconds(&room.speaker.take());
    let mut wrong = Vec::new();
    let mut must = |holds: bool, what: String| {
        if !holds {
            wrong.push(what);
        }
    };
    let outcome = if case.ends == Ends::Part { Outcome::Partial } else { Outcome::Done };
    must(report.outcome == outcome, format!("it ends as {:?} {troubles:?}", report.outcome));
    let fits = |last: &str| case.ends == Ends::Sooner || (last == "openai") == (case.ends != Ends::Another);
    must(by.last().is_some_and(|last| fits(last)), format!("done by {by:?}"));
    must(case.why.is_none_or(|why| failed.first() == Some(&Some(why))), format!("tried {failed:?}"));
    must(case.ends != Ends::Another || !failed.is_empty(), "nobody was tried".into());
    let phrases = if case.stage == Stage::Say { 3 } else { 1 };
    must(asked <= 2 * phrases, format!("asked {asked} times"));
    let all = peers::seconds(REPLY);
    let least = if case.ends == Ends::Part { 0.3 } else { all - 0.7 };
    // a voice that is followed by another begins its sentence anew, no more
    must((least..all * 2.0).contains(&heard), format!("{heard:.1} s of {all:.1} s are heard"));
    must(room.recordings().len() == calm + 1, "the recording is not kept".into());
    must(!format!("{:?}", room.events).contains("canary"), "a message got through".into());
    must(report.release_to_first_audio_ms.is_some_and(|ms| ms < LATEST), "it is not heard in time".into());
    let notices: Vec<_> = room.events.iter().filter(|event| matches!(event, Event::StoodIn { .. })).collect();
    must(notices.len() <= 1, format!("more than one notice: {notices:?}"));
    if !wrong.is_empty() {
        wrong.push(format!("{report:?}"));
    }
    wrong
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_at_every_stage_does_what_the_table_says() {
    let recording = speech("when does the next train leave").await;
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for case in cases() {
        let (permits, recording) = (permits.clone(), recording.clone());
        running.spawn(async move {
            let _permit = permits.acquire().await;
            let wrong = wrong(&case, recording).await;
            (case, wrong)
        });
    }
    let (mut table, mut faults) = (BTreeMap::<_, Vec<_>>::new(), Vec::new());
    while let Some(one) = running.join_next().await {
        let (case, wrong) = one.expect("a turn");
        let name = format!("{} {} at {:?} {:?}", case.row, case.what, case.stage, case.when);
        faults.extend((!wrong.is_empty()).then(|| format!("{name}: {}", wrong.join("; "))));
        table.entry((case.row, case.what)).or_default().push((format!("{:?}", case.stage), case.when, case.ends));
    }
    for ((row, what), mut cells) in table {
        cells.sort();
        let at = |stage: Stage| {
            let of = cells.iter().filter(|(at, ..)| *at == format!("{stage:?}"));
            of.map(|(_, when, ends)| format!("{when:?}: {ends:?}")).collect::<Vec<_>>().join(", ").to_lowercase()
        };
        println!("| {row} | {what} | {} | {} | {} |", at(Stage::Hear), at(Stage::Respond), at(Stage::Say));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// A turn in which every service does `fault` at `stage`.
async fn nobody_does(stage: Stage, fault: Fault) -> (Ended, usize) {
    let plan = Plan { vendor: None, stage, fault, times: u32::MAX };
    let town = Town::open(Script { plans: vec![plan], ..script(None) }, Tls::Off).await;
    let mut room = room(&town, speech("when does the next train leave").await, Pace::Fast).await;
    let ended = room.spoken_turn().await;
    let recordings = room.recordings().len();
    (ended, recordings)
}

#[tokio::test(flavor = "multi_thread")]
async fn when_all_services_fail_what_is_known_is_there_and_the_sound_is_kept() {
    let mut running = JoinSet::new();
    for (stage, outcome) in
        [(Stage::Hear, Outcome::Done), (Stage::Respond, Outcome::SavedForRetry), (Stage::Say, Outcome::Done)]
    {
        for fault in [answer(503, "overloaded", 0), Fault::Stall] {
            running.spawn(async move {
                let name = format!("D23 {stage:?} {fault:?}");
                let (Ended { report, .. }, recordings) = nobody_does(stage, fault).await;
                assert_eq!((report.outcome, recordings), (outcome, 1), "{name}: {report:?}");
                assert!(!report.transcript.is_empty(), "{name}");
                let here = ["pocketsphinx", "flite"];
                let by_this_computer = report.answered_by.iter().any(|(_, by)| here.contains(&by.as_str()));
                assert_eq!(by_this_computer, outcome == Outcome::Done, "{name}: {report:?}");
                let waited = report.marks.last().map_or(0.0, |stamp| stamp.ms);
                assert!(waited < 20_000.0, "{name}: {waited} ms");
            });
        }
    }
    while let Some(one) = running.join_next().await {
        one.expect("a turn");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_transcript_is_no_failure_and_its_sound_is_kept() {
    let nothing =
        Fault::Answer { status: 200, kind: "application/json".into(), body: "{\"text\":\"\"}".into(), retry_after: 0 };
    let (Ended { report, troubles }, recordings) = nobody_does(Stage::Hear, nothing).await;
    assert_eq!((report.outcome, troubles, recordings), (Outcome::NoSpeech, Vec::new(), 1), "D18: {report:?}");
}
