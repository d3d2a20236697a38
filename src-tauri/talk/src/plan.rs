//! The plan: settings resolved once per change into the very things a turn uses. Below this file nobody asks a setting a
//! question, and nobody knows a provider by name.

use crate::intent;
use providers::Table;
use std::{collections::BTreeMap, sync::Arc};
use voice::{
    BoxFuture, Coding, Error, ErrorKind, KeyPlace, Kind, Language, Mode, Provider, Remote, Respond, Settings,
    Synthesise, Transcribe, Translate,
};

/// Someone who does one stage's work, or why nobody does.
pub(crate) type Choice<T> = Result<Chosen<T>, Error>;

/// Someone who does one stage's work.
pub(crate) struct Chosen<T: ?Sized> {
    pub(crate) name: String,
    /// Codings for sound, first choice first; never empty.
    pub(crate) takes: Vec<Coding>,
    pub(crate) doing: Arc<T>,
    service: Option<Arc<dyn Remote>>,
}

/// Who turns words into a reply.
pub(crate) enum Thinker {
    Answers(Choice<dyn Respond>),
    Translates(Choice<dyn Translate>),
}

/// Everything that one turn needs to know.
pub(crate) struct Plan {
    pub(crate) settings: Settings,
    /// Providers that have a key for the host they are asked at.
    pub(crate) keys: BTreeMap<String, KeyPlace>,
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
        let choose = Choosing { table, settings: &settings };
        let think = match settings.mode {
            Mode::Chat => Thinker::Answers(choose.one(&order.respond, Kind::Respond, mine, |p| p.respond)),
            Mode::Translate => {
                Thinker::Translates(choose.one(&order.translate, Kind::Translate, theirs, |p| p.translate))
            }
            Mode::Echo => Thinker::Answers(choose.one(&order.echo, Kind::Respond, mine, |p| p.respond)),
        };
        Self {
            keys: keys(table, &settings),
            // the spoken commands are English sentences
            grammar: (mine.tag() == "en").then(intent::grammar),
            hear: choose.one(&order.hear, Kind::Hear, mine, |p| p.hear),
            think,
            say_mine: choose.one(&order.say, Kind::Say, mine, |p| p.say),
            say_theirs: choose.one(&order.say, Kind::Say, theirs, |p| p.say),
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

    /// The language that the words are to bring with them: whoever both hears and translates may do it in one go.
    pub(crate) fn heard_into(&self) -> Option<Language> {
        let (Ok(hear), Thinker::Translates(Ok(translate))) = (&self.hear, &self.think) else { return None };
        (hear.name == translate.name).then(|| self.reply_language().clone())
    }

    /// Who says something in `language`.
    pub(crate) fn say(&self, language: &Language) -> &Choice<dyn Synthesise> {
        if *language == self.settings.languages.mine { &self.say_mine } else { &self.say_theirs }
    }

    /// Opens the connections that a turn will need, before it needs them.
    pub(crate) fn warm(&self) -> BoxFuture<()> {
        let think = match &self.think {
            Thinker::Answers(choice) => serving(choice),
            Thinker::Translates(choice) => serving(choice),
        };
        let say = serving(self.say(self.reply_language()));
        let mut services: Vec<Arc<dyn Remote>> = Vec::new();
        for service in [serving(&self.hear), think, say].into_iter().flatten() {
            if !services.iter().any(|other| Arc::ptr_eq(other, service)) {
                services.push(service.clone());
            }
        }
        Box::pin(async move {
            futures_util::future::join_all(services.iter().map(|service| service.warm())).await;
        })
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

fn keys(table: &Table, settings: &Settings) -> BTreeMap<String, KeyPlace> {
    let names = table.profiles().iter().map(|profile| &profile.name);
    let place = |name: &String| table.key_place(name, &table.host(name, &settings.account(name))?);
    names.filter_map(|name| Some((name.clone(), place(name)?))).collect()
}

fn serving<T: ?Sized>(choice: &Choice<T>) -> Option<&Arc<dyn Remote>> {
    choice.as_ref().ok()?.service.as_ref()
}

struct Choosing<'a> {
    table: &'a Table,
    settings: &'a Settings,
}

impl Choosing<'_> {
    fn one<T: ?Sized>(
        &self,
        order: &[String],
        kind: Kind,
        language: &Language,
        contract: fn(Provider) -> Option<Arc<T>>,
    ) -> Choice<T> {
        let profiles = self.table.profiles();
        let mut why_not = None;
        for name in order {
            let profile = profiles.iter().find(|profile| profile.name == *name);
            match (self.open(name), profile) {
                (Err(error), _) => why_not = worse(why_not, error),
                // a translator is asked for a pair, and refuses one by naming those that it has
                (Ok(provider), Some(profile)) if kind == Kind::Translate || profile.knows(kind, language) => {
                    let service = provider.service.clone();
                    if let Some(doing) = contract(provider) {
                        let takes = if profile.takes.is_empty() { vec![Coding::Opus] } else { profile.takes.clone() };
                        return Ok(Chosen { name: name.clone(), takes, doing, service });
                    }
                }
                _ => {}
            }
        }
        Err(why_not.unwrap_or_else(|| self.nobody(order, kind, language)))
    }

    fn open(&self, name: &str) -> Result<Provider, Error> {
        self.table.open(name, &self.settings.account(name), &self.settings.network)
    }

    fn nobody(&self, order: &[String], kind: Kind, language: &Language) -> Error {
        let able = self.table.profiles().iter().filter(|one| one.kinds.contains(&kind) && one.knows(kind, language));
        let able: Vec<&str> = able.map(|profile| profile.name.as_str()).collect();
        let able = if able.is_empty() { "nobody yet".to_owned() } else { able.join(", ") };
        let detail = format!("none of [{}] can do it in “{language}”. Able: {able}.", order.join(", "));
        Error::new(ErrorKind::Unsupported, kind_name(kind), detail)
    }
}

/// Of two reasons the one to tell. That a service has no key says least: most people have keys for few.
fn worse(before: Option<Error>, now: Error) -> Option<Error> {
    match before {
        Some(before) if before.kind != ErrorKind::KeyMissing => Some(before),
        _ => Some(now),
    }
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Hear => "speech to text",
        Kind::Respond => "answers",
        Kind::Translate => "translation",
        Kind::Say => "text to speech",
    }
}
