//! The shared book: how every provider does at every stage, as far as the last calls tell. Its own file because all
//! turns read and write it, and it must be right whichever of them ends first.

use super::{budget::Budget, order, record::Record};
use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::Notify;
use voice::{Error, ErrorKind, Kind, Language, Remote, Standing};

/// When the order goes by speed, every so many calls the first two are asked at once, so that the second is measured.
const MEASURED: u32 = 20;

/// What is known of providers, shared by all turns. Times are those of the caller's one clock.
pub struct Health {
    book: Mutex<Book>,
    /// Somebody began to rest, or there is somebody else to look after.
    pub(super) changed: Notify,
    /// Somebody does better or worse than before.
    turned: Notify,
}

#[derive(Default)]
pub(super) struct Book {
    pub(super) records: HashMap<(String, Kind), Record>,
    hedges: HashMap<Kind, Budget>,
    /// The order by speed as it was last.
    orders: HashMap<(Kind, Language), Vec<String>>,
    /// Calls of a stage since its first two were measured against each other.
    unmeasured: HashMap<Kind, u32>,
    /// What was told of whom, and at which stage.
    told: HashMap<(String, ErrorKind), Kind>,
    /// Whose small call can be made.
    remotes: BTreeMap<String, Arc<dyn Remote>>,
    /// Stages at work.
    busy: usize,
    dice: u64,
}

/// A candidate, as far as its place in the order depends on it.
pub(super) struct Runner<'a> {
    pub(super) name: &'a str,
    pub(super) basic: bool,
    pub(super) last_resort: bool,
    /// It has failed in this turn already.
    pub(super) shunned: bool,
}

impl Default for Health {
    fn default() -> Self {
        Self::with_chance(RandomState::new().hash_one(0))
    }
}

impl Health {
    /// A book whose rests and waits are spread by `seed`: the same seed and the same calls give the same.
    #[must_use]
    pub fn with_chance(seed: u64) -> Self {
        Self { book: Mutex::new(Book { dice: seed, ..Book::default() }), changed: Notify::new(), turned: Notify::new() }
    }

    /// The address, key or account of `provider` changed: what was known of it is worth nothing.
    pub fn forget(&self, provider: &str) {
        let mut book = self.book();
        book.records.retain(|(name, _), _| name != provider);
        book.told.retain(|(name, _), _| name != provider);
        drop(book);
        self.turned.notify_one();
    }

    /// The network changed: what was known of all of them is worth nothing.
    pub fn forget_all(&self) {
        let mut book = self.book();
        book.records.clear();
        book.orders.clear();
        book.told.clear();
        drop(book);
        self.turned.notify_one();
    }

    /// Waits until somebody does better or worse than at the last time; one waits at a time.
    pub async fn turned(&self) {
        self.turned.notified().await;
    }

    /// How everybody does who was asked at least once, by name.
    #[must_use]
    pub fn standings(&self, now: Duration) -> Vec<Standing> {
        let book = self.book();
        let mut all: Vec<Standing> = book
            .records
            .iter()
            .filter(|(_, record)| record.is_asked())
            .map(|((name, kind), record)| {
                let typical = record.paces().map(|(_, typical)| typical).min();
                Standing {
                    provider: name.clone(),
                    kind: *kind,
                    condition: record.condition(now),
                    typical_ms: typical.map(|typical| (typical.as_secs_f64() * 1e3).round()),
                }
            })
            .collect();
        all.sort_by(|a, b| (&a.provider, a.kind as u8).cmp(&(&b.provider, b.kind as u8)));
        all
    }

    /// Who is looked after while nobody talks, and by what small call. Replaces those before.
    pub fn look_after(&self, remotes: BTreeMap<String, Arc<dyn Remote>>) {
        self.book().remotes = remotes;
        self.changed.notify_one();
    }

    // ---- for the relay -----------------------------------------------------------------------------------------

    /// The places of `runners`, first to be asked first.
    pub(super) fn order(
        &self,
        kind: Kind,
        language: &Language,
        runners: &[Runner<'_>],
        by_speed: bool,
        now: Duration,
    ) -> Vec<usize> {
        let mut book = self.book();
        let whose = (kind, language.clone());
        let before = book.orders.get(&whose).filter(|_| by_speed).cloned().unwrap_or_default();
        let place = |at: &usize| {
            let name = runners.get(*at).map_or("", |runner| runner.name);
            before.iter().position(|known| known == name).unwrap_or(before.len())
        };
        let mut places: Vec<usize> = (0..runners.len()).collect();
        places.sort_by_key(place);
        let chosen = places.iter().filter_map(|at| runners.get(*at));
        let known: Vec<_> = chosen
            .map(|runner| {
                let record = book.record(runner.name, kind).known(language, now);
                let unwell = record.unwell || runner.shunned;
                order::Known { last_resort: runner.last_resort, basic: runner.basic, unwell, ..record }
            })
            .collect();
        let order = order::order(&known, by_speed);
        let order: Vec<usize> = order.iter().filter_map(|at| places.get(*at).copied()).collect();
        if by_speed {
            let names = order.iter().filter_map(|at| Some(runners.get(*at)?.name.to_owned())).collect();
            book.orders.insert(whose, names);
        }
        order
    }

    /// An ordinary call of `kind` is made; true if the first two are to be measured against each other.
    pub(super) fn called(&self, kind: Kind, by_speed: bool) -> bool {
        let mut book = self.book();
        book.hedges.entry(kind).or_insert_with(Budget::of_hedges).earn();
        let count = book.unmeasured.entry(kind).or_default();
        *count = (*count + u32::from(by_speed)) % MEASURED;
        by_speed && *count == 0
    }

    pub(super) fn may_hedge(&self, kind: Kind) -> bool {
        self.book().hedges.entry(kind).or_insert_with(Budget::of_hedges).spend()
    }

    /// A hedge was quicker than the one it was for.
    pub(super) fn hedge_was_needed(&self, kind: Kind) {
        self.book().hedges.entry(kind).or_insert_with(Budget::of_hedges).give_back();
    }

    /// Works on what is known of `name` at `kind`; the second value is what chance says, 0.0..1.0.
    pub(super) fn with<T>(&self, name: &str, kind: Kind, work: impl FnOnce(&mut Record, f64) -> T) -> T {
        let mut book = self.book();
        let chance = book.chance();
        let record = book.record(name, kind);
        let (before, face) = (record.breaker.rests_until(), record.face());
        let done = work(record, chance);
        let (rests, turned) = (record.breaker.rests_until(), record.face() != face);
        drop(book);
        if rests.is_some() && rests != before {
            self.changed.notify_one();
        }
        if turned {
            self.turned.notify_one();
        }
        done
    }

    pub(super) fn chance(&self) -> f64 {
        self.book().chance()
    }

    /// Whether `error` at `kind` is news of whom it is about; it is not if it was told already, of whichever stage.
    pub(super) fn is_news(&self, error: &Error, kind: Kind) -> bool {
        match self.book().told.entry((error.source.clone(), error.kind)) {
            Entry::Occupied(_) => false,
            Entry::Vacant(news) => {
                news.insert(kind);
                true
            }
        }
    }

    /// `name` does again what it should at `kind`; one who thinks well may still speak badly.
    pub(super) fn nothing_to_tell(&self, name: &str, kind: Kind) {
        self.book().told.retain(|(of, _), at| of != name || *at != kind);
    }

    pub(super) fn busy(&self, more: bool) {
        let mut book = self.book();
        book.busy = if more { book.busy + 1 } else { book.busy.saturating_sub(1) };
        let idle = book.busy == 0;
        drop(book);
        if idle {
            self.changed.notify_one();
        }
    }

    // ---- for the probes ----------------------------------------------------------------------------------------

    /// Who is the next whose rest ends, when, and how to ask; nobody while a stage works.
    pub(super) fn next_probe(&self) -> Option<(Duration, String, Arc<dyn Remote>)> {
        let book = self.book();
        if book.busy > 0 {
            return None;
        }
        let resting = book
            .records
            .iter()
            .filter_map(|((name, _), record)| Some((record.breaker.rests_until()?, name, book.remotes.get(name)?)));
        resting.min_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1))).map(|(at, name, remote)| (at, name.clone(), remote.clone()))
    }

    /// Works on all that is known of `name`.
    pub(super) fn with_all(&self, name: &str, mut work: impl FnMut(&mut Record, f64)) {
        let mut book = self.book();
        let chance = book.chance();
        let mut turned = false;
        for (_, record) in book.records.iter_mut().filter(|((of, _), _)| of == name) {
            let face = record.face();
            work(record, chance);
            turned |= record.face() != face;
        }
        drop(book);
        if turned {
            self.turned.notify_one();
        }
    }

    pub(super) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    pub(super) fn record(&mut self, name: &str, kind: Kind) -> &mut Record {
        self.records.entry((name.to_owned(), kind)).or_insert_with(|| Record::new(kind))
    }

    /// The next number of `splitmix64`, as a part of one.
    fn chance(&mut self) -> f64 {
        self.dice = self.dice.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.dice;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}
