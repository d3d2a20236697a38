//! Azure at its peer, which stands for all hosts.

use super::*;
use peers::{Fault, Plan, Stage};
use tokio::task::yield_now;

const AZURE: &str = "azure";
const PHRASE: &str = "Tom & Jerry's \"R<D\" needs two hours.";

#[tokio::test]
async fn an_utterance_arrives_while_it_is_spoken() {
    for tls in [Tls::Off, Tls::SelfSigned] {
        let town = Town::open(Script::at_once(), tls).await;
        let hear = town.provider(AZURE, AZURE, Account::default()).hear.expect("an ear");
        let (mouth, ear) = mouth();
        let ledger = town.peers.ledger();
        let speaking = async {
            for packet in coded(&tone(1), Coding::OggOpus) {
                mouth.send(packet).await.expect("an ear");
            }
            while ledger.requests().iter().all(|request| request.upload_first_byte.is_none()) {
                yield_now().await;
            }
            drop(mouth);
        };
        let (heard, ()) = tokio::join!(transcript(hear.hear(ear, english())), speaking);
        assert_eq!(heard, Ok(Script::default().transcript), "{tls:?}");
        town.is_content();
    }
}

#[tokio::test]
async fn samples_are_heard_where_ogg_is_refused() {
    let fault = Fault::Answer { status: 415, kind: "text/plain".into(), body: String::new(), retry_after: 0 };
    let plan = Plan { vendor: Some(AZURE), stage: Stage::Hear, fault, times: 1 };
    let town = Town::open(Script { plans: vec![plan], ..Script::at_once() }, Tls::Off).await;
    let hear = town.provider(AZURE, AZURE, Account::default()).hear.expect("an ear");
    let heard = async |coding| transcript(hear.hear(Box::pin(stream::iter(coded(&tone(1), coding))), english())).await;
    let table = Table::default();
    let takes = &table.profiles().iter().find(|profile| profile.name == AZURE).expect("a profile").takes;
    assert_eq!(heard(takes[0]).await, Err(ErrorKind::SoundRefused));
    assert_eq!(heard(takes[1]).await, Ok(Script::default().transcript));
    town.is_content();
}

#[tokio::test]
async fn an_utterance_is_as_long_as_it_is() {
    let town = Town::open(Script::at_once(), Tls::Off).await;
    let hear = town.provider(AZURE, AZURE, Account::default()).hear.expect("an ear");
    let sound = coded(&tone(3), Coding::OggOpus);
    let words: Vec<_> = hear.hear(Box::pin(stream::iter(sound)), english()).collect().await;
    let words: Vec<_> = words.into_iter().map(|words| words.expect("words")).collect();
    assert!(words.len() > 1 && words.iter().rev().skip(1).all(|words| !words.last), "{words:?}");
    assert_eq!(words.last().map(|words| words.text.clone()), Some(Script::default().transcript));
    assert_eq!(
        transcript(hear.hear(Box::pin(stream::empty()), english())).await,
        Ok(String::new()),
        "no sound, no turn"
    );
    town.is_content();
}

#[tokio::test]
async fn a_phrase_is_spoken_whatever_it_holds() {
    let town = Town::open(Script::at_once(), Tls::Off).await;
    let azure = town.provider(AZURE, AZURE, Account::default());
    let (coding, bytes) = sound(say(&azure, PHRASE)).await.expect("sound");
    assert_eq!(coding, Coding::Pcm16 { rate: 24_000 });
    let seconds = bytes as f64 / 48_000.0;
    assert!((seconds - peers::seconds(PHRASE)).abs() < 0.01, "{seconds} s");
    let service = azure.service.expect("a service");
    assert_eq!(service.test().await, Ok(()));
    assert_eq!(service.offers().await.expect("offers").voices.len(), 4);
    town.is_content();
}

#[tokio::test]
async fn a_key_that_it_does_not_know_is_told() {
    let mut town = Town::open(Script::at_once(), Tls::Off).await;
    town.key = "another".into();
    let azure = town.provider(AZURE, AZURE, Account::default()).service.expect("a service");
    assert_eq!(azure.test().await.map_err(|error| error.kind), Err(ErrorKind::KeyRefused));
}
