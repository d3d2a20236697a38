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

/// What people say that is no command, though it may begin or end like one. None of it was heard when the weights of the
/// rejection were chosen.
const SENTENCES: [&str; 72] = [
    "The children are playing in the garden behind the house.",
    "I will meet you at the station a little before noon.",
    "My brother has just moved into a new flat by the river.",
    "We had soup and fresh bread for dinner last night.",
    "The train was late because of the snow on the line.",
    "She forgot her umbrella and got wet on the way home.",
    "Nobody told me that the shop closes early on Monday.",
    "He is reading a long book about the history of the sea.",
    "They painted the kitchen door bright blue.",
    "Our neighbour keeps three hens and a very loud dog.",
    "I think it is going to rain before the evening.",
    "The doctor asked me how well I had been sleeping.",
    "Can somebody help me carry this table upstairs?",
    "Where did you put the keys to the old car?",
    "What a lovely view you have from up here!",
    "How was your holiday in the mountains?",
    "Why is the door always open when I come home?",
    "Who was the man you were talking to yesterday?",
    "Do you remember the name of that little restaurant?",
    "Could you please pass me the salt and the pepper?",
    "Would you like another cup of tea with lemon?",
    "Please write your name at the top of the page.",
    "Tell me the story about your grandfather again.",
    "Tell me how your first week at work has been.",
    "What is wrong with the washing machine this time?",
    "What did the teacher say about the final exam?",
    "What time does the last bus leave from the market?",
    "How much did you pay for those winter shoes?",
    "How many people are coming to the party on Friday?",
    "Set the table for dinner while I finish the sauce.",
    "Set your mind at rest, the cat is sleeping under the bed.",
    "Stop at the corner and wait for the green light.",
    "Repeat customers get a free cup of coffee here.",
    "Turn left after the bridge and then follow the road.",
    "Turn the page and look at the picture of the lion.",
    "Help yourself to some cake, there is plenty left.",
    "Change the sheets before our guests arrive tomorrow.",
    "Switch to decaf if the coffee keeps you awake.",
    "Speak to the manager if you are not happy with it.",
    "Say hello to your parents from all of us.",
    "I said that again and again, but no one listened.",
    "Cancel my appointment with the dentist on Thursday.",
    "The timer on the oven has been broken for two years.",
    "In five minutes the whole street was under water.",
    "Twelve people and thirty horses crossed the river.",
    "Seven times he knocked and nobody came to the door.",
    "It takes about half an hour to walk to the beach.",
    "The volume of the music made the windows shake.",
    "She speaks Spanish at home and French at school.",
    "He translated the letter into German for his boss.",
    "There is a small bakery at the end of our street.",
    "My favourite season is autumn, when the leaves fall.",
    "The meeting was moved to Wednesday at ten.",
    "I have never seen so many stars in the sky.",
    "Good morning, did you sleep well?",
    "Thank you very much for the flowers.",
    "Yes, of course.",
    "No, not really.",
    "Maybe tomorrow.",
    "Just a moment.",
    "That sounds great.",
    "Not today, thanks.",
    "See you later.",
    "I do not know.",
    "Five red apples.",
    "Over there.",
    "The quick answer is that it depends on the weather.",
    "We ought to leave now or we will miss the beginning.",
    "Half of the class had already gone home by then.",
    "A hundred years ago this was a field with one tree.",
    "You can say whatever you like about the weather.",
    "Louder than the storm was the crying of the baby.",
];

fn pcm(samples: &[f32]) -> Vec<i16> {
    samples.iter().map(|sample| (sample.clamp(-1.0, 1.0) * 32_767.0) as i16).collect()
}

/// Said by a voice of flite, or by espeak-ng.
async fn said(table: &Table, text: &str, voice: &str) -> Vec<i16> {
    let engine = if voice == "espeak-ng" { voice } else { "flite" };
    let engine = table
        .open(engine, &voice::Account::default(), &voice::Network::default())
        .ok()
        .and_then(|provider| provider.say)
        .expect(engine);
    let phrase = Phrase { number: 0, text: text.to_owned(), language: Language::new("en") };
    let mut sound = engine.say(
        phrase,
        VoiceChoice { name: voice.to_owned(), rate: 1.0, volume: 1.0, first: voice::FirstPhrase::Clause, muted: false },
    );
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
    let grammar = talk::intent::grammar();
    let mut direct = Direct::open(&Places::default()).expect("PocketSphinx");
    let taken: Vec<_> = recordings()
        .into_iter()
        .filter_map(|(name, sound)| direct.command(&sound, &grammar).map(|command| (name, command)))
        .collect();
    assert!(taken.is_empty(), "{taken:?}");
}

/// One engine hears recordings and commands in several orders; run with `--run-ignored only --no-capture`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes of decoding, for its figures"]
async fn a_session_in_any_order() {
    let (table, grammar) = (Table::default(), talk::intent::grammar());
    let mut heard: Vec<(String, Vec<i16>, Option<&str>)> =
        recordings().into_iter().map(|(name, sound)| (name, sound, None)).collect();
    for voice in ["rms", "slt"] {
        for command in COMMANDS {
            heard.push((format!("{voice}: {command}"), said(&table, command, voice).await, Some(command)));
        }
    }
    let mut direct = Direct::open(&Places::default()).expect("PocketSphinx");
    let meant = |text: &str| talk::intent::understand(text, &Language::new("en"));
    // the first as listed, then recordings and commands in turns, then shuffled
    for order in 0..4_u64 {
        heard.sort_by_key(|(name, _, command)| match order {
            0 => (u64::from(command.is_some()), 0),
            1 => (hash(name) % 16, u64::from(command.is_some())),
            seed => (hash(&format!("{seed}{name}")), 0),
        });
        let (mut taken, mut missed) = (Vec::new(), Vec::new());
        for (name, sound, command) in &heard {
            let words = direct.command(sound, &grammar);
            match command {
                None => taken.extend(words.map(|words| (name, words))),
                Some(command) if words.as_deref().and_then(meant) != meant(command) => missed.push((name, words)),
                Some(_) => {}
            }
        }
        println!("order {order}: taken for a command {taken:?}; missed {missed:?}");
        assert!(taken.is_empty() && missed.len() * 10 <= 2 * COMMANDS.len());
    }
}

/// The judgement of the rejection on what it was not tuned on; run with `--run-ignored only --no-capture`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes of decoding, for its figures"]
async fn held_out() {
    let (table, grammar) = (Table::default(), talk::intent::grammar());
    let mut direct = Direct::open(&Places::default()).expect("PocketSphinx");
    for half in [false, true] {
        let (mut whole, mut cuts) = (Vec::new(), Vec::new());
        for (_, sound) in recordings().into_iter().filter(|(name, _)| is_held_out(name) == half) {
            whole.push(direct.command(&sound, &grammar));
            cuts.extend(cut(&sound).map(|cut| direct.command(cut, &grammar)));
        }
        let taken = |of: &[Option<String>]| format!("{} of {}", of.iter().flatten().count(), of.len());
        let half_name = if half { "held out" } else { "tuned on" };
        println!("{half_name}: {} recordings, {} cuts of them taken for a command", taken(&whole), taken(&cuts));
        assert_eq!(whole.iter().chain(&cuts).flatten().count(), 0);
    }
    for voice in ["rms", "slt", "awb", "kal16", "espeak-ng"] {
        let mut taken = Vec::new();
        for sentence in SENTENCES {
            let heard = direct.command(&said(&table, sentence, voice).await, &grammar);
            taken.extend(heard.map(|command| (sentence, command)));
        }
        let mut right = 0;
        for command in COMMANDS {
            let heard = direct.command(&said(&table, command, voice).await, &grammar);
            let meant = |text: &str| talk::intent::understand(text, &Language::new("en"));
            right += usize::from(heard.as_deref().and_then(meant) == meant(command));
        }
        println!("{voice}: {} of {} sentences taken for a command {taken:?}", taken.len(), SENTENCES.len());
        println!("{voice}: {right} of {} commands understood", COMMANDS.len());
    }
}

/// Name and samples of every recording; none, said aloud, where no folder is named.
fn recordings() -> Vec<(String, Vec<i16>)> {
    let Some(folder) = std::env::var_os("WILCO_SPEECH").map(PathBuf::from) else {
        eprintln!("skipped: WILCO_SPEECH names no folder of recordings");
        return Vec::new();
    };
    let read = |list: &str| std::fs::read_to_string(folder.join(list)).expect("a list of recordings");
    let lists = [read("samples.tsv"), read("commands.tsv")];
    let names = lists.iter().flat_map(|rows| rows.lines().skip(1)).filter_map(|row| row.split('\t').next());
    let sound = |name: &str| {
        let recording = Wav::read(folder.join(name)).expect("a recording");
        assert_eq!(recording.rate, RATE);
        pcm(&recording.samples)
    };
    names.map(|name| (name.to_owned(), sound(name))).collect()
}

/// Whether the rejection was tuned without this recording: half of them, all of a speaker on one side.
fn is_held_out(name: &str) -> bool {
    let (folder, file) = name.split_once('/').expect("a folder");
    let speaker = match folder {
        "libri" | "sphinx" => file.split('-').next(),
        "sb" => file.split('_').next(),
        _ => None,
    };
    hash(&format!("{folder}/{}", speaker.unwrap_or(file))) >> 32 & 1 == 1
}

/// Whole cuts of 1.2, 2 and 3 s, one after the other: speech that begins and ends anywhere.
fn cut(sound: &[i16]) -> impl Iterator<Item = &[i16]> {
    let starts = [0, 19_200, 51_200].into_iter().zip([19_200, 32_000, 48_000]);
    sound
        .chunks(99_200)
        .flat_map(move |round| starts.clone().filter_map(|(start, count)| round.get(start..start + count)))
}

/// FNV-1a.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
