//! What figures say of kept turns.

use super::*;
use voice::{Span, Spread, Tried};

const DAY: u64 = 24 * 60 * MINUTE;

/// A turn with a wait of so many milliseconds; heard by `ear`, said by two voices, the first of them late by `wait` / 2.
async fn waited(history: &History, id: u64, wait: f64, ear: &str) {
    let mut end = ended(id, "words", "reply");
    end.report.release_to_first_audio_ms = Some(wait);
    end.report.answered_by =
        vec![(Stage::Hear, ear.into()), (Stage::Speak, "first".into()), (Stage::Speak, "second".into())];
    let marks = [
        (Mark::KeyUp, 1_000.0),
        (Mark::SttFinal, 1_000.0 + wait / 4.0),
        (Mark::FirstPhrase, 2_000.0),
        (Mark::TtsFirstByte, 2_000.0 + wait / 2.0),
    ];
    end.report.marks = marks.map(|(mark, ms)| Stamp { mark, ms }).into();
    history.begin(begun(id), None).await.unwrap();
    history.end(end).await.unwrap();
}

#[tokio::test]
async fn nothing_is_told_of_nothing() {
    let history = Home::new().open();
    history.begin(begun(NOW), None).await.unwrap();
    let figures = history.figures(Span::All, NOW).await.unwrap();
    assert_eq!(figures, voice::Figures::default(), "a turn that has not ended does not count");
}

#[tokio::test]
async fn waits_are_told_by_rank_and_by_whoever_began() {
    let history = Home::new().open();
    for at in 1..=100 {
        waited(&history, NOW + at, (at * 10) as f64, if at <= 60 { "good" } else { "slow" }).await;
    }
    let figures = history.figures(Span::Day, NOW + MINUTE).await.unwrap();
    assert_eq!(figures.turns, 100);
    assert_eq!(figures.wait, Some(Spread { count: 100, p50: 500.0, p95: 950.0, p99: 990.0 }));
    let of = |name: &str| figures.providers.iter().find(|one| one.provider == name).unwrap();
    assert_eq!((of("good").answered, of("good").wait.unwrap().p50), (60, 75.0));
    assert_eq!(of("slow").wait.unwrap().p99, 250.0);
    assert_eq!(of("first").wait.unwrap().p50, 250.0);
    assert_eq!((of("second").answered, of("second").wait), (100, None), "it did not begin");
    let [hour] = of("good").stretches.as_slice() else { panic!("all within an hour") };
    assert_eq!((hour.turns, hour.wait), (60, of("good").wait));
    let order: Vec<_> = figures.providers.iter().map(|one| (one.stage, one.answered)).collect();
    assert_eq!(order, [(Stage::Hear, 60), (Stage::Hear, 40), (Stage::Speak, 100), (Stage::Speak, 100)]);
    let slowest: Vec<_> = figures.slowest.iter().map(|one| (one.turn.0 - NOW, one.wait_ms)).collect();
    assert_eq!(slowest, (91..=100).rev().map(|at| (at, (at * 10) as f64)).collect::<Vec<_>>());
    assert_eq!(figures.slowest[0].longest, Some((Stage::Speak, 500.0)));
}

#[tokio::test]
async fn one_turn_is_its_own_spread() {
    let history = Home::new().open();
    waited(&history, NOW, 70.0, "ear").await;
    let figures = history.figures(Span::All, NOW).await.unwrap();
    assert_eq!(figures.wait, Some(Spread { count: 1, p50: 70.0, p95: 70.0, p99: 70.0 }));
}

#[tokio::test]
async fn failures_count_against_whoever_failed() {
    let history = Home::new().open();
    let failed =
        |provider: &str, failed| Tried { stage: Stage::Hear, provider: provider.into(), failed, after_ms: 9.0 };
    let mut end = ended(NOW, "words", "");
    end.report.outcome = Outcome::SavedForRetry;
    end.report.tried = vec![
        failed("bad", Some(ErrorKind::TimedOut)),
        failed("bad", Some(ErrorKind::Busy)),
        failed("bad", Some(ErrorKind::Busy)),
        failed("late", None),
    ];
    history.begin(begun(NOW), None).await.unwrap();
    history.end(end.clone()).await.unwrap();
    assert_eq!(history.turn(TurnId(NOW)).await.unwrap().unwrap().tried, end.report.tried);
    let figures = history.figures(Span::All, NOW).await.unwrap();
    let names: Vec<_> = figures.providers.iter().map(|one| (one.provider.as_str(), one.answered)).collect();
    assert_eq!(names, [("ear", 1), ("bad", 0)], "who was only slower did not fail");
    assert_eq!(figures.providers[1].failed, [(ErrorKind::Busy, 2), (ErrorKind::TimedOut, 1)]);
    assert_eq!(figures.outcomes, [(Outcome::SavedForRetry, 1)]);
    assert_eq!(figures.stretches[0].failed, 1);
    let bad = &figures.providers[1].stretches[0];
    assert_eq!((bad.turns, bad.failed, bad.wait), (3, 3, None));
}

#[tokio::test]
async fn a_span_has_its_stretches() {
    let history = Home::new().open();
    for day in 0..200 {
        turn(&history, NOW + day * DAY, "", "").await;
    }
    let now = NOW + 199 * DAY + MINUTE;
    for (span, turns, stretches, length) in
        [(Span::Day, 1, 1, 13), (Span::Week, 7, 7, 10), (Span::Month, 30, 30, 10), (Span::All, 200, 8, 7)]
    {
        let figures = history.figures(span, now).await.unwrap();
        let named = |all: &[voice::Stretch]| all.iter().map(|one| (one.of.clone(), one.turns)).collect::<Vec<_>>();
        assert_eq!(named(&figures.providers[0].stretches), named(&figures.stretches), "one heard all of them");
        let told = figures.stretches;
        assert_eq!((figures.turns, told.len()), (turns, stretches), "{span:?}");
        assert!(
            told.iter().all(|one| one.of.len() == length) && told.is_sorted_by_key(|one| one.of.clone()),
            "{told:?}"
        );
        assert_eq!(told.iter().map(|one| one.turns).sum::<u32>(), turns);
    }
}
