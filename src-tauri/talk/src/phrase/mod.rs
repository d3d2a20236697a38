//! A reply cut into phrases to speak, while it is still being written. Pure and driven character by character: the
//! phrases, and the character after which each is ready, are the same however the reply is split into pieces.

mod ending;
mod plain;
#[cfg(test)]
mod tests;

use ending::Ending;
use plain::Plain;
use unicode_segmentation::UnicodeSegmentation;
use voice::{FirstPhrase, Language, Phrase};

/// The first phrase may be a clause of this many characters: "Yes,". Chinese, Japanese and Korean ones count double.
const CLAUSE: usize = 4;
/// Fewer characters than this are said before the next phrase has become sound: about a second and a half.
const SOON_SAID: usize = 24;
/// Short sentences are joined until a phrase has so many characters: few for the second phrase, more when there is
/// something to listen to meanwhile. The first is waited for by the ear, and none is added to the second if the first
/// is soon said.
const JOINED: [usize; 2] = [40, 120];
/// A sentence that would make a phrase longer than this begins a new one.
const LONG: usize = 200;
/// No phrase is longer.
const LONGEST: usize = 300;

/// Cuts one reply.
pub struct Cutter {
    language: Language,
    first: FirstPhrase,
    plain: Plain,
    ending: Ending,
    /// Of the phrase that is growing; blanks are single.
    text: String,
    /// Characters in `text`, wide ones twice.
    width: usize,
    /// Bytes of `text` up to the end of its last whole sentence.
    whole: usize,
    /// Nothing but closing marks may come before the next blank: they belong to the phrase that is gone.
    after_cut: bool,
    ready: Vec<Phrase>,
    number: u32,
    /// Characters of the phrases before.
    given: usize,
}

impl Cutter {
    /// For a reply in `language` that is spoken from its `first` clause or sentence on.
    #[must_use]
    pub fn new(language: Language, first: FirstPhrase) -> Self {
        Self {
            ending: Ending::new(&language),
            language,
            first,
            plain: Plain::default(),
            text: String::new(),
            width: 0,
            whole: 0,
            after_cut: false,
            ready: Vec::new(),
            number: 0,
            given: 0,
        }
    }

    /// Takes the next piece of the reply; returns the phrases that it completes.
    pub fn push(&mut self, piece: &str) -> Vec<Phrase> {
        for c in piece.chars() {
            self.plain.push(c);
            self.drain();
        }
        std::mem::take(&mut self.ready)
    }

    /// The reply is over; returns what is left of it.
    #[must_use]
    pub fn finish(mut self) -> Vec<Phrase> {
        self.plain.finish();
        self.drain();
        if self.ending.settle('\n') {
            self.sentence_ends();
        }
        self.cut(self.text.len());
        self.ready
    }

    fn drain(&mut self) {
        while let Some(c) = self.plain.next() {
            self.take(c);
        }
    }

    fn take(&mut self, c: char) {
        // what is before `c` may turn out to be a sentence only now
        if self.ending.settle(c) {
            self.sentence_ends();
        }
        if self.is_left_over(c) {
            return;
        }
        let clause = self.ending.clause(c);
        let sentence = self.ending.sentence(c, self.number == 0);
        self.append(c);
        if clause && self.first == FirstPhrase::Clause && self.number == 0 && self.width >= CLAUSE {
            self.cut(self.text.len());
        } else if sentence {
            self.sentence_ends();
        }
        self.shorten();
    }

    /// Whether `c` is a mark without words before it: they went with the last phrase.
    fn is_left_over(&self, c: char) -> bool {
        let closing = self.after_cut && is_closing(c);
        self.text.is_empty() && (closing || ending::is_terminator(c) || ending::is_clause_mark(c))
    }

    fn append(&mut self, c: char) {
        if c == '\n' && self.text.ends_with(' ') {
            self.text.pop();
            self.width -= 1;
        }
        let last = self.text.chars().next_back();
        if c == '\n' && last.is_some_and(char::is_alphanumeric) {
            // a heading or an item of a list: heard as a sentence, though not written as one
            self.append(if last.is_some_and(is_wide) { '。' } else { '.' });
        }
        if !c.is_whitespace() {
            self.text.push(if c == plain::DOT { '.' } else { c });
            self.width += width(c);
        } else if last.is_some_and(|last| last != ' ') {
            self.text.push(' ');
            self.width += 1;
        }
        self.after_cut &= !c.is_whitespace();
    }

    fn sentence_ends(&mut self) {
        if self.whole > 0 && self.width > LONG {
            self.cut(self.whole);
        }
        self.whole = self.text.trim_end().len();
        let [few, many] = JOINED;
        let enough = match self.number {
            0 => 1,
            1 if self.given < SOON_SAID => 1,
            _ if self.given < 2 * SOON_SAID => few,
            _ => many,
        };
        if self.width >= enough {
            self.cut(self.whole);
        }
    }

    /// Keeps the phrase within its limits.
    fn shorten(&mut self) {
        if self.width > LONG && self.whole > 0 {
            self.cut(self.whole);
        }
        if self.width > LONGEST {
            self.cut(best_border(&self.text));
        }
    }

    /// Makes a phrase of the first `length` bytes; what is after them begins the next.
    fn cut(&mut self, length: usize) {
        let rest = self.text.get(length..).unwrap_or_default().trim_start().to_owned();
        self.text.truncate(length);
        let text = std::mem::replace(&mut self.text, rest);
        self.width = self.text.chars().map(width).sum();
        self.whole = 0;
        self.after_cut = self.text.is_empty() && !text.ends_with(char::is_whitespace);
        let text = text.trim();
        if text.chars().any(char::is_alphanumeric) {
            self.ready.push(Phrase { number: self.number, text: text.to_owned(), language: self.language.clone() });
            self.number += 1;
            self.given += text.chars().map(width).sum::<usize>();
        }
    }
}

/// Where to cut a text that is too long: after its last clause if that is not too early, else between words.
fn best_border(text: &str) -> usize {
    let last = text.char_indices().next_back().map_or(0, |(at, _)| at);
    let within = text.get(..last).unwrap_or_default();
    let clause = within.rmatch_indices(ending::is_clause_mark).find_map(|(at, mark)| {
        let end = at + mark.len();
        (mark.chars().all(is_wide) || within.get(end..)?.starts_with(' ')).then_some(end)
    });
    let blank = within.rfind(' ').filter(|at| *at > 0);
    let word = || within.split_word_bound_indices().map(|(at, _)| at).rfind(|at| *at > 0);
    clause.filter(|end| *end > text.len() / 3).or(blank).or_else(word).unwrap_or(last)
}

fn is_closing(c: char) -> bool {
    "\"'”’»)]}）」』】》".contains(c)
}

fn width(c: char) -> usize {
    1 + usize::from(is_wide(c))
}

/// Written without blanks, a word in one or two characters.
fn is_wide(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ff60}' | '\u{20000}'..='\u{3ffff}')
}
