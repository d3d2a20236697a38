//! OpenAI's Realtime socket, used for transcription only: it listens along, where the upload of `openai` begins after
//! the last byte. Sound is 24 kHz samples in base64, the only coding it takes that is not telephone's.

use super::{Cloud, Preset};
use crate::{
    dialect::{Dialect, Heard, Out},
    fault,
    listen::Line,
    shelf::Keeping,
    vendor::{Vendor, with_query},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use voice::{
    BoxFuture, Coding, Error, ErrorKind, Hearing, KeyNeed, Kind, Language, Offers, Packet, PacketStream, Provider,
    Remote, Transcribe, WordsStream,
};

pub(crate) const ROW: Cloud = Cloud {
    name: "openai-realtime",
    key_of: "openai",
    key: KeyNeed::Required,
    kinds: &[Kind::Hear],
    languages: &[],
    said: &[],
    takes: &[SAMPLES],
    whole: false,
    account: Preset { hear_model: "gpt-live-transcribe", ..Preset::at("https://api.openai.com/v1") },
    open,
};

const SAMPLES: Coding = Coding::Pcm16 { rate: 24_000 };
/// 100 ms, in bytes: it refuses to understand less.
const LEAST: usize = 4_800;

fn open(vendor: Vendor) -> Provider {
    let line = Line::new(vendor.clone(), vendor.key_header("authorization", "Bearer "), SAMPLES);
    let realtime = Arc::new(Realtime { vendor, line });
    Provider { hear: Some(realtime.clone()), service: Some(realtime), ..Provider::default() }
}

struct Realtime {
    vendor: Vendor,
    line: Line,
}

impl Transcribe for Realtime {
    fn hear(&self, sound: PacketStream, how: Hearing) -> WordsStream {
        self.line.hear(Utterance::new(self.vendor.clone(), how.language.clone()), sound, how.language)
    }
}

/// One utterance, which is one item of the conversation on the other side.
struct Utterance {
    vendor: Vendor,
    language: Language,
    sent: usize,
    /// The item that the deltas so far belong to, and they.
    item: String,
    text: String,
    /// It was told which item ours is.
    committed: bool,
}

#[derive(Deserialize)]
#[serde(tag = "type")]
enum Message {
    #[serde(rename = "session.updated")]
    Updated,
    #[serde(rename = "input_audio_buffer.committed")]
    Committed { item_id: String },
    #[serde(rename = "conversation.item.input_audio_transcription.delta")]
    Delta {
        item_id: String,
        #[serde(default)]
        delta: String,
    },
    #[serde(rename = "conversation.item.input_audio_transcription.completed")]
    Completed {
        item_id: String,
        #[serde(default)]
        transcript: String,
    },
    #[serde(rename = "conversation.item.input_audio_transcription.failed")]
    Failed { item_id: String, error: Value },
    #[serde(rename = "error")]
    Error { error: Value },
    #[serde(other)]
    Other,
}

impl Utterance {
    fn new(vendor: Vendor, language: Language) -> Self {
        Self { vendor, language, sent: 0, item: String::new(), text: String::new(), committed: false }
    }

    fn append(sound: &[u8]) -> Out {
        let message = json!({ "type": "input_audio_buffer.append", "audio": BASE64_STANDARD.encode(sound) });
        Out::Text(message.to_string())
    }

    /// The text of `item` so far, where that may be ours.
    fn ours(&mut self, item: String) -> bool {
        if self.committed || self.item == item {
            return self.item == item;
        }
        self.item = item;
        self.text.clear();
        true
    }
}

impl Dialect for Utterance {
    /// What is sent before the session is as we want it would be understood otherwise.
    const WAITS: bool = true;
    const KEEPING: Option<Keeping> =
        Some(Keeping { message: None, every: Duration::from_secs(60), idle: Duration::from_secs(5 * 60) });

    /// The language is part of the session, not of the address; it stands here so that a kept socket is for one.
    fn url(&self, _: Coding) -> String {
        format!("{}#{}", with_query(&self.vendor.url("realtime"), &[("intent", "transcription")]), self.language)
    }

    fn greeting(&self, _: Coding) -> Vec<Out> {
        let model = self.vendor.account.hear_model.as_str();
        // the older ones are told one language, the newer ones several
        let older = model.starts_with("gpt-4o") || model.contains("whisper");
        let transcription = if older {
            json!({ "model": model, "language": self.language.tag() })
        } else {
            json!({ "model": model, "languages": [self.language.tag()] })
        };
        let input = json!({
            "format": { "type": "audio/pcm", "rate": 24_000 },
            "transcription": transcription,
            "noise_reduction": { "type": "near_field" },
            "turn_detection": null,
        });
        let session = json!({ "type": "transcription", "audio": { "input": input } });
        vec![Out::Text(json!({ "type": "session.update", "session": session }).to_string())]
    }

    fn sound(&mut self, packet: Packet) -> Option<Out> {
        self.sent += packet.bytes.len();
        Some(Self::append(&packet.bytes))
    }

    fn end(&mut self) -> Vec<Out> {
        let silence = vec![0; LEAST.saturating_sub(self.sent)];
        let padding = (!silence.is_empty()).then(|| Self::append(&silence));
        padding.into_iter().chain([Out::Text(r#"{"type":"input_audio_buffer.commit"}"#.to_owned())]).collect()
    }

    fn read(&mut self, text: &str) -> Result<Heard, Error> {
        let garbled = |_| self.vendor.error(ErrorKind::Garbled, "a message is none of its own.");
        Ok(match serde_json::from_str(text).map_err(garbled)? {
            Message::Updated => Heard::Ready,
            Message::Committed { item_id } => {
                self.ours(item_id);
                self.committed = true;
                Heard::Nothing
            }
            Message::Delta { item_id, delta } if self.ours(item_id.clone()) => {
                self.text.push_str(&delta);
                Heard::More
            }
            Message::Completed { item_id, transcript } if self.committed && self.item == item_id => {
                Heard::Last(transcript)
            }
            Message::Failed { item_id, error } if self.committed && self.item == item_id => {
                return Err(fault::within(self.vendor.name, &error));
            }
            Message::Error { error } => return Err(fault::within(self.vendor.name, &error)),
            Message::Delta { .. } | Message::Completed { .. } | Message::Failed { .. } | Message::Other => {
                Heard::Nothing
            }
        })
    }

    fn so_far(&self) -> String {
        self.text.clone()
    }
}

#[derive(Deserialize)]
struct Models {
    data: Vec<Model>,
}

#[derive(Deserialize)]
struct Model {
    id: String,
}

impl Realtime {
    fn models(&self) -> RequestBuilder {
        let request = self.vendor.request(Method::GET, &self.vendor.url("models"));
        request.headers(self.vendor.key_header("authorization", "Bearer "))
    }
}

impl Remote for Realtime {
    /// The socket is opened by `hear`, which is asked at the same moment.
    fn warm(&self) -> BoxFuture<()> {
        Box::pin(async {})
    }

    fn test(&self) -> BoxFuture<Result<(), Error>> {
        let (vendor, request) = (self.vendor.clone(), self.models());
        Box::pin(async move { vendor.send(request).await.map(drop) })
    }

    /// All the models that listen; which of them do so live, it does not say.
    fn offers(&self) -> BoxFuture<Result<Offers, Error>> {
        let (vendor, request) = (self.vendor.clone(), self.models());
        Box::pin(async move {
            let models = vendor.json::<Models>(request).await?.data.into_iter().map(|model| model.id);
            let models = models.filter(|id| id.contains("transcribe") || id.contains("whisper")).collect();
            Ok(Offers { models, voices: Vec::new() })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loopback::{all, in_language, peer, sound};

    async fn utterance() -> Utterance {
        Utterance::new(peer(|_| async {}).await.vendor(&ROW), Language::new("en"))
    }

    fn about(item: &str, what: &str, field: &str, text: &str) -> String {
        let kind = format!("conversation.item.input_audio_transcription.{what}");
        json!({ "type": kind, "event_id": "e", "item_id": item, "content_index": 0, field: text }).to_string()
    }

    #[tokio::test]
    async fn a_transcript_belongs_to_its_item() {
        let mut utterance = utterance().await;
        let mut read = |text: &str| utterance.read(text).map(|heard| (heard, utterance.so_far()));
        assert_eq!(read(&about("a", "delta", "delta", "Hel")).unwrap(), (Heard::More, "Hel".into()));
        assert_eq!(read(&about("a", "delta", "delta", "lo")).unwrap(), (Heard::More, "Hello".into()));
        let committed = r#"{"type":"input_audio_buffer.committed","item_id":"b","previous_item_id":"a"}"#;
        assert_eq!(read(committed).unwrap(), (Heard::Nothing, String::new()), "those were another's");
        assert_eq!(read(&about("a", "completed", "transcript", "Hello.")).unwrap().0, Heard::Nothing);
        assert_eq!(read(&about("a", "delta", "delta", "!")).unwrap().0, Heard::Nothing);
        assert_eq!(read(&about("b", "delta", "delta", "World")).unwrap(), (Heard::More, "World".into()));
        let done = read(&about("b", "completed", "transcript", "World.")).unwrap();
        assert_eq!(done.0, Heard::Last("World.".into()));
    }

    #[tokio::test]
    async fn its_errors_are_ours() {
        let mut utterance = utterance().await;
        for (error, kind) in [
            (json!({"type": "invalid_request_error", "code": "invalid_model"}), ErrorKind::ModelGone),
            (json!({"type": "invalid_request_error", "code": "invalid_value"}), ErrorKind::Refused),
            (json!({"type": "invalid_request_error", "code": "session_expired"}), ErrorKind::CutShort),
            (json!({"type": "server_error", "code": null}), ErrorKind::ServiceFailed),
            (json!({"type": "insufficient_quota", "code": "insufficient_quota"}), ErrorKind::NoCredit),
        ] {
            let frame = json!({"type": "error", "event_id": "e", "error": error}).to_string();
            assert_eq!(utterance.read(&frame).unwrap_err().kind, kind, "{frame}");
        }
    }

    #[tokio::test]
    async fn a_turn_waits_for_its_session_and_the_next_one_has_it() {
        let peer = peer(|mut caller| async move {
            assert_eq!(caller.uri, "/realtime?intent=transcription");
            assert_eq!(caller.header("authorization"), "Bearer key");
            caller.say(&json!({"type": "session.created", "session": {}})).await;
            let update = caller.json().await.unwrap();
            assert_eq!(update["type"], "session.update");
            let input = &update["session"]["audio"]["input"];
            assert_eq!(input["format"], json!({"type": "audio/pcm", "rate": 24_000}));
            assert_eq!(
                (&input["turn_detection"], &input["transcription"]["languages"]),
                (&Value::Null, &json!(["ru"]))
            );
            caller.say(&json!({"type": "session.updated", "session": {}})).await;
            for item in ["one", "two"] {
                let mut bytes = 0;
                loop {
                    let message = caller.json().await.unwrap();
                    if message["type"] == "input_audio_buffer.commit" {
                        break;
                    }
                    assert_eq!(message["type"], "input_audio_buffer.append");
                    bytes += BASE64_STANDARD.decode(message["audio"].as_str().unwrap()).unwrap().len();
                }
                assert_eq!(bytes, LEAST, "a tap is made as long as it must be");
                caller.say(&json!({"type": "input_audio_buffer.committed", "item_id": item})).await;
                caller.say(&serde_json::from_str(&about(item, "delta", "delta", "Да")).unwrap()).await;
                caller.say(&serde_json::from_str(&about(item, "completed", "transcript", "Да.")).unwrap()).await;
            }
        })
        .await;
        let hear = peer.provider(&ROW).hear.unwrap();
        for _ in 0..2 {
            let words = all(hear.hear(sound(SAMPLES, &[b"samples!"]), in_language("ru"))).await;
            assert_eq!(words, Ok(vec![("Да".into(), false), ("Да.".into(), true)]));
        }
        assert_eq!(peer.connections(), 1);
    }
}
