//! What was paid, day by day. Its own file because it is no part of a turn: it stays when turns go, and is kept where none
//! are.

use super::keeper::Keeper;
use voice::{Error, SpentDay, Usage};

/// More days than figures go back.
const DAYS: usize = 800;
/// The note of it.
const SPENT: &str = "spent";

impl Keeper {
    /// Adds what was used on `day`.
    pub(crate) fn spend(&self, day: &str, usage: &[Usage]) -> Result<(), Error> {
        let mut days = self.spent();
        if !days.iter().any(|one| one.day == day) {
            days.push(SpentDay { day: day.to_owned(), by: Vec::new(), unknown: 0 });
            // a clock that was set back
            days.sort_by(|one, other| one.day.cmp(&other.day));
            days.drain(..days.len().saturating_sub(DAYS));
        }
        if let Some(today) = days.iter_mut().find(|one| one.day == day) {
            usage.iter().for_each(|one| add(today, one));
        }
        self.note_down(SPENT, &serde_json::to_string(&days).unwrap_or_default())
    }

    /// What was paid on which day, oldest first; a day without anything is not there.
    pub(crate) fn spent(&self) -> Vec<SpentDay> {
        self.noted(SPENT).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    }
}

fn add(day: &mut SpentDay, used: &Usage) {
    let Some(usd) = used.usd else {
        day.unknown = day.unknown.saturating_add(1);
        return;
    };
    match day.by.iter_mut().find(|(name, _)| *name == used.provider) {
        Some((_, sum)) => *sum += usd,
        None => day.by.push((used.provider.clone(), usd)),
    }
    day.by.sort_by(|one, other| other.1.total_cmp(&one.1));
}

#[cfg(test)]
mod tests {
    use crate::{History, Paths};
    use voice::{Stage, Usage};

    fn used(provider: &str, usd: Option<f64>) -> Usage {
        let provider = provider.into();
        Usage {
            stage: Stage::Hear,
            provider,
            seconds: 0.0,
            tokens_in: 0,
            tokens_out: 0,
            characters: 0,
            voice_seconds: 0.0,
            usd,
        }
    }

    #[tokio::test]
    async fn days_add_up_from_run_to_run_whatever_the_clock_does() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::in_folders(home.path(), home.path(), home.path());
        for _ in 0..2 {
            let history = History::open(Some(paths.clone()), 0, |error| panic!("{error}"));
            history
                .spend("2026-11-20".into(), vec![used("a", Some(0.25)), used("b", Some(1.0)), used("c", None)])
                .await
                .unwrap();
            history.spend("2026-11-21".into(), vec![used("a", Some(0.5))]).await.unwrap();
            history.close().await.unwrap();
        }
        let history = History::open(Some(paths.clone()), 0, |error| panic!("{error}"));
        let [first, last] = history.spent().await.unwrap().try_into().unwrap();
        assert_eq!((first.day.as_str(), first.unknown), ("2026-11-20", 2));
        assert_eq!(first.by, [("b".to_owned(), 2.0), ("a".to_owned(), 0.5)]);
        assert_eq!((last.day.as_str(), last.by), ("2026-11-21", vec![("a".to_owned(), 1.0)]));
        history.forget_everything(false).await.unwrap();
        assert!(history.spent().await.unwrap().is_empty());
    }
}
