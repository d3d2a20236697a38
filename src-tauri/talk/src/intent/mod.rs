//! Answers that need no model: a whole utterance, typed or spoken, English or Russian, that is one of the sentences of
//! `table` becomes an `Intent`; everything else is left alone. Pure; a call takes microseconds.

mod answer;
mod duration;
mod figure;
mod grammar;
mod language;
mod lexicon;
mod number;
mod pattern;
mod sum;
mod table;
#[cfg(test)]
mod tests;
mod token;
mod unit;

pub use answer::{answer, timer_done};
pub use grammar::grammar;
pub use sum::Sum;

use pattern::{Filled, Sentences};
use std::{sync::LazyLock, time::Duration};
use table::Meaning;
use voice::{Language, Mode};

/// What the person wants done, understood without a model.
#[derive(Clone, Debug, PartialEq)]
pub enum Intent {
    /// The time of day.
    Time,
    /// The day of the week and the date.
    Date,
    /// The result of a sum or of a conversion, or why there is none.
    Compute(Sum),
    /// The last reply once more.
    Repeat,
    /// Silence.
    Stop,
    /// What can be asked.
    Help,
    /// Another mode.
    Switch(Mode),
    /// Another language to translate into.
    Into(Language),
    /// More volume.
    Louder,
    /// Less volume.
    Quieter,
    /// This volume, 0..=100 percent.
    Volume(u8),
    /// Faster speech.
    Faster,
    /// Slower speech.
    Slower,
    /// Tell me when this time has passed; `SHORTEST_TIMER..=LONGEST_TIMER`.
    Timer(Duration),
    /// A timer was asked for that is too short or too long.
    TimerOutOfRange,
    /// Forget all timers.
    CancelTimer,
}

/// No timer is shorter.
pub const SHORTEST_TIMER: Duration = Duration::from_secs(1);
/// No timer is longer: a day.
pub const LONGEST_TIMER: Duration = Duration::from_secs(24 * 60 * 60);

/// The intent of `text` if all of it, politeness aside, is one command of a person who speaks `language`. English and
/// Russian are known, and told apart by their letters; to speakers of other languages the answer is always `None`.
#[must_use]
pub fn understand(text: &str, language: &Language) -> Option<Intent> {
    let russian = match language.tag() {
        "en" => text.chars().any(is_cyrillic),
        "ru" => !text.chars().any(|letter| letter.is_ascii_alphabetic()) || text.chars().any(is_cyrillic),
        _ => return None,
    };
    if is_date(text) {
        return None;
    }
    let tokens = token::tokens(text, russian)?;
    let sentences = if russian { &*RUSSIAN } else { &*ENGLISH };
    sentences.find(&tokens).and_then(|(meaning, filled)| intent(meaning, &filled))
}

/// Builds the tables, so that the first utterance does not wait for it.
pub fn warm() {
    LazyLock::force(&ENGLISH);
    LazyLock::force(&RUSSIAN);
    lexicon::warm();
}

static ENGLISH: LazyLock<Sentences> =
    LazyLock::new(|| Sentences::new(table::ENGLISH, table::BEFORE_ENGLISH, table::AFTER_ENGLISH));
static RUSSIAN: LazyLock<Sentences> =
    LazyLock::new(|| Sentences::new(&[table::RUSSIAN], table::BEFORE_RUSSIAN, table::AFTER_RUSSIAN));

fn is_cyrillic(letter: char) -> bool {
    ('\u{400}'..='\u{4ff}').contains(&letter)
}

/// `2026-11-21` and `21/11/2026` are no sums, though they could be read as such.
fn is_date(text: &str) -> bool {
    let mut parts = text.trim().split(['-', '/']);
    let all_figures = parts.all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    all_figures && text.matches(['-', '/']).count() == 2
}

fn intent(meaning: Meaning, filled: &Filled) -> Option<Intent> {
    Some(match meaning {
        Meaning::Time => Intent::Time,
        Meaning::Date => Intent::Date,
        Meaning::Sum => Intent::Compute(filled.sum?),
        Meaning::Convert => Intent::Compute(sum::convert(filled.quantity?, filled.unit?)),
        Meaning::Repeat => Intent::Repeat,
        Meaning::Stop => Intent::Stop,
        Meaning::Help => Intent::Help,
        Meaning::Switch(mode) => Intent::Switch(mode),
        Meaning::Into => Intent::Into(Language::new(filled.language?)),
        Meaning::Louder => Intent::Louder,
        Meaning::Quieter => Intent::Quieter,
        Meaning::Volume => Intent::Volume(filled.percent?),
        Meaning::VolumeIs(percent) => Intent::Volume(percent),
        Meaning::Faster => Intent::Faster,
        Meaning::Slower => Intent::Slower,
        Meaning::Timer => duration::timer(filled.seconds?),
        Meaning::CancelTimer => Intent::CancelTimer,
    })
}
