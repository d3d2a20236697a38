//! Keys of services on their way from where they rest to those who use them, and what a person does with a service
//! apart from talking: test it, see what it offers. Its own file because none of it is part of a turn, and because a
//! shell that has no turns needs it as well.

mod proxy;

use crate::{Clock, Outlet, Talk};
use providers::Table;
use std::{
    collections::HashSet,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use store::{Keyring, OffersCache};
use tokio::{sync::mpsc, time::timeout};
use voice::{Account, Error, ErrorKind, Event, KeyNeed, KeyPlace, Offers, Secret, Settings};

/// The longest key that is taken, in bytes; documented ones have up to 200.
const LONGEST: usize = 2_048;
/// How long a test or a list of offers may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Brings keys to the services of a table.
pub struct Keys {
    pub(crate) table: Arc<Table>,
    keyring: Keyring,
    offers: OffersCache,
    pub(crate) clock: Clock,
    /// Whose keys, for which hosts, the keyring was asked for already.
    asked: Mutex<HashSet<(String, String)>>,
}

/// What came of looking into the keyring.
#[derive(Debug, Default)]
pub struct Read {
    /// Services got keys that they had not before.
    pub given: bool,
    /// The keyring has something to say. That there is none is nothing to say.
    pub trouble: Option<Error>,
}

impl Keys {
    /// Between `keyring` and the services of `table`; what they offer is kept in the folder `offers`, if there is one.
    #[must_use]
    pub fn new(table: Arc<Table>, keyring: Keyring, offers: Option<PathBuf>, clock: Clock) -> Self {
        let offers = OffersCache::new(offers);
        Self { table, keyring, offers, clock, asked: Mutex::default() }
    }

    /// Looks into the keyring each time that `changes` says something, for services that the settings name; gives
    /// their keys to `talk`.
    pub async fn follow(&self, talk: Talk, mut changes: mpsc::Receiver<()>, outlet: Outlet) {
        while changes.recv().await.is_some() {
            let Some(now) = talk.look().await else { return };
            let Read { given, trouble } = self.read(&now.settings, &named(&now.settings)).await;
            let proxied = self.read_proxy(&now.settings).await.unwrap_or_else(|error| {
                tracing::warn!(kind = ?error.kind, "no password for the proxy");
                false
            });
            if given || proxied {
                talk.renew().await;
            }
            if let Some(error) = trouble {
                outlet(Event::Trouble { error });
            }
        }
    }

    /// Takes keys from `variable`, by the names of environment variables, for the hosts that `settings` gives.
    pub fn take(&self, settings: &Settings, variable: impl Fn(&str) -> Option<String>) {
        for name in self.services() {
            let found = [self.table.key_of(&name), &name].into_iter().find_map(|name| variable(&variable_of(name)));
            if let (Some(key), Ok(host)) = (found, self.host(settings, &name)) {
                self.table.give_key(&name, &host, Some(Secret::new(key)));
            }
        }
    }

    /// Looks into the keyring for those of `names` that have no key yet and were not looked for before.
    pub async fn read(&self, settings: &Settings, names: &[String]) -> Read {
        let mut read = Read::default();
        for name in names {
            let Ok(host) = self.host(settings, name) else { continue };
            let owner = self.table.key_of(name);
            if self.table.has_key(name, &host) || !self.remember(owner, &host) {
                continue;
            }
            match self.keyring.get(owner, &host).await {
                Ok(Some(key)) => {
                    self.table.give_key_from(KeyPlace::Keyring, name, &host, Some(key));
                    read.given = true;
                }
                Ok(None) => {}
                Err(error) if error.kind == ErrorKind::KeyringMissing => {
                    tracing::info!("there is no keyring");
                    break;
                }
                // the next one would wait as long, and say the same
                Err(error) => {
                    if error.kind == ErrorKind::KeyringStuck {
                        // it may be waiting for its password: whatever changes next, it is asked again
                        self.asked().remove(&(owner.to_owned(), host));
                    }
                    read.trouble = Some(error);
                    break;
                }
            }
        }
        read
    }

    /// Keeps `key` in the keyring, unless it is for `session_only`, and gives it to `provider`.
    ///
    /// # Errors
    /// Those of the keyring: nothing was kept, and nothing is used. `BadSetting` for what can be no key, or where the
    /// provider has no usable address; `Unsupported` if it asks for none.
    pub async fn set(&self, settings: &Settings, provider: &str, key: Secret, session_only: bool) -> Result<(), Error> {
        let host = self.host(settings, provider)?;
        let plain = key.expose().bytes().all(|byte| byte.is_ascii_graphic());
        if key.is_empty() || key.expose().len() > LONGEST || !plain {
            let detail = "A key is one word of letters, digits and signs.";
            return Err(Error::new(ErrorKind::BadSetting, provider, detail));
        }
        let place = if session_only { KeyPlace::Session } else { KeyPlace::Keyring };
        if place == KeyPlace::Keyring {
            self.keyring.set(self.table.key_of(provider), &host, key.clone()).await?;
        }
        self.table.give_key_from(place, provider, &host, Some(key));
        self.offers.forget(provider, &host);
        Ok(())
    }

    /// Takes the key of `provider` away, wherever it is.
    ///
    /// # Errors
    /// Those of the keyring: the key is no longer used, but may still be kept.
    pub async fn forget(&self, settings: &Settings, provider: &str) -> Result<(), Error> {
        let host = self.host(settings, provider)?;
        let owner = self.table.key_of(provider);
        self.remember(owner, &host);
        self.table.give_key(provider, &host, None);
        self.offers.forget(provider, &host);
        match self.keyring.delete(owner, &host).await {
            // where there is no keyring, nothing is kept
            Err(error) if error.kind != ErrorKind::KeyringMissing => Err(error),
            _ => Ok(()),
        }
    }

    /// Whether the keyring answers at all.
    ///
    /// # Errors
    /// `KeyringMissing`, `KeyringLocked` or `KeyringStuck`.
    pub(crate) async fn keyring_answers(&self) -> Result<(), Error> {
        self.keyring.get("wilco", "check").await.map(drop)
    }

    /// Takes every key away that is kept for the hosts of these settings, and the proxy's password.
    ///
    /// # Errors
    /// The first of the keyring's; the other keys are gone all the same.
    pub async fn forget_all(&self, settings: &Settings) -> Result<(), Error> {
        let mut first = Ok(());
        for name in self.services() {
            // whoever has no usable address has no key
            if self.host(settings, &name).is_ok() {
                first = first.and(self.forget(settings, &name).await);
            }
        }
        match self.set_proxy_password(settings, Secret::new("")).await {
            Err(error) if error.kind != ErrorKind::KeyringMissing => first.and(Err(error)),
            _ => first,
        }
    }

    /// Makes the smallest real call that `provider` has. An engine on this machine is well if it opens.
    ///
    /// # Errors
    /// What is wrong, as a turn would meet it; `TimedOut` after ten seconds.
    pub async fn test(&self, settings: &Settings, provider: &str) -> Result<(), Error> {
        self.read_again(settings, provider).await?;
        let opened = self.table.open(provider, &settings.account(provider), &settings.network)?;
        let Some(service) = opened.service else { return Ok(()) };
        timeout(PATIENCE, service.test()).await.map_err(|_| late(provider))?
    }

    /// The models and voices that `provider` names itself. Asked once a day; an old answer is better than none.
    ///
    /// # Errors
    /// As for `test`, where there is no old answer.
    pub async fn offers(&self, settings: &Settings, provider: &str) -> Result<Offers, Error> {
        let Some(host) = self.table.host(provider, &settings.account(provider)) else { return Ok(Offers::default()) };
        let old = self.offers.get(provider, &host, self.now());
        if let Some((offers, true)) = old {
            return Ok(offers);
        }
        let asked = self.ask_offers(settings, provider).await;
        if let Ok(offers) = &asked
            && let Err(error) = self.offers.put(provider, &host, self.now(), offers)
        {
            tracing::warn!(%error, "offers are not kept");
        }
        asked.or_else(|error| old.map(|(offers, _)| offers).ok_or(error))
    }

    /// Every provider that asks for a key, and where its key came from. Whoever was not read yet has none.
    #[must_use]
    pub fn places(&self, settings: &Settings) -> Vec<(String, String, Option<KeyPlace>)> {
        let line = |name: String| {
            let host = self.host(settings, &name).unwrap_or_default();
            let place = self.table.key_place(&name, &host);
            (name, host, place)
        };
        self.services().into_iter().map(line).collect()
    }

    /// Names of those that ask for a key.
    #[must_use]
    pub fn services(&self) -> Vec<String> {
        let asking = self.table.profiles().iter().filter(|profile| profile.key != KeyNeed::None);
        asking.map(|profile| profile.name.clone()).collect()
    }

    async fn ask_offers(&self, settings: &Settings, provider: &str) -> Result<Offers, Error> {
        self.read_again(settings, provider).await?;
        let opened = self.table.open(provider, &settings.account(provider), &settings.network)?;
        let Some(service) = opened.service else { return Ok(Offers::default()) };
        timeout(PATIENCE, service.offers()).await.map_err(|_| late(provider))?
    }

    /// Looks for one key even if the keyring had none before: a person asks, who may have unlocked it meanwhile.
    async fn read_again(&self, settings: &Settings, provider: &str) -> Result<(), Error> {
        if let Ok(host) = self.host(settings, provider) {
            self.asked().remove(&(self.table.key_of(provider).to_owned(), host));
        }
        let read = self.read(settings, &[provider.to_owned()]).await;
        read.trouble.map_or(Ok(()), Err)
    }

    /// The host that `provider`'s key is for.
    fn host(&self, settings: &Settings, provider: &str) -> Result<String, Error> {
        let services = self.services();
        if !services.iter().any(|name| name == provider) {
            let detail = format!("It takes no key. These do: {}.", services.join(", "));
            // a name that is none may be anything, of any length
            let provider: String = provider.chars().take(64).collect();
            return Err(Error::new(ErrorKind::Unsupported, provider, detail));
        }
        let account: Account = settings.account(provider);
        self.table.host(provider, &account).filter(|host| !host.is_empty()).ok_or_else(|| {
            let detail = "It is no address; it has the form https://host/path.";
            Error::new(ErrorKind::BadSetting, format!("accounts.{provider}.base_url"), detail)
        })
    }

    /// False if it was remembered before.
    fn remember(&self, owner: &str, host: &str) -> bool {
        self.asked().insert((owner.to_owned(), host.to_owned()))
    }

    fn asked(&self) -> std::sync::MutexGuard<'_, HashSet<(String, String)>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Seconds since 1970 by the local clock: what is kept a day may be an hour off when the clocks change.
    fn now(&self) -> i64 {
        jiff::tz::TimeZone::UTC.to_timestamp(self.clock.local()).map_or(0, jiff::Timestamp::as_second)
    }
}

/// Every provider that some stage may use, each once.
#[must_use]
pub fn named(settings: &Settings) -> Vec<String> {
    let order = &settings.providers;
    let mut names: Vec<String> = Vec::new();
    for name in [&order.hear, &order.respond, &order.translate, &order.echo, &order.say].into_iter().flatten() {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// The environment variable that holds a key of `provider` for the terminal.
#[must_use]
pub fn variable_of(provider: &str) -> String {
    format!("WILCO_KEY_{}", provider.to_ascii_uppercase().replace('-', "_"))
}

fn late(provider: &str) -> Error {
    Error::new(ErrorKind::TimedOut, provider, "it did not answer within 10 s.")
}
