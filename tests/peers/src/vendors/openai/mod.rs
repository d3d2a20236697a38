//! OpenAI: lists, uploads, chat, responses, speech, realtime transcription.
//! Sources: OpenAI's OpenAPI description 2.3.0 (2026-08), openai-python.

mod chat;
mod hear;
mod realtime;
mod responses;
mod speech;

use super::{Serve, Vendor};
use crate::{
    answer::Refusal,
    asked::{Asked, Desk, header},
    plan::{Stage, staged},
};
use axum::{
    Json, Router,
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};

pub(crate) const ROW: Vendor =
    Vendor { name: "openai", also: &["openai-responses", "openai-realtime"], path: "/v1", serve: Serve::Http(routes) };

const MODELS: [&str; 12] = [
    "gpt-4.1",
    "gpt-4.1-mini",
    "gpt-4o-mini",
    "gpt-5.4-mini",
    "gpt-transcribe",
    "gpt-4o-transcribe",
    "gpt-4o-mini-transcribe",
    "whisper-1",
    "gpt-live-transcribe",
    "gpt-realtime-whisper",
    "tts-1",
    "gpt-4o-mini-tts",
];

fn routes(desk: &Desk) -> Router<Desk> {
    Router::new()
        .route("/v1/models", staged(desk, Stage::List, get(models)))
        .route("/v1/audio/transcriptions", staged(desk, Stage::Hear, post(hear::transcribe)))
        .route("/v1/chat/completions", staged(desk, Stage::Respond, post(chat::complete)))
        .route("/v1/responses", staged(desk, Stage::Respond, post(responses::create)))
        .route("/v1/realtime", staged(desk, Stage::Hear, get(realtime::call)))
        .route("/v1/audio/speech", staged(desk, Stage::Say, post(speech::speak)))
}

async fn models(asked: Asked) -> Result<Response, Refusal> {
    authorised(&asked.headers, &asked.script.key)?;
    let models =
        MODELS.map(|id| json!({ "id": id, "object": "model", "created": 1_700_000_000, "owned_by": "openai" }));
    Ok(Json(json!({ "object": "list", "data": models })).into_response())
}

fn authorised(headers: &HeaderMap, key: &str) -> Result<(), Refusal> {
    let given = header(headers, "authorization");
    if given == format!("Bearer {key}") {
        return Ok(());
    }
    let why = if given.is_empty() { "no authorization header" } else { "the authorization header is another" };
    Err(Refusal::new(
        401,
        why,
        error("invalid_request_error", "invalid_api_key", Value::Null, "Incorrect API key provided."),
    ))
}

/// A 400; `param` says which field is wrong.
fn refused(param: &str, why: impl Into<String>) -> Refusal {
    let why = why.into();
    let body = error("invalid_request_error", "invalid_value", json!(param), &why);
    Refusal::new(400, why, body)
}

fn known_model(model: &str, allowed: &[&str]) -> Result<(), Refusal> {
    if allowed.contains(&model) {
        return Ok(());
    }
    let why = format!("there is no model {model:?} here");
    let body = error("invalid_request_error", "model_not_found", json!("model"), &why);
    Err(Refusal::new(404, why, body))
}

fn error(kind: &str, code: &str, param: Value, message: &str) -> Value {
    json!({ "error": { "message": message, "type": kind, "param": param, "code": code } })
}
