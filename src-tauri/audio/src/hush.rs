//! Other programs are made softer while somebody talks or is answered, and get their loudness back. Its own file because
//! microphone and loudspeaker both want it, and whose loudness was what must be known once.

use crate::server::Server;
use std::{
    collections::HashMap,
    sync::{
        LazyLock, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

/// How often it is seen who else plays.
const LOOK: Duration = Duration::from_millis(250);
/// Half of the server's cubic scale: 18 dB.
const SOFTER: u32 = 2;

/// Loudness of each channel, as the server counts it.
pub(crate) type Loudness = Vec<u32>;

/// One who wants it quiet; the others are soft as long as there is one. The last one to be dropped gives back before it
/// is gone, which takes as long as the server needs: a program that ends then leaves nobody soft.
#[derive(Debug)]
pub(crate) struct Hush(());

/// How many want it, in this process.
static WANTED: AtomicU32 = AtomicU32::new(0);
/// Somebody sees to those who begin to play later.
static WATCHED: AtomicBool = AtomicBool::new(false);
static SOFT: LazyLock<Mutex<Soft>> = LazyLock::new(Mutex::default);

impl Hush {
    /// The others, if the person wants that and the system allows it. Does not wait for the server.
    pub(crate) fn others(wanted: bool) -> Option<Self> {
        if !wanted || !Server::POSSIBLE {
            return None;
        }
        WANTED.fetch_add(1, Ordering::SeqCst);
        if !WATCHED.swap(true, Ordering::SeqCst) && thread::Builder::new().name("hush".into()).spawn(watch).is_err() {
            WATCHED.store(false, Ordering::SeqCst);
        }
        Some(Self(()))
    }
}

impl Drop for Hush {
    fn drop(&mut self) {
        if WANTED.fetch_sub(1, Ordering::SeqCst) > 1 {
            return;
        }
        let mut soft = soft();
        // somebody may want it again by now
        if WANTED.load(Ordering::SeqCst) == 0 {
            change(|others| soft.give_back(others));
        }
    }
}

fn soft() -> MutexGuard<'static, Soft> {
    SOFT.lock().unwrap_or_else(PoisonError::into_inner)
}

fn watch() {
    loop {
        let mut soft = soft();
        if WANTED.load(Ordering::SeqCst) > 0 {
            change(|others| soft.soften(others));
        } else {
            WATCHED.store(false, Ordering::SeqCst);
            // who came between the two lines found somebody at work
            if WANTED.load(Ordering::SeqCst) == 0 || WATCHED.swap(true, Ordering::SeqCst) {
                return;
            }
        }
        drop(soft);
        thread::sleep(LOOK);
    }
}

/// Does to the others what `decide` says.
fn change(decide: impl FnOnce(&[(u32, Loudness)]) -> Vec<(u32, Loudness)>) {
    let Some(mut server) = Server::connect() else { return };
    let Some(others) = server.others() else { return };
    for (stream, loudness) in decide(&others) {
        server.set_loudness(stream, &loudness);
    }
}

/// What was made softer: how loud it was, and how soft it was made.
#[derive(Default)]
struct Soft(HashMap<u32, (Loudness, Loudness)>);

impl Soft {
    /// Those of `others` that are to be made softer, each once.
    fn soften(&mut self, others: &[(u32, Loudness)]) -> Vec<(u32, Loudness)> {
        let new = others.iter().filter(|(stream, _)| !self.0.contains_key(stream));
        let made: Vec<_> = new
            .map(|(stream, own)| {
                (*stream, own.clone(), own.iter().map(|channel| channel / SOFTER).collect::<Loudness>())
            })
            .collect();
        self.0.extend(made.iter().map(|(stream, own, soft)| (*stream, (own.clone(), soft.clone()))));
        made.into_iter().map(|(stream, _, soft)| (stream, soft)).collect()
    }

    /// Those of `others` that get back what they had. Whom somebody else has changed meanwhile is left alone.
    fn give_back(&mut self, others: &[(u32, Loudness)]) -> Vec<(u32, Loudness)> {
        let made = std::mem::take(&mut self.0);
        let unchanged = others.iter().filter_map(|(stream, now)| {
            let (own, soft) = made.get(stream)?;
            (now == soft).then(|| (*stream, own.clone()))
        });
        unchanged.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_made_softer_once_and_gets_back_what_it_had() {
        let mut soft = Soft::default();
        assert_eq!(soft.soften(&[(1, vec![60_000, 40_000])]), [(1, vec![30_000, 20_000])]);
        assert_eq!(soft.soften(&[(1, vec![30_000, 20_000]), (2, vec![500])]), [(2, vec![250])], "one that came later");
        let now = [(1, vec![30_000, 20_000]), (2, vec![450]), (3, vec![9])];
        assert_eq!(soft.give_back(&now), [(1, vec![60_000, 40_000])], "the second was changed by hand");
        assert_eq!(soft.give_back(&now), [], "nothing twice");
    }
}
