//! A relay: those who can do one stage's work, in order, and one way to ask all of them. Its own file because this is
//! what the room shows of failover; how the race is run is `race`.

use super::{
    Health,
    health::Runner,
    race::{self, Race},
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use voice::{BoxFuture, BoxStream, Coding, Error, Kind, Language, Remote, Tried};

/// Somebody who can do a stage's work.
pub struct Candidate<T: ?Sized> {
    /// Its name in the table.
    pub name: String,
    /// It runs on this machine.
    pub local: bool,
    /// Good enough without a network, no more.
    pub basic: bool,
    /// Nobody named it; it is there so that a turn is never lost.
    pub last_resort: bool,
    /// Codings for sound, first choice first; never empty where sound is heard.
    pub takes: Vec<Coding>,
    /// Does it.
    pub doing: Arc<T>,
    /// Its address, if it has one.
    pub service: Option<Arc<dyn Remote>>,
    /// The host that it is asked at, if that is another machine.
    pub far: Option<Arc<str>>,
}

/// What time it is, on the caller's one clock.
pub type Now = Arc<dyn Fn() -> Duration + Send + Sync>;

/// How candidates are chosen.
#[derive(Clone)]
pub struct Rules {
    /// By measured speed instead of the given order.
    pub by_speed: bool,
    /// The first two are always asked at once: twice the calls for the quicker answer.
    pub race: bool,
    /// The clock.
    pub now: Now,
}

/// Those who can do the work of one stage in one language, first choice first.
pub struct Relay<T: ?Sized> {
    pub(super) kind: Kind,
    pub(super) language: Language,
    pub(super) candidates: Vec<Arc<Candidate<T>>>,
    pub(super) health: Arc<Health>,
    pub(super) rules: Rules,
}

/// What comes out of a relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Passed<P> {
    /// The next piece.
    Piece(P),
    /// The pieces so far are void: somebody else begins from the start.
    Again,
}

/// What becomes of an answer that broke off in the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// Nothing of it was used yet: another one begins from the start, after an `Again`.
    Again,
    /// What is there stays, and another one does the rest: `start` knows where.
    Resume,
    /// What is there stays, and nothing follows.
    Stop,
}

/// What happens beside the pieces.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// This one's work is what comes out from now on.
    Answers(String),
    /// An attempt came to nothing.
    Tried(Tried),
    /// The work was done by somebody else than the one who failed; told once for each cause.
    StoodIn {
        /// Who failed, and how.
        error: Error,
        /// Who did it.
        by: String,
    },
}

/// Names of those who have failed in this turn: the next phrases of the same reply ask them last.
#[derive(Clone, Default)]
pub struct Shunned(Arc<Mutex<Vec<String>>>);

/// Asks one candidate.
pub type Start<T, P> = Box<dyn FnMut(&Candidate<T>) -> BoxStream<Result<P, Error>> + Send>;

/// One question to a relay.
pub struct Ask<T: ?Sized, P> {
    /// Makes the answer of one candidate. Dropping the stream cancels it. May be called several times.
    pub start: Start<T, P>,
    /// Whether a piece is of use: the first such piece settles who answers.
    pub useful: fn(&P) -> bool,
    /// Asked when an answer breaks off after its first useful piece.
    pub then: Box<dyn Fn() -> Then + Send>,
    /// From when on an answer can be expected: the end of the sound. `None`: at once.
    pub due: Option<BoxFuture<()>>,
    /// Takes what happens beside the pieces.
    pub tell: Arc<dyn Fn(Told) + Send + Sync>,
    /// Who has failed in this turn.
    pub shunned: Shunned,
}

impl<T: ?Sized + Send + Sync + 'static> Relay<T> {
    /// A relay of `candidates`, who are remembered in `health`.
    #[must_use]
    pub fn new(
        kind: Kind,
        language: Language,
        candidates: Vec<Candidate<T>>,
        health: Arc<Health>,
        rules: Rules,
    ) -> Self {
        let candidates = candidates.into_iter().map(Arc::new).collect();
        Self { kind, language, candidates, health, rules }
    }

    /// Who would be asked first now. Never `None` where there is a candidate.
    #[must_use]
    pub fn first(&self) -> Option<&Candidate<T>> {
        self.lined_up(&Shunned::default()).first().and_then(|at| self.candidates.get(*at)).map(AsRef::as_ref)
    }

    /// All of them, in the person's order.
    pub fn candidates(&self) -> impl Iterator<Item = &Candidate<T>> {
        self.candidates.iter().map(AsRef::as_ref)
    }

    /// Asks: the first of the order, another one beside it if it takes long, the next if it fails. At most two are at
    /// work at once; whoever loses is cancelled at once, so that nothing comes twice.
    ///
    /// The stream ends with an error if nobody is left: that of the first who failed.
    #[must_use]
    pub fn ask<P: Send + 'static>(&self, ask: Ask<T, P>) -> BoxStream<Result<Passed<P>, Error>> {
        let order = self.lined_up(&ask.shunned);
        let line = order.iter().filter_map(|at| self.candidates.get(*at).cloned()).collect();
        race::run(Race::new(self.kind, self.language.clone(), line, self.health.clone(), self.rules.clone(), ask))
    }

    fn lined_up(&self, shunned: &Shunned) -> Vec<usize> {
        let shunned = shunned.names();
        let runners: Vec<_> = self
            .candidates
            .iter()
            .map(|candidate| Runner {
                name: &candidate.name,
                basic: candidate.basic,
                last_resort: candidate.last_resort,
                shunned: shunned.contains(&candidate.name),
            })
            .collect();
        self.health.order(self.kind, &self.language, &runners, self.rules.by_speed, (self.rules.now)())
    }
}

impl Shunned {
    pub(super) fn add(&self, name: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(name.to_owned());
    }

    fn names(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
