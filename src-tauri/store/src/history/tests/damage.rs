//! What is found in the place of the database, and what becomes of it.

use super::*;
use crate::history::{open, schema};
use rusqlite::Connection;
use voice::{Kind, Reached, SpentDay, Usage};

/// Bytes of a page of the database.
const PAGE: usize = 4096;

/// A history of 300 turns, closed in order.
async fn filled(home: &Home) -> Vec<u8> {
    let history = home.open();
    for at in 0..300 {
        history.begin(begun(NOW + at), None).await.unwrap();
        // what is promised is done in order: only the last has to be waited for
        drop(history.end(ended(NOW + at, &format!("words of turn {at} {}", "and so on ".repeat(20)), "reply")));
    }
    history.close().await.unwrap();
    fs::read(home.paths().history).unwrap()
}

async fn count(history: &History) -> usize {
    history.conversations(ALL).await.unwrap().iter().map(|conversation| conversation.turns as usize).sum()
}

/// That it works: a turn goes in, is found, and is there after another start.
async fn is_alive(home: &Home, history: &History, id: u64) {
    turn(history, id, "still alive", "").await;
    assert!(!history.search("alive".into(), ALL).await.unwrap().is_empty());
    history.close().await.unwrap();
    assert!(home.open().turn(TurnId(id)).await.unwrap().is_some());
}

#[tokio::test]
async fn rubbish_is_set_aside_and_told() {
    let foreign = tempfile::NamedTempFile::new().unwrap();
    Connection::open(foreign.path()).unwrap().execute_batch("CREATE TABLE photos (id INTEGER)").unwrap();
    let foreign = fs::read(foreign.path()).unwrap();
    let prose = b"no database, and shorter than one of its pages";
    for rubbish in [&[0; 9_000], &prose[..], b"S", b"SQLite format 3\0", &foreign, &prose.repeat(99)] {
        let home = Home::new();
        let path = home.paths().history;
        crate::files::replace(&path, rubbish).unwrap();
        let history = home.open();
        assert_eq!(count(&history).await, 0);
        assert_eq!(home.told(), [ErrorKind::Damaged]);
        let [aside] = open::bad_ones(&path).try_into().unwrap();
        assert!(fs::read(aside).unwrap() == rubbish);
        is_alive(&home, &history, NOW).await;
        assert_eq!(home.told(), []);
    }
}

#[tokio::test]
async fn what_can_be_read_of_a_damaged_history_is_carried_over() {
    let home = Home::new();
    let good = filled(&home).await;
    let path = home.paths().history;
    let mut carried = Vec::new();
    let pages = good.len() / PAGE;
    let anywhere = (1..9).map(|eighth| vec![pages * eighth / 9]);
    // which pages those are differs from run to run: here are words of a turn in any case
    let words = b"words of turn 150 ";
    let under_words = (0..pages).filter(|at| good[at * PAGE..][..PAGE].windows(words.len()).any(|text| text == words));
    for (at, damage) in anywhere.chain([under_words.collect()]).enumerate() {
        let mut bytes = good.clone();
        damage.iter().for_each(|page| bytes[page * PAGE..][..PAGE].fill(0xa5));
        fs::write(&path, bytes).unwrap();
        // what a crash leaves makes us look
        fs::write(open::log_of(&path), "x").unwrap();
        let history = home.open_at(NOW + at as u64 * 1_000);
        let count = count(&history).await;
        assert!(count >= 200, "{count} turns after damage at {damage:?}");
        carried.push((count, home.told()));
        is_alive(&home, &history, NOW + 1_000).await;
    }
    assert!(carried.iter().any(|(count, told)| *count < 300 && told[..] == [ErrorKind::Damaged]), "{carried:?}");
    assert!(carried.iter().all(|(count, told)| *count == 300 || !told.is_empty()), "nothing is lost in silence");
}

#[tokio::test]
async fn what_was_paid_and_who_got_what_are_carried_over_too() {
    let home = Home::new();
    let history = home.open();
    let used = r#"{"stage":"speak","provider":"ear","seconds":0,"tokens_in":0,"tokens_out":0,"characters":9,"voice_seconds":1,"usd":0.5}"#;
    let used: Usage = serde_json::from_str(used).unwrap();
    history.spend("2026-11-21".into(), vec![used.clone(), Usage { usd: None, ..used }]).await.unwrap();
    let host = Reached { host: "a.example".into(), kinds: vec![Kind::Say], calls: 1, sent: 9, received: 2, last_ms: 0 };
    history.reach(vec![host.clone()], NOW).await.unwrap();
    history.close().await.unwrap();
    Connection::open(home.paths().history).unwrap().execute_batch("DROP TABLE words").unwrap();
    let history = home.open();
    let day = SpentDay { day: "2026-11-21".into(), by: vec![("ear".into(), 0.5)], unknown: 1 };
    assert_eq!(history.spent().await.unwrap(), [day]);
    assert_eq!(history.reached().await.unwrap(), [Reached { last_ms: NOW, ..host }]);
    assert_eq!(home.told(), [ErrorKind::Damaged]);
}

#[tokio::test]
async fn no_cut_and_no_flipped_bytes_end_the_app() {
    let home = Home::new();
    let good = filled(&home).await;
    let path = home.paths().history;
    for at in (0..good.len()).step_by(512 * 33) {
        for cut in [true, false] {
            let mut bytes = good.clone();
            if cut {
                bytes.truncate(at);
            } else {
                bytes.iter_mut().skip(at).take(7).for_each(|byte| *byte = !*byte);
            }
            for file in crate::files::list(path.parent().unwrap()) {
                fs::remove_file(file).unwrap();
            }
            fs::write(&path, bytes).unwrap();
            let history = home.open();
            // a fault that shows only now is met now
            history.search("words".into(), ALL).await.ok();
            history.begin(begun(NOW + 1_000), None).await.unwrap();
            history.end(ended(NOW + 1_000, "still alive", "")).await.unwrap();
            assert!(history.turn(TurnId(NOW + 1_000)).await.unwrap().is_some(), "{at} {cut}");
            // its thread, too, removes files
            history.close().await.ok();
        }
    }
}

#[tokio::test]
async fn a_newer_history_is_left_alone() {
    let home = Home::new();
    filled(&home).await;
    let path = home.paths().history;
    let newer = Connection::open(&path).unwrap();
    newer.pragma_update(None, "user_version", schema::VERSION + 1).unwrap();
    newer.close().unwrap();
    let before = fs::read(&path).unwrap();
    let history = home.open();
    assert_eq!(history.begin(begun(NOW + 900), None).await.unwrap_err().kind, ErrorKind::NewerFile);
    assert_eq!(history.end(ended(NOW + 900, "for now", "")).await.unwrap_err().kind, ErrorKind::NewerFile);
    assert_eq!(history.search("for now".into(), ALL).await.unwrap().len(), 1, "as long as the app runs");
    history.close().await.unwrap();
    assert_eq!(home.told(), [ErrorKind::NewerFile], "once");
    assert!(fs::read(&path).unwrap() == before);
    assert!(open::bad_ones(&path).is_empty());
}

#[tokio::test]
async fn an_older_history_comes_along_with_a_copy() {
    for (version, old_shape) in [
        (1, include_str!("version_1.sql")),
        (2, include_str!("version_2.sql")),
        (3, include_str!("version_3.sql")),
        (4, include_str!("version_4.sql")),
        (5, include_str!("version_5.sql")),
    ] {
        let turn = comes_along(version, old_shape).await;
        let kept = version > 2;
        assert_eq!((!turn.tried.is_empty(), !turn.usage.is_empty()), (kept, kept), "what it did not keep is empty");
    }
}

async fn comes_along(version: i32, old_shape: &str) -> Entry {
    let home = Home::new();
    let path = home.paths().history;
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let old = Connection::open(&path).unwrap();
    old.execute_batch(old_shape).unwrap();
    old.close().unwrap();
    let history = home.open();
    let turns = history.turns(ConversationId(1_700_000_000_000), ALL).await.unwrap();
    assert_eq!(turns.iter().map(|turn| turn.outcome).collect::<Vec<_>>(), [Some(Outcome::Done), None]);
    assert_eq!(history.search("дождь".into(), ALL).await.unwrap().len(), 1, "its words are in the new index");
    let copies = open::copies(&path);
    let copy = Connection::open(&copies[0]).unwrap();
    let kept: (i32, i64) = (
        copy.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap(),
        copy.query_row("SELECT count(*) FROM turns", [], |row| row.get(0)).unwrap(),
    );
    assert_eq!(kept, (version, 2));
    assert!(history.search("И ещё".into(), ALL).await.unwrap().is_empty(), "that turn is not over");
    is_alive(&home, &history, NOW).await;
    assert!(open::copies(&path).is_empty(), "the next start was well");
    assert_eq!(home.told(), []);
    turns[0].clone()
}

#[tokio::test]
async fn a_history_of_today_opens_for_ever() {
    let home = Home::new();
    let path = home.paths().history;
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let kept = Connection::open(&path).unwrap();
    kept.execute_batch(include_str!("version_6.sql")).unwrap();
    kept.close().unwrap();
    let history = home.open();
    let turn = history.turn(TurnId(1_700_000_000_000)).await.unwrap().unwrap();
    assert_eq!((turn.tried[0].failed, turn.usage[0].usd), (Some(ErrorKind::TimedOut), Some(0.000_25)));
    assert_eq!((turn.traffic[0].sent, turn.traffic[0].received), (6_200, 18));
    assert!(open::copies(&path).is_empty(), "it is of today: nothing is copied");
    assert_eq!(history.search("дождь".into(), ALL).await.unwrap().len(), 1);
    assert_eq!(history.conversations(ALL).await.unwrap()[0].name, "Погода");
    let [day] = history.spent().await.unwrap().try_into().unwrap();
    assert_eq!((day.day.as_str(), day.by, day.unknown), ("2023-11-15", vec![("ear".to_owned(), 0.25)], 3));
    let [host] = history.reached().await.unwrap().try_into().unwrap();
    assert_eq!((host.host.as_str(), host.kinds, host.calls, host.sent), ("ear.example", vec![Kind::Hear], 2, 300));
    assert_eq!(home.told(), []);
}

#[tokio::test]
async fn a_disk_that_takes_nothing_is_told_once_and_tried_again() {
    let home = Home::new();
    let data = home.path().join("data");
    // a file where the folder should be: nothing can be made in it, not even by an administrator
    fs::write(&data, "").unwrap();
    let history = home.open();
    for at in 0..3 {
        assert_eq!(history.begin(begun(NOW + at), None).await.unwrap_err().kind, ErrorKind::Storage);
        let told = history.end(ended(NOW + at, "in the meantime", "")).await.unwrap_err();
        assert_eq!(told.kind, ErrorKind::Storage);
    }
    assert_eq!(count(&history).await, 3, "as long as the app runs");
    assert_eq!(home.told(), [ErrorKind::Storage], "once");
    fs::remove_file(&data).unwrap();
    turn(&history, NOW + 3, "again", "").await;
    history.close().await.unwrap();
    assert_eq!(count(&home.open()).await, 4, "what was in memory came along");
    assert_eq!(home.told(), []);
}

#[tokio::test]
async fn without_a_home_the_history_is_that_of_this_run() {
    let told: Arc<Mutex<Vec<Error>>> = Arc::default();
    let ear = told.clone();
    let history = History::open(None, NOW, move |error| ear.lock().unwrap().push(error));
    assert_eq!(history.begin(begun(NOW), None).await.unwrap_err().kind, ErrorKind::Storage);
    assert!(history.end(ended(NOW, "hello there", "")).await.is_err());
    assert_eq!(history.search("hello".into(), ALL).await.unwrap().len(), 1);
    history.forget_everything(true).await.unwrap();
    assert_eq!(told.lock().unwrap().len(), 1);
}
