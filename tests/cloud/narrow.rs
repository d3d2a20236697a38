//! Speech over a line like that of a train in the country: 64 kbit/s up, 300 ms there and back (fault matrix, C9).

use super::{
    Town,
    weather::{REPLY, script},
};
use crate::support::{Ended, Room, seconds, speech};
use audio::Pace;
use peers::{Line, Proxy, Tls};
use std::time::Duration;
use voice::{Outcome, Stage as Of};

const NARROW: Line = Line { rtt: Duration::from_millis(300), up: 64_000.0 };

/// One turn through services at the far end of such lines: `hear` in this order, and OpenAI for the rest.
async fn turn(hear: &[&str]) -> Ended {
    let town = Town::open(script(None), Tls::Off).await;
    let mut lines = Proxy::default();
    let mut sets = vec![("providers.hear".to_owned(), format!("{hear:?}"))];
    sets.extend(["respond", "say"].map(|stage| (format!("providers.{stage}"), r#"["openai"]"#.to_owned())));
    let mut services = Vec::new();
    for name in ["openai", "deepgram", "openai-realtime"] {
        let url = town.peers.url(name);
        let far = url.split('/').nth(2).and_then(|host| host.parse().ok()).expect("an address");
        let near = lines.open(far, NARROW).await.expect("a port");
        let base_url = url.replace(&far.to_string(), &near.to_string());
        sets.push((format!("accounts.{name}.base_url"), base_url.clone()));
        services.push((name, base_url));
    }
    let sets: Vec<(&str, &str)> = sets.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let mut room = Room::open(speech("when does the next train leave").await, Pace::Real, &sets);
    town.give_keys(&room, services).await;
    let ended = room.spoken_turn().await;
    let heard = seconds(&room.speaker.take());
    assert_eq!((ended.report.outcome, ended.report.reply.as_str()), (Outcome::Done, REPLY), "{:?}", ended.report);
    assert!((heard - peers::seconds(REPLY)).abs() < 0.7, "{heard} s are heard");
    println!("{hear:?}: {:?} ms to the first sound", ended.report.release_to_first_audio_ms);
    ended
}

fn heard_by(ended: &Ended) -> Vec<&str> {
    let all = ended.report.answered_by.iter().filter(|(of, _)| *of == Of::Hear);
    all.map(|(_, name)| name.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn packed_speech_fits_into_a_narrow_line_and_samples_are_not_waited_for() {
    // 24 kbit/s of Opus, with what goes around it, is less than half of such a line
    let (packets, upload, samples) =
        tokio::join!(turn(&["deepgram"]), turn(&["openai"]), turn(&["openai-realtime", "openai"]));
    for (ended, name) in [(&packets, "deepgram"), (&upload, "openai"), (&samples, "openai")] {
        assert_eq!(heard_by(ended), [name], "{:?}", ended.report.tried);
    }
    assert!(packets.report.tried.is_empty() && upload.report.tried.is_empty(), "streamed at the first try");
}
