//! Numbers in words and figures, English and Russian: "two thousand and five", "двадцать пять", "2 and a half".

use super::token::{Cursor, Token};

/// What a word contributes to a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Numeral {
    Zero,
    /// 1..=9
    Digit(f64),
    /// 10..=19
    Teen(f64),
    /// 20, 30, .. 90
    Tens(f64),
    /// 100, 200, .. 900 in one word
    Hundreds(f64),
    /// Makes hundreds of what is before it.
    Hundred,
    /// Thousand, million, billion.
    Scale(f64),
    /// A half, third, quarter, tenth.
    Fraction(f64),
    /// One and a half, which is one word in Russian.
    Whole(f64),
}
use Numeral::{Digit, Fraction, Hundred, Hundreds, Scale, Teen, Tens, Whole, Zero};

/// Words that hold numbers together.
pub(super) const WORDS: &str = "a an and с и minus negative минус point точка запятая oh целая целых целые";

/// Number words, the Russian ones in the cases that are in common use.
pub(super) const NUMERALS: &[(&str, Numeral)] = &[
    ("zero ноль нуль нуля нулю", Zero),
    ("one один одна одно одного одной одну одном", Digit(1.0)),
    ("two два две двух двум двое", Digit(2.0)),
    ("three три трех трем трое", Digit(3.0)),
    ("four четыре четырех четырем", Digit(4.0)),
    ("five пять пяти", Digit(5.0)),
    ("six шесть шести", Digit(6.0)),
    ("seven семь семи", Digit(7.0)),
    ("eight восемь восьми", Digit(8.0)),
    ("nine девять девяти", Digit(9.0)),
    ("ten десять десяти", Teen(10.0)),
    ("eleven одиннадцать одиннадцати", Teen(11.0)),
    ("twelve двенадцать двенадцати", Teen(12.0)),
    ("thirteen тринадцать тринадцати", Teen(13.0)),
    ("fourteen четырнадцать четырнадцати", Teen(14.0)),
    ("fifteen пятнадцать пятнадцати", Teen(15.0)),
    ("sixteen шестнадцать шестнадцати", Teen(16.0)),
    ("seventeen семнадцать семнадцати", Teen(17.0)),
    ("eighteen восемнадцать восемнадцати", Teen(18.0)),
    ("nineteen девятнадцать девятнадцати", Teen(19.0)),
    ("twenty двадцать двадцати", Tens(20.0)),
    ("thirty тридцать тридцати", Tens(30.0)),
    ("forty сорок сорока", Tens(40.0)),
    ("fifty пятьдесят пятидесяти", Tens(50.0)),
    ("sixty шестьдесят шестидесяти", Tens(60.0)),
    ("seventy семьдесят семидесяти", Tens(70.0)),
    ("eighty восемьдесят восьмидесяти", Tens(80.0)),
    ("ninety девяносто девяноста", Tens(90.0)),
    ("сто ста", Hundreds(100.0)),
    ("двести двухсот", Hundreds(200.0)),
    ("триста трехсот", Hundreds(300.0)),
    ("четыреста четырехсот", Hundreds(400.0)),
    ("пятьсот пятисот", Hundreds(500.0)),
    ("шестьсот шестисот", Hundreds(600.0)),
    ("семьсот семисот", Hundreds(700.0)),
    ("восемьсот восьмисот", Hundreds(800.0)),
    ("девятьсот девятисот", Hundreds(900.0)),
    ("hundred", Hundred),
    ("thousand тысяча тысячи тысяч тысячу тысяче", Scale(1e3)),
    ("million миллион миллиона миллионов миллиону", Scale(1e6)),
    ("billion миллиард миллиарда миллиардов", Scale(1e9)),
    ("half половина половины половину половиной", Fraction(0.5)),
    ("third thirds треть трети третью", Fraction(1.0 / 3.0)),
    ("quarter quarters четверть четверти четвертью", Fraction(0.25)),
    ("tenths десятая десятых", Fraction(0.1)),
    ("сотая сотых", Fraction(0.01)),
    ("тысячная тысячных", Fraction(0.001)),
    ("полтора полторы полутора", Whole(1.5)),
];

/// A number that is not negative.
pub(super) fn number(cursor: &mut Cursor<'_>) -> Option<f64> {
    if let Some(Token::Number(figures)) = cursor.peek() {
        cursor.advance();
        let hundreds = if numeral(cursor) == Some(Hundred) { 100.0 } else { 1.0 };
        if hundreds > 1.0 {
            cursor.advance();
        }
        let scaled = figures * hundreds * scale(cursor).unwrap_or(1.0);
        return Some(scaled + and_a_half(cursor));
    }
    if cursor.any(&["point"]) {
        return decimals(cursor);
    }
    let mut ahead = *cursor;
    let article = ahead.any(&["a", "an"]);
    let value = match (numeral(&ahead)?, article) {
        (Fraction(value), _) | (Whole(value), false) => {
            ahead.advance();
            value
        }
        (Hundred | Scale(_), _) | (_, false) => after_cardinal(cardinal(&mut ahead)?, &mut ahead)?,
        _ => return None,
    };
    *cursor = ahead;
    Some(value)
}

/// A minus may go before it.
pub(super) fn signed(cursor: &mut Cursor<'_>) -> Option<f64> {
    let minus = cursor.sign('-') || cursor.any(&["minus", "negative", "минус"]);
    number(cursor).map(|value| if minus { -value } else { value })
}

/// "and a half", which may also follow a unit: 0.5, or 0.0 if it is not there.
pub(super) fn and_a_half(cursor: &mut Cursor<'_>) -> f64 {
    let mut ahead = *cursor;
    if ahead.any(&["and", "с", "и"]) {
        ahead.any(&["a", "one"]);
        if let Some(Fraction(part)) = numeral(&ahead) {
            ahead.advance();
            *cursor = ahead;
            return part;
        }
    }
    0.0
}

fn after_cardinal(whole: f64, cursor: &mut Cursor<'_>) -> Option<f64> {
    if cursor.any(&["point", "точка", "запятая"]) {
        return Some(whole + decimals(cursor)?);
    }
    if cursor.any(&["целая", "целых", "целые"]) {
        cursor.any(&["и"]);
        let parts = cardinal(cursor)?;
        return Some(whole + parts * fraction(cursor)?);
    }
    let scale = fraction(cursor).unwrap_or(1.0);
    Some(whole * scale + and_a_half(cursor))
}

/// What is said after the point: "one four", "oh five", "twenty five".
fn decimals(cursor: &mut Cursor<'_>) -> Option<f64> {
    let (mut figures, mut divisor) = (0.0, 1.0);
    while divisor < 1e12 {
        let zero = numeral(cursor) == Some(Zero) || cursor.peek_word().is_some_and(|word| word.text == "oh");
        let value = if zero {
            cursor.advance();
            0.0
        } else if let Some(value) = below_hundred(cursor) {
            value
        } else {
            break;
        };
        let shift = if value >= 10.0 { 100.0 } else { 10.0 };
        figures = figures * shift + value;
        divisor *= shift;
    }
    (divisor > 1.0).then_some(figures / divisor)
}

fn cardinal(cursor: &mut Cursor<'_>) -> Option<f64> {
    if numeral(cursor) == Some(Zero) {
        cursor.advance();
        return Some(0.0);
    }
    let mut total = None;
    let mut smallest = f64::INFINITY;
    loop {
        let mut ahead = *cursor;
        if total.is_some() {
            ahead.any(&["and"]);
        }
        let group = below_thousand(&mut ahead);
        let scale = scale(&mut ahead).unwrap_or(1.0);
        // "two thousand three million" is two numbers, and so is "five six"
        if (group.is_none() && scale == 1.0) || scale >= smallest {
            return total;
        }
        *cursor = ahead;
        total = Some(total.unwrap_or(0.0) + group.unwrap_or(1.0) * scale);
        smallest = scale;
    }
}

fn below_thousand(cursor: &mut Cursor<'_>) -> Option<f64> {
    let hundreds = match numeral(cursor)? {
        Hundreds(value) => {
            cursor.advance();
            value
        }
        Hundred => {
            cursor.advance();
            100.0
        }
        _ => {
            let small = below_hundred(cursor)?;
            if numeral(cursor) != Some(Hundred) {
                return Some(small);
            }
            cursor.advance();
            small * 100.0
        }
    };
    let mut ahead = *cursor;
    ahead.any(&["and"]);
    match below_hundred(&mut ahead) {
        Some(rest) => {
            *cursor = ahead;
            Some(hundreds + rest)
        }
        None => Some(hundreds),
    }
}

fn below_hundred(cursor: &mut Cursor<'_>) -> Option<f64> {
    let (Digit(value) | Teen(value) | Tens(value)) = numeral(cursor)? else { return None };
    cursor.advance();
    match numeral(cursor) {
        Some(Digit(digit)) if value >= 20.0 => {
            cursor.advance();
            Some(value + digit)
        }
        _ => Some(value),
    }
}

fn scale(cursor: &mut Cursor<'_>) -> Option<f64> {
    let Some(Scale(value)) = numeral(cursor) else { return None };
    cursor.advance();
    Some(value)
}

fn fraction(cursor: &mut Cursor<'_>) -> Option<f64> {
    let Some(Fraction(value)) = numeral(cursor) else { return None };
    cursor.advance();
    Some(value)
}

fn numeral(cursor: &Cursor<'_>) -> Option<Numeral> {
    cursor.peek_word()?.numeral
}
