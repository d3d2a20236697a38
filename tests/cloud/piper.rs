//! Piper at its peer.

use super::*;

const PIPER: &str = "piper";
const PHRASE: &str = "It needs about two hours.";

#[tokio::test]
async fn a_phrase_is_a_whole_file() {
    let town = Town::open(Script::at_once(), Tls::Off).await;
    let piper = town.provider(PIPER, PIPER, Account::default());
    let (coding, bytes) = sound(say(&piper, PHRASE)).await.expect("sound");
    assert_eq!(coding, Coding::Wav);
    let seconds = (bytes - 44) as f64 / 44_100.0;
    assert!((seconds - peers::seconds(PHRASE)).abs() < 0.01, "{seconds} s");
    let voices = piper.service.expect("a service").offers().await.expect("offers").voices;
    assert_eq!(voices.first().map(|voice| voice.id.as_str()), Some("en_US-lessac-medium"));
    town.is_content();
}
