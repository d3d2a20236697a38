//! What cuts a turn short: a new press, Escape, a tap, an absence, the cap.

use crate::support::{Room, seconds, silence, speech};
use audio::Pace;
use std::time::Duration;
use voice::{Away, Command, ErrorKind, Event, Outcome, State};

const LONG: &str = "One two three four five six seven eight nine ten. And now the same again, slowly, from the beginning: \
                    one, two, three, four, five, six, seven, eight, nine, ten.";

async fn speaking(room: &mut Room) {
    room.talk.order(Command::Say { text: LONG.to_owned() }).await;
    room.until("voice", |event| matches!(event, Event::State { state: State::Speaking }).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_press_cuts_the_voice_and_listens_at_once() {
    let mut room = Room::open(silence(0.4), Pace::Real, &[("mode", "echo")]);
    speaking(&mut room).await;
    room.talk.order(Command::Press).await;
    let report = room.end().await.report;
    assert_eq!(report.outcome, Outcome::Partial);
    let cut = room.events.len();
    let next = room.end().await.report;
    assert_eq!(next.outcome, Outcome::NoSpeech, "the new turn heard its own silence");
    let spoken = seconds(&room.speaker.take());
    assert!(spoken < 4.0, "the old voice went on for {spoken} s");
    let opened = room.events.iter().take(cut).any(|event| matches!(event, Event::State { state: State::Opening }));
    assert!(opened, "the microphone opened before the old turn had ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn escape_stops_the_voice() {
    let mut room = Room::open(silence(0.4), Pace::Real, &[("mode", "echo")]);
    speaking(&mut room).await;
    room.talk.order(Command::Cancel).await;
    assert_eq!(room.end().await.report.outcome, Outcome::Partial);
    assert_eq!(room.talk.look().await.map(|now| now.state), Some(State::Ready));
}

#[tokio::test(flavor = "multi_thread")]
async fn escape_while_talking_ends_the_recording() {
    let mut room = Room::open(silence(30.0), Pace::Real, &[]);
    room.talk.order(Command::Press).await;
    room.until("open microphone", |event| matches!(event, Event::State { state: State::Listening }).then_some(()))
        .await;
    room.talk.order(Command::Cancel).await;
    assert_eq!(room.end().await.report.outcome, Outcome::Cancelled);
}

/// Lets the core's time pass at once.
pub(crate) async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

/// Presses the key for `held` of the core's own time, however busy the machine is.
pub(crate) async fn tap(room: &Room, held: Duration) {
    tokio::time::pause();
    room.talk.order(Command::Press).await;
    room.talk.look().await.expect("a core that has seen the press");
    tokio::time::advance(held).await;
    room.talk.order(Command::Release).await;
    room.talk.look().await.expect("a core that has seen the release");
    tokio::time::resume();
}

#[tokio::test]
async fn a_tap_is_no_turn_and_a_glitch_is_nothing() {
    let mut room = Room::open(silence(30.0), Pace::Real, &[]);
    for (held, outcome) in [(5, Outcome::Cancelled), (60, Outcome::TooShort)] {
        tap(&room, Duration::from_millis(held)).await;
        assert_eq!(room.end().await.report.outcome, outcome, "{held} ms");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_accepted_press_of_a_storm_ends_once() {
    let mut room = Room::open(silence(30.0), Pace::Real, &[]);
    for _ in 0..40 {
        room.talk.order(Command::Press).await;
        room.talk.order(Command::Release).await;
        room.talk.order(Command::Cancel).await;
    }
    room.talk.order(Command::Say { text: "stop".to_owned() }).await;
    let (mut begun, mut ended, mut last) = (0, 0, false);
    room.until("as many ends as beginnings", |event| {
        match event {
            Event::Started { .. } => begun += 1,
            Event::Ended { report } => {
                ended += 1;
                last |= report.transcript == "stop";
            }
            _ => {}
        }
        (last && begun == ended).then_some(())
    })
    .await;
    assert!(begun > 1, "some presses were accepted");
}

/// Holds the key until sound arrives.
async fn listening(room: &mut Room) {
    room.talk.order(Command::Press).await;
    room.until("open microphone", |event| matches!(event, Event::State { state: State::Listening }).then_some(()))
        .await;
}

#[tokio::test]
async fn who_locks_the_screen_closes_the_microphone_and_keeps_what_was_said() {
    let mut room = Room::open(silence(30.0), Pace::Real, &[]);
    listening(&mut room).await;
    pass(Duration::from_millis(200)).await;
    room.talk.order(Command::Away { why: Away::Locked }).await;
    assert_eq!(room.end().await.report.outcome, Outcome::SavedForRetry);
    assert!(room.events.contains(&Event::Closed { why: Away::Locked }), "the page is told why");
    assert_eq!(room.recordings().len(), 1, "the sound is kept");

    room.talk.order(Command::Release).await;
    room.talk.order(Command::Press).await;
    room.talk.order(Command::Back { why: Away::Locked }).await;
    assert_eq!(room.talk.look().await.map(|now| now.state), Some(State::Ready), "neither while locked nor by itself");
    room.talk.order(Command::Release).await;
    listening(&mut room).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_computer_that_goes_to_sleep_ends_what_is_worked_out() {
    let mut room = Room::open(silence(0.4), Pace::Real, &[("mode", "echo")]);
    speaking(&mut room).await;
    room.talk.order(Command::Away { why: Away::Asleep }).await;
    assert_eq!(room.end().await.report.outcome, Outcome::Partial, "the half that was heard was heard");
}

#[tokio::test]
async fn lost_time_closes_the_microphone() {
    let mut room = Room::open(silence(30.0), Pace::Real, &[]);
    listening(&mut room).await;
    pass(Duration::from_secs(7)).await;
    assert_eq!(room.end().await.report.outcome, Outcome::SavedForRetry);
    assert!(room.events.contains(&Event::Closed { why: Away::Asleep }));
}

#[tokio::test]
async fn ten_minutes_are_counted_down_and_are_the_end() {
    let mut room = Room::open(silence(30.0), Pace::Real, &[]);
    listening(&mut room).await;
    tokio::time::pause();
    let (mut counted, mut too_long) = (Vec::new(), false);
    loop {
        match room.next().await {
            Event::Countdown { seconds } => counted.push(seconds),
            Event::Trouble { error } => too_long |= error.kind == ErrorKind::TooLong,
            Event::State { state: State::Thinking } => break,
            _ => {}
        }
    }
    assert_eq!(counted, (1..=60).rev().collect::<Vec<_>>());
    assert!(too_long, "it says why");
}

#[tokio::test]
async fn toggled_the_microphone_stays_open_without_a_finger() {
    let mut room = Room::open(speech("what time is it").await, Pace::Real, &[("hotkeys.style", "toggle")]);
    tap(&room, Duration::from_millis(60)).await;
    let report = room.end().await.report;
    assert_eq!((report.outcome, report.transcript.as_str()), (Outcome::Done, "what time is it"));
}
