//! Azure's streaming recognition: one turn of its protocol on a socket of its own is one utterance, of any length and with
//! any pauses. A message is header lines, a blank line, and JSON; one of sound has the length of its header lines before
//! them, and ends the sound if nothing follows them.
//!
//! There is no public page on it. It is as Microsoft's own Speech SDK (1.53) speaks it, seen on the wire; that Ogg-Opus is
//! taken here as in its short recognition over HTTP is unproven. Where it is refused, the utterance comes again as samples.

use crate::{
    cloud::body::wav_head,
    dialect::{Dialect, Gather, Heard, Out, by_code, says},
    shelf::Keeping,
    vendor::{Vendor, with_query},
};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::{Value, json};
use std::hash::{BuildHasher, RandomState};
use voice::{Coding, Error, ErrorKind, Packet};

/// Somebody may hold the key and think for a minute before the first word.
const THINKING_MS: u32 = 60_000;
/// 100 ms of samples, in bytes, as its own client sends them.
const FRAME: usize = 3_200;

/// One turn.
pub(super) struct Turn {
    vendor: Vendor,
    url: String,
    locale: &'static str,
    /// Of the turn, and of its connection.
    id: String,
    gather: Gather,
    /// The kind of sound has been said.
    named: bool,
    /// What lies between pauses, for good.
    phrases: Vec<String>,
    guess: String,
    ended: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Hypothesis {
    text: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Phrase {
    recognition_status: String,
    #[serde(default)]
    display_text: String,
}

impl Turn {
    /// `url` is the service, without a query.
    pub(super) fn new(vendor: Vendor, url: &str, locale: &'static str) -> Self {
        let url = with_query(url, &[("language", locale), ("format", "simple"), ("profanity", "raw")]);
        let (gather, phrases, guess) = (Gather::default(), Vec::new(), String::new());
        Self { vendor, url, locale, id: id(), gather, named: false, phrases, guess, ended: false }
    }

    /// The header lines of a message on `path`; `more` has the ends of its lines.
    fn head(&self, path: &str, more: &str) -> String {
        let (now, id) = (jiff::Timestamp::now(), &self.id);
        format!("X-Timestamp:{now:.3}\r\nPath:{path}\r\n{more}X-RequestId:{id}\r\n")
    }

    fn say(&self, path: &str, body: &Value) -> Out {
        let head = self.head(path, "Content-Type:application/json; charset=utf-8\r\n");
        Out::Text(format!("{head}\r\n{body}"))
    }

    /// A message of sound; `kind` is said with the first.
    fn audio(&self, kind: Option<&str>, bytes: &[u8]) -> Out {
        let kind = kind.map(|kind| format!("Content-Type:{kind}\r\n")).unwrap_or_default();
        let head = self.head("audio", &kind);
        let length = u16::try_from(head.len()).unwrap_or_default().to_be_bytes();
        Out::Bytes([length.as_slice(), head.as_bytes(), bytes].concat().into())
    }

    fn parsed<'a, T: Deserialize<'a>>(&self, body: &'a str) -> Result<T, Error> {
        serde_json::from_str(body).map_err(|_| self.vendor.error(ErrorKind::Garbled, "a message is none of its own."))
    }

    /// All outcomes of a phrase come in the same way.
    fn take(&mut self, phrase: Phrase) -> Result<(), Error> {
        self.guess.clear();
        let kind = match phrase.recognition_status.as_str() {
            "Success" => {
                self.phrases.push(phrase.display_text);
                return Ok(());
            }
            "NoMatch" | "InitialSilenceTimeout" | "BabbleTimeout" | "EndOfDictation" => return Ok(()),
            "TooManyRequests" => ErrorKind::Busy,
            "Forbidden" => ErrorKind::KeyRefused,
            "BadRequest" => ErrorKind::Refused,
            _ => ErrorKind::ServiceFailed,
        };
        Err(self.vendor.error(kind, "it could not recognise anything."))
    }
}

impl Dialect for Turn {
    const KEEPING: Option<Keeping> = None;
    /// Its own client sends no faster once a few seconds are there.
    const PACE: Option<f32> = Some(2.0);

    fn url(&self, _: Coding) -> String {
        self.url.clone()
    }

    fn headers(&self) -> HeaderMap {
        let id = HeaderValue::from_str(&self.id).ok();
        id.into_iter().map(|id| (HeaderName::from_static("x-connectionid"), id)).collect()
    }

    fn greeting(&self, coding: Coding) -> Vec<Out> {
        let system = json!({ "name": "Wilco", "version": env!("CARGO_PKG_VERSION") });
        let config = json!({ "context": { "system": system, "audio": { "source": { "type": "Stream" } } } });
        let detection = json!({
            "language": self.locale, "mode": "CONVERSATION", "enrichment": { "profanity": "raw" },
            "initialSilenceTimeout": THINKING_MS,
        });
        let mut all = vec![
            self.say("speech.config", &config),
            self.say("speech.context", &json!({ "phraseDetection": detection })),
        ];
        if let Coding::Pcm16 { rate } = coding {
            // nobody knows yet how long it will be
            all.push(self.audio(Some("audio/x-wav"), &wav_head(rate, 0)));
        }
        all
    }

    fn sound(&mut self, packet: Packet) -> Option<Out> {
        if packet.coding == Coding::OggOpus {
            let first = !std::mem::replace(&mut self.named, true);
            return Some(self.audio(first.then_some("audio/ogg; codecs=opus"), &packet.bytes));
        }
        let bytes = self.gather.push(&packet.bytes, FRAME)?;
        Some(self.audio(None, &bytes))
    }

    fn end(&mut self) -> Vec<Out> {
        self.ended = true;
        let rest = self.gather.rest(0).map(|bytes| self.audio(None, &bytes));
        rest.into_iter().chain([self.audio(None, b"")]).collect()
    }

    fn read(&mut self, text: &str) -> Result<Heard, Error> {
        // a body may hold blank lines, too
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let mut lines = head.lines().filter_map(|line| line.split_once(':'));
        let path = lines.find(|(name, _)| name.eq_ignore_ascii_case("path")).map(|(_, path)| path.trim());
        match path.unwrap_or_default().to_ascii_lowercase().as_str() {
            "speech.hypothesis" | "speech.fragment" => {
                self.guess = self.parsed::<Hypothesis>(body)?.text;
                Ok(Heard::More)
            }
            "speech.phrase" => {
                let phrase = self.parsed(body)?;
                self.take(phrase).map(|()| Heard::More)
            }
            "turn.end" if self.ended => Ok(Heard::Last(self.so_far())),
            // what is still being said would be heard by nobody
            "turn.end" => Err(self.vendor.error(ErrorKind::CutShort, "it ended the turn while the sound went on.")),
            _ => Ok(Heard::Nothing),
        }
    }

    fn so_far(&self) -> String {
        let all = self.phrases.iter().chain([&self.guess]);
        all.map(|text| text.trim()).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// It closes a connection that it cannot make sense of, with a reason in words.
    fn closed(&self, code: u16, reason: &str) -> ErrorKind {
        match code {
            1007 if says(reason, &["quota", "too many", "throttl"]) => ErrorKind::Busy,
            1007 if says(reason, &["audio", "codec", "format", "header"]) => ErrorKind::SoundRefused,
            1007 => ErrorKind::Refused,
            other => by_code(other),
        }
    }
}

/// 128 bits that nobody else has, as 32 hexadecimal digits.
fn id() -> String {
    let random = || RandomState::new().hash_one(0);
    format!("{:016x}{:016x}", random(), random())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cloud::azure::ROW,
        loopback::{Caller, all, in_language, peer, sound},
    };
    use tokio_tungstenite::tungstenite::Message as Frame;

    const SAMPLES: Coding = Coding::Pcm16 { rate: 16_000 };

    fn told(path: &str, body: &Value) -> String {
        format!("X-RequestId:1\r\npath: {path}\r\n\r\n{body}")
    }

    fn phrase(status: &str, text: &str) -> String {
        told("speech.phrase", &json!({ "RecognitionStatus": status, "DisplayText": text, "Offset": 0, "Duration": 1 }))
    }

    async fn turn() -> Turn {
        let mut turn = Turn::new(peer(|_| async {}).await.vendor(&ROW), "http://here/path", "en-US");
        turn.ended = true;
        turn
    }

    /// The lines of a message and what follows them.
    async fn message(caller: &mut Caller) -> (String, Vec<u8>) {
        match caller.next().await {
            Some(Frame::Text(text)) => {
                let (head, body) = text.as_str().split_once("\r\n\r\n").expect("a blank line");
                (head.to_owned(), body.as_bytes().to_vec())
            }
            Some(Frame::Binary(bytes)) => {
                let length = usize::from(u16::from_be_bytes([bytes[0], bytes[1]])) + 2;
                (String::from_utf8(bytes[2..length].to_vec()).expect("lines"), bytes[length..].to_vec())
            }
            other => panic!("a message was due: {other:?}"),
        }
    }

    #[tokio::test]
    async fn phrases_between_pauses_are_one_utterance() {
        let mut turn = turn().await;
        let mut read = |text: &str| {
            let heard = turn.read(text).map_err(|error| error.kind);
            (heard, turn.so_far())
        };
        let more = |text: &str| (Ok(Heard::More), text.to_owned());
        assert_eq!(read(&told("turn.start", &json!({}))), (Ok(Heard::Nothing), String::new()));
        assert_eq!(read(&told("speech.hypothesis", &json!({ "Text": "hello th" }))), more("hello th"));
        assert_eq!(read(&phrase("Success", "Hello\r\n\r\nthere.")), more("Hello\r\n\r\nthere."));
        assert_eq!(read(&phrase("NoMatch", "")), more("Hello\r\n\r\nthere."));
        assert_eq!(read(&told("speech.hypothesis", &json!({ "Text": "how" }))), more("Hello\r\n\r\nthere. how"));
        assert_eq!(read(&phrase("Success", "How are you?")), more("Hello\r\n\r\nthere. How are you?"));
        assert_eq!(read(&phrase("EndOfDictation", "")), more("Hello\r\n\r\nthere. How are you?"));
        let whole = Heard::Last("Hello\r\n\r\nthere. How are you?".into());
        assert_eq!(read(&told("turn.end", &json!({}))).0, Ok(whole));
    }

    #[tokio::test]
    async fn silence_is_no_failure_and_a_failure_no_silence() {
        for (text, kind) in [
            (phrase("InitialSilenceTimeout", ""), None),
            (phrase("BabbleTimeout", ""), None),
            (phrase("Error", ""), Some(ErrorKind::ServiceFailed)),
            (phrase("TooManyRequests", ""), Some(ErrorKind::Busy)),
            (told("speech.phrase", &json!("Success")), Some(ErrorKind::Garbled)),
        ] {
            let mut turn = turn().await;
            assert_eq!(turn.read(&text).map_err(|error| error.kind).err(), kind, "{text}");
            assert_eq!(turn.so_far(), "");
        }
        for (reason, kind) in [
            ("Quota exceeded.", ErrorKind::Busy),
            ("The audio format is not supported.", ErrorKind::SoundRefused),
            ("Invalid language.", ErrorKind::Refused),
        ] {
            assert_eq!(turn().await.closed(1007, reason), kind, "{reason}");
        }
    }

    #[tokio::test]
    async fn a_turn_that_ends_before_the_sound_is_no_transcript() {
        let peer = peer(|mut caller| async move {
            caller.say_text(&phrase("Success", "One.")).await;
            caller.say_text(&told("turn.end", &json!({}))).await;
            caller.next().await;
        })
        .await;
        let (_packets, sound) = crate::loopback::live();
        let words = all(peer.provider(&ROW).hear.expect("an ear").hear(sound, in_language("en"))).await;
        assert_eq!(words.map_err(|error| error.kind), Err(ErrorKind::CutShort));
    }

    #[tokio::test]
    async fn samples_come_in_a_file_whose_end_is_said() {
        let peer = peer(|mut caller| async move {
            assert_eq!(caller.header("ocp-apim-subscription-key"), "key");
            assert!(caller.uri.contains("/conversation/") && caller.uri.contains("language=ru-RU"), "{}", caller.uri);
            let id = caller.header("x-connectionid").to_owned();
            assert!(id.len() == 32 && id.bytes().all(|digit| digit.is_ascii_hexdigit()), "{id}");
            for path in ["speech.config", "speech.context"] {
                let (head, body) = message(&mut caller).await;
                assert!(head.contains(&format!("Path:{path}\r\n")) && head.contains(&id), "{head}");
                serde_json::from_slice::<Value>(&body).expect("JSON");
            }
            let (head, wav) = message(&mut caller).await;
            assert!(head.contains("Path:audio\r\nContent-Type:audio/x-wav\r\n") && head.ends_with("\r\n"), "{head}");
            assert!(wav.len() == 44 && wav.starts_with(b"RIFF"));
            let (head, samples) = message(&mut caller).await;
            assert!(!head.contains("Content-Type"), "{head}");
            assert_eq!(samples, b"onetwo");
            assert_eq!(message(&mut caller).await.1, b"");
            caller.say_text(&phrase("Success", "Да.")).await;
            caller.say_text(&told("turn.end", &json!({}))).await;
            caller.next().await;
        })
        .await;
        let hear = peer.provider(&ROW).hear.expect("an ear");
        let words = all(hear.hear(sound(SAMPLES, &[b"one", b"two"]), in_language("ru"))).await;
        assert_eq!(words, Ok(vec![("Да.".into(), false), ("Да.".into(), true)]));
    }
}
