//! Where a sentence ends. Known at once for most marks; a full stop may have to wait for what follows it. Apart because
//! it is all rules of writing: abbreviations, initials, decimals, names with dots in them.

use voice::Language;

/// Follows a text and tells its sentence ends.
pub(super) struct Ending {
    word: String,
    /// The word before, and nothing but blanks between.
    previous_is_number: bool,
    /// No word has come in this line or sentence.
    first: bool,
    pending: Option<Pending>,
    /// In this language "3." is "the third".
    ordinals: bool,
}

/// What has to come for a stop to be an end.
#[derive(Clone, Copy, PartialEq)]
enum Pending {
    /// A blank.
    Blank,
    /// A blank and then no small letter: "etc.", "…".
    Capital,
    /// The same, and the blank has come.
    CapitalNow,
}

/// Never the end of a sentence: something follows them.
const BEFORE_MORE: &str = " dr mr mrs ms prof rev st mt vs no fig sen gov gen capt lt col sgt hon messrs cf approx e.g i.e \
    г-н г-жа ул им т.е пр пер наб стр см ср рис табл напр акад проф гр тов \
    sr sra srta dra ud uds mme mlle z.b bzw hr fr d.h ca nr dott sig ";
/// An end only before a capital letter.
const BEFORE_CAPITAL: &str = " etc al jr inc ltd co corp dept a.m p.m jan feb mar apr jun jul aug sep sept oct nov dec \
    т.д т.п т.к др пр гг вв тыс млн млрд руб коп н.э usw u.a evtl ecc p.ej ";
/// Words that often have a dot and more after them: a name of a site or a file.
const BEFORE_DOT: &str = " example google github node next vue readme index main config package lib amazon booking ";

impl Ending {
    pub(super) fn new(language: &Language) -> Self {
        let ordinals =
            matches!(language.tag(), "de" | "da" | "nb" | "no" | "fi" | "cs" | "sk" | "hr" | "sl" | "hu" | "et" | "tr");
        Self { word: String::new(), previous_is_number: false, first: true, pending: None, ordinals }
    }

    /// Whether `next` shows that the text before it was the end of a sentence.
    pub(super) fn settle(&mut self, next: char) -> bool {
        let Some(pending) = self.pending else { return false };
        let (pending, ends) = match pending {
            _ if next == '\n' => (None, true),
            Pending::Blank if next.is_whitespace() => (None, true),
            Pending::Capital if next.is_whitespace() => (Some(Pending::CapitalNow), false),
            Pending::CapitalNow if next.is_whitespace() || is_opening(next) => (Some(Pending::CapitalNow), false),
            // "on Jan. 3", "etc. and so on"
            Pending::CapitalNow => (None, !next.is_lowercase() && !next.is_numeric() && !",;:)".contains(next)),
            Pending::Blank | Pending::Capital if next == '.' || next == '…' => (Some(Pending::Capital), false),
            Pending::Blank | Pending::Capital if super::is_closing(next) => (Some(pending), false),
            Pending::Blank | Pending::Capital => (None, false),
        };
        self.pending = pending;
        if ends {
            self.begin();
        }
        ends
    }

    /// Whether `c` ends a clause at once.
    pub(super) fn clause(&self, c: char) -> bool {
        let after_digit = self.word.ends_with(|last: char| last.is_ascii_digit());
        if c.is_whitespace() {
            // "1,000" and "3:05" are not two clauses, but "in 1990, he" and "he - or she -" are
            return self.word.ends_with([',', ':']) || self.word == "–" || self.word == "-";
        }
        is_clause_mark(c) && !(after_digit && c.is_ascii())
    }

    /// Takes `c` in; whether it ends a sentence at once. `eager`: do not wait for what follows an everyday word, for the
    /// ear is waiting.
    pub(super) fn sentence(&mut self, c: char, eager: bool) -> bool {
        let ends = match c {
            '\n' => true,
            '.' => self.stop(eager),
            '…' => {
                self.pending = Some(Pending::Capital);
                false
            }
            _ => is_terminator(c),
        };
        if ends {
            self.begin();
        } else if c.is_whitespace() {
            if !self.word.is_empty() {
                self.previous_is_number = self.word.ends_with(|last: char| last.is_ascii_digit());
                self.first = false;
            }
            self.word.clear();
        } else if c == '.' || !(self.word.is_empty() && is_opening(c)) {
            self.word.extend(c.to_lowercase());
        }
        ends
    }

    /// Whether a full stop after the word so far ends the sentence now.
    fn stop(&mut self, eager: bool) -> bool {
        let word = self.word.trim_end_matches(super::is_closing);
        let listed = |list: &str| !word.is_empty() && list.split_whitespace().any(|known| known == word);
        let number = word.ends_with(|last: char| last.is_ascii_digit());
        let short_number = word.len() <= 2 && word.bytes().all(|byte| byte.is_ascii_digit());
        let one_letter = word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
        let wait = if self.pending.is_some() {
            self.pending
        } else if number {
            // "1. First", and "am 3. Oktober"
            (!(short_number && (self.first || self.ordinals))).then_some(Pending::Blank)
        } else if word == "г" && self.previous_is_number {
            Some(Pending::Capital)
        } else if word != "i" && word != "я" && one_letter
            || listed(BEFORE_MORE)
            || is_dotted_initials(word) && !listed(BEFORE_CAPITAL)
        {
            None
        } else if listed(BEFORE_CAPITAL) {
            Some(Pending::Capital)
        } else if eager && !listed(BEFORE_DOT) && !word.contains(['.', '@', '/', '_']) {
            return true;
        } else {
            Some(Pending::Blank)
        };
        self.pending = wait;
        false
    }

    fn begin(&mut self) {
        self.word.clear();
        self.first = true;
        self.previous_is_number = false;
        self.pending = None;
    }
}

/// Ends a clause, unless it stands in a number.
pub(super) fn is_clause_mark(c: char) -> bool {
    ",;:—，、；：".contains(c)
}

/// Ends a sentence in some language, whatever follows.
pub(super) fn is_terminator(c: char) -> bool {
    "!?.…。！？｡؟۔।॥‽".contains(c)
}

fn is_opening(c: char) -> bool {
    "\"'“‘«„([{（「『【《".contains(c)
}

/// "u.s", "e.g", "т.е": single letters with dots between.
fn is_dotted_initials(word: &str) -> bool {
    word.contains('.') && word.split('.').all(|part| part.chars().count() == 1 && part.chars().all(char::is_alphabetic))
}
