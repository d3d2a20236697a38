//! Whole turns in which a service fails: another one, or an engine of this machine, does its work in the same turn.

use super::Town;
use crate::support::{Ended, Room, seconds, speech};
use audio::{Pace, wav::Wav};
use peers::{Fault, Plan, Script, Stage, Tls};
use std::sync::Arc;
use voice::{Command, Condition, ErrorKind, Event, Outcome, Stage as Of};

const REPLY: &str = "Sure, it leaves at nine. Do not be late for it. Take a coat with you, since it will be cold.";
const SERVICES: [(&str, &str); 3] = [("openai", "openai"), ("anthropic", "anthropic"), ("deepgram", "deepgram")];

fn script(plans: Vec<Plan>) -> Script {
    Script { reply: REPLY.into(), plans, ..Script::at_once() }
}

/// A core that asks OpenAI first, and then `seconds`: others for hearing, answering and saying.
async fn room(town: &Town, recording: Wav, others: [&str; 3], more: &[(&str, &str)]) -> Room {
    let order =
        |other: &str| if other.is_empty() { "[\"openai\"]".into() } else { format!("[\"openai\", \"{other}\"]") };
    let [hear, respond, say] = others.map(order);
    let urls = SERVICES.map(|(name, vendor)| (format!("accounts.{name}.base_url"), town.peers.url(vendor)));
    let mut sets = vec![
        ("providers.hear", hear.as_str()),
        ("providers.respond", &respond),
        ("providers.say", &say),
        ("network.trust", &town.network.trust),
    ];
    sets.extend(urls.iter().map(|(key, url)| (key.as_str(), url.as_str())));
    sets.extend(more);
    let room = Room::open(recording, Pace::Fast, &sets);
    town.give_keys(&room, SERVICES.map(|(name, vendor)| (name, town.peers.url(vendor)))).await;
    room
}

fn refused(status: u16, code: &str) -> Fault {
    let body = format!("{{\"error\":{{\"message\":\"canary words\",\"code\":\"{code}\"}}}}");
    Fault::Answer { status, kind: "application/json".into(), body, retry_after: 0 }
}

fn plan(stage: Stage, fault: Fault) -> Vec<Plan> {
    vec![Plan { vendor: Some("openai"), stage, fault, times: u32::MAX }]
}

/// Who did `stage`, in order.
fn by(ended: &Ended, stage: Of) -> Vec<&str> {
    let all = ended.report.answered_by.iter().filter(|(of, _)| *of == stage);
    all.map(|(_, name)| name.as_str()).collect()
}

/// How the attempts of `stage` failed.
fn tried(ended: &Ended, stage: Of) -> Vec<Option<ErrorKind>> {
    ended.report.tried.iter().filter(|tried| tried.stage == stage).map(|tried| tried.failed).collect()
}

fn page() -> Fault {
    Fault::Answer { status: 200, kind: "text/html".into(), body: "<html>".into(), retry_after: 0 }
}

/// Faults before the first piece of an answer, and how they are told. Each is also in the fault matrix, 2.D.
fn early() -> Vec<(&'static str, Fault, ErrorKind)> {
    vec![
        ("D1", refused(400, "invalid_value"), ErrorKind::Refused),
        ("D2", refused(401, "invalid_api_key"), ErrorKind::KeyRefused),
        ("D3", refused(429, "insufficient_quota"), ErrorKind::NoCredit),
        ("D4", refused(404, "model_not_found"), ErrorKind::ModelGone),
        ("D6", refused(413, "too_large"), ErrorKind::TooLarge),
        ("D8", refused(429, "rate_limit_exceeded"), ErrorKind::Busy),
        ("D9", refused(503, "overloaded"), ErrorKind::ServiceFailed),
        ("D11", Fault::Cut { after: 0 }, ErrorKind::CutShort),
    ]
}

async fn recording() -> Wav {
    speech("when does the next train leave").await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_before_its_first_piece_is_done_by_another_service() {
    let sound = recording().await;
    for (stage, of, name) in [
        (Stage::Hear, Of::Hear, "deepgram"),
        (Stage::Respond, Of::Think, "anthropic"),
        (Stage::Say, Of::Speak, "deepgram"),
    ] {
        for (row, fault, kind) in early() {
            let town = Town::open(script(plan(stage, fault)), Tls::Off).await;
            let mut room = room(&town, sound.clone(), ["deepgram", "anthropic", "deepgram"], &[]).await;
            let ended = room.spoken_turn().await;
            let what = format!("{row} {stage:?} {:?}", ended.report);
            assert_eq!((ended.report.outcome, &ended.troubles), (Outcome::Done, &Vec::new()), "{what}");
            assert_eq!(by(&ended, of), [name], "{what}");
            assert_eq!(tried(&ended, of).first(), Some(&Some(kind)), "{what}");
            assert_eq!(ended.report.reply, REPLY, "{what}");
            let heard = seconds(&room.speaker.take());
            assert!((heard - peers::seconds(REPLY)).abs() < 0.7, "all of it once: {heard} s, {what}");
            let quiet = room.events.iter().filter(|event| matches!(event, Event::StoodIn { .. })).count();
            assert_eq!(quiet, 1, "one quiet word, {what}");
            assert!(!format!("{:?}", room.events).contains("canary"), "{what}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_stalls_is_not_waited_for() {
    let sound = recording().await;
    for (stage, of, name) in [
        (Stage::Hear, Of::Hear, "deepgram"),
        (Stage::Respond, Of::Think, "anthropic"),
        (Stage::Say, Of::Speak, "deepgram"),
    ] {
        for fault in [Fault::Stall, Fault::Slow(9_000), Fault::Trickle(1_000), Fault::Empty, Fault::Filled(0)] {
            let town = Town::open(script(plan(stage, fault.clone())), Tls::Off).await;
            let mut room = room(&town, sound.clone(), ["deepgram", "anthropic", "deepgram"], &[]).await;
            let ended = room.spoken_turn().await;
            let what = format!("{fault:?} {stage:?} {:?}", ended.report);
            assert_eq!(ended.report.outcome, Outcome::Done, "{what} {:?}", ended.troubles);
            assert_eq!(by(&ended, of), [name], "{what}");
            assert!(!tried(&ended, of).is_empty(), "{what}");
            let first = ended.report.release_to_first_audio_ms.expect("heard");
            assert!(first < 3_500.0, "{what}");
        }
    }
}

#[tokio::test]
async fn an_answer_without_an_end_is_cut() {
    let town = Town::open(script(plan(Stage::Respond, Fault::Endless)), Tls::Off).await;
    let provider = town.provider("openai", "openai", voice::Account::default());
    let reply = provider.respond.expect("it answers").reply(super::question());
    assert_eq!(super::text(reply).await, Err(ErrorKind::TooLarge));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_another_service_this_machine_does_it() {
    let sound = recording().await;
    for (stage, of, name) in [(Stage::Hear, Of::Hear, "pocketsphinx"), (Stage::Say, Of::Speak, "flite")] {
        for (row, fault, _) in early().into_iter().chain([("C5", page(), ErrorKind::LoginPage)]) {
            let town = Town::open(script(plan(stage, fault)), Tls::Off).await;
            let ended = room(&town, sound.clone(), ["", "", ""], &[]).await.spoken_turn().await;
            assert_eq!(ended.report.outcome, Outcome::Done, "{row} {stage:?} {:?}", ended.report);
            assert_eq!(by(&ended, of), [name], "{row} {stage:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_breaks_off_is_begun_anew_or_kept_in_part() {
    // the first phrase needs some tokens; each is a piece of the answer
    let sound = recording().await;
    for (after, outcome) in [(1, Outcome::Done), (2, Outcome::Done), (14, Outcome::Partial)] {
        let town = Town::open(
            Script { tokens_per_second: 200.0, ..script(plan(Stage::Respond, Fault::Cut { after })) },
            Tls::Off,
        )
        .await;
        let mut room = room(&town, sound.clone(), ["", "anthropic", ""], &[]).await;
        let ended = room.spoken_turn().await;
        let what = format!("after {after}: {:?}", ended.report);
        assert_eq!(ended.report.outcome, outcome, "{what}");
        if outcome == Outcome::Done {
            assert_eq!(ended.report.reply, REPLY, "{what}");
        } else {
            assert!(REPLY.starts_with(&ended.report.reply) && !ended.report.reply.is_empty(), "{what}");
            assert_eq!(ended.troubles.len(), 1, "{what}");
            assert!(!room.speaker.take().is_empty(), "what was there was said");
        }
        // what the window shows, piece by piece
        let shown = room.events.iter().fold(String::new(), |shown, event| match event {
            Event::Reply { text, .. } => shown + text,
            Event::Again { .. } => String::new(),
            _ => shown,
        });
        assert_eq!(shown, ended.report.reply, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_voice_that_breaks_off_is_followed_by_another_from_its_sentence() {
    let sound = recording().await;
    for after in [1, 3, 8] {
        let town = Town::open(script(plan(Stage::Say, Fault::Cut { after })), Tls::Off).await;
        let mut room = room(&town, sound.clone(), ["", "", "deepgram"], &[]).await;
        let ended = room.spoken_turn().await;
        assert_eq!(ended.report.outcome, Outcome::Done, "after {after}: {:?}", ended.report);
        assert!(by(&ended, Of::Speak).contains(&"deepgram"), "after {after}: {:?}", ended.report);
        let heard = seconds(&room.speaker.take());
        let (all, most) = (peers::seconds(REPLY), peers::seconds(REPLY) * 2.0);
        assert!(heard > all - 0.7 && heard < most, "after {after}: {heard} s of {all} s");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_key_is_told_once_and_the_page_can_show_it() {
    let town = Town::open(script(plan(Stage::Respond, refused(401, "invalid_api_key"))), Tls::Off).await;
    let mut room = room(&town, recording().await, ["", "anthropic", ""], &[]).await;
    for _ in 0..3 {
        assert_eq!(room.spoken_turn().await.report.outcome, Outcome::Done);
    }
    let quiet = room.events.iter().filter(|event| matches!(event, Event::StoodIn { .. })).count();
    assert_eq!(quiet, 1, "once for its cause");
    let asked = town.peers.ledger().requests();
    assert_eq!(asked.iter().filter(|one| one.path.ends_with("chat/completions") && one.body_bytes > 0).count(), 1);
    let standings = room.talk.look().await.expect("a snapshot").standings;
    let refused = Condition::Refused { why: ErrorKind::KeyRefused };
    assert!(standings.iter().any(|one| one.provider == "openai" && one.condition == refused), "{standings:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn local_only_still_asks_a_server_on_this_computer() {
    let town = Town::open(script(Vec::new()), Tls::Off).await;
    let mut room = room(&town, recording().await, ["", "", ""], &[("network.local_only", "true")]).await;
    let ended = room.spoken_turn().await;
    assert_eq!(ended.report.outcome, Outcome::Done, "{:?} {:?}", ended.report, ended.troubles);
    assert_eq!((by(&ended, Of::Hear), by(&ended, Of::Think)), (vec!["openai"], vec!["openai"]));
    let reached = room.history.reached().await.expect("a ledger");
    let [one] = reached.as_slice() else { panic!("{reached:?}") };
    assert!(one.host.starts_with("127.0.0.1:") && one.sent > 1_000 && one.received > 1_000, "{one:?}");
    assert_eq!(one.kinds.len(), 3, "heard, answered and said: {one:?}");
    let traffic = &ended.report.traffic;
    let passed: Vec<_> = traffic.iter().map(|one| (one.stage, one.sent > 0, one.received > 0)).collect();
    assert_eq!(passed, [Of::Hear, Of::Think, Of::Speak].map(|stage| (stage, true, true)), "{traffic:?}");
    let sum = |bytes: fn(&voice::Traffic) -> u64| traffic.iter().map(bytes).sum::<u64>();
    assert_eq!((sum(|one| one.sent), sum(|one| one.received)), (one.sent, one.received), "the same as of its host");
    let kept = room.history.turn(ended.report.turn).await.expect("a history").expect("the turn");
    assert_eq!(&kept.traffic, traffic);
}

#[tokio::test(flavor = "multi_thread")]
async fn local_only_opens_no_connection_to_anywhere_else() {
    // this machine by an address that is not its own: whoever connects is counted
    let elsewhere = tokio::net::TcpListener::bind("0.0.0.0:0").await.expect("a port");
    let url = format!("https://0.0.0.0:{}/v1", elsewhere.local_addr().expect("an address").port());
    let town = Town::open(script(Vec::new()), Tls::Off).await;
    for (local_only, connections) in [("false", true), ("true", false)] {
        let more = [("network.local_only", local_only), ("accounts.openai.base_url", url.as_str())];
        let sets = [("providers.hear", r#"["openai", "pocketsphinx"]"#), ("providers.say", r#"["openai", "flite"]"#)];
        let echo = [("providers.echo", r#"["echo"]"#), ("mode", "echo")];
        let mut room = room(&town, recording().await, ["", "", ""], &[&more[..], &sets, &echo].concat()).await;
        town.give_keys(&room, [("openai", url.clone())]).await;
        let ended = room.spoken_turn().await;
        assert_eq!(ended.report.outcome, Outcome::Done, "{:?} {:?}", ended.report, ended.troubles);
        assert_eq!((by(&ended, Of::Hear), by(&ended, Of::Speak)), (vec!["pocketsphinx"], vec!["flite"]));
        let came = tokio::time::timeout(std::time::Duration::from_millis(50), elsewhere.accept()).await;
        assert_eq!(came.is_ok(), connections, "local only: {local_only}");
        while tokio::time::timeout(std::time::Duration::from_millis(5), elsewhere.accept()).await.is_ok() {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn local_only_closes_what_is_open_to_anywhere_else() {
    let town = Town::open(script(Vec::new()), Tls::Off).await;
    let url = "https://far.example/v1";
    let mut room = room(&town, recording().await, ["", "", ""], &[("accounts.openai.base_url", url)]).await;
    town.give_keys(&room, [("openai", url.to_owned())]).await;
    let settings = room.talk.look().await.expect("a snapshot").settings;
    let opened = room.table.open("openai", &settings.account("openai"), &settings.network).expect("opened");
    let kept = Arc::downgrade(opened.respond.as_ref().expect("it answers"));
    drop(opened);
    assert!(kept.upgrade().is_some(), "for the next turn");
    room.talk.order(Command::Set { key: "network.local_only".into(), value: "true".into() }).await;
    let changed = |event: &Event| matches!(event, Event::Changed { settings, .. } if settings.network.local_only);
    room.until("change", |event| changed(event).then_some(())).await;
    assert!(kept.upgrade().is_none(), "its sockets and connections are gone with it");
}
