//! Apertium: translation by rules, between the pairs of languages that are installed. Its own folder because it is one
//! engine of two parts: which pairs there are and what is asked of them (here), and the processes that work (`pipeline`).

mod pipeline;

use super::speaking::refuse;
use super::{failed, missing, unsupported};
use crate::Places;
use futures_util::stream::{self, StreamExt};
use pipeline::Pipeline;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use voice::{
    Account, Error, ErrorKind, KeyNeed, Kind, Language, Languages, Profile, Provider, TextStream, Translate, Words,
};

pub(crate) const NAME: &str = "apertium";
/// The longest a sentence may take. The first one of a pair starts its processes: 0.3 to 0.5 s; later ones 1 to 16 ms.
const LONGEST: Duration = Duration::from_secs(5);

pub(crate) fn profile(places: &Places) -> Profile {
    let pairs = pairs(&places.modes);
    let mut languages: Vec<Language> = pairs.keys().flat_map(|(from, to)| [from.clone(), to.clone()]).collect();
    languages.sort();
    languages.dedup();
    Profile {
        name: NAME.to_owned(),
        kinds: vec![Kind::Translate],
        local: true,
        basic: true,
        languages: Languages::Only(languages),
        takes: Vec::new(),
        voices: Vec::new(),
        key: KeyNeed::None,
        account: Account::default(),
    }
}

pub(crate) fn check(places: &Places) -> Result<(), Error> {
    if !places.modes.is_dir() {
        return Err(missing(NAME, "Its folder of language pairs is not here", "apertium"));
    }
    if pairs(&places.modes).is_empty() {
        return Err(missing(NAME, "No pair of languages is installed", "apertium-eng-spa"));
    }
    Ok(())
}

pub(crate) fn open(places: &Places) -> Result<Provider, Error> {
    check(places)?;
    let pairs =
        pairs(&places.modes).into_iter().map(|(pair, mode)| (pair, Arc::new(Pair { mode, running: Mutex::default() })));
    Ok(Provider { translate: Some(Arc::new(Apertium { pairs: pairs.collect() })), ..Provider::default() })
}

struct Apertium {
    pairs: BTreeMap<(Language, Language), Arc<Pair>>,
}

/// A pair of languages, and its processes between two sentences.
struct Pair {
    mode: PathBuf,
    running: Mutex<Option<Pipeline>>,
}

impl Translate for Apertium {
    fn translate(&self, words: Words, to: Language) -> TextStream {
        if words.language == to {
            return stream::iter([Ok(words.text)]).boxed();
        }
        let wanted = (words.language, to);
        let Some(pair) = self.pairs.get(&wanted).cloned() else {
            let known: Vec<_> = self.pairs.keys().map(|(from, to)| format!("{from} to {to}")).collect();
            return refuse(unsupported(NAME, &format!("It translates {}.", known.join(", "))));
        };
        stream::once(async move { pair.translate(&words.text, &wanted.1).await }).boxed()
    }
}

impl Pair {
    async fn translate(&self, text: &str, to: &Language) -> Result<String, Error> {
        let mut running = self.running.lock().await;
        // A translation that is dropped or fails half-way takes its processes along: they would answer late.
        let work = async {
            let mut pipeline = match running.take() {
                Some(pipeline) => pipeline,
                None => Pipeline::start(&self.mode)?,
            };
            let translated = match pipeline.translate(text).await {
                Ok(translated) => translated,
                // One of its processes had died since the last sentence.
                Err(_) => {
                    pipeline = Pipeline::start(&self.mode)?;
                    pipeline.translate(text).await?
                }
            };
            *running = Some(pipeline);
            Ok(polished(&translated, to))
        };
        match tokio::time::timeout(LONGEST, work).await {
            Ok(translated) => translated,
            Err(_) => Err(Error::new(ErrorKind::TimedOut, NAME, "It took over five seconds.")),
        }
    }
}

/// Single blanks, and the opening mark of a Spanish question, which the rules drop.
fn polished(text: &str, to: &Language) -> String {
    let single = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if to.tag() != "es" {
        return single;
    }
    let mut polished = String::with_capacity(single.len() + 2);
    for sentence in single.split_inclusive(['.', '?', '!']) {
        let begins = sentence.len() - sentence.trim_start().len();
        let (blank, sentence) = sentence.split_at(begins);
        polished.push_str(blank);
        match sentence.chars().last() {
            Some('?') if sentence.len() > 1 && !sentence.contains('¿') => polished.push('¿'),
            Some('!') if sentence.len() > 1 && !sentence.contains('¡') => polished.push('¡'),
            _ => {}
        }
        polished.push_str(sentence);
    }
    polished
}

/// The installed pairs and their mode files. A mode is named by two codes, `eng-spa`; variants (`spa-eng_US`) count
/// where there is no plain one.
fn pairs(modes: &Path) -> BTreeMap<(Language, Language), PathBuf> {
    let Ok(folder) = std::fs::read_dir(modes) else { return BTreeMap::new() };
    let mut files: Vec<PathBuf> = folder.flatten().map(|file| file.path()).collect();
    files.sort_by_key(|file| file.as_os_str().len());
    let mut pairs = BTreeMap::new();
    for file in files {
        let name = file.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if file.extension().is_some_and(|extension| extension == "mode")
            && let Some((from, to)) = name.split_once('-')
            && !to.contains('-')
        {
            pairs.entry((short(from), short(to))).or_insert(file);
        }
    }
    pairs
}

/// A language by its two letters. Apertium names most of its languages by three (ISO 639-3).
fn short(code: &str) -> Language {
    let code = Language::new(code);
    SHORT.iter().find(|(long, _)| *long == code.tag()).map_or(code, |(_, short)| Language::new(short))
}

/// ISO 639-3 to 639-1, for the languages that Apertium has released pairs for.
#[rustfmt::skip]
const SHORT: [(&str, &str); 44] = [
    ("afr", "af"), ("ara", "ar"), ("arg", "an"), ("bel", "be"), ("ben", "bn"), ("bre", "br"), ("bul", "bg"), ("cat", "ca"),
    ("cym", "cy"), ("dan", "da"), ("deu", "de"), ("ell", "el"), ("eng", "en"), ("epo", "eo"), ("eus", "eu"), ("fin", "fi"),
    ("fra", "fr"), ("gle", "ga"), ("glg", "gl"), ("hbs", "sh"), ("hin", "hi"), ("ind", "id"), ("isl", "is"), ("ita", "it"),
    ("kaz", "kk"), ("mkd", "mk"), ("mlt", "mt"), ("nld", "nl"), ("nno", "nn"), ("nob", "nb"), ("oci", "oc"), ("pol", "pl"),
    ("por", "pt"), ("ron", "ro"), ("rus", "ru"), ("slv", "sl"), ("sme", "se"), ("spa", "es"), ("srd", "sc"), ("swe", "sv"),
    ("tat", "tt"), ("tur", "tr"), ("ukr", "uk"), ("urd", "ur"),
];
