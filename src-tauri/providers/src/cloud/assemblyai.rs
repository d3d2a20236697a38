//! AssemblyAI's streaming v3. One socket an utterance: it is paid by the time a socket is open.
//!
//! Unproven against the real service: how it measures the 50 to 1000 ms that a frame may last when the frame is a page
//! of Ogg-Opus. Where one is refused (close code 3007), the same utterance comes again as samples, whose last frame is
//! made long enough with silence.

use super::{Cloud, Preset};
use crate::{
    dialect::{Dialect, Gather, Heard, Out, by_code, says},
    fault,
    listen::Line,
    shelf::Keeping,
    vendor::{Vendor, with_query},
};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use voice::{
    BoxFuture, Coding, Error, ErrorKind, Hearing, KeyNeed, Kind, Language, Offers, Packet, PacketStream, Provider,
    Remote, Transcribe, WordsStream,
};

pub(crate) const ROW: Cloud = Cloud {
    name: "assemblyai",
    key_of: "assemblyai",
    key: KeyNeed::Required,
    kinds: &[Kind::Hear],
    languages: &[],
    said: &[],
    takes: &[Coding::OggOpus, SAMPLES],
    whole: false,
    account: Preset { hear_model: BEST, ..Preset::at("https://streaming.assemblyai.com") },
    open,
};

/// Its best model, and what that knows for certain.
const BEST: &str = "universal-3-5-pro";
const KNOWN: [&str; 6] = ["en", "es", "fr", "de", "it", "pt"];
/// Knows 99 languages.
const WIDE: &str = "whisper-rt";
const SAMPLES: Coding = Coding::Pcm16 { rate: 16_000 };
/// 60 ms of samples, in bytes.
const FRAME: usize = 1_920;

fn open(vendor: Vendor) -> Provider {
    let line = Line::new(vendor.clone(), vendor.key_header("authorization", ""), Coding::OggOpus);
    let it = Arc::new(AssemblyAi { vendor, line });
    Provider { hear: Some(it.clone()), service: Some(it), ..Provider::default() }
}

struct AssemblyAi {
    vendor: Vendor,
    line: Line,
}

impl Transcribe for AssemblyAi {
    fn hear(&self, sound: PacketStream, how: Hearing) -> WordsStream {
        self.line.hear(Utterance::new(self.vendor.clone(), how.language.clone()), sound, how.language)
    }
}

struct Utterance {
    vendor: Vendor,
    language: Language,
    gather: Gather,
    /// Its turns by their order, each replaced until it ends; a pause ends one.
    turns: BTreeMap<u32, String>,
    asked: bool,
}

#[derive(Deserialize)]
#[serde(tag = "type")]
enum Message {
    Begin,
    Turn {
        #[serde(default)]
        turn_order: u32,
        #[serde(default)]
        transcript: String,
        #[serde(default)]
        end_of_turn: bool,
        #[serde(default)]
        turn_is_formatted: bool,
    },
    Error(Value),
    #[serde(other)]
    Other,
}

impl Utterance {
    fn new(vendor: Vendor, language: Language) -> Self {
        Self { vendor, language, gather: Gather::default(), turns: BTreeMap::new(), asked: false }
    }

    /// What it says before it closes with the same code, in more words than the close may have.
    fn failed(&self, failure: &Value) -> Error {
        let code = failure.get("error_code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
        let Some(code) = code else { return fault::within(self.vendor.name, failure) };
        let reason = failure.get("error").and_then(Value::as_str).unwrap_or_default();
        self.vendor.error(self.closed(code, reason), &format!("it ended the session ({code})."))
    }
}

impl Dialect for Utterance {
    const WAITS: bool = true;
    const KEEPING: Option<Keeping> = None;
    /// There may be nothing left to end.
    const SILENCE: Option<Duration> = Some(Duration::from_secs(1));
    /// It wants no more than was spoken, or little more after a slow handshake.
    const PACE: Option<f32> = Some(1.25);

    fn url(&self, coding: Coding) -> String {
        let chosen = self.vendor.account.hear_model.as_str();
        let model = if chosen == BEST && !KNOWN.contains(&self.language.tag()) { WIDE } else { chosen };
        let languages = json!([self.language.tag()]).to_string();
        let mut query = vec![("speech_model", model), ("format_turns", "true"), ("language_codes", &languages)];
        match coding {
            Coding::OggOpus => query.push(("encoding", "ogg_opus")),
            _ => query.extend([("encoding", "pcm_s16le"), ("sample_rate", "16000")]),
        }
        with_query(&self.vendor.url("v3/ws"), &query)
    }

    fn sound(&mut self, packet: Packet) -> Option<Out> {
        match packet.coding {
            Coding::OggOpus => Some(Out::Bytes(packet.bytes)),
            _ => self.gather.push(&packet.bytes, FRAME).map(Out::Bytes),
        }
    }

    fn end(&mut self) -> Vec<Out> {
        self.asked = true;
        let rest = self.gather.rest(FRAME).map(Out::Bytes);
        rest.into_iter().chain([Out::Text(r#"{"type":"ForceEndpoint"}"#.to_owned())]).collect()
    }

    fn read(&mut self, text: &str) -> Result<Heard, Error> {
        let garbled = |_| self.vendor.error(ErrorKind::Garbled, "a message is none of its own.");
        match serde_json::from_str(text).map_err(garbled)? {
            Message::Begin => Ok(Heard::Ready),
            Message::Turn { turn_order, transcript, end_of_turn, turn_is_formatted } => {
                // a turn that was not finished may end in a dash
                self.turns.insert(turn_order, transcript.trim_end_matches(['—', ' ']).to_owned());
                let newest = self.turns.last_key_value().is_some_and(|(order, _)| *order == turn_order);
                let over = self.asked && newest && end_of_turn && turn_is_formatted;
                Ok(if over { Heard::Last(self.so_far()) } else { Heard::More })
            }
            Message::Error(failure) => Err(self.failed(&failure)),
            Message::Other => Ok(Heard::Nothing),
        }
    }

    fn so_far(&self) -> String {
        self.turns.values().filter(|turn| !turn.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ")
    }

    fn farewell(&self) -> Option<Out> {
        Some(Out::Text(r#"{"type":"Terminate"}"#.to_owned()))
    }

    /// Those from 3000 are of version 3, those from 4000 older.
    fn closed(&self, code: u16, reason: &str) -> ErrorKind {
        match code {
            1008 => turned_away(reason),
            4001 => ErrorKind::KeyRefused,
            4002 | 4003 => ErrorKind::NoCredit,
            3009 | 4102 => ErrorKind::Busy,
            3005 => ErrorKind::ServiceFailed,
            3006 | 4100 | 4101 => ErrorKind::Refused,
            3007 | 4000 | 4032 | 4034 => ErrorKind::SoundRefused,
            other => by_code(other),
        }
    }
}

/// 1008 is a key, an account or a number of sessions that it does not like. It calls all of them unauthorized, so that
/// word is looked for last (its page on “common session errors and closures”).
fn turned_away(reason: &str) -> ErrorKind {
    if says(reason, &["too many", "concurrent", "rate limit"]) {
        ErrorKind::Busy
    } else if says(reason, &["balance", "fund", "credit", "billing", "payment"]) {
        ErrorKind::NoCredit
    } else if says(reason, &["authori", "token", "key"]) {
        ErrorKind::KeyRefused
    } else {
        ErrorKind::Refused
    }
}

impl Remote for AssemblyAi {
    /// The socket is opened by `hear`, which is asked at the same moment.
    fn warm(&self) -> BoxFuture<()> {
        Box::pin(async {})
    }

    /// Asks for a token that is never used.
    fn test(&self) -> BoxFuture<Result<(), Error>> {
        let url = with_query(&self.vendor.url("v3/token"), &[("expires_in_seconds", "60")]);
        let request = self.vendor.request(Method::GET, &url).headers(self.vendor.key_header("authorization", ""));
        let vendor = self.vendor.clone();
        Box::pin(async move { vendor.send(request).await.map(drop) })
    }

    /// It has no list; these are those it documents.
    fn offers(&self) -> BoxFuture<Result<Offers, Error>> {
        let models = [BEST, "u3-rt-pro", "universal-streaming-english", "universal-streaming-multilingual", WIDE];
        let offers = Offers { models: models.map(str::to_owned).to_vec(), voices: Vec::new() };
        Box::pin(async { Ok(offers) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loopback::{all, in_language, live, peer, sound};
    use tokio_tungstenite::tungstenite::Message as Frame;

    fn turn(order: u32, transcript: &str, ended: bool, formatted: bool) -> Value {
        json!({
            "type": "Turn", "turn_order": order, "turn_is_formatted": formatted, "end_of_turn": ended,
            "transcript": transcript, "end_of_turn_confidence": 0.2, "words": [],
        })
    }

    #[tokio::test]
    async fn a_turn_replaces_itself_and_follows_the_one_before() {
        let mut utterance = Utterance::new(peer(|_| async {}).await.vendor(&ROW), Language::new("en"));
        let read = |utterance: &mut Utterance, frame: Value| {
            let heard = utterance.read(&frame.to_string()).map_err(|error| error.kind);
            (heard, utterance.so_far())
        };
        let more = |text: &str| (Ok(Heard::More), text.to_owned());
        assert_eq!(read(&mut utterance, turn(0, "hello th", false, false)), more("hello th"));
        assert_eq!(read(&mut utterance, turn(0, "Hello there.", true, true)), more("Hello there."));
        assert_eq!(read(&mut utterance, turn(1, "how —", false, false)), more("Hello there. how"));
        utterance.end();
        assert_eq!(read(&mut utterance, turn(1, "how are", true, false)), more("Hello there. how are"));
        let done = read(&mut utterance, turn(1, "How are?", true, true)).0;
        assert_eq!(done, Ok(Heard::Last("Hello there. How are?".into())));
        assert_eq!(utterance.closed(3007, ""), ErrorKind::SoundRefused);
    }

    #[tokio::test]
    async fn a_session_that_is_turned_away_is_told_by_its_reason() {
        for (reason, kind) in [
            ("Unauthorized Connection: Too many concurrent sessions", ErrorKind::Busy),
            ("Unauthorized Connection: Insufficient account balance", ErrorKind::NoCredit),
            ("Unauthorized Connection: Missing Authorization header", ErrorKind::KeyRefused),
            ("See Error message for details", ErrorKind::Refused),
        ] {
            let told = peer(move |mut caller| async move {
                caller.say(&json!({"type": "Error", "error_code": 1008, "error": reason})).await;
                caller.next().await;
            });
            let silent = peer(move |caller| caller.close_because(1008, reason));
            for peer in [told.await, silent.await] {
                let hear = peer.provider(&ROW).hear.unwrap();
                let error = all(hear.hear(sound(SAMPLES, &[b"one"]), in_language("en"))).await.unwrap_err();
                assert_eq!(error.kind, kind, "{reason}");
                assert!(!error.detail.contains(reason), "{}", error.detail);
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_that_does_not_begin_is_given_up() {
        let peer = peer(|mut caller| async move { assert_eq!(caller.next().await, None) }).await;
        let (_packets, sound) = live();
        let words = peer.provider(&ROW).hear.unwrap().hear(sound, in_language("en"));
        let ended =
            tokio::time::timeout(Duration::from_secs(10), all(words)).await.expect("while somebody still speaks");
        assert_eq!(ended.unwrap_err().kind, ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn frames_of_samples_are_long_enough_and_the_session_is_ended() {
        let peer = peer(|mut caller| async move {
            assert_eq!(caller.header("authorization"), "key");
            assert!(caller.uri.contains("speech_model=whisper-rt"));
            caller.say(&json!({"type": "Begin", "id": "i", "expires_at": 1})).await;
            let Some(Frame::Binary(bytes)) = caller.next().await else { panic!("sound was due") };
            assert_eq!((bytes.len(), &bytes[..4]), (FRAME, &b"onet"[..]));
            assert_eq!(caller.json().await, Some(json!({"type": "ForceEndpoint"})));
            caller.say(&turn(0, "Да.", true, true)).await;
            assert_eq!(caller.json().await, Some(json!({"type": "Terminate"})));
        })
        .await;
        let hear = peer.provider(&ROW).hear.unwrap();
        let words = all(hear.hear(sound(SAMPLES, &[b"one", b"two"]), in_language("ru"))).await;
        assert_eq!(words, Ok(vec![("Да.".into(), true)]));
    }
}
