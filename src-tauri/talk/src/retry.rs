//! A kept turn that is taken up again: where it goes on, what goes into the pipe there, and what is kept of it then. Its own
//! file because it alone reads what the store has kept.

use crate::{hear::Inlet, recorder};
use std::path::Path;
use store::Ended;
use voice::{Entry, Error, ErrorKind, Exchange, Outcome, Stage, TurnReport, Words};

/// What goes into the pipe when `entry` goes on. Its recording lies in `journal`.
///
/// # Errors
/// `NotKept` if nothing is left of what was said; `FileMissing` if its recording is gone.
pub(crate) fn inlet(entry: &Entry, journal: Option<&Path>) -> Result<Inlet, Error> {
    let words = |text: &str, language| Words { text: text.to_owned(), language, last: true, translation: None };
    let mine = entry.languages.mine.clone();
    match stage(entry) {
        Stage::Hear => {
            let nothing = || Error::new(ErrorKind::NotKept, "history", "Nothing of this turn was recorded.");
            let (folder, name) = journal.zip(entry.recording.as_deref()).ok_or_else(nothing)?;
            Ok(Inlet::Recording(recorder::read(folder, name)?))
        }
        Stage::Think => Ok(Inlet::Text(words(&entry.transcript, mine))),
        Stage::Speak => Ok(Inlet::Reply { asked: words(&entry.transcript, mine), reply: entry.reply.clone() }),
    }
}

/// Where it goes on: where it failed, or as far as it had come.
fn stage(entry: &Entry) -> Stage {
    match entry.failed_stage {
        _ if entry.transcript.is_empty() => Stage::Hear,
        Some(Stage::Hear) => Stage::Hear,
        _ if entry.reply.is_empty() => Stage::Think,
        Some(stage) => stage,
        None => Stage::Speak,
    }
}

/// What there is of a turn when it begins.
#[derive(Default)]
pub(crate) struct Past {
    /// Where its sound is kept.
    pub(crate) journal: Option<String>,
    /// As it was before it was taken up again.
    pub(crate) before: Option<Entry>,
}

impl Past {
    /// What is kept of a turn that ended `now`, and what its conversation had remembered of it.
    pub(crate) fn end(self, now: Ended, recordings: bool) -> (Ended, Option<Exchange>) {
        let exchange = |before: &Entry| Exchange { question: before.transcript.clone(), answer: before.heard.clone() };
        let instead_of = self.before.as_ref().map(exchange);
        let mut ended = match self.before {
            Some(before) => no_less(before, now),
            None => now,
        };
        let report = &mut ended.report;
        report.journal = self.journal.filter(|_| recordings || report.outcome == Outcome::SavedForRetry);
        (ended, instead_of)
    }
}

/// What is kept of a turn that ended `now` and had been kept as `before`: a reply that is only heard again changes neither
/// words nor times, and a second try that comes to less takes nothing away.
fn no_less(before: Entry, now: Ended) -> Ended {
    // a run that ended in the middle of it is no verdict
    let was = before.outcome.unwrap_or(Outcome::SavedForRetry);
    let same = !before.reply.is_empty() && (now.report.reply.is_empty() || now.report.reply == before.reply);
    let (worth_before, worth_now) = (worth(was), worth(now.report.outcome));
    let usage = [before.usage, now.report.usage].concat();
    let traffic = [before.traffic, now.report.traffic].concat();
    if worth_now < worth_before || (worth_now == worth_before && same) {
        let heard = if now.heard.len() > before.heard.len() { now.heard } else { before.heard };
        let report = TurnReport {
            outcome: was,
            transcript: before.transcript,
            reply: before.reply,
            answered_by: before.answered_by,
            tried: before.tried,
            marks: before.marks,
            release_to_first_audio_ms: before.release_to_first_audio_ms,
            usage,
            traffic,
            ..now.report
        };
        return Ended { report, heard, failed: before.failed_stage.zip(before.failed_kind) };
    }
    let mut report = TurnReport { usage, traffic, ..now.report };
    let earlier =
        before.answered_by.into_iter().filter(|(stage, _)| report.answered_by.iter().all(|(now, _)| now != stage));
    report.answered_by = earlier.chain(report.answered_by.clone()).collect();
    if report.transcript.is_empty() {
        report.transcript = before.transcript;
    }
    Ended { report, ..now }
}

/// How much came of a turn that ended so.
fn worth(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Done => 3,
        Outcome::Partial => 2,
        Outcome::SavedForRetry | Outcome::NoSpeech | Outcome::TooShort => 1,
        Outcome::Cancelled => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use voice::{Language, LanguagePair, Mode, TurnId};

    #[test]
    fn a_turn_goes_on_where_it_stopped() {
        let languages = LanguagePair { mine: Language::new("en"), theirs: Language::new("es") };
        let begun = Entry::begun(TurnId(1), "2026-01-01T00:00:00Z".into(), Mode::Chat, languages);
        for (transcript, reply, failed, goes_on) in [
            ("", "", None, Stage::Hear),
            ("", "", Some(Stage::Hear), Stage::Hear),
            ("what was told live", "", Some(Stage::Hear), Stage::Hear),
            ("asked", "", None, Stage::Think),
            ("asked", "half an ans", Some(Stage::Think), Stage::Think),
            ("asked", "answered", Some(Stage::Speak), Stage::Speak),
            ("asked", "answered", None, Stage::Speak),
        ] {
            let entry =
                Entry { transcript: transcript.into(), reply: reply.into(), failed_stage: failed, ..begun.clone() };
            assert_eq!(stage(&entry), goes_on, "{transcript:?} {reply:?} {failed:?}");
        }
    }

    #[test]
    fn nothing_is_made_up_for_a_turn_without_sound() {
        let languages = LanguagePair { mine: Language::new("en"), theirs: Language::new("es") };
        let begun = Entry::begun(TurnId(1), String::new(), Mode::Chat, languages);
        assert_eq!(inlet(&begun, Some(Path::new("/"))).err().map(|error| error.kind), Some(ErrorKind::NotKept));
        let gone = Entry { recording: Some("gone.ogg".into()), ..begun };
        assert_eq!(inlet(&gone, Some(Path::new("/"))).err().map(|error| error.kind), Some(ErrorKind::FileMissing));
    }
}
