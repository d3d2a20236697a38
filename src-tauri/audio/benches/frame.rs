//! What 20 ms of the microphone's sound cost: 48 kHz to 16 kHz and Opus must stay within 400 µs, 2 % of one core.
#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a bench may stop at the first surprise")]

use audio::{Encoder, Resampler, Wav};
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;

fn sound(rate: u32) -> Vec<f32> {
    if let Some(folder) = std::env::var_os("WILCO_SPEECH") {
        let wav = Wav::read(std::path::Path::new(&folder).join("libri/1688-142285-0000.wav"));
        if let Ok(wav) = wav {
            let (mut up, mut out) = (Resampler::new(wav.rate, rate).expect("rates"), Vec::new());
            up.push(&wav.samples, &mut out);
            return out;
        }
    }
    let wave = |n: u32, hz: f32| (n as f32 * hz * std::f32::consts::TAU / rate as f32).sin();
    (0..rate * 4).map(|n| wave(n, 150.0) * wave(n, 3.0) * 0.3 + wave(n, 1_900.0) * 0.05).collect()
}

fn frame(c: &mut Criterion) {
    let sound = sound(48_000);
    let frames: Vec<&[f32]> = sound.chunks_exact(960).collect();
    let mut turn = frames.iter().cycle();
    let (mut resampler, mut encoder) = (Resampler::new(48_000, 16_000).expect("rates"), Encoder::new().expect("opus"));
    let mut waiting = Vec::with_capacity(2_000);
    c.bench_function("frame/resample 48 to 16 kHz + Opus", |b| {
        b.iter(|| {
            resampler.push(turn.next().expect("endless"), &mut waiting);
            while waiting.len() >= 320 {
                black_box(encoder.push(&waiting[..320]).expect("a frame"));
                waiting.drain(..320);
            }
        });
    });
    let mut alone = Resampler::new(48_000, 16_000).expect("rates");
    c.bench_function("frame/resample 48 to 16 kHz", |b| {
        b.iter(|| {
            waiting.clear();
            alone.push(turn.next().expect("endless"), &mut waiting);
            black_box(&waiting);
        });
    });
}

criterion_group!(benches, frame);
criterion_main!(benches);
