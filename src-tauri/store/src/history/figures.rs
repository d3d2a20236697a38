//! How turns went, worked out of their rows in one walk. Its own file because it reads every turn of a span and no words:
//! the rows come as text that is looked at and left, and only numbers are kept.

use super::{keeper::Keeper, rows};
use rusqlite::{Result as Sql, Row};
use std::{borrow::Cow, collections::BTreeMap};
use voice::{
    ConversationId, Error, ErrorKind, Figures, Mark, Outcome, SlowTurn, Span, Spread, Stage, StageFigures, Stamp,
    Stretch, Tried, TurnId,
};

/// Turns that are named for their long wait.
const SLOWEST: usize = 10;
/// More days than this are told by the month.
const DAYS: usize = 120;
/// How much of RFC 3339 names an hour, a day, a month.
const HOUR: usize = "2026-11-21T18".len();
const DAY: usize = "2026-11-21".len();
const MONTH: usize = "2026-11".len();

const STAGES: [(Stage, Mark, Mark); 3] = [
    (Stage::Hear, Mark::KeyUp, Mark::SttFinal),
    (Stage::Think, Mark::SttFinal, Mark::FirstToken),
    (Stage::Speak, Mark::FirstPhrase, Mark::TtsFirstByte),
];

impl Keeper {
    pub(crate) fn figures(&mut self, span: Span, now: u64) -> Result<Figures, Error> {
        let since = span.ms().map_or(0, |length| now.saturating_sub(length));
        self.read(|db| {
            let mut found = db.prepare_cached(
                "SELECT id, conversation, at, outcome, answered_by, tried, marks, release_to_first_audio_ms
                 FROM turns WHERE id >= ? AND outcome IS NOT NULL ORDER BY id",
            )?;
            let mut turns = found.query([rows::number(since)])?;
            let mut counted = Counted { by: if span == Span::Day { HOUR } else { DAY }, ..Counted::default() };
            while let Some(turn) = turns.next()? {
                counted.add(turn)?;
            }
            Ok(counted.figures())
        })
    }
}

/// What is known after some turns.
#[derive(Default)]
struct Counted {
    /// How much of a turn's time names its stretch.
    by: usize,
    waits: Vec<f64>,
    stages: BTreeMap<(u8, String), Work>,
    stretches: Stretches,
    slowest: Vec<SlowTurn>,
    outcomes: Vec<(Outcome, u32)>,
}

#[derive(Default)]
struct Work {
    answered: u32,
    waits: Vec<f64>,
    failed: Vec<(ErrorKind, u32)>,
    stretches: Stretches,
}

/// By the time that names them.
type Stretches = BTreeMap<String, Part>;

#[derive(Default)]
struct Part {
    turns: u32,
    failed: u32,
    waits: Vec<f64>,
}

impl Counted {
    fn add(&mut self, turn: &Row<'_>) -> Sql<()> {
        // a word that is not known, from a newer Wilco, is an end of no kind
        let Some(outcome) = read::<Outcome>(&format!("\"{}\"", text(turn, 3)?)) else { return Ok(()) };
        let marks: Vec<Stamp> = read(text(turn, 6)?).unwrap_or_default();
        let waits = waits(&marks);
        let wait = turn.get::<_, Option<f64>>(7)?.filter(|ms| ms.is_finite());
        one_more(&mut self.outcomes, outcome);
        let of = text(turn, 2)?;
        let of = of.get(..self.by).unwrap_or(of);
        part(&mut self.stretches, of).count(outcome == Outcome::SavedForRetry, wait);
        self.waits.extend(wait);
        self.work(of, text(turn, 4)?, text(turn, 5)?, &waits);
        if let Some(wait_ms) = wait {
            let longest = STAGES.iter().zip(waits).filter_map(|((stage, ..), ms)| Some((*stage, ms?)));
            let longest = longest.max_by(|one, other| one.1.total_cmp(&other.1));
            let [turn, conversation] = [rows::unsigned(turn.get(0)?), rows::unsigned(turn.get(1)?)];
            self.slow(SlowTurn { turn: TurnId(turn), conversation: ConversationId(conversation), wait_ms, longest });
        }
        Ok(())
    }

    /// Who did what, and who failed. The wait of a stage is that of whoever began it.
    fn work(&mut self, of: &str, answered_by: &str, tried: &str, waits: &[Option<f64>; 3]) {
        let answered: Vec<(Stage, Cow<'_, str>)> = read(answered_by).unwrap_or_default();
        for (at, (stage, name)) in answered.iter().enumerate() {
            let first = answered.iter().position(|(other, _)| other == stage) == Some(at);
            let work = self.stages.entry((place(*stage), name.as_ref().to_owned())).or_default();
            let wait = waits.get(usize::from(place(*stage))).copied().flatten().filter(|_| first);
            work.answered += 1;
            work.waits.extend(wait);
            part(&mut work.stretches, of).count(false, wait);
        }
        if tried == "[]" {
            return;
        }
        for Tried { stage, provider, failed, .. } in read::<Vec<Tried>>(tried).unwrap_or_default() {
            // whoever was only slower did not fail
            if let Some(kind) = failed {
                let work = self.stages.entry((place(stage), provider)).or_default();
                one_more(&mut work.failed, kind);
                part(&mut work.stretches, of).count(true, None);
            }
        }
    }

    fn slow(&mut self, turn: SlowTurn) {
        let at = self.slowest.partition_point(|other| other.wait_ms >= turn.wait_ms);
        if at < SLOWEST {
            self.slowest.insert(at, turn);
            self.slowest.truncate(SLOWEST);
        }
    }

    fn figures(self) -> Figures {
        let by_month = self.by == DAY && self.stretches.len() > DAYS;
        let providers = self.stages.into_iter().filter_map(|((place, provider), work)| {
            let (stage, ..) = STAGES.get(usize::from(place))?;
            let Work { answered, waits, failed, stretches } = work;
            let (failed, wait, stretches) = (most_first(failed), spread(waits), told(stretches, by_month));
            Some(StageFigures { stage: *stage, provider, answered, failed, wait, stretches })
        });
        let mut providers: Vec<_> = providers.collect();
        providers.sort_by_key(|one| (place(one.stage), std::cmp::Reverse(one.answered)));
        Figures {
            turns: self.outcomes.iter().map(|(_, count)| count).sum(),
            wait: spread(self.waits),
            providers,
            stretches: told(self.stretches, by_month),
            slowest: self.slowest,
            outcomes: most_first(self.outcomes),
        }
    }
}

impl Part {
    fn count(&mut self, failed: bool, wait: Option<f64>) {
        self.turns += 1;
        self.failed += u32::from(failed);
        self.waits.extend(wait);
    }
}

/// That of `stretches` which is called `of`.
fn part<'a>(stretches: &'a mut Stretches, of: &str) -> &'a mut Part {
    stretches.entry(of.to_owned()).or_default()
}

/// One after the other; days may be told by the month.
fn told(stretches: Stretches, by_month: bool) -> Vec<Stretch> {
    let mut all = Stretches::new();
    for (of, Part { turns, failed, waits }) in stretches {
        let length = if by_month { MONTH } else { of.len() };
        let whole = part(&mut all, of.get(..length).unwrap_or(&of));
        whole.turns += turns;
        whole.failed += failed;
        whole.waits.extend(waits);
    }
    let named = |(of, Part { turns, failed, waits })| Stretch { of, turns, failed, wait: spread(waits) };
    all.into_iter().map(named).collect()
}

/// How long each stage took, as far as both of its marks are there.
fn waits(marks: &[Stamp]) -> [Option<f64>; 3] {
    let at = |mark| marks.iter().find(|stamp| stamp.mark == mark).map(|stamp| stamp.ms);
    STAGES.map(|(_, from, to)| Some((at(to)? - at(from)?).max(0.0)))
}

fn place(stage: Stage) -> u8 {
    match stage {
        Stage::Hear => 0,
        Stage::Think => 1,
        Stage::Speak => 2,
    }
}

/// Nearest rank: the smallest wait that so many of a hundred do not exceed.
fn spread(mut waits: Vec<f64>) -> Option<Spread> {
    waits.sort_unstable_by(f64::total_cmp);
    let at = |part: usize| waits.get((waits.len() * part).div_ceil(100).saturating_sub(1)).copied();
    let count = u32::try_from(waits.len()).unwrap_or(u32::MAX);
    Some(Spread { count, p50: at(50)?, p95: at(95)?, p99: at(99)? })
}

fn one_more<T: PartialEq>(counts: &mut Vec<(T, u32)>, of: T) {
    match counts.iter_mut().find(|(known, _)| *known == of) {
        Some((_, count)) => *count += 1,
        None => counts.push((of, 1)),
    }
}

fn most_first<T>(mut counts: Vec<(T, u32)>) -> Vec<(T, u32)> {
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

fn text<'a>(row: &'a Row<'_>, column: usize) -> Sql<&'a str> {
    Ok(row.get_ref(column)?.as_str().unwrap_or_default())
}

/// What cannot be read is not there.
fn read<'a, T: serde::Deserialize<'a>>(json: &'a str) -> Option<T> {
    serde_json::from_str(json).ok()
}
