//! Wyoming at its two peers, over plain TCP.

use super::*;

const HEAR: &str = "wyoming-hear";
const SAY: &str = "wyoming-say";
const PHRASE: &str = "It needs about two hours.";

#[tokio::test]
async fn an_utterance_is_heard() {
    let town = Town::open(Script::at_once(), Tls::Off).await;
    let wyoming = town.provider(HEAR, HEAR, Account::default());
    let hear = wyoming.hear.expect("an ear");
    let spoken = coded(&tone(1), Coding::Pcm16 { rate: 16_000 });
    let heard = hear.hear(Box::pin(stream::iter(spoken.clone())), english());
    assert_eq!(transcript(heard).await, Ok(Script::default().transcript));
    let heard = hear.hear(Box::pin(stream::iter(spoken)), english());
    assert_eq!(transcript(heard).await, Ok(Script::default().transcript), "each has a connection of its own");
    let offers = wyoming.service.expect("a service").offers().await.expect("offers");
    assert_eq!(offers.models, ["tiny-int8", "base-int8"]);
    town.is_content();
}

#[tokio::test]
async fn a_phrase_is_spoken() {
    let town = Town::open(Script::at_once(), Tls::Off).await;
    let wyoming = town.provider(SAY, SAY, Account { voice: "ru_RU-irina-medium".into(), ..Account::default() });
    let (coding, bytes) = sound(say(&wyoming, PHRASE)).await.expect("sound");
    assert_eq!(coding, Coding::Pcm16 { rate: 22_050 });
    let seconds = bytes as f64 / 44_100.0;
    assert!((seconds - peers::seconds(PHRASE)).abs() < 0.01, "{seconds} s");
    town.is_content();
}

#[tokio::test]
async fn what_it_does_not_have_is_told() {
    let town = Town::open(Script::at_once(), Tls::Off).await;
    let wyoming = town.provider(SAY, SAY, Account { voice: "nobody".into(), ..Account::default() });
    assert_eq!(sound(say(&wyoming, PHRASE)).await, Err(ErrorKind::ServiceFailed));
}
