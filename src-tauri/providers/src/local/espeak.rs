//! espeak-ng: about a hundred languages, robotic, at once. GPL, so it is found at run time, never linked or shipped.
//! Its own file because it is one engine.

use super::ffi::Espeak;
use super::speaking::{Saying, say};
use super::thread::EngineThread;
use super::{failed, missing};
use crate::Places;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{
    Arc, OnceLock,
    mpsc::{Receiver, SyncSender},
};
use voice::{
    Account, Error, KeyNeed, Kind, Language, Languages, Phrase, Profile, Provider, SoundStream, Synthesise, VoiceChoice,
};

pub(crate) const NAME: &str = "espeak-ng";
const PACKAGE: &str = "libespeak-ng1";
/// Words a minute at rate 1.0: the library's own `espeakRATE_NORMAL`.
const USUAL_SPEED: f32 = 175.0;

pub(crate) fn profile(places: &Places) -> Profile {
    let voices = instance(places).map(|instance| instance.voices.keys().cloned().collect());
    Profile {
        name: NAME.to_owned(),
        kinds: vec![Kind::Say],
        local: true,
        basic: true,
        languages: Languages::Only(voices.unwrap_or_default()),
        takes: Vec::new(),
        voices: Vec::new(),
        key: KeyNeed::None,
        account: Account::default(),
    }
}

pub(crate) fn check(places: &Places) -> Result<(), Error> {
    Espeak::check(&places.libraries).map_err(|absent| missing(NAME, &absent, PACKAGE))
}

pub(crate) fn open(places: &Places) -> Result<Provider, Error> {
    let instance = instance(places)?;
    Ok(Provider { say: Some(Arc::new(Speaker { instance })), ..Provider::default() })
}

/// The engine of this process: its state is global in the library.
struct Instance {
    thread: EngineThread<Saying>,
    /// The best voice of each language.
    voices: BTreeMap<Language, String>,
}

fn instance(places: &Places) -> Result<&'static Instance, Error> {
    static INSTANCE: OnceLock<Result<Instance, Error>> = OnceLock::new();
    check(places)?;
    let start = || {
        let folder = places.libraries.clone();
        let (ready, voices) = std::sync::mpsc::sync_channel(1);
        let thread = EngineThread::start(NAME, move |phrases| speak(&folder, &ready, phrases))?;
        let voices = voices.recv().map_err(|_| failed(NAME, "It did not start."))?;
        let voices = voices.map_err(|absent| missing(NAME, &absent, "espeak-ng-data"))?;
        Ok(Instance { thread, voices: best_voices(&voices) })
    };
    INSTANCE.get_or_init(start).as_ref().map_err(Clone::clone)
}

struct Speaker {
    instance: &'static Instance,
}

impl Synthesise for Speaker {
    fn say(&self, phrase: Phrase, mut choice: VoiceChoice) -> SoundStream {
        // A voice is asked for by its tag, `es-419`; one that was chosen for another language is not for this phrase.
        if Language::new(&choice.name) != phrase.language {
            choice.name.clear();
        }
        say(&self.instance.thread, phrase, choice)
    }
}

type Voices = Vec<(String, Vec<(u8, String)>)>;

fn speak(folder: &Path, ready: &SyncSender<Result<Voices, String>>, phrases: Receiver<Saying>) {
    let mut espeak = match Espeak::open(folder) {
        Ok(espeak) => espeak,
        Err(absent) => {
            drop(ready.send(Err(absent)));
            return;
        }
    };
    let voices = espeak.voices();
    let best = best_voices(&voices);
    drop(ready.send(Ok(voices)));
    while let Ok(saying) = phrases.recv() {
        if saying.dropped() {
            continue;
        }
        let name = &saying.choice.name;
        let found = (!name.is_empty() && espeak.use_voice(name))
            || best.get(&saying.phrase.language).is_some_and(|voice| espeak.use_voice(voice));
        if !found {
            saying.fail(super::unsupported(NAME, &format!("It speaks {}.", listed(&best))));
            continue;
        }
        let speed = USUAL_SPEED * saying.choice.rate.clamp(0.5, 2.0);
        let mut said = false;
        saying.with_sink(espeak.rate(), |sink| said = espeak.say(&saying.phrase.text, speed as i32, sink));
        if !said && !saying.dropped() {
            saying.fail(failed(NAME, "It could not say that."));
        }
    }
}

/// Of each language the voice that claims it most, the American one for English: that is what the recogniser expects too.
fn best_voices(voices: &Voices) -> BTreeMap<Language, String> {
    let mut best: BTreeMap<Language, (u8, &str)> = BTreeMap::new();
    for (file, languages) in voices {
        for (priority, tag) in languages {
            let priority = if tag == "en-us" { 0 } else { *priority };
            let known = best.entry(Language::new(tag)).or_insert((u8::MAX, file));
            if priority < known.0 {
                *known = (priority, file);
            }
        }
    }
    best.into_iter().map(|(language, (_, file))| (language, file.to_owned())).collect()
}

fn listed(voices: &BTreeMap<Language, String>) -> String {
    voices.keys().map(Language::tag).collect::<Vec<_>>().join(", ")
}
