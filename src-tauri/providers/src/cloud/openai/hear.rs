//! Speech to text by upload. An Ogg file has no length, so its upload is written while somebody speaks, and only the
//! tail is left to send when the key comes up. A WAV file says its length at its beginning, and there are servers that
//! take memory by it; it is the second choice, when the whole sound is known anyway, or goes to the same machine.

use super::OpenAi;
use crate::{
    cloud::{
        body::wav_head,
        reply::{self, has_type},
    },
    fault,
    sse::events,
    vendor::Vendor,
};
use async_stream::try_stream;
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, stream};
use reqwest::{
    Body, Method,
    multipart::{Form, Part},
};
use serde_json::Value;
use std::{future::ready, io, pin::pin};
use tokio::sync::oneshot;
use voice::{Coding, Error, ErrorKind, Hearing, Packet, PacketStream, Transcribe, Words, WordsStream};

/// What the services take at once.
const LARGEST: usize = 25_000_000;
/// About what one TCP segment carries, 300 ms of speech: nobody reads the sound before its end, so smaller pieces would be
/// nothing but more of them.
const SEGMENT: usize = 1_000;

impl Transcribe for OpenAi {
    fn hear(&self, mut sound: PacketStream, how: Hearing) -> WordsStream {
        let this = self.clone();
        Box::pin(try_stream! {
            let vendor = &this.vendor;
            let words = |text: &str, last| {
                let text = text.trim().to_owned();
                Words { text, language: how.language.clone(), last, translation: None }
            };
            let Some(first) = sound.next().await else {
                yield words("", true);
                return;
            };
            let coding = first.coding;
            let sound = Box::pin(stream::once(ready(first)).chain(sound));
            let (file, _held) = match coding {
                Coding::OggOpus => written_along(vendor, sound)?,
                Coding::Pcm16 { rate } => (written_whole(vendor, sound, rate).await?, None),
                _ => Err(vendor.error(ErrorKind::SoundRefused, "it takes Ogg-Opus or samples."))?,
            };
            let streams = streams(&vendor.account.hear_model);
            let form = fields(&vendor.account.hear_model, how.language.tag(), streams).part("file", file);
            let request = this.request(Method::POST, this.shape.hear).multipart(form);
            let answer = vendor.send(request).await.map_err(|error| refusal(error, coding))?;
            if !has_type(&answer, "event-stream") && (has_type(&answer, "json") || !streams) {
                yield words(whole(vendor.name, &vendor.read_value(answer).await?)?, true);
                return;
            }
            let mut events = pin!(events(vendor.name, answer));
            let mut so_far = String::new();
            loop {
                let Some(event) = events.next().await else {
                    Err(vendor.error(ErrorKind::CutShort, "its transcript has no end."))?
                };
                match heard(vendor.name, &event?)? {
                    Heard::More(text) => {
                        so_far.push_str(&text);
                        yield words(&so_far, false);
                    }
                    Heard::All(text) => {
                        yield words(&text, true);
                        break;
                    }
                    Heard::Nothing => {}
                }
            }
        })
    }
}

/// Models of the Whisper family do not tell their words one by one, and strict servers refuse to be asked for it.
fn streams(model: &str) -> bool {
    model.starts_with("gpt-")
}

/// All that goes before the file: a server that reads in order knows what to do with the sound when it arrives.
fn fields(model: &str, language: &str, streams: bool) -> Form {
    let fields = [("model", model), ("language", language), ("stream", if streams { "true" } else { "" })];
    let given = fields.into_iter().filter(|(_, value)| !value.is_empty());
    given.fold(Form::new(), |form, (name, value)| form.text(name, value.to_owned()))
}

/// A file whose bytes go out as they come in, as long as the sender is held.
fn written_along(vendor: &Vendor, sound: PacketStream) -> Result<(Part, Option<oneshot::Sender<()>>), Error> {
    let (held, gone) = oneshot::channel();
    let file = named(vendor, Part::stream(Body::wrap_stream(until(gone, sound))), "audio.ogg", "audio/ogg")?;
    Ok((file, Some(held)))
}

/// The bytes of `sound`, a segment of the network at a time; an error as soon as nobody waits for the answer any more. The
/// upload then breaks off rather than ends, over HTTP/2 as well: a part of an utterance is never taken, or charged, for the
/// whole of it.
fn until(mut gone: oneshot::Receiver<()>, mut sound: PacketStream) -> impl Stream<Item = io::Result<Bytes>> {
    try_stream! {
        let (mut piece, mut over) = (BytesMut::new(), false);
        while !over {
            let packet = tokio::select! {
                biased;
                _ = &mut gone => Err(io::Error::from(io::ErrorKind::ConnectionAborted)),
                packet = sound.next() => Ok(packet),
            };
            let packet = packet?;
            over = packet.is_none();
            piece.extend(packet.into_iter().flat_map(|packet| packet.bytes));
            if piece.len() >= SEGMENT || (over && !piece.is_empty()) {
                yield piece.split().freeze();
            }
        }
    }
}

async fn written_whole(
    vendor: &Vendor,
    mut sound: impl Stream<Item = Packet> + Unpin,
    rate: u32,
) -> Result<Part, Error> {
    let mut samples = Vec::new();
    while let Some(packet) = sound.next().await {
        samples.extend_from_slice(&packet.bytes);
        if samples.len() > LARGEST {
            return Err(vendor.error(ErrorKind::TooLarge, "the sound is over 25 MB."));
        }
    }
    named(vendor, Part::bytes(wav(rate, &samples)), "audio.wav", "audio/wav")
}

/// The services judge a file by the end of its name before anything else.
fn named(vendor: &Vendor, part: Part, name: &'static str, kind: &str) -> Result<Part, Error> {
    part.file_name(name).mime_str(kind).map_err(|error| fault::transport(vendor.name, &error))
}

/// A WAV file of 16-bit mono `samples`.
fn wav(rate: u32, samples: &[u8]) -> Vec<u8> {
    let length = u32::try_from(samples.len()).unwrap_or(u32::MAX - 36);
    [&wav_head(rate, length), samples].concat()
}

/// Not every server says by a code that it is the file it cannot read. Asking once more with plain samples tells.
fn refusal(mut error: Error, coding: Coding) -> Error {
    if error.kind == ErrorKind::Refused && coding == Coding::OggOpus {
        error.kind = ErrorKind::SoundRefused;
    }
    error
}

fn whole<'a>(source: &'static str, answer: &'a Value) -> Result<&'a str, Error> {
    match answer.get("text").and_then(Value::as_str) {
        Some(text) => Ok(text),
        None if answer.get("error").is_some() => Err(fault::within(source, answer)),
        None => Err(Error::new(ErrorKind::Garbled, source, "its answer holds no text.")),
    }
}

/// What an event says.
#[derive(Debug, PartialEq, Eq)]
enum Heard {
    /// To be appended.
    More(String),
    /// The transcript, whatever came before.
    All(String),
    Nothing,
}

/// `transcript.text.delta` and `.done`; some leave out a part of these names or write another one before it.
fn heard(source: &'static str, event: &str) -> Result<Heard, Error> {
    if event.trim() == "[DONE]" {
        return Ok(Heard::Nothing);
    }
    let event = reply::json(source, event)?;
    let field = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default();
    let kind = field("type");
    Ok(if kind.ends_with("text.delta") {
        Heard::More(field("delta").to_owned() + field("text"))
    } else if kind.ends_with(".done") {
        Heard::All(field("text").to_owned())
    } else {
        Heard::Nothing
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::scripted::Peer;
    use futures_util::TryStreamExt;
    use tokio::sync::mpsc;
    use voice::Language;

    const JSON: &str = "application/json";

    fn packet(coding: Coding, bytes: &str) -> Packet {
        Packet { coding, bytes: Bytes::copy_from_slice(bytes.as_bytes()) }
    }

    fn how() -> Hearing {
        Hearing { language: Language::new("ru"), grammar: None, into: None }
    }

    async fn heard_of(peer: &Peer, name: &str, coding: Coding) -> Result<Vec<(String, bool)>, ErrorKind> {
        let sound = stream::iter([packet(coding, "OggS-one"), packet(coding, "-two")]);
        let words = peer.provider(name).hear.unwrap().hear(Box::pin(sound), how());
        words.map_ok(|words| (words.text, words.last)).try_collect().await.map_err(|error| error.kind)
    }

    #[tokio::test]
    async fn the_upload_is_written_while_somebody_speaks() {
        let mut peer = Peer::answering(200, JSON, r#"{"text":" Hello. ","usage":{}}"#).await;
        let (mouth, ear) = mpsc::channel(4);
        let sound = stream::unfold(ear, |mut ear| async { Some((ear.recv().await?, ear)) });
        let mut words = peer.provider("openai").hear.unwrap().hear(Box::pin(sound), how());
        let speaking = async {
            mouth.send(packet(Coding::OggOpus, "OggS-one")).await.unwrap();
            mouth.send(packet(Coding::OggOpus, &"two".repeat(SEGMENT))).await.unwrap();
            peer.sees(b"OggS-onetwotwo").await;
            mouth.send(packet(Coding::OggOpus, "-three")).await.unwrap();
            drop(mouth);
            peer.sees(b"-three").await;
            peer.asked().await
        };
        let (last, asked) = tokio::join!(words.next(), speaking);
        assert_eq!(last.map(|words| words.map(|words| words.text)), Some(Ok("Hello.".into())));
        assert!(asked.starts_with("POST /v1/audio/transcriptions HTTP/1.1\r\n"), "{asked}");
        assert!(asked.contains("authorization: Bearer canary"));
        let parts = [
            "\"model\"",
            "gpt-transcribe",
            "\"language\"",
            "\r\nru\r\n",
            "\"stream\"",
            "true",
            "\"file\"; filename=\"audio.ogg\"\r\nContent-Type: audio/ogg",
        ];
        let order = parts.map(|part| asked.find(part).unwrap_or_else(|| panic!("{part} in {asked}")));
        assert!(order.is_sorted(), "{asked}");
    }

    #[tokio::test]
    async fn who_goes_before_the_end_leaves_no_whole_upload() {
        let mut peer = Peer::answering(200, JSON, r#"{"text":"Hello."}"#).await;
        let (mouth, ear) = mpsc::channel(4);
        mouth.send(packet(Coding::OggOpus, &"OggS-one".repeat(SEGMENT))).await.unwrap();
        let sound = stream::unfold(ear, |mut ear| async { Some((ear.recv().await?, ear)) });
        let mut words = peer.provider("openai").hear.unwrap().hear(Box::pin(sound), how());
        tokio::select! {
            _ = words.next() => panic!("nothing was answered"),
            () = peer.sees(b"OggS-one") => {}
        }
        // a turn that is cut drops all of it at once
        drop((mouth, words));
        let asked = peer.asked().await;
        assert!(!asked.contains("\r\n0\r\n\r\n"), "the upload was ended in order: {asked}");
    }

    #[tokio::test]
    async fn an_upload_that_nobody_waits_for_breaks_off() {
        let long = "one".repeat(SEGMENT);
        let all = [long.as_str(), "two", "three"].map(|bytes| packet(Coding::OggOpus, bytes));
        let sound = || Box::pin(stream::iter(all.clone()));
        let (held, gone) = oneshot::channel();
        let mut bytes = pin!(until(gone, sound()));
        assert_eq!(bytes.next().await.unwrap().unwrap(), long);
        drop(held);
        assert_eq!(bytes.next().await.unwrap().unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
        assert!(bytes.next().await.is_none());
        let (_held, gone) = oneshot::channel();
        assert_eq!(until(gone, sound()).try_collect::<Vec<_>>().await.unwrap(), [long.as_str(), "twothree"]);
    }

    #[tokio::test]
    async fn words_come_by_event_or_at_once() {
        let events = "data: {\"type\":\"transcript.text.delta\",\"delta\":\" Hel\"}\r\n\r\n\
                      data: {\"type\":\"transcript.text.delta\",\"delta\":\"lo\"}\r\n\r\n\
                      data: {\"type\":\"transcript.text.done\",\"text\":\" Hello. \",\"usage\":{}}\r\n\r\n";
        for kind in ["text/event-stream", "text/plain; charset=utf-8"] {
            let peer = Peer::answering(200, kind, events).await;
            let heard = heard_of(&peer, "openai", Coding::OggOpus).await;
            assert_eq!(heard, Ok(vec![("Hel".into(), false), ("Hello".into(), false), ("Hello.".into(), true)]));
        }
        for name in ["openai", "groq", "speaches"] {
            let peer = Peer::answering(200, JSON, r#"{"text":" Hello\n","x_groq":{"id":"req_1"}}"#).await;
            assert_eq!(heard_of(&peer, name, Coding::OggOpus).await, Ok(vec![("Hello".into(), true)]), "{name}");
            assert_eq!(peer.asked().await.contains("name=\"stream\""), name == "openai", "{name}");
        }
        let peer = Peer::answering(200, "text/event-stream", "data: {\"type\":\"transcript.text.delta\"}\n\n").await;
        assert_eq!(heard_of(&peer, "openai", Coding::OggOpus).await, Err(ErrorKind::CutShort));
    }

    #[tokio::test]
    async fn nothing_said_is_an_answer_too() {
        let peer = Peer::answering(200, JSON, r#"{"text":" "}"#).await;
        assert_eq!(heard_of(&peer, "groq", Coding::OggOpus).await, Ok(vec![(String::new(), true)]));
        let peer = Peer::answering(200, JSON, r#"{"words":[]}"#).await;
        assert_eq!(heard_of(&peer, "groq", Coding::OggOpus).await, Err(ErrorKind::Garbled));
    }

    #[tokio::test]
    async fn samples_go_as_a_wav_file_of_known_length() {
        let peer = Peer::answering(200, JSON, r#"{"text":"Hello."}"#).await;
        let heard = heard_of(&peer, "whisper-cpp", Coding::Pcm16 { rate: 16_000 }).await;
        assert_eq!(heard, Ok(vec![("Hello.".into(), true)]));
        let asked = peer.asked().await;
        assert!(asked.starts_with("POST /inference HTTP/1.1\r\n"), "{asked}");
        assert!(
            asked.contains("filename=\"audio.wav\"") && asked.contains("audio/wav\r\n\r\nRIFF\u{30}\0\0\0WAVEfmt ")
        );
        assert!(asked.to_ascii_lowercase().contains("\r\ncontent-length: "), "{asked}");
        assert!(!asked.contains("name=\"model\""), "it has one model");
    }

    #[test]
    fn the_wav_file_is_one() {
        let samples: Vec<i16> = (-500..500).collect();
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let mut read = hound::WavReader::new(io::Cursor::new(wav(16_000, &bytes))).unwrap();
        let spec = read.spec();
        assert_eq!((spec.channels, spec.sample_rate, spec.bits_per_sample), (1, 16_000, 16));
        assert_eq!(read.samples::<i16>().map(Result::unwrap).collect::<Vec<_>>(), samples);
    }

    #[tokio::test]
    async fn a_refused_file_is_told_from_a_refused_key() {
        let unsupported = r#"{"error":{"message":"Unsupported file format","type":"invalid_request_error","param":"file","code":"invalid_value"}}"#;
        let ogg = Coding::OggOpus;
        let pcm = Coding::Pcm16 { rate: 16_000 };
        for (status, body, coding, kind) in [
            (400, unsupported, ogg, ErrorKind::SoundRefused),
            (400, unsupported, pcm, ErrorKind::SoundRefused),
            (400, r#"{"error":"failed to read audio data"}"#, ogg, ErrorKind::SoundRefused),
            (400, r#"{"error":{"param":"language"}}"#, pcm, ErrorKind::Refused),
            (415, r#"{"detail":"Failed to decode audio."}"#, ogg, ErrorKind::SoundRefused),
            (401, r#"{"error":{"code":"invalid_api_key"}}"#, ogg, ErrorKind::KeyRefused),
            (404, r#"{"error":{"code":"model_not_found"}}"#, ogg, ErrorKind::ModelGone),
            (413, "", ogg, ErrorKind::TooLarge),
            (500, "", ogg, ErrorKind::ServiceFailed),
        ] {
            let peer = Peer::answering(status, JSON, body).await;
            assert_eq!(heard_of(&peer, "openai", coding).await, Err(kind), "{status} {body}");
        }
    }

    #[test]
    fn events_of_every_kind_are_read() {
        let read = |event: &str| heard("test", event).map_err(|error| error.kind);
        assert_eq!(read(r#"{"type":"transcript.text.delta","delta":"a"}"#), Ok(Heard::More("a".into())));
        assert_eq!(read(r#"{"type":"transcription.text.delta","text":"a"}"#), Ok(Heard::More("a".into())));
        assert_eq!(read(r#"{"type":"transcription.done","text":"a"}"#), Ok(Heard::All("a".into())));
        assert_eq!(read(r#"{"type":"transcript.text.segment","text":"a"}"#), Ok(Heard::Nothing));
        assert_eq!(read("[DONE]"), Ok(Heard::Nothing));
        assert_eq!(read(r#"{"type":"error","error":{"code":"server_error"}}"#), Err(ErrorKind::ServiceFailed));
        assert_eq!(read("no json"), Err(ErrorKind::Garbled));
    }
}
