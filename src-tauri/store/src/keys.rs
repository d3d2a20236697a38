//! The system's keyring: Secret Service, Keychain or Credential Manager. Its own file because it is the only place
//! where a key rests, and because a keyring may wait for a person, or for ever: it is asked on a thread of its own,
//! and nobody waits for that thread longer than three seconds.

use crate::paths::IDENTIFIER;
#[cfg(target_os = "macos")]
use apple_native_keyring_store::keychain as system;
use keyring_core::{CredentialStore, Entry, Error as Fault};
use std::{
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};
use voice::{Error, ErrorKind, Secret};
#[cfg(windows)]
use windows_native_keyring_store as system;
#[cfg(all(unix, not(target_os = "macos")))]
use zbus_secret_service_keyring_store as system;

/// How long anybody waits for the keyring.
const PATIENCE: Duration = Duration::from_secs(3);
/// Questions that may wait for its thread.
const QUESTIONS: usize = 16;
/// Threads that may be stuck in it before it is no longer asked.
const STUCK: usize = 3;

type Store = Arc<CredentialStore>;
type Open = Arc<dyn Fn() -> Result<Store, Fault> + Send + Sync>;
type Job = Box<dyn FnOnce(&mut Option<Store>) + Send>;

/// Keys of providers, each for one host. Every call must be made within a tokio runtime and ends within three seconds.
pub struct Keyring {
    open: Open,
    /// The thread that is asked now.
    line: Mutex<Option<mpsc::Sender<Job>>>,
    /// One clone for each thread that lives.
    threads: Arc<()>,
}

impl Default for Keyring {
    /// The system's. Nothing is opened before it is asked for something.
    fn default() -> Self {
        Self::opened_by(|| {
            let store: Store = system::Store::new()?;
            Ok(store)
        })
    }
}

impl Keyring {
    /// One that keeps its keys in memory, for as long as it lives itself.
    ///
    /// # Errors
    /// None that is known.
    pub fn in_memory() -> Result<Self, Error> {
        let store: Store = keyring_core::mock::Store::new().map_err(|_| stuck())?;
        Ok(Self::opened_by(move || Ok(store.clone())))
    }

    fn opened_by(open: impl Fn() -> Result<Store, Fault> + Send + Sync + 'static) -> Self {
        Self { open: Arc::new(open), line: Mutex::default(), threads: Arc::default() }
    }

    /// The key of `provider` for `host`; `None` if none is kept.
    ///
    /// # Errors
    /// `KeyringMissing`, `KeyringLocked` or `KeyringStuck`.
    pub async fn get(&self, provider: &str, host: &str) -> Result<Option<Secret>, Error> {
        let found = self.ask(provider, host, |entry| entry.get_password().map(Secret::new)).await;
        found.map(|key| key.filter(|key| !key.is_empty()))
    }

    /// Keeps `key` as that of `provider` for `host`, in the place of an older one.
    ///
    /// # Errors
    /// As for `get`; also `BadSetting` for a key that is longer than this system's keyring takes. A keyring that is
    /// locked, or that nobody has set up, says so here and nowhere earlier.
    pub async fn set(&self, provider: &str, host: &str, key: Secret) -> Result<(), Error> {
        self.ask(provider, host, move |entry| entry.set_password(key.expose())).await.map(drop)
    }

    /// Forgets the key of `provider` for `host`. One that is not there is forgotten.
    ///
    /// # Errors
    /// As for `get`.
    pub async fn delete(&self, provider: &str, host: &str) -> Result<(), Error> {
        self.ask(provider, host, Entry::delete_credential).await.map(drop)
    }

    /// Has `work` done with one entry; `None` if there is no such entry.
    async fn ask<T: Send + 'static>(
        &self,
        provider: &str,
        host: &str,
        work: impl FnOnce(&Entry) -> Result<T, Fault> + Send + 'static,
    ) -> Result<Option<T>, Error> {
        let (answer, asked) = oneshot::channel();
        let (open, name) = (self.open.clone(), format!("{provider}@{host}"));
        let job: Job = Box::new(move |store| {
            // a thread that comes free late does nothing that was given up
            if !answer.is_closed() {
                answer.send(told(entry(store, &open, &name).and_then(|entry| work(&entry)), store)).ok();
            }
        });
        let line = self.line()?;
        let answered = match line.try_send(job) {
            Ok(()) => timeout(PATIENCE, asked).await.ok().and_then(Result::ok),
            Err(_) => None,
        };
        answered.unwrap_or_else(|| {
            self.give_up(&line);
            Err(stuck())
        })
    }

    /// The thread that is asked; a new one if there is none.
    fn line(&self) -> Result<mpsc::Sender<Job>, Error> {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = &*line {
            return Ok(line.clone());
        }
        if Arc::strong_count(&self.threads) > STUCK {
            return Err(stuck());
        }
        let (jobs, mut inbox) = mpsc::channel::<Job>(QUESTIONS);
        let alive = self.threads.clone();
        let started = thread::Builder::new().name("keyring".to_owned()).spawn(move || {
            let _alive = alive;
            let mut store = None;
            while let Some(job) = inbox.blocking_recv() {
                job(&mut store);
            }
        });
        started.map_err(|error| Error::new(ErrorKind::KeyringStuck, "keyring", error.to_string()))?;
        Ok(line.insert(jobs).clone())
    }

    /// The thread behind `line` is not asked again; it ends when the keyring lets it go.
    fn give_up(&self, line: &mpsc::Sender<Job>) {
        let mut now = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        if now.as_ref().is_some_and(|now| now.same_channel(line)) {
            *now = None;
        }
    }
}

fn entry(store: &mut Option<Store>, open: &Open, name: &str) -> Result<Entry, Fault> {
    let store = match store {
        Some(store) => store,
        None => store.insert(open()?),
    };
    store.build(IDENTIFIER, name, None)
}

/// What the keyring's answer means. Its own words stay out: some of its faults carry the secret itself.
fn told<T>(answer: Result<T, Fault>, store: &mut Option<Store>) -> Result<Option<T>, Error> {
    let (kind, detail) = match answer {
        Ok(found) => return Ok(Some(found)),
        Err(Fault::NoEntry) => return Ok(None),
        Err(Fault::NoStorageAccess(_)) => (ErrorKind::KeyringLocked, "it is locked, or was never set up.".to_owned()),
        Err(Fault::TooLong(_, most)) => {
            (ErrorKind::BadSetting, format!("this system's keyring keeps at most {most} characters."))
        }
        Err(_) => {
            // it may have been restarted, or be started yet
            *store = None;
            (ErrorKind::KeyringMissing, "no keyring answers on this system.".to_owned())
        }
    };
    Err(Error::new(kind, "keyring", detail))
}

fn stuck() -> Error {
    Error::new(ErrorKind::KeyringStuck, "keyring", "it did not answer within 3 s.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn a_key_is_kept_for_one_host() {
        let keyring = Keyring::in_memory().unwrap();
        assert!(keyring.get("openai", "a.example").await.unwrap().is_none());
        keyring.set("openai", "a.example", Secret::new("one")).await.unwrap();
        keyring.set("openai", "a.example", Secret::new("two")).await.unwrap();
        assert_eq!(keyring.get("openai", "a.example").await.unwrap().unwrap().expose(), "two");
        assert!(keyring.get("openai", "b.example").await.unwrap().is_none());
        keyring.delete("openai", "a.example").await.unwrap();
        keyring.delete("openai", "a.example").await.unwrap();
        assert!(keyring.get("openai", "a.example").await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_keyring_that_comes_later_is_found() {
        static ASKED: AtomicUsize = AtomicUsize::new(0);
        let keyring = Keyring::opened_by(|| match ASKED.fetch_add(1, Ordering::Relaxed) {
            0 => Err(Fault::PlatformFailure("no bus".into())),
            1 => Err(Fault::NoStorageAccess("dismissed".into())),
            _ => Ok(keyring_core::mock::Store::new().unwrap()),
        });
        for kind in [ErrorKind::KeyringMissing, ErrorKind::KeyringLocked] {
            assert_eq!(keyring.get("deepl", "host").await.unwrap_err().kind, kind);
        }
        assert!(keyring.get("deepl", "host").await.unwrap().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_a_stuck_keyring() {
        static OPENED: AtomicUsize = AtomicUsize::new(0);
        let keyring = Keyring::opened_by(|| {
            OPENED.fetch_add(1, Ordering::SeqCst);
            loop {
                thread::park();
            }
        });
        for _ in 0..STUCK + 3 {
            assert_eq!(keyring.set("x", "host", Secret::new("k")).await.unwrap_err().kind, ErrorKind::KeyringStuck);
        }
        // one that was given up before it had begun is free again
        assert!(Arc::strong_count(&keyring.threads) <= 1 + STUCK, "it is not asked for ever");
        assert!(OPENED.load(Ordering::SeqCst) <= STUCK);
    }

    #[test]
    fn what_the_keyring_says_never_shows_the_key() {
        for fault in [Fault::BadEncoding(b"canary".to_vec()), Fault::BadDataFormat(b"canary".to_vec(), "canary".into())]
        {
            let error = told::<()>(Err(fault), &mut None).unwrap_err();
            assert!(!format!("{error:?}").contains("canary"));
        }
    }
}
