//! What was paid, day by day. Its own file because it is no part of a turn: it stays when turns go, and is kept where none
//! are.

use super::keeper::{Keeper, Promise};
use rusqlite::{Connection, Result as Sql, Row, params};
use voice::{Error, SpentDay, Usage};

/// More days than figures go back.
const DAYS: u32 = 800;

impl Keeper {
    /// Adds what was used on `day`.
    pub(crate) fn spend(&mut self, day: &str, usage: &[Usage]) -> Result<(), Error> {
        self.commit(Promise::Soon, |db| {
            let is_new = !db.prepare_cached("SELECT 1 FROM spent WHERE day = ?")?.exists([day])?;
            for used in usage {
                add(db, day, &used.provider, used.usd, u32::from(used.usd.is_none()))?;
            }
            if is_new {
                // by their number, not their distance: a clock that once ran years ahead takes nothing away
                let beyond = "DELETE FROM spent WHERE day IN
                    (SELECT DISTINCT day FROM spent ORDER BY day DESC LIMIT -1 OFFSET ?)";
                db.prepare_cached(beyond)?.execute([DAYS])?;
            }
            Ok(())
        })
    }

    /// What was paid on which day, oldest first; a day without anything is not there.
    pub(crate) fn spent(&mut self) -> Result<Vec<SpentDay>, Error> {
        self.read(|db| {
            let mut days: Vec<SpentDay> = Vec::new();
            let mut all = db.prepare_cached("SELECT * FROM spent ORDER BY day, usd DESC")?;
            let mut rows = all.query([])?;
            while let Some(row) = rows.next()? {
                let (day, provider, usd, unknown) = columns(row)?;
                let mut of_day = days.pop_if(|last| last.day == day);
                let sums = of_day.get_or_insert_with(|| SpentDay { day, by: Vec::new(), unknown: 0 });
                sums.by.extend(usd.map(|usd| (provider, usd)));
                sums.unknown = sums.unknown.saturating_add(unknown);
                days.extend(of_day);
            }
            Ok(days)
        })
    }
}

/// Adds to what `provider` cost on `day`.
fn add(db: &Connection, day: &str, provider: &str, usd: Option<f64>, unknown: u32) -> Sql<usize> {
    let sql = "INSERT INTO spent (day, provider, usd, unknown) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (day, provider) DO UPDATE
        SET usd = CASE WHEN ?3 IS NULL THEN usd ELSE coalesce(usd, 0) + ?3 END, unknown = unknown + ?4";
    db.prepare_cached(sql)?.execute(params![day, provider, usd, unknown])
}

/// Carries a row of a damaged database over.
pub(crate) fn carry(db: &Connection, row: &Row<'_>) -> Sql<usize> {
    let (day, provider, usd, unknown) = columns(row)?;
    add(db, &day, &provider, usd, unknown)
}

fn columns(row: &Row<'_>) -> Sql<(String, String, Option<f64>, u32)> {
    Ok((row.get("day")?, row.get("provider")?, row.get("usd")?, row.get("unknown")?))
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
