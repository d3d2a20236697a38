//! Ink over its socket with a finish by hand. Its own file because it shares nothing with speech but the key.

use crate::{
    dialect::{Dialect, Gather, Heard, Out},
    fault,
    shelf::Keeping,
    vendor::{Vendor, with_query},
};
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;
use voice::{Coding, Error, ErrorKind, Language, Packet};

pub(super) const SAMPLES: Coding = Coding::Pcm16 { rate: 16_000 };
/// 100 ms of samples, in bytes, as it wants them.
const FRAME: usize = 3_200;

/// One utterance.
pub(super) struct Ink {
    vendor: Vendor,
    language: Language,
    gather: Gather,
    /// Pieces carry their own blanks.
    finals: String,
    guess: String,
    asked: bool,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Message {
    Transcript {
        #[serde(default)]
        text: String,
        #[serde(default)]
        is_final: bool,
    },
    FlushDone,
    Error(Value),
    #[serde(other)]
    Other,
}

impl Ink {
    pub(super) fn new(vendor: Vendor, language: Language) -> Self {
        let (finals, guess) = (String::new(), String::new());
        Self { vendor, language, gather: Gather::default(), finals, guess, asked: false }
    }
}

impl Dialect for Ink {
    /// It closes after three minutes without sound, and has no word for waiting.
    const KEEPING: Option<Keeping> =
        Some(Keeping { message: None, every: Duration::from_secs(60), idle: Duration::from_secs(150) });

    fn url(&self, _: Coding) -> String {
        let query = [
            ("model", self.vendor.account.hear_model.as_str()),
            ("language", self.language.tag()),
            ("encoding", "pcm_s16le"),
            ("sample_rate", "16000"),
        ];
        with_query(&self.vendor.url("stt/websocket"), &query)
    }

    fn sound(&mut self, packet: Packet) -> Option<Out> {
        self.gather.push(&packet.bytes, FRAME).map(Out::Bytes)
    }

    fn end(&mut self) -> Vec<Out> {
        self.asked = true;
        let rest = self.gather.rest(0).map(Out::Bytes);
        // a plain word, not JSON
        rest.into_iter().chain([Out::Text("finalize".to_owned())]).collect()
    }

    fn read(&mut self, text: &str) -> Result<Heard, Error> {
        let garbled = |_| self.vendor.error(ErrorKind::Garbled, "a message is none of its own.");
        Ok(match serde_json::from_str(text).map_err(garbled)? {
            Message::Transcript { text, is_final } => {
                self.guess.clear();
                if is_final { &mut self.finals } else { &mut self.guess }.push_str(&text);
                Heard::More
            }
            Message::FlushDone if self.asked => Heard::Last(self.so_far()),
            Message::Error(failure) => return Err(fault::within(self.vendor.name, &failure)),
            Message::FlushDone | Message::Other => Heard::Nothing,
        })
    }

    fn so_far(&self) -> String {
        format!("{}{}", self.finals, self.guess).trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cloud::cartesia::ROW,
        loopback::{all, in_language, peer, sound},
    };
    use serde_json::json;
    use tokio_tungstenite::tungstenite::Message as Frame;

    #[tokio::test]
    async fn the_plain_word_ends_an_utterance() {
        let peer = peer(|mut caller| async move {
            assert_eq!(caller.uri, "/stt/websocket?model=ink-whisper&language=ru&encoding=pcm_s16le&sample_rate=16000");
            assert_eq!(caller.header("cartesia-version"), "2026-08-14");
            for _ in 0..2 {
                assert_eq!(caller.next().await, Some(Frame::binary(&b"onetwo"[..])));
                assert_eq!(caller.next().await, Some(Frame::text("finalize")));
                for (text, last) in [("hel", false), ("hello ", true), ("there", true)] {
                    caller.say(&json!({"type": "transcript", "text": text, "is_final": last, "request_id": "r"})).await;
                }
                caller.say(&json!({"type": "flush_done", "request_id": "r"})).await;
            }
        })
        .await;
        let hear = peer.provider(&ROW).hear.unwrap();
        for _ in 0..2 {
            let words = all(hear.hear(sound(SAMPLES, &[b"one", b"two"]), in_language("ru"))).await.unwrap();
            let said: Vec<&str> = words.iter().map(|(text, _)| text.as_str()).collect();
            assert_eq!(said, ["hel", "hello", "hello there", "hello there"]);
        }
        assert_eq!(peer.connections(), 1);
    }
}
