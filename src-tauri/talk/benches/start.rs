//! How long the core takes from nothing to answering: settings resolved, engines chosen, desk at work. What the engines
//! themselves take to be opened the first time in a process is shown beside it.
#![expect(clippy::expect_used, reason = "a benchmark that cannot run has failed")]

use audio::{MemorySpeaker, Pace, WavMic, wav::Wav};
use criterion::{Criterion, criterion_group, criterion_main};
use providers::Table;
use std::sync::Arc;
use store::{History, SettingsFile};
use talk::{Clock, House, Talk};
use tokio::{runtime::Runtime, task::JoinSet};

fn house(table: &Arc<Table>) -> House {
    House {
        microphone: Arc::new(WavMic::new(Wav { rate: 16_000, samples: vec![0.0; 160] }, Pace::Fast)),
        speaker: Arc::new(MemorySpeaker::new(16_000, Pace::Fast)),
        table: table.clone(),
        settings: SettingsFile::in_memory().expect("the defaults"),
        history: History::open(None, 0, |_| ()),
        journal: None,
        clock: Clock::system(),
    }
}

fn start(c: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let table = Arc::new(Table::default());
    let clock = Clock::system();
    let opened = table
        .profiles()
        .iter()
        .filter(|profile| table.open(&profile.name, &profile.account, &voice::Network::default()).is_ok())
        .count();
    println!("{opened} engines opened once in {:.1} ms", clock.now().as_secs_f64() * 1e3);
    c.bench_function("Talk start", |bench| {
        bench.iter(|| {
            runtime.block_on(async {
                let (talk, life) = Talk::new(house(&table), Arc::new(|_| ()));
                let mut owner = JoinSet::new();
                owner.spawn(life);
                talk.look().await.expect("the desk answers")
            })
        });
    });
}

criterion_group!(benches, start);
criterion_main!(benches);
