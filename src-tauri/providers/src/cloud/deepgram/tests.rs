//! Deepgram's frames, and whole turns against a server on the loopback.

use super::*;
use crate::loopback::{Caller, Shake, all, in_language, live, peer, peer_that, sound};
use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message as Frame;
use voice::Packet;

const PACKETS: &[&[u8]] = &[b"one", b"two"];

fn results(transcript: &str, is_final: bool, from_finalize: bool) -> Value {
    json!({
        "type": "Results", "channel_index": [0, 1], "duration": 1.02, "start": 0.0, "is_final": is_final,
        "speech_final": false, "from_finalize": from_finalize,
        "channel": { "alternatives": [{ "transcript": transcript, "confidence": 0.99, "words": [] }] },
        "metadata": { "request_id": "r", "model_info": { "name": "general-nova-3" } },
    })
}

/// Hears one utterance; gives its sound and whether it was ended as it should be.
async fn utterance(caller: &mut Caller) -> Option<Vec<u8>> {
    let mut heard = Vec::new();
    loop {
        match caller.next().await? {
            Frame::Binary(bytes) if !bytes.is_empty() => heard.extend_from_slice(&bytes),
            Frame::Text(text) if text.as_str() == r#"{"type":"Finalize"}"# => return Some(heard),
            Frame::Text(text) if text.as_str() == r#"{"type":"KeepAlive"}"# => {}
            other => panic!("{other:?} is not of its protocol"),
        }
    }
}

fn hear(provider: &Provider, coding: Coding, language: &str) -> WordsStream {
    provider.hear.as_ref().expect("it hears").hear(sound(coding, PACKETS), in_language(language))
}

#[tokio::test]
async fn finals_are_joined_and_the_newest_guess_follows() {
    let peer = peer(|_| async {}).await;
    let mut listen = Listen::new(peer.vendor(&ROW), Language::new("en"));
    let mut read = |frame: Value| listen.read(&frame.to_string()).map(|heard| (heard, listen.so_far()));
    let more = |text: &str| Ok((Heard::More, text.to_owned()));
    assert_eq!(read(results("how", false, false)), more("how"));
    assert_eq!(read(results("How are", true, false)), more("How are"));
    assert_eq!(read(results("you", false, false)), more("How are you"));
    assert_eq!(read(json!({"type": "SpeechStarted", "channel": [0, 1], "timestamp": 0.3})).unwrap().0, Heard::Nothing);
    assert_eq!(read(results("", true, false)), more("How are"));
    assert_eq!(read(results("late", true, true)).unwrap().0, Heard::Nothing, "it was not asked to finish yet");
    assert_eq!(read(json!({"type": "Error", "err_code": "INVALID_AUTH"})).unwrap_err().kind, ErrorKind::KeyRefused);
    assert_eq!(read(json!("no object")).unwrap_err().kind, ErrorKind::Garbled);
}

#[tokio::test]
async fn turns_share_one_socket() {
    let (heard_in, mut heard) = mpsc::channel(8);
    let peer = peer(move |mut caller| {
        let heard = heard_in.clone();
        async move {
            assert_eq!(caller.header("authorization"), "Token key");
            heard.send(caller.uri.clone().into_bytes()).await.unwrap();
            while let Some(bytes) = utterance(&mut caller).await {
                heard.send(bytes).await.unwrap();
                caller.say(&results("Hello", false, false)).await;
                caller.say(&results("Hello there.", true, true)).await;
            }
        }
    })
    .await;
    let provider = peer.provider(&ROW);
    let expected = vec![("Hello".to_owned(), false), ("Hello there.".to_owned(), true)];
    for _ in 0..3 {
        assert_eq!(all(hear(&provider, Coding::Opus, "ru")).await, Ok(expected.clone()));
    }
    assert_eq!(peer.connections(), 1);
    let uri = String::from_utf8(heard.recv().await.unwrap()).unwrap();
    assert_eq!(
        uri,
        "/v1/listen?model=nova-3&language=ru&encoding=opus&sample_rate=16000&channels=1&interim_results=true\
         &smart_format=true&endpointing=300"
    );
    assert_eq!(heard.recv().await.unwrap(), b"onetwo");

    assert_eq!(all(hear(&provider, Coding::Opus, "en")).await, Ok(expected.clone()));
    assert_eq!(peer.connections(), 2, "another language is another socket");
    assert_eq!(all(hear(&provider, SAMPLES, "en")).await, Ok(expected.clone()));
    let uris = std::iter::from_fn(|| heard.try_recv().ok()).map(|line| String::from_utf8(line).unwrap());
    assert!(uris.last().is_some_and(|line| line == "onetwo"));
    let before = peer.connections();
    assert_eq!(all(hear(&provider, SAMPLES, "en")).await, Ok(expected));
    assert_eq!(peer.connections(), before, "the coding is remembered");
}

#[tokio::test]
async fn partial_words_come_while_somebody_speaks() {
    let peer = peer(|mut caller| async move {
        caller.next().await;
        caller.say(&results("so", false, false)).await;
        utterance(&mut caller).await;
        caller.say(&results("So it is.", true, true)).await;
    })
    .await;
    let (packets, sound) = live();
    let provider = peer.provider(&ROW);
    let mut words = provider.hear.unwrap().hear(sound, in_language("en"));
    let open = async {
        while peer.connections() == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = words.next() => panic!("nothing was said yet"),
        () = open => {} // before there is any sound
    }
    packets.send(Packet { coding: Coding::Opus, bytes: "one".into() }).await.unwrap();
    let partial = words.next().await.unwrap().unwrap();
    assert_eq!((partial.text.as_str(), partial.last), ("so", false));
    drop(packets);
    assert_eq!(all(words).await, Ok(vec![("So it is.".to_owned(), true)]));
}

#[tokio::test]
async fn what_was_said_before_is_not_said_again_much_faster() {
    let peer = peer(|mut caller| async move {
        let mut frames = 0;
        let mut count = async |caller: &mut Caller| {
            while let Some(Frame::Binary(_)) = caller.next().await {
                frames += 1;
            }
        };
        tokio::time::pause();
        // the second of two lies ready and takes 800 ms
        tokio::time::timeout(Duration::from_millis(750), count(&mut caller)).await.expect_err("it came too fast");
        tokio::time::resume();
        count(&mut caller).await;
        assert_eq!(frames, 100);
        caller.say(&results("All of it.", true, true)).await;
    })
    .await;
    let hear = peer.provider(&ROW).hear.unwrap();
    let words = all(hear.hear(sound(Coding::Opus, &[b"20ms".as_slice(); 100]), in_language("en"))).await;
    assert_eq!(words, Ok(vec![("All of it.".to_owned(), true)]));
}

#[tokio::test]
async fn no_answer_to_the_end_is_an_answer_too() {
    let peer = peer(|mut caller| async move {
        caller.next().await;
        caller.say(&results("Yes.", true, false)).await;
        utterance(&mut caller).await;
        // from here on nothing happens but time
        tokio::time::pause();
        caller.next().await;
    })
    .await;
    let words = all(hear(&peer.provider(&ROW), Coding::Opus, "en")).await.unwrap();
    assert_eq!(words.last(), Some(&("Yes.".to_owned(), true)));
}

#[tokio::test]
async fn nothing_said_is_an_empty_transcript_without_a_question() {
    let peer = peer(|mut caller| async move { assert_eq!(caller.next().await, None) }).await;
    let provider = peer.provider(&ROW);
    let words = provider.hear.unwrap().hear(sound(Coding::Opus, &[b""]), in_language("en"));
    assert_eq!(all(words).await, Ok(vec![(String::new(), true)]));
}

#[tokio::test]
async fn a_refused_coding_is_told_as_such() {
    for (code, kind) in [(1008, ErrorKind::SoundRefused), (1011, ErrorKind::ServiceFailed), (1000, ErrorKind::CutShort)]
    {
        let peer = peer(move |mut caller| async move {
            caller.next().await;
            caller.close(code).await;
        })
        .await;
        let error = all(hear(&peer.provider(&ROW), Coding::Opus, "en")).await.unwrap_err();
        assert_eq!(error.kind, kind, "{code}");
    }
    let peer = peer(|_| async {}).await;
    let listen = Listen::new(peer.vendor(&ROW), Language::new("en"));
    assert_eq!(listen.refused(Coding::Opus, ErrorKind::Refused), ErrorKind::SoundRefused);
    assert_eq!(listen.refused(SAMPLES, ErrorKind::Refused), ErrorKind::Refused);
    assert_eq!(listen.refused(Coding::Opus, ErrorKind::KeyRefused), ErrorKind::KeyRefused);
}

#[tokio::test]
async fn a_coding_is_refused_once_and_the_other_is_heard_every_time() {
    let serve = |mut caller: Caller| async move {
        if caller.uri.contains("encoding=opus") {
            caller.next().await;
            return caller.close(1008).await;
        }
        while utterance(&mut caller).await.is_some() {
            caller.say(&results("Heard.", true, true)).await;
        }
    };
    let early = |head: &str| if head.contains("encoding=opus") { Shake::Head } else { Shake::Hands };
    for (peer, refused, sockets) in [(peer_that(early, serve).await, 1, 1), (peer(serve).await, 0, 2)] {
        let provider = peer.provider(&ROW);
        for _ in 0..3 {
            assert_eq!(all(hear(&provider, Coding::Opus, "en")).await.unwrap_err().kind, ErrorKind::SoundRefused);
            assert_eq!(all(hear(&provider, SAMPLES, "en")).await.unwrap().last().unwrap().0, "Heard.");
        }
        assert_eq!((peer.refusals(), peer.connections()), (refused, sockets));
    }
}

#[tokio::test]
async fn the_socket_may_be_refused_before_it_is_known_what_is_spoken() {
    let shakes = |head: &str| if head.contains("encoding=opus") { Shake::Head } else { Shake::Hands };
    let peer = peer_that(shakes, |mut caller| async move {
        utterance(&mut caller).await;
        caller.say(&results("Heard.", true, true)).await;
    })
    .await;
    let (packets, sound) = live();
    let mut words = peer.provider(&ROW).hear.unwrap().hear(sound, in_language("en"));
    let refused = async {
        while peer.refusals() == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = words.next() => panic!("nothing was said yet"),
        () = refused => {}
    }
    packets.send(Packet { coding: SAMPLES, bytes: "one".into() }).await.unwrap();
    drop(packets);
    assert_eq!(all(words).await.unwrap().last().unwrap().0, "Heard.");
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_is_not_answered_is_given_up() {
    let peer = peer_that(|_| Shake::Nothing, |_| async {}).await;
    let (_packets, sound) = live();
    let words = peer.provider(&ROW).hear.unwrap().hear(sound, in_language("en"));
    let ended = tokio::time::timeout(Duration::from_secs(10), all(words)).await.expect("while somebody still speaks");
    assert_eq!(ended.unwrap_err().kind, ErrorKind::TimedOut);
}

#[tokio::test]
async fn a_voice_speaks_the_language_of_its_name() {
    let peer = peer(|_| async {}).await;
    let vendor = peer.vendor(&ROW);
    let line = Line::new(vendor.clone(), reqwest::header::HeaderMap::new(), Coding::Opus);
    let mut deepgram = Deepgram { vendor, line };
    let voice = |deepgram: &Deepgram, tag| deepgram.voice_for(&Language::new(tag));
    deepgram.vendor.account.voice = "aura-2-apollo-en".into();
    assert_eq!(voice(&deepgram, "en").as_deref(), Some("aura-2-apollo-en"));
    assert_eq!(voice(&deepgram, "es").as_deref(), Some("aura-2-celeste-es"));
    assert_eq!(voice(&deepgram, "ru"), None);
    let url = |rate| deepgram.speak("aura-2-apollo-en", "Hi.", rate).build().unwrap().url().query().unwrap().to_owned();
    assert_eq!(url(1.0), "model=aura-2-apollo-en&encoding=linear16&container=none&sample_rate=24000");
    assert!(url(2.0).ends_with("&speed=1.50"));
}

#[test]
fn its_lists_are_read() {
    let models: Models = serde_json::from_value(json!({
        "stt": [
            {"name": "general", "canonical_name": "nova-3-general", "languages": ["en"], "batch": true, "streaming": true},
            {"name": "old", "canonical_name": "old-general", "streaming": false},
        ],
        "tts": [{"name": "thalia", "canonical_name": "aura-2-thalia-en", "metadata": {"accent": "American"}}],
    }))
    .unwrap();
    let voice = OfferedVoice { id: "aura-2-thalia-en".into(), name: "thalia".into() };
    assert_eq!(models.offers(), Offers { models: vec!["nova-3-general".into()], voices: vec![voice] });
}

#[tokio::test]
async fn the_table_leads_to_it() {
    let peer = peer(|mut caller| async move {
        assert_eq!(caller.header("authorization"), "Token sk-given");
        while utterance(&mut caller).await.is_some() {
            caller.say(&results("Hello.", true, true)).await;
        }
    })
    .await;
    let table = crate::Table::default();
    let account = voice::Account { base_url: peer.base_url.clone(), ..voice::Account::default() };
    let host = table.host("deepgram", &account).unwrap();
    table.give_key("deepgram", &host, Some(voice::Secret::new("sk-given")));
    let provider = table.open("deepgram", &account, &voice::Network::default()).unwrap();
    for _ in 0..2 {
        assert_eq!(all(hear(&provider, Coding::Opus, "en")).await, Ok(vec![("Hello.".into(), true)]));
    }
    assert_eq!(peer.connections(), 1);
}
