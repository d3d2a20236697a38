//! Yandex Cloud, its three services behind one address: short recognition (version 1), translation (version 2), synthesis
//! (version 3).
//! Sources: yandex-cloud/cloudapi (2026-07) and the pages of the REST interfaces.

use super::{Serve, Vendor};
use crate::{
    answer::{Refusal, json_at, paced},
    asked::{Asked, Desk, unless},
    plan::{Stage, staged},
    sound::{listen, pcm},
};
use axum::{
    Json, Router,
    response::{IntoResponse, Response},
    routing::post,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};
use voice::Coding;

pub(crate) const ROW: Vendor = Vendor { name: "yandex", also: &[], path: "", serve: Serve::Http(routes) };

const LOCALES: [&str; 17] = [
    "auto", "ru-RU", "en-US", "de-DE", "es-ES", "fi-FI", "fr-FR", "he-IL", "it-IT", "kk-KZ", "nl-NL", "pl-PL", "pt-BR",
    "pt-PT", "sv-SE", "tr-TR", "uz-UZ",
];
const VOICES: [&str; 6] = ["marina", "alena", "john", "lea", "amira", "naomi"];
const LARGEST: usize = 1024 * 1024;
const LONGEST: f64 = 30.0;

fn routes(desk: &Desk) -> Router<Desk> {
    Router::new()
        .route("/speech/v1/stt:recognize", staged(desk, Stage::Hear, post(recognize)))
        .route("/translate/v2/translate", staged(desk, Stage::Translate, post(translate)))
        .route("/translate/v2/languages", staged(desk, Stage::List, post(languages)))
        .route("/tts/v3/utteranceSynthesis", staged(desk, Stage::Say, post(synthesize)))
}

async fn recognize(asked: Asked) -> Result<Response, Refusal> {
    let denied = json!({ "error_code": "UNAUTHORIZED", "error_message": "The api key is invalid" });
    authorised(&asked, denied)?;
    heard(&asked).map_err(|why| {
        let body = json!({ "error_code": "BAD_REQUEST", "error_message": why });
        Refusal::new(400, why, body)
    })?;
    Ok(json_at(asked.script.heard(asked.cause), json!({ "result": asked.script.transcript })).await)
}

fn heard(asked: &Asked) -> Result<(), String> {
    let known = ["lang", "topic", "format", "sampleRateHertz", "profanityFilter", "rawResults"];
    let asks = asked.query(&known)?;
    asks.one_of("lang", &LOCALES)?;
    asks.one_of("topic", &["general", "general:rc"])?;
    asks.one_of("format", &["oggopus", "lpcm"])?;
    asks.one_of("sampleRateHertz", &["48000", "16000", "8000"])?;
    let rate = asks.number("sampleRateHertz", 8_000.0..=48_000.0)?;
    let coding = match (asks.get("format"), rate) {
        (Some("lpcm"), rate) => Coding::Pcm16 { rate: rate.unwrap_or(48_000.0) as u32 },
        (_, None) => Coding::OggOpus,
        (_, Some(_)) => return Err("sampleRateHertz is for lpcm".into()),
    };
    unless(asked.body.len() <= LARGEST, "audio should be less than 1 MB")?;
    unless(listen(coding, &asked.body)?.as_secs_f64() <= LONGEST, "audio should be less than 30 s")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Translate {
    texts: Vec<String>,
    source_language_code: Option<String>,
    target_language_code: String,
    format: Option<String>,
    folder_id: Option<String>,
    #[serde(rename = "speller")]
    _speller: Option<bool>,
}

async fn translate(asked: Asked) -> Result<Response, Refusal> {
    authorised(&asked, rpc(16, "Unknown api key"))?;
    let body: Translate = asked.json().map_err(refused)?;
    check(&body).map_err(refused)?;
    let detected = body.source_language_code.as_deref().unwrap_or("en");
    let translation = |_: &String| json!({ "text": asked.script.reply, "detectedLanguageCode": detected });
    let all: Vec<Value> = body.texts.iter().map(translation).collect();
    Ok(json_at(asked.script.translated(asked.cause), json!({ "translations": all })).await)
}

fn check(body: &Translate) -> Result<(), String> {
    unless(body.folder_id.is_none(), "a key of a service account has its own folder")?;
    unless(!body.texts.is_empty(), "texts: number of elements must be greater than 0")?;
    unless(body.texts.iter().map(|text| text.chars().count()).sum::<usize>() <= 10_000, "text is too long")?;
    let plain = |code: &str| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_lowercase());
    unless(
        plain(&body.target_language_code),
        format!("unsupported target_language_code {}", body.target_language_code),
    )?;
    unless(body.source_language_code.as_deref().is_none_or(plain), "unsupported source_language_code")?;
    let formats = ["PLAIN_TEXT", "HTML", "FORMAT_UNSPECIFIED"];
    unless(body.format.as_deref().is_none_or(|format| formats.contains(&format)), "there is no such format")
}

async fn languages(asked: Asked) -> Result<Response, Refusal> {
    authorised(&asked, rpc(16, "Unknown api key"))?;
    let _: Value = asked.json().map_err(refused)?;
    Ok(Json(json!({ "languages": [{ "code": "en", "name": "English" }, { "code": "ru", "name": "русский" }] }))
        .into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Synthesize {
    text: String,
    #[serde(default)]
    hints: Vec<Value>,
    output_audio_spec: Spec,
    #[serde(default)]
    unsafe_mode: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Spec {
    raw_audio: Raw,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Raw {
    audio_encoding: String,
    /// A number as text, as gRPC writes large ones.
    sample_rate_hertz: String,
}

async fn synthesize(asked: Asked) -> Result<Response, Refusal> {
    authorised(&asked, json!({ "error": rpc(16, "Unknown api key") }))?;
    let body: Synthesize = asked.json().map_err(refused)?;
    let rate = speakable(&body).map_err(refused)?;
    let line = |data: String, n: usize| {
        let piece = json!({ "audioChunk": { "data": data }, "startMs": (n * 100).to_string(), "lengthMs": "100" });
        format!("{}\n", json!({ "result": piece }))
    };
    let sound = asked.script.sound(asked.cause, &body.text, rate).enumerate();
    let lines = sound.map(move |(n, (at, chunk))| (at, line(BASE64_STANDARD.encode(pcm(&chunk)), n).into()));
    Ok(paced("application/json", lines).await)
}

fn speakable(body: &Synthesize) -> Result<u32, String> {
    unless(!body.text.trim().is_empty(), "text is empty")?;
    let most = if body.unsafe_mode { 5_000 } else { 250 };
    unless(body.text.chars().count() <= most, "Too long text")?;
    for hint in &body.hints {
        let fields = hint.as_object().filter(|fields| fields.len() == 1).ok_or("a hint has one field")?;
        let good = fields.iter().all(|(name, value)| match name.as_str() {
            "voice" => value.as_str().is_some_and(|voice| VOICES.contains(&voice)),
            "speed" => value.as_f64().is_some_and(|speed| (0.1..=3.0).contains(&speed)),
            "role" => value.is_string(),
            _ => false,
        });
        unless(good, format!("the hint {hint} cannot be"))?;
    }
    let raw = &body.output_audio_spec.raw_audio;
    unless(raw.audio_encoding == "LINEAR16_PCM", "raw audio is LINEAR16_PCM")?;
    let rate = raw.sample_rate_hertz.parse().map_err(|_| "sampleRateHertz is no number")?;
    unless((8_000..=48_000).contains(&rate), "sampleRateHertz is 8000..=48000")?;
    Ok(rate)
}

fn authorised(asked: &Asked, denied: Value) -> Result<(), Refusal> {
    let good = asked.header("authorization") == format!("Api-Key {}", asked.script.key);
    unless(good, "no such Api-Key in the authorization header").map_err(|why| Refusal::new(401, why, denied))?;
    let folder = asked.header("x-folder-id");
    unless(folder.is_empty(), "a key of a service account has its own folder").map_err(refused)
}

fn refused(why: impl Into<String>) -> Refusal {
    let why = why.into();
    let body = rpc(3, &why);
    Refusal::new(400, why, body)
}

fn rpc(code: u8, message: &str) -> Value {
    json!({ "code": code, "message": message, "details": [] })
}
