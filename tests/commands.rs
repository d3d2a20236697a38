//! The spoken commands, by the grammar that the app uses: said by the embedded voices they are understood, and real
//! people who say something else are never taken for one.

use audio::{Decoder, wav::Wav};
use futures_util::StreamExt;
use providers::{Places, Table, pocketsphinx::Direct};
use std::path::PathBuf;
use voice::{Language, Phrase, VoiceChoice};

const RATE: u32 = 16_000;

/// One or two of each kind that can be spoken.
const COMMANDS: [&str; 30] = [
    "what time is it",
    "tell me the time",
    "what is the date today",
    "what day is it",
    "what is twelve plus thirty",
    "how much is seven times eight",
    "calculate fifteen percent of eighty",
    "how many feet in ten meters",
    "convert five miles to kilometers",
    "what is twenty degrees celsius in fahrenheit",
    "repeat that",
    "say that again",
    "what did you say",
    "stop talking",
    "be quiet",
    "help",
    "what can you do",
    "switch to chat mode",
    "switch to translation mode",
    "change to echo mode",
    "translate into spanish",
    "translate everything to french",
    "speak louder",
    "turn the volume down",
    "set the volume to fifty percent",
    "speak faster",
    "speak more slowly",
    "set a timer for five minutes",
    "set a timer for half an hour",
    "cancel the timer",
];

fn pcm(samples: &[f32]) -> Vec<i16> {
    samples.iter().map(|sample| (sample.clamp(-1.0, 1.0) * 32_767.0) as i16).collect()
}

async fn said(table: &Table, text: &str, voice: &str) -> Vec<i16> {
    let flite = table
        .open("flite", &voice::Account::default(), &voice::Network::default())
        .ok()
        .and_then(|provider| provider.say)
        .expect("flite");
    let phrase = Phrase { number: 0, text: text.to_owned(), language: Language::new("en") };
    let mut sound = flite
        .say(phrase, VoiceChoice { name: voice.to_owned(), rate: 1.0, volume: 1.0, first: voice::FirstPhrase::Clause });
    let mut decoder = Decoder::new(RATE);
    let mut samples = Vec::new();
    while let Some(packet) = sound.next().await {
        samples.extend(decoder.push(&packet.expect("sound")).expect("samples"));
    }
    samples.extend(decoder.finish());
    pcm(&samples.iter().flat_map(|frame| frame.samples.clone()).collect::<Vec<f32>>())
}

#[tokio::test(flavor = "multi_thread")]
async fn nine_of_ten_spoken_commands_are_understood() {
    let (table, grammar) = (Table::default(), talk::intent::grammar());
    let mut direct = Direct::open(&Places::default()).expect("PocketSphinx");
    let mut missed = Vec::new();
    for voice in ["rms", "slt"] {
        for command in COMMANDS {
            let heard = direct.command(&said(&table, command, voice).await, &grammar);
            let meant = |text: &str| talk::intent::understand(text, &Language::new("en"));
            if heard.as_deref().and_then(meant) != meant(command) {
                missed.push((voice, command, heard));
            }
        }
    }
    println!("{} of {} understood; missed {missed:?}", 2 * COMMANDS.len() - missed.len(), 2 * COMMANDS.len());
    assert!(missed.len() * 10 <= 2 * COMMANDS.len(), "{missed:?}");
}

#[test]
fn other_speech_of_real_people_is_never_a_command() {
    let Some(folder) = std::env::var_os("WILCO_SPEECH").map(PathBuf::from) else {
        return eprintln!("skipped: WILCO_SPEECH names no folder of recordings");
    };
    let grammar = talk::intent::grammar();
    let mut direct = Direct::open(&Places::default()).expect("PocketSphinx");
    let mut taken = Vec::new();
    for list in ["samples.tsv", "commands.tsv"] {
        let rows = std::fs::read_to_string(folder.join(list)).expect("a list of recordings");
        for name in rows.lines().skip(1).filter_map(|row| row.split('\t').next()) {
            let recording = Wav::read(folder.join(name)).expect("a recording");
            assert_eq!(recording.rate, RATE);
            if let Some(command) = direct.command(&pcm(&recording.samples), &grammar) {
                taken.push((name.to_owned(), command));
            }
        }
    }
    assert!(taken.is_empty(), "{taken:?}");
}
