//! The relay among providers that do as they are told, on a clock that stands still while nothing happens.

mod second_ear;

use super::*;
use futures_util::{StreamExt, future, stream};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::time::{Instant, sleep, timeout};
use voice::{BoxFuture, BoxStream, Condition, Error, ErrorKind, Kind, Language, Offers, Remote};

/// What one call does: pieces or a failure, each so many milliseconds after the last. A `None` hangs.
type Play = Vec<(u64, Option<Result<&'static str, ErrorKind>>)>;

struct Fake {
    name: &'static str,
    plays: Mutex<VecDeque<Play>>,
    calls: AtomicUsize,
    town: Arc<Town>,
}

/// How many calls are at work, and how many there were at once.
#[derive(Default)]
struct Town {
    now: AtomicUsize,
    most: AtomicUsize,
}

struct AtWork(Arc<Town>);

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Fake {
    fn answer(&self) -> BoxStream<Result<String, Error>> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let now = self.town.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.town.most.fetch_max(now, Ordering::SeqCst);
        let (at_work, name) = (AtWork(self.town.clone()), self.name);
        let mut plays = self.plays.lock().unwrap();
        let play = if plays.len() > 1 { plays.pop_front().unwrap() } else { plays[0].clone() };
        Box::pin(stream::iter(play).then(move |(ms, what)| {
            let _kept = &at_work;
            async move {
                sleep(Duration::from_millis(ms)).await;
                match what {
                    Some(said) => said.map(str::to_owned).map_err(|kind| Error::new(kind, name, "told to.")),
                    None => future::pending().await,
                }
            }
        }))
    }
}

/// A relay of fakes, and what happened.
struct Stage {
    town: Arc<Town>,
    fakes: Vec<Arc<Fake>>,
    health: Arc<Health>,
    relay: Relay<Fake>,
    told: Arc<Mutex<Vec<Told>>>,
}

#[expect(clippy::disallowed_methods, reason = "the clock of these tests")]
fn clock() -> Now {
    let start = Instant::now();
    Arc::new(move || Instant::now() - start)
}

fn english() -> Language {
    Language::new("en")
}

impl Stage {
    /// Names beginning with "here" are engines on this machine; others are asked at the host that is their first letter.
    fn of(kind: Kind, fakes: Vec<(&'static str, Vec<Play>)>) -> Self {
        Self::with(kind, fakes, false, false)
    }

    fn with(kind: Kind, fakes: Vec<(&'static str, Vec<Play>)>, by_speed: bool, race: bool) -> Self {
        let (town, health) = (Arc::new(Town::default()), Arc::new(Health::with_chance(1)));
        let fake = |(name, plays): (&'static str, Vec<Play>)| {
            let (plays, town) = (Mutex::new(plays.into()), town.clone());
            Arc::new(Fake { name, plays, calls: AtomicUsize::new(0), town })
        };
        let fakes: Vec<_> = fakes.into_iter().map(fake).collect();
        let candidate = |fake: &Arc<Fake>| Candidate {
            name: fake.name.to_owned(),
            local: fake.name.starts_with("here"),
            basic: false,
            last_resort: fake.name.starts_with("here"),
            takes: Vec::new(),
            doing: fake.clone(),
            service: None,
            far: (!fake.name.starts_with("here")).then(|| Arc::from(&fake.name[..1])),
        };
        let candidates = fakes.iter().map(candidate).collect();
        let rules = Rules { by_speed, race, now: clock() };
        let relay = Relay::new(kind, english(), candidates, health.clone(), rules);
        Self { town, fakes, health, relay, told: Arc::default() }
    }

    async fn turn(&self, then: Then) -> Result<String, ErrorKind> {
        self.turn_due(then, None).await
    }

    /// What a turn gets: its pieces, with "|" where they began anew.
    async fn turn_due(&self, then: Then, due: Option<BoxFuture<()>>) -> Result<String, ErrorKind> {
        let told = self.told.clone();
        let ask = Ask {
            start: Box::new(|candidate: &Candidate<Fake>| candidate.doing.answer()),
            useful: |piece: &String| !piece.starts_with('?'),
            then: Box::new(move || then),
            due,
            tell: Arc::new(move |what| told.lock().unwrap().push(what)),
            shunned: Shunned::default(),
        };
        let mut pieces = self.relay.ask(ask);
        let mut got = String::new();
        while let Some(piece) = pieces.next().await {
            match piece.map_err(|error| error.kind)? {
                Passed::Piece(piece) => got.push_str(&piece),
                Passed::Again => got.push('|'),
            }
        }
        drop(pieces);
        assert!(self.town.most.load(Ordering::SeqCst) <= 2, "never more than two at work");
        assert_eq!(self.town.now.load(Ordering::SeqCst), 0, "nobody is left at work");
        Ok(got)
    }

    fn calls(&self) -> Vec<usize> {
        self.fakes.iter().map(|fake| fake.calls.load(Ordering::SeqCst)).collect()
    }

    fn told(&self) -> Vec<Told> {
        std::mem::take(&mut self.told.lock().unwrap())
    }

    fn condition(&self, name: &str) -> Condition {
        let standings = self.health.standings((self.relay.rules.now)());
        standings.iter().find(|standing| standing.provider == name).unwrap().condition
    }
}

fn well(text: &'static str) -> Play {
    vec![(100, Some(Ok(text)))]
}

fn fails(kind: ErrorKind) -> Play {
    vec![(100, Some(Err(kind)))]
}

fn hangs() -> Play {
    vec![(0, None)]
}

#[tokio::test(start_paused = true)]
async fn any_failure_before_the_first_piece_is_somebody_elses_answer() {
    for kind in [
        ErrorKind::Refused,
        ErrorKind::KeyRefused,
        ErrorKind::NoCredit,
        ErrorKind::ModelGone,
        ErrorKind::Busy,
        ErrorKind::ServiceFailed,
        ErrorKind::Garbled,
        ErrorKind::CutShort,
        ErrorKind::TimedOut,
        ErrorKind::EmptyAnswer,
    ] {
        for stage in [Kind::Hear, Kind::Respond, Kind::Translate, Kind::Say] {
            let town = Stage::of(stage, vec![("a", vec![fails(kind)]), ("b", vec![well("yes")])]);
            assert_eq!(town.turn(Then::Stop).await, Ok("yes".into()), "{kind:?} {stage:?}");
            assert_eq!(town.calls(), [1, 1]);
            let told = town.told();
            assert!(matches!(&told[0], Told::Tried(tried) if tried.failed == Some(kind) && tried.after_ms == 100.0));
            assert_eq!(told[1], Told::Answers("b".into()));
            assert!(matches!(&told[2], Told::StoodIn { error, by } if error.kind == kind && by == "b"));
            // what the person must mend is told once
            town.turn(Then::Stop).await.unwrap();
            assert!(!town.told().iter().any(|told| matches!(told, Told::StoodIn { .. })), "{kind:?}");
        }
    }
}

#[test]
fn a_cause_is_told_once_until_the_stage_it_was_told_of_does_well() {
    let health = Health::with_chance(1);
    let refused = Error::new(ErrorKind::KeyRefused, "a", "told to.");
    assert!(health.is_news(&refused, Kind::Say));
    assert!(!health.is_news(&refused, Kind::Hear), "the same cause at another stage");
    health.nothing_to_tell("a", Kind::Respond);
    assert!(!health.is_news(&refused, Kind::Say), "one who thinks well spoke no better");
    assert!(health.is_news(&Error::new(ErrorKind::Busy, "a", "told to."), Kind::Say), "another cause");
    assert!(!health.is_news(&refused, Kind::Say), "the first cause, again");
    health.nothing_to_tell("a", Kind::Say);
    assert!(health.is_news(&refused, Kind::Say));
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_anything_in_it_is_a_failure() {
    let town = Stage::of(Kind::Say, vec![("a", vec![vec![]]), ("b", vec![well("yes")])]);
    assert_eq!(town.turn(Then::Stop).await, Ok("yes".into()));
}

#[tokio::test(start_paused = true)]
async fn what_broke_off_is_begun_anew_or_gone_on_with_or_left() {
    let broken = || vec![(100, Some(Ok("one "))), (10, Some(Err(ErrorKind::CutShort)))];
    for (then, got) in [
        (Then::Again, Ok("one |all of it")),
        (Then::Resume, Ok("one all of it")),
        (Then::Stop, Err(ErrorKind::CutShort)),
    ] {
        let town = Stage::of(Kind::Respond, vec![("a", vec![broken()]), ("b", vec![well("all of it")])]);
        assert_eq!(town.turn(then).await.as_deref().map_err(|kind| *kind), got, "{then:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_shown_stays_if_nobody_can_do_better() {
    let broken = vec![(100, Some(Ok("one "))), (10, Some(Err(ErrorKind::CutShort)))];
    let town = Stage::of(Kind::Respond, vec![("a", vec![broken]), ("b", vec![fails(ErrorKind::ServiceFailed)])]);
    let told = town.told.clone();
    let ask = Ask {
        start: Box::new(|candidate: &Candidate<Fake>| candidate.doing.answer()),
        useful: |_: &String| true,
        then: Box::new(|| Then::Again),
        due: None,
        tell: Arc::new(move |what| told.lock().unwrap().push(what)),
        shunned: Shunned::default(),
    };
    let pieces: Vec<_> = town.relay.ask(ask).collect().await;
    // the retries of `a` begin anew each time
    assert!(matches!(pieces.last(), Some(Err(error)) if error.kind == ErrorKind::CutShort), "the first failure");
    assert_eq!(pieces[0], Ok(Passed::Piece("one ".into())));
}

#[tokio::test(start_paused = true)]
async fn when_all_hang_an_engine_on_this_machine_does_it_after_eight_seconds() {
    for services in [vec!["a"], vec!["a", "b"], vec!["a", "b", "c"]] {
        let mut all: Vec<_> = services.iter().map(|name| (*name, vec![hangs()])).collect();
        all.push(("here", vec![well("yes")]));
        let town = Stage::of(Kind::Say, all);
        let began = (town.relay.rules.now)();
        let said = timeout(Duration::from_secs(60), town.turn(Then::Stop)).await;
        assert_eq!(said, Ok(Ok("yes".into())), "{services:?}");
        let took = (town.relay.rules.now)() - began;
        assert!((8_000..8_300).contains(&took.as_millis()), "{services:?}: {took:?}");
        assert_eq!(town.calls().last(), Some(&1));
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_hangs_is_hedged_and_cancelled() {
    let town =
        Stage::of(Kind::Respond, vec![("a", vec![hangs()]), ("b", vec![well("yes")]), ("here", vec![well("no")])]);
    let begun = (town.relay.rules.now)();
    assert_eq!(town.turn(Then::Stop).await, Ok("yes".into()));
    let took = (town.relay.rules.now)() - begun;
    assert_eq!(took, Duration::from_millis(1_600), "the cap, since nothing is known of it");
    assert_eq!(town.calls(), [1, 1, 0]);
    let told = town.told();
    assert!(matches!(&told[0], Told::Tried(tried) if tried.provider == "a" && tried.failed.is_none()), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn this_machine_is_no_hedge_and_is_not_hedged() {
    let town = Stage::of(Kind::Say, vec![("a", vec![vec![(5_000, Some(Ok("late")))]]), ("here", vec![well("no")])]);
    assert_eq!(town.turn(Then::Stop).await, Ok("late".into()));
    assert_eq!(town.calls(), [1, 0]);
}

#[tokio::test(start_paused = true)]
async fn hedges_are_paid_for() {
    let town = Stage::of(Kind::Say, vec![("a", vec![vec![(1_550, Some(Ok("a")))]]), ("b", vec![well("b")])]);
    let mut hedged = 0;
    for _ in 0..5 {
        town.turn(Then::Stop).await.unwrap();
        hedged = town.calls()[1];
    }
    assert_eq!(hedged, 3, "three at once, and then one in twenty");
}

#[tokio::test(start_paused = true)]
async fn in_a_race_both_are_asked_and_the_quicker_answers() {
    let slow = vec![(300, Some(Ok("slow")))];
    let town = Stage::with(Kind::Respond, vec![("a", vec![slow]), ("b", vec![well("quick")])], false, true);
    for _ in 0..10 {
        assert_eq!(town.turn(Then::Stop).await, Ok("quick".into()));
    }
    assert_eq!(town.calls(), [10, 10]);
}

#[tokio::test(start_paused = true)]
async fn the_hedge_of_an_ear_waits_for_the_end_of_the_sound() {
    let partial = || vec![(50, Some(Ok("?par"))), (9_000, Some(Ok("?tial"))), (0, None)];
    let town = Stage::of(
        Kind::Hear,
        vec![("a", vec![partial()]), ("b", vec![vec![(80, Some(Ok("?no"))), (20, Some(Ok("all")))]])],
    );
    let due = Box::pin(sleep(Duration::from_secs(10)));
    let begun = (town.relay.rules.now)();
    assert_eq!(town.turn_due(Then::Stop, Some(due)).await, Ok("?par?tialall".into()), "the second's guesses stay out");
    assert_eq!((town.relay.rules.now)() - begun, Duration::from_millis(11_600));
}

#[tokio::test(start_paused = true)]
async fn an_ear_that_fails_while_somebody_speaks_is_replaced_at_once() {
    let town = Stage::of(
        Kind::Hear,
        vec![("a", vec![fails(ErrorKind::CutShort)]), ("b", vec![vec![(15_000, Some(Ok("all")))]])],
    );
    let due = Box::pin(sleep(Duration::from_secs(15)));
    assert_eq!(town.turn_due(Then::Stop, Some(due)).await, Ok("all".into()));
    let told = town.told();
    assert!(matches!(&told[0], Told::Tried(tried) if tried.after_ms == 100.0));
}

#[tokio::test(start_paused = true)]
async fn a_closed_way_is_nobodys_fault_and_leads_to_this_machine() {
    let town = Stage::of(
        Kind::Hear,
        vec![
            ("a", vec![fails(ErrorKind::Offline)]),
            ("b", vec![fails(ErrorKind::Offline)]),
            ("c", vec![well("c")]),
            ("here", vec![well("here")]),
        ],
    );
    for _ in 0..10 {
        assert_eq!(town.turn(Then::Stop).await, Ok("here".into()));
    }
    assert_eq!(town.calls(), [10, 10, 0, 10], "two hosts are enough to tell");
    assert_eq!([town.condition("a"), town.condition("b")], [Condition::Good; 2]);
}

#[tokio::test(start_paused = true)]
async fn one_host_that_is_not_reached_is_no_closed_way() {
    for kind in [ErrorKind::Offline, ErrorKind::Untrusted, ErrorKind::LoginPage, ErrorKind::WrongClock] {
        let lost = || vec![fails(kind)];
        let town = Stage::of(
            Kind::Hear,
            vec![("a", lost()), ("a too", lost()), ("b", vec![well("b")]), ("here", vec![well("here")])],
        );
        for _ in 0..6 {
            assert_eq!(town.turn(Then::Stop).await, Ok("b".into()), "{kind:?}");
        }
        assert_eq!(town.calls(), [3, 3, 6, 0], "{kind:?}: they rest while another host is there");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_key_is_told_once_and_not_asked_again_until_it_changes() {
    let town = Stage::of(Kind::Respond, vec![("a", vec![fails(ErrorKind::KeyRefused)]), ("b", vec![well("b")])]);
    for _ in 0..5 {
        town.turn(Then::Stop).await.unwrap();
    }
    assert_eq!(town.calls(), [1, 5]);
    assert_eq!(town.condition("a"), Condition::Refused { why: ErrorKind::KeyRefused });
    town.health.forget("a");
    town.turn(Then::Stop).await.unwrap();
    assert_eq!(town.calls(), [2, 6]);
}

#[tokio::test(start_paused = true)]
async fn a_dead_provider_costs_three_turns_and_is_back_after_a_probe() {
    let plays = vec![fails(ErrorKind::ServiceFailed); 3].into_iter().chain([well("a")]).collect();
    let town = Stage::of(Kind::Respond, vec![("a", plays), ("b", vec![well("b")])]);
    for _ in 0..6 {
        assert_eq!(town.turn(Then::Stop).await, Ok("b".into()));
    }
    assert_eq!(town.calls(), [3, 6]);
    assert!(matches!(town.condition("a"), Condition::Resting { .. }));
    let small = Arc::new(Small(AtomicUsize::new(0)));
    town.health.look_after(BTreeMap::from([("a".to_owned(), small.clone() as Arc<dyn Remote>)]));
    let probing = look_after(&town.health, town.relay.rules.now.clone());
    assert!(timeout(Duration::from_secs(100), probing).await.is_err(), "it never ends by itself");
    assert_eq!(small.0.load(Ordering::SeqCst), 1, "one probe");
    assert_eq!(town.turn(Then::Stop).await, Ok("a".into()));
}

/// A service whose smallest call goes well.
struct Small(AtomicUsize);

impl Remote for Small {
    fn warm(&self) -> BoxFuture<()> {
        Box::pin(future::ready(()))
    }

    fn test(&self) -> BoxFuture<Result<(), Error>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Box::pin(future::ready(Ok(())))
    }

    fn offers(&self) -> BoxFuture<Result<Offers, Error>> {
        Box::pin(future::ready(Ok(Offers::default())))
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_one_is_asked_even_if_it_rests() {
    let town = Stage::of(Kind::Respond, vec![("a", vec![fails(ErrorKind::ServiceFailed)])]);
    for _ in 0..20 {
        assert_eq!(town.turn(Then::Stop).await, Err(ErrorKind::ServiceFailed));
    }
    let calls = town.calls()[0];
    assert!((20..=25).contains(&calls), "each turn asks it; five second tries are paid: {calls}");
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_is_dropped_leaves_nobody_at_work_and_no_probe_open() {
    let town = Stage::of(
        Kind::Respond,
        vec![(
            "a",
            vec![
                fails(ErrorKind::ServiceFailed),
                fails(ErrorKind::ServiceFailed),
                fails(ErrorKind::ServiceFailed),
                hangs(),
            ],
        )],
    );
    assert_eq!(town.turn(Then::Stop).await, Err(ErrorKind::ServiceFailed), "asked twice");
    assert!(timeout(Duration::from_secs(1), town.turn(Then::Stop)).await.is_err(), "its fourth call hangs");
    assert_eq!(town.town.now.load(Ordering::SeqCst), 0);
    let rests = town.health.with("a", Kind::Respond, |record, _| record.breaker.rests_until());
    assert!(rests.is_some(), "it may be probed again");
}

#[tokio::test(start_paused = true)]
async fn by_speed_the_quicker_one_comes_first_and_the_other_is_measured_now_and_then() {
    let slow = vec![(800, Some(Ok("a")))];
    let town = Stage::with(Kind::Respond, vec![("a", vec![slow]), ("b", vec![well("b")])], true, false);
    let mut answers = String::new();
    for _ in 0..40 {
        answers.push_str(&town.turn(Then::Stop).await.unwrap());
    }
    assert_eq!(&answers[..19], "a".repeat(19));
    assert!(answers.ends_with(&"b".repeat(20)), "{answers}");
    assert_eq!(town.relay.first().unwrap().name, "b");
    let kept = town.health.keep();
    let other = Health::default();
    other.remember(kept.clone());
    assert_eq!(other.keep().len(), kept.len());
}
