//! Exports and imports.

use super::*;
use voice::ExportFormat;

fn export(format: ExportFormat, to: &Path) -> Export {
    Export { format, extent: Extent::All, to: to.to_owned(), sound: None }
}

#[tokio::test]
async fn an_export_comes_back_whole_and_once() {
    let (home, other) = (Home::new(), Home::new());
    let history = home.open();
    for at in 0..4 {
        turn(&history, NOW + at * 20 * MINUTE, "said \"this\"\n", "and {that}").await;
    }
    turn(&history, NOW + 600 * MINUTE, "apart", "").await;
    history.rename(ConversationId(NOW), "A \"name\"}".into()).await.unwrap();
    history.star_turn(TurnId(NOW), true).await.unwrap();
    let file = home.path().join("out.json");
    assert_eq!(history.export(export(ExportFormat::Json, &file)).await.unwrap().turns, 5);
    let away = other.open();
    turn(&away, NOW + 5, "its own", "").await;
    let came = away.import(file.clone()).await.unwrap();
    assert_eq!(came, Imported { taken: 5, known: 0, refused: 0 });
    assert_eq!(away.import(file).await.unwrap(), Imported { taken: 0, known: 5, refused: 0 });
    for conversation in history.conversations(ALL).await.unwrap() {
        let theirs = away.conversations(ALL).await.unwrap();
        assert!(theirs.contains(&conversation));
        let turns = |history: &History| history.turns(conversation.id, ALL);
        assert_eq!(turns(&away).await.unwrap(), turns(&history).await.unwrap());
    }
    assert_eq!(away.search("that".into(), ALL).await.unwrap().len(), 4);
}

#[tokio::test]
async fn what_is_no_export_is_refused() {
    let home = Home::new();
    let history = home.open();
    let file = home.path().join("in.json");
    let refused = [
        ("", ErrorKind::NotAnExport),
        ("[]", ErrorKind::NotAnExport),
        ("{\"conversations\":[]}", ErrorKind::NotAnExport),
        ("{\"wilco_history\":1}", ErrorKind::NotAnExport),
        ("{\"wilco_history\":1,\"conversations\":[", ErrorKind::NotAnExport),
        ("{\"wilco_history\":2,\"chats\":{}}", ErrorKind::NewerFile),
    ];
    for (text, kind) in refused {
        fs::write(&file, text).unwrap();
        assert_eq!(history.import(file.clone()).await.unwrap_err().kind, kind, "{text}");
    }
    let absent = home.path().join("absent");
    assert_eq!(history.import(absent).await.unwrap_err().kind, ErrorKind::FileMissing);
    assert!(history.conversations(ALL).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_hostile_export_brings_nothing_but_text() {
    let home = Home::new();
    let history = home.open();
    let good = Entry { recording: Some("../../etc/x.ogg".into()), conversation: ConversationId(9), ..begun(NOW) };
    let giant = Entry { transcript: "x".repeat((1 << 20) + 1), ..begun(NOW + 1) };
    let nothing = Entry { reply: "a\0b".into(), ..begun(NOW + 2) };
    let timeless = begun(0);
    let far = begun(9_000_000_000_000);
    let turns: Vec<_> =
        [good, giant, nothing, timeless, far].iter().map(|it| serde_json::to_value(it).unwrap()).collect();
    let mut whole = serde_json::json!({"wilco_history": 1, "conversations": [{"id": NOW, "turns": turns}]});
    whole["conversations"][0]["turns"].as_array_mut().unwrap().push("x".into());
    let file = home.path().join("in.json");
    fs::write(&file, whole.to_string()).unwrap();
    assert_eq!(history.import(file).await.unwrap(), Imported { taken: 1, known: 0, refused: 5 });
    let [turn] = history.turns(ConversationId(NOW), ALL).await.unwrap().try_into().unwrap();
    assert_eq!((turn.recording, turn.outcome), (None, Some(Outcome::Partial)));
    assert!(history.unfinished().await.unwrap().turns.is_empty());
}

#[tokio::test]
async fn people_and_players_can_read_it() {
    let home = Home::new();
    let history = home.open();
    let conversation = turn(&history, NOW, "one *two*", "![x](http://a/b)\nmore").await;
    turn(&history, NOW + 5_000, "three", "").await;
    let (text, subtitles) = (home.path().join("a.md"), home.path().join("a.srt"));
    history.export(export(ExportFormat::Markdown, &text)).await.unwrap();
    let text = fs::read_to_string(text).unwrap();
    assert!(text.contains("**You:** one \\*two\\*\n\n**Wilco:** \\!\\[x\\]"), "{text}");
    let only = Export { extent: Extent::Conversation(conversation), ..export(ExportFormat::Srt, &subtitles) };
    history.export(only).await.unwrap();
    let wanted = "1\n00:00:00,040 --> 00:00:00,900\none *two*\n\n2\n00:00:00,000 --> 00:00:02,000\n![x](http://a/b)\nmore\n\n\
                  3\n00:00:05,040 --> 00:00:05,900\nthree\n\n";
    assert_eq!(fs::read_to_string(&subtitles).unwrap(), wanted);
    let one = Export { extent: Extent::Turn(TurnId(NOW + 5_000)), ..export(ExportFormat::Srt, &subtitles) };
    assert_eq!(history.export(one).await.unwrap().turns, 1);
    assert_eq!(
        fs::read_to_string(subtitles).unwrap(),
        "1\n00:00:00,040 --> 00:00:00,900\nthree\n\n",
        "from its own press"
    );
}

#[tokio::test]
async fn recordings_go_along_and_a_failing_export_leaves_the_old_file() {
    let home = Home::new();
    let history = home.open();
    home.record("1.ogg");
    for (id, name) in [(NOW, "1.ogg"), (NOW + 1, "gone.ogg")] {
        history.begin(Entry { recording: Some(name.into()), ..begun(id) }, None).await.unwrap();
        history.end(ended(id, "x", "")).await.unwrap();
    }
    let (to, sound) = (home.path().join("out/all.json"), home.path().join("out/sound"));
    let with_sound = Export { sound: Some(sound.clone()), ..export(ExportFormat::Json, &to) };
    history.export(with_sound.clone()).await.unwrap();
    assert_eq!(fs::read_to_string(sound.join("1.ogg")).unwrap(), "sound of 1.ogg");
    assert_eq!(fs::read_dir(&sound).unwrap().count(), 1);
    for extent in [Extent::Conversation(ConversationId(7)), Extent::Turn(TurnId(7))] {
        let missing = Export { extent, ..export(ExportFormat::Json, &to) };
        assert_eq!(history.export(missing).await.unwrap_err().kind, ErrorKind::NotKept);
    }
    let nowhere = export(ExportFormat::Json, &to.join("below-a-file"));
    assert_eq!(history.export(nowhere).await.unwrap_err().kind, ErrorKind::Storage);
    assert!(fs::read_to_string(to).unwrap().starts_with("{\"wilco_history\":1,"));
}
