//! What the two pure parts cost: an utterance matched against the commands, a reply cut into phrases.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use talk::{intent, phrase::Cutter};
use voice::Language;

const STRANGER: &str = "could you please tell me a little more about the history of the old stone bridge over the river that runs through town";
/// Every word is known from some command, so that nothing ends the search early.
const NEARLY: &str = "could you please tell me what time it is in one hour and how many feet are there in the timer set for you and me right now";
const REPLY: &str = "Sure, that is easy to explain. A heat pump is a **refrigerator in reverse**: it takes heat from the \
    air outside, even at -5 degrees, and brings it in. See [the guide](https://example.com/heat) or www.example.org for more. \
    Dr. Smith measured about 3.5 units of heat for 1 unit of power! In 1,000 homes that saved a lot.\n\n\
    - It is quiet.\n- It lasts 20 years.\n\nWould you like to know what it costs, e.g. for a small house?";

fn text(c: &mut Criterion) {
    let (english, russian) = (Language::new("en"), Language::new("ru"));
    intent::warm();
    let mut match_of = c.benchmark_group("intent match");
    for (name, said, language) in [
        ("command", "set a timer for five minutes", &english),
        ("sum", "what is twelve plus thirty", &english),
        ("russian", "поставь таймер на полторы минуты", &russian),
        ("no command", STRANGER, &english),
        ("nearly a command", NEARLY, &english),
    ] {
        match_of.bench_function(name, |b| b.iter(|| intent::understand(black_box(said), language)));
    }
    match_of.finish();

    let tokens: Vec<&str> = REPLY.split_inclusive(' ').collect();
    c.bench_function("phrase cut", |b| {
        b.iter_batched(
            || Cutter::new(english.clone(), voice::FirstPhrase::Clause),
            |mut cutter| {
                let mut phrases = Vec::new();
                tokens.iter().for_each(|token| phrases.extend(cutter.push(black_box(token))));
                phrases.extend(cutter.finish());
                phrases
            },
            BatchSize::SmallInput,
        );
    });
}

criterion_group!(benches, text);
criterion_main!(benches);
