//! An utterance that is said again, from the tape, to a second service after the first one has failed at its end. Its own
//! file because here real sockets are paced and limited, on the clock of the other tests.

use super::*;
use crate::{
    cloud,
    guard::{self, Door},
    loopback::{Caller, in_language, peer},
};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio_tungstenite::tungstenite::Message;
use voice::{Coding, Hearing, Packet, PacketStream, Transcribe, Words, WordsStream};

const SECONDS: u64 = 60;

/// Takes the whole utterance, and fails then.
struct Deaf;

impl Transcribe for Deaf {
    fn hear(&self, mut sound: PacketStream, _: Hearing) -> WordsStream {
        Box::pin(stream::once(async move {
            while sound.next().await.is_some() {}
            Err(Error::new(ErrorKind::ServiceFailed, "deaf", "told to."))
        }))
    }
}

/// A minute that was spoken already.
fn utterance(coding: Coding) -> PacketStream {
    let packets: Vec<Vec<u8>> = match coding {
        Coding::Opus => vec![vec![0x48; 60]; SECONDS as usize * 50],
        Coding::Pcm16 { rate } => vec![vec![0; rate as usize / 25]; SECONDS as usize * 50],
        // pages of 100 ms
        _ => (1..=SECONDS * 10)
            .map(|page| [b"OggS\0\0".as_slice(), &(page * 4_800).to_le_bytes(), b"\x01\0\0\0rest"].concat())
            .collect(),
    };
    Box::pin(stream::iter(packets.into_iter().map(move |bytes| Packet { coding, bytes: bytes.into() })))
}

/// A service that says nothing before it was asked to end.
async fn serve(mut caller: Caller, first: Value, end: &'static str, last: Value) {
    caller.say(&first).await;
    while let Some(message) = caller.next().await {
        if matches!(message, Message::Text(text) if text.as_str().contains(end)) {
            caller.say(&last).await;
        }
    }
}

fn candidate(name: &str, takes: Vec<Coding>, doing: Arc<dyn Transcribe>) -> Candidate<dyn Transcribe> {
    let name = name.to_owned();
    Candidate { name, local: false, basic: false, last_resort: false, takes, doing, service: None, far: None }
}

/// What is heard after the first one has failed, and how long the second one took for it.
async fn heard_by(name: &str, coding: Coding, first: Value, end: &'static str, last: Value) -> (String, Duration) {
    let peer = peer(move |caller| serve(caller, first.clone(), end, last.clone())).await;
    let row = cloud::ROWS.iter().find(|row| row.name == name).unwrap();
    let door = Door { name: row.name, permits: Arc::new(Semaphore::new(1)), whole: row.whole, loading: Duration::ZERO };
    let second = guard::behind(&door, peer.provider(row)).hear.unwrap();
    let candidates = vec![candidate("deaf", vec![coding], Arc::new(Deaf)), candidate(name, vec![coding], second)];
    let now = clock();
    let rules = Rules { by_speed: false, race: false, now: now.clone() };
    let relay = Relay::new(Kind::Hear, english(), candidates, Arc::new(Health::with_chance(1)), rules);
    let mut words = relay.ask(Ask {
        start: Box::new(|candidate| candidate.doing.hear(utterance(candidate.takes[0]), in_language("en"))),
        useful: |words: &Words| words.last,
        then: Box::new(|| Then::Stop),
        due: Some(Box::pin(future::ready(()))),
        tell: Arc::new(|_| {}),
        shunned: Shunned::default(),
    });
    while let Some(piece) = words.next().await {
        if let Passed::Piece(words) = piece.expect(name)
            && words.last
        {
            return (words.text, now());
        }
    }
    panic!("{name} ended without a word");
}

#[tokio::test(start_paused = true)]
async fn a_minute_is_heard_again_as_fast_as_the_second_ear_takes_it() {
    let results = json!({"type": "Results", "is_final": true, "from_finalize": true,
        "channel": {"alternatives": [{"transcript": "all of it"}]}});
    let turn = json!({"type": "Turn", "turn_order": 0, "transcript": "all of it", "end_of_turn": true,
        "turn_is_formatted": true});
    let tokens = json!({"tokens": [{"text": "all of it", "is_final": true}, {"text": "<fin>", "is_final": true}]});
    let samples = Coding::Pcm16 { rate: 16_000 };
    // a second at once, the rest at 1.25 times its speed; nobody waits after the last piece, which is 100 ms at most
    let paced = Duration::from_millis((SECONDS - 1) * 800 - 100);
    for (name, coding, first, end, last, takes) in [
        ("deepgram", Coding::Opus, json!({"type": "Metadata"}), "Finalize", &results, paced),
        ("deepgram", samples, json!({"type": "Metadata"}), "Finalize", &results, paced),
        ("assemblyai", Coding::OggOpus, json!({"type": "Begin"}), "ForceEndpoint", &turn, paced),
        ("soniox", Coding::OggOpus, json!({"tokens": []}), "finalize", &tokens, Duration::ZERO),
        ("soniox", samples, json!({"tokens": []}), "finalize", &tokens, Duration::ZERO),
    ] {
        let (text, after) = heard_by(name, coding, first, end, last.clone()).await;
        assert_eq!(text, "all of it", "{name}");
        assert!((takes..takes + Duration::from_secs(1)).contains(&after), "{name} of {coding:?} took {after:?}");
    }
}
