//! ElevenLabs: Scribe's socket, a voice of the account's own, phrases that share another socket, speech over HTTP.

use super::{Meeting, seconds, transcript};
use futures_util::StreamExt;
use peers::Script;
use voice::{Account, Coding, FirstPhrase, Hearing, Language, Phrase, VoiceChoice};

#[tokio::test]
async fn turns_share_a_socket_and_a_tap_is_long_enough() {
    let script = Script::at_once();
    let said = script.transcript.clone();
    let meeting = Meeting::with("elevenlabs", script).await;
    for _ in 0..2 {
        assert_eq!(transcript(meeting.hear("ru")).await, Ok((said.clone(), true)));
    }
    let how = Hearing { language: Language::new("ru"), grammar: None, into: None };
    let tap = super::utterance(Coding::Pcm16 { rate: 16_000 }, 8);
    let words = meeting.provider.hear.as_ref().expect("it hears").hear(tap, how);
    assert_eq!(transcript(words).await, Ok((said, false)));
    assert_eq!(meeting.sockets("/v1/speech-to-text/realtime"), 1);
    meeting.town.is_content();
}

#[tokio::test]
async fn it_speaks_with_a_voice_of_the_account() {
    let meeting = Meeting::with("elevenlabs", Script::at_once()).await;
    let service = meeting.provider.service.clone().expect("a service");
    service.warm().await;
    assert_eq!(service.test().await, Ok(()));
    for rate in [0.5, 1.0, 2.0] {
        let phrase = Phrase { number: 0, text: "Доброе утро.".into(), language: Language::new("ru") };
        let voice = VoiceChoice { name: String::new(), rate, volume: 1.0, first: FirstPhrase::Clause, muted: false };
        let sound = meeting.provider.say.as_ref().expect("it speaks").say(phrase, voice);
        assert!(seconds(sound, 24_000).await.expect("sound") > 0.1);
    }
    assert_eq!(meeting.sockets("/v2/voices"), 1, "the voice is looked up once");
    assert_eq!(meeting.sockets(SPEAKING), 1);
    meeting.town.is_content();
}

const SPEAKING: &str = "/v1/text-to-speech/peerVoiceOne00000001/multi-stream-input";

#[tokio::test]
async fn phrases_share_a_socket() {
    let meeting = Meeting::with("elevenlabs", Script::at_once()).await;
    let phrases = ["One is short.", "Two, a clause,", "and three, a little longer than two."];
    for _ in 0..2 {
        meeting.provider.service.clone().expect("a service").warm().await;
        let sounds = phrases.map(|text| seconds(meeting.say(0, text, "en"), 24_000));
        for (text, sound) in phrases.iter().zip(futures_util::future::join_all(sounds).await) {
            let sound = sound.expect("sound");
            assert!((sound - peers::seconds(text)).abs() < 0.11, "{text}: {sound}");
        }
    }
    assert_eq!(meeting.sockets(SPEAKING), 1);
    meeting.town.is_content();
}

#[tokio::test]
async fn a_dropped_phrase_is_closed() {
    let slow = Script { tts_ttfb_ms: 0, tts_speed: 1.0, ..Script::default() };
    let meeting = Meeting::with("elevenlabs", slow).await;
    let mut sound = meeting.say(0, "A phrase that nobody wants to hear to its end.", "en");
    assert!(sound.next().await.is_some_and(|packet| packet.is_ok()));
    drop(sound);
    let closed = || {
        let requests = meeting.peers().ledger().requests();
        let messages = requests.iter().flat_map(|request| &request.messages);
        messages.filter(|message| message.incoming && message.what == "close_context").count()
    };
    // once with the text, because nothing follows it, and once when it was dropped
    while closed() < 2 {
        tokio::task::yield_now().await;
    }
    let next = seconds(meeting.say(0, "Go.", "en"), 24_000).await.expect("sound");
    assert!((next - peers::seconds("Go.")).abs() < 0.11, "nothing of the other: {next}");
    assert_eq!(meeting.sockets(SPEAKING), 1);
    meeting.town.is_content();
}

#[tokio::test]
async fn a_model_without_a_socket_speaks_over_http() {
    let meeting = Meeting::with("elevenlabs", Script::at_once()).await;
    let account = Account { say_model: "eleven_v3".into(), ..Account::default() };
    let provider = meeting.town.provider("elevenlabs", "elevenlabs", account);
    let sound = seconds(crate::cloud::say(&provider, "Good morning."), 24_000).await.expect("sound");
    assert!((sound - peers::seconds("Good morning.")).abs() < 0.11, "{sound}");
    assert_eq!(meeting.sockets("/v1/text-to-speech/peerVoiceOne00000001/stream"), 1);
    meeting.town.is_content();
}
