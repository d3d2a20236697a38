//! Cartesia: speech over one socket that many phrases share, and Ink over another. The lowest time to first sound of
//! all, and a phrase can be taken back half-way.

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
use hear::{Ink, SAMPLES};
use reqwest::{
    Method, RequestBuilder,
    header::{HeaderMap, HeaderValue},
};
use say::RATE;
pub(crate) use say::Request;
use serde::Deserialize;
use serde_json::json;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use voice::{
    BoxFuture, Error, ErrorKind, Hearing, KeyNeed, Kind, Language, OfferedVoice, Offers, PacketStream, Phrase,
    Provider, Remote, SoundStream, Synthesise, Transcribe, VoiceChoice, WordsStream,
};

pub(crate) const ROW: Cloud = Cloud {
    name: "cartesia",
    key_of: "cartesia",
    key: KeyNeed::Required,
    kinds: &[Kind::Hear, Kind::Say],
    languages: &[],
    said: &[
        "en", "fr", "de", "es", "pt", "zh", "ja", "hi", "it", "ko", "nl", "pl", "ru", "sv", "tr", "tl", "bg", "ro",
        "ar", "cs", "el", "fi", "hr", "ms", "sk", "da", "ta", "uk", "hu", "no", "vi", "bn", "th", "he", "ka", "id",
        "te", "gu", "kn", "ml", "mr", "pa",
    ],
    takes: &[SAMPLES],
    whole: false,
    account: Preset { hear_model: "ink-whisper", say_model: "sonic-3.5", ..Preset::at("https://api.cartesia.ai") },
    open,
};

/// The date of the contract that all of this is written for.
const VERSION: &str = "2026-08-14";

fn open(vendor: Vendor) -> Provider {
    let headers = headers(&vendor);
    let it = Arc::new(Cartesia {
        line: Line::new(vendor.clone(), headers.clone(), SAMPLES),
        contexts: Arc::new(Contexts::new(vendor.clone(), headers)),
        voices: Arc::default(),
        vendor,
    });
    Provider { hear: Some(it.clone()), say: Some(it.clone()), service: Some(it), ..Provider::default() }
}

pub(crate) fn headers(vendor: &Vendor) -> HeaderMap {
    let mut headers = vendor.key_header("authorization", "Bearer ");
    headers.insert("cartesia-version", HeaderValue::from_static(VERSION));
    headers
}

#[derive(Clone)]
struct Cartesia {
    vendor: Vendor,
    line: Line,
    contexts: Arc<Contexts>,
    /// The first voice of each language that was spoken; a voice speaks others with an accent.
    voices: Arc<Mutex<HashMap<Language, String>>>,
}

impl Transcribe for Cartesia {
    fn hear(&self, sound: PacketStream, how: Hearing) -> WordsStream {
        self.line.hear(Ink::new(self.vendor.clone(), how.language.clone()), sound, how.language)
    }
}

impl Synthesise for Cartesia {
    fn say(&self, phrase: Phrase, voice: VoiceChoice) -> SoundStream {
        let it = self.clone();
        Box::pin(try_stream! {
            let id = it.voice(&phrase.language).await?;
            let mut sound = it.contexts.say(it.socket(), request(&it.vendor.account.say_model, &id, &phrase, voice.rate));
            while let Some(packet) = sound.next().await {
                yield packet?;
            }
        })
    }
}

/// What one phrase is asked for with.
pub(crate) fn request(model: &str, voice: &str, phrase: &Phrase, rate: f32) -> Request {
    Request {
        model_id: model.to_owned(),
        transcript: phrase.text.clone(),
        voice: json!({ "mode": "id", "id": voice }),
        language: phrase.language.clone(),
        output_format: json!({ "container": "raw", "encoding": "pcm_s16le", "sample_rate": RATE }),
        generation_config: (rate != 1.0).then(|| json!({ "speed": speed(rate, 60, 150) })),
        max_buffer_delay_ms: 0,
        more: false,
    }
}

impl Cartesia {
    fn socket(&self) -> String {
        self.vendor.url("tts/websocket")
    }

    /// The chosen voice, or the first one of `language`.
    async fn voice(&self, language: &Language) -> Result<String, Error> {
        let chosen = &self.vendor.account.voice;
        if !chosen.is_empty() {
            return Ok(chosen.clone());
        }
        let known = self.voices.lock().unwrap_or_else(PoisonError::into_inner).get(language).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let none = || self.vendor.error(ErrorKind::ModelGone, &format!("It has no voice for “{language}”."));
        let query = [("limit", "1"), ("language", language.tag())];
        let found = self.list(&query).await?.data.into_iter().next().ok_or_else(none)?.id;
        self.voices.lock().unwrap_or_else(PoisonError::into_inner).insert(language.clone(), found.clone());
        Ok(found)
    }

    async fn list(&self, query: &[(&str, &str)]) -> Result<Voices, Error> {
        self.vendor.json(self.get(&with_query(&self.vendor.url("voices"), query))).await
    }

    fn get(&self, url: &str) -> RequestBuilder {
        self.vendor.request(Method::GET, url).headers(headers(&self.vendor))
    }
}

#[derive(Deserialize)]
struct Voices {
    data: Vec<Voice>,
}

#[derive(Deserialize)]
struct Voice {
    id: String,
    #[serde(default)]
    name: String,
}

impl Remote for Cartesia {
    /// Opens the socket of speech and knows a voice; the one of hearing is opened by `hear`.
    fn warm(&self) -> BoxFuture<()> {
        let it = self.clone();
        Box::pin(async move {
            let spoken: Vec<Language> =
                it.voices.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect();
            let language = spoken.into_iter().next().unwrap_or_else(|| Language::new("en"));
            join(it.contexts.warm::<Request>(&it.socket()), it.voice(&language)).await.1.ok();
        })
    }

    fn test(&self) -> BoxFuture<Result<(), Error>> {
        let it = self.clone();
        Box::pin(async move { it.list(&[("limit", "1")]).await.map(drop) })
    }

    fn offers(&self) -> BoxFuture<Result<Offers, Error>> {
        let it = self.clone();
        Box::pin(async move {
            let voice = |voice: Voice| OfferedVoice { id: voice.id, name: voice.name };
            let voices = it.list(&[("limit", "100")]).await?.data.into_iter().map(voice).collect();
            let models = ["sonic-3.5", "sonic-3", "sonic-latest", "ink-whisper", "ink-2"];
            Ok(Offers { models: models.map(str::to_owned).to_vec(), voices })
        })
    }
}
