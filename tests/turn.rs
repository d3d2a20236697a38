//! A whole turn on this machine's own engines: speech in, words, an answer, speech out.

use crate::support::{Room, seconds, silence, speech};
use audio::Pace;
use voice::{ErrorKind, Event, Mark, Outcome, Stage, State};

#[tokio::test(flavor = "multi_thread")]
async fn a_spoken_command_is_understood_answered_and_spoken() {
    let mut room = Room::open(speech("what time is it").await, Pace::Fast, &[]);
    let ended = room.spoken_turn().await;
    let report = ended.report;
    assert_eq!((report.outcome, ended.troubles.len()), (Outcome::Done, 0), "{:?}", ended.troubles);
    assert_eq!(report.transcript, "what time is it");
    assert!(!report.reply.is_empty());
    let by: Vec<_> = report.answered_by.iter().map(|(stage, name)| (*stage, name.as_str())).collect();
    assert_eq!(by, [(Stage::Hear, "pocketsphinx"), (Stage::Think, "wilco"), (Stage::Speak, "flite")]);
    assert!(seconds(&room.speaker.take()) > 0.5, "the answer was spoken");

    let order: Vec<Mark> = report.marks.iter().map(|stamp| stamp.mark).collect();
    let all = [
        Mark::KeyDown,
        Mark::FirstFrame,
        Mark::KeyUp,
        Mark::SttFinal,
        Mark::FirstToken,
        Mark::FirstPhrase,
        Mark::TtsFirstByte,
        Mark::FirstAudio,
        Mark::LastAudio,
    ];
    assert_eq!(order, all, "every mark, in the order of time");
    assert!(report.release_to_first_audio_ms.is_some_and(|ms| ms > 0.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_states_are_shown_in_order() {
    let mut room = Room::open(speech("what time is it").await, Pace::Fast, &[]);
    room.spoken_turn().await;
    let states: Vec<State> = room
        .events
        .iter()
        .filter_map(|event| match event {
            Event::State { state } => Some(*state),
            _ => None,
        })
        .collect();
    // Ready comes just before the end of the turn
    assert_eq!(states, [State::Opening, State::Listening, State::Thinking, State::Speaking, State::Ready]);
}

#[tokio::test(flavor = "multi_thread")]
async fn free_speech_is_written_down_and_echoed() {
    let mut room = Room::open(speech("the weather is very nice today").await, Pace::Real, &[("mode", "echo")]);
    let report = room.spoken_turn().await.report;
    assert_eq!(report.outcome, Outcome::Done);
    assert_eq!(report.transcript, report.reply);
    assert!(report.transcript.contains("weather"), "{}", report.transcript);
    let partial = room.events.iter().any(|event| matches!(event, Event::Words { last: false, .. }));
    assert!(partial, "words were shown while the key was held");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_model_nothing_is_invented() {
    let mut room = Room::open(silence(0.1), Pace::Fast, &[]);
    let report = room.typed_turn("who wrote the odyssey").await.report;
    assert_eq!(report.outcome, Outcome::Done);
    assert!(report.reply.starts_with("I have no language model yet"), "{}", report.reply);
    assert!(seconds(&room.speaker.take()) > 1.0, "it is said aloud");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_translation_is_spoken_in_the_other_language() {
    let mut room = Room::open(silence(0.1), Pace::Fast, &[("mode", "translate"), ("languages.theirs", "es")]);
    let ended = room.typed_turn("where is the house").await;
    assert_eq!(ended.report.outcome, Outcome::Done, "{:?}", ended.troubles);
    assert!(ended.report.reply.contains("casa"), "{}", ended.report.reply);
    let speaker = ended.report.answered_by.last().map(|(stage, name)| (*stage, name.as_str()));
    assert_eq!(speaker, Some((Stage::Speak, "espeak-ng")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pair_that_is_not_installed_is_refused_with_those_that_are() {
    let mut room = Room::open(silence(0.1), Pace::Fast, &[("mode", "translate"), ("languages.theirs", "is")]);
    let ended = room.typed_turn("good morning").await;
    assert_eq!(ended.report.outcome, Outcome::SavedForRetry);
    let [error] = ended.troubles.as_slice() else { panic!("{:?}", ended.troubles) };
    assert_eq!(error.kind, ErrorKind::Unsupported);
    assert!(error.detail.contains("en to es"), "{}", error.detail);
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_not_sent_to_anybody() {
    let mut room = Room::open(silence(2.0), Pace::Fast, &[]);
    let report = room.spoken_turn().await.report;
    assert_eq!((report.outcome, report.transcript.as_str()), (Outcome::NoSpeech, ""));
    assert!(room.speaker.take().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_too_short_for_a_word_is_told_so() {
    let mut room = Room::open(silence(0.1), Pace::Fast, &[]);
    assert_eq!(room.spoken_turn().await.report.outcome, Outcome::TooShort);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_phrase_is_spoken_before_the_last_is_made() {
    let mut room = Room::open(silence(0.1), Pace::Real, &[("mode", "echo")]);
    let text = "This is the first sentence of a long reply. ".repeat(12);
    room.talk.order(voice::Command::Say { text }).await;
    room.until("first sound", |event| matches!(event, Event::State { state: State::Speaking }).then_some(())).await;
    let over = room.events.iter().any(|event| matches!(event, Event::Ended { .. }));
    let (begun, played) = (room.talk.look().await.map(|now| now.state), seconds(&room.speaker.take()));
    assert!(!over && begun == Some(State::Speaking));
    assert!(played < 5.0, "half a minute of speech is only beginning: {played} s");
}
