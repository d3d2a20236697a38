//! The engines at work. They need what is installed; a test whose engine is absent says so and passes. Speech of real
//! people is read from the folder that `WILCO_SPEECH` names.

use super::decoders::Commands;
use super::ffi::{FliteVoice, Recogniser};
use crate::{Places, Table, pocketsphinx::Direct};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use voice::{
    Account, Coding, Error, ErrorKind, FirstPhrase, Hearing, Language, Network, Packet, Phrase, Provider, SoundStream,
    VoiceChoice, Words, WordsStream,
};

/// flite's voices are statics; a test that uses one beside the engine's own thread keeps the others out.
static FLITE: Mutex<()> = Mutex::const_new(());

const GRAMMAR: &str = "#JSGF V1.0;
grammar commands;
public <command> = <time> | <sum> | <timer> | <sound> | <language> | <talk>;
<time> = what time is it | what is the (time | date) | what day is it today;
<digit> = one | two | three | four | five | six | seven | eight | nine;
<ten> = twenty | thirty | forty | fifty | sixty | seventy | eighty | ninety;
<number> = <digit> | ten | fifteen | <ten> [<digit>];
<sum> = (what is | how much is) <number> (plus | minus | times | divided by) <number>;
<timer> = set a timer for <number> (seconds | minutes | hours) | cancel the timer;
<sound> = [speak] (louder | quieter | faster | slower) | volume (up | down) | unmute | wilcoword now;
<language> = translate to (spanish | russian) | switch to (chat | echo) mode | speak english;
<talk> = stop | what can you do | repeat that | say that again | never mind;
";

const SENTENCES: [&str; 24] = [
    "what time is it",
    "what is the time",
    "what is the date",
    "what day is it today",
    "what is seven plus five",
    "how much is twenty three times four",
    "what is ninety divided by six",
    "set a timer for five minutes",
    "set a timer for thirty seconds",
    "set a timer for two hours",
    "cancel the timer",
    "speak louder",
    "quieter",
    "speak faster",
    "slower",
    "volume up",
    "volume down",
    "translate to spanish",
    "speak english",
    "stop",
    "what can you do",
    "repeat that",
    "say that again",
    "never mind",
];

#[tokio::test]
async fn flite_says_hello() {
    let _alone = FLITE.lock().await;
    let Some(flite) = open("flite") else { return };
    let usual = samples(say(&flite, "Hello.", "en", "", 1.0), 16_000).await.expect("sound");
    assert!((3_200..24_000).contains(&usual.len()), "{} samples", usual.len());
    assert!(usual.iter().any(|sample| sample.unsigned_abs() > 2_000), "it is too quiet");
    let fast = samples(say(&flite, "Hello.", "en", "rms", 2.0), 16_000).await.expect("sound");
    assert!(fast.len() < usual.len() * 3 / 4, "rate 2.0: {} of {}", fast.len(), usual.len());
    let error = samples(say(&flite, "Hola.", "es", "", 1.0), 16_000).await.expect_err("English only");
    assert_eq!(error.kind, ErrorKind::Unsupported);
}

#[test]
fn a_voice_stops_at_its_next_piece() {
    let _alone = FLITE.blocking_lock();
    let Ok(mut voice) = FliteVoice::open(Path::new(""), "kal16") else {
        return eprintln!("skipped: the library of flite's voice kal16 is not here");
    };
    let mut pieces = 0;
    let mut count = |_: &[i16]| {
        pieces += 1;
        pieces < 3
    };
    voice.say("One two three four five six seven eight nine ten.", 1.0, &mut count);
    assert_eq!(pieces, 3);
}

#[tokio::test]
async fn espeak_speaks_its_languages() {
    let Some(espeak) = open("espeak-ng") else { return };
    for (language, text) in [("es", "¿Qué hora es?"), ("ru", "Который час?"), ("en", "What time is it?")] {
        let sound = samples(say(&espeak, text, language, "slt", 1.0), 22_050).await.expect(language);
        assert!((11_025..66_150).contains(&sound.len()), "{language}: {} samples", sound.len());
        assert!(sound.iter().any(|sample| sample.unsigned_abs() > 2_000), "{language} is too quiet");
    }
    let mut dropped = say(&espeak, &"one two three ".repeat(500), "en", "", 1.0);
    assert!(dropped.next().await.is_some());
    drop(dropped);
    let error = samples(say(&espeak, "nuqneH", "xx", "", 1.0), 22_050).await.expect_err("no such language");
    assert!(error.kind == ErrorKind::Unsupported && error.detail.contains("es, "), "{}", error.detail);
}

#[tokio::test]
async fn spoken_commands_are_understood() {
    let (Some(flite), Ok(mut direct)) = (open("flite"), Direct::open(&Places::default())) else {
        return eprintln!("skipped: it takes flite and pocketsphinx");
    };
    let grammar: Arc<str> = GRAMMAR.into();
    let (mut right, mut said) = (0, 0);
    for voice in ["rms", "slt"] {
        for sentence in SENTENCES {
            let words = direct.command(&spoken(&flite, sentence, voice).await, &grammar);
            said += 1;
            right += usize::from(words.as_deref() == Some(sentence));
        }
    }
    println!("spoken commands: {right} of {said} right");
    assert!(right * 10 >= said * 9, "{right} of {said}");
}

#[test]
fn other_speech_is_no_command() {
    let Ok(mut direct) = Direct::open(&Places::default()) else { return eprintln!("skipped: no pocketsphinx") };
    let grammar: Arc<str> = GRAMMAR.into();
    for (file, _, sound) in ["samples.tsv", "commands.tsv"].into_iter().filter_map(recordings).flatten() {
        assert_eq!(direct.command(&sound, &grammar), None, "{file}");
    }
}

/// The phones of the loop, which nothing rounds off, are the same again after quiet and loud speech of another voice.
#[tokio::test]
async fn nothing_is_left_of_the_utterance_before() {
    let (Some(flite), Ok(recogniser)) = (open("flite"), Recogniser::open(Path::new(""))) else { return };
    let Some(mut commands) = Commands::load(&recogniser, &Places::default().model) else { return };
    let sound = spoken(&flite, "the quick answer is that it depends on the weather", "rms").await;
    let before = spoken(&flite, "nobody told me that the shop closes early on monday", "slt").await;
    let grammar: Arc<str> = GRAMMAR.into();
    let mut phones = |sound: &[i16]| {
        assert!(commands.start(&grammar));
        sound.chunks(1_600).for_each(|step| commands.hear(step));
        commands.end();
        commands.decoder.hypothesis()
    };
    let fresh = phones(&sound);
    assert!(fresh.split(' ').count() > 20, "{fresh}");
    for gain in [0.05, 1.0, 1.5] {
        phones(&before.iter().map(|sample| (f32::from(*sample) * gain) as i16).collect::<Vec<_>>());
        assert_eq!(phones(&sound), fresh, "after {gain} times the other voice");
    }
}

#[tokio::test]
async fn a_command_is_its_sentence_and_other_speech_is_dictated() {
    let (Some(flite), Some(sphinx)) = (open("flite"), open("pocketsphinx")) else { return };
    let command = spoken(&flite, "set a timer for two hours", "rms").await;
    assert_eq!(transcript(hear(&sphinx, &command, Some(GRAMMAR))).await.expect("words"), "set a timer for two hours");
    let mut last_words = String::new();
    let mut words = hear(&sphinx, &spoken(&flite, "this is a test of the voice", "rms").await, Some(GRAMMAR));
    while let Some(next) = words.next().await {
        last_words = next.expect("words").text;
    }
    assert!(errors("this is a test of the voice", &last_words) <= 2, "{last_words}");
}

#[tokio::test]
async fn real_speech_is_dictated() {
    let (Some(sphinx), Some(recordings)) = (open("pocketsphinx"), recordings("samples.tsv")) else { return };
    let (mut wrong, mut words) = (0, 0);
    for (file, text, sound) in
        recordings.iter().filter(|(file, ..)| file.contains("cards") || file.contains("goforward"))
    {
        wrong += errors(text, &transcript(hear(&sphinx, sound, Some(GRAMMAR))).await.expect(file));
        words += text.split_whitespace().count();
    }
    assert!(words > 0 && wrong * 10 <= words, "{wrong} errors in {words} words");
}

#[tokio::test]
async fn long_speech_is_dictated_in_pieces() {
    let (Some(flite), Some(sphinx)) = (open("flite"), open("pocketsphinx")) else { return };
    let mut sound = Vec::new();
    for sentence in
        ["the children play in the garden behind the house", "we had soup and fresh bread for dinner last night"]
    {
        sound.extend(spoken(&flite, &format!("{sentence} and {sentence}"), "rms").await);
        sound.extend([0; 9_600]);
    }
    let mut direct = Direct::open(&Places::default()).expect("the same engine");
    let (text, rest) = direct.dictation_and_last(&sound);
    assert!(rest < sound.len() / 2 && text.contains("garden") && text.contains("dinner"), "{rest} left: {text}");
    assert_eq!(transcript(hear(&sphinx, &sound, Some(GRAMMAR))).await.expect("words"), text);
}

#[tokio::test]
async fn a_refused_grammar_leaves_dictation() {
    let Some(sphinx) = open("pocketsphinx") else { return };
    let words = transcript(hear(&sphinx, &[0; 8_000], Some("no grammar at all"))).await;
    assert_eq!(words.expect("silence is no error"), "");
}

#[tokio::test]
async fn what_pocketsphinx_cannot_take_is_refused() {
    let Some(sphinx) = open("pocketsphinx") else { return };
    let engine = sphinx.hear.expect("it hears");
    let opus = Packet { coding: Coding::Opus, bytes: Bytes::from_static(&[0]) };
    let english = Hearing { language: Language::new("en"), grammar: None, into: None };
    let error = transcript(engine.hear(stream::iter([opus]).boxed(), english)).await.expect_err("Opus");
    assert_eq!(error.kind, ErrorKind::Unsupported);
    let russian = Hearing { language: Language::new("ru"), grammar: None, into: None };
    let error = transcript(engine.hear(stream::empty().boxed(), russian)).await.expect_err("Russian");
    assert_eq!(error.kind, ErrorKind::Unsupported);
}

#[tokio::test]
async fn apertium_translates_and_lists_its_pairs() {
    let Some(apertium) = open("apertium") else { return };
    let engine = apertium.translate.expect("it translates");
    let translate = async |text: &str, from: &str, to: &str| {
        let words = Words { text: text.to_owned(), language: Language::new(from), last: true, translation: None };
        engine.translate(words, Language::new(to)).next().await.expect("an answer")
    };
    match translate("I don't understand what you are saying", "en", "es").await {
        Err(error) if error.kind == ErrorKind::Unsupported => return eprintln!("skipped: no English to Spanish here"),
        answer => assert!(answer.expect("Spanish").contains("entiendo")),
    }
    let again = translate("where is the {train} station?\nhelp [me]", "en", "es").await.expect("Spanish");
    assert!(again.starts_with('¿') && again.contains('{') && again.contains("[") && !again.contains("  "), "{again}");
    let error = translate("hello", "en", "zz").await.expect_err("no such pair");
    assert!(error.kind == ErrorKind::Unsupported && error.detail.contains("en to es"), "{}", error.detail);
}

#[tokio::test]
async fn echo_and_no_model_answer() {
    for (name, language, answer) in [
        ("echo", "en", "what time is it"),
        ("no-model", "en", "I have no language model yet. Add a key in Settings."),
        ("no-model", "ru", "У меня пока нет языковой модели. Добавьте ключ в настройках."),
    ] {
        let words = Words {
            text: "what time is it".to_owned(),
            language: Language::new(language),
            last: true,
            translation: None,
        };
        let prompt = voice::Prompt { system: String::new(), history: Vec::new(), words };
        let reply: Vec<_> = open(name).and_then(|it| it.respond).expect(name).reply(prompt).collect().await;
        assert_eq!(reply, [Ok(answer.to_owned())]);
    }
}

/// Prints the figures that the README quotes; run with `--ignored --nocapture`.
#[tokio::test]
#[ignore = "minutes of decoding, for its figures"]
#[expect(clippy::disallowed_methods, reason = "a stopwatch is the point")]
async fn figures() {
    let Some(recordings) = recordings("samples.tsv") else { return };
    let Ok(mut direct) = Direct::open(&Places::default()) else { return };
    let sphinx = open("pocketsphinx").expect("direct is open");
    let grammar: Arc<str> = GRAMMAR.into();
    let (mut wrong, mut words, mut false_accepts, mut others) = (0, 0, 0, 0);
    let mut alone_ms = Vec::new();
    for (file, text, sound) in &recordings {
        let began = std::time::Instant::now();
        let heard = direct.dictation(sound);
        alone_ms.push(began.elapsed().as_millis());
        wrong += errors(text, &heard);
        words += text.split_whitespace().count();
        assert_eq!(transcript(hear(&sphinx, sound, None)).await.expect(file), heard, "{file}: the same engine");
    }
    for (file, _, sound) in recordings.iter().chain(&self::recordings("commands.tsv").unwrap_or_default()) {
        let found = direct.command(sound, &grammar);
        false_accepts += usize::from(found.is_some());
        others += 1;
        found.iter().for_each(|sentence| println!("{file} was taken for {sentence:?}"));
    }
    println!("dictation: {wrong} errors in {words} words; false accepts: {false_accepts} of {others}");
    println!("dictation of each, ms: {alone_ms:?}");
    let flite = open("flite").expect("flite");
    let mut spoken_ms = Vec::new();
    for sentence in SENTENCES {
        spoken_ms.push(after_the_end(&sphinx, &spoken(&flite, sentence, "rms").await).await);
    }
    println!("transcript of a command after its end, ms: {spoken_ms:?}");
    let mut read_ms = Vec::new();
    for (_, _, sound) in recordings.iter().filter(|(file, ..)| file.starts_with("sb")) {
        let began = std::time::Instant::now();
        direct.dictation(sound);
        let alone = began.elapsed().as_millis();
        read_ms.push((after_the_end(&sphinx, sound).await, alone));
    }
    println!("transcript of a sentence after its end, and the whole of it, ms: {read_ms:?}");
}

/// Prints the word error rate of long dictation, whole and cut at its pauses; run with `--ignored --nocapture`.
#[test]
#[ignore = "minutes of decoding, for its figures"]
fn long_dictation() {
    let Some(recordings) = recordings("samples.tsv") else { return };
    let Ok(mut direct) = Direct::open(&Places::default()) else { return };
    let (mut whole, mut cut, mut words, mut last) = (0, 0, 0, Vec::new());
    let single = recordings.iter().filter(|(_, _, sound)| sound.len() > 6 * 16_000);
    let single: Vec<(String, Vec<i16>)> = single.map(|(_, text, sound)| (text.clone(), sound.clone())).collect();
    for set in [single, joined(&recordings, 7), joined(&recordings, 13), joined(&recordings, 29)] {
        for (text, sound) in set {
            let (heard, rest) = direct.dictation_and_last(&sound);
            let (cut_errors, whole_errors) = (errors(&text, &heard), errors(&text, &direct.dictation_whole(&sound)));
            let seconds = |samples: usize| samples as f32 / 16_000.0;
            println!(
                "{:4.1} s, left at the end {:4.1} s: whole {whole_errors}, cut {cut_errors} errors of {}",
                seconds(sound.len()),
                seconds(rest),
                text.split_whitespace().count()
            );
            (whole, cut, words) = (whole + whole_errors, cut + cut_errors, words + text.split_whitespace().count());
            last.push(seconds(rest));
        }
    }
    last.sort_unstable_by(f32::total_cmp);
    println!("{words} words: whole {whole}, cut {cut} errors; left at the end, median {:.1} s", last[last.len() / 2]);
    assert!(cut <= whole, "cutting costs words");
}

/// Utterances of over 30 s: recordings in an order that `among` gives, each after half a second of a quiet room.
fn joined(recordings: &[(String, String, Vec<i16>)], among: usize) -> Vec<(String, Vec<i16>)> {
    let mut noise = (0u32..).map(|at| (at.wrapping_mul(2_654_435_761) >> 26) as i16 - 32);
    let mut joined = vec![(String::new(), Vec::new())];
    for place in 0..recordings.len() {
        let (_, text, sound) = &recordings[place * among % recordings.len()];
        let (said, samples) = joined.last_mut().expect("one");
        *said += &format!(" {text}");
        samples.extend(noise.by_ref().take(8_000).chain(sound.iter().copied()));
        if samples.len() > 30 * 16_000 {
            joined.push((String::new(), Vec::new()));
        }
    }
    joined.retain(|(_, sound)| sound.len() > 30 * 16_000);
    joined
}

/// Milliseconds from the last packet of an utterance, heard as fast as it was spoken, to its transcript.
#[expect(clippy::disallowed_methods, reason = "a stopwatch is the point")]
async fn after_the_end(engine: &Provider, sound: &[i16]) -> u128 {
    let (ended, at) = tokio::sync::oneshot::channel();
    let steps: Vec<Vec<i16>> = sound.chunks(320).map(<[i16]>::to_vec).collect();
    let paced = stream::unfold(
        (steps.into_iter(), tokio::time::interval(Duration::from_millis(20)), Some(ended)),
        |(mut steps, mut pace, mut ended)| async move {
            let Some(step) = steps.next() else {
                ended.take().map(|ended| ended.send(std::time::Instant::now()));
                return None;
            };
            pace.tick().await;
            Some((packet(&step), (steps, pace, ended)))
        },
    );
    let how = Hearing { language: Language::new("en"), grammar: Some(GRAMMAR.into()), into: None };
    transcript(engine.hear.as_ref().expect("it hears").hear(paced.boxed(), how)).await.expect("words");
    at.await.expect("the end").elapsed().as_millis()
}

fn packet(samples: &[i16]) -> Packet {
    let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    Packet { coding: Coding::Pcm16 { rate: 16_000 }, bytes: bytes.into() }
}

async fn spoken(flite: &Provider, text: &str, voice: &str) -> Vec<i16> {
    let _alone = FLITE.lock().await;
    samples(say(flite, text, "en", voice, 1.0), 16_000).await.expect("sound")
}

fn open(name: &str) -> Option<Provider> {
    Table::default()
        .open(name, &Account::default(), &Network::default())
        .map_err(|error| eprintln!("skipped: {error}"))
        .ok()
}

fn say(engine: &Provider, text: &str, language: &str, voice: &str, rate: f32) -> SoundStream {
    let phrase = Phrase { number: 0, text: text.to_owned(), language: Language::new(language) };
    engine.say.as_ref().expect("it speaks").say(
        phrase,
        VoiceChoice { name: voice.to_owned(), rate, volume: 1.0, first: FirstPhrase::Clause, muted: false },
    )
}

async fn samples(sound: SoundStream, rate: u32) -> Result<Vec<i16>, Error> {
    let packets: Vec<Packet> = sound.collect::<Vec<_>>().await.into_iter().collect::<Result<_, _>>()?;
    assert!(packets.iter().all(|packet| packet.coding == Coding::Pcm16 { rate }));
    let inner = packets.split_last().map_or(&[][..], |(_, before)| before).iter().skip(1);
    assert!(inner.clone().all(|packet| packet.bytes.len() >= rate as usize / 50 * 2), "packets under 20 ms");
    let bytes: Vec<u8> = packets.iter().flat_map(|packet| packet.bytes.to_vec()).collect();
    Ok(bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect())
}

/// Packets of an odd length, as a wire may cut them.
fn hear(engine: &Provider, sound: &[i16], grammar: Option<&str>) -> WordsStream {
    let Packet { coding, bytes } = packet(sound);
    let packets: Vec<Packet> =
        bytes.chunks(641).map(|cut| Packet { coding, bytes: Bytes::copy_from_slice(cut) }).collect();
    let how = Hearing { language: Language::new("en"), grammar: grammar.map(Arc::from), into: None };
    engine.hear.as_ref().expect("it hears").hear(stream::iter(packets).boxed(), how)
}

async fn transcript(mut words: WordsStream) -> Result<String, Error> {
    let mut last = None;
    while let Some(next) = words.next().await {
        assert!(last.is_none(), "nothing follows the transcript");
        let next = next?;
        last = next.last.then_some(next.text);
    }
    Ok(last.expect("a transcript"))
}

/// File, transcript and samples of each row; None, said aloud, where no folder is named.
fn recordings(table: &str) -> Option<Vec<(String, String, Vec<i16>)>> {
    let Some(folder) = std::env::var_os("WILCO_SPEECH").map(PathBuf::from) else {
        eprintln!("skipped: WILCO_SPEECH names no folder of recordings");
        return None;
    };
    let rows = std::fs::read_to_string(folder.join(table)).expect(table);
    let rows = rows.lines().skip(1).map(|row| {
        let mut columns = row.split('\t').map(str::to_owned);
        let (file, text) = (columns.next().expect("file"), columns.next().expect("transcript"));
        let wav = hound::WavReader::open(folder.join(&file)).expect(&file);
        (file, text, wav.into_samples().collect::<Result<_, _>>().expect("16 bits"))
    });
    Some(rows.collect())
}

/// Words to change, drop or add: the numerator of the word error rate.
fn errors(said: &str, heard: &str) -> usize {
    let heard: Vec<&str> = heard.split_whitespace().collect();
    let mut row: Vec<usize> = (0..=heard.len()).collect();
    for word in said.split_whitespace() {
        let mut diagonal = row[0];
        row[0] += 1;
        for (place, other) in heard.iter().enumerate() {
            let changed = diagonal + usize::from(word != *other);
            diagonal = row[place + 1];
            row[place + 1] = changed.min(row[place] + 1).min(diagonal + 1);
        }
    }
    row[heard.len()]
}
