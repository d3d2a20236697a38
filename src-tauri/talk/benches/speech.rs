//! Real human speech through the whole pipe, beside the same engine fed directly: what the pipe costs in accuracy and in
//! time. Reads the folder named by `WILCO_SPEECH` (`samples.tsv`: file, transcript, …); without it there is nothing to do.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a benchmark that cannot run has failed")]

use audio::{MemorySpeaker, Pace, WavMic, wav::Wav};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use providers::Table;
use std::{path::Path, sync::Arc, time::Duration};
use store::SettingsFile;
use talk::{Clock, House, Talk};
use tokio::{sync::mpsc, task::JoinSet};
use voice::{Coding, Command, Event, Hearing, Language, Packet, TurnReport};

const RATE: u32 = 16_000;
const CHUNK: Duration = Duration::from_millis(20);

struct Sample {
    name: String,
    words: Vec<String>,
    sound: Wav,
}

/// What one way of hearing a sample gave.
struct Heard {
    errors: usize,
    /// From the last sound to the transcript.
    finalised: f64,
    /// From the last sound to the first sound of the reply.
    answered: f64,
}

#[tokio::main(flavor = "multi_thread")]
async fn main() {
    let Some(folder) = std::env::var_os("WILCO_SPEECH") else {
        println!("speech: skipped, WILCO_SPEECH names no folder of recordings");
        return;
    };
    let samples = read(Path::new(&folder));
    let table = Arc::new(Table::default());
    // the engine's models load before the first figure
    alone(&table, &samples[0]).await;
    let mut pairs = Vec::new();
    println!(
        "{:<46}{:>6} | {:>12}{:>9} | {:>10}{:>9}{:>9}",
        "recording", "words", "alone: errs", "final ms", "pipe: errs", "final ms", "heard ms"
    );
    for sample in &samples {
        let (direct, piped) = (alone(&table, sample).await, through_the_pipe(&table, sample).await);
        println!(
            "{:<46}{:>6} | {:>12}{:>9.0} | {:>10}{:>9.0}{:>9.0}",
            sample.name,
            sample.words.len(),
            direct.errors,
            direct.finalised,
            piped.errors,
            piped.finalised,
            piped.answered
        );
        pairs.push((direct, piped));
    }
    let words: usize = samples.iter().map(|sample| sample.words.len()).sum();
    let rate = |errors: usize| errors as f64 * 100.0 / words as f64;
    println!(
        "word error rate of {words} words: alone {:.1} %, through the pipe {:.1} %",
        rate(pairs.iter().map(|(direct, _)| direct.errors).sum()),
        rate(pairs.iter().map(|(_, piped)| piped.errors).sum())
    );
    println!(
        "release to transcript, median: alone {:.0} ms, through the pipe {:.0} ms; release to first sound, median: {:.0} ms",
        median(pairs.iter().map(|(direct, _)| direct.finalised)),
        median(pairs.iter().map(|(_, piped)| piped.finalised)),
        median(pairs.iter().map(|(_, piped)| piped.answered))
    );
    println!(
        "release to first sound minus the engine's own finalisation, median: {:.0} ms",
        median(pairs.iter().map(|(direct, piped)| piped.answered - direct.finalised))
    );
}

fn read(folder: &Path) -> Vec<Sample> {
    let table = std::fs::read_to_string(folder.join("samples.tsv")).expect("samples.tsv");
    let rows = table.lines().skip(1).filter_map(|line| {
        let mut cells = line.split('\t');
        Some((cells.next()?.to_owned(), cells.next()?.to_owned()))
    });
    rows.map(|(name, transcript)| Sample {
        sound: Wav::read(folder.join(&name)).expect("a recording"),
        words: words(&transcript),
        name,
    })
    .collect()
}

/// The engine alone: PCM at the pace of speech straight into its `hear`.
async fn alone(table: &Table, sample: &Sample) -> Heard {
    assert_eq!(sample.sound.rate, RATE, "the engine takes 16 kHz");
    let engine = table
        .open("pocketsphinx", &voice::Account::default(), &voice::Network::default())
        .expect("PocketSphinx")
        .hear
        .expect("it hears");
    let chunks: Vec<Packet> = sample.sound.samples.chunks(RATE as usize / 50).map(pcm).collect();
    let clock = Clock::system();
    let (ended_in, mut ended) = mpsc::channel(1);
    let start = clock.now();
    let count = chunks.len() as u32;
    let sound = stream::iter(chunks.into_iter().zip(1u32..)).then(move |(packet, number)| async move {
        clock.wait_until(start + CHUNK * number).await;
        packet
    });
    let end = stream::once(async move {
        ended_in.send(clock.now()).await.expect("somebody measures");
        None
    });
    let sound = sound.map(Some).chain(end).filter_map(|packet| async { packet });
    let how = Hearing { language: Language::new("en"), grammar: Some(talk::intent::grammar()), into: None };
    let mut words_in = engine.hear(Box::pin(sound), how);
    let mut text = String::new();
    while let Some(word) = words_in.next().await {
        text = word.expect("words").text;
    }
    let released = ended.recv().await.unwrap_or(start + CHUNK * count);
    let finalised = (clock.now().saturating_sub(released)).as_secs_f64() * 1e3;
    Heard { errors: distance(&sample.words, &words(&text)), finalised, answered: f64::NAN }
}

fn pcm(samples: &[f32]) -> Packet {
    let bytes: Vec<u8> = samples.iter().flat_map(|sample| ((sample * 32_767.0) as i16).to_le_bytes()).collect();
    Packet { coding: Coding::Pcm16 { rate: RATE }, bytes: Bytes::from(bytes) }
}

/// The same as a spoken turn: resampled, Opus-coded, decoded, heard, echoed.
async fn through_the_pipe(table: &Arc<Table>, sample: &Sample) -> Heard {
    let mut settings = SettingsFile::in_memory().expect("the defaults");
    settings.set("mode", "echo").expect("a mode");
    let house = House {
        microphone: Arc::new(WavMic::new(sample.sound.clone(), Pace::Real)),
        speaker: Arc::new(MemorySpeaker::new(RATE, Pace::Fast)),
        table: table.clone(),
        settings,
        history: store::History::open(None, 0, |_| ()),
        journal: None,
        clock: Clock::system(),
    };
    let (tell, mut told) = mpsc::channel(10_000);
    let (talk, life) = Talk::new(house, Arc::new(move |event| tell.try_send(event).expect("room for events")));
    let mut owner = JoinSet::new();
    owner.spawn(life);
    talk.order(Command::Press).await;
    let report = loop {
        if let Event::Ended { report } = told.recv().await.expect("the core is alive") {
            break report;
        }
    };
    let at = |mark| report.marks.iter().find(|stamp| stamp.mark == mark).map_or(f64::NAN, |stamp| stamp.ms);
    Heard {
        errors: distance(&sample.words, &words(&report.transcript)),
        finalised: at(voice::Mark::SttFinal) - at(voice::Mark::KeyUp),
        answered: answered(&report),
    }
}

fn answered(report: &TurnReport) -> f64 {
    report.release_to_first_audio_ms.unwrap_or(f64::NAN)
}

fn words(text: &str) -> Vec<String> {
    let kept = text.to_lowercase().replace(|character: char| !character.is_alphanumeric() && character != '\'', " ");
    kept.split_whitespace().map(str::to_owned).collect()
}

/// Word edits between `a` and `b`.
fn distance(a: &[String], b: &[String]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let cost = if x == y { diagonal } else { 1 + diagonal.min(row[j]).min(row[j + 1]) };
            diagonal = std::mem::replace(&mut row[j + 1], cost);
        }
    }
    row[b.len()]
}

/// Of the values that are numbers.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
