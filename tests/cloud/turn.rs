//! Whole turns through services: the core, its connections, and what a turn does when one of them refuses.

use super::Town;
use crate::support::{Room, seconds, speech};
use audio::Pace;
use peers::{Fault, Plan, Script, Stage, Tls};
use voice::{Account, ErrorKind, Event, Mark, Outcome, Secret};

const REPLY: &str = "Sure, it leaves at nine. Do not be late for it.";

/// A core whose services are the peer of OpenAI.
async fn room(town: &Town, pace: Pace) -> Room {
    let url = town.peers.url("openai");
    let sets = [
        ("providers.hear", "[\"openai\"]"),
        ("providers.respond", "[\"openai\"]"),
        ("providers.say", "[\"openai\"]"),
        ("accounts.openai.base_url", &url),
        ("network.trust", &town.network.trust),
    ];
    let room = Room::open(speech("when does the next train leave").await, pace, &sets);
    let account = Account { base_url: url.clone(), ..Account::default() };
    let host = room.table.host("openai", &account).expect("a host");
    room.table.give_key("openai", &host, Some(Secret::new(&town.key)));
    room.talk.renew().await;
    room
}

fn script(plans: Vec<Plan>) -> Script {
    Script { reply: REPLY.into(), plans, ..Script::at_once() }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_shakes_hands_after_the_release() {
    let town = Town::open(script(Vec::new()), Tls::SelfSigned).await;
    let mut room = room(&town, Pace::Real).await;
    let mut opened = Vec::new();
    for _ in 0..2 {
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
        assert!(ended.report.answered_by.iter().all(|(_, name)| name == "openai"), "{:?}", ended.report.answered_by);
        let connections = ledger.connections();
        assert_eq!(connections.len(), released, "connections at the release and at the end");
        assert!(connections.iter().all(|connection| connection.shaken.is_some()), "every one over TLS");
        opened.push(connections.len());
    }
    assert_eq!(opened[0], opened[1], "a second turn opens none");
    assert!((seconds(&room.speaker.take()) / 2.0 - peers::seconds(REPLY)).abs() < 0.5, "all of it was heard");
    town.is_content();
}

/// Questions to the model that had begun to come when the key came up.
async fn begun_at_release(room: &mut Room, town: &Town) -> usize {
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
