//! The plan: settings resolved once per change into the very things a turn uses. Below this file nobody asks a setting a
//! question, and nobody knows a provider by name.

use crate::intent;
use providers::Table;
use std::sync::Arc;
use voice::{
    Coding, Error, ErrorKind, Kind, Language, Mode, Provider, Respond, Settings, Synthesise, Transcribe, Translate,
};

/// Someone who does one stage's work, or why nobody does.
pub(crate) type Choice<T> = Result<Chosen<T>, Error>;

/// Someone who does one stage's work.
pub(crate) struct Chosen<T: ?Sized> {
    pub(crate) name: String,
    pub(crate) takes: Coding,
    pub(crate) doing: Arc<T>,
}

/// Who turns words into a reply.
pub(crate) enum Thinker {
    Answers(Choice<dyn Respond>),
    Translates(Choice<dyn Translate>),
}

/// Everything that one turn needs to know.
pub(crate) struct Plan {
    pub(crate) settings: Settings,
    pub(crate) grammar: Option<Arc<str>>,
    pub(crate) hear: Choice<dyn Transcribe>,
    pub(crate) think: Thinker,
    say_mine: Choice<dyn Synthesise>,
    say_theirs: Choice<dyn Synthesise>,
}

impl Plan {
    /// Chooses for each stage the first provider of the person's order that is there and knows the language.
    pub(crate) fn new(table: &Table, settings: Settings) -> Self {
        let (mine, theirs) = (&settings.languages.mine, &settings.languages.theirs);
        let order = &settings.providers;
        let think = match settings.mode {
            Mode::Chat => Thinker::Answers(choose(table, &order.respond, Kind::Respond, mine, |p| p.respond)),
            Mode::Translate => {
                Thinker::Translates(choose(table, &order.translate, Kind::Translate, theirs, |p| p.translate))
            }
            Mode::Echo => Thinker::Answers(choose(table, &order.echo, Kind::Respond, mine, |p| p.respond)),
        };
        Self {
            // the spoken commands are English sentences
            grammar: (mine.tag() == "en").then(intent::grammar),
            hear: choose(table, &order.hear, Kind::Hear, mine, |p| p.hear),
            think,
            say_mine: choose(table, &order.say, Kind::Say, mine, |p| p.say),
            say_theirs: choose(table, &order.say, Kind::Say, theirs, |p| p.say),
            settings,
        }
    }

    /// The language that a reply of this plan's mode is in.
    pub(crate) fn reply_language(&self) -> &Language {
        match self.settings.mode {
            Mode::Translate => &self.settings.languages.theirs,
            Mode::Chat | Mode::Echo => &self.settings.languages.mine,
        }
    }

    /// Who says something in `language`.
    pub(crate) fn say(&self, language: &Language) -> &Choice<dyn Synthesise> {
        if *language == self.settings.languages.mine { &self.say_mine } else { &self.say_theirs }
    }

    /// Why stages have nobody, each fault once.
    pub(crate) fn troubles(&self) -> Vec<Error> {
        let think = match &self.think {
            Thinker::Answers(choice) => choice.as_ref().err(),
            Thinker::Translates(choice) => choice.as_ref().err(),
        };
        let say = [self.say_mine.as_ref().err(), self.say_theirs.as_ref().err()];
        let mut all: Vec<Error> = [self.hear.as_ref().err(), think].into_iter().chain(say).flatten().cloned().collect();
        all.dedup();
        all
    }
}

fn choose<T: ?Sized>(
    table: &Table,
    order: &[String],
    kind: Kind,
    language: &Language,
    contract: fn(Provider) -> Option<Arc<T>>,
) -> Choice<T> {
    let profiles = table.profiles();
    let mut why_not = None;
    for name in order {
        let opened = table.open(name);
        let profile = profiles.iter().find(|profile| profile.name == *name);
        match (opened, profile) {
            (Err(error), _) => why_not = why_not.or(Some(error)),
            // a translator is asked for a pair, and refuses one by naming those that it has
            (Ok(provider), Some(profile)) if kind == Kind::Translate || profile.knows(language) => {
                if let Some(doing) = contract(provider) {
                    let takes = profile.takes.unwrap_or(Coding::Opus);
                    return Ok(Chosen { name: name.clone(), takes, doing });
                }
            }
            _ => {}
        }
    }
    Err(why_not.unwrap_or_else(|| {
        let able: Vec<&str> = profiles
            .iter()
            .filter(|profile| profile.kinds.contains(&kind) && profile.knows(language))
            .map(|profile| profile.name.as_str())
            .collect();
        let able = if able.is_empty() { "nobody yet".to_owned() } else { able.join(", ") };
        let detail = format!("none of [{}] can do it in “{language}”. Able: {able}.", order.join(", "));
        Error::new(ErrorKind::Unsupported, kind_name(kind), detail)
    }))
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Hear => "speech to text",
        Kind::Respond => "answers",
        Kind::Translate => "translation",
        Kind::Say => "text to speech",
    }
}
