//! What a month may cost: a turn that nobody is paid for counts nothing, and a limit that is reached is told and kept to.

use crate::{
    interrupt::{pass, tap},
    support::{Room, silence},
};
use audio::Pace;
use std::time::Duration;
use voice::{Command, ErrorKind, Event, Outcome, Stage, State, Usage};

/// A room in a month that has cost two dollars, with `sets`.
async fn paid(sets: &[(&str, &str)]) -> Room {
    let room = Room::open(silence(0.1), Pace::Fast, &[]);
    let used = Usage {
        stage: Stage::Think,
        provider: "openai".into(),
        seconds: 0.0,
        tokens_in: 9,
        tokens_out: 9,
        characters: 0,
        voice_seconds: 0.0,
        usd: Some(2.0),
    };
    room.history.spend(jiff::Zoned::now().date().to_string(), vec![used]).await.expect("kept");
    room.after_a_crash(silence(30.0), Pace::Real, sets)
}

async fn trouble(room: &mut Room) -> ErrorKind {
    room.until("a trouble", |event| match event {
        Event::Trouble { error } if error.source == "Wilco" => Some(error.kind),
        _ => None,
    })
    .await
}

async fn local_only(room: &Room) -> bool {
    room.talk.look().await.expect("the core is alive").settings.network.local_only
}

#[tokio::test(flavor = "multi_thread")]
async fn engines_of_this_machine_cost_nothing() {
    let mut room = Room::open(silence(0.1), Pace::Fast, &[("spending.monthly_cap", "1"), ("spending.at_cap", "stop")]);
    let report = room.typed_turn("what time is it").await.report;
    assert_eq!((report.outcome, report.usage), (Outcome::Done, Vec::new()));
    assert_eq!(report.traffic, [], "nothing is sent to them");
    assert!(room.history.spent().await.expect("a note").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spent_month_stops_turns_until_the_limit_is_higher() {
    let mut room = paid(&[("spending.monthly_cap", "2"), ("spending.at_cap", "stop")]).await;
    assert_eq!(trouble(&mut room).await, ErrorKind::CapReached, "at the start");
    room.talk.order(Command::Say { text: "what time is it".into() }).await;
    assert_eq!(trouble(&mut room).await, ErrorKind::CapReached, "instead of a turn");
    room.talk.order(Command::Set { key: "spending.monthly_cap".into(), value: "3".into() }).await;
    assert_eq!(room.typed_turn("what time is it").await.report.outcome, Outcome::Done);
}

#[tokio::test]
async fn a_key_that_opened_the_microphone_closes_it_in_a_month_that_is_spent() {
    const HELD: Duration = Duration::from_millis(60);
    let sets = [("hotkeys.style", "toggle"), ("spending.monthly_cap", "3"), ("spending.at_cap", "stop")];
    let mut room = paid(&sets).await;
    room.talk.look().await.expect("a core that knows what was paid");
    tap(&room, HELD).await;
    pass(HELD).await;
    room.talk.order(Command::Set { key: "spending.monthly_cap".into(), value: "1".into() }).await;
    assert_eq!(trouble(&mut room).await, ErrorKind::CapReached);
    tap(&room, HELD).await;
    let thinks = |event: &Event| matches!(event, Event::State { state: State::Thinking }).then_some(());
    room.until("the end of the sound", thinks).await;
    let reached = |event: &&Event| matches!(event, Event::Trouble { error } if error.kind == ErrorKind::CapReached);
    assert_eq!(room.events.iter().filter(reached).count(), 1, "the key only ends what it began");
    tap(&room, HELD).await;
    assert_eq!(trouble(&mut room).await, ErrorKind::CapReached, "instead of another turn");
    assert!(!matches!(room.talk.look().await.expect("the core is alive").state, State::Opening | State::Listening));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spent_month_stays_on_this_computer_and_the_persons_choice_stays_theirs() {
    let mut room = paid(&[("spending.monthly_cap", "1"), ("spending.at_cap", "local")]).await;
    assert_eq!(trouble(&mut room).await, ErrorKind::CapReached);
    assert!(local_only(&room).await);
    assert_eq!(room.typed_turn("what time is it").await.report.outcome, Outcome::Done);
    room.talk.order(Command::Set { key: "spending.monthly_cap".into(), value: "2.2".into() }).await;
    assert!(!local_only(&room).await);
    room.talk.order(Command::Set { key: "spending.monthly_cap".into(), value: "9".into() }).await;
    room.talk.order(Command::Set { key: "spending.monthly_cap".into(), value: "2.4".into() }).await;
    assert_eq!(trouble(&mut room).await, ErrorKind::NearCap, "80 of 100");
}
