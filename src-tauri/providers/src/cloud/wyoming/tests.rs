//! Bytes that a peer may send, and a peer on a real socket.

use super::*;
use crate::cloud::scripted::vendor;
use futures_util::{FutureExt, stream};
use proptest::prelude::*;
use tokio::net::TcpListener;
use voice::{Account, FirstPhrase, Language};

fn parsed(bytes: &[u8]) -> Vec<Result<Event, ErrorKind>> {
    let events = events("wyoming-hear", bytes).map(|event| event.map_err(|error| error.kind));
    // all of it is there: nothing can be waited for
    events.collect().now_or_never().unwrap()
}

fn data(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

#[test]
fn data_may_be_in_the_line_or_after_it() {
    let bytes = b"{\"type\":\"a\",\"data\":{\"x\":1,\"y\":1}}\n{\"type\":\"b\",\"data\":{\"x\":1},\"data_length\":7,\"payload_length\":2}\n{\"x\":2}\x01\x02{\"type\":\"c\"}\n";
    let event = |kind: &str, value, payload: &'static [u8]| {
        Ok(Event { kind: kind.into(), data: data(value), payload: Bytes::from_static(payload) })
    };
    let expected =
        [event("a", json!({"x": 1, "y": 1}), b""), event("b", json!({"x": 2}), &[1, 2]), event("c", json!({}), b"")];
    assert_eq!(parsed(bytes), expected);
}

#[test]
fn events_may_be_cut_at_every_byte() {
    let one = b"{\"type\":\"a\",\"data\":{\"x\":1},\"data_length\":7,\"payload_length\":3}\n{\"x\":2}\n\x01\n";
    let all = [one.as_slice(), b"{\"type\":\"b\"}\n", one, b"{\"type\":\"c\",\"payload_length\":9}\n12345"].concat();
    let whole = parsed(&all);
    assert_eq!(whole.len(), 4);
    assert_eq!(whole.last(), Some(&Err(ErrorKind::CutShort)));
    for at in 0..=all.len() {
        let (before, after) = all.split_at(at);
        let cut = events("wyoming-hear", before.chain(after)).map(|event| event.map_err(|error| error.kind));
        assert_eq!(cut.collect::<Vec<_>>().now_or_never().unwrap(), whole, "{at}");
    }
}

#[test]
fn what_is_broken_has_a_kind() {
    let long = [b"{\"type\":\"".as_slice(), &vec![b'x'; 2 * LINE as usize]].concat();
    for (bytes, kind) in [
        (b"{\"type\":\"a\"".as_slice(), ErrorKind::CutShort),
        (b"{\"type\":\"a\",\"payload_length\":3}\n\x01", ErrorKind::CutShort),
        (b"{\"type\":\"a\",\"payload_length\":10485761}\n", ErrorKind::TooLarge),
        (b"{\"type\":\"a\",\"data_length\":18446744073709551615}\n", ErrorKind::TooLarge),
        (b"{\"type\":\"a\",\"data_length\":-1}\n", ErrorKind::Garbled),
        (b"{\"type\":\"a\",\"data_length\":2}\n[]", ErrorKind::Garbled),
        (b"HTTP/1.1 400 Bad Request\r\n", ErrorKind::Garbled),
        (b"{\"type\":\"error\",\"data\":{\"text\":\"words\",\"code\":\"rate_limit\"}}\n", ErrorKind::Busy),
        (&long, ErrorKind::TooLarge),
    ] {
        assert_eq!(parsed(bytes), [Err(kind)], "{}", String::from_utf8_lossy(&bytes[..bytes.len().min(60)]));
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(
        start in proptest::sample::select(vec!["", "{\"type\":\"a\"}\n", "{\"type\":\"a\",\"data_length\":9,\"payload_length\":4}\n"]),
        rest in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let events = parsed(&[start.as_bytes(), &rest].concat());
        prop_assert!(events.iter().rev().skip(1).all(Result::is_ok), "an error ends the stream");
        for event in events.into_iter().flatten() {
            offered(&event.data);
            coding(&event.data);
        }
    }
}

#[test]
fn what_a_server_has_is_read_from_its_description() {
    let info = json!({
        "asr": [{"name": "faster-whisper", "installed": true, "models": [
            {"name": "tiny-int8", "languages": ["en"]}, {"name": "base", "languages": ["en", "ru"]}]}],
        "tts": [{"name": "piper", "voices": [{"name": "ru_RU-irina-medium", "languages": ["ru_RU"]}]}],
        "wake": [],
    });
    let offers = offered(&data(info));
    assert_eq!(offers.models, ["tiny-int8", "base"]);
    assert_eq!(offers.voices[0].id, "ru_RU-irina-medium");
}

struct Peer(TcpListener);

impl Peer {
    async fn listen() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    fn provider(&self, row: &Cloud) -> Provider {
        let base_url = format!("tcp://{}", self.0.local_addr().unwrap());
        (row.open)(vendor(row, &Account { base_url, ..Account::default() }, ""))
    }

    /// Takes events until one is `last`, then says its own; gives what it took.
    async fn serve(&self, last: &str, answer: &[u8]) -> Vec<Event> {
        let (stream, _) = self.0.accept().await.unwrap();
        let (from, mut to) = stream.into_split();
        let (mut from, mut taken) = (BufReader::new(from), Vec::new());
        while taken.last().is_none_or(|event: &Event| event.kind != last) {
            taken.push(read_event(&mut from).await.unwrap().expect("an event"));
        }
        to.write_all(answer).await.unwrap();
        taken
    }
}

#[tokio::test]
async fn an_utterance_is_heard_while_it_is_spoken() {
    let peer = Peer::listen().await;
    let packet =
        |bytes: &'static [u8]| Packet { coding: Coding::Pcm16 { rate: RATE }, bytes: Bytes::from_static(bytes) };
    let sound = Box::pin(stream::iter([packet(&[1, 2]), packet(&[3, 4])]));
    let how = Hearing { language: Language::new("ru"), grammar: None, into: None };
    let answer = "{\"type\":\"transcript-start\"}\n{\"type\":\"transcript-chunk\",\"data\":{\"text\":\" Добрый\"}}\n{\"type\":\"transcript-chunk\",\"data\":{\"text\":\" день\"}}\n{\"type\":\"transcript\",\"data\":{\"text\":\" Добрый день.\"}}\n";
    let (words, taken) = tokio::join!(
        peer.provider(&HEAR).hear.unwrap().hear(sound, how).map(|word| word.unwrap()).collect::<Vec<_>>(),
        peer.serve("audio-stop", answer.as_bytes()),
    );
    let words: Vec<_> = words.iter().map(|word| (word.text.as_str(), word.last)).collect();
    assert_eq!(words, [("Добрый", false), ("Добрый день", false), ("Добрый день.", true)]);
    let kinds: Vec<_> = taken.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["transcribe", "audio-start", "audio-chunk", "audio-chunk", "audio-stop"]);
    assert_eq!(taken[0].data, data(json!({"language": "ru", "name": null})));
    assert_eq!(taken[2].data, data(json!({"rate": 16_000, "width": 2, "channels": 1})));
    assert_eq!(taken.iter().flat_map(|event| event.payload.clone()).collect::<Vec<u8>>(), [1, 2, 3, 4]);
}

async fn spoken(answer: &[u8]) -> Vec<Result<Packet, ErrorKind>> {
    let peer = Peer::listen().await;
    let phrase = Phrase { number: 0, text: "Hi.".into(), language: Language::new("en") };
    let voice = VoiceChoice { name: String::new(), rate: 1.0, volume: 1.0, first: FirstPhrase::Clause, muted: false };
    let say = peer.provider(&SAY).say.unwrap();
    let sound = say.say(phrase, voice).map(|packet| packet.map_err(|error| error.kind));
    let (sound, taken) = tokio::join!(sound.collect(), peer.serve("synthesize", answer));
    assert_eq!(taken[0].data, data(json!({"text": "Hi.", "voice": {"language": "en"}})));
    sound
}

#[tokio::test]
async fn sound_says_its_own_rate() {
    let start = b"{\"type\":\"audio-start\",\"data\":{\"rate\":22050,\"width\":2,\"channels\":1}}\n".as_slice();
    let chunk = b"{\"type\":\"audio-chunk\",\"data\":{\"rate\":22050,\"width\":2,\"channels\":1},\"payload_length\":2}\n\x01\x02".as_slice();
    let packet = Packet { coding: Coding::Pcm16 { rate: 22_050 }, bytes: Bytes::from_static(&[1, 2]) };
    let stop = b"{\"type\":\"audio-stop\"}\n".as_slice();
    assert_eq!(spoken(&[start, chunk, stop].concat()).await, [Ok(packet.clone())]);
    assert_eq!(spoken(&[start, chunk].concat()).await, [Ok(packet), Err(ErrorKind::CutShort)]);
    let wide = b"{\"type\":\"audio-chunk\",\"data\":{\"rate\":22050,\"width\":4,\"channels\":1},\"payload_length\":2}\n\x01\x02";
    assert_eq!(spoken(wide).await, [Err(ErrorKind::Garbled)]);
}

#[tokio::test]
async fn nobody_there_is_told() {
    let peer = Peer::listen().await;
    let service = peer.provider(&SAY).service.unwrap();
    drop(peer);
    assert_eq!(service.test().await.unwrap_err().kind, ErrorKind::Unreachable);
}
