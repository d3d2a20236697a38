//! A kept turn that is taken up again: where it goes on, and what goes into the pipe there. Its own file because it
//! alone reads what the store has kept.

use crate::{hear::Inlet, recorder};
use std::path::Path;
use voice::{Entry, Error, ErrorKind, Stage, Words};

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
