//! The arguments that all talking verbs share, and the house they describe: settings, keys, platform.

use crate::exit::Failed;
use audio::{DeviceMic, DeviceSpeaker, Loudspeaker, Microphone};
use providers::Table;
use std::sync::Arc;
use store::{History, Keyring, Paths, SettingsFile};
use talk::{Booth, Clock, House, Keys, keys::named};
use voice::Settings;

/// What a person does instead.
const FOR_GOOD: &str = "privacy: how long things are kept cannot be set for this once, since what is deleted does not come \
    back. Change it in the app's settings under Privacy, or in settings.toml.";

/// Which settings to use for this once.
#[derive(Default, clap::Args)]
pub(crate) struct Choices {
    /// chat, translate or echo
    #[arg(long, value_parser = ["chat", "translate", "echo"])]
    mode: Option<String>,
    /// The language you speak
    #[arg(long, value_name = "LANGUAGE")]
    from: Option<String>,
    /// The language to translate into; means --mode translate unless a mode is given
    #[arg(long, value_name = "LANGUAGE")]
    to: Option<String>,
    /// Any setting for this once, for instance voice.rate=1.2; not how long things are kept (privacy)
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = key_and_value)]
    sets: Vec<(String, String)>,
}

impl Choices {
    /// The person's house with these choices and this platform. What is changed in it is not kept.
    pub(crate) async fn house(
        &self,
        microphone: Arc<dyn Microphone>,
        speaker: Arc<dyn Loudspeaker>,
    ) -> Result<House, Failed> {
        let (mut settings, paths) = settings()?;
        self.settle(&mut settings)?;
        let (keys, table) = keys(settings.current(), paths.as_ref());
        let read = keys.read(settings.current(), &named(settings.current())).await;
        if let Some(error) = read.trouble {
            eprintln!("wilco: {error}");
        }
        let clock = Clock::system();
        let history = history(paths.clone(), clock);
        Ok(House { microphone, speaker, table, settings, history, journal: paths.map(|paths| paths.journal), clock })
    }

    /// Puts them into `settings`, all but those that say how long things are kept: what goes for this once is gone for good.
    fn settle(&self, settings: &mut SettingsFile) -> Result<(), Failed> {
        let kept = settings.current().privacy.clone();
        // the switch in the app's tray is about the app
        settings.set("voice.muted", "false")?;
        for (key, value) in self.wanted() {
            settings.set(key, value)?;
        }
        if settings.current().privacy == kept { Ok(()) } else { Err(Failed::arguments(FOR_GOOD)) }
    }

    fn wanted(&self) -> impl Iterator<Item = (&str, &str)> {
        let implied = (self.to.is_some() && self.mode.is_none()).then_some("translate");
        let named = [
            ("mode", self.mode.as_deref().or(implied)),
            ("languages.mine", self.from.as_deref()),
            ("languages.theirs", self.to.as_deref()),
        ];
        let named = named.into_iter().filter_map(|(key, value)| Some((key, value?)));
        named.chain(self.sets.iter().map(|(key, value)| (key.as_str(), value.as_str())))
    }
}

/// What is kept of the person's turns. What is wrong with it is told as it is found.
pub(crate) fn history(paths: Option<Paths>, clock: Clock) -> History {
    History::open(paths, clock.unix_ms(), |error| eprintln!("wilco: {error}"))
}

/// The person's settings, whose changes are not kept, and where their files are.
pub(crate) fn settings() -> Result<(SettingsFile, Option<Paths>), Failed> {
    let Some(paths) = Paths::of_this_person() else { return Ok((SettingsFile::in_memory()?, None)) };
    let (settings, told) = SettingsFile::open(&paths.settings)?;
    if let Some(error) = told {
        eprintln!("wilco: {error}");
    }
    Ok((settings.kept_nowhere(), Some(paths)))
}

/// Every provider, those of the environment's keys already with theirs.
pub(crate) fn keys(settings: &Settings, paths: Option<&Paths>) -> (Keys, Arc<Table>) {
    let table = Arc::new(Table::default());
    let offers = paths.map(|paths| paths.offers.clone());
    let keys = Keys::new(table.clone(), Keyring::default(), offers, Clock::system());
    keys.take(settings, |name| std::env::var(name).ok());
    (keys, table)
}

/// What checks need: real devices, the keys that are kept, and the history.
pub(crate) async fn booth(settings: &Settings, paths: Option<Paths>) -> (Booth, Keys, History) {
    let (keys, table) = keys(settings, paths.as_ref());
    keys.read(settings, &named(settings)).await;
    let clock = Clock::system();
    let microphone = Arc::new(DeviceMic::new(clock.for_sound()));
    (Booth::new(table, microphone, Arc::new(DeviceSpeaker::new())), keys, history(paths, clock))
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("it has the form KEY=VALUE, for instance voice.rate=1.2")?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    fn settled(key: &str, value: &str) -> Result<(), Failed> {
        let choices = Choices { sets: vec![(key.to_owned(), value.to_owned())], ..Choices::default() };
        choices.settle(&mut SettingsFile::in_memory().unwrap())
    }

    #[test]
    fn nothing_is_kept_for_less_long_for_this_once() {
        for (key, value) in [
            ("privacy.keep_history", "nothing"),
            ("privacy.keep_history", "days"),
            ("privacy.history_days", "1"),
            ("privacy.keep_recordings", "0"),
            ("privacy", "{ keep_recordings = 0 }"),
        ] {
            let refused = settled(key, value).unwrap_err();
            assert_eq!(refused.told(), Exit::Arguments, "{key}={value}");
        }
        settled("voice.rate", "1.2").unwrap();
    }
}
