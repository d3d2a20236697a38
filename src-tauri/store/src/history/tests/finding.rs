//! Search: every script, every length, and no query language.

use super::*;

async fn found(history: &History, text: &str) -> Vec<String> {
    let found = history.search(text.into(), ALL).await.unwrap();
    let show = |piece: &voice::Piece| if piece.hit { format!("[{}]", piece.text) } else { piece.text.clone() };
    found.iter().map(|found| found.snippet.iter().map(show).collect()).collect()
}

#[tokio::test]
async fn words_are_found_in_any_language() {
    let home = Home::new();
    let history = home.open();
    let texts = [
        "Le Café est fermé",
        "Завтра будет дождь",
        "明日の天気は雨です",
        "내일은 비가 옵니다",
        "غدا سيكون ممطرا",
        "คืนนี้ฝนตก",
        "İstanbul güzel",
        "Straße 🙂",
    ];
    for (at, text) in texts.iter().enumerate() {
        turn(&history, NOW + at as u64, text, "").await;
    }
    for (query, wanted) in [
        ("cafe", "Le [Café] est fermé"),
        ("CAFÉ", "Le [Café] est fermé"),
        ("ЗАВТРА", "[Завтра] будет дождь"),
        ("дож", "Завтра будет [дож]дь"),
        ("天気", "明日の[天気]は雨です"),
        ("雨", "明日の天気は[雨]です"),
        ("天気は", "明日の[天気は]雨です"),
        ("비가", "내일은 [비가] 옵니다"),
        ("ممطر", "غدا سيكون [ممطر]ا"),
        ("ฝนตก", "คืนนี้[ฝนตก]"),
        ("stra", "[Stra]ße 🙂"),
        ("🙂", "Straße [🙂]"),
        ("est le", "[Le] Café [est] fermé"),
    ] {
        let found = found(&history, query).await;
        // a short word beside a long one narrows the search; only the long one is marked
        let marked = found.iter().any(|found| found == wanted || *found == wanted.replace("[Le]", "Le"));
        assert!(marked, "{query}: {found:?}");
    }
    assert!(found(&history, "cafe дождь").await.is_empty(), "every word has to be there");
}

#[tokio::test]
async fn a_query_is_only_text() {
    let home = Home::new();
    let history = home.open();
    turn(&history, NOW, r#"say "AND" OR NEAR(a*b) -x ^c col:um 100% _ \ '; DROP TABLE turns;--"#, "").await;
    turn(&history, NOW + 1, "innocent", "").await;
    let queries =
        ["\"AND\"", "NEAR(a*b)", "col:um", "100%", "-x ^c", "\\", "_", "%", "'; DROP", "\"", "OR NEAR", "a*b"];
    for query in queries {
        assert_eq!(history.search(query.into(), ALL).await.unwrap().len(), 1, "{query}");
    }
    for query in ["", "  ", "\0", "\u{fdd0}", "{x} : y", "\"\"\"", "((("] {
        assert!(history.search(query.into(), ALL).await.unwrap().is_empty(), "{query:?}");
    }
    let long = "long ".repeat(10_000);
    assert!(history.search(long, ALL).await.unwrap().is_empty());
    assert_eq!(home.told(), []);
}

#[tokio::test]
async fn what_was_found_says_where_it_is() {
    let home = Home::new();
    let history = home.open();
    let conversation = turn(&history, NOW, "how high is it", "The mountain is high.").await;
    turn(&history, NOW + 1, "mountain", "").await;
    let found = history.search("MOUNTAIN".into(), ALL).await.unwrap();
    let shape: Vec<_> = found.iter().map(|it| (it.turn.0 - NOW, it.in_reply)).collect();
    assert_eq!(shape, [(1, false), (0, true)], "newest first");
    assert_eq!((found[1].conversation, found[1].at.as_str()), (conversation, begun(NOW).at.as_str()));
    let older = history.search("mountain".into(), Page { before: Some(NOW + 1), most: 5 }).await.unwrap();
    assert_eq!(older.len(), 1);
}

#[tokio::test]
async fn the_index_follows_what_changes() {
    let home = Home::new();
    let history = home.open();
    history.begin(begun(NOW), None).await.unwrap();
    history.words(TurnId(NOW), "helicopter".into()).await.unwrap();
    assert!(found(&history, "helicopter").await.is_empty(), "it is not over");
    history.end(ended(NOW, "submarine", "")).await.unwrap();
    assert!(found(&history, "helicopter").await.is_empty());
    assert_eq!(found(&history, "submarine").await.len(), 1);
    // it is tried again, and heard as something else
    history.begin(begun(NOW), None).await.unwrap();
    assert!(found(&history, "submarine").await.is_empty(), "it is not over");
    history.end(ended(NOW, "zeppelin", "")).await.unwrap();
    assert!(found(&history, "submarine").await.is_empty());
    assert_eq!(found(&history, "zeppelin").await.len(), 1);
    history.delete(TurnId(NOW)).await.unwrap();
    assert!(found(&history, "zeppelin").await.is_empty());
}
