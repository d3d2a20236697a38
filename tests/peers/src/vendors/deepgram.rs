//! Deepgram: `listen` over a WebSocket, `speak` over REST, lists.
//! Sources: deepgram-api-specs (2026-07), deepgram-python-sdk 7.

mod listen;

use super::{Serve, Vendor};
use crate::{
    answer::{Refusal, paced},
    asked::{Asked, Asks, Desk, header, unless},
    plan::{Stage, staged},
    sound::{ogg, pcm, wav_head},
};
use axum::{
    Json, Router,
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

pub(crate) const ROW: Vendor = Vendor { name: "deepgram", also: &[], path: "", serve: Serve::Http(routes) };

/// Characters of one phrase.
const LONGEST: usize = 2_000;

fn routes(desk: &Desk) -> Router<Desk> {
    Router::new()
        .route("/v1/listen", staged(desk, Stage::Hear, get(listen::call)))
        .route("/v1/speak", staged(desk, Stage::Say, post(speak)))
        .route("/v1/models", staged(desk, Stage::List, get(models)))
        .route("/v1/auth/token", staged(desk, Stage::List, get(token)))
        .route("/v1/projects", staged(desk, Stage::List, get(projects)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    text: String,
}

async fn speak(asked: Asked) -> Result<Response, Refusal> {
    authorised(&asked.headers, &asked.script.key)?;
    let known = ["model", "encoding", "container", "sample_rate", "bit_rate", "speed", "tag", "mip_opt_out"];
    let asks = asked.query(&known).map_err(|why| refused("INVALID_QUERY_PARAMETER", why))?;
    check(&asks)?;
    let body: Body = asked.json().map_err(|why| refused("Bad Request", why))?;
    if body.text.trim().is_empty() {
        return Err(refused("Bad Request", "there is nothing to say"));
    }
    if body.text.chars().count() > LONGEST {
        let why = "over 2000 characters";
        return Err(Refusal::new(413, why, body_of("INPUT_TEXT_TOO_LONG", why)));
    }
    let rate = asks.get("sample_rate").and_then(|rate| rate.parse().ok()).unwrap_or(24_000);
    if asks.get("encoding") == Some("opus") {
        return Ok(paced("audio/ogg;codecs=opus", ogg(asked.script.sound(asked.cause, &body.text, 16_000))).await);
    }
    let bare = asks.get("container") == Some("none");
    let mut head = (!bare).then(|| wav_head(rate));
    let sound = asked.script.sound(asked.cause, &body.text, rate);
    let bytes = sound.map(move |(at, chunk): (Instant, _)| -> (Instant, Bytes) {
        (at, [head.take().unwrap_or_default(), pcm(&chunk).to_vec()].concat().into())
    });
    let kind = match rate {
        _ if !bare => "audio/wav",
        8_000 => "audio/l16;rate=8000",
        16_000 => "audio/l16;rate=16000",
        32_000 => "audio/l16;rate=32000",
        48_000 => "audio/l16;rate=48000",
        _ => "audio/l16;rate=24000",
    };
    let mut answer = paced(kind, bytes).await;
    answer.headers_mut().insert("dg-char-count", body.text.chars().count().into());
    Ok(answer)
}

fn check(asks: &Asks) -> Result<(), Refusal> {
    let opus = asks.get("encoding") == Some("opus");
    if opus && asks.get("container") == Some("none") {
        return Err(refused("UNSUPPORTED_AUDIO_FORMAT", "opus comes in ogg"));
    }
    let model = asks.get("model").unwrap_or_default();
    let speaks = ["-en", "-es", "-de", "-fr", "-nl", "-it", "-ja"].iter().any(|language| model.ends_with(language));
    let rates = ["8000", "16000", "24000", "32000", "48000"];
    let all = unless(model.starts_with("aura-") && speaks, "there is no such voice")
        .and_then(|()| {
            unless(
                ["linear16", "opus"].contains(&asks.get("encoding").unwrap_or("mp3")),
                "this peer speaks linear16 and opus",
            )
        })
        .and_then(|()| asks.one_of("container", if opus { &["ogg"] } else { &["wav", "none"] }))
        .and_then(|()| asks.one_of("sample_rate", &rates))
        .and_then(|()| unless(!opus || asks.get("sample_rate").is_none(), "opus is always at 48 kHz"))
        .and_then(|()| asks.number("speed", 0.7..=1.5).map(drop))
        .and_then(|()| unless(model.starts_with("aura-2-") || asks.get("speed").is_none(), "speed is for aura-2"));
    all.map_err(|why| refused("INVALID_QUERY_PARAMETER", why))
}

async fn models(asked: Asked) -> Result<Response, Refusal> {
    let model = |name: &str, canonical: &str| {
        json!({ "name": name, "canonical_name": canonical, "architecture": canonical, "languages": ["en", "ru"],
            "version": "2025-01-01.0", "uuid": "00000000-0000-0000-0000-000000000000", "batch": true, "streaming": true,
            "formatted_output": true })
    };
    authorised(&asked.headers, &asked.script.key)?;
    let all = json!({ "stt": [model("nova-3", "nova-3-general")], "tts": [model("thalia", "aura-2-thalia-en")] });
    Ok(Json(all).into_response())
}

async fn token(asked: Asked) -> Result<Response, Refusal> {
    authorised(&asked.headers, &asked.script.key)?;
    Ok(Json(json!({ "api_key_id": "1", "scopes": ["usage:write"], "created": "2026-01-01T00:00:00Z" })).into_response())
}

async fn projects(asked: Asked) -> Result<Response, Refusal> {
    authorised(&asked.headers, &asked.script.key)?;
    Ok(Json(json!({ "projects": [{ "project_id": "p1", "name": "Peer" }] })).into_response())
}

fn authorised(headers: &HeaderMap, key: &str) -> Result<(), Refusal> {
    if header(headers, "authorization") == format!("Token {key}") {
        return Ok(());
    }
    let why = "the authorization header is not `Token KEY`";
    Err(Refusal::new(401, why, body_of("INVALID_AUTH", "Invalid credentials."))
        .with("dg-error", "Invalid credentials."))
}

fn refused(code: &str, why: impl Into<String>) -> Refusal {
    let why = why.into();
    let body = body_of(code, &why);
    Refusal::new(400, why, body).with("dg-error", "Bad Request")
}

fn body_of(code: &str, message: &str) -> serde_json::Value {
    json!({ "err_code": code, "err_msg": message, "request_id": "00000000-0000-0000-0000-000000000000" })
}
