//! Deepgram: bare Opus up, one socket for many turns; Aura.

use super::{Meeting, seconds, transcript};
use peers::{Fault, Plan, Script, Stage};
use voice::ErrorKind;

#[tokio::test]
async fn turns_share_a_socket() {
    let script = Script::at_once();
    let said = script.transcript.clone();
    let meeting = Meeting::with("deepgram", script).await;
    for _ in 0..3 {
        assert_eq!(transcript(meeting.hear("ru")).await, Ok((said.clone(), true)));
    }
    assert_eq!(meeting.sockets("/v1/listen"), 1);
    let bytes = meeting.peers().ledger().requests()[0].body_bytes;
    assert!(bytes < 3 * 6 * 4_500 / 5, "{bytes} bytes for three times 1.2 s of sound");
    meeting.town.is_content();
}

#[tokio::test]
async fn it_speaks_what_it_can() {
    let meeting = Meeting::with("deepgram", Script::at_once()).await;
    let sound = seconds(meeting.say(0, "Good morning.", "en"), 24_000).await.expect("sound");
    assert!((sound - peers::seconds("Good morning.")).abs() < 0.11, "{sound}");
    let error = seconds(meeting.say(0, "Доброе утро.", "ru"), 24_000).await.expect_err("no Russian");
    assert_eq!(error.kind, ErrorKind::Unsupported);
    meeting.town.is_content();
}

#[tokio::test]
async fn its_key_is_tested_and_its_lists_are_read() {
    let meeting = Meeting::with("deepgram", Script::at_once()).await;
    let service = meeting.provider.service.clone().expect("a service");
    assert_eq!(service.test().await, Ok(()));
    let offers = service.offers().await.expect("offers");
    assert_eq!((offers.models[0].as_str(), offers.voices[0].id.as_str()), ("nova-3-general", "aura-2-thalia-en"));
}

#[tokio::test]
async fn a_refused_handshake_says_why() {
    for (status, kind) in [
        (400, ErrorKind::SoundRefused),
        (401, ErrorKind::KeyRefused),
        (402, ErrorKind::NoCredit),
        (429, ErrorKind::Busy),
        (503, ErrorKind::ServiceFailed),
    ] {
        let fault = Fault::Answer { status, kind: "application/json".into(), body: "{}".into(), retry_after: 0 };
        let plan = Plan { vendor: Some("deepgram"), stage: Stage::Hear, fault, times: 1 };
        let meeting = Meeting::with("deepgram", Script { plans: vec![plan], ..Script::at_once() }).await;
        assert_eq!(transcript(meeting.hear("en")).await.expect_err("refused").kind, kind, "{status}");
    }
}
