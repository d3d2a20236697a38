//! Figures as they are said: few decimals, a minus in words, the plural that goes with them.

/// A number ready to be said.
pub(super) struct Figure {
    /// "12.5", "minus 3", "минус 0,5".
    pub(super) text: String,
    /// Decimals were left out.
    pub(super) rounded: bool,
    plural: Plural,
}

/// Which form of a noun follows, in the order of a Russian unit's names.
#[derive(Clone, Copy)]
enum Plural {
    One,
    Few,
    Many,
}

/// From here on a number is said by its magnitude; an `f64` is no longer exact there.
const VAST: f64 = 1e15;
/// And below this, for nobody can follow so many zeros.
const TINY: f64 = 1e-6;

/// `value` with all its decimals if they are at most `decimals`, else rounded to two decimals or three figures.
pub(super) fn figure(value: f64, decimals: usize, russian: bool) -> Figure {
    let size = value.abs();
    let is_exact = |text: &str| text.parse().is_ok_and(|said: f64| (said - size).abs() <= size * 1e-9);
    let (text, rounded) = if size >= VAST || (size > 0.0 && size < TINY) {
        let text = format!("{size:.2e}");
        (powers_of_ten(&text, russian), !is_exact(&text))
    } else if let Some(text) = (0..=decimals).map(|places| format!("{size:.places$}")).find(|text| is_exact(text)) {
        (text, false)
    } else {
        let places = if size >= 1.0 { 2 } else { (2.0 - size.log10().floor()) as usize };
        (trimmed(&format!("{size:.places$}")).to_owned(), true)
    };
    let plural = plural(&text);
    let text = if russian { text.replace('.', ",") } else { text };
    let minus = if russian { "минус" } else { "minus" };
    Figure { text: if value < 0.0 { format!("{minus} {text}") } else { text }, rounded, plural }
}

impl Figure {
    /// The name of what is counted that goes with it.
    pub(super) fn english(&self, [one, many]: [&'static str; 2]) -> &'static str {
        if self.text == "1" || self.text == "minus 1" { one } else { many }
    }

    /// The name of what is counted that goes with it.
    pub(super) fn russian(&self, [one, few, many]: [&'static str; 3]) -> &'static str {
        match self.plural {
            Plural::One => one,
            Plural::Few => few,
            Plural::Many => many,
        }
    }
}

fn plural(text: &str) -> Plural {
    if text.contains('.') {
        return Plural::Few;
    }
    let mut last = text.bytes().rev();
    let (ones, tens) = (last.next(), last.next());
    match (tens, ones) {
        (Some(b'1'), _) => Plural::Many,
        (_, Some(b'1')) => Plural::One,
        (_, Some(b'2'..=b'4')) => Plural::Few,
        _ => Plural::Many,
    }
}

/// `1.50e-9` as it is said.
fn powers_of_ten(text: &str, russian: bool) -> String {
    let (factor, power) = text.split_once('e').unwrap_or((text, "0"));
    let factor = trimmed(factor);
    match (power.strip_prefix('-'), russian) {
        (None, false) => format!("{factor} times 10 to the power of {power}"),
        (None, true) => format!("{factor} на 10 в степени {power}"),
        (Some(power), false) => format!("{factor} times 10 to the power of minus {power}"),
        (Some(power), true) => format!("{factor} на 10 в степени минус {power}"),
    }
}

fn trimmed(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}
