//! Yandex Cloud at its peer, which stands for all three hosts.

use super::*;
use peers::{Fault, Plan, Stage};

const YANDEX: &str = "yandex";
const PHRASE: &str = "It needs about two hours.";

#[tokio::test]
async fn an_utterance_is_heard_in_either_coding() {
    for tls in [Tls::Off, Tls::SelfSigned] {
        let town = Town::open(Script::at_once(), tls).await;
        let hear = town.provider(YANDEX, YANDEX, Account::default()).hear.expect("an ear");
        for coding in [Coding::OggOpus, Coding::Pcm16 { rate: 16_000 }] {
            let heard = hear.hear(Box::pin(stream::iter(coded(&tone(2), coding))), english());
            assert_eq!(transcript(heard).await, Ok(Script::default().transcript), "{coding:?} {tls:?}");
        }
        town.is_content();
    }
}

#[tokio::test]
async fn what_is_too_long_is_not_sent() {
    let town = Town::open(Script::at_once(), Tls::Off).await;
    let hear = town.provider(YANDEX, YANDEX, Account::default()).hear.expect("an ear");
    let heard = hear.hear(Box::pin(stream::iter(coded(&tone(32), Coding::OggOpus))), english());
    assert_eq!(transcript(heard).await, Err(ErrorKind::TooLarge));
    assert!(town.peers.ledger().requests().is_empty());
}

#[tokio::test]
async fn words_are_translated_and_said() {
    let town = Town::open(Script::at_once(), Tls::Off).await;
    let yandex = town.provider(YANDEX, YANDEX, Account::default());
    assert_eq!(translated(&yandex, "When does the train leave?").await, Ok(Script::default().reply));
    let (coding, bytes) = sound(say(&yandex, PHRASE)).await.expect("sound");
    assert_eq!(coding, Coding::Pcm16 { rate: 22_050 });
    let seconds = bytes as f64 / 44_100.0;
    assert!((seconds - peers::seconds(PHRASE)).abs() < 0.01, "{seconds} s");
    assert_eq!(yandex.service.expect("a service").test().await, Ok(()));
    town.is_content();
}

#[tokio::test]
async fn sound_that_breaks_off_is_cut_short() {
    let plan = Plan { vendor: Some(YANDEX), stage: Stage::Say, fault: Fault::Cut { after: 2 }, times: 1 };
    let town = Town::open(Script { plans: vec![plan], ..Script::at_once() }, Tls::Off).await;
    let packets: Vec<_> = say(&town.provider(YANDEX, YANDEX, Account::default()), PHRASE).collect().await;
    let kinds: Vec<_> = packets.iter().map(|packet| packet.as_ref().map(|_| ()).map_err(|error| error.kind)).collect();
    assert_eq!(kinds, [Ok(()), Ok(()), Err(ErrorKind::CutShort)]);
}

#[tokio::test]
async fn a_folder_with_a_key_is_refused_as_it_is_there() {
    let town = Town::open(Script::at_once(), Tls::Off).await;
    let account = Account { region: "b1g".into(), ..Account::default() };
    let yandex = town.provider(YANDEX, YANDEX, account);
    assert_eq!(translated(&yandex, "Hello.").await, Err(ErrorKind::Refused));
}
