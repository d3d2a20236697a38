//! Every word that occurs in a command, with what it can mean: one lookup a word, and none for the parsers after it.

use super::{
    duration, language,
    number::{self, Numeral},
    pattern, sum, table,
    unit::{self, Unit},
};
use std::{collections::HashMap, sync::LazyLock};

/// A word that occurs in a command.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Word {
    pub(super) text: &'static str,
    pub(super) numeral: Option<Numeral>,
    pub(super) unit: Option<&'static Unit>,
    /// Tag of the language that it names.
    pub(super) language: Option<&'static str>,
    /// A number, a sum, a quantity, a length of time or a language may begin with it.
    pub(super) opens_slot: bool,
}

/// The word `text`, in small letters, if a command has it.
pub(super) fn look_up(text: &str) -> Option<&'static Word> {
    WORDS.get(text)
}

/// Builds the table now.
pub(super) fn warm() {
    LazyLock::force(&WORDS);
}

static WORDS: LazyLock<HashMap<&'static str, Word>> = LazyLock::new(|| {
    let mut words = HashMap::new();
    let plain = |says| pattern::symbols(says).filter(|symbol| symbol.starts_with(char::is_alphabetic));
    table::texts().flat_map(plain).for_each(|text| {
        entry(&mut words, text);
    });
    for text in sum::texts().chain(duration::texts()).chain([number::WORDS]).flat_map(plain) {
        entry(&mut words, text).opens_slot = true;
    }
    for (texts, numeral) in number::NUMERALS {
        texts.split(' ').for_each(|text| entry(&mut words, text).numeral = Some(*numeral));
    }
    for unit in unit::UNITS {
        unit.heard.split(' ').for_each(|text| entry(&mut words, text).unit = Some(unit));
    }
    for name in language::NAMES {
        name.heard.split(' ').for_each(|text| entry(&mut words, text).language = Some(name.tag));
    }
    for (without, with) in [("whats", "what's"), ("thats", "that's"), ("todays", "today's")] {
        words.insert(without, Word { text: with, ..Word::default() });
    }
    for word in words.values_mut() {
        word.opens_slot |= word.numeral.is_some() || word.unit.is_some() || word.language.is_some();
    }
    words
});

fn entry<'a>(words: &'a mut HashMap<&'static str, Word>, text: &'static str) -> &'a mut Word {
    words.entry(text).or_insert(Word { text, ..Word::default() })
}
