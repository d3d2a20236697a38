//! Whole turns through services: the core, its connections, and what a turn does when one of them refuses.

use super::Town;
use crate::support::{Room, seconds, speech};
use audio::Pace;
use peers::{Fault, Plan, Script, Stage, Tls};
use voice::{ErrorKind, Event, Mark, Outcome};

const REPLY: &str = "Sure, it leaves at nine. Do not be late for it.";

/// A core whose services are the peer of OpenAI.
pub(super) async fn room(town: &Town, pace: Pace) -> Room {
    served(town, pace, "chat", ["openai"; 3]).await
}

/// A core in `mode` whose services are the peers of those who hear, think and say.
async fn served(town: &Town, pace: Pace, mode: &str, [hear, think, say]: [&str; 3]) -> Room {
    let mut sets = vec![("mode".to_owned(), mode.to_owned()), ("network.trust".into(), town.network.trust.clone())];
    for (stage, name) in [("hear", hear), ("respond", think), ("translate", think), ("say", say)] {
        sets.push((format!("providers.{stage}"), format!("[\"{name}\"]")));
        sets.push((format!("accounts.{name}.base_url"), town.peers.url(name)));
    }
    let sets: Vec<(&str, &str)> = sets.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let room = Room::open(speech("when does the next train leave").await, pace, &sets);
    town.give_keys(&room, [hear, think, say].map(|name| (name, town.peers.url(name)))).await;
    room
}

fn script(plans: Vec<Plan>) -> Script {
    Script { reply: REPLY.into(), plans, ..Script::at_once() }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_shakes_hands_after_the_release() {
    // one host for all, and a host for each: there only what was opened ahead is open
    for services in [["openai"; 3], ["deepgram", "anthropic", "elevenlabs"]] {
        let town = Town::open(script(Vec::new()), Tls::SelfSigned).await;
        let mut room = served(&town, Pace::Real, "chat", services).await;
        let mut opened = Vec::new();
        for _ in 0..2 {
            // the finger that held the key in the turn before
            room.talk.order(voice::Command::Release).await;
            room.talk.order(voice::Command::Press).await;
            let ledger = town.peers.ledger();
            let released = room
                .until("release", |event| {
                    matches!(event, Event::Marked { mark: Mark::KeyUp, .. }).then(|| ledger.connections().len())
                })
                .await;
            let ended = room.end().await;
            assert_eq!((ended.report.outcome, ended.troubles), (Outcome::Done, Vec::new()));
            assert_eq!(ended.report.transcript, script(Vec::new()).transcript);
            assert_eq!(ended.report.reply, REPLY);
            let answered = ended.report.answered_by.iter().map(|(_, name)| name.as_str());
            assert_eq!(answered.collect::<Vec<_>>(), services);
            let connections = ledger.connections();
            assert_eq!(connections.len(), released, "{services:?}: connections at the release and at the end");
            assert!(connections.iter().all(|connection| connection.shaken.is_some()), "every one over TLS");
            opened.push(connections.len());
        }
        assert_eq!(opened[0], opened[1], "a second turn opens none");
        assert!((seconds(&room.speaker.take()) / 2.0 - peers::seconds(REPLY)).abs() < 0.5, "all of it was heard");
        // the knock at a door is no request of its interface
        let complaints = town.peers.ledger().complaints();
        assert!(complaints.iter().all(|complaint| complaint.about.starts_with("HEAD ")), "{complaints:?}");
    }
}

/// Questions to the model that had begun to come when the key came up.
async fn begun_at_release(room: &mut Room, town: &Town) -> usize {
    room.talk.order(voice::Command::Release).await;
    room.talk.order(voice::Command::Press).await;
    let ledger = town.peers.ledger();
    let begun = |requests: Vec<peers::Request>| {
        requests.iter().filter(|one| one.path.ends_with("completions") && one.body_bytes > 0).count()
    };
    let released =
        |event: &Event| matches!(event, Event::Marked { mark: Mark::KeyUp, .. }).then(|| begun(ledger.requests()));
    room.until("release", released).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_before_is_sent_before_the_release() {
    let town = Town::open(script(Vec::new()), Tls::SelfSigned).await;
    let mut room = room(&town, Pace::Real).await;
    assert_eq!(begun_at_release(&mut room, &town).await, 0, "nothing was said before");
    assert_eq!(room.end().await.report.outcome, Outcome::Done);
    assert_eq!(begun_at_release(&mut room, &town).await, 2);
    let ended = room.end().await;
    assert_eq!((ended.report.outcome, ended.report.reply.as_str()), (Outcome::Done, REPLY));
    let requests = town.peers.ledger().requests();
    assert_eq!(requests.iter().filter(|one| one.path.ends_with("completions")).count(), 2, "each is asked once");
    town.is_content();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_coding_costs_no_words() {
    let body = r#"{"error":{"code":"unsupported_format","param":"file","type":"invalid_request_error"}}"#;
    let fault = Fault::Answer { status: 400, kind: "application/json".into(), body: body.into(), retry_after: 0 };
    let plan = Plan { vendor: Some("openai"), stage: Stage::Hear, fault, times: 1 };
    let town = Town::open(script(vec![plan]), Tls::Off).await;
    let ended = room(&town, Pace::Fast).await.spoken_turn().await;
    assert_eq!((ended.report.outcome, ended.troubles), (Outcome::Done, Vec::new()));
    assert_eq!(ended.report.transcript, script(Vec::new()).transcript);
    let uploads = town.peers.ledger().requests();
    assert_eq!(uploads.iter().filter(|request| request.path.ends_with("transcriptions")).count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_fails_says_so_and_the_sound_is_kept() {
    // where nobody else can do it: there is no model on this machine
    for (stage, outcome) in [(Stage::Respond, Outcome::SavedForRetry)] {
        let body = r#"{"error":{"message":"canary words","code":"invalid_api_key"}}"#;
        let fault = Fault::Answer { status: 401, kind: "application/json".into(), body: body.into(), retry_after: 0 };
        let plan = Plan { vendor: Some("openai"), stage, fault, times: 1 };
        let town = Town::open(script(vec![plan]), Tls::Off).await;
        let mut room = room(&town, Pace::Fast).await;
        let ended = room.spoken_turn().await;
        assert_eq!(ended.report.outcome, outcome, "{stage:?}");
        let [error] = &ended.troubles[..] else { panic!("one trouble: {:?}", ended.troubles) };
        assert_eq!((error.kind, error.source.as_str()), (ErrorKind::KeyRefused, "openai"), "{stage:?}");
        assert!(!error.to_string().contains("canary"), "{error}");
        assert_eq!(room.recordings().len(), 1, "{stage:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_hears_translates_in_the_same_stream() {
    let town = Town::open(script(Vec::new()), Tls::Off).await;
    let mut room = served(&town, Pace::Fast, "translate", ["soniox"; 3]).await;
    let ended = room.spoken_turn().await;
    assert_eq!((ended.report.outcome, ended.troubles), (Outcome::Done, Vec::new()));
    assert_eq!((ended.report.transcript, ended.report.reply), (script(Vec::new()).transcript, REPLY.to_owned()));
    assert!(ended.report.answered_by.iter().all(|(_, name)| name == "soniox"), "{:?}", ended.report.answered_by);
    let paths: Vec<String> = town.peers.ledger().requests().into_iter().map(|request| request.path).collect();
    assert!(paths.iter().all(|path| ["/transcribe-websocket", "/tts", "/"].contains(&path.as_str())), "{paths:?}");
    assert_eq!(paths.iter().filter(|path| *path == "/transcribe-websocket").count(), 1);
    // words that nobody heard are translated by an engine of this machine
    let typed = room.typed_turn("good morning").await.report;
    assert!(typed.answered_by.contains(&(voice::Stage::Think, "apertium".into())), "{:?}", typed.answered_by);
    assert_eq!(typed.tried.iter().map(|tried| tried.provider.as_str()).collect::<Vec<_>>(), ["soniox"]);
}
