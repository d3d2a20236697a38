//! The one table: name, profile, constructor. Its own file because it is the only place that knows every provider.

use crate::{
    cloud::{self, Cloud},
    failover::{self, Health, Now},
    guard::{self, Door},
    ledger::Ledger,
    local::{apertium, echo, espeak, flite, no_model, pocketsphinx},
    net::Net,
    noted::{Line, noted},
    vendor::{self, Vendor},
};
use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};
use tokio::sync::Semaphore;
use voice::{Account, Error, ErrorKind, KeyPlace, Network, Profile, Provider, Secret};

/// Where engines are looked for, how much is asked of a service at once, and how long a server nearby is waited for.
#[derive(Clone, Debug)]
pub struct Places {
    /// Folder of the shared libraries; empty leaves it to the system.
    pub libraries: PathBuf,
    /// Folder of PocketSphinx's American English model.
    pub model: PathBuf,
    /// Folder of Apertium's `.mode` files.
    pub modes: PathBuf,
    /// Requests that one service may have at a time.
    pub permits: usize,
    /// What an answer of a server on this machine may take longer than one of a service: it loads its model at the first.
    pub loading: Duration,
}

impl Default for Places {
    /// Where Debian's packages put them. One person's turns need no more than five of a kind at once, and three of
    /// their phrases.
    fn default() -> Self {
        Self {
            libraries: PathBuf::new(),
            model: PathBuf::from("/usr/share/pocketsphinx/model/en-us"),
            modes: PathBuf::from("/usr/share/apertium/modes"),
            permits: 16,
            loading: Duration::from_secs(120),
        }
    }
}

struct Local {
    name: &'static str,
    profile: fn(&Places) -> Profile,
    check: fn(&Places) -> Result<(), Error>,
    open: fn(&Places) -> Result<Provider, Error>,
}

#[rustfmt::skip]
const LOCAL: [Local; 6] = [
    Local { name: pocketsphinx::NAME, profile: pocketsphinx::profile, check: pocketsphinx::check, open: pocketsphinx::open },
    Local { name: flite::NAME,        profile: flite::profile,        check: flite::check,        open: flite::open },
    Local { name: espeak::NAME,       profile: espeak::profile,       check: espeak::check,       open: espeak::open },
    Local { name: apertium::NAME,     profile: apertium::profile,     check: apertium::check,     open: apertium::open },
    Local { name: echo::NAME,         profile: |_| echo::profile(),     check: |_| Ok(()), open: |_| Ok(echo::open()) },
    Local { name: no_model::NAME,     profile: |_| no_model::profile(), check: |_| Ok(()), open: |_| Ok(no_model::open()) },
];

/// Every provider by name. A name is opened once for the same account; asking again gives the same provider.
#[derive(Default)]
pub struct Table {
    places: Places,
    profiles: OnceLock<Vec<Profile>>,
    state: Mutex<State>,
    health: Arc<Health>,
    ledger: Arc<Ledger>,
}

#[derive(Default)]
struct State {
    engines: HashMap<&'static str, Provider>,
    services: HashMap<&'static str, Opened>,
    /// By whose key it is, and the host it is for.
    keys: HashMap<(String, String), (Secret, KeyPlace)>,
    /// By whether this machine is asked: the clients, and the network that they are for.
    nets: HashMap<bool, (Network, Net)>,
    /// Of the proxy.
    password: Option<Secret>,
}

struct Opened {
    account: Account,
    network: Network,
    provider: Provider,
}

impl Table {
    /// A table that looks for its engines in `places`.
    #[must_use]
    pub fn new(places: Places) -> Self {
        Self { places, ..Self::default() }
    }

    /// What every provider is and can, in the table's order, whether or not it is here. Looked up once: finding the
    /// voices that are installed opens libraries.
    pub fn profiles(&self) -> &[Profile] {
        self.profiles.get_or_init(|| {
            let local = LOCAL.iter().map(|row| (row.profile)(&self.places));
            local.chain(cloud::ROWS.iter().map(Cloud::profile)).collect()
        })
    }

    /// Opens a provider with what the person said about it. Cheap: models load on the engine's own thread, connections
    /// open when something is asked.
    ///
    /// # Errors
    /// `EngineMissing` naming the package if a library, model or program is absent; `KeyMissing` if it needs a key and
    /// was given none for its host; `BadSetting` for an address, proxy or certificate that cannot be used;
    /// `Unsupported` listing the names if there is none such.
    pub fn open(&self, name: &str, account: &Account, network: &Network) -> Result<Provider, Error> {
        if let Some(row) = cloud::ROWS.iter().find(|row| row.name == name) {
            return self.open_service(row, account, network);
        }
        let Some(row) = LOCAL.iter().find(|row| row.name == name) else {
            let names: Vec<_> = self.profiles().iter().map(|profile| profile.name.as_str()).collect();
            return Err(Error::new(ErrorKind::Unsupported, name, format!("There are: {}.", names.join(", "))));
        };
        let mut state = self.state();
        if let Some(provider) = state.engines.get(row.name) {
            return Ok(provider.clone());
        }
        let provider = (row.open)(&self.places)?;
        state.engines.insert(row.name, provider.clone());
        Ok(provider)
    }

    /// How everybody does. What was known of a provider is forgotten when its account, key or network changes.
    #[must_use]
    pub fn health(&self) -> &Arc<Health> {
        &self.health
    }

    /// Who got what since this was last looked at.
    #[must_use]
    pub fn ledger(&self) -> &Arc<Ledger> {
        &self.ledger
    }

    /// Probes those who rest while nobody talks, for as long as it is awaited; never ends by itself.
    pub async fn look_after(&self, now: Now) {
        failover::look_after(&self.health, now).await;
    }

    fn open_service(&self, row: &'static Cloud, account: &Account, network: &Network) -> Result<Provider, Error> {
        let mut state = self.state();
        if let Some(opened) = state.services.get(row.name) {
            if (&opened.account, &opened.network) == (account, network) {
                return Ok(opened.provider.clone());
            }
            self.health.forget(row.name);
        }
        let profile = row.profile();
        let resolved = account.or(&profile.account);
        let key = state.keys.get(&(row.key_of.to_owned(), host_of(&resolved.base_url)));
        let key = key.map(|(key, _)| key.clone());
        let here = reqwest::Url::parse(&resolved.base_url).is_ok_and(|base| vendor::is_here(&base));
        if network.local_only && !here {
            let detail = "only this computer may be asked: so it is set under Network.";
            return Err(Error::new(ErrorKind::Unsupported, row.name, detail));
        }
        let host: Arc<str> = host_of(&resolved.base_url).into();
        let net = state.net(network, here)?;
        let vendor = Vendor::new(row.name, row.key_of, resolved, profile.key, key, net)?.loading(self.places.loading);
        let door = Door {
            name: row.name,
            permits: Arc::new(Semaphore::new(self.places.permits)),
            whole: row.whole,
            loading: if here { self.places.loading } else { Duration::ZERO },
        };
        let provider = noted(guard::behind(&door, (row.open)(vendor)), &Line::new(&self.ledger, &host));
        let provider = Provider { far: Some(host).filter(|_| !here), ..provider };
        let (account, network) = (account.clone(), network.clone());
        state.services.insert(row.name, Opened { account, network, provider: provider.clone() });
        Ok(provider)
    }

    /// Gives the key of `name` for requests to `host` while this program runs, or takes it away. What was opened with
    /// another one is closed.
    pub fn give_key(&self, name: &str, host: &str, key: Option<Secret>) {
        self.give_key_from(KeyPlace::Session, name, host, key);
    }

    /// The same with a key that came from `place`.
    pub fn give_key_from(&self, place: KeyPlace, name: &str, host: &str, key: Option<Secret>) {
        let mut state = self.state();
        let whose = (self.key_of(name).to_owned(), host.to_owned());
        match key {
            Some(key) => state.keys.insert(whose, (key, place)),
            None => state.keys.remove(&whose),
        };
        let owner = self.key_of(name);
        state.services.retain(|opened, _| self.key_of(opened) != owner);
        cloud::ROWS.iter().filter(|row| row.key_of == owner).for_each(|row| self.health.forget(row.name));
    }

    /// Whether `name` is asked on this machine, given what the person said about it.
    #[must_use]
    pub fn is_here(&self, name: &str, account: &Account) -> bool {
        let row = cloud::ROWS.iter().find(|row| row.name == name);
        let address = row.map(|row| account.or(&row.profile().account).base_url);
        address.is_none_or(|address| reqwest::Url::parse(&address).is_ok_and(|url| vendor::is_here(&url)))
    }

    /// Where `name` is asked, and its name as it lives as long as the program.
    pub(crate) fn address(&self, name: &str, account: &Account) -> Result<(&'static str, reqwest::Url), Error> {
        let none = |name: &str| Error::new(ErrorKind::Unsupported, name, "it has no address of the web.");
        let row = cloud::ROWS.iter().find(|row| row.name == name).ok_or_else(|| none(name))?;
        let url = reqwest::Url::parse(&account.or(&row.profile().account).base_url).ok();
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
        Ok((row.name, url.ok_or_else(|| none(name))?))
    }

    /// The clients of `network` for this machine, or for any other.
    pub(crate) fn net(&self, network: &Network, here: bool) -> Result<Net, Error> {
        self.state().net(network, here)
    }

    /// Lets go of all that was opened under another network than `network`, so that no socket waits for a next turn.
    pub fn keep_to(&self, network: &Network) {
        let mut state = self.state();
        state.nets.retain(|_, (of, _)| of == network);
        let others = state.services.extract_if(|_, opened| opened.network != *network);
        others.for_each(|(name, _)| self.health.forget(name));
    }

    /// Gives the password of the proxy, or takes it away.
    pub fn give_proxy_password(&self, password: Option<Secret>) {
        let mut state = self.state();
        state.password = password;
        state.nets.clear();
        state.services.clear();
    }

    /// Whether a key of `name` for `host` was given.
    #[must_use]
    pub fn has_key(&self, name: &str, host: &str) -> bool {
        self.key_place(name, host).is_some()
    }

    /// Where the key of `name` for `host` came from, if one was given.
    #[must_use]
    pub fn key_place(&self, name: &str, host: &str) -> Option<KeyPlace> {
        self.state().keys.get(&(self.key_of(name).to_owned(), host.to_owned())).map(|(_, place)| *place)
    }

    /// Whose key `name` uses: usually its own.
    #[must_use]
    pub fn key_of<'a>(&self, name: &'a str) -> &'a str {
        cloud::ROWS.iter().find(|row| row.name == name).map_or(name, |row| row.key_of)
    }

    /// The host that a key of `name` is for, given what the person said about it; `None` where no key is asked for.
    #[must_use]
    pub fn host(&self, name: &str, account: &Account) -> Option<String> {
        let row = cloud::ROWS.iter().find(|row| row.name == name)?;
        Some(host_of(&account.or(&row.profile().account).base_url))
    }

    /// One `EngineMissing` for each engine that cannot be opened here.
    #[must_use]
    pub fn missing(&self) -> Vec<Error> {
        LOCAL.iter().filter_map(|row| (row.check)(&self.places).err()).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn net(&mut self, network: &Network, here: bool) -> Result<Net, Error> {
        if let Some((for_this, net)) = self.nets.get(&here)
            && for_this == network
        {
            return Ok(net.clone());
        }
        // what runs on this machine is behind no proxy: a key and speech would go there in the open
        let way = Network { local_only: network.local_only || here, ..network.clone() };
        let net = Net::new(&way, self.password.as_ref())?;
        self.nets.insert(here, (network.clone(), net.clone()));
        Ok(net)
    }
}

/// Host and, where it is not the scheme's own, port.
fn host_of(address: &str) -> String {
    let url = reqwest::Url::parse(address).ok();
    let host = url.as_ref().and_then(|url| Some((url.host_str()?, url.port())));
    host.map_or_else(String::new, |(host, port)| port.map_or(host.to_owned(), |port| format!("{host}:{port}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nowhere() -> Places {
        let nowhere = PathBuf::from("/nowhere");
        Places { libraries: nowhere.clone(), model: nowhere.clone(), modes: nowhere, ..Places::default() }
    }

    fn open(table: &Table, name: &str) -> Result<Provider, Error> {
        table.open(name, &Account::default(), &Network::default())
    }

    #[test]
    fn an_absent_engine_names_its_package() {
        let table = Table::new(nowhere());
        for (name, package) in [
            ("pocketsphinx", "libpocketsphinx3"),
            ("flite", "libflite1"),
            ("espeak-ng", "libespeak-ng1"),
            ("apertium", "apertium"),
        ] {
            let error = open(&table, name).err().expect(name);
            assert_eq!((error.kind, error.source.as_str()), (ErrorKind::EngineMissing, name));
            assert!(error.detail.contains(&format!("apt install {package}")), "{}", error.detail);
        }
        assert_eq!(table.missing().len(), 4);
        assert_eq!(table.profiles().len(), LOCAL.len() + cloud::ROWS.len(), "absent engines are listed too");
    }

    #[test]
    fn an_unknown_name_is_told_the_names() {
        let error = open(&Table::default(), "whisper").err().expect("refused");
        assert_eq!(error.kind, ErrorKind::Unsupported);
        assert!(LOCAL.iter().all(|row| error.detail.contains(row.name)), "{}", error.detail);
        assert!(cloud::ROWS.iter().all(|row| error.detail.contains(row.name)), "{}", error.detail);
    }

    #[test]
    fn a_name_opened_twice_is_one_engine() {
        let table = Table::new(nowhere());
        let [one, other] = [(); 2].map(|()| open(&table, "echo").ok().and_then(|echo| echo.respond).expect("echo"));
        assert!(Arc::ptr_eq(&one, &other));
    }

    #[test]
    fn a_key_is_for_one_host() {
        let table = Table::new(nowhere());
        let elsewhere = Account { base_url: "https://elsewhere.example/v1".into(), ..Account::default() };
        table.give_key("openai", "api.openai.com", Some(Secret::new("sk-1")));
        assert!(open(&table, "openai").is_ok());
        let error = table.open("openai", &elsewhere, &Network::default()).err().expect("no key for that host");
        assert_eq!(error.kind, ErrorKind::KeyMissing);
        table.give_key("openai", "api.openai.com", None);
        assert_eq!(open(&table, "openai").err().expect("taken away").kind, ErrorKind::KeyMissing);
    }

    #[test]
    fn every_profile_has_the_name_of_its_row() {
        let names = LOCAL.iter().map(|row| row.name).chain(cloud::ROWS.iter().map(|row| row.name));
        for (name, profile) in names.zip(Table::default().profiles()) {
            assert_eq!(name, profile.name);
            assert!(!profile.kinds.is_empty());
        }
    }
}
