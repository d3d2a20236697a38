//! How a sentence of the table is matched: compiled once from its JSGF-like text, then followed over the words of an
//! utterance with one bit per place that was reached. Apart from the table, which is data, and from the slots, which
//! know numbers, units and languages.

use super::{
    duration, language, sum,
    sum::Sum,
    table::{Meaning, Row},
    token::{Cursor, Token},
    unit::{self, Quantity, Unit},
};

/// The sentences of one language with what politeness may stand around them.
pub(super) struct Sentences {
    rows: Vec<(Firsts, Vec<Part>, Meaning)>,
    before: Vec<Part>,
    after: Vec<Part>,
}

/// What the slots of a sentence held.
#[derive(Default)]
pub(super) struct Filled {
    pub(super) sum: Option<Sum>,
    pub(super) quantity: Option<Quantity>,
    pub(super) unit: Option<&'static Unit>,
    pub(super) seconds: Option<f64>,
    pub(super) percent: Option<u8>,
    pub(super) language: Option<&'static str>,
}

/// A piece of a sentence.
#[derive(Debug)]
pub(super) enum Part {
    Word(&'static str),
    Slot(&'static str),
    /// One of these, of which one may be empty.
    Choice(Vec<Vec<Part>>),
}

/// Bit *n*: the first *n* words are accounted for.
type Places = u64;

/// A bit for every word that a sentence may begin with; some words share one, which costs a needless look.
type Firsts = u128;

/// The bit of all that may begin a slot.
const SLOT: Firsts = 1 << 127;

/// More words than any command has; also what `Places` can count.
pub(super) const MOST_WORDS: usize = 60;

impl Sentences {
    pub(super) fn new(tables: &[&'static [Row]], before: &'static str, after: &'static str) -> Self {
        let row = |(says, means): &(&'static str, Meaning)| {
            let parts = compile(says);
            (firsts(&parts).0, parts, *means)
        };
        let rows = tables.iter().copied().flatten().map(row).collect();
        Self { rows, before: compile(before), after: compile(after) }
    }

    /// The sentence that is said by all of `tokens`, of which there are at most `MOST_WORDS`.
    pub(super) fn find(&self, tokens: &[Token]) -> Option<(Meaning, Filled)> {
        let mut filled = Filled::default();
        let starts = repeated(&self.before, tokens, 1, &mut filled);
        let begins = first_of(tokens, starts);
        self.rows.iter().filter(|(firsts, ..)| firsts & begins != 0).find_map(|(_, parts, meaning)| {
            let mut filled = Filled::default();
            let ends = follow(parts, tokens, starts, &mut filled);
            let ends = if ends == 0 { 0 } else { repeated(&self.after, tokens, ends, &mut filled) };
            (ends & (1 << tokens.len()) != 0).then_some((*meaning, filled))
        })
    }
}

/// With what `parts` may begin, and whether they may be left out altogether.
fn firsts(parts: &[Part]) -> (Firsts, bool) {
    let mut all = 0;
    for part in parts {
        let (begins, optional) = match part {
            Part::Word(word) => (bit(word), false),
            Part::Slot(_) => (SLOT, false),
            Part::Choice(ways) => {
                let ways = ways.iter().map(|way| firsts(way));
                ways.fold((0, false), |(all, any), (begins, empty)| (all | begins, any | empty))
            }
        };
        all |= begins;
        if !optional {
            return (all, false);
        }
    }
    (all, true)
}

/// What stands at any of `places`.
fn first_of(tokens: &[Token], places: Places) -> Firsts {
    let at_place = tokens.iter().enumerate().filter(|(at, _)| places & (1 << at) != 0);
    at_place.fold(0, |all, (_, token)| {
        all | match token {
            Token::Word(word) if word.opens_slot => bit(word.text) | SLOT,
            Token::Word(word) => bit(word.text),
            Token::Number(_) | Token::Sign(_) => SLOT,
        }
    })
}

fn bit(word: &str) -> Firsts {
    let hash = word.bytes().fold(0_u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(u32::from(byte)));
    1 << (hash % SLOT.trailing_zeros())
}

/// The places reached by following `parts` any number of times, none among them.
fn repeated(parts: &[Part], tokens: &[Token], mut places: Places, filled: &mut Filled) -> Places {
    loop {
        let more = places | follow(parts, tokens, places, filled);
        if more == places {
            return places;
        }
        places = more;
    }
}

fn follow(parts: &[Part], tokens: &[Token], mut places: Places, filled: &mut Filled) -> Places {
    for part in parts {
        places = match part {
            _ if places == 0 => return 0,
            Part::Word(word) => step(places, |at| tokens.get(at)?.is(word).then_some(at + 1)),
            Part::Slot(name) => step(places, |at| {
                let mut cursor = Cursor::new(tokens.get(at..)?);
                fill(name, &mut cursor, filled)?;
                Some(tokens.len() - cursor.left())
            }),
            Part::Choice(ways) => ways.iter().fold(0, |all, way| all | follow(way, tokens, places, filled)),
        };
    }
    places
}

fn step(mut places: Places, mut take: impl FnMut(usize) -> Option<usize>) -> Places {
    let mut reached = 0;
    while places != 0 {
        if let Some(to) = take(places.trailing_zeros() as usize) {
            reached |= 1 << to;
        }
        places &= places - 1;
    }
    reached
}

fn fill(slot: &str, cursor: &mut Cursor<'_>, filled: &mut Filled) -> Option<()> {
    match slot {
        "sum" => filled.sum = Some(sum::sum(cursor)?),
        "quantity" => filled.quantity = Some(unit::quantity(cursor)?),
        "unit" => filled.unit = Some(unit::unit_name(cursor)?),
        "duration" => filled.seconds = Some(duration::seconds(cursor)?),
        "percent" => filled.percent = Some(unit::percent(cursor)?),
        "language" => filled.language = Some(language::tag(cursor)?),
        _ => return None,
    }
    Some(())
}

/// From text: words, `<slot>`, `(one | other)`, `[optional]`.
pub(super) fn compile(pattern: &'static str) -> Vec<Part> {
    let mut ways = alternatives(&mut symbols(pattern));
    if ways.len() == 1 { ways.remove(0) } else { vec![Part::Choice(ways)] }
}

/// Up to the bracket that closes what was opened before, or to the end.
fn alternatives(symbols: &mut dyn Iterator<Item = &'static str>) -> Vec<Vec<Part>> {
    let mut ways = Vec::new();
    let mut way = Vec::new();
    while let Some(symbol) = symbols.next() {
        match symbol {
            ")" | "]" => break,
            "|" => ways.push(std::mem::take(&mut way)),
            "(" => way.push(Part::Choice(alternatives(symbols))),
            "[" => {
                let mut inner = alternatives(symbols);
                inner.push(Vec::new());
                way.push(Part::Choice(inner));
            }
            word => way.push(match word.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) {
                Some(slot) => Part::Slot(slot),
                None => Part::Word(word),
            }),
        }
    }
    ways.push(way);
    ways
}

/// The words and brackets of a pattern.
pub(super) fn symbols(pattern: &'static str) -> impl Iterator<Item = &'static str> {
    let mut rest = pattern;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let bracket = |c: char| "()[]|".contains(c);
        let length = match rest.chars().next()? {
            first if bracket(first) => 1,
            _ => rest.find(|c: char| bracket(c) || c.is_whitespace()).unwrap_or(rest.len()),
        };
        let (symbol, after) = rest.split_at(length);
        rest = after;
        Some(symbol)
    })
}
