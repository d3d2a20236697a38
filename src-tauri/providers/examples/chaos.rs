//! A hundred thousand turns in virtual time through the very relay of the app, among providers that fail by a seed:
//! `cargo run -p providers --example chaos -- [TURNS] [SEED]`. A failed turn is told with the seed of its conversation,
//! and `chaos 200 SEED` plays that conversation again.
//!
//! The faults are those that the policy was chosen by: half of them quick errors, three in ten stalls, two in ten six
//! times slower; independent in each attempt. Three stages a turn, three providers a stage.
#![expect(clippy::disallowed_methods, clippy::expect_used, reason = "it owns the clock, and ends when it cannot go on")]

use futures_util::{StreamExt, stream};
use providers::{Ask, Candidate, Health, Passed, Relay, Rules, Shunned, Then, Told};
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::time::{Instant, sleep};
use voice::{BoxStream, Error, ErrorKind, Kind, Language, Outcome};

/// Each stage, the median of its first useful piece in seconds, and how long the guard waits for one.
const STAGES: [(Kind, f64, f64); 3] = [(Kind::Hear, 0.25, 2.0), (Kind::Respond, 0.35, 2.5), (Kind::Say, 0.18, 1.5)];
/// Spread of the logarithm of a first piece.
const SPREAD: f64 = 0.35;
const SLOWER: f64 = 6.0;
/// What a turn takes when all is well, in seconds: the medians together.
const USUAL: f64 = 0.78;
/// Turns of one conversation, which keep one book; a turn every twenty seconds.
const CONVERSATION: usize = 200;
const PAUSE: Duration = Duration::from_secs(20);

/// The next numbers of a seed (`splitmix64`).
struct Dice(u64);

impl Dice {
    fn part(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A log-normal time about `median`.
    fn time(&mut self, median: f64) -> f64 {
        let (a, b) = (self.part().max(1e-12), self.part());
        let normal = (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos();
        median * (SPREAD * normal).exp()
    }
}

/// A provider of one stage.
struct Fake {
    name: String,
    median: f64,
    patience: f64,
    faults: f64,
    dice: Arc<Mutex<Dice>>,
    ledger: Arc<Ledger>,
}

#[derive(Default)]
struct Ledger {
    calls: AtomicU32,
    now: AtomicU32,
    most: AtomicU32,
}

/// A call while it lasts.
struct Call(Arc<Ledger>);

impl Drop for Call {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Fake {
    /// One useful piece, or what the guard makes of its failure.
    fn answer(&self) -> BoxStream<Result<(), Error>> {
        let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
        let time = dice.time(self.median);
        let (time, kind) = match (dice.part() < self.faults, dice.part()) {
            (false, _) => (time, None),
            (true, fate) if fate < 0.5 => (time.min(0.3), Some(ErrorKind::ServiceFailed)),
            (true, fate) if fate < 0.8 => (self.patience, Some(ErrorKind::TimedOut)),
            (true, _) if time * SLOWER > self.patience => (self.patience, Some(ErrorKind::TimedOut)),
            (true, _) => (time * SLOWER, None),
        };
        drop(dice);
        self.ledger.calls.fetch_add(1, Ordering::Relaxed);
        let now = self.ledger.now.fetch_add(1, Ordering::Relaxed) + 1;
        self.ledger.most.fetch_max(now, Ordering::Relaxed);
        let (call, name) = (Call(self.ledger.clone()), self.name.clone());
        Box::pin(stream::once(async move {
            let _call = call;
            sleep(Duration::from_secs_f64(time)).await;
            kind.map_or(Ok(()), |kind| Err(Error::new(kind, name, "by its seed.")))
        }))
    }
}

struct Town {
    health: Arc<Health>,
    dice: Arc<Mutex<Dice>>,
    ledger: Arc<Ledger>,
    relays: Vec<Relay<Fake>>,
    /// Answers that were handed on; one a stage, or somebody was delivered twice.
    delivered: u32,
    start: Instant,
}

impl Town {
    fn of(seed: u64, faults: [f64; 3]) -> Self {
        let start = Instant::now();
        let health = Arc::new(Health::with_chance(seed));
        let (dice, ledger) = (Arc::new(Mutex::new(Dice(seed))), Arc::new(Ledger::default()));
        let rules = Rules { by_speed: false, race: false, now: Arc::new(move || start.elapsed()) };
        let relay = |(kind, median, patience): (Kind, f64, f64)| {
            let candidate = |(at, faults): (usize, f64)| {
                let name = format!("{at}");
                let (dice, ledger) = (dice.clone(), ledger.clone());
                let fake = Fake { name: name.clone(), median, patience, faults, dice, ledger };
                let doing = Arc::new(fake);
                let takes = Vec::new();
                Candidate {
                    name,
                    local: false,
                    basic: false,
                    last_resort: false,
                    takes,
                    doing,
                    service: None,
                    far: None,
                }
            };
            let candidates = faults.into_iter().enumerate().map(candidate).collect();
            Relay::new(kind, Language::new("en"), candidates, health.clone(), rules.clone())
        };
        let relays = STAGES.into_iter().map(relay).collect();
        Self { health, dice, ledger, relays, delivered: 0, start }
    }

    /// One turn: how it ended and what it took.
    async fn turn(&mut self) -> (Outcome, f64) {
        let begun = self.start.elapsed();
        for relay in &self.relays {
            let mut pieces = relay.ask(Ask {
                start: Box::new(|one: &Candidate<Fake>| one.doing.answer()),
                useful: |()| true,
                then: Box::new(|| Then::Stop),
                due: None,
                tell: Arc::new(|_: Told| {}),
                shunned: Shunned::default(),
            });
            let mut some = false;
            while let Some(piece) = pieces.next().await {
                if let Ok(Passed::Piece(())) = piece {
                    (some, self.delivered) = (true, self.delivered + 1);
                }
            }
            if !some {
                return (Outcome::SavedForRetry, 0.0);
            }
        }
        (Outcome::Done, (self.start.elapsed() - begun).as_secs_f64())
    }
}

/// What many turns came to.
#[derive(Default)]
struct Sum {
    turns: usize,
    times: Vec<f64>,
    failed: Vec<u64>,
    calls: u64,
    delivered: u64,
    most: u32,
}

impl Sum {
    fn add(&mut self, town: &Town) {
        self.calls += u64::from(town.ledger.calls.load(Ordering::Relaxed));
        self.delivered += u64::from(town.delivered);
        self.most = self.most.max(town.ledger.most.load(Ordering::Relaxed));
    }

    fn print(mut self, name: &str) {
        self.times.sort_by(f64::total_cmp);
        let part = |p: f64| self.times.get((self.times.len() as f64 * p) as usize).copied().unwrap_or(f64::NAN);
        let done = 100.0 * self.times.len() as f64 / self.turns as f64;
        let stages = self.delivered.max(1) as f64;
        println!(
            "{name:<34}{:>9}{done:>10.3}%{:>8.2}{:>8.2}{:>8.2}{:>+9.1}%{:>5}  {:?}",
            self.turns,
            part(0.5),
            part(0.95),
            part(0.99),
            100.0 * (self.calls as f64 / stages - 1.0),
            self.most,
            self.failed.iter().take(3).collect::<Vec<_>>(),
        );
    }
}

/// `turns` turns in conversations, each of which begins with an empty book.
async fn conversations(name: &str, turns: usize, seed: u64, faults: [f64; 3]) {
    let mut sum = Sum::default();
    for conversation in 0..turns.div_ceil(CONVERSATION) {
        let seed = seed.wrapping_add(conversation as u64 * 0x1_0001);
        let mut town = Town::of(seed, faults);
        for _ in 0..CONVERSATION {
            let (outcome, time) = town.turn().await;
            sum.turns += 1;
            match outcome {
                Outcome::Done => sum.times.push(time),
                _ => sum.failed.push(seed),
            }
            // one who looks after the resting, as the app does while nobody talks
            sleep(PAUSE).await;
        }
        sum.add(&town);
        assert!(!town.health.standings(town.start.elapsed()).is_empty(), "the book was kept");
        drop(town.dice);
    }
    sum.print(name);
}

/// The first provider of all three stages at once is dead from turn 10 of 40 on: how many turns are lost, and how many
/// are slower than usual by more than a second.
async fn outage(seed: u64, runs: u64) {
    let (mut lost, mut slow) = (0u32, 0u32);
    for run in 0..runs {
        let mut town = Town::of(seed + run, [0.0; 3]);
        let mut dead = Town::of(seed + run, [1.0, 0.0, 0.0]);
        for turn in 0..40 {
            // the book is that of the whole; only who answers changes
            if turn == 10 {
                dead.relays = rebuilt(&town, &dead);
            }
            let (outcome, time) = if turn < 10 { town.turn().await } else { dead.turn().await };
            lost += u32::from(outcome != Outcome::Done);
            slow += u32::from(turn >= 10 && time > USUAL + 1.0);
            sleep(PAUSE).await;
        }
    }
    println!(
        "the first of each stage dead, {runs} runs of 30 turns: {lost} lost, {:.1} slow a run",
        f64::from(slow) / runs as f64
    );
}

/// The relays of `dead` with the book of `town`.
fn rebuilt(town: &Town, dead: &Town) -> Vec<Relay<Fake>> {
    let start = town.start;
    let rules = Rules { by_speed: false, race: false, now: Arc::new(move || start.elapsed()) };
    let relays = STAGES.iter().zip(&dead.relays).map(|((kind, ..), relay)| {
        let candidates = relay.candidates().map(|one| Candidate {
            name: one.name.clone(),
            local: one.local,
            basic: one.basic,
            last_resort: one.last_resort,
            takes: Vec::new(),
            doing: one.doing.clone(),
            service: None,
            far: None,
        });
        Relay::new(*kind, Language::new("en"), candidates.collect(), town.health.clone(), rules.clone())
    });
    relays.collect()
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let turns: usize = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(100_000);
    let seed: u64 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(7);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(async {
        println!("seed {seed}");
        println!(
            "{:<34}{:>9}{:>11}{:>8}{:>8}{:>8}{:>10}{:>5}  seeds of failures",
            "faults in each attempt", "turns", "complete", "p50 s", "p95 s", "p99 s", "calls", "most"
        );
        for (name, faults) in [("none", 0.0), ("5 %", 0.05), ("10 %", 0.1), ("30 %", 0.3), ("50 %", 0.5)] {
            conversations(name, turns, seed, [faults; 3]).await;
        }
        conversations("first dead", turns / 10, seed, [1.0, 0.0, 0.0]).await;
        conversations("first dead, others 30 %", turns / 10, seed, [1.0, 0.3, 0.3]).await;
        outage(seed, 200).await;
    });
}
