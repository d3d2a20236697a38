//! Google Cloud at its peer, which stands for all three hosts.

use super::*;

const GOOGLE: &str = "google";
const PHRASE: &str = "It needs about two hours.";

#[tokio::test]
async fn an_utterance_is_heard_in_either_coding() {
    for tls in [Tls::Off, Tls::SelfSigned] {
        let town = Town::open(Script::at_once(), tls).await;
        let hear = town.provider(GOOGLE, GOOGLE, Account::default()).hear.expect("an ear");
        for coding in [Coding::OggOpus, Coding::Pcm16 { rate: 16_000 }] {
            let heard = hear.hear(Box::pin(stream::iter(coded(&tone(2), coding))), english());
            assert_eq!(transcript(heard).await, Ok(Script::default().transcript), "{coding:?} {tls:?}");
        }
        town.is_content();
    }
}

#[tokio::test]
async fn words_are_translated_and_said() {
    let town = Town::open(Script::at_once(), Tls::Off).await;
    let google = town.provider(GOOGLE, GOOGLE, Account::default());
    assert_eq!(translated(&google, "When does the train leave?").await, Ok(Script::default().reply));
    let packets: Vec<Packet> = say(&google, PHRASE).try_collect().await.expect("sound");
    let mut decoder = audio::Decoder::new(16_000);
    let mut frames: Vec<_> = packets.iter().flat_map(|packet| decoder.push(packet).expect("decoded")).collect();
    frames.extend(decoder.finish());
    let seconds: f64 = frames.iter().map(voice::Frame::seconds).sum();
    assert!((seconds - peers::seconds(PHRASE)).abs() < 0.05, "{seconds} s");
    let offers = google.service.expect("a service").offers().await.expect("offers");
    assert!(offers.voices.iter().any(|voice| voice.id == "ru-RU-Chirp3-HD-Kore"));
    town.is_content();
}

#[tokio::test]
async fn a_key_that_it_does_not_know_is_told() {
    let mut town = Town::open(Script::at_once(), Tls::Off).await;
    town.key = "another".into();
    let google = town.provider(GOOGLE, GOOGLE, Account::default());
    assert_eq!(translated(&google, "Hello.").await, Err(ErrorKind::KeyRefused));
}
