//! ElevenLabs: Scribe over a WebSocket, speech over another and over HTTP, lists of voices and models.
//! Sources: elevenlabs-python (2026-07), the vendor's pages.

mod multi;
mod scribe;

use super::{Serve, Vendor};
use crate::{
    answer::{Refusal, paced},
    asked::{Asked, Asks, Desk, header, unless},
    plan::{Stage, staged},
    sound::{ogg, pcm},
};
use axum::{
    Json, Router,
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) const ROW: Vendor = Vendor { name: "elevenlabs", also: &[], path: "", serve: Serve::Http(routes) };

const VOICES: [(&str, &str); 2] = [("peerVoiceOne00000001", "Ada"), ("peerVoiceTwo00000002", "Ben")];
/// Each with the most characters it takes.
const MODELS: [(&str, usize); 5] = [
    ("eleven_flash_v2_5", 40_000),
    ("eleven_turbo_v2_5", 40_000),
    ("eleven_multilingual_v2", 10_000),
    ("eleven_v3", 5_000),
    ("eleven_flash_v2", 30_000),
];

fn routes(desk: &Desk) -> Router<Desk> {
    Router::new()
        .route("/v1/speech-to-text/realtime", staged(desk, Stage::Hear, get(scribe::call)))
        .route("/v1/text-to-speech/{voice}", staged(desk, Stage::Say, post(speak)))
        .route("/v1/text-to-speech/{voice}/stream", staged(desk, Stage::Say, post(speak)))
        .route("/v1/text-to-speech/{voice}/multi-stream-input", staged(desk, Stage::Say, get(multi::call)))
        .route("/v2/voices", staged(desk, Stage::List, get(voices)))
        .route("/v1/models", staged(desk, Stage::List, get(models)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    text: String,
    model_id: Option<String>,
    language_code: Option<String>,
    voice_settings: Option<Settings>,
    #[serde(rename = "previous_text")]
    _previous_text: Option<String>,
    #[serde(rename = "next_text")]
    _next_text: Option<String>,
    seed: Option<u64>,
    apply_text_normalization: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    stability: Option<f64>,
    similarity_boost: Option<f64>,
    style: Option<f64>,
    speed: Option<f64>,
    #[serde(rename = "use_speaker_boost")]
    _use_speaker_boost: Option<bool>,
}

async fn speak(asked: Asked) -> Result<Response, Refusal> {
    authorised(&asked.headers, &asked.script.key)?;
    let asks = asked.query(&["output_format", "enable_logging", "optimize_streaming_latency"]).map_err(invalid)?;
    let voice = asked.uri.path().split('/').nth(3).unwrap_or_default();
    if !VOICES.iter().any(|(id, _)| *id == voice) {
        let why = "A voice with that id was not found.";
        return Err(Refusal::new(404, why, error("voice_not_found", why)));
    }
    let body: Body = asked.json().map_err(invalid)?;
    check(&body)?;
    let format = asks.get("output_format").unwrap_or("mp3_44100_128");
    if format.starts_with("opus_48000_") {
        return Ok(paced("audio/ogg", ogg(asked.script.sound(asked.cause, &body.text, 16_000))).await);
    }
    let rates = [8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];
    let rate = format.strip_prefix("pcm_").and_then(|rate| rate.parse().ok()).filter(|rate| rates.contains(rate));
    let Some(rate) = rate else {
        return Err(invalid(format!(
            "this peer speaks pcm_… and opus_48000_…, not {format:?}; it is a query parameter"
        )));
    };
    let sound = asked.script.sound(asked.cause, &body.text, rate);
    let mut answer = paced("audio/pcm", sound.map(|(at, chunk)| (at, pcm(&chunk)))).await;
    answer.headers_mut().insert("character-cost", body.text.chars().count().into());
    Ok(answer)
}

fn check(body: &Body) -> Result<(), Refusal> {
    let model = body.model_id.as_deref().unwrap_or("eleven_multilingual_v2");
    let Some((_, longest)) = MODELS.iter().find(|(id, _)| *id == model) else {
        let why = format!("A model with model ID {model} does not exist.");
        return Err(Refusal::new(400, why.clone(), error("model_not_found", &why)));
    };
    if body.text.chars().count() > *longest {
        let why = "the text is too long for this model";
        return Err(Refusal::new(400, why, error("max_character_limit_exceeded", why)));
    }
    let all = unless(!body.text.trim().is_empty(), "there is nothing to say")
        .and_then(|()| unless(body.voice_settings.as_ref().is_none_or(in_range), "a voice setting is out of its range"))
        .and_then(|()| {
            let fits = body.language_code.as_ref().is_none_or(|code| code.len() == 2);
            unless(
                fits && (body.language_code.is_none() || model != "eleven_multilingual_v2"),
                "this model takes no such language_code",
            )
        })
        .and_then(|()| unless(body.seed.is_none_or(|seed| seed <= u64::from(u32::MAX)), "seed is 0..=4294967295"))
        .and_then(|()| {
            let norm = body.apply_text_normalization.as_deref().unwrap_or("auto");
            unless(["auto", "on", "off"].contains(&norm), "there is no such apply_text_normalization")
        });
    all.map_err(invalid)
}

fn in_range(set: &Settings) -> bool {
    let within = |value: Option<f64>, low: f64, high: f64| value.is_none_or(|value| (low..=high).contains(&value));
    within(set.stability, 0.0, 1.0)
        && within(set.similarity_boost, 0.0, 1.0)
        && within(set.style, 0.0, 1.0)
        && within(set.speed, 0.7, 1.2)
}

async fn voices(asked: Asked) -> Result<Response, Refusal> {
    authorised(&asked.headers, &asked.script.key)?;
    let known = [
        "page_size",
        "next_page_token",
        "search",
        "sort",
        "sort_direction",
        "voice_type",
        "category",
        "include_total_count",
    ];
    let asks = asked.query(&known).map_err(invalid)?;
    asks.number("page_size", 1.0..=100.0).map_err(invalid)?;
    let voice =
        |(id, name): (&str, &str)| json!({ "voice_id": id, "name": name, "category": "generated", "labels": {} });
    let all =
        json!({ "voices": VOICES.map(voice), "has_more": false, "total_count": VOICES.len(), "next_page_token": null });
    Ok(Json(all).into_response())
}

async fn models(asked: Asked) -> Result<Response, Refusal> {
    authorised(&asked.headers, &asked.script.key)?;
    let model = |(id, longest): (&str, usize)| {
        json!({ "model_id": id, "name": id, "can_do_text_to_speech": true, "maximum_text_length_per_request": longest,
            "languages": [{ "language_id": "en", "name": "English" }] })
    };
    Ok(Json(json!(MODELS.map(model))).into_response())
}

fn authorised(headers: &HeaderMap, key: &str) -> Result<(), Refusal> {
    if header(headers, "xi-api-key") == key {
        return Ok(());
    }
    Err(Refusal::new(401, "the xi-api-key header is absent or another", error("invalid_api_key", "Invalid API key")))
}

fn error(status: &str, message: &str) -> Value {
    json!({ "detail": { "status": status, "message": message } })
}

fn invalid(why: impl Into<String>) -> Refusal {
    let why = why.into();
    let body = json!({ "detail": [{ "loc": ["body"], "msg": why, "type": "value_error" }] });
    Refusal::new(422, why, body)
}

fn known_parameters(asks: &Asks) -> Result<u32, String> {
    unless(asks.get("model_id") == Some("scribe_v2_realtime"), "there is no such model_id")?;
    asks.one_of("commit_strategy", &["manual", "vad"])?;
    asks.one_of("include_timestamps", &["true", "false"])?;
    let code = asks.get("language_code").unwrap_or("en");
    unless(
        (2..=3).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_lowercase()),
        "no such language_code",
    )?;
    let format = asks.get("audio_format").unwrap_or("pcm_16000");
    let rate = format.strip_prefix("pcm_").and_then(|rate| rate.parse().ok());
    rate.filter(|rate| [8_000, 16_000, 22_050, 24_000, 44_100, 48_000].contains(rate))
        .ok_or_else(|| format!("this peer does not hear {format:?}"))
}
