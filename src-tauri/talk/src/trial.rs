//! "Test my providers from here": every provider that has what it needs does each of its things a few times, with the
//! person's own keys and network. Its own file because it is the one place where providers are asked without a turn, and
//! compared.

use crate::{
    Keys,
    hear::{Inlet, words_of},
    plan::candidate,
    tape::Tape,
};
use audio::Recording;
use futures_util::StreamExt;
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;
use voice::{
    BoxStream, Error, ErrorKind, Hearing, Kind, Language, Phrase, Profile, Prompt, Provider, Ranking, Settings, Trial,
    Words,
};

/// How often each is asked: the middle one of three is not the first, which opens the way.
const RUNS: usize = 3;
/// One call.
const PATIENCE: Duration = Duration::from_secs(15);
/// "What time is it?", spoken by an engine of ours.
const SPOKEN: &[u8] = include_bytes!("../../../assets/sounds/question.ogg");
const QUESTION: &str = "What time does the next train leave?";
const BRIEF: &str = "Answer in one short sentence.";
const KINDS: [Kind; 4] = [Kind::Hear, Kind::Respond, Kind::Translate, Kind::Say];

impl Keys {
    /// Asks everybody who is named in the settings or has a key, one after the other; `tell` hears how each did. Gives the
    /// orders that follow from it, for kinds that somebody did. Dropping it ends it.
    pub async fn trial(&self, settings: &Settings, tell: impl Fn(Trial)) -> Vec<Ranking> {
        let entrants = self.entrants(settings);
        let mut trials = Vec::new();
        for (at, (profile, kind)) in entrants.iter().enumerate() {
            let left = u32::try_from(entrants.len() - at - 1).unwrap_or(u32::MAX);
            let done = self.times(settings, profile, *kind).await;
            let (typical_ms, failed) = done.map_or_else(|error| (None, Some(error)), |ms| (Some(ms), None));
            let trial = Trial { provider: profile.name.clone(), kind: *kind, typical_ms, failed, left };
            tell(trial.clone());
            trials.push((profile.basic, trial));
        }
        KINDS.into_iter().filter_map(|kind| ranking(kind, order_of(settings, kind), &trials)).collect()
    }

    /// Who is asked for what. A service without its key is not, and neither is an engine that only stands in for one.
    fn entrants(&self, settings: &Settings) -> Vec<(Profile, Kind)> {
        let able = |profile: &&Profile, kind: Kind| {
            let named = order_of(settings, kind).contains(&profile.name);
            let account = settings.account(&profile.name);
            let host = self.table.host(&profile.name, &account);
            let keyed = host.is_some_and(|host| self.table.has_key(&profile.name, &host));
            let lacking = || self.table.open(&profile.name, &account, &settings.network).err();
            profile.kinds.contains(&kind)
                && (named || keyed)
                && !(profile.basic && kind == Kind::Respond)
                && profile.knows(kind, &spoken_in(settings, kind))
                && !lacking().is_some_and(|error| matches!(error.kind, ErrorKind::KeyMissing | ErrorKind::Unsupported))
        };
        let profiles = self.table.profiles();
        let of_kind = |kind| profiles.iter().filter(move |one| able(one, kind)).map(move |one| (one.clone(), kind));
        KINDS.into_iter().flat_map(of_kind).collect()
    }

    /// The middle one of a few times to the first useful piece, in milliseconds.
    async fn times(&self, settings: &Settings, profile: &Profile, kind: Kind) -> Result<f64, Error> {
        let provider = self.table.open(&profile.name, &settings.account(&profile.name), &settings.network)?;
        if let Some(service) = &provider.service {
            service.warm().await;
        }
        let mut all = Vec::with_capacity(RUNS);
        for _ in 0..RUNS {
            let began = self.clock.now();
            let late = || Error::new(ErrorKind::TimedOut, profile.name.clone(), "it did not answer within 15 s.");
            timeout(PATIENCE, once(settings, profile, kind, provider.clone())).await.map_err(|_| late())??;
            all.push((self.clock.now() - began).as_secs_f64() * 1e3);
        }
        all.sort_by(f64::total_cmp);
        Ok(all.get(RUNS / 2).copied().unwrap_or_default().round())
    }
}

/// Ends with the first useful piece of one answer.
async fn once(settings: &Settings, profile: &Profile, kind: Kind, provider: Provider) -> Result<(), Error> {
    let nobody = || Error::new(ErrorKind::Unsupported, profile.name.clone(), "it cannot do that.");
    let language = spoken_in(settings, kind);
    let words = Words { text: QUESTION.to_owned(), language: language.clone(), last: true, translation: None };
    let empty = || Error::new(ErrorKind::EmptyAnswer, profile.name.clone(), "its answer was empty.");
    match kind {
        Kind::Hear => {
            let one = candidate(profile, false, provider, |it| it.hear).ok_or_else(nobody)?;
            let how = Hearing { language, grammar: None, into: None };
            first(words_of(&one, question().await?, how), |words| words.last && !words.text.is_empty()).await
        }
        Kind::Respond => {
            let prompt = Prompt { system: BRIEF.to_owned(), history: Vec::new(), words };
            first(provider.respond.ok_or_else(nobody)?.reply(prompt), |text| !text.is_empty()).await
        }
        Kind::Translate => {
            let theirs = &settings.languages.theirs;
            let into = if *theirs == language { settings.languages.mine.clone() } else { theirs.clone() };
            first(provider.translate.ok_or_else(nobody)?.translate(words, into), |text| !text.is_empty()).await
        }
        Kind::Say => {
            let phrase = Phrase { number: 0, text: QUESTION.to_owned(), language };
            let voice = settings.voice.clone();
            first(provider.say.ok_or_else(nobody)?.say(phrase, voice), |packet| !packet.bytes.is_empty()).await
        }
    }?
    .then_some(())
    .ok_or_else(empty)
}

/// Whether a useful piece came at all.
async fn first<T>(mut pieces: BoxStream<Result<T, Error>>, useful: fn(&T) -> bool) -> Result<bool, Error> {
    while let Some(piece) = pieces.next().await {
        if useful(&piece?) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The spoken question, ready to be played in any coding.
async fn question() -> Result<Arc<Tape>, Error> {
    let tape = Tape::new();
    tape.record(Inlet::sound(Recording::read(SPOKEN)?.packets)).await;
    Ok(tape)
}

/// The question is English; a voice speaks the person's own language.
fn spoken_in(settings: &Settings, kind: Kind) -> Language {
    if kind == Kind::Say { settings.languages.mine.clone() } else { Language::new("en") }
}

fn order_of(settings: &Settings, kind: Kind) -> &[String] {
    let order = &settings.providers;
    match kind {
        Kind::Hear => &order.hear,
        Kind::Respond => &order.respond,
        Kind::Translate => &order.translate,
        Kind::Say => &order.say,
    }
}

/// The quickest first. What is only good enough without a network keeps its place behind, however quick it is: speed is not
/// what it lacks.
fn ranking(kind: Kind, now: &[String], trials: &[(bool, Trial)]) -> Option<Ranking> {
    let well = |(basic, trial): &&(bool, Trial)| trial.kind == kind && !basic && trial.typical_ms.is_some();
    let mut quick: Vec<&Trial> = trials.iter().filter(well).map(|(_, trial)| trial).collect();
    quick.sort_by(|a, b| a.typical_ms.unwrap_or(f64::MAX).total_cmp(&b.typical_ms.unwrap_or(f64::MAX)));
    let mut order: Vec<String> = quick.iter().map(|trial| trial.provider.clone()).collect();
    if order.is_empty() {
        return None;
    }
    order.extend(now.iter().filter(|name| !quick.iter().any(|trial| trial.provider == **name)).cloned());
    Some(Ranking { kind, order })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(provider: &str, ms: Option<f64>) -> Trial {
        Trial { provider: provider.into(), kind: Kind::Say, typical_ms: ms, failed: None, left: 0 }
    }

    #[test]
    fn the_quickest_is_first_and_the_basic_last() {
        let now = ["a", "b", "c", "basic"].map(String::from);
        let trials = [
            (false, trial("a", Some(300.0))),
            (false, trial("b", None)),
            (false, trial("c", Some(200.0))),
            (false, trial("new", Some(250.0))),
            (true, trial("basic", Some(5.0))),
        ];
        let order = ranking(Kind::Say, &now, &trials).map(|one| one.order);
        assert_eq!(order, Some(["c", "new", "a", "b", "basic"].map(String::from).to_vec()));
        assert_eq!(ranking(Kind::Hear, &now, &trials), None, "nobody was tried at it");
        assert_eq!(ranking(Kind::Say, &now, &trials[1..2]), None, "nobody did it");
    }

    #[test]
    fn the_question_is_whole() {
        let recording = Recording::read(SPOKEN).unwrap();
        assert!(recording.whole && (1.0..4.0).contains(&recording.seconds), "{} s", recording.seconds);
    }
}
