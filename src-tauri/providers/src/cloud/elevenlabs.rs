//! ElevenLabs: Scribe over a WebSocket with a commit by hand, and speech over another one that phrases share; over HTTP,
//! a phrase a request, where the model or whoever is asked has no such socket. One key for all; a key may be bound to
//! hearing or to speaking, and then the other is refused.

mod hear;
mod say;

use super::{Cloud, Preset};
use crate::{
    contexts::Contexts,
    listen::Line,
    vendor::{Vendor, speed, with_query},
};
use async_stream::try_stream;
use futures_util::{StreamExt, future::join};
use hear::{SAMPLES, Scribe};
use reqwest::{Method, RequestBuilder};
use say::Saying;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;
use voice::{
    BoxFuture, Coding, Error, ErrorKind, Hearing, KeyNeed, Kind, Language, OfferedVoice, Offers, PacketStream, Phrase,
    Provider, Remote, SoundStream, Synthesise, Transcribe, VoiceChoice, WordsStream,
};

pub(crate) const ROW: Cloud = Cloud {
    name: "elevenlabs",
    key_of: "elevenlabs",
    key: KeyNeed::Required,
    kinds: &[Kind::Hear, Kind::Say],
    languages: &[],
    // those of Flash v2.5, the fastest model
    said: &[
        "en", "ja", "zh", "de", "hi", "fr", "ko", "pt", "it", "es", "id", "nl", "tr", "fil", "pl", "sv", "bg", "ro",
        "ar", "cs", "el", "fi", "hr", "ms", "sk", "da", "ta", "uk", "ru", "hu", "no", "vi",
    ],
    takes: &[SAMPLES],
    whole: false,
    account: Preset {
        hear_model: "scribe_v2_realtime",
        say_model: "eleven_flash_v2_5",
        ..Preset::at("https://api.elevenlabs.io")
    },
    open,
};

const SPOKEN: Coding = Coding::Pcm16 { rate: 24_000 };

fn open(vendor: Vendor) -> Provider {
    let it = Arc::new(elevenlabs(vendor));
    Provider { hear: Some(it.clone()), say: Some(it.clone()), service: Some(it), ..Provider::default() }
}

fn elevenlabs(vendor: Vendor) -> ElevenLabs {
    let headers = vendor.key_header("xi-api-key", "");
    ElevenLabs {
        line: Line::new(vendor.clone(), headers.clone(), SAMPLES),
        contexts: Arc::new(Contexts::new(vendor.clone(), headers)),
        spoken: Arc::default(),
        voice: Arc::default(),
        vendor,
    }
}

#[derive(Clone)]
struct ElevenLabs {
    vendor: Vendor,
    line: Line,
    contexts: Arc<Contexts>,
    /// The language of the last phrase, for which the next turn's socket is opened before its first phrase is there.
    spoken: Arc<Mutex<Option<Language>>>,
    /// The account's first voice. None is the same for everybody, and those that were are being taken away.
    voice: Arc<OnceCell<String>>,
}

impl Transcribe for ElevenLabs {
    fn hear(&self, sound: PacketStream, how: Hearing) -> WordsStream {
        self.line.hear(Scribe::new(self.vendor.clone(), how.language.clone()), sound, how.language)
    }
}

impl Synthesise for ElevenLabs {
    fn say(&self, phrase: Phrase, voice: VoiceChoice) -> SoundStream {
        let it = self.clone();
        Box::pin(try_stream! {
            let id = it.voice().await?;
            let mut sound = it.sound(&id, phrase, voice.rate);
            while let Some(packet) = sound.next().await {
                yield packet?;
            }
        })
    }
}

#[derive(Serialize)]
struct Speak<'a> {
    text: &'a str,
    model_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    language_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    voice_settings: Option<Value>,
}

impl ElevenLabs {
    /// The chosen voice, or the first one of the account.
    async fn voice(&self) -> Result<String, Error> {
        let chosen = &self.vendor.account.voice;
        if !chosen.is_empty() {
            return Ok(chosen.clone());
        }
        let none = || self.vendor.error(ErrorKind::ModelGone, "The account has no voice; a paid plan may be needed.");
        let first =
            || async { self.voices().await?.voices.into_iter().next().map(|one| one.voice_id).ok_or_else(none) };
        self.voice.get_or_try_init(first).await.cloned()
    }

    fn sound(&self, voice: &str, phrase: Phrase, rate: f32) -> SoundStream {
        if !self.has_socket() {
            return self.vendor.sound(self.speak(voice, &phrase, rate), SPOKEN);
        }
        *self.spoken.lock().unwrap_or_else(PoisonError::into_inner) = Some(phrase.language.clone());
        let url = self.socket(voice, &phrase.language);
        self.contexts.say(url, Saying { text: phrase.text, settings: settings(rate) })
    }

    fn speak(&self, voice: &str, phrase: &Phrase, rate: f32) -> RequestBuilder {
        let body = Speak {
            text: &phrase.text,
            model_id: &self.vendor.account.say_model,
            language_code: self.code(&phrase.language),
            voice_settings: settings(rate),
        };
        let url = self.vendor.url(&format!("v1/text-to-speech/{voice}/stream"));
        self.ask(Method::POST, &with_query(&url, &[("output_format", "pcm_24000")])).json(&body)
    }

    /// One model finds the language by itself and refuses to be told.
    fn code<'a>(&self, language: &'a Language) -> Option<&'a str> {
        (self.vendor.account.say_model != "eleven_multilingual_v2").then(|| language.tag())
    }

    /// Opens what the next phrase will need; a socket only once it is known for which language.
    async fn knock(&self) {
        if !self.has_socket() {
            return self.vendor.warm(3).await;
        }
        let spoken = self.spoken.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match (self.voice().await, spoken) {
            (Ok(voice), Some(language)) => self.contexts.warm::<Saying>(&self.socket(&voice, &language)).await,
            _ => self.vendor.warm_socket().await,
        }
    }

    async fn voices(&self) -> Result<Voices, Error> {
        let url = with_query(&self.vendor.url("v2/voices"), &[("page_size", "100")]);
        self.vendor.json(self.ask(Method::GET, &url)).await
    }

    async fn models(&self) -> Result<Vec<Model>, Error> {
        self.vendor.json(self.ask(Method::GET, &self.vendor.url("v1/models"))).await
    }

    fn ask(&self, method: Method, url: &str) -> RequestBuilder {
        self.vendor.request(method, url).headers(self.vendor.key_header("xi-api-key", ""))
    }
}

/// Any setting replaces all those of the voice, so that none is sent where it can be left out.
fn settings(rate: f32) -> Option<Value> {
    (rate != 1.0).then(|| json!({ "speed": speed(rate, 70, 120) }))
}

#[derive(Deserialize)]
struct Voices {
    voices: Vec<Voice>,
}

#[derive(Deserialize)]
struct Voice {
    voice_id: String,
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct Model {
    model_id: String,
    #[serde(default)]
    can_do_text_to_speech: Value,
}

impl Remote for ElevenLabs {
    /// Finds the voice too, if none was chosen; Scribe's socket is opened by `hear`, which is asked at the same moment.
    fn warm(&self) -> BoxFuture<()> {
        let it = self.clone();
        Box::pin(async move {
            join(it.knock(), it.voice()).await.1.ok();
        })
    }

    fn test(&self) -> BoxFuture<Result<(), Error>> {
        let it = self.clone();
        Box::pin(async move {
            match it.models().await {
                // a key that may only speak or hear is a good key
                Err(error) if error.detail.contains("missing_permissions") => Ok(()),
                other => other.map(drop),
            }
        })
    }

    fn offers(&self) -> BoxFuture<Result<Offers, Error>> {
        let it = self.clone();
        Box::pin(async move {
            let voice = |voice: Voice| OfferedVoice { id: voice.voice_id, name: voice.name };
            let voices = it.voices().await?.voices.into_iter().map(voice).collect();
            let models = it.models().await?.into_iter().filter(|model| model.can_do_text_to_speech != json!(false));
            Ok(Offers { models: models.map(|model| model.model_id).collect(), voices })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loopback::peer;

    #[tokio::test]
    async fn a_phrase_is_one_request() {
        let vendor = peer(|_| async {}).await.vendor(&ROW);
        let mut it = elevenlabs(vendor);
        let phrase = Phrase { number: 0, text: "Привет.".into(), language: Language::new("ru") };
        let sent = |it: &ElevenLabs, rate| {
            let request = it.speak("v1", &phrase, rate).build().unwrap();
            let body: Value = serde_json::from_slice(request.body().unwrap().as_bytes().unwrap()).unwrap();
            assert_eq!(request.headers()["xi-api-key"], "key");
            (request.url().path().to_owned() + "?" + request.url().query().unwrap(), body)
        };
        let (url, body) = sent(&it, 1.0);
        assert_eq!(url, "/v1/text-to-speech/v1/stream?output_format=pcm_24000");
        assert_eq!(body, json!({"text": "Привет.", "model_id": "eleven_flash_v2_5", "language_code": "ru"}));
        it.vendor.account.say_model = "eleven_multilingual_v2".into();
        let body = sent(&it, 0.5).1;
        assert_eq!(body["language_code"], Value::Null);
        assert_eq!(body["voice_settings"]["speed"], 0.7, "and not less");
    }

    #[tokio::test]
    async fn a_chosen_voice_is_asked_of_nobody() {
        let vendor = peer(|_| async {}).await.vendor(&ROW);
        let mut it = elevenlabs(vendor);
        it.voice.set("first".into()).unwrap();
        assert_eq!(it.voice().await.unwrap(), "first");
        it.vendor.account.voice = "mine".into();
        assert_eq!(it.voice().await.unwrap(), "mine");
    }
}
