//! Conversations: which one a turn belongs to, how a kept one goes on, and what a reply is said along with.

use crate::support::{Room, seconds, silence, speech};
use audio::Pace;
#[cfg(unix)]
use std::{path::PathBuf, process};
use talk::Gone;
use voice::{Command, ConversationId, Entry, Event, Mode, Page, TurnId};

const ECHO: &[(&str, &str)] = &[("mode", "echo")];

fn room() -> Room {
    Room::open(silence(0.1), Pace::Fast, ECHO)
}

async fn converse(room: &mut Room, id: Option<ConversationId>) {
    room.talk.order(Command::Converse { id }).await;
    room.until("another conversation", |event| match event {
        Event::Conversing { id: now, .. } if *now == id => Some(()),
        _ => None,
    })
    .await;
}

async fn kept(room: &Room) -> Vec<(ConversationId, Vec<String>)> {
    let mut all = Vec::new();
    for conversation in room.history.conversations(Page { before: None, most: 9 }).await.expect("conversations") {
        let turns = room.history.turns(conversation.id, Page { before: None, most: 9 }).await.expect("turns");
        all.push((conversation.id, turns.into_iter().map(|turn| turn.transcript).collect()));
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_conversation_begins_and_the_old_one_goes_on() {
    let mut room = room();
    room.typed_turn("one").await;
    room.typed_turn("two").await;
    let [(first, _)] = kept(&room).await[..] else { panic!("one conversation") };
    converse(&mut room, None).await;
    room.typed_turn("three").await;
    converse(&mut room, Some(first)).await;
    room.typed_turn("four").await;
    let all = kept(&room).await;
    let words: Vec<&[String]> = all.iter().map(|(_, words)| words.as_slice()).collect();
    assert_eq!(words, [["one", "two", "four"].as_slice(), ["three"].as_slice()]);
    assert_eq!(room.talk.look().await.expect("a desk").conversation, Some(first));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_heard_in_a_conversation_is_remembered_there_alone() {
    let mut room = Room::open(silence(0.1), Pace::Fast, &[]);
    room.typed_turn("what is two plus two").await;
    let again = room.typed_turn("repeat that").await.report.reply;
    assert!(again.contains('4') || again.contains("four"), "{again}");
    let first = room.talk.look().await.expect("a desk").conversation;
    converse(&mut room, None).await;
    let nothing = room.typed_turn("repeat that").await.report.reply;
    assert_ne!(nothing, again);
    converse(&mut room, first).await;
    // read from the history, which answers in its turn
    room.history.last_turn().await.expect("a history");
    room.talk.look().await;
    assert_eq!(room.typed_turn("repeat that").await.report.reply, again);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_run_shows_the_last_conversation() {
    let mut room = room();
    room.typed_turn("one").await;
    let [(first, _)] = kept(&room).await[..] else { panic!("one conversation") };
    let room = room.after_a_crash(silence(0.1), Pace::Fast, ECHO);
    assert_eq!(room.talk.look().await.expect("a desk").conversation, Some(first));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_phrase_is_told_when_its_sound_begins() {
    let text = "The train to the coast leaves at nine. Please do not be late for it. Take a warm coat along with you.";
    let mut room = Room::open(silence(0.1), Pace::Real, ECHO);
    let report = room.typed_turn(text).await.report;
    let said = |event: &Event| match event {
        Event::Saying { turn, text, .. } if *turn == report.turn => Some(text.clone()),
        _ => None,
    };
    let said: Vec<String> = room.events.iter().filter_map(said).collect();
    assert!(said.len() > 1, "{said:?}");
    assert_eq!(said.join(" "), text);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_said_can_be_heard_again() {
    let said = speech("what time is it").await;
    let length = said.samples.len() as f64 / f64::from(said.rate);
    let mut room = Room::open(said, Pace::Fast, &[]);
    let turn = room.spoken_turn().await.report.turn;
    drop(room.speaker.take());
    room.talk.order(Command::Replay { turn }).await;
    let begun = |event: &Event| matches!(event, Event::Replaying { turn: Some(id) } if *id == turn).then_some(());
    room.until("a recording that is heard", begun).await;
    room.until("its end", |event| matches!(event, Event::Replaying { turn: None }).then_some(())).await;
    let heard = seconds(&room.speaker.take());
    assert!((heard - length).abs() < 0.1, "{heard} s heard of {length} s");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_is_tried_again_goes_on_in_its_own_conversation() {
    let mut room = room();
    let turn = room.typed_turn("one").await.report.turn;
    let of = room.talk.look().await.expect("a desk").conversation;
    converse(&mut room, None).await;
    room.typed_turn("two").await;
    room.talk.order(Command::Retry { turn }).await;
    room.end().await;
    assert_eq!(room.talk.look().await.expect("a desk").conversation, of);
}

/// Turns without an end, each in a conversation with its number.
async fn leave(room: &Room, ids: &[u64]) {
    let languages = room.talk.look().await.expect("a desk").settings.languages;
    for &id in ids {
        let begun = Entry::begun(TurnId(id), "2026-01-01T00:00:00Z".into(), Mode::Echo, languages.clone());
        room.history.begin(begun, Some(ConversationId(id))).await.expect("kept");
    }
}

async fn offered(room: &Room) -> Vec<u64> {
    let left = room.talk.look().await.expect("a desk").unfinished;
    left.iter().map(|left| left.id.0).collect()
}

/// A history that reads a pipe first, and answers nobody before that has been written.
#[cfg(unix)]
fn held_up(room: Room) -> (Room, PathBuf) {
    let room = room.after_a_crash(silence(0.1), Pace::Fast, ECHO);
    let pipe = room.home.path().join("pipe");
    assert!(process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    drop(room.history.import(pipe.clone()));
    (room, pipe)
}

// one thread: the core begins when the test first waits
#[cfg(unix)]
#[tokio::test]
async fn what_a_slow_disk_gives_late_is_offered_late() {
    let room = room();
    leave(&room, &[1, 2]).await;
    let (mut room, pipe) = held_up(room);
    assert_eq!(offered(&room).await, [0; 0], "not known yet, and nobody is held up");
    std::fs::write(pipe, "").expect("somebody reads it");
    let conversing =
        |event: &Event| matches!(event, Event::Conversing { id: Some(ConversationId(2)), .. }).then_some(());
    room.until("the conversation that goes on", conversing).await;
    assert_eq!(offered(&room).await, [1, 2]);
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_deleted_before_it_was_read_is_not_offered_either() {
    let room = room();
    leave(&room, &[1, 2]).await;
    let (room, pipe) = held_up(room);
    assert_eq!(offered(&room).await, [0; 0], "not known yet");
    let read = async { std::fs::write(pipe, "").expect("somebody reads it") };
    tokio::join!(room.talk.forget(Gone::Turn(TurnId(2))), read);
    assert_eq!(offered(&room).await, [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_is_not_offered() {
    let room = room();
    leave(&room, &[1, 2, 3]).await;
    let room = room.after_a_crash(silence(0.1), Pace::Fast, ECHO);
    assert_eq!(offered(&room).await, [1, 2, 3]);
    for (gone, left) in [
        (Gone::Turn(TurnId(2)), [1, 3].as_slice()),
        (Gone::Conversation(ConversationId(1)), &[3]),
        (Gone::Everything, &[]),
    ] {
        room.talk.forget(gone).await;
        assert_eq!(offered(&room).await, left, "{gone:?}");
    }
}
