//! Soniox: one socket an utterance, because a container is recognised by its first bytes only; Ogg-Opus in. Its
//! translation comes inside the stream of words and in no other way. Speech over HTTP.

use super::{Cloud, Preset};
use crate::{
    dialect::{Dialect, Heard, Out},
    fault,
    listen::Line,
    shelf::Keeping,
    vendor::Vendor,
};
use futures_util::stream;
use reqwest::{Method, RequestBuilder, StatusCode, header::HeaderMap};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use voice::{
    BoxFuture, Coding, Error, ErrorKind, Hearing, KeyNeed, Kind, Language, Offers, Packet, PacketStream, Phrase,
    Provider, Remote, SoundStream, Synthesise, TextStream, Transcribe, Translate, VoiceChoice, Words, WordsStream,
};

pub(crate) const ROW: Cloud = Cloud {
    name: "soniox",
    key_of: "soniox",
    key: KeyNeed::Required,
    kinds: &[Kind::Hear, Kind::Translate, Kind::Say],
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
    Provider {
        hear: Some(soniox.clone()),
        translate: Some(soniox.clone()),
        say: Some(soniox.clone()),
        service: Some(soniox),
        ..Provider::default()
    }
}

struct Soniox {
    vendor: Vendor,
    line: Line,
}

impl Transcribe for Soniox {
    fn hear(&self, sound: PacketStream, how: Hearing) -> WordsStream {
        let language = how.language.clone();
        self.line.hear(Utterance::new(self.vendor.clone(), how), sound, language)
    }
}

impl Translate for Soniox {
    /// Only what was not heard by it comes here.
    fn translate(&self, _: Words, _: Language) -> TextStream {
        let detail = "It translates only what it hears itself; for typed words, or what another service has heard, choose \
                      another translator.";
        Box::pin(stream::iter([Err(self.vendor.error(ErrorKind::Unsupported, detail))]))
    }
}

struct Utterance {
    vendor: Vendor,
    how: Hearing,
    /// Comes once, piece by piece.
    finals: String,
    /// As well, and later than what it translates.
    translated: String,
    /// Comes anew with every message.
    guess: String,
}

#[derive(Serialize)]
struct Start<'a> {
    model: &'a str,
    language_hints: [&'a str; 1],
    enable_endpoint_detection: bool,
    audio_format: &'a str,
    /// Of bare samples only, as is the next.
    #[serde(skip_serializing_if = "Option::is_none")]
    sample_rate: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    num_channels: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    translation: Option<Value>,
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
    #[serde(default)]
    translation_status: Status,
}

/// How a piece stands to the translation that was asked for.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    /// It needs none: it was said in the language that was asked for, or none was.
    #[default]
    None,
    /// It was said, and will come once more.
    Original,
    /// It was not said.
    Translation,
}

impl Utterance {
    fn new(vendor: Vendor, how: Hearing) -> Self {
        Self { vendor, how, finals: String::new(), translated: String::new(), guess: String::new() }
    }

    fn take(&mut self, token: &Token) {
        let (said, status) = (token.text.as_str(), token.translation_status);
        if status != Status::Translation {
            if token.is_final { &mut self.finals } else { &mut self.guess }.push_str(said);
        }
        if status != Status::Original && token.is_final {
            self.translated.push_str(said);
        }
    }
}

impl Dialect for Utterance {
    const KEEPING: Option<Keeping> = None;

    fn url(&self, _: Coding) -> String {
        self.vendor.url("transcribe-websocket")
    }

    fn greeting(&self, coding: Coding) -> Vec<Out> {
        let rate = if let Coding::Pcm16 { rate } = coding { Some(rate) } else { None };
        let target = self.how.into.as_ref().map(|into| json!({ "type": "one_way", "target_language": into.tag() }));
        let start = Start {
            model: &self.vendor.account.hear_model,
            language_hints: [self.how.language.tag()],
            enable_endpoint_detection: false,
            audio_format: if rate.is_some() { "pcm_s16le" } else { "auto" },
            sample_rate: rate,
            num_channels: rate.map(|_| 1),
            translation: target,
        };
        vec![Out::Text(json!(start).to_string())]
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
                _ => self.take(&token),
            }
        }
        Ok(if over { Heard::Last(self.so_far()) } else { Heard::More })
    }

    fn so_far(&self) -> String {
        format!("{}{}", self.finals, self.guess).trim().to_owned()
    }

    fn translation(&self) -> Option<String> {
        let translated = self.translated.trim();
        (self.how.into.is_some() && !translated.is_empty()).then(|| translated.to_owned())
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
    use futures_util::StreamExt;
    use tokio_tungstenite::tungstenite::Message as Frame;

    fn tokens(tokens: &[(&str, bool)]) -> Value {
        let tokens: Vec<Value> = tokens.iter().map(|(text, last)| json!({"text": text, "is_final": last})).collect();
        json!({ "tokens": tokens, "final_audio_proc_ms": 600, "total_audio_proc_ms": 800 })
    }

    #[tokio::test]
    async fn pieces_of_words_are_joined_as_they_are() {
        let mut utterance = Utterance::new(peer(|_| async {}).await.vendor(&ROW), in_language("en"));
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

    #[tokio::test]
    async fn what_it_hears_it_translates_in_the_same_stream() {
        let peer = peer(|mut caller| async move {
            let start = caller.json().await.unwrap();
            assert_eq!(start["translation"], json!({ "type": "one_way", "target_language": "es" }));
            assert_eq!(caller.next().await, Some(Frame::binary(&b"OggS"[..])));
            assert_eq!(caller.json().await, Some(json!({"type": "finalize"})));
            let token =
                |text: &str, status: &str| json!({"text": text, "is_final": true, "translation_status": status});
            let guess = json!({"text": " Adi", "is_final": false, "translation_status": "translation"});
            let said = [token("Good", "original"), token("bye.", "original"), token("Adi", "translation"), guess];
            caller.say(&json!({ "tokens": said })).await;
            let rest = [token("ós.", "translation"), token(" Hola.", "none"), token("<fin>", "none")];
            caller.say(&json!({ "tokens": rest })).await;
            caller.next().await;
        })
        .await;
        let soniox = peer.provider(&ROW);
        let how = Hearing { into: Some(Language::new("es")), ..in_language("en") };
        let words = soniox.hear.unwrap().hear(sound(Coding::OggOpus, &[b"OggS"]), how);
        let words: Vec<_> = words.map(Result::unwrap).collect().await;
        let told: Vec<_> = words.iter().map(|words| (words.text.as_str(), words.translation.as_deref())).collect();
        assert_eq!(told, [("Goodbye.", None), ("Goodbye. Hola.", Some("Adiós. Hola."))]);
        let typed = Words { translation: None, ..words[1].clone() };
        let failed = soniox.translate.unwrap().translate(typed, Language::new("es")).next().await;
        assert_eq!(failed.unwrap().unwrap_err().kind, ErrorKind::Unsupported);
    }
}
