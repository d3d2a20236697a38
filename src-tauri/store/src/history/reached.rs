//! Which host got what. Its own file because it is no part of a turn: it stays when turns go, and is kept where none are.

use super::{
    keeper::{Keeper, Promise},
    rows::{number, unsigned},
};
use rusqlite::{Connection, OptionalExtension, Result as Sql, Row, named_params};
use voice::{Error, Reached};

/// More hosts than a person ever asks; those that were asked longest ago go first.
const HOSTS: u32 = 200;

impl Keeper {
    /// Adds `more` to what hosts got, at `now`.
    pub(crate) fn reach(&mut self, more: &[Reached], now: u64) -> Result<(), Error> {
        self.commit(Promise::Soon, |db| more.iter().try_for_each(|one| add(db, one, now)))
    }

    /// What hosts got so far; whoever was asked last is first.
    pub(crate) fn reached(&mut self) -> Result<Vec<Reached>, Error> {
        self.read(|db| db.prepare_cached("SELECT * FROM reached ORDER BY last_ms DESC")?.query_map([], host)?.collect())
    }
}

fn add(db: &Connection, more: &Reached, now: u64) -> Sql<()> {
    let known = db.prepare_cached("SELECT * FROM reached WHERE host = ?")?.query_row([&more.host], host).optional()?;
    let is_new = known.is_none();
    let mut sum = known.unwrap_or_else(|| Reached { calls: 0, sent: 0, received: 0, last_ms: 0, ..more.clone() });
    sum.calls = sum.calls.saturating_add(more.calls);
    sum.sent = sum.sent.saturating_add(more.sent);
    sum.received = sum.received.saturating_add(more.received);
    sum.last_ms = sum.last_ms.max(now);
    for kind in &more.kinds {
        if !sum.kinds.contains(kind) {
            sum.kinds.push(*kind);
        }
    }
    put(db, &sum)?;
    if is_new {
        let beyond = "DELETE FROM reached WHERE id IN (SELECT id FROM reached ORDER BY last_ms DESC LIMIT -1 OFFSET ?)";
        db.prepare_cached(beyond)?.execute([HOSTS])?;
    }
    Ok(())
}

/// Writes what a host got over what was kept of it.
fn put(db: &Connection, one: &Reached) -> Sql<usize> {
    let sql = "INSERT INTO reached (host, kinds, calls, sent, received, last_ms)
        VALUES (:host, :kinds, :calls, :sent, :received, :last_ms)
        ON CONFLICT (host) DO UPDATE SET kinds = :kinds, calls = :calls, sent = :sent, received = :received, last_ms = :last_ms";
    db.prepare_cached(sql)?.execute(named_params! {
        ":host": one.host,
        ":kinds": serde_json::to_string(&one.kinds).unwrap_or_default(),
        ":calls": number(one.calls),
        ":sent": number(one.sent),
        ":received": number(one.received),
        ":last_ms": number(one.last_ms),
    })
}

/// Carries a row of a damaged database over.
pub(crate) fn carry(db: &Connection, row: &Row<'_>) -> Sql<usize> {
    put(db, &host(row)?)
}

fn host(row: &Row<'_>) -> Sql<Reached> {
    Ok(Reached {
        host: row.get("host")?,
        kinds: serde_json::from_str(&row.get::<_, String>("kinds")?).unwrap_or_default(),
        calls: unsigned(row.get("calls")?),
        sent: unsigned(row.get("sent")?),
        received: unsigned(row.get("received")?),
        last_ms: unsigned(row.get("last_ms")?),
    })
}

#[cfg(test)]
mod tests {
    use crate::{History, Paths};
    use voice::{Kind, Reached};

    fn sent(host: &str, kind: Kind, sent: u64) -> Reached {
        Reached { host: host.into(), kinds: vec![kind], calls: 1, sent, received: 2, last_ms: 0 }
    }

    #[tokio::test]
    async fn what_hosts_got_adds_up_from_run_to_run_and_goes_with_everything() {
        let home = tempfile::tempdir().unwrap();
        let [config, data, cache] = ["config", "data", "cache"].map(|name| home.path().join(name));
        let paths = Paths::in_folders(&config, &data, &cache);
        for now in [10, 20] {
            let history = History::open(Some(paths.clone()), now, |error| panic!("{error}"));
            let kind = if now == 10 { Kind::Hear } else { Kind::Say };
            history.reach(vec![sent("a.example", kind, now), sent("b.example", kind, 1)], now).await.unwrap();
            history.close().await.unwrap();
        }
        let history = History::open(Some(paths.clone()), 30, |error| panic!("{error}"));
        history.reach(vec![sent("b.example", Kind::Say, 1)], 30).await.unwrap();
        let all = history.reached().await.unwrap();
        let both = vec![Kind::Hear, Kind::Say];
        let [b, a] = all.as_slice() else { panic!("{all:?}") };
        assert_eq!((b.host.as_str(), b.calls, b.last_ms), ("b.example", 3, 30));
        assert_eq!((a.host.as_str(), a.sent, a.received, &a.kinds), ("a.example", 30, 4, &both));
        history.forget_everything(false).await.unwrap();
        assert!(history.reached().await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn of_many_hosts_those_asked_longest_ago_go() {
        let history = History::open(None, 0, |_| {});
        for at in 0..205 {
            history.reach(vec![sent(&format!("{at}.example"), Kind::Say, 1)], at).await.ok();
        }
        let all = history.reached().await.unwrap();
        assert_eq!((all.len(), all[0].host.as_str(), all[199].host.as_str()), (200, "204.example", "5.example"));
    }
}
