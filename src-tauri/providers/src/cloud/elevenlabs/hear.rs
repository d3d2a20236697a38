//! Scribe's realtime socket: samples in base64, a commit when the key comes up. Its own file because its frames have
//! nothing in common with speech over HTTP.

use crate::{
    dialect::{Dialect, Heard, Out},
    shelf::Keeping,
    vendor::{Vendor, with_query},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;
use voice::{Coding, Error, ErrorKind, Language, Packet};

pub(super) const SAMPLES: Coding = Coding::Pcm16 { rate: 16_000 };
/// Half a second, in bytes; less than 0.3 s is not committed.
const LEAST: usize = 16_000;

/// One utterance.
pub(super) struct Scribe {
    vendor: Vendor,
    language: Language,
    sent: usize,
    /// It commits by itself every 90 s.
    committed: Vec<String>,
    partial: String,
    asked: bool,
}

#[derive(Deserialize)]
struct Message {
    message_type: String,
    #[serde(default)]
    text: String,
}

impl Scribe {
    pub(super) fn new(vendor: Vendor, language: Language) -> Self {
        Self { vendor, language, sent: 0, committed: Vec::new(), partial: String::new(), asked: false }
    }

    fn chunk(sound: &[u8], commit: bool) -> Out {
        let message = json!({
            "message_type": "input_audio_chunk", "audio_base_64": BASE64_STANDARD.encode(sound),
            "commit": commit, "sample_rate": 16_000,
        });
        Out::Text(message.to_string())
    }

    fn failure(&self, said: &str) -> Option<Error> {
        let kind = match said {
            "auth_error" | "unaccepted_terms" => ErrorKind::KeyRefused,
            "quota_exceeded" => ErrorKind::NoCredit,
            "rate_limited" | "resource_exhausted" | "queue_overflow" => ErrorKind::Busy,
            "session_time_limit_exceeded" => ErrorKind::CutShort,
            "input_error" | "chunk_size_exceeded" => ErrorKind::Refused,
            "error" | "transcriber_error" => ErrorKind::ServiceFailed,
            _ => return None,
        };
        Some(self.vendor.error(kind, &format!("it failed while listening ({said}).")))
    }
}

impl Dialect for Scribe {
    const WAITS: bool = true;
    /// It closes after 10 to 20 s without sound, with the code of a farewell; sound of no length counts.
    const KEEPING: Option<Keeping> = Some(Keeping {
        message: Some(r#"{"message_type":"input_audio_chunk","audio_base_64":"","commit":false,"sample_rate":16000}"#),
        every: Duration::from_secs(5),
        idle: Duration::from_secs(60),
    });

    fn url(&self, _: Coding) -> String {
        let query = [
            ("model_id", self.vendor.account.hear_model.as_str()),
            ("audio_format", "pcm_16000"),
            ("commit_strategy", "manual"),
            ("language_code", self.language.tag()),
        ];
        with_query(&self.vendor.url("v1/speech-to-text/realtime"), &query)
    }

    fn sound(&mut self, packet: Packet) -> Option<Out> {
        self.sent += packet.bytes.len();
        Some(Self::chunk(&packet.bytes, false))
    }

    fn end(&mut self) -> Vec<Out> {
        self.asked = true;
        vec![Self::chunk(&vec![0; LEAST.saturating_sub(self.sent)], true)]
    }

    fn read(&mut self, text: &str) -> Result<Heard, Error> {
        let garbled = |_| self.vendor.error(ErrorKind::Garbled, "a message is none of its own.");
        let message: Message = serde_json::from_str(text).map_err(garbled)?;
        Ok(match message.message_type.as_str() {
            "session_started" => Heard::Ready,
            "partial_transcript" => {
                self.partial = message.text;
                Heard::More
            }
            "committed_transcript" => {
                self.partial.clear();
                let text = message.text.trim();
                self.committed.extend((!text.is_empty()).then(|| text.to_owned()));
                if self.asked { Heard::Last(self.so_far()) } else { Heard::More }
            }
            // too short, or silent: nothing is added to what was understood before
            "commit_throttled" | "insufficient_audio_activity" if self.asked => Heard::Last(self.so_far()),
            other => match self.failure(other) {
                Some(error) => return Err(error),
                None => Heard::Nothing,
            },
        })
    }

    fn so_far(&self) -> String {
        let partial = Some(self.partial.trim()).filter(|partial| !partial.is_empty());
        self.committed.iter().map(String::as_str).chain(partial).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cloud::elevenlabs::ROW,
        loopback::{all, in_language, peer, sound},
    };
    use serde_json::Value;

    fn frame(kind: &str, text: &str) -> Value {
        json!({ "message_type": kind, "text": text })
    }

    #[tokio::test]
    async fn what_was_committed_stays() {
        let mut scribe = Scribe::new(peer(|_| async {}).await.vendor(&ROW), Language::new("en"));
        let read = |scribe: &mut Scribe, kind: &str, text: &str| {
            let heard = scribe.read(&frame(kind, text).to_string()).map_err(|error| error.kind);
            (heard, scribe.so_far())
        };
        let more = |text: &str| (Ok(Heard::More), text.to_owned());
        assert_eq!(read(&mut scribe, "partial_transcript", "one th"), more("one th"));
        assert_eq!(read(&mut scribe, "committed_transcript", "One thing."), more("One thing."));
        assert_eq!(read(&mut scribe, "partial_transcript", " and"), more("One thing. and"));
        assert_eq!(read(&mut scribe, "insufficient_audio_activity", "").0, Ok(Heard::Nothing), "nobody asked yet");
        for (said, kind) in [("auth_error", ErrorKind::KeyRefused), ("quota_exceeded", ErrorKind::NoCredit)] {
            assert_eq!(read(&mut scribe, said, "").0, Err(kind));
        }
        scribe.end();
        let done = read(&mut scribe, "committed_transcript", "And more.").0;
        assert_eq!(done, Ok(Heard::Last("One thing. And more.".into())));
    }

    #[tokio::test]
    async fn turns_share_one_socket_and_a_tap_is_nothing() {
        let peer = peer(|mut caller| async move {
            assert_eq!(caller.header("xi-api-key"), "key");
            assert!(caller.uri.ends_with(
                "/realtime?model_id=scribe_v2_realtime&audio_format=pcm_16000&commit_strategy=manual&language_code=en"
            ));
            caller.say(&json!({"message_type": "session_started", "session_id": "s", "config": {}})).await;
            for answer in [frame("committed_transcript", "Hello."), frame("commit_throttled", "")] {
                let mut bytes = 0;
                loop {
                    let chunk = caller.json().await.unwrap();
                    bytes += BASE64_STANDARD.decode(chunk["audio_base_64"].as_str().unwrap()).unwrap().len();
                    if chunk["commit"] == true {
                        break;
                    }
                }
                assert_eq!(bytes, LEAST);
                caller.say(&answer).await;
            }
        })
        .await;
        let hear = peer.provider(&ROW).hear.unwrap();
        for said in ["Hello.", ""] {
            let words = all(hear.hear(sound(SAMPLES, &[b"samples!"]), in_language("en"))).await;
            assert_eq!(words, Ok(vec![(said.into(), true)]));
        }
        assert_eq!(peer.connections(), 1);
    }
}
