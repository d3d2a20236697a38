//! What was said is kept: the journal holds every sound of an utterance, whatever becomes of its turn.

use crate::support::{Room, silence, speech};
use audio::{Decoder, Loudspeaker, NextPiece, Pace, Played, Playing};
use bytes::Bytes;
use std::sync::Arc;
use voice::{AudioChoice, Coding, Error, Outcome, Packet, Stage};

fn kept_seconds(room: &Room) -> f64 {
    let recordings = room.recordings();
    let [path] = recordings.as_slice() else { panic!("one recording: {recordings:?}") };
    let bytes = Bytes::from(std::fs::read(path).expect("the recording"));
    let mut decoder = Decoder::new(16_000);
    let mut frames = decoder.push(&Packet { coding: Coding::OggOpus, bytes }).expect("Ogg-Opus");
    frames.extend(decoder.finish());
    frames.iter().map(voice::Frame::seconds).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_utterance_is_in_the_journal() {
    let said = speech("what time is it").await;
    let length = said.samples.len() as f64 / f64::from(said.rate);
    let mut room = Room::open(said, Pace::Fast, &[]);
    let report = room.spoken_turn().await.report;
    assert_eq!(
        report.journal.as_deref().map(std::path::Path::new),
        room.recordings().first().map(|path| path.as_path())
    );
    let kept = kept_seconds(&room);
    assert!((kept - length).abs() <= 0.04, "{kept} s kept of {length} s");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_nobody_can_hear_keeps_its_sound() {
    let said = speech("good evening").await;
    let length = said.samples.len() as f64 / f64::from(said.rate);
    // at the pace of speech: it is known that nobody can before much was said
    let mut room = Room::open(said, Pace::Real, &[("languages.mine", "tlh")]);
    let ended = room.spoken_turn().await;
    assert_eq!(ended.report.outcome, Outcome::SavedForRetry);
    assert!(!ended.troubles.is_empty());
    let kept = kept_seconds(&room);
    assert!((kept - length).abs() <= 0.04, "{kept} s kept of {length} s");
    room.spoken_turn().await;
    assert_eq!(room.recordings().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_keeps_nothing_keeps_nothing() {
    let mut room = Room::open(silence(0.5), Pace::Fast, &[("privacy.keep_recordings", "0")]);
    assert_eq!(room.spoken_turn().await.report.journal, None);
    assert!(room.recordings().is_empty());
}

/// A loudspeaker of a platform that breaks.
struct Broken;

impl Loudspeaker for Broken {
    fn warm(&self, _: &AudioChoice) {}

    fn play(&self, _: &AudioChoice, _: f32, _: NextPiece, _: Box<dyn FnMut(Played) + Send>) -> Result<Playing, Error> {
        panic!("a fault of ours")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_of_ours_costs_neither_the_words_nor_the_next_press() {
    let said = speech("good evening").await;
    let mut room = Room::heard_by(Arc::new(Broken), said, Pace::Fast, &[("mode", "echo")]);
    for _ in 0..2 {
        let ended = room.spoken_turn().await;
        assert_eq!(ended.report.outcome, Outcome::SavedForRetry);
        assert!(!ended.report.transcript.is_empty() && ended.report.transcript == ended.report.reply);
        assert_eq!(ended.troubles.len(), 1, "{:?}", ended.troubles);
        let row = room.history.turn(ended.report.turn).await.expect("a history").expect("its row");
        assert_eq!((row.outcome, row.failed_stage), (Some(Outcome::SavedForRetry), Some(Stage::Speak)));
    }
    assert_eq!(room.recordings().len(), 2);
}
