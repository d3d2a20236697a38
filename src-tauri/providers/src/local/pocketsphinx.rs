//! PocketSphinx: American English, offline, basic. Sentences of a grammar are known the moment the key comes up; free
//! speech is transcribed after it, a long one piece by piece before it, and guessed at while it is spoken. Its own file because it is one engine; what its
//! decoders are set to is in `decoders`.
//!
//! ```text
//!              ┌─▶ commands   hears along; at the end: a sentence of the grammar, or not ─┐ not
//!   packets ───┼─▶ dictation  hears what a pause has finished; at the end: what is left ◀────┘
//!              └─▶ live       hears along; partial words, never waited for
//! ```

use super::decoders::{Commands, Dictation, Live};
use super::ffi::Recogniser;
use super::pieces::Pieces;
use super::speaking::refuse;
use super::thread::{EngineThread, with_engine};
use super::utterance::Utterance;
use super::{failed, missing, unsupported};
use crate::Places;
use futures_util::StreamExt;
use std::cell::LazyCell;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use voice::{
    Account, Coding, Error, Hearing, KeyNeed, Kind, Language, Languages, PacketStream, Profile, Provider, Transcribe,
    WordsStream,
};

pub(crate) const NAME: &str = "pocketsphinx";
/// Samples a second that the model was trained for.
pub(crate) const RATE: u32 = 16_000;
/// Sound the hearing-along decoders take at once: a tenth of a second.
const STEP: usize = RATE as usize / 10;
/// Who speaks again within two minutes finds the models loaded. Together they take 220 MiB, and load while somebody speaks.
const KEPT: Duration = Duration::from_secs(120);

pub(crate) fn profile(_places: &Places) -> Profile {
    Profile {
        name: NAME.to_owned(),
        kinds: vec![Kind::Hear],
        local: true,
        basic: true,
        languages: Languages::Only(vec![english()]),
        takes: vec![Coding::Pcm16 { rate: RATE }],
        voices: Vec::new(),
        key: KeyNeed::None,
        account: Account::default(),
    }
}

pub(crate) fn check(places: &Places) -> Result<(), Error> {
    find(places).map(drop)
}

pub(crate) fn open(places: &Places) -> Result<Provider, Error> {
    check(places)?;
    let engine = PocketSphinx {
        commands: decoder_thread(places, Commands::load, command)?,
        dictation: decoder_thread(places, Dictation::load, dictate)?,
        live: decoder_thread(places, Live::load, guess)?,
    };
    Ok(Provider { hear: Some(Arc::new(engine)), ..Provider::default() })
}

struct PocketSphinx {
    commands: EngineThread<Arc<Utterance>>,
    dictation: EngineThread<Arc<Utterance>>,
    live: EngineThread<Arc<Utterance>>,
}

impl Transcribe for PocketSphinx {
    fn hear(&self, sound: PacketStream, how: Hearing) -> WordsStream {
        if how.language != english() {
            return refuse(unsupported(NAME, "It hears English only: en."));
        }
        let (utterance, listening) = Utterance::new(sound, how);
        let threads = [&self.commands, &self.dictation, &self.live];
        match threads.iter().try_for_each(|thread| thread.give(Arc::clone(&utterance))) {
            Ok(()) => listening.boxed(),
            Err(error) => refuse(error),
        }
    }
}

/// The engine without threads and streams, to measure by: what it hears in a whole utterance, and how long that takes.
pub struct Direct {
    commands: Commands,
    dictation: Dictation,
}

impl Direct {
    /// Loads the same decoders.
    ///
    /// # Errors
    /// `EngineMissing` as for `Table::open`; `EngineFailed` if the model cannot be used.
    pub fn open(places: &Places) -> Result<Self, Error> {
        let recogniser = find(places)?;
        let unusable = || failed(NAME, UNUSABLE);
        Ok(Self {
            commands: Commands::load(&recogniser, &places.model).ok_or_else(unusable)?,
            dictation: Dictation::load(&recogniser, &places.model).ok_or_else(unusable)?,
        })
    }

    /// The sentence of the JSGF `grammar` that was said in these samples (mono, 16 kHz), if it was one.
    pub fn command(&mut self, samples: &[i16], grammar: &Arc<str>) -> Option<String> {
        if !self.commands.start(grammar) {
            return None;
        }
        samples.chunks(STEP).for_each(|step| self.commands.hear(step));
        self.commands.end()
    }

    /// The words in these samples (mono, 16 kHz) by dictation, cut at pauses as it is while they are spoken.
    pub fn dictation(&mut self, samples: &[i16]) -> String {
        self.dictation_and_last(samples).0
    }

    /// The same, and how many of the samples were left to transcribe when all were heard.
    pub fn dictation_and_last(&mut self, samples: &[i16]) -> (String, usize) {
        let (mut pieces, mut text) = (Pieces::default(), Vec::new());
        pieces.hear(samples);
        while let Some(piece) = pieces.finished() {
            text.push(self.dictation.transcript(&piece));
        }
        let rest = pieces.rest();
        text.extend(rest.iter().map(|piece| self.dictation.transcript(piece)));
        (joined(&text), rest.map_or(0, |piece| piece.len()))
    }

    /// The words in these samples (mono, 16 kHz), never cut.
    pub fn dictation_whole(&mut self, samples: &[i16]) -> String {
        self.dictation.transcript(samples)
    }
}

const UNUSABLE: &str = "Its model cannot be used.";

/// A decoder's thread: hears one utterance after the other.
fn decoder_thread<Decoder: 'static>(
    places: &Places,
    load: fn(&Arc<Recogniser>, &Path) -> Option<Decoder>,
    hear: fn(&mut Decoder, &Utterance),
) -> Result<EngineThread<Arc<Utterance>>, Error> {
    let places = places.clone();
    EngineThread::start(NAME, move |jobs| {
        // the libraries bring others with them and take 2 MiB, which nobody needs who never talks to this engine
        let recogniser = LazyCell::new(|| find(&places).ok());
        with_engine(
            &jobs,
            KEPT,
            || load(recogniser.as_ref()?, &places.model),
            |decoder, utterance: Arc<Utterance>| match decoder {
                Some(decoder) => hear(decoder, &utterance),
                None => utterance.fail(UNUSABLE),
            },
        );
    })
}

fn command(commands: &mut Commands, utterance: &Utterance) {
    let Some(grammar) = &utterance.how.grammar else { return };
    if !commands.start(grammar) {
        tracing::warn!("the grammar of commands was refused; dictation only");
        return utterance.is_other();
    }
    let mut heard = 0;
    let ended = loop {
        let Some(piece) = utterance.more(heard, STEP) else { break false };
        heard += piece.samples.len();
        commands.hear(&piece.samples);
        if piece.last {
            break true;
        }
    };
    match commands.end() {
        Some(sentence) if ended => utterance.is_sentence(sentence),
        _ => utterance.is_other(),
    }
}

fn dictate(dictation: &mut Dictation, utterance: &Utterance) {
    let (mut pieces, mut heard, mut text) = (Pieces::default(), 0, Vec::new());
    loop {
        let Some(more) = utterance.more(heard, STEP) else { return };
        heard += more.samples.len();
        pieces.hear(&more.samples);
        while let Some(piece) = pieces.finished() {
            text.push(dictation.transcript(&piece));
        }
        if more.last {
            break;
        }
    }
    if utterance.wants_dictation() {
        text.extend(pieces.rest().map(|piece| dictation.transcript(&piece)));
        utterance.finish(joined(&text));
    }
}

fn joined(texts: &[String]) -> String {
    texts.iter().filter(|text| !text.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// It competes for a core with the final pass, so it takes no other step once the end is known.
fn guess(live: &mut Live, utterance: &Utterance) {
    live.start();
    let (mut heard, mut shown) = (0, String::new());
    while let Some(samples) = utterance.more_while_spoken(heard, STEP) {
        heard += samples.len();
        let words = live.hear(&samples);
        if words != shown {
            utterance.partial(words.clone());
            shown = words;
        }
    }
    live.end();
}

fn find(places: &Places) -> Result<Arc<Recogniser>, Error> {
    let recogniser =
        Recogniser::open(&places.libraries).map_err(|absent| missing(NAME, &absent, "libpocketsphinx3"))?;
    match ["en-us/mdef", "cmudict-en-us.dict", "en-us.lm.bin"].iter().find(|file| !places.model.join(file).exists()) {
        Some(file) => Err(missing(NAME, &format!("{file} of its model is not here"), "pocketsphinx-en-us")),
        None => Ok(recogniser),
    }
}

fn english() -> Language {
    Language::new("en")
}
