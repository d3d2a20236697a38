//! The history as its callers see it, over real files. Split by what is promised: here the turns of a day; below what
//! goes away, what comes back after damage, and what crosses to other programs.

mod damage;
mod exchange;
mod figures;
mod finding;
mod going;

use super::*;
use crate::Paths;
use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex},
};
use voice::{Language, LanguagePair, Mark, Mode, Outcome, Stage, Stamp, Traffic, TurnReport};

const MINUTE: u64 = 60_000;
/// A morning in 2026.
const NOW: u64 = 1_790_000_000_000;
const ALL: Page = Page { before: None, most: 500 };

/// A home with a history, and what was told of it.
struct Home {
    folder: tempfile::TempDir,
    told: Arc<Mutex<Vec<Error>>>,
}

impl Home {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), told: Arc::default() }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn paths(&self) -> Paths {
        Paths::in_folders(&self.path().join("config"), &self.path().join("data"), &self.path().join("cache"))
    }

    fn open(&self) -> History {
        self.open_at(NOW)
    }

    fn open_at(&self, now: u64) -> History {
        let told = self.told.clone();
        History::open(Some(self.paths()), now, move |error| told.lock().unwrap().push(error))
    }

    /// What was told since the last look.
    fn told(&self) -> Vec<ErrorKind> {
        self.told.lock().unwrap().drain(..).map(|error| error.kind).collect()
    }

    /// Whether any file of the home holds `words`.
    fn holds(&self, words: &str) -> bool {
        fn look(folder: &Path, words: &[u8]) -> bool {
            fs::read_dir(folder).unwrap().any(|entry| {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    return look(&path, words);
                }
                fs::read(&path).unwrap().windows(words.len()).any(|window| window == words)
            })
        }
        look(self.path(), words.as_bytes())
    }

    fn record(&self, name: &str) {
        fs::create_dir_all(self.paths().journal).unwrap();
        fs::write(self.paths().journal.join(name), format!("sound of {name}")).unwrap();
    }
}

fn begun(id: u64) -> Entry {
    let languages = LanguagePair { mine: Language::new("en"), theirs: Language::new("ja") };
    let at = jiff::Timestamp::from_millisecond(id as i64).unwrap().to_string();
    Entry::begun(TurnId(id), at, Mode::Chat, languages)
}

fn ended(id: u64, transcript: &str, reply: &str) -> Ended {
    let report = TurnReport {
        turn: TurnId(id),
        outcome: Outcome::Done,
        transcript: transcript.into(),
        reply: reply.into(),
        answered_by: vec![(Stage::Hear, "ear".into())],
        marks: [(Mark::KeyDown, 0.0), (Mark::FirstFrame, 40.5), (Mark::KeyUp, 900.0), (Mark::LastAudio, 2_000.0)]
            .map(|(mark, ms)| Stamp { mark, ms })
            .into(),
        release_to_first_audio_ms: Some(350.25),
        journal: None,
        seams: Vec::new(),
        tried: Vec::new(),
        usage: Vec::new(),
        traffic: vec![Traffic { stage: Stage::Hear, provider: "ear".into(), sent: 9, received: 3 }],
    };
    Ended { report, heard: reply.into(), failed: None }
}

/// A whole turn; gives its conversation.
async fn turn(history: &History, id: u64, transcript: &str, reply: &str) -> ConversationId {
    let conversation = history.begin(begun(id), None).await.unwrap();
    history.end(ended(id, transcript, reply)).await.unwrap();
    conversation
}

#[tokio::test]
async fn a_turn_comes_back_as_it_was() {
    let home = Home::new();
    let history = home.open();
    let begin = Entry { recording: Some("1.ogg".into()), ..begun(NOW) };
    let conversation = history.begin(begin.clone(), None).await.unwrap();
    assert_eq!(history.turn(TurnId(NOW)).await.unwrap().unwrap(), begin, "before anything is sent anywhere");
    history.words(TurnId(NOW), "what time is it".into()).await.unwrap();
    history.reply(TurnId(NOW), "Half".into()).await.unwrap();
    let half = history.turn(TurnId(NOW)).await.unwrap().unwrap();
    assert_eq!((half.transcript.as_str(), half.reply.as_str(), half.outcome), ("what time is it", "Half", None));
    let mut end = ended(NOW, "What time is it?", "Half past ten.");
    end.heard = "Half".into();
    end.report.outcome = Outcome::Partial;
    end.failed = Some((Stage::Speak, ErrorKind::CutShort));
    history.end(end.clone()).await.unwrap();
    history.close().await.unwrap();
    let kept = home.open().turn(TurnId(NOW)).await.unwrap().unwrap();
    let report = end.report;
    let wanted = Entry {
        conversation,
        transcript: report.transcript,
        reply: report.reply,
        heard: "Half".into(),
        outcome: Some(Outcome::Partial),
        failed_stage: Some(Stage::Speak),
        failed_kind: Some(ErrorKind::CutShort),
        answered_by: report.answered_by,
        traffic: report.traffic,
        marks: report.marks,
        release_to_first_audio_ms: Some(350.25),
        ..begin
    };
    assert_eq!(kept, wanted);
    assert_eq!(home.told(), []);
}

#[tokio::test]
async fn silence_or_a_hand_begins_a_conversation() {
    let home = Home::new();
    let history = home.open();
    let first = turn(&history, NOW, "a", "b").await;
    // silence counts from the end of the last turn
    assert_eq!(turn(&history, NOW + 30 * MINUTE + 1_999, "a", "b").await, first);
    let second = turn(&history, NOW + 60 * MINUTE + 4_000, "a", "b").await;
    assert_ne!(second, first);
    history.new_conversation().await.unwrap();
    let third = turn(&history, NOW + 61 * MINUTE, "a", "b").await;
    assert_ne!(third, second);
    assert_eq!(history.begin(begun(NOW + 62 * MINUTE), Some(first)).await.unwrap(), first, "as was asked");
    history.close().await.unwrap();
    let again = home.open();
    assert_eq!(again.begin(begun(NOW + 63 * MINUTE), None).await.unwrap(), first, "also after a new start");
    let all = again.conversations(ALL).await.unwrap();
    let shape: Vec<_> = all.iter().map(|it| (it.id, it.started, it.last, it.turns)).collect();
    assert_eq!(
        shape,
        [
            (first, NOW, NOW + 63 * MINUTE, 4),
            (third, NOW + 61 * MINUTE, NOW + 61 * MINUTE, 1),
            (second, NOW + 60 * MINUTE + 4_000, NOW + 60 * MINUTE + 4_000, 1)
        ]
    );
}

#[tokio::test]
async fn a_clock_that_goes_back_changes_no_order() {
    let home = Home::new();
    let history = home.open();
    assert_eq!(history.last_turn().await.unwrap(), None);
    let conversation = turn(&history, NOW, "first", "").await;
    let last = history.last_turn().await.unwrap().unwrap();
    // the caller takes one more than the last number where its clock shows less
    let next = Entry { at: "2020-01-01T00:00:00+03:00".into(), ..begun(last.0 + 1) };
    assert_eq!(history.begin(next, None).await.unwrap(), conversation);
    let turns = history.turns(conversation, ALL).await.unwrap();
    assert_eq!(turns.iter().map(|turn| turn.id.0).collect::<Vec<_>>(), [NOW, NOW + 1]);
}

#[tokio::test]
async fn pages_go_back_in_time() {
    let home = Home::new();
    let history = home.open();
    for at in 0..7 {
        turn(&history, NOW + at, "x", "").await;
    }
    for hour in 1..8 {
        turn(&history, NOW + hour * 60 * MINUTE, "y", "").await;
    }
    let first = ConversationId(NOW);
    let ids = |turns: &[Entry]| turns.iter().map(|turn| turn.id.0 - NOW).collect::<Vec<_>>();
    let page = history.turns(first, Page { before: Some(NOW + 5), most: 3 }).await.unwrap();
    assert_eq!(ids(&page), [2, 3, 4]);
    let newest = history.conversations(Page { before: None, most: 2 }).await.unwrap();
    let rest = history.conversations(Page { before: Some(newest[1].last), most: 500 }).await.unwrap();
    let all = history.conversations(ALL).await.unwrap();
    assert_eq!([newest, rest].concat(), all);
    assert!(all.is_sorted_by(|a, b| a.last > b.last));
}

#[tokio::test]
async fn what_a_crash_left_is_offered() {
    let home = Home::new();
    let history = home.open();
    turn(&history, NOW, "whole", "").await;
    history.begin(Entry { recording: Some("cut.ogg".into()), ..begun(NOW + 1) }, None).await.unwrap();
    history.words(TurnId(NOW + 1), "half a".into()).await.unwrap();
    ["cut.ogg", "lost.ogg"].iter().for_each(|name| home.record(name));
    let now = history.unfinished().await.unwrap();
    assert!(now.turns.is_empty(), "it is under way");
    drop(history);
    let left = home.open().unfinished().await.unwrap();
    assert_eq!(left.turns.iter().map(|turn| turn.transcript.as_str()).collect::<Vec<_>>(), ["half a"]);
    assert_eq!(left.recordings, ["lost.ogg"]);
}

#[tokio::test]
async fn words_bring_a_turn_along_whose_beginning_could_not_be_kept() {
    let home = Home::new();
    let history = home.open();
    turn(&history, NOW, "whole", "").await;
    let other = rusqlite::Connection::open(home.paths().history).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(history.begin(begun(NOW + 1), None).await.unwrap_err().kind, ErrorKind::Storage);
    other.execute_batch("ROLLBACK").unwrap();
    history.words(TurnId(NOW + 1), "half a".into()).await.unwrap();
    drop(history);
    let left = home.open().unfinished().await.unwrap();
    assert_eq!(left.turns.iter().map(|turn| turn.transcript.as_str()).collect::<Vec<_>>(), ["half a"]);
}

#[tokio::test]
async fn a_retry_keeps_place_and_star() {
    let home = Home::new();
    let history = home.open();
    let mut failed = ended(NOW, "words", "");
    failed.report.outcome = Outcome::SavedForRetry;
    failed.failed = Some((Stage::Think, ErrorKind::Offline));
    let conversation = history.begin(Entry { recording: Some("a.ogg".into()), ..begun(NOW) }, None).await.unwrap();
    history.end(failed).await.unwrap();
    history.star_turn(TurnId(NOW), true).await.unwrap();
    assert_eq!(history.begin(Entry { at: "later".into(), ..begun(NOW) }, None).await.unwrap(), conversation);
    let again = history.turn(TurnId(NOW)).await.unwrap().unwrap();
    assert_eq!((again.transcript.as_str(), again.outcome, again.failed_stage), ("words", None, None));
    history.end(ended(NOW, "words", "answer")).await.unwrap();
    let done = history.turn(TurnId(NOW)).await.unwrap().unwrap();
    assert!(done.starred && done.at == begun(NOW).at && done.recording.as_deref() == Some("a.ogg"));
    assert_eq!((done.outcome, done.failed_stage, done.failed_kind), (Some(Outcome::Done), None, None));
}

#[tokio::test]
async fn nothing_is_noted_of_a_turn_that_is_not_there() {
    let home = Home::new();
    let history = home.open();
    let absent = TurnId(5);
    assert_eq!(history.words(absent, "x".into()).await.unwrap_err().kind, ErrorKind::NotKept);
    assert_eq!(history.end(ended(5, "x", "")).await.unwrap_err().kind, ErrorKind::NotKept);
    assert_eq!(history.star_turn(absent, true).await.unwrap_err().kind, ErrorKind::NotKept);
    assert_eq!(history.delete(absent).await.unwrap_err().kind, ErrorKind::NotKept);
    assert_eq!(history.rename(ConversationId(5), "x".into()).await.unwrap_err().kind, ErrorKind::NotKept);
    assert_eq!(history.delete_conversation(ConversationId(5)).await.unwrap_err().kind, ErrorKind::NotKept);
    assert_eq!(history.turn(absent).await.unwrap(), None);
    assert_eq!(home.told(), []);
}
