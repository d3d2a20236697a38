//! Keys on their way: from the keyring or the environment to the service they are for, and to nobody else.

use crate::support::{Room, silence};
use audio::Pace;
use jiff::civil::{DateTime, date};
use providers::Table;
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};
use store::{Keyring, SettingsFile};
use talk::{
    Clock, Keys,
    keys::{named, variable_of},
};
use voice::{Account, ErrorKind, Event, KeyPlace, Secret, Settings};

const CANARY: &str = "sk-canary-8d1f";

fn settings(sets: &[(&str, &str)]) -> Settings {
    let mut file = SettingsFile::in_memory().expect("the defaults");
    for (key, value) in sets {
        file.set(key, value).expect("a setting");
    }
    file.current().clone()
}

fn keys(keyring: Keyring) -> (Keys, Arc<Table>) {
    let table = Arc::new(Table::default());
    (Keys::new(table.clone(), keyring, None, Clock::system()), table)
}

async fn keyring_with_a_key() -> Keyring {
    let keyring = Keyring::in_memory().expect("a keyring");
    keyring.set("openai", "api.openai.com", Secret::new(CANARY)).await.expect("kept");
    keyring
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_without_a_key_is_passed_over_without_a_word() {
    let say = r#"["openai", "flite", "espeak-ng"]"#;
    let orders = [("providers.respond", r#"["openai", "no-model"]"#), ("providers.say", say)];
    let mut room = Room::open(silence(0.1), Pace::Fast, &orders);
    assert_eq!(room.talk.look().await.expect("a snapshot").troubles, []);
    let ended = room.typed_turn("tell me a story").await;
    assert!(ended.troubles.is_empty(), "{:?}", ended.troubles);
    assert!(ended.report.answered_by.iter().all(|(_, name)| name != "openai"), "{:?}", ended.report.answered_by);
    let mut alone = Room::open(silence(0.1), Pace::Fast, &[("providers.respond", r#"["openai"]"#)]);
    let ended = alone.typed_turn("tell me a story").await;
    assert_eq!(ended.troubles.first().expect("told").kind, ErrorKind::KeyMissing);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_is_in_force_at_once_and_told_without_itself() {
    let mut room = Room::open(silence(0.1), Pace::Fast, &[]);
    room.table.give_key_from(KeyPlace::Keyring, "openai", "api.openai.com", Some(Secret::new(CANARY)));
    room.talk.renew().await;
    let told = room.until("the change", |event| match event {
        Event::Changed { keys, .. } => Some((keys.get("openai").copied(), format!("{event:?}"))),
        _ => None,
    });
    let (place, all) = told.await;
    assert_eq!(place, Some(KeyPlace::Keyring));
    assert!(!all.contains(CANARY));
    assert_eq!(room.talk.look().await.expect("a snapshot").keys.get("openai"), Some(&KeyPlace::Keyring));
}

#[tokio::test]
async fn only_those_who_are_named_are_looked_for_and_once() {
    let (keys, table) = keys(keyring_with_a_key().await);
    let without = settings(&[
        ("providers.hear", r#"["pocketsphinx"]"#),
        ("providers.respond", r#"["no-model"]"#),
        ("providers.translate", r#"["apertium"]"#),
        ("providers.say", r#"["flite"]"#),
    ]);
    assert!(!keys.read(&without, &named(&without)).await.given);
    let with = settings(&[("providers.respond", r#"["openai"]"#)]);
    let read = keys.read(&with, &named(&with)).await;
    assert!(read.given && read.trouble.is_none());
    assert_eq!(table.key_place("openai", "api.openai.com"), Some(KeyPlace::Keyring));
    assert!(!keys.read(&with, &named(&with)).await.given, "nothing new");
}

#[tokio::test]
async fn a_key_is_for_its_host_alone() {
    let (keys, table) = keys(keyring_with_a_key().await);
    let moved = settings(&[("accounts.openai.base_url", "https://elsewhere.example/v1")]);
    assert!(!keys.read(&moved, &["openai".to_owned()]).await.given);
    keys.set(&moved, "openai", Secret::new("other"), false).await.expect("kept");
    assert_eq!(table.key_place("openai", "elsewhere.example"), Some(KeyPlace::Keyring));
    assert_eq!(table.key_place("openai", "api.openai.com"), None);
}

#[tokio::test]
async fn a_key_in_the_environment_comes_first() {
    let (keys, table) = keys(keyring_with_a_key().await);
    let settings = settings(&[]);
    assert_eq!(variable_of("openai-realtime"), "WILCO_KEY_OPENAI_REALTIME");
    keys.take(&settings, |name| (name == "WILCO_KEY_OPENAI").then(|| "from-outside".to_owned()));
    assert!(!keys.read(&settings, &keys.services()).await.given);
    assert_eq!(table.key_place("openai", "api.openai.com"), Some(KeyPlace::Session));
}

#[tokio::test]
async fn what_is_set_is_used_and_what_is_forgotten_is_not() {
    let (keys, table) = keys(keyring_with_a_key().await);
    let settings = settings(&[]);
    keys.set(&settings, "openai", Secret::new("short-lived"), true).await.expect("taken");
    assert_eq!(table.key_place("openai", "api.openai.com"), Some(KeyPlace::Session));
    keys.forget(&settings, "openai").await.expect("forgotten");
    assert!(!table.has_key("openai", "api.openai.com"));
    assert_eq!(keys.test(&settings, "openai").await.unwrap_err().kind, ErrorKind::KeyMissing, "not in the keyring");
}

#[tokio::test]
async fn what_can_be_no_key_is_refused_without_being_repeated() {
    let (keys, table) = keys(Keyring::in_memory().expect("a keyring"));
    let settings = settings(&[]);
    for bad in ["", "  ", "two words", "ключ", "a\nb", &"x".repeat(2_049)] {
        let error = keys.set(&settings, "openai", Secret::new(bad), false).await.expect_err(bad);
        assert_eq!(error.kind, ErrorKind::BadSetting);
        assert!(bad.len() < 3 || !format!("{error:?}").contains(bad));
    }
    assert!(!table.has_key("openai", "api.openai.com"));
    for nobody in ["flite", "nobody", &"x".repeat(10_000)] {
        let error = keys.set(&settings, nobody, Secret::new(CANARY), false).await.expect_err(nobody);
        assert_eq!(error.kind, ErrorKind::Unsupported);
        assert!(error.source.len() <= 64 && !format!("{error:?}").contains(CANARY));
    }
}

/// A service that names one model, until it is told to stop; whoever brings another key than `CANARY` is refused.
struct Lister {
    address: SocketAddr,
    over: Arc<AtomicBool>,
    work: JoinHandle<()>,
}

impl Lister {
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let over = Arc::new(AtomicBool::new(false));
        let closing = over.clone();
        let work = std::thread::spawn(move || {
            while let Ok((mut caller, _)) = listener.accept() {
                if closing.load(Ordering::SeqCst) {
                    return;
                }
                let mut request = [0; 4_096];
                let read = caller.read(&mut request).unwrap_or(0);
                let may = String::from_utf8_lossy(request.get(..read).unwrap_or_default())
                    .contains(&format!("Bearer {CANARY}"));
                let (status, body) = if may { ("200 OK", r#"{"data":[{"id":"m-1"}]}"#) } else { ("401 No", "{}") };
                let length = body.len();
                let head = format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\n");
                write!(caller, "{head}content-length: {length}\r\n\r\n{body}").expect("an answer");
            }
        });
        Self { address, over, work }
    }

    fn close(self) {
        self.over.store(true, Ordering::SeqCst);
        std::net::TcpStream::connect(self.address).expect("the last caller");
        self.work.join().expect("an end");
    }
}

fn today() -> DateTime {
    date(2026, 5, 1).at(12, 0, 0, 0)
}

fn two_days_later() -> DateTime {
    date(2026, 5, 3).at(12, 0, 0, 0)
}

#[tokio::test]
async fn a_test_tells_a_good_key_from_a_bad_one_and_offers_outlive_their_service() {
    let service = Lister::open();
    let mut settings = settings(&[]);
    let account = Account { base_url: format!("http://{}/v1", service.address), ..Account::default() };
    settings.accounts.insert("openai".into(), account);
    let home = tempfile::tempdir().expect("a folder");
    let cache = Some(home.path().to_owned());
    let open = |clock| {
        let keyring = Keyring::in_memory().expect("a keyring");
        Keys::new(Arc::new(Table::default()), keyring, cache.clone(), Clock::with_local_time(clock))
    };

    let keys = open(today);
    keys.set(&settings, "openai", Secret::new("wrong"), false).await.expect("kept");
    assert_eq!(keys.test(&settings, "openai").await.unwrap_err().kind, ErrorKind::KeyRefused);
    keys.set(&settings, "openai", Secret::new(CANARY), false).await.expect("kept");
    keys.test(&settings, "openai").await.expect("well");
    let offers = keys.offers(&settings, "openai").await.expect("offers");
    assert_eq!(offers.models, ["m-1"]);

    service.close();
    assert_eq!(open(today).offers(&settings, "openai").await.expect("fresh"), offers);
    assert_eq!(open(two_days_later).offers(&settings, "openai").await.expect("old"), offers);
    let keys = open(today);
    keys.set(&settings, "openai", Secret::new(CANARY), true).await.expect("taken");
    let error = keys.offers(&settings, "openai").await.expect_err("another key may be offered other things");
    assert_eq!(error.kind, ErrorKind::Unreachable);
}
