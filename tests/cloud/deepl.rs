//! DeepL at its peer.

use super::*;

const DEEPL: &str = "deepl";

#[tokio::test]
async fn words_are_translated() {
    for tls in [Tls::Off, Tls::SelfSigned] {
        let town = Town::open(Script::at_once(), tls).await;
        let deepl = town.provider(DEEPL, DEEPL, Account::default());
        let service = deepl.service.clone().expect("a service");
        service.warm().await;
        assert_eq!(service.test().await, Ok(()));
        assert_eq!(translated(&deepl, "When does the train leave?").await, Ok(Script::default().reply), "{tls:?}");
        // the knock at its door is no request of its interface
        let complaints = town.peers.ledger().complaints();
        assert!(complaints.iter().all(|complaint| complaint.about.starts_with("HEAD ")), "{complaints:?}");
        assert_eq!(
            town.peers.ledger().connections().len(),
            1,
            "{tls:?}: the work goes over the connection that was opened ahead"
        );
    }
}

#[tokio::test]
async fn a_key_that_it_does_not_know_is_told() {
    let mut town = Town::open(Script::at_once(), Tls::Off).await;
    town.key = "another".into();
    let deepl = town.provider(DEEPL, DEEPL, Account::default());
    assert_eq!(translated(&deepl, "Hello.").await, Err(ErrorKind::KeyRefused));
}
