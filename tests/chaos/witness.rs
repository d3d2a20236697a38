//! What was promised, and whether it is so. Its own file because both attacks are judged by the same oracle.

use crate::act::{self, RECORDING, SAID};
use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    sync::{Arc, Mutex},
};
use store::{History, SettingsFile};
use voice::{Error, Outcome, TurnId};

/// What children have said so far.
#[derive(Debug, Default)]
pub(crate) struct Promised {
    kept: BTreeSet<u64>,
    starred: BTreeSet<u64>,
    /// The last `history_days` that was saved.
    saved: Option<u64>,
    recorded: bool,
    exported: bool,
}

impl Promised {
    /// Takes one line of a child.
    pub(crate) fn hear(&mut self, line: &str) {
        let Some((what, number)) = line.strip_prefix(SAID).and_then(|line| line.split_once(' ')) else { return };
        let Ok(number) = number.parse() else { return };
        match what {
            "kept" => drop(self.kept.insert(number)),
            "starred" => drop(self.starred.insert(number)),
            "saved" => self.saved = Some(number),
            "recorded" => self.recorded = true,
            "exported" => self.exported = true,
            _ => {}
        }
    }

    /// How many turns were promised to be kept.
    pub(crate) fn turns(&self) -> usize {
        self.kept.len()
    }

    /// Panics unless all of it is so, and the database and the settings are well. Gives what was told while opening, and
    /// how many turns were left unended.
    pub(crate) fn is_true(&self, home: &Path, when: &str) -> (Vec<Error>, usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let told: Arc<Mutex<Vec<Error>>> = Arc::default();
        let ear = told.clone();
        let paths = act::paths(home);
        let history = History::open(Some(paths.clone()), act::FIRST, move |error| ear.lock().expect("ear").push(error));
        let unended = runtime.block_on(async {
            for id in &self.kept {
                let turn = history.turn(TurnId(*id)).await.expect("a turn");
                let turn = turn.unwrap_or_else(|| panic!("{when}: turn {id} was promised and is not there"));
                assert_eq!(turn.outcome, Some(Outcome::Done), "{when}: {id}");
                assert!(
                    turn.transcript.starts_with(&format!("words of {id} ")) && turn.reply == format!("reply to {id}")
                );
                assert!(turn.starred || !self.starred.contains(id), "{when}: the star of {id}");
            }
            let unended = act::all(&history).await.iter().filter(|turn| turn.outcome.is_none()).count();
            history.close().await.expect("closed");
            unended
        });
        let database = rusqlite::Connection::open(&paths.history).expect("the database");
        let check: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("a check");
        assert_eq!(check, "ok", "{when}");
        let (settings, trouble) = SettingsFile::open(&paths.settings).expect("the defaults");
        assert_eq!(trouble, None, "{when}");
        if let Some(saved) = self.saved {
            let days = u64::from(settings.current().privacy.history_days);
            // one more may have been written when nobody was left to say so
            assert!(days == saved || days == saved + 1, "{when}: {saved} was saved, {days} is there");
        }
        if self.recorded {
            assert_eq!(fs::read(paths.journal.join(RECORDING)).expect("the recording"), [7; 5_000], "{when}");
        }
        if self.exported {
            let text = fs::read_to_string(home.join("export.json")).expect("the export");
            assert!(
                text.starts_with("{\"wilco_history\"") && text.trim_end().ends_with("]}"),
                "{when}: half an export"
            );
        }
        let told = told.lock().expect("told").clone();
        (told, unended)
    }
}
