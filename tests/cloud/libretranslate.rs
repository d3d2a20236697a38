//! LibreTranslate at its peer, which has no keys but refuses a wrong one.

use super::*;

const LIBRE: &str = "libretranslate";

#[tokio::test]
async fn words_are_translated() {
    let town = Town::open(Script::at_once(), Tls::Off).await;
    let libre = town.provider(LIBRE, LIBRE, Account::default());
    assert_eq!(libre.service.clone().expect("a service").test().await, Ok(()));
    assert_eq!(translated(&libre, "When does the train leave?").await, Ok(Script::default().reply));
    town.is_content();
}

#[tokio::test]
async fn a_pair_that_is_not_there_is_told_those_that_are() {
    let town = Town::open(Script::at_once(), Tls::Off).await;
    let libre = town.provider(LIBRE, LIBRE, Account::default()).translate.expect("an interpreter");
    let error = libre.translate(words("Hello."), Language::new("ja")).next().await.expect("an answer");
    let error = error.expect_err("there is no Japanese");
    assert_eq!(error.kind, ErrorKind::Unsupported);
    assert!(error.detail.contains("en to de es fr it pt ru uk"), "{}", error.detail);
}

#[tokio::test]
async fn a_key_that_it_does_not_know_is_told() {
    let mut town = Town::open(Script::at_once(), Tls::Off).await;
    town.key = "another".into();
    let libre = town.provider(LIBRE, LIBRE, Account::default());
    assert_eq!(libre.service.expect("a service").test().await.map_err(|error| error.kind), Err(ErrorKind::KeyRefused));
}
