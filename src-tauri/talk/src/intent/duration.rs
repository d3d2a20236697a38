//! How long a timer runs, from words: "five minutes", "полторы минуты", "1h 30m".

use super::{
    Intent, LONGEST_TIMER, SHORTEST_TIMER, number,
    token::Cursor,
    unit::{self, Kind},
};
use std::time::Duration;

/// Words that are a number and a unit in one, with their seconds.
const HALVES: [(&str, f64); 4] =
    [("полчаса", 1800.0), ("получаса", 1800.0), ("полчасика", 1800.0), ("полминуты", 30.0)];

/// All texts known here, for the lexicon.
pub(super) fn texts() -> impl Iterator<Item = &'static str> {
    HALVES.iter().map(|(text, _)| *text)
}

/// Seconds of a length of time.
pub(super) fn seconds(cursor: &mut Cursor<'_>) -> Option<f64> {
    if let Some((_, seconds)) = HALVES.iter().find(|(text, _)| cursor.any(&[text])) {
        return Some(*seconds);
    }
    let mut total = 0.0;
    let mut ahead = *cursor;
    // "5m" is metres to everybody else
    while let Some(minutes) = short_minutes(&mut ahead) {
        total += minutes * 60.0;
        *cursor = ahead;
    }
    match unit::quantity(&mut ahead) {
        Some(quantity) if quantity.unit.kind == Kind::Time => {
            *cursor = ahead;
            total += quantity.value * quantity.unit.size;
            let minutes = short_minutes(cursor).unwrap_or_default();
            Some(total + minutes * 60.0)
        }
        _ => (total > 0.0).then_some(total),
    }
}

/// The timer of so many seconds.
pub(super) fn timer(seconds: f64) -> Intent {
    let allowed = SHORTEST_TIMER.as_secs_f64()..=LONGEST_TIMER.as_secs_f64();
    if allowed.contains(&seconds) {
        Intent::Timer(Duration::from_millis((seconds * 1000.0).round() as u64))
    } else {
        Intent::TimerOutOfRange
    }
}

fn short_minutes(cursor: &mut Cursor<'_>) -> Option<f64> {
    let mut ahead = *cursor;
    let value = number::number(&mut ahead)?;
    if !ahead.any(&["m", "м"]) {
        return None;
    }
    *cursor = ahead;
    Some(value)
}
