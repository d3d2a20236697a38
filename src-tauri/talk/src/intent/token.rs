//! Text to words, figures and signs, in small letters and without punctuation: what typed and spoken utterances have in
//! common. A word that occurs in no command ends the work at once, which is what makes everything else cheap to reject.

use super::{
    lexicon::{self, Word},
    pattern::MOST_WORDS,
};
use std::{iter::Peekable, str::Chars};

/// A word, a number in figures, or a sign of arithmetic.
#[derive(Clone, Copy, Debug)]
pub(super) enum Token {
    Word(&'static Word),
    Number(f64),
    /// One of `+ - * / ^ % ( ) √`.
    Sign(char),
}

impl Token {
    pub(super) fn is(&self, text: &str) -> bool {
        matches!(self, Self::Word(word) if word.text == text)
    }
}

/// A place in an utterance; copied to look ahead.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a>(&'a [Token]);

impl<'a> Cursor<'a> {
    pub(super) fn new(tokens: &'a [Token]) -> Self {
        Self(tokens)
    }

    /// How many tokens are ahead.
    pub(super) fn left(&self) -> usize {
        self.0.len()
    }

    pub(super) fn peek(&self) -> Option<Token> {
        self.0.first().copied()
    }

    /// The next token if it is a word.
    pub(super) fn peek_word(&self) -> Option<&'static Word> {
        match self.peek()? {
            Token::Word(word) => Some(word),
            Token::Number(_) | Token::Sign(_) => None,
        }
    }

    pub(super) fn advance(&mut self) {
        self.0 = self.0.get(1..).unwrap_or_default();
    }

    /// Passes `sign`, if it is next.
    pub(super) fn sign(&mut self, sign: char) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(next)) if next == sign);
        if found {
            self.advance();
        }
        found
    }

    /// Passes the first of these phrases that is next.
    pub(super) fn any(&mut self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| self.phrase(phrase))
    }

    fn phrase(&mut self, phrase: &str) -> bool {
        if !self.peek_word().is_some_and(|word| phrase.starts_with(word.text)) {
            return false;
        }
        let mut ahead = *self;
        for word in phrase.split(' ') {
            if !ahead.peek().is_some_and(|token| token.is(word)) {
                return false;
            }
            ahead.advance();
        }
        *self = ahead;
        true
    }
}

/// The tokens of `text`, or nothing if it cannot be a command: too long, or with a word or sign that none has.
pub(super) fn tokens(text: &str, russian: bool) -> Option<Vec<Token>> {
    let mut found = Vec::with_capacity(16);
    let mut rest = text.chars().peekable();
    let mut word = String::with_capacity(24);
    let mut last = ' ';
    while let Some(&c) = rest.peek() {
        if found.len() == MOST_WORDS {
            return None;
        }
        if c.is_alphabetic() {
            read_word(&mut rest, &mut word);
            // the one word that may stand anywhere
            if !matches!(word.as_str(), "please" | "пожалуйста") {
                found.push(Token::Word(lexicon::look_up(&word)?));
            }
            last = 'a';
            continue;
        }
        let next = ahead(&rest, 1).unwrap_or(' ');
        let begins_decimal = matches!(c, '.' | ',') && next.is_ascii_digit() && !last.is_alphanumeric();
        if c.is_ascii_digit() || begins_decimal {
            found.push(Token::Number(read_number(&mut rest, russian)?));
            last = '0';
            continue;
        }
        rest.next();
        let joins_words = c == '-' && last.is_alphanumeric() && next.is_alphabetic();
        if !joins_words && let Some(sign) = sign(c) {
            found.push(Token::Sign(sign));
        } else if !(joins_words || is_ignored(c)) {
            return None;
        }
        last = c;
    }
    Some(found)
}

/// A word in small letters, `ё` as `е`, with apostrophes inside it.
fn read_word(rest: &mut Peekable<Chars<'_>>, word: &mut String) {
    word.clear();
    while let Some(&c) = rest.peek() {
        let apostrophe = matches!(c, '\'' | '’');
        match c {
            _ if apostrophe && ahead(rest, 1).is_some_and(char::is_alphabetic) => word.push('\''),
            'ё' | 'Ё' => word.push('е'),
            _ if c.is_alphabetic() => word.extend(c.to_lowercase()),
            _ => return,
        }
        rest.next();
    }
}

/// `1,000`, `2.5`, `.5`; in Russian `1 000` and `2,5`. A leading zero makes it a code, not a number.
fn read_number(rest: &mut Peekable<Chars<'_>>, russian: bool) -> Option<f64> {
    let mut figures = String::new();
    let mut decimals = false;
    while let Some(&c) = rest.peek() {
        let group_follows = !decimals && (1..=3).contains(&first_group(&figures)) && is_group(rest);
        match c {
            '0'..='9' => figures.push(c),
            ',' if !russian && group_follows && !figures.starts_with('0') => figures.push('_'),
            ' ' if russian && group_follows && !figures.starts_with('0') => figures.push('_'),
            '\u{a0}' | '\u{202f}' if group_follows => figures.push('_'),
            '.' | ',' if !decimals && ahead(rest, 1).is_some_and(|next| next.is_ascii_digit()) => {
                decimals = true;
                figures.push('.');
            }
            _ => break,
        }
        rest.next();
    }
    let code = figures.len() > 1 && figures.starts_with('0') && !figures.starts_with("0.");
    figures.retain(|c| c != '_');
    figures.parse().ok().filter(|number: &f64| number.is_finite() && !code)
}

fn first_group(figures: &str) -> usize {
    figures.split('_').next().unwrap_or_default().len()
}

/// A separator and exactly three figures are next.
fn is_group(rest: &Peekable<Chars<'_>>) -> bool {
    let mut ahead = rest.clone().skip(1);
    let three = ahead.by_ref().take(3).filter(char::is_ascii_digit).count() == 3;
    three && !ahead.next().is_some_and(|next| next.is_ascii_digit())
}

fn ahead(rest: &Peekable<Chars<'_>>, by: usize) -> Option<char> {
    rest.clone().nth(by)
}

fn sign(c: char) -> Option<char> {
    Some(match c {
        '+' | '-' | '*' | '/' | '^' | '%' | '(' | ')' | '√' => c,
        '×' | '·' | '∙' => '*',
        '÷' => '/',
        '−' | '–' => '-',
        _ => return None,
    })
}

fn is_ignored(c: char) -> bool {
    c.is_whitespace() || ".,!?;:…\"'’‘“”«»„—=°¿¡-".contains(c)
}
