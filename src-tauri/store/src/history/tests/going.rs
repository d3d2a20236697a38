//! What goes away: by hand, by age, at once; and that nothing of it is left on the disk.

use super::*;
use rusqlite::Connection;

const DAY: u64 = 24 * 60 * MINUTE;
const CANARY: &str = "canary-phrase-of-the-person";

/// A turn with a recording.
async fn recorded(history: &History, home: &Home, id: u64, text: &str) -> ConversationId {
    let name = format!("{id}.ogg");
    home.record(&name);
    let conversation = history.begin(Entry { recording: Some(name), ..begun(id) }, None).await.unwrap();
    history.end(ended(id, text, text)).await.unwrap();
    conversation
}

async fn left(history: &History) -> Vec<u64> {
    let mut left = Vec::new();
    for conversation in history.conversations(ALL).await.unwrap() {
        left.extend(history.turns(conversation.id, ALL).await.unwrap().iter().map(|turn| turn.id.0));
    }
    left.sort_unstable();
    left
}

fn recordings(home: &Home) -> Vec<String> {
    let files = crate::files::list(&home.paths().journal);
    files.iter().map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_name_and_a_star_stay() {
    let home = Home::new();
    let history = home.open();
    let conversation = turn(&history, NOW, "a", "").await;
    history.rename(conversation, " Weekend\n plans ".into()).await.unwrap();
    history.star_conversation(conversation, true).await.unwrap();
    history.star_turn(TurnId(NOW), true).await.unwrap();
    history.close().await.unwrap();
    let again = home.open();
    let [it] = again.conversations(ALL).await.unwrap().try_into().unwrap();
    assert_eq!((it.name.as_str(), it.starred), ("Weekend plans", true));
    assert!(again.turn(TurnId(NOW)).await.unwrap().unwrap().starred);
}

#[tokio::test]
async fn a_deleted_turn_leaves_no_trace() {
    let home = Home::new();
    let history = home.open();
    for at in 0..50 {
        recorded(&history, &home, NOW + at, &format!("{CANARY} {at} {}", "x".repeat(300))).await;
    }
    recorded(&history, &home, NOW + 50, "something else").await;
    assert!(home.holds(CANARY));
    for at in 0..50 {
        history.delete(TurnId(NOW + at)).await.unwrap();
    }
    assert!(!home.holds(CANARY));
    assert_eq!(recordings(&home), [(NOW + 50).to_string()]);
    assert_eq!(left(&history).await, [NOW + 50]);
}

#[tokio::test]
async fn a_deleted_conversation_leaves_no_trace() {
    let home = Home::new();
    let history = home.open();
    let conversation = recorded(&history, &home, NOW, CANARY).await;
    recorded(&history, &home, NOW + 1, CANARY).await;
    recorded(&history, &home, NOW + 60 * MINUTE, "other").await;
    history.delete_conversation(conversation).await.unwrap();
    assert!(!home.holds(CANARY));
    assert_eq!(left(&history).await, [NOW + 60 * MINUTE]);
    assert_eq!(recordings(&home).len(), 1);
    assert!(turn(&history, NOW + 60 * MINUTE + 1, "next", "").await != conversation);
}

#[tokio::test]
async fn age_removes_what_has_no_star() {
    let home = Home::new();
    let history = home.open();
    for at in 0..5 {
        recorded(&history, &home, NOW + at * DAY, "x").await;
    }
    history.star_turn(TurnId(NOW), true).await.unwrap();
    history.star_conversation(ConversationId(NOW + DAY), true).await.unwrap();
    // its clock ran years ahead; its date says so
    let wrong = Entry { at: "2020-01-01T00:00:00Z".into(), ..begun(NOW + 4 * DAY + 1) };
    history.begin(wrong, None).await.unwrap();
    history.end(ended(NOW + 4 * DAY + 1, "x", "")).await.unwrap();
    history.keep(KeepHistory::Days, 2, NOW + 4 * DAY + MINUTE).await.unwrap();
    assert_eq!(left(&history).await, [NOW, NOW + DAY, NOW + 3 * DAY, NOW + 4 * DAY]);
    assert_eq!(recordings(&home).len(), 4);
    // and once a day while the app runs
    turn(&history, NOW + 6 * DAY, "y", "").await;
    assert_eq!(left(&history).await, [NOW, NOW + DAY, NOW + 4 * DAY, NOW + 6 * DAY]);
}

#[tokio::test]
async fn numbers_of_a_clock_that_was_ahead_make_nothing_old() {
    let home = Home::new();
    let history = home.open();
    turn(&history, NOW, "x", "").await;
    history.keep(KeepHistory::Days, 2, NOW).await.unwrap();
    // numbers never go back, and so are ahead once one was
    let ahead = NOW + 3_000 * DAY;
    history.begin(Entry { at: begun(NOW + 1).at, ..begun(ahead) }, None).await.unwrap();
    history.end(ended(ahead, "y", "")).await.unwrap();
    assert_eq!(left(&history).await, [NOW, ahead]);
}

#[tokio::test]
async fn nothing_is_kept_where_nothing_is_wanted() {
    let home = Home::new();
    let history = home.open();
    recorded(&history, &home, NOW, CANARY).await;
    recorded(&history, &home, NOW + 1, "starred").await;
    history.star_turn(TurnId(NOW + 1), true).await.unwrap();
    history.keep(KeepHistory::Nothing, 0, NOW + 2).await.unwrap();
    assert!(!home.holds(CANARY));
    home.record("3.ogg");
    history.begin(Entry { recording: Some("3.ogg".into()), ..begun(NOW + 3) }, None).await.unwrap();
    history.words(TurnId(NOW + 3), CANARY.into()).await.unwrap();
    assert!(!home.holds(CANARY), "not even while it is under way");
    history.end(ended(NOW + 3, CANARY, CANARY)).await.unwrap();
    assert!(!home.holds(CANARY));
    let mut failed = ended(NOW + 4, "to be tried again", "");
    failed.report.outcome = Outcome::SavedForRetry;
    history.begin(begun(NOW + 4), None).await.unwrap();
    history.end(failed).await.unwrap();
    assert_eq!(left(&history).await, [NOW + 1, NOW + 4]);
    assert_eq!(recordings(&home), [(NOW + 1).to_string()]);
}

#[tokio::test]
async fn old_recordings_go_but_not_those_that_are_needed() {
    let home = Home::new();
    let history = home.open();
    for at in 0..6 {
        recorded(&history, &home, NOW + at, "x").await;
    }
    history.star_turn(TurnId(NOW), true).await.unwrap();
    home.record(&format!("{}.ogg", NOW + 1));
    history.begin(begun(NOW + 1), None).await.unwrap();
    history.prune_recordings(3).await.unwrap();
    assert_eq!(recordings(&home), [NOW, NOW + 1, NOW + 5].map(|id| id.to_string()));
    history.prune_recordings(0).await.unwrap();
    assert_eq!(recordings(&home), [NOW, NOW + 1].map(|id| id.to_string()));
}

#[tokio::test]
async fn a_recording_whose_turn_is_about_to_begin_is_spared() {
    let home = Home::new();
    let history = home.open();
    let (before, next) = (format!("{NOW}.ogg"), format!("{}.ogg", NOW + 1));
    home.record(&before);
    history.announce_recording(&next);
    home.record(&next);
    history.prune_recordings(0).await.unwrap();
    assert_eq!(recordings(&home), [(NOW + 1).to_string()], "the key is down, the row is on its way");
    history.begin(Entry { recording: Some(next), ..begun(NOW + 1) }, None).await.unwrap();
    history.prune_recordings(0).await.unwrap();
    history.end(ended(NOW + 1, "x", "")).await.unwrap();
    history.prune_recordings(0).await.unwrap();
    assert_eq!(recordings(&home), [""; 0], "nobody needs it any more");
}

#[tokio::test]
async fn without_the_database_only_recordings_of_this_run_go() {
    let home = Home::new();
    home.record("1.ogg");
    home.open().close().await.unwrap();
    // a newer program's, which this one leaves alone
    Connection::open(home.paths().history).unwrap().pragma_update(None, "user_version", 1_000).unwrap();
    let history = home.open();
    let newer = history.begin(Entry { recording: Some("2.ogg".into()), ..begun(NOW) }, None).await;
    assert_eq!(newer.unwrap_err().kind, ErrorKind::NewerFile);
    home.record("2.ogg");
    history.end(ended(NOW, "x", "")).await.unwrap_err();
    history.prune_recordings(0).await.unwrap();
    assert_eq!(recordings(&home), ["1"]);
}

#[tokio::test]
async fn everything_is_forgotten_everywhere() {
    let home = Home::new();
    let paths = home.paths();
    let history = home.open();
    for at in 0..20 {
        recorded(&history, &home, NOW + at, &format!("{CANARY} {at}")).await;
    }
    let bad = crate::files::beside(&paths.history, ".bad-20200101T000000Z");
    let before = crate::files::beside(&paths.history, ".before-2");
    let places = [&bad, &before, &paths.logs.join("a.log"), &paths.offers.join("x.json"), &paths.cache.join("y/z")];
    let settings = [paths.settings.clone(), crate::files::beside(&paths.settings, ".old")];
    for path in places.into_iter().chain(&settings) {
        crate::files::replace(path, CANARY.as_bytes()).unwrap();
    }
    history.forget_everything(false).await.unwrap();
    assert!(settings.iter().all(|path| fs::read_to_string(path).unwrap() == CANARY), "those were not to go");
    history.forget_everything(true).await.unwrap();
    assert!(!home.holds(CANARY) && !home.holds("canary") && !home.holds("sound of"));
    assert!(left(&history).await.is_empty() && history.search("canary".into(), ALL).await.unwrap().is_empty());
    turn(&history, NOW + 30, "life goes on", "").await;
    assert_eq!(history.search("life".into(), ALL).await.unwrap().len(), 1);
    assert_eq!(home.told(), []);
}

#[tokio::test]
async fn a_name_from_elsewhere_deletes_nothing_elsewhere() {
    let home = Home::new();
    let history = home.open();
    let victim = home.path().join("data/victim.ogg");
    fs::create_dir_all(victim.parent().unwrap()).unwrap();
    fs::write(&victim, "x").unwrap();
    history.begin(Entry { recording: Some("../victim.ogg".into()), ..begun(NOW) }, None).await.unwrap();
    history.end(ended(NOW, "x", "")).await.unwrap();
    history.delete(TurnId(NOW)).await.unwrap();
    assert!(victim.exists());
}
