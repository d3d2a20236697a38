//! Commands to the app itself, typed: settings that outlive the turn, timers, "repeat that".

use crate::support::{Room, silence, speech};
use audio::Pace;
use voice::{Command, ErrorKind, Event, Mode, Outcome, Settings, State};

async fn settings(room: &Room) -> Settings {
    room.talk.look().await.expect("the core is alive").settings
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mode_is_switched_by_word_and_back_from_inside_it() {
    let mut room = Room::open(silence(0.1), Pace::Fast, &[]);
    room.typed_turn("switch to echo mode").await;
    assert_eq!(settings(&room).await.mode, Mode::Echo);
    let report = room.typed_turn("what time is it").await.report;
    assert_eq!(report.reply, "what time is it", "in echo mode words are material");
    room.typed_turn("switch to chat mode").await;
    assert_eq!(settings(&room).await.mode, Mode::Chat);
}

#[tokio::test(flavor = "multi_thread")]
async fn louder_and_faster_stay_within_bounds() {
    let mut room = Room::open(silence(0.1), Pace::Fast, &[("voice.volume", "0.5")]);
    room.typed_turn("louder").await;
    assert_eq!(settings(&room).await.voice.volume, 0.7);
    for _ in 0..5 {
        room.typed_turn("louder").await;
        room.typed_turn("faster").await;
    }
    let voice = settings(&room).await.voice;
    assert_eq!((voice.volume, voice.rate), (1.0, 2.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timer_is_heard_when_it_runs_out() {
    let mut room = Room::open(silence(0.1), Pace::Fast, &[]);
    let set = room.typed_turn("set a timer for one second").await.report;
    assert!(set.reply.contains("1 second") || set.reply.contains("one second"), "{}", set.reply);
    drop(room.speaker.take());
    let rung = room.end().await.report;
    assert!(rung.turn > set.turn && !rung.reply.is_empty());
    assert!(!room.speaker.take().is_empty(), "it is said aloud");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_answer_is_repeated() {
    let mut room = Room::open(silence(0.1), Pace::Fast, &[]);
    let first = room.typed_turn("what is twelve plus thirty").await.report;
    assert!(first.reply.contains("42"), "{}", first.reply);
    let again = room.typed_turn("repeat that").await.report;
    assert_eq!(again.reply, first.reply);
}

#[tokio::test(flavor = "multi_thread")]
async fn russian_is_understood_and_answered() {
    let mut room = Room::open(silence(0.1), Pace::Fast, &[("languages.mine", "ru")]);
    let report = room.typed_turn("сколько будет два плюс два").await.report;
    assert!(report.reply.contains('4'), "{}", report.reply);
    assert_eq!(report.answered_by.last().map(|(_, name)| name.as_str()), Some("espeak-ng"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_setting_is_told_and_the_old_one_stays() {
    let mut room = Room::open(silence(0.1), Pace::Fast, &[]);
    let before = settings(&room).await;
    room.talk.order(Command::Set { key: "voice.rate".into(), value: "9".into() }).await;
    let kind = room.until("refusal", |event| match event {
        Event::Trouble { error } => Some(error.kind),
        _ => None,
    });
    assert_eq!(kind.await, ErrorKind::BadSetting);
    assert_eq!(settings(&room).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_is_muted_is_worked_out_remembered_and_not_heard() {
    let mut room = Room::open(silence(0.1), Pace::Fast, &[("voice.muted", "true")]);
    let report = room.typed_turn("what is twelve plus thirty").await.report;
    assert!(report.reply.contains("42"), "{}", report.reply);
    assert_eq!(report.outcome, Outcome::Done);
    assert!(room.speaker.take().is_empty(), "nothing is played");
    let again = room.typed_turn("repeat that").await.report;
    assert_eq!(again.reply, report.reply, "what was read counts as heard");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_reply_is_spoken_again_by_a_key() {
    let mut room = Room::open(silence(0.1), Pace::Fast, &[]);
    room.typed_turn("what is twelve plus thirty").await;
    drop(room.speaker.take());
    room.talk.order(Command::Repeat).await;
    let again = room.end().await.report;
    assert!(again.reply.contains("42"), "{}", again.reply);
    assert!(!room.speaker.take().is_empty(), "it is heard");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_is_cut_when_it_is_heard_again_was_heard_before() {
    let mut room = Room::open(silence(0.1), Pace::Real, &[("mode", "echo")]);
    let turn = room.typed_turn("One two three four five six seven eight.").await.report.turn;
    let before = room.history.turn(turn).await.expect("a history").expect("its row");
    room.talk.order(Command::Repeat).await;
    room.until("voice", |event| matches!(event, Event::State { state: State::Speaking }).then_some(())).await;
    room.talk.order(Command::Cancel).await;
    assert_eq!(room.end().await.report.outcome, Outcome::Done);
    assert_eq!(room.history.turn(turn).await.expect("a history").expect("its row"), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_persona_answers_and_after_the_last_the_usual_one() {
    let sets = [
        ("personas.Zoe \"Z\".prompt", "You are Zoe."),
        ("personas.Ann.prompt", "You are Ann."),
        ("personas.Gone.prompt", ""),
    ];
    let mut room = Room::open(silence(0.1), Pace::Fast, &sets);
    for name in ["Ann", "Zoe \"Z\"", "", "Ann"] {
        room.talk.order(Command::NextPersona).await;
        let now = room.until("change", |event| match event {
            Event::Changed { settings, .. } => Some(settings.persona.clone()),
            _ => None,
        });
        assert_eq!(now.await, name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_key_swaps_the_languages_for_one_turn() {
    // nobody here hears Spanish, so only the swapped turn can be understood
    let sets = [("mode", "translate"), ("languages.mine", "es"), ("languages.theirs", "en")];
    let mut room = Room::open(speech("what time is it").await, Pace::Fast, &sets);
    for (press, heard) in [(Command::PressOther, true), (Command::Press, false)] {
        // the finger that held the key in the turn before: one that stays there repeats, and begins nothing
        room.talk.order(Command::Release).await;
        room.talk.order(press).await;
        let report = room.end().await.report;
        assert_eq!(report.transcript.contains("time"), heard, "{report:?}");
    }
}
