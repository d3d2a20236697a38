//! Who got what: for each host how often it was asked, for what, and how many bytes of sound and text went each way. Its
//! own file because it must see everything that leaves, whichever vendor it goes to, and nothing of what it says.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};
use voice::{Kind, Reached};

/// What has passed since it was last taken. Moments are not known here.
#[derive(Default)]
pub struct Ledger(Mutex<BTreeMap<String, Reached>>);

impl Ledger {
    /// Takes out everything that was noted; whoever takes it says when that was.
    #[must_use]
    pub fn take(&self) -> Vec<Reached> {
        std::mem::take(&mut *self.lines()).into_values().collect()
    }

    /// `host` is asked for `kind`.
    pub(crate) fn asked(&self, host: &str, kind: Kind) {
        self.note(host, |line| {
            line.calls += 1;
            if !line.kinds.contains(&kind) {
                line.kinds.push(kind);
            }
        });
    }

    /// So many bytes went to `host`.
    pub(crate) fn sent(&self, host: &str, bytes: usize) {
        self.note(host, |line| line.sent += bytes as u64);
    }

    /// So many bytes came from there.
    pub(crate) fn received(&self, host: &str, bytes: usize) {
        self.note(host, |line| line.received += bytes as u64);
    }

    fn note(&self, host: &str, change: impl FnOnce(&mut Reached)) {
        let mut lines = self.lines();
        // every piece of sound comes by here: a host is written down once
        if let Some(line) = lines.get_mut(host) {
            return change(line);
        }
        let fresh = Reached { host: host.to_owned(), kinds: Vec::new(), calls: 0, sent: 0, received: 0, last_ms: 0 };
        change(lines.entry(host.to_owned()).or_insert(fresh));
    }

    fn lines(&self) -> MutexGuard<'_, BTreeMap<String, Reached>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
