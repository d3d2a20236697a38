//! Google Cloud, its three services behind one address: `speech:recognize`, `language/translate/v2`, `text:synthesize`,
//! `voices`. Enumerations come by name, or by number as the vendor's own clients send them.
//! Sources: googleapis' protos (2026-08), google-cloud-python.

use super::{Serve, Vendor};
use crate::{
    answer::{Refusal, json_at},
    asked::{Asked, Desk, unless},
    plan::{Stage, staged},
    sound::{listen, ogg, pcm, wav_head},
};
use axum::{
    Json, Router,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use voice::Coding;

pub(crate) const ROW: Vendor = Vendor { name: "google", also: &[], path: "", serve: Serve::Http(routes) };

/// Bytes of inline sound, and its seconds.
const LARGEST: usize = 10 * 1024 * 1024;
const LONGEST: f64 = 60.0;
/// Bytes of a text that is spoken.
const TEXT: usize = 5_000;
const MODELS: [&str; 5] = ["latest_short", "latest_long", "command_and_search", "phone_call", "default"];
const LOCALES: [&str; 8] = ["cmn-CN", "de-DE", "en-GB", "en-US", "es-ES", "fr-FR", "pt-BR", "ru-RU"];
const NAMES: [&str; 3] = ["Kore", "Charon", "Aoede"];

fn routes(desk: &Desk) -> Router<Desk> {
    Router::new()
        .route("/v1/speech:recognize", staged(desk, Stage::Hear, post(recognize)))
        .route("/language/translate/v2", staged(desk, Stage::Translate, post(translate)))
        .route("/v1/text:synthesize", staged(desk, Stage::Say, post(synthesize)))
        .route("/v1/voices", staged(desk, Stage::List, get(voices)))
}

/// A value of an enumeration.
#[derive(Deserialize)]
#[serde(untagged)]
enum Chosen {
    Name(String),
    Number(u8),
}

impl Chosen {
    fn is(&self, name: &str, number: u8) -> bool {
        match self {
            Self::Name(own) => own == name,
            Self::Number(own) => *own == number,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recognize {
    config: Config,
    audio: Audio,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Config {
    encoding: Chosen,
    sample_rate_hertz: u32,
    language_code: String,
    #[serde(rename = "enableAutomaticPunctuation")]
    _punctuation: Option<bool>,
    model: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Audio {
    content: String,
}

async fn recognize(asked: Asked) -> Result<Response, Refusal> {
    let body: Recognize = read(&asked)?;
    let sound: Bytes = BASE64_STANDARD.decode(&body.audio.content).map_err(|error| refused(error.to_string()))?.into();
    let seconds = heard(&body.config, &sound).map_err(refused)?;
    let result = json!({
        "alternatives": [{ "transcript": asked.script.transcript, "confidence": 0.97 }],
        "resultEndTime": format!("{seconds:.3}s"), "languageCode": body.config.language_code.to_ascii_lowercase(),
    });
    let billed = format!("{}s", seconds.ceil());
    let answer = json!({ "results": [result], "totalBilledTime": billed, "requestId": "1" });
    Ok(json_at(asked.script.heard(asked.cause), answer).await)
}

fn heard(config: &Config, sound: &Bytes) -> Result<f64, String> {
    unless(sound.len() <= LARGEST, "Request payload size exceeds the limit")?;
    unless(config.language_code.len() >= 5 && config.language_code.contains('-'), "languageCode needs a region")?;
    unless(config.model.as_deref().is_none_or(|model| MODELS.contains(&model)), "there is no such model")?;
    let coding = if config.encoding.is("OGG_OPUS", 6) {
        // the rate of the header begins at its twelfth byte (RFC 7845)
        let head = sound.windows(8).position(|eight| eight == b"OpusHead").and_then(|at| sound.get(at + 12..at + 16));
        let rate = head.and_then(|rate| rate.try_into().ok()).map(u32::from_le_bytes);
        unless(rate == Some(config.sample_rate_hertz), format!("sampleRateHertz is not {rate:?}"))?;
        Coding::OggOpus
    } else if config.encoding.is("LINEAR16", 1) {
        unless((8_000..=48_000).contains(&config.sample_rate_hertz), "sampleRateHertz is 8000..=48000")?;
        Coding::Pcm16 { rate: config.sample_rate_hertz }
    } else {
        return Err("this peer hears OGG_OPUS and LINEAR16".into());
    };
    let seconds = listen(coding, sound)?.as_secs_f64();
    unless(seconds <= LONGEST, "Inline audio exceeds duration limit.")?;
    Ok(seconds)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Translate {
    q: Texts,
    target: String,
    source: Option<String>,
    format: Option<String>,
    model: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Texts {
    One(String),
    Many(Vec<String>),
}

async fn translate(asked: Asked) -> Result<Response, Refusal> {
    let body: Translate = read(&asked)?;
    let texts = match body.q {
        Texts::One(text) => vec![text],
        Texts::Many(texts) => texts,
    };
    unless((1..=128).contains(&texts.len()), "Too many text segments").map_err(refused)?;
    let plain = |code: &str| (2..=7).contains(&code.len()) && code.starts_with(|c: char| c.is_ascii_lowercase());
    unless(plain(&body.target) && body.source.as_deref().is_none_or(plain), "Bad language pair").map_err(refused)?;
    unless(body.model.as_deref().is_none_or(|model| ["", "base", "nmt"].contains(&model)), "Invalid Value")
        .map_err(refused)?;
    // HTML unless it is told otherwise
    let text = match body.format.as_deref() {
        Some("text") => asked.script.reply.clone(),
        None | Some("html") => asked.script.reply.replace('&', "&amp;").replace('\'', "&#39;"),
        Some(_) => return Err(refused("Invalid Value")),
    };
    let translation = || match body.source {
        Some(_) => json!({ "translatedText": text }),
        None => json!({ "translatedText": text, "detectedSourceLanguage": "en" }),
    };
    let all: Vec<Value> = texts.iter().map(|_| translation()).collect();
    Ok(json_at(asked.script.translated(asked.cause), json!({ "data": { "translations": all } })).await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Synthesize {
    input: Input,
    voice: Voice,
    audio_config: AudioConfig,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Voice {
    language_code: String,
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct AudioConfig {
    audio_encoding: Chosen,
    speaking_rate: Option<f64>,
    sample_rate_hertz: Option<u32>,
}

async fn synthesize(asked: Asked) -> Result<Response, Refusal> {
    let body: Synthesize = read(&asked)?;
    speakable(&body).map_err(refused)?;
    let rate = body.audio_config.sample_rate_hertz.unwrap_or(24_000);
    let sound = |rate| asked.script.sound(asked.cause, &body.input.text, rate);
    let moment = sound(rate).next().map_or(asked.cause, |(at, _)| at);
    let encoding = &body.audio_config.audio_encoding;
    let bytes: Vec<u8> = if encoding.is("LINEAR16", 1) {
        wav_head(rate).into_iter().chain(sound(rate).flat_map(|(_, chunk)| pcm(&chunk))).collect()
    } else if encoding.is("OGG_OPUS", 3) {
        ogg(sound(16_000)).flat_map(|(_, bytes)| bytes).collect()
    } else {
        return Err(refused("this peer speaks LINEAR16 and OGG_OPUS"));
    };
    Ok(json_at(moment, json!({ "audioContent": BASE64_STANDARD.encode(bytes) })).await)
}

fn speakable(body: &Synthesize) -> Result<(), String> {
    unless(!body.input.text.trim().is_empty(), "Input text is empty")?;
    unless(
        body.input.text.len() <= TEXT,
        "Either `input.text` or `input.ssml` is longer than the limit of 5000 bytes.",
    )?;
    unless(LOCALES.contains(&body.voice.language_code.as_str()), "Invalid language code.")?;
    if let Some(name) = &body.voice.name {
        let rest = name.strip_prefix(body.voice.language_code.as_str());
        let rest = rest.ok_or("Requested language code doesn't match the voice")?;
        let known = rest.strip_prefix("-Chirp3-HD-").is_some_and(|own| NAMES.contains(&own));
        unless(known, format!("Voice '{name}' does not exist."))?;
    }
    let rate = body.audio_config.speaking_rate;
    unless(rate.is_none_or(|rate| (0.25..=2.0).contains(&rate)), "speakingRate is 0.25..=2")?;
    unless(body.audio_config.sample_rate_hertz.is_none_or(|rate| (8_000..=48_000).contains(&rate)), "sampleRateHertz")
}

async fn voices(asked: Asked) -> Result<Response, Refusal> {
    authorised(&asked)?;
    let asks = asked.query(&["languageCode", "$alt"]).map_err(refused)?;
    let wanted = asks.get("languageCode").unwrap_or_default();
    let locales = LOCALES.into_iter().filter(|locale| locale.starts_with(wanted));
    let voices = locales.flat_map(|locale| {
        NAMES.map(|name| {
            let full = format!("{locale}-Chirp3-HD-{name}");
            json!({ "languageCodes": [locale], "name": full, "ssmlGender": "FEMALE", "naturalSampleRateHertz": 24_000 })
        })
    });
    Ok(Json(json!({ "voices": voices.collect::<Vec<_>>() })).into_response())
}

fn read<T: serde::de::DeserializeOwned>(asked: &Asked) -> Result<T, Refusal> {
    authorised(asked)?;
    asked.query(&["$alt", "prettyPrint"]).map_err(refused)?;
    asked.json().map_err(refused)
}

fn authorised(asked: &Asked) -> Result<(), Refusal> {
    let given = asked.header("x-goog-api-key");
    if given == asked.script.key {
        return Ok(());
    }
    if given.is_empty() {
        let body = json!({ "error": { "code": 403, "status": "PERMISSION_DENIED",
            "message": "Method doesn't allow unregistered callers." } });
        return Err(Refusal::new(403, "no x-goog-api-key", body));
    }
    let reason = json!({ "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID",
        "domain": "googleapis.com" });
    let body = json!({ "error": { "code": 400, "status": "INVALID_ARGUMENT", "details": [reason],
        "message": "API key not valid. Please pass a valid API key." } });
    Err(Refusal::new(400, "the key is another", body))
}

fn refused(why: impl Into<String>) -> Refusal {
    let why = why.into();
    let body = json!({ "error": { "code": 400, "message": why, "status": "INVALID_ARGUMENT" } });
    Refusal::new(400, why, body)
}
