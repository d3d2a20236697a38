//! Cartesia: phrases that share a socket, one that is taken back, Ink.

use super::{Meeting, seconds, transcript};
use futures_util::StreamExt;
use peers::Script;

#[tokio::test]
async fn phrases_share_a_socket() {
    let meeting = Meeting::with("cartesia", Script::at_once()).await;
    meeting.provider.service.clone().expect("a service").warm().await;
    let phrases = ["One is short.", "Two is a little longer than one.", "Three."];
    let sounds = phrases.map(|text| seconds(meeting.say(0, text, "en"), 24_000));
    for (text, sound) in phrases.iter().zip(futures_util::future::join_all(sounds).await) {
        let sound = sound.expect("sound");
        assert!((sound - peers::seconds(text)).abs() < 0.11, "{text}: {sound}");
    }
    assert_eq!(meeting.sockets("/tts/websocket"), 1);
    assert_eq!(meeting.sockets("/voices"), 1);
    meeting.town.is_content();
}

#[tokio::test]
async fn a_dropped_phrase_is_taken_back() {
    let slow = Script { tts_ttfb_ms: 0, tts_speed: 1.0, ..Script::default() };
    let meeting = Meeting::with("cartesia", slow).await;
    let mut sound = meeting.say(0, "A phrase that nobody wants to hear to its end.", "en");
    assert!(sound.next().await.is_some_and(|packet| packet.is_ok()));
    drop(sound);
    let cancelled = || {
        let requests = meeting.peers().ledger().requests();
        let messages = requests.iter().flat_map(|request| &request.messages);
        messages.filter(|message| message.incoming && message.what == "cancel").count()
    };
    while cancelled() == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(cancelled(), 1);
    meeting.town.is_content();
}

#[tokio::test]
async fn turns_share_a_socket() {
    let script = Script::at_once();
    let said = script.transcript.clone();
    let meeting = Meeting::with("cartesia", script).await;
    for _ in 0..2 {
        assert_eq!(transcript(meeting.hear("ru")).await, Ok((said.clone(), true)));
    }
    assert_eq!(meeting.sockets("/stt/websocket"), 1);
    meeting.town.is_content();
}
