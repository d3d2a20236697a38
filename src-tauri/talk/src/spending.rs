//! What a turn costs and what a month may. Pure: prices, days and work are told to it. Nothing of it is worked out before a
//! turn is over.

use std::{collections::BTreeMap, sync::Arc};
use voice::{Account, AtCap, Exchange, Price, Spending, SpentDay, Stage, Usage};

/// Bytes of text that make a token, about: four letters of English, two of Russian, not quite one and a half of Chinese.
const TOKEN: usize = 4;
/// From this part of the limit on the person is told.
const NEAR: f64 = 0.8;

/// What was done in a turn, in the units that are charged for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Work {
    /// Sound that was heard, in seconds.
    pub(crate) seconds: f64,
    /// Bytes of what a model was given to read.
    pub(crate) read: usize,
    /// Bytes of what it wrote.
    pub(crate) written: usize,
    /// Characters that were translated; `None` if they were answered.
    pub(crate) translated: Option<usize>,
    /// Characters that a voice was given to say.
    pub(crate) said: usize,
    /// How long its sound is, in seconds.
    pub(crate) voice_seconds: f64,
}

impl Work {
    /// The same with its texts: the reply to the last of what was `read`, after so many exchanges.
    pub(crate) fn with_texts(self, read: [&str; 2], past: &[Arc<Exchange>], reply: &str, translates: bool) -> Self {
        let [system, asked] = read;
        let past: usize = past.iter().map(|one| one.question.len() + one.answer.len()).sum();
        let translated = translates.then(|| asked.chars().count());
        Self { read: system.len() + past + asked.len(), written: reply.len(), translated, ..self }
    }
}

/// What those ask who are not on this machine.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rates(BTreeMap<String, Price>);

impl Rates {
    /// Those of `asked`, each with the models that it is asked for; a price for another model is none.
    pub(crate) fn new(asked: impl Iterator<Item = (String, Account)>, prices: &BTreeMap<String, Price>) -> Self {
        Self(asked.map(|(name, account)| (name.clone(), fitting(prices.get(&name), &account))).collect())
    }

    /// What was used of whom. Where several did a stage, it is counted as the work of the first.
    pub(crate) fn usage(&self, answered_by: &[(Stage, String)], work: &Work) -> Vec<Usage> {
        let stages = [Stage::Hear, Stage::Think, Stage::Speak].into_iter();
        let first = stages.filter_map(|stage| answered_by.iter().find(|(of, _)| *of == stage));
        first.filter_map(|(stage, name)| Some(used(*stage, name, self.0.get(name)?, work))).collect()
    }
}

fn fitting(price: Option<&Price>, account: &Account) -> Price {
    let fits = |of: &str, asked: &str| of.is_empty() || of == asked;
    let mut price = price.cloned().unwrap_or_default();
    if !fits(&price.hear_model, &account.hear_model) {
        price.hear_minute = None;
    }
    if !fits(&price.reply_model, &account.reply_model) {
        (price.reply_million_in, price.reply_million_out) = (None, None);
    }
    if !fits(&price.say_model, &account.say_model) {
        (price.say_million, price.say_minute) = (None, None);
    }
    price
}

fn used(stage: Stage, name: &str, price: &Price, work: &Work) -> Usage {
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let million = |number: u32, price: f64| f64::from(number) * price / 1e6;
    let mut used = Usage {
        stage,
        provider: name.to_owned(),
        seconds: 0.0,
        tokens_in: 0,
        tokens_out: 0,
        characters: 0,
        voice_seconds: 0.0,
        usd: None,
    };
    match stage {
        Stage::Hear => {
            used.seconds = work.seconds;
            used.usd =
                price.hear_minute.map(|minute| work.seconds.max(price.hear_least.unwrap_or(0.0)) / 60.0 * minute);
        }
        Stage::Think => {
            (used.tokens_in, used.tokens_out) = (count(work.read.div_ceil(TOKEN)), count(work.written.div_ceil(TOKEN)));
            used.characters = count(work.translated.unwrap_or(0));
            let by_tokens = || {
                let (read, written) = (price.reply_million_in?, price.reply_million_out?);
                Some(million(used.tokens_in, read) + million(used.tokens_out, written))
            };
            let by_characters = work.translated.and(price.translate_million);
            used.usd = by_characters.map(|price| million(used.characters, price)).or_else(by_tokens);
        }
        Stage::Speak => {
            (used.characters, used.voice_seconds) = (count(work.said), work.voice_seconds);
            let by_time = price.say_minute.map(|minute| work.voice_seconds / 60.0 * minute);
            used.usd = price.say_million.map(|price| million(used.characters, price)).or(by_time);
        }
    }
    used
}

/// How a month stands to its limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    #[default]
    Fine,
    Near,
    Over,
}

/// What this month cost so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Purse {
    /// As in `2026-11`.
    month: String,
    pub(crate) usd: f64,
    told: Level,
}

impl Purse {
    /// What earlier runs paid in the month of `today`, as `2026-11-21`, comes to what this one paid.
    pub(crate) fn recall(&mut self, days: &[SpentDay], today: &str) {
        self.turns_to(today);
        let days = days.iter().filter(|one| one.day.starts_with(&self.month));
        self.usd += days.flat_map(|one| &one.by).map(|(_, usd)| usd).sum::<f64>();
    }

    /// Whether `today` is in another month than all days before: then nothing is paid yet.
    pub(crate) fn turns_to(&mut self, today: &str) -> bool {
        let other = self.month != month(today);
        if other {
            *self = Self { month: month(today).to_owned(), ..Self::default() };
        }
        other
    }

    pub(crate) fn pay(&mut self, usage: &[Usage]) {
        self.usd += usage.iter().filter_map(|one| one.usd).sum::<f64>();
    }

    /// Without a limit all is fine.
    pub(crate) fn level(&self, limit: &Spending) -> Level {
        let cap = limit.monthly_cap;
        match () {
            () if cap <= 0.0 => Level::Fine,
            () if self.usd >= cap => Level::Over,
            () if self.usd >= cap * NEAR => Level::Near,
            () => Level::Fine,
        }
    }

    /// The limit is reached, and this is what follows from it.
    pub(crate) fn at_cap(&self, limit: &Spending, what: AtCap) -> bool {
        limit.at_cap == what && self.level(limit) == Level::Over
    }

    /// The level, if it is worse than what the person knows.
    pub(crate) fn news(&mut self, limit: &Spending) -> Option<Level> {
        let level = self.level(limit);
        let before = std::mem::replace(&mut self.told, level);
        (level > before).then_some(level)
    }
}

fn month(day: &str) -> &str {
    day.get(.."2026-11".len()).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price() -> Price {
        Price {
            hear_model: "ear-1".into(),
            hear_minute: Some(0.006),
            hear_least: Some(10.0),
            reply_million_in: Some(1.0),
            reply_million_out: Some(4.0),
            say_million: Some(30.0),
            ..Price::default()
        }
    }

    fn rates(price: Price, model: &str) -> Rates {
        let account = Account { hear_model: model.into(), ..Account::default() };
        Rates::new([("cloud".to_owned(), account)].into_iter(), &BTreeMap::from([("cloud".to_owned(), price)]))
    }

    fn all(name: &str) -> Vec<(Stage, String)> {
        [Stage::Hear, Stage::Think, Stage::Speak].map(|stage| (stage, name.to_owned())).into()
    }

    fn work() -> Work {
        Work { seconds: 30.0, read: 4_000, written: 401, translated: None, said: 100, voice_seconds: 6.0 }
    }

    fn usd(usage: &[Usage]) -> Vec<Option<f64>> {
        usage.iter().map(|one| one.usd.map(|usd| (usd * 1e9).round() / 1e9)).collect()
    }

    #[test]
    fn each_stage_is_charged_in_its_own_unit() {
        let usage = rates(price(), "ear-1").usage(&all("cloud"), &work());
        assert_eq!(usd(&usage), [Some(0.003), Some(0.001_404), Some(0.003)]);
        assert_eq!((usage[1].tokens_in, usage[1].tokens_out, usage[2].characters), (1_000, 101, 100));
        let short = Work { seconds: 1.0, ..work() };
        assert_eq!(usd(&rates(price(), "ear-1").usage(&all("cloud"), &short))[0], Some(0.001), "ten seconds at least");
        let by_time = Price { say_million: None, say_minute: Some(0.015), ..price() };
        assert_eq!(usd(&rates(by_time, "ear-1").usage(&all("cloud"), &work()))[2], Some(0.0015));
        let translates = Price { translate_million: Some(20.0), ..price() };
        let work = Work { translated: Some(50), ..work() };
        assert_eq!(usd(&rates(translates, "ear-1").usage(&all("cloud"), &work))[1], Some(0.001));
        assert_eq!(
            usd(&rates(price(), "ear-1").usage(&all("cloud"), &work))[1],
            Some(0.001_404),
            "a model that translates"
        );
    }

    #[test]
    fn what_is_not_known_is_not_guessed_and_what_is_here_costs_nothing() {
        let usage = rates(price(), "ear-2").usage(&all("cloud"), &work());
        assert_eq!(usd(&usage), [None, Some(0.001_404), Some(0.003)], "another model has another price");
        let half = Price { reply_million_out: None, ..price() };
        assert_eq!(usd(&rates(half, "ear-1").usage(&all("cloud"), &work()))[1], None);
        assert_eq!(rates(price(), "ear-1").usage(&all("pocketsphinx"), &work()), []);
        let mut several = all("pocketsphinx");
        several.insert(0, (Stage::Speak, "cloud".into()));
        assert_eq!(rates(price(), "").usage(&several, &work()).len(), 1, "the first of a stage");
    }

    #[test]
    fn a_month_is_told_at_eighty_and_at_a_hundred_once() {
        let day = |day: &str, usd| SpentDay { day: day.into(), by: vec![("a".into(), usd)], unknown: 3 };
        let mut purse = Purse::default();
        purse.recall(&[day("2026-10-31", 9.0), day("2026-11-01", 3.0), day("2026-11-20", 0.9)], "2026-11-21");
        let limit = Spending { monthly_cap: 5.0, at_cap: AtCap::Stop };
        let paid = rates(price(), "ear-1").usage(&all("cloud")[..1], &Work { seconds: 1_500.0, ..work() });
        let mut news = Vec::new();
        for _ in 0..10 {
            purse.pay(&paid);
            news.extend(purse.news(&limit).map(|level| (level, (purse.usd * 100.0).round())));
        }
        assert_eq!(news, [(Level::Near, 405.0), (Level::Over, 510.0)]);
        assert!(purse.at_cap(&limit, AtCap::Stop) && !purse.at_cap(&limit, AtCap::Local));
        let higher = Spending { monthly_cap: 6.0, ..limit.clone() };
        assert_eq!((purse.news(&higher), purse.level(&higher)), (None, Level::Near), "better news are none");
        assert_eq!(purse.news(&limit), Some(Level::Over));
        assert_eq!(purse.level(&Spending { monthly_cap: 0.0, ..limit.clone() }), Level::Fine);
        assert!(!purse.turns_to("2026-11-30") && purse.turns_to("2026-12-01"));
        assert_eq!((purse.usd, purse.level(&limit)), (0.0, Level::Fine));
    }
}
