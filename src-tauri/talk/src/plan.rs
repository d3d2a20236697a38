//! The plan: settings resolved once per change into the very things a turn uses. Below this file nobody asks a setting a
//! question, and nobody knows a provider by name.

use crate::{Clock, intent, spending::Rates};
use providers::{Candidate, Relay, Rules, Table};
use std::{cell::RefCell, collections::BTreeMap, sync::Arc};
use voice::{
    BoxFuture, Coding, Error, ErrorKind, KeyPlace, Kind, Language, Mode, Order, Persona, Profile, Provider, Remote,
    Respond, Settings, Synthesise, Transcribe, Translate, VoiceChoice,
};

const SYSTEM: &str = include_str!("../../../assets/prompts/chat.txt");

/// Those who do one stage's work, or why nobody does.
pub(crate) type Choice<T> = Result<Relay<T>, Error>;

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
    /// What those ask who are not on this machine.
    pub(crate) rates: Arc<Rates>,
    /// Settings that keep services away though others stand in for them.
    unfit: Vec<Error>,
}

impl Plan {
    /// The plan of `settings`, and the one with the two languages swapped.
    pub(crate) fn both_ways(table: &Table, settings: &Settings, clock: Clock) -> (Arc<Self>, Arc<Self>) {
        let mut swapped = settings.clone();
        std::mem::swap(&mut swapped.languages.mine, &mut swapped.languages.theirs);
        // the last one made is the one whose services are looked after
        let other = Self::new(table, swapped, clock);
        // nobody's price depends on the language
        let plan = Self { rates: other.rates.clone(), ..Self::new(table, settings.clone(), clock) };
        (Arc::new(plan), Arc::new(other))
    }

    /// Lines up for each stage those of the person's order who are there and know the language, and after them the
    /// engines of this machine. Whoever rests is looked after from now on.
    pub(crate) fn new(table: &Table, settings: Settings, clock: Clock) -> Self {
        table.keep_to(&settings.network);
        let (mine, theirs) = (&settings.languages.mine, &settings.languages.theirs);
        let order = &settings.providers;
        let rules =
            Rules { by_speed: order.order == Order::Speed, race: order.race, now: Arc::new(move || clock.now()) };
        let choose = Choosing { table, settings: &settings, rules, unfit: RefCell::default() };
        let think = match settings.mode {
            Mode::Chat => Thinker::Answers(choose.all(&order.respond, Kind::Respond, mine, |p| p.respond)),
            Mode::Translate => {
                Thinker::Translates(choose.all(&order.translate, Kind::Translate, theirs, |p| p.translate))
            }
            Mode::Echo => Thinker::Answers(choose.all(&order.echo, Kind::Respond, mine, |p| p.respond)),
        };
        let plan = Self {
            keys: keys(table, &settings),
            // the spoken commands are English sentences
            grammar: (mine.tag() == "en").then(intent::grammar),
            hear: choose.all(&order.hear, Kind::Hear, mine, |p| p.hear),
            think,
            say_mine: choose.all(&order.say, Kind::Say, mine, |p| p.say),
            say_theirs: choose.all(&order.say, Kind::Say, theirs, |p| p.say),
            rates: Arc::new(rates(table, &settings)),
            unfit: choose.unfit.into_inner(),
            settings,
        };
        table.health().look_after(plan.remotes());
        plan
    }

    /// The language that a reply of this plan's mode is in.
    pub(crate) fn reply_language(&self) -> &Language {
        match self.settings.mode {
            Mode::Translate => &self.settings.languages.theirs,
            Mode::Chat | Mode::Echo => &self.settings.languages.mine,
        }
    }

    /// Who the model is to be: the persona that is chosen, or the usual one.
    pub(crate) fn system(&self) -> &str {
        self.persona().map_or(SYSTEM, |persona| &persona.prompt).trim()
    }

    /// How the reply sounds: a persona may have a voice of its own.
    pub(crate) fn voice(&self) -> VoiceChoice {
        let own = self.persona().map(|persona| &persona.voice).filter(|name| !name.is_empty());
        let voice = self.settings.voice.clone();
        VoiceChoice { name: own.cloned().unwrap_or(voice.name), ..voice }
    }

    /// One without a prompt is none; and only chat has any.
    fn persona(&self) -> Option<&Persona> {
        let chosen = self.settings.personas.get(&self.settings.persona);
        chosen.filter(|persona| self.settings.mode == Mode::Chat && !persona.prompt.trim().is_empty())
    }

    /// The language that the words are to bring with them: whoever both hears and translates may do it in one go.
    pub(crate) fn heard_into(&self) -> Option<Language> {
        let (Ok(hear), Thinker::Translates(Ok(translate))) = (&self.hear, &self.think) else { return None };
        (hear.first()?.name == translate.first()?.name).then(|| self.reply_language().clone())
    }

    /// Who says something in `language`.
    pub(crate) fn say(&self, language: &Language) -> &Choice<dyn Synthesise> {
        if *language == self.settings.languages.mine { &self.say_mine } else { &self.say_theirs }
    }

    /// Opens the connections that a turn will need, before it needs them: those of whoever is asked first.
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

    /// Why stages have nobody, or not those that the person wants, each fault once.
    pub(crate) fn troubles(&self) -> Vec<Error> {
        let think = match &self.think {
            Thinker::Answers(choice) => choice.as_ref().err(),
            Thinker::Translates(choice) => choice.as_ref().err(),
        };
        let say = [self.say_mine.as_ref().err(), self.say_theirs.as_ref().err()];
        let mut all: Vec<Error> = Vec::new();
        for error in [self.hear.as_ref().err(), think].into_iter().chain(say).flatten().chain(&self.unfit) {
            if !all.contains(error) {
                all.push(error.clone());
            }
        }
        all
    }

    fn remotes(&self) -> BTreeMap<String, Arc<dyn Remote>> {
        let mut all = BTreeMap::new();
        served(&self.hear, &mut all);
        match &self.think {
            Thinker::Answers(choice) => served(choice, &mut all),
            Thinker::Translates(choice) => served(choice, &mut all),
        }
        served(&self.say_mine, &mut all);
        served(&self.say_theirs, &mut all);
        all
    }
}

fn keys(table: &Table, settings: &Settings) -> BTreeMap<String, KeyPlace> {
    let names = table.profiles().iter().map(|profile| &profile.name);
    let place = |name: &String| table.key_place(name, &table.host(name, &settings.account(name))?);
    names.filter_map(|name| Some((name.clone(), place(name)?))).collect()
}

fn rates(table: &Table, settings: &Settings) -> Rates {
    let away = table.profiles().iter().filter(|one| !table.is_here(&one.name, &settings.account(&one.name)));
    let asked = away.map(|one| (one.name.clone(), settings.account(&one.name).or(&one.account)));
    Rates::new(asked, &settings.prices)
}

fn serving<T: ?Sized + Send + Sync + 'static>(choice: &Choice<T>) -> Option<&Arc<dyn Remote>> {
    choice.as_ref().ok()?.first()?.service.as_ref()
}

fn served<T: ?Sized + Send + Sync + 'static>(choice: &Choice<T>, all: &mut BTreeMap<String, Arc<dyn Remote>>) {
    let candidates = choice.iter().flat_map(Relay::candidates);
    all.extend(candidates.filter_map(|one| Some((one.name.clone(), one.service.clone()?))));
}

struct Choosing<'a> {
    table: &'a Table,
    settings: &'a Settings,
    rules: Rules,
    unfit: RefCell<Vec<Error>>,
}

impl Choosing<'_> {
    fn all<T: ?Sized + Send + Sync + 'static>(
        &self,
        order: &[String],
        kind: Kind,
        language: &Language,
        contract: fn(Provider) -> Option<Arc<T>>,
    ) -> Choice<T> {
        let profiles = self.table.profiles();
        let (mut why_not, mut candidates) = (None, Vec::new());
        for name in order {
            let profile = profiles.iter().find(|profile| profile.name == *name);
            if self.settings.network.local_only && !self.stays(name) {
                continue;
            }
            match (self.open(name), profile) {
                (Err(error), _) => {
                    self.unfit.borrow_mut().extend((error.kind == ErrorKind::BadSetting).then(|| error.clone()));
                    why_not = worse(why_not, error);
                }
                // a translator is asked for a pair, and refuses one by naming those that it has
                (Ok(provider), Some(profile)) if kind == Kind::Translate || profile.knows(kind, language) => {
                    candidates.extend(candidate(profile, false, provider, contract));
                }
                _ => {}
            }
        }
        // “I have no model” is no answer where there is one that failed; nor are the person's own words
        if kind == Kind::Respond {
            if candidates.iter().any(|one: &Candidate<T>| !one.local) {
                candidates.retain(|one| !one.basic);
            }
        } else {
            for profile in profiles.iter().filter(|one| one.local && one.kinds.contains(&kind)) {
                let able = profile.knows(kind, language) && !order.contains(&profile.name);
                if able
                    && !candidates.is_empty()
                    && let Ok(provider) = self.open(&profile.name)
                {
                    candidates.extend(candidate(profile, true, provider, contract));
                }
            }
        }
        if candidates.is_empty() {
            return Err(why_not.unwrap_or_else(|| self.nobody(order, kind, language)));
        }
        Ok(Relay::new(kind, language.clone(), candidates, self.table.health().clone(), self.rules.clone()))
    }

    /// Nothing of what it is asked leaves this machine.
    fn stays(&self, name: &str) -> bool {
        self.table.is_here(name, &self.settings.account(name))
    }

    fn open(&self, name: &str) -> Result<Provider, Error> {
        self.table.open(name, &self.settings.account(name), &self.settings.network)
    }

    fn nobody(&self, order: &[String], kind: Kind, language: &Language) -> Error {
        let able = self.table.profiles().iter().filter(|one| one.kinds.contains(&kind) && one.knows(kind, language));
        let able = able.filter(|one| !self.settings.network.local_only || self.stays(&one.name));
        let able: Vec<&str> = able.map(|profile| profile.name.as_str()).collect();
        let able = if able.is_empty() { "nobody yet".to_owned() } else { able.join(", ") };
        let detail = format!("none of [{}] can do it in “{language}”. Able: {able}.", order.join(", "));
        Error::new(ErrorKind::Unsupported, kind_name(kind), detail)
    }
}

/// `provider` as somebody who can be asked, if it fulfils the contract.
pub(crate) fn candidate<T: ?Sized>(
    profile: &Profile,
    last_resort: bool,
    provider: Provider,
    contract: fn(Provider) -> Option<Arc<T>>,
) -> Option<Candidate<T>> {
    let (service, far) = (provider.service.clone(), provider.far.clone());
    let takes = if profile.takes.is_empty() { vec![Coding::Opus] } else { profile.takes.clone() };
    Some(Candidate {
        name: profile.name.clone(),
        local: profile.local,
        basic: profile.basic,
        last_resort,
        takes,
        doing: contract(provider)?,
        service,
        far,
    })
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
