//! What is kept beside the turns from run to run: small texts of other rooms, and which host got what. Its own file because
//! these are files of their own: losing one loses no turn, and no query looks into them.

use super::keeper::Keeper;
use crate::files;
use std::path::PathBuf;
use voice::{Error, Reached};

/// No note is longer, in bytes.
const LONGEST: u64 = 1 << 20;
/// More hosts than a person ever asks; those that were asked longest ago go first.
const HOSTS: usize = 200;
/// The note of who got what.
const REACHED: &str = "reached";

impl Keeper {
    /// Keeps `text` as the note of that name.
    pub(crate) fn note_down(&self, name: &str, text: &str) -> Result<(), Error> {
        let Some(file) = self.note_file(name) else { return Ok(()) };
        files::replace(&file, text.as_bytes()).map_err(|error| files::storage(&file, &error))
    }

    /// The note of that name. One that cannot be read is none.
    pub(crate) fn noted(&self, name: &str) -> Option<String> {
        String::from_utf8(files::read(&self.note_file(name)?, LONGEST).ok()??).ok()
    }

    /// Adds `more` to what hosts got, at `now`.
    pub(crate) fn reach(&self, more: Vec<Reached>, now: u64) -> Result<(), Error> {
        let mut all = self.reached();
        for one in more {
            match all.iter_mut().find(|known| known.host == one.host) {
                Some(known) => add(known, &one, now),
                None => all.push(Reached { last_ms: now, ..one }),
            }
        }
        all.sort_by_key(|one| std::cmp::Reverse(one.last_ms));
        all.truncate(HOSTS);
        self.note_down(REACHED, &serde_json::to_string(&all).unwrap_or_default())
    }

    /// What hosts got so far; whoever was asked last is first.
    pub(crate) fn reached(&self) -> Vec<Reached> {
        self.noted(REACHED).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    }

    fn note_file(&self, name: &str) -> Option<PathBuf> {
        Some(self.paths.as_ref()?.notes.join(name).with_extension("json"))
    }
}

fn add(known: &mut Reached, more: &Reached, now: u64) {
    known.calls = known.calls.saturating_add(more.calls);
    known.sent = known.sent.saturating_add(more.sent);
    known.received = known.received.saturating_add(more.received);
    known.last_ms = known.last_ms.max(now);
    for kind in &more.kinds {
        if !known.kinds.contains(kind) {
            known.kinds.push(*kind);
        }
    }
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
        assert_eq!(std::fs::read_dir(&paths.notes).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn a_note_is_given_back_and_rubbish_is_none() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::in_folders(home.path(), home.path(), home.path());
        let history = History::open(Some(paths.clone()), 0, |error| panic!("{error}"));
        assert_eq!(history.noted("paces").await.unwrap(), None);
        history.note_down("paces", "[]".into()).await.unwrap();
        assert_eq!(history.noted("paces").await.unwrap().as_deref(), Some("[]"));
        std::fs::write(paths.notes.join("reached.json"), "{").unwrap();
        assert!(history.reached().await.unwrap().is_empty());
    }
}
