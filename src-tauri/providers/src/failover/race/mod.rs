//! One question on its way through the candidates: it starts them, hears them, drops the losers. Its own file because
//! this is the only place of failover where anything waits.

mod late;

use super::{
    Health,
    attempts::{Attempts, Step},
    lost::Lost,
    record::asked_for,
    relay::{Ask, Candidate, Passed, Rules, Then, Told},
    running::{Busy, Running, Ticket, next_of},
};
use futures_util::stream;
use late::Patience;
use std::{sync::Arc, time::Duration};
use tokio::time::sleep;
use voice::{BoxFuture, BoxStream, Error, ErrorKind, Kind, Language, Tried};

/// The pieces of `race`.
pub(super) fn run<T, P>(race: Race<T, P>) -> BoxStream<Result<Passed<P>, Error>>
where
    T: ?Sized + Send + Sync + 'static,
    P: Send + 'static,
{
    Box::pin(stream::unfold(race, |mut race| async { race.next().await.map(|piece| (piece, race)) }))
}

/// The question, and everybody who is being asked it.
pub(super) struct Race<T: ?Sized, P> {
    kind: Kind,
    language: Language,
    line: Vec<Arc<Candidate<T>>>,
    health: Arc<Health>,
    rules: Rules,
    ask: Ask<T, P>,
    attempts: Attempts,
    /// One, or two while it is hedged; the first is the elder and passes what is not settled.
    running: Vec<Running<P>>,
    /// Somebody's first useful piece is there.
    settled: bool,
    /// What was passed is void as soon as there is something better.
    void: bool,
    held: Option<P>,
    /// When an answer could first be expected.
    due: Option<Duration>,
    /// What is done next if nothing comes.
    patience: Patience,
    failures: Vec<Error>,
    lost: Lost,
    over: bool,
    _busy: Busy,
}

enum Happening<P> {
    Due,
    Late,
    Piece(usize, Option<Result<P, Error>>),
}

impl<T, P> Race<T, P>
where
    T: ?Sized + Send + Sync + 'static,
    P: Send + 'static,
{
    pub(super) fn new(
        kind: Kind,
        language: Language,
        line: Vec<Arc<Candidate<T>>>,
        health: Arc<Health>,
        rules: Rules,
        ask: Ask<T, P>,
    ) -> Self {
        let due = ask.due.is_none().then(|| (rules.now)());
        let attempts = Attempts::among(line.iter().map(|candidate| candidate.local));
        Self {
            _busy: Busy::new(&health),
            kind,
            language,
            line,
            health,
            rules,
            ask,
            attempts,
            running: Vec::with_capacity(2),
            settled: false,
            void: false,
            held: None,
            due,
            patience: Patience::Hedge,
            failures: Vec::new(),
            lost: Lost::default(),
            over: false,
        }
    }

    async fn next(&mut self) -> Option<Result<Passed<P>, Error>> {
        if let Some(piece) = self.held.take() {
            return Some(Ok(Passed::Piece(piece)));
        }
        while !self.over {
            if self.running.is_empty()
                && let Err(error) = self.set_off().await
            {
                self.over = true;
                return Some(Err(error));
            }
            match self.happens().await {
                Happening::Due => self.due = Some(self.now()),
                Happening::Late => self.late(),
                Happening::Piece(at, piece) => {
                    let passed = match piece {
                        Some(Ok(piece)) => self.piece(at, piece).map(Ok),
                        Some(Err(error)) => self.failed(at, error).map(Err),
                        None => self.ended(at).map(Err),
                    };
                    if passed.is_some() {
                        return passed;
                    }
                }
            }
        }
        None
    }

    /// Starts the next one, after a wait if it must be.
    async fn set_off(&mut self) -> Result<(), Error> {
        let (health, line, kind) = (&self.health, &self.line, self.kind);
        let may_retry = |who: usize| {
            line.get(who).is_some_and(|candidate| health.with(&candidate.name, kind, |record, _| record.may_retry()))
        };
        let elapsed = self.elapsed();
        let Step::Ask { at, who } = self.attempts.next(elapsed, self.health.chance(), may_retry) else {
            let nobody = || Error::new(ErrorKind::Unsupported, "failover", "there is nobody to ask.");
            return Err(if self.failures.is_empty() { nobody() } else { self.failures.swap_remove(0) });
        };
        // a sleep of nothing would still wait for the timer's next millisecond
        if let Some(wait) = at.checked_sub(elapsed).filter(|wait| !wait.is_zero()) {
            sleep(wait).await;
        }
        let both = self.failures.is_empty() && (self.health.called(self.kind, self.rules.by_speed) || self.rules.race);
        self.start(who);
        if both && let Some(who) = self.partner() {
            self.start(who);
        }
        Ok(())
    }

    fn start(&mut self, who: usize) {
        let Some(candidate) = self.line.get(who) else { return };
        self.attempts.began(who);
        self.running.push(Running {
            who,
            name: candidate.name.clone(),
            _ticket: Ticket::take(&self.health, &candidate.name, self.kind),
            stream: (self.ask.start)(candidate),
            began: (self.rules.now)(),
            delay: self.health.with(&candidate.name, self.kind, |record, _| record.hedge_delay(&self.language)),
        });
    }

    async fn happens(&mut self) -> Happening<P> {
        let late = self.late_at().map(|at| at.saturating_sub(self.now()));
        let waiting = self.due.is_none();
        let (running, due) = (&mut self.running, &mut self.ask.due);
        tokio::select! {
            biased;
            (at, piece) = next_of(running) => Happening::Piece(at, piece),
            () = fulfilled(due), if waiting => Happening::Due,
            () = sleep(late.unwrap_or_default()), if late.is_some() => Happening::Late,
        }
    }

    fn piece(&mut self, at: usize, piece: P) -> Option<Passed<P>> {
        if self.settled {
            return Some(Passed::Piece(piece));
        }
        if !(self.ask.useful)(&piece) {
            // of two only one is shown
            return (at == 0).then_some(Passed::Piece(piece));
        }
        self.settle(at);
        if std::mem::take(&mut self.void) {
            self.held = Some(piece);
            return Some(Passed::Again);
        }
        Some(Passed::Piece(piece))
    }

    /// The one at `at` answers; whoever else was asked is dropped.
    fn settle(&mut self, at: usize) {
        self.settled = true;
        if at > 0 && !self.rules.race {
            self.health.hedge_was_needed(self.kind);
        }
        let winner = self.running.swap_remove(at);
        for loser in std::mem::take(&mut self.running) {
            self.outrun(loser);
        }
        if let Some(first) = self.waited(&winner) {
            self.health.with(&winner.name, self.kind, |record, _| record.first(&self.language, first));
        }
        if self.far(winner.who).is_some() {
            for name in self.lost.on_an_open_way() {
                self.health.with(&name, self.kind, |record, chance| record.badly(self.now(), chance));
            }
        }
        (self.ask.tell)(Told::Answers(winner.name.clone()));
        for error in
            self.failures.iter().filter(|error| error.source != winner.name && self.health.is_news(error, self.kind))
        {
            (self.ask.tell)(Told::StoodIn { error: error.clone(), by: winner.name.clone() });
        }
        if self.kind == Kind::Hear {
            // the last words are all there is; nobody waits for the end behind them
            self.went_well(&winner.name);
        }
        self.running.push(winner);
    }

    fn went_well(&self, name: &str) {
        self.health.with(name, self.kind, |record, chance| record.well(self.now(), chance));
        self.health.nothing_to_tell(name, self.kind);
    }

    /// The answer of the one at `at` is over.
    fn ended(&mut self, at: usize) -> Option<Error> {
        if !self.settled {
            let name = self.running.get(at).map(|one| one.name.clone()).unwrap_or_default();
            return self.failed(at, Error::new(ErrorKind::EmptyAnswer, name, "its answer was empty."));
        }
        let winner = self.running.swap_remove(at);
        if self.kind != Kind::Hear {
            self.went_well(&winner.name);
        }
        self.over = true;
        None
    }

    /// The one at `at` failed. What is given back ends the question.
    fn failed(&mut self, at: usize, error: Error) -> Option<Error> {
        let failed = self.running.remove(at);
        let (now, elapsed) = (self.now(), self.elapsed());
        self.health.with(&failed.name, self.kind, |record, chance| record.failed(&error, now, chance));
        let far = self.far(failed.who);
        let blame = self.lost.blame(&failed.name, far, &error);
        self.attempts.failed(failed.who, blame, asked_for(&error), elapsed);
        self.ask.shunned.add(&failed.name);
        self.patience = Patience::Hedge;
        self.tell_tried(&failed, Some(error.kind));
        if std::mem::take(&mut self.settled) {
            match (self.ask.then)() {
                Then::Again => self.void = true,
                Then::Resume => {}
                Then::Stop => {
                    self.over = true;
                    return Some(error);
                }
            }
        }
        self.failures.push(error);
        None
    }

    fn tell_tried(&self, one: &Running<P>, failed: Option<ErrorKind>) {
        let after_ms = (self.now().saturating_sub(one.began).as_secs_f64() * 1e4).round() / 10.0;
        (self.ask.tell)(Told::Tried(Tried { stage: self.kind.stage(), provider: one.name.clone(), failed, after_ms }));
    }

    /// How long `one` was waited for since it could have answered; nothing if it could not yet.
    fn waited(&self, one: &Running<P>) -> Option<Duration> {
        Some(self.now().saturating_sub(one.began.max(self.due?)))
    }

    fn far(&self, who: usize) -> Option<Arc<str>> {
        self.line.get(who)?.far.clone()
    }

    fn elapsed(&self) -> Duration {
        self.due.map_or(Duration::ZERO, |due| self.now().saturating_sub(due))
    }

    fn now(&self) -> Duration {
        (self.rules.now)()
    }
}

async fn fulfilled(due: &mut Option<BoxFuture<()>>) {
    if let Some(due) = due {
        due.await;
    }
}
