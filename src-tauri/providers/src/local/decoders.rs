//! The three decoders of PocketSphinx: sentences of a grammar, dictation of a whole utterance, and dictation while it
//! is still spoken. Three, because a decoder that once heard an utterance in parts no longer does well on a whole one.
//! Its own file because here is what each is set to, and why.

use super::ffi::{Decoder, Recogniser};
use super::grammar;
use std::path::Path;
use std::sync::Arc;

/// Command words that the model's dictionary lacks, with their phones.
const TAUGHT: [(&str, &str); 2] = [("unmute", "AH N M Y UW T"), ("unmuted", "AH N M Y UW T AH D")];

/// What a word without a known pronunciation gets: phones nobody says, so that its sentences are never heard, but the
/// grammar loads. A grammar with a word that the dictionary lacks would be refused whole.
const UNSPEAKABLE: &str = "ZH NG ZH NG ZH NG ZH NG ZH NG ZH NG";

/// Silence before and after a sentence, 200 ms: without it the loop takes more of the sentence's edges, which keys that
/// come up early make hard. Dictation is no better for it.
const QUIET: [i16; 3200] = [0; 3200];

/// Hears sentences of a grammar while they are spoken.
pub(super) struct Commands {
    pub(super) decoder: Decoder,
    grammar: Option<Arc<str>>,
}

impl Commands {
    /// Loads the acoustic model and the dictionary; about 0.2 s and 31 MiB.
    pub(super) fn load(recogniser: &Arc<Recogniser>, model: &Path) -> Option<Self> {
        // With the usual beams the loop is given up while a sentence seems to fit; speech that goes on after it has then
        // no way left but silence, and counts as that sentence.
        let beams = [("-beam", "1e-80"), ("-pbeam", "1e-80"), ("-wbeam", "1e-60")];
        let mut decoder = load(recogniser, model, &[&[("-lw", "3")], &beams[..]].concat())?;
        for phone in grammar::PHONES {
            decoder.teach(&grammar::garbage(phone), phone);
        }
        for (word, phones) in TAUGHT {
            if !decoder.knows(word) {
                decoder.teach(word, phones);
            }
        }
        Some(Self { decoder, grammar: None })
    }

    /// Begins an utterance; false if this grammar cannot be used.
    pub(super) fn start(&mut self, jsgf: &Arc<str>) -> bool {
        if self.grammar.as_ref() != Some(jsgf) {
            self.grammar = None;
            let Some(guarded) = grammar::with_rejection(jsgf) else { return false };
            for word in grammar::words(jsgf) {
                if !self.decoder.knows(&word) {
                    tracing::warn!(word, "no pronunciation is known: its sentences will not be heard");
                    self.decoder.teach(&word, UNSPEAKABLE);
                }
            }
            if !self.decoder.use_grammar(&guarded) {
                return false;
            }
            self.grammar = Some(Arc::clone(jsgf));
        }
        self.decoder.start();
        self.hear(&QUIET);
        true
    }

    /// Hears more.
    pub(super) fn hear(&mut self, samples: &[i16]) {
        self.decoder.hear(samples, false);
    }

    /// Ends the utterance: the sentence, if it was one.
    pub(super) fn end(&mut self) -> Option<String> {
        self.hear(&QUIET);
        self.decoder.end();
        grammar::accepted(&self.decoder.hypothesis())
    }
}

/// Transcribes whole utterances with the large language model.
pub(super) struct Dictation(Decoder);

impl Dictation {
    /// Loads the models; about 0.3 s once they are in the file cache, and 94 MiB.
    pub(super) fn load(recogniser: &Arc<Recogniser>, model: &Path) -> Option<Self> {
        // The flat second pass costs 40 ms and more after the key is up, for no accuracy.
        load(recogniser, model, &[("-lm", &text(&model.join("en-us.lm.bin"))), ("-fwdflat", "no")]).map(Self)
    }

    /// The words of a whole utterance; empty if there are none.
    pub(super) fn transcript(&mut self, samples: &[i16]) -> String {
        self.0.start();
        self.0.hear(samples, true);
        self.0.end();
        self.0.hypothesis()
    }
}

/// Guesses at words while they are spoken.
pub(super) struct Live(Decoder);

impl Live {
    /// Loads the models, as `Dictation` does.
    pub(super) fn load(recogniser: &Arc<Recogniser>, model: &Path) -> Option<Self> {
        // No later passes at all: nobody reads its last word.
        let options = [("-lm", &*text(&model.join("en-us.lm.bin"))), ("-fwdflat", "no"), ("-bestpath", "no")];
        load(recogniser, model, &options).map(Self)
    }

    /// Begins an utterance.
    pub(super) fn start(&mut self) {
        self.0.start();
    }

    /// Hears more: the words so far.
    pub(super) fn hear(&mut self, samples: &[i16]) -> String {
        self.0.hear(samples, false);
        self.0.hypothesis()
    }

    /// Ends the utterance.
    pub(super) fn end(&mut self) {
        self.0.end();
    }
}

fn load(recogniser: &Arc<Recogniser>, model: &Path, more: &[(&str, &str)]) -> Option<Decoder> {
    let acoustic = text(&model.join("en-us"));
    let dictionary = text(&model.join("cmudict-en-us.dict"));
    let mut options = vec![("-hmm", acoustic.as_str()), ("-dict", dictionary.as_str())];
    options.extend_from_slice(more);
    Decoder::new(recogniser, &options)
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
