//! flite: English voices cut from recorded speakers, 16 kHz, about 10 ms to the first sound. Its own file because it
//! is one engine.

use super::ffi::FliteVoice;
use super::speaking::{Saying, refuse, say};
use super::thread::EngineThread;
use super::{failed, missing, unsupported};
use crate::Places;
use std::collections::HashMap;
use std::path::Path;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, OnceLock};
use voice::{
    Account, Error, KeyNeed, Kind, Language, Languages, Phrase, Profile, Provider, SoundStream, Synthesise, VoiceChoice,
};

pub(crate) const NAME: &str = "flite";
/// Voices worth offering, the best understood first.
const VOICES: [&str; 4] = ["rms", "slt", "awb", "kal16"];
const RATE: u32 = 16_000;

pub(crate) fn profile(places: &Places) -> Profile {
    Profile {
        name: NAME.to_owned(),
        kinds: vec![Kind::Say],
        local: true,
        basic: true,
        languages: Languages::Only(vec![english()]),
        takes: Vec::new(),
        voices: voices(places).map(str::to_owned).collect(),
        key: KeyNeed::None,
        account: Account::default(),
    }
}

pub(crate) fn check(places: &Places) -> Result<(), Error> {
    let [best, ..] = VOICES;
    match voices(places).next() {
        Some(_) => Ok(()),
        None => FliteVoice::check(&places.libraries, best).map_err(|absent| missing(NAME, &absent, "libflite1")),
    }
}

pub(crate) fn open(places: &Places) -> Result<Provider, Error> {
    // The voices are statics of their libraries: two threads with the same voice would share its state.
    static THREAD: OnceLock<Result<EngineThread<Saying>, Error>> = OnceLock::new();
    check(places)?;
    let folder = places.libraries.clone();
    let thread = THREAD.get_or_init(|| EngineThread::start(NAME, move |phrases| speak(&folder, phrases)));
    let thread = thread.as_ref().map_err(Clone::clone)?;
    Ok(Provider { say: Some(Arc::new(Flite { thread, voices: voices(places).collect() })), ..Provider::default() })
}

struct Flite {
    thread: &'static EngineThread<Saying>,
    voices: Vec<&'static str>,
}

impl Synthesise for Flite {
    fn say(&self, phrase: Phrase, mut choice: VoiceChoice) -> SoundStream {
        if phrase.language != english() {
            return refuse(unsupported(NAME, "It speaks English only: en."));
        }
        let wanted = self.voices.iter().find(|voice| **voice == choice.name);
        match wanted.or(self.voices.first()) {
            Some(voice) => (*voice).clone_into(&mut choice.name),
            None => return refuse(failed(NAME, "It has no voice.")),
        }
        say(self.thread, phrase, choice)
    }
}

fn speak(folder: &Path, phrases: Receiver<Saying>) {
    let mut opened = HashMap::new();
    while let Ok(saying) = phrases.recv() {
        if saying.dropped() {
            continue;
        }
        let name = saying.choice.name.clone();
        match opened.entry(name).or_insert_with_key(|name| FliteVoice::open(folder, name)) {
            Ok(voice) => {
                let stretch = 1.0 / saying.choice.rate.clamp(0.5, 2.0);
                let text = plain(&saying.phrase.text);
                saying.with_sink(RATE, |sink| voice.say(&text, stretch, sink));
            }
            Err(absent) => saying.fail(failed(NAME, absent)),
        }
    }
}

/// flite reads bytes: typographic punctuation would be spelled out, so it becomes what a typewriter has.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\u{2018}' | '\u{2019}' => plain.push('\''),
            '\u{201c}' | '\u{201d}' | '\u{ab}' | '\u{bb}' => plain.push('"'),
            '\u{2013}' | '\u{2014}' => plain.push_str(", "),
            '\u{2026}' => plain.push_str("..."),
            letter if letter.is_ascii() => plain.push(letter),
            _ => plain.push(' '),
        }
    }
    plain
}

fn voices(places: &Places) -> impl Iterator<Item = &'static str> {
    VOICES.into_iter().filter(|voice| FliteVoice::check(&places.libraries, voice).is_ok())
}

fn english() -> Language {
    Language::new("en")
}
