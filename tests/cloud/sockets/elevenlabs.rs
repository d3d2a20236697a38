//! ElevenLabs: Scribe's socket, a voice of the account's own, speech over HTTP.

use super::{Meeting, seconds, transcript};
use peers::Script;
use voice::{Coding, FirstPhrase, Hearing, Language, Phrase, VoiceChoice};

#[tokio::test]
async fn turns_share_a_socket_and_a_tap_is_long_enough() {
    let script = Script::at_once();
    let said = script.transcript.clone();
    let meeting = Meeting::with("elevenlabs", script).await;
    for _ in 0..2 {
        assert_eq!(transcript(meeting.hear("ru")).await, Ok((said.clone(), true)));
    }
    let how = Hearing { language: Language::new("ru"), grammar: None };
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
        let voice = VoiceChoice { name: String::new(), rate, volume: 1.0, first: FirstPhrase::Clause };
        let sound = meeting.provider.say.as_ref().expect("it speaks").say(phrase, voice);
        assert!(seconds(sound, 24_000).await.expect("sound") > 0.1);
    }
    assert_eq!(meeting.sockets("/v2/voices"), 1, "the voice is looked up once");
    meeting.town.is_content();
}
