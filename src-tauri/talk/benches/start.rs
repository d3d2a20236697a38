//! How long the core takes from nothing to answering: settings resolved, engines looked up, desk at work. Models load
//! on their engines' own threads, meanwhile.

use audio::{MemorySpeaker, Pace, WavMic, wav::Wav};
use criterion::{Criterion, criterion_group, criterion_main};
use providers::Table;
use std::sync::Arc;
use store::SettingsFile;
use talk::{Clock, House, Talk};
use tokio::{runtime::Runtime, task::JoinSet};

fn house() -> House {
    House {
        microphone: Arc::new(WavMic::new(Wav { rate: 16_000, samples: vec![0.0; 160] }, Pace::Fast)),
        speaker: Arc::new(MemorySpeaker::new(16_000, Pace::Fast)),
        table: Table::default(),
        settings: SettingsFile::in_memory().expect("the defaults"),
        journal: None,
        clock: Clock::system(),
    }
}

fn start(c: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    c.bench_function("Talk start", |bench| {
        bench.iter(|| {
            runtime.block_on(async {
                let (talk, life) = Talk::new(house(), Arc::new(|_| ()));
                let mut owner = JoinSet::new();
                owner.spawn(life);
                talk.look().await.expect("the desk answers")
            })
        });
    });
}

criterion_group!(benches, start);
criterion_main!(benches);
