//! A turn that stopped goes on where it stopped: by its own number, with its own words, asking nobody twice.

use super::{Town, turn::room};
use crate::support::{Room, silence, speech};
use audio::Pace;
use peers::{Fault, Plan, Script, Stage, Tls};
use tokio::{io::AsyncWriteExt, net::TcpListener};
use voice::{Command, Entry, ErrorKind, Event, Outcome, Secret, State, TurnId};

const REPLY: &str = "Sure, it leaves at nine. Do not be late for it.";

fn script(stage: Stage) -> Script {
    let fault = Fault::Answer { status: 503, kind: "text/plain".into(), body: String::new(), retry_after: 0 };
    // it is asked twice, and nobody else knows the language
    let plan = Plan { vendor: Some("openai"), stage, fault, times: 2 };
    Script { reply: REPLY.into(), plans: vec![plan], ..Script::at_once() }
}

async fn kept(room: &Room, turn: TurnId) -> Entry {
    room.history.turn(turn).await.expect("a history").expect("the turn")
}

fn asked(town: &Town, path: &str) -> usize {
    town.peers.ledger().requests().iter().filter(|request| request.path.ends_with(path)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_goes_on_at_the_stage_that_failed() {
    // how it ends, and how often each service was asked for after the second try
    for (stage, ends, requests) in [
        (Stage::Hear, Outcome::SavedForRetry, [3, 1, 1]),
        (Stage::Respond, Outcome::SavedForRetry, [1, 3, 1]),
        (Stage::Say, Outcome::Partial, [1, 1, 3]),
    ] {
        let town = Town::open(Script { reply: "At nine.".into(), ..script(stage) }, Tls::Off).await;
        let mut room = room(&town, Pace::Fast).await;
        room.talk.order(Command::Set { key: "languages.mine".into(), value: "yo".into() }).await;
        let failed = room.spoken_turn().await.report;
        assert_eq!(failed.outcome, ends, "{stage:?}");
        let entry = kept(&room, failed.turn).await;
        assert_eq!((entry.outcome, entry.failed_kind), (Some(ends), Some(ErrorKind::ServiceFailed)), "{stage:?}");
        room.talk.order(Command::Retry { turn: failed.turn }).await;
        let ended = room.end().await;
        assert_eq!((ended.report.outcome, ended.troubles), (Outcome::Done, Vec::new()), "{stage:?}");
        assert_eq!(ended.report.turn, failed.turn, "it is the same turn");
        assert_eq!(ended.report.transcript, Script::at_once().transcript, "{stage:?}");
        assert_eq!(ended.report.reply, "At nine.", "{stage:?}");
        let seen = ["audio/transcriptions", "chat/completions", "audio/speech"].map(|path| asked(&town, path));
        assert_eq!(seen, requests, "{stage:?}");
        let entry = kept(&room, failed.turn).await;
        assert_eq!((entry.outcome, entry.failed_stage), (Some(Outcome::Done), None), "{stage:?}");
        assert_eq!((entry.transcript, entry.reply), (ended.report.transcript, ended.report.reply), "{stage:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_try_that_comes_to_nothing_takes_nothing_away() {
    let stall = Plan { fault: Fault::Stall, times: 1, ..script(Stage::Respond).plans.remove(0) };
    let plans = vec![script(Stage::Respond).plans.remove(0), stall];
    let town = Town::open(Script { plans, ..script(Stage::Respond) }, Tls::Off).await;
    let mut room = room(&town, Pace::Fast).await;
    room.talk.order(Command::Set { key: "languages.mine".into(), value: "yo".into() }).await;
    room.talk.order(Command::Set { key: "privacy.keep_recordings".into(), value: "0".into() }).await;
    let failed = room.spoken_turn().await.report;
    assert_eq!((failed.outcome, room.recordings().len()), (Outcome::SavedForRetry, 1));
    let before = kept(&room, failed.turn).await;
    room.talk.order(Command::Retry { turn: failed.turn }).await;
    room.until("second try", |event| matches!(event, Event::Started { .. }).then_some(())).await;
    room.talk.order(Command::Cancel).await;
    let given_up = room.end().await.report;
    assert_eq!((given_up.turn, given_up.outcome), (failed.turn, Outcome::SavedForRetry));
    assert_eq!((kept(&room, failed.turn).await, room.recordings().len()), (before, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_turns_that_nobody_answers_the_oldest_is_kept_to_be_tried_again() {
    let plans = vec![Plan { fault: Fault::Stall, times: 20, ..script(Stage::Hear).plans.remove(0) }];
    let town = Town::open(Script { plans, ..script(Stage::Hear) }, Tls::Off).await;
    let mut room = room(&town, Pace::Fast).await;
    room.talk.order(Command::Set { key: "languages.mine".into(), value: "yo".into() }).await;
    for _ in 0..6 {
        room.talk.order(Command::Release).await;
        room.talk.order(Command::Press).await;
        let thinks = |event: &Event| matches!(event, Event::State { state: State::Thinking }).then_some(());
        room.until("the end of the sound", thinks).await;
    }
    let ends = |event: &Event| match event {
        Event::Ended { report } => Some(report.outcome),
        _ => None,
    };
    let first = match room.events.iter().find_map(ends) {
        Some(first) => first,
        None => room.until("the end of a turn", ends).await,
    };
    assert_eq!(first, Outcome::SavedForRetry);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_is_kept_before_anybody_is_asked_and_offered_after_a_crash() {
    let stall = Plan { vendor: Some("openai"), stage: Stage::Hear, fault: Fault::Stall, times: 1 };
    let script = Script { reply: REPLY.into(), plans: vec![stall], ..Script::at_once() };
    let town = Town::open(script, Tls::Off).await;
    let mut first = room(&town, Pace::Fast).await;
    first.talk.order(Command::Press).await;
    let turn = first
        .until("the end of the sound", |event| match event {
            Event::Marked { turn, mark: voice::Mark::KeyUp, .. } => Some(*turn),
            _ => None,
        })
        .await;
    let row = kept(&first, turn).await;
    assert_eq!(row.outcome, None);
    assert!(row.recording.is_some(), "its sound has a name");
    // the core is gone from one moment to the next, in the middle of the turn
    let mut second = first.after_a_crash(silence(0.1), Pace::Fast, &[("mode", "echo")]);
    let left = second.talk.look().await.expect("a core").unfinished;
    assert_eq!(left.iter().map(|left| left.id).collect::<Vec<_>>(), [turn]);
    let wanted = ("providers.respond", "[\"echo\"]");
    second.talk.order(Command::Set { key: wanted.0.into(), value: wanted.1.into() }).await;
    second.talk.order(Command::Retry { turn }).await;
    let ended = second.end().await;
    assert_eq!((ended.report.turn, ended.report.outcome), (turn, Outcome::Done), "{:?}", ended.troubles);
    assert!(second.talk.look().await.expect("a core").unfinished.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn turns_have_numbers_that_only_grow_and_one_conversation() {
    let mut room = Room::open(speech("what time is it").await, Pace::Fast, &[]);
    let first = room.spoken_turn().await.report.turn;
    let second = room.typed_turn("help").await.report.turn;
    assert!(second > first);
    assert_eq!(kept(&room, first).await.conversation, kept(&room, second).await.conversation);
    let mut again = room.after_a_crash(silence(0.1), Pace::Fast, &[]);
    assert!(again.typed_turn("help").await.report.turn > second);
    again.talk.order(Command::Retry { turn: TurnId(1) }).await;
    let kind = again.until("trouble", |event| match event {
        Event::Trouble { error } => Some(error.kind),
        _ => None,
    });
    assert_eq!(kind.await, ErrorKind::NotKept);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_way_stopped_is_offered_when_there_is_a_way_again() {
    let port = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    let url = format!("http://{port}/v1");
    let sets = [("providers.respond", r#"["openai"]"#), ("accounts.openai.base_url", url.as_str())];
    let mut room = Room::open(silence(0.1), Pace::Fast, &sets);
    let account = voice::Account { base_url: url.clone(), ..voice::Account::default() };
    let host = room.table.host("openai", &account).expect("a host");
    room.table.give_key("openai", &host, Some(Secret::new("k")));
    room.talk.renew().await;
    let failed = room.typed_turn("why is the sky blue").await.report;
    assert_eq!(failed.outcome, Outcome::SavedForRetry, "{failed:?}");
    assert!(room.talk.look().await.expect("a core").waiting.is_empty(), "nobody is there yet");
    // any answer will do
    let back = TcpListener::bind(port).await.expect("the same port");
    let answering = async {
        let (mut asked, _) = back.accept().await.expect("a look");
        asked.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").await.expect("answered");
        // open until the answer was read
        asked
    };
    let offered = room.until("offer", |event| match event {
        Event::Waiting { turns } => Some(turns.clone()),
        _ => None,
    });
    let (_answered, offered) = tokio::join!(answering, offered);
    assert_eq!(offered, [failed.turn]);
    assert_eq!(room.talk.look().await.expect("a core").waiting, [failed.turn]);
    let spoken = room.events.iter().filter(|event| matches!(event, Event::Started { .. })).count();
    assert_eq!(spoken, 1, "nothing begins by itself");
    room.talk.order(Command::Retry { turn: failed.turn }).await;
    room.until("second try", |event| matches!(event, Event::Started { .. }).then_some(())).await;
    assert!(room.talk.look().await.expect("a core").waiting.is_empty());
}
