//! Sums and conversions, said or typed: a small evaluator with the usual order of operations. It never yields an
//! infinity: what cannot be worked out is an outcome with its own kind answer.

use super::{
    number,
    token::Cursor,
    unit::{self, Quantity, Unit},
};

/// The result of a sum or of a conversion, or why there is none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sum(pub(super) Outcome);

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Outcome {
    Number(f64),
    Converted(Quantity, Quantity),
    DividesByZero,
    TooLarge,
    /// The even root of something negative, for instance.
    NoneExists,
    /// Miles are no kilograms.
    Unlike(&'static Unit, &'static Unit),
}

const PLUS: &[&str] = &["plus", "плюс", "прибавить", "прибавь"];
const MINUS: &[&str] = &["minus", "минус", "отнять", "вычесть", "отними"];
const TIMES: &[&str] =
    &["times", "multiplied by", "x", "х", "умножить на", "умножь на", "помножить на", "умноженное на"];
const OVER: &[&str] =
    &["divided by", "over", "разделить на", "поделить на", "делить на", "раздели на", "подели на", "деленное на"];
const OF: &[&str] = &["of", "от"];
const TO_THE: &[&str] = &["to the power of", "to the power", "в степени"];
const SQUARED: &[&str] = &["squared", "в квадрате"];
const CUBED: &[&str] = &["cubed", "в кубе"];
const ROOT: &[&str] = &["square root of", "the square root of", "квадратный корень из", "корень из"];
const NEGATIVE: &[&str] = &["minus", "negative", "минус"];

/// All words of arithmetic and what goes with units, for the lexicon.
pub(super) fn texts() -> impl Iterator<Item = &'static str> {
    let all = [PLUS, MINUS, TIMES, OVER, OF, TO_THE, SQUARED, CUBED, ROOT, NEGATIVE, &unit::PERCENT, &unit::DEGREES];
    all.into_iter().flatten().copied()
}

/// A sum of at least one operation: "twelve plus thirty", "(2+3)*4", "15% of 80".
pub(super) fn sum(cursor: &mut Cursor<'_>) -> Option<Sum> {
    let mut reading = Reading { cursor: *cursor, operations: 0, fault: None };
    let value = reading.total()?;
    *cursor = reading.cursor;
    let outcome = reading.fault.unwrap_or_else(|| checked(value));
    (reading.operations > 0).then_some(Sum(outcome))
}

/// `quantity` in another unit.
pub(super) fn convert(quantity: Quantity, unit: &'static Unit) -> Sum {
    Sum(match quantity.into(unit) {
        Some(converted) => match checked(converted.value) {
            Outcome::Number(value) => Outcome::Converted(quantity, Quantity { value, unit }),
            fault => fault,
        },
        None => Outcome::Unlike(quantity.unit, unit),
    })
}

fn checked(value: f64) -> Outcome {
    if value.is_nan() {
        Outcome::NoneExists
    } else if value.is_infinite() {
        Outcome::TooLarge
    } else {
        // no "minus zero"
        Outcome::Number(value + 0.0)
    }
}

struct Reading<'a> {
    cursor: Cursor<'a>,
    operations: usize,
    /// The first thing that could not be worked out; reading goes on, for the rest may turn out to be no sum at all.
    fault: Option<Outcome>,
}

/// A value, and whether it was said in percent: "80 plus 10 percent" adds a tenth of the 80.
type Operand = (f64, bool);

impl Reading<'_> {
    fn total(&mut self) -> Option<f64> {
        let (mut left, _) = self.product()?;
        loop {
            let plus = self.operator('+', PLUS);
            if !plus && !self.operator('-', MINUS) {
                return Some(left);
            }
            let (right, percent) = self.product()?;
            let right = if percent { left * right } else { right };
            left += if plus { right } else { -right };
        }
    }

    fn product(&mut self) -> Option<Operand> {
        let mut left = self.negation()?;
        loop {
            if self.operator('*', TIMES) || self.operator('\0', OF) {
                left = (left.0 * self.negation()?.0, false);
            } else if self.operator('/', OVER) {
                let (right, _) = self.negation()?;
                if right == 0.0 {
                    self.fault.get_or_insert(Outcome::DividesByZero);
                }
                left = (left.0 / right, false);
            } else {
                return Some(left);
            }
        }
    }

    fn negation(&mut self) -> Option<Operand> {
        if self.cursor.sign('-') || self.cursor.any(NEGATIVE) {
            let (value, percent) = self.negation()?;
            return Some((-value, percent));
        }
        self.power()
    }

    fn power(&mut self) -> Option<Operand> {
        let base = self.atom()?;
        if self.operator('\0', SQUARED) {
            return Some((base * base, false));
        }
        if self.operator('\0', CUBED) {
            return Some((base * base * base, false));
        }
        if self.operator('^', TO_THE) {
            let (exponent, _) = self.negation()?;
            if base == 0.0 && exponent < 0.0 {
                self.fault.get_or_insert(Outcome::DividesByZero);
            }
            return Some((base.powf(exponent), false));
        }
        let percent = self.cursor.sign('%') || self.cursor.any(&unit::PERCENT);
        Some(if percent { (base / 100.0, true) } else { (base, false) })
    }

    fn atom(&mut self) -> Option<f64> {
        if self.cursor.sign('(') {
            let value = self.total()?;
            return self.cursor.sign(')').then_some(value);
        }
        if self.operator('√', ROOT) {
            return Some(self.negation()?.0.sqrt());
        }
        number::number(&mut self.cursor)
    }

    fn operator(&mut self, sign: char, phrases: &[&str]) -> bool {
        let found = self.cursor.sign(sign) || self.cursor.any(phrases);
        self.operations += usize::from(found);
        found
    }
}
