//! Soniox: one socket an utterance, because a container is recognised by its first bytes only; Ogg-Opus in. Speech
//! over HTTP. Its translation inside the stream of words is not used: words that are translated are not yet heard to
//! their end by those who show them.

use super::{Cloud, Preset};
use crate::{
    dialect::{Dialect, Heard, Out},
    fault,
    listen::Line,
    shelf::Keeping,
    vendor::Vendor,
};
use reqwest::{Method, RequestBuilder, StatusCode, header::HeaderMap};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use voice::{
    BoxFuture, Coding, Error, ErrorKind, Hearing, KeyNeed, Kind, Language, Offers, Packet, PacketStream, Phrase,
    Provider, Remote, SoundStream, Synthesise, Transcribe, VoiceChoice, WordsStream,
};

pub(crate) const ROW: Cloud = Cloud {
    name: "soniox",
    key_of: "soniox",
    key: KeyNeed::Required,
    kinds: &[Kind::Hear, Kind::Say],
    languages: &[],
    said: &[],
    takes: &[Coding::OggOpus, SAMPLES],
    whole: false,
    account: Preset {
        hear_model: "stt-rt-v5",
        say_model: "tts-rt-v2",
        voice: "Adrian",
        ..Preset::at("https://stt-rt.soniox.com")
    },
    open,
};

const SPEAKING: &str = "https://tts-rt.soniox.com";
const LISTS: &str = "https://api.soniox.com";
const SAMPLES: Coding = Coding::Pcm16 { rate: 16_000 };
const SPOKEN: Coding = Coding::Pcm16 { rate: 24_000 };

fn open(vendor: Vendor) -> Provider {
    let line = Line::new(vendor.clone(), vendor.key_header("authorization", "Bearer "), Coding::OggOpus);
    let soniox = Arc::new(Soniox { vendor, line });
    Provider { hear: Some(soniox.clone()), say: Some(soniox.clone()), service: Some(soniox), ..Provider::default() }
}

struct Soniox {
    vendor: Vendor,
    line: Line,
}

impl Transcribe for Soniox {
    fn hear(&self, sound: PacketStream, how: Hearing) -> WordsStream {
        self.line.hear(Utterance::new(self.vendor.clone(), how.language.clone()), sound, how.language)
    }
}

struct Utterance {
    vendor: Vendor,
    language: Language,
    /// Comes once, piece by piece.
    finals: String,
    /// Comes anew with every message.
    guess: String,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    tokens: Vec<Token>,
    #[serde(default)]
    finished: bool,
    error_code: Option<u16>,
}

#[derive(Deserialize)]
struct Token {
    text: String,
    #[serde(default)]
    is_final: bool,
}

impl Utterance {
    fn new(vendor: Vendor, language: Language) -> Self {
        Self { vendor, language, finals: String::new(), guess: String::new() }
    }
}

impl Dialect for Utterance {
    const KEEPING: Option<Keeping> = None;

    fn url(&self, _: Coding) -> String {
        self.vendor.url("transcribe-websocket")
    }

    fn greeting(&self, coding: Coding) -> Option<Out> {
        let (model, hints) = (&self.vendor.account.hear_model, [self.language.tag()]);
        let start = match coding {
            Coding::Pcm16 { rate } => json!({
                "model": model, "language_hints": hints, "enable_endpoint_detection": false,
                "audio_format": "pcm_s16le", "sample_rate": rate, "num_channels": 1,
            }),
            _ => json!({
                "model": model, "language_hints": hints, "enable_endpoint_detection": false, "audio_format": "auto",
            }),
        };
        Some(Out::Text(start.to_string()))
    }

    fn sound(&mut self, packet: Packet) -> Option<Out> {
        Some(Out::Bytes(packet.bytes))
    }

    fn end(&mut self) -> Vec<Out> {
        vec![Out::Text(r#"{"type":"finalize"}"#.to_owned())]
    }

    /// Tokens carry their own blanks; `<fin>` says that all is final, `<end>` that it believes the speaker has ended.
    fn read(&mut self, text: &str) -> Result<Heard, Error> {
        let garbled = |_| self.vendor.error(ErrorKind::Garbled, "a message is none of its own.");
        let message: Message = serde_json::from_str(text).map_err(garbled)?;
        if let Some(status) = message.error_code.and_then(|code| StatusCode::from_u16(code).ok()) {
            return Err(fault::refusal(self.vendor.name, status, &HeaderMap::new(), b""));
        }
        let mut over = message.finished;
        self.guess.clear();
        for token in message.tokens {
            match token.text.as_str() {
                "<fin>" => over = true,
                "<end>" => {}
                text if token.is_final => self.finals.push_str(text),
                text => self.guess.push_str(text),
            }
        }
        Ok(if over { Heard::Last(self.so_far()) } else { Heard::More })
    }

    fn so_far(&self) -> String {
        format!("{}{}", self.finals, self.guess).trim().to_owned()
    }

    /// An empty frame is its end of the stream.
    fn farewell(&self) -> Option<Out> {
        Some(Out::Text(String::new()))
    }
}

impl Synthesise for Soniox {
    fn changes_speed(&self) -> bool {
        false
    }

    fn say(&self, phrase: Phrase, _: VoiceChoice) -> SoundStream {
        let body = json!({
            "model": self.vendor.account.say_model, "voice": self.vendor.account.voice,
            "language": phrase.language.tag(), "text": phrase.text,
            "audio_format": "pcm_s16le", "sample_rate": 24_000,
        });
        let request = self.ask(Method::POST, &self.vendor.url_at(SPEAKING, "tts", &ROW.account.account()));
        self.vendor.sound(request.json(&body), SPOKEN)
    }
}

impl Soniox {
    fn ask(&self, method: Method, url: &str) -> RequestBuilder {
        self.vendor.request(method, url).headers(self.vendor.key_header("authorization", "Bearer "))
    }

    fn models(&self) -> RequestBuilder {
        self.ask(Method::GET, &self.vendor.url_at(LISTS, "v1/models", &ROW.account.account()))
    }
}

#[derive(Deserialize)]
struct Models {
    models: Vec<Model>,
}

#[derive(Deserialize)]
struct Model {
    id: String,
}

impl Remote for Soniox {
    fn warm(&self) -> BoxFuture<()> {
        let knock = self.ask(Method::HEAD, &self.vendor.url_at(SPEAKING, "", &ROW.account.account())).send();
        Box::pin(async move {
            // any answer will do, and no answer as well
            knock.await.ok();
        })
    }

    fn test(&self) -> BoxFuture<Result<(), Error>> {
        let (vendor, request) = (self.vendor.clone(), self.models());
        Box::pin(async move { vendor.send(request).await.map(drop) })
    }

    fn offers(&self) -> BoxFuture<Result<Offers, Error>> {
        let (vendor, request) = (self.vendor.clone(), self.models());
        Box::pin(async move {
            let models = vendor.json::<Models>(request).await?.models.into_iter().map(|model| model.id).collect();
            Ok(Offers { models, voices: Vec::new() })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loopback::{all, in_language, peer, sound};
    use serde_json::Value;
    use tokio_tungstenite::tungstenite::Message as Frame;

    fn tokens(tokens: &[(&str, bool)]) -> Value {
        let tokens: Vec<Value> = tokens.iter().map(|(text, last)| json!({"text": text, "is_final": last})).collect();
        json!({ "tokens": tokens, "final_audio_proc_ms": 600, "total_audio_proc_ms": 800 })
    }

    #[tokio::test]
    async fn pieces_of_words_are_joined_as_they_are() {
        let mut utterance = Utterance::new(peer(|_| async {}).await.vendor(&ROW), Language::new("en"));
        let mut read = |frame: Value| utterance.read(&frame.to_string()).map(|heard| (heard, utterance.so_far()));
        assert_eq!(read(tokens(&[("Hel", true), ("lo", false)])).unwrap(), (Heard::More, "Hello".into()));
        assert_eq!(read(tokens(&[("lo", true), (" the", false)])).unwrap(), (Heard::More, "Hello the".into()));
        assert_eq!(read(tokens(&[("<end>", true)])).unwrap(), (Heard::More, "Hello".into()));
        let done = read(tokens(&[(" there.", true), ("<fin>", true)])).unwrap().0;
        assert_eq!(done, Heard::Last("Hello there.".into()));
        for (code, kind) in [(401, ErrorKind::KeyRefused), (402, ErrorKind::NoCredit), (503, ErrorKind::ServiceFailed)]
        {
            let failure = json!({"tokens": [], "error_code": code, "error_message": "words"});
            assert_eq!(read(failure).unwrap_err().kind, kind);
        }
    }

    #[tokio::test]
    async fn an_utterance_is_one_container() {
        let peer = peer(|mut caller| async move {
            assert_eq!((caller.uri.as_str(), caller.header("authorization")), ("/transcribe-websocket", "Bearer key"));
            let start = caller.json().await.unwrap();
            assert_eq!((&start["audio_format"], &start["language_hints"]), (&json!("auto"), &json!(["ru"])));
            assert_eq!(caller.next().await, Some(Frame::binary(&b"OggS"[..])));
            assert_eq!(caller.json().await, Some(json!({"type": "finalize"})));
            caller.say(&tokens(&[("Да.", true), ("<fin>", true)])).await;
            assert_eq!(caller.next().await, Some(Frame::text("")));
        })
        .await;
        let hear = peer.provider(&ROW).hear.unwrap();
        for _ in 0..2 {
            let words = all(hear.hear(sound(Coding::OggOpus, &[b"OggS"]), in_language("ru"))).await;
            assert_eq!(words, Ok(vec![("Да.".into(), true)]));
        }
        assert_eq!(peer.connections(), 2);
    }
}
