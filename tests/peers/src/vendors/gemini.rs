//! Gemini: content as events or whole, lists of models.
//! Sources: python-genai (2026-08), the vendor's cookbook.

use super::{Serve, Vendor};
use crate::{
    answer::{Refusal, json_at, paced},
    asked::{Asked, Desk, unless},
    plan::{Stage, staged},
};
use axum::{
    Json, Router,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) const ROW: Vendor = Vendor { name: "gemini", also: &[], path: "/v1beta", serve: Serve::Http(routes) };

const MODELS: [&str; 5] =
    ["gemini-3.7-flash", "gemini-3.6-flash", "gemini-3.5-flash", "gemini-2.5-flash", "gemini-2.5-flash-lite"];
/// Tokens in one event: the vendor sends large steps.
const STEP: usize = 5;

fn routes(desk: &Desk) -> Router<Desk> {
    Router::new()
        .route("/v1beta/models", staged(desk, Stage::List, get(models)))
        .route("/v1beta/models/{call}", staged(desk, Stage::Respond, post(generate)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    contents: Vec<Content>,
    #[serde(rename = "systemInstruction", alias = "system_instruction")]
    system: Option<System>,
    #[serde(rename = "generationConfig", alias = "generation_config")]
    config: Option<Config>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    role: String,
    parts: Vec<Part>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct System {
    #[serde(rename = "role")]
    _role: Option<String>,
    parts: Vec<Part>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Config {
    #[serde(alias = "max_output_tokens")]
    max_output_tokens: Option<u32>,
    temperature: Option<f64>,
    #[serde(alias = "thinking_config")]
    thinking_config: Option<Thinking>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Thinking {
    #[serde(alias = "thinking_budget")]
    thinking_budget: Option<i32>,
    #[serde(alias = "thinking_level")]
    thinking_level: Option<String>,
}

async fn generate(asked: Asked) -> Result<Response, Refusal> {
    authorised(&asked)?;
    let (model, action) = asked.uri.path().rsplit('/').next().and_then(|call| call.split_once(':')).unwrap_or_default();
    if !MODELS.contains(&model) {
        let why = format!("models/{model} is not found for API version v1beta");
        return Err(Refusal::new(404, why.clone(), error(404, "NOT_FOUND", &why, None)));
    }
    let asks = asked.query(&["alt"]).map_err(refused)?;
    asks.one_of("alt", &["sse"]).map_err(refused)?;
    let body: Body = asked.json().map_err(refused)?;
    check(&body, model).map_err(refused)?;
    let piece = |text: &str, end: Option<&str>| {
        let mut candidate = json!({ "content": { "role": "model", "parts": [{ "text": text }] }, "index": 0 });
        if let (Some(end), Some(candidate)) = (end, candidate.as_object_mut()) {
            candidate.insert("finishReason".into(), json!(end));
        }
        let usage = json!({ "promptTokenCount": 5, "candidatesTokenCount": 65, "totalTokenCount": 70 });
        json!({ "candidates": [candidate], "usageMetadata": usage, "modelVersion": model, "responseId": "r1" })
    };
    let tokens: Vec<_> = asked.script.tokens(asked.cause).collect();
    let last = tokens.last().map_or(asked.cause, |(at, _)| *at);
    match (action, asks.get("alt")) {
        ("generateContent", None) => Ok(json_at(last, piece(&asked.script.reply, Some("STOP"))).await),
        ("streamGenerateContent", Some("sse")) => {
            let ends = tokens.len().div_ceil(STEP);
            let steps = tokens.chunks(STEP).zip(1..).map(|(step, n)| {
                let text: String = step.iter().map(|(_, token)| token.as_str()).collect();
                let at = step.last().map_or(last, |(at, _)| *at);
                (at, Bytes::from(format!("data: {}\r\n\r\n", piece(&text, (n == ends).then_some("STOP")))))
            });
            let steps: Vec<_> = steps.collect();
            Ok(paced("text/event-stream", steps.into_iter()).await)
        }
        _ => Err(refused(format!("{action} without alt=sse, or with it, is not for this peer"))),
    }
}

async fn models(asked: Asked) -> Result<Response, Refusal> {
    authorised(&asked)?;
    let asks = asked.query(&["pageSize", "pageToken", "queryBase", "query_base"]).map_err(refused)?;
    asks.number("pageSize", 1.0..=1_000.0).map_err(refused)?;
    let model = |id: &str| {
        json!({ "name": format!("models/{id}"), "version": "001", "displayName": id, "inputTokenLimit": 1_048_576,
            "outputTokenLimit": 65_536, "supportedGenerationMethods": ["generateContent", "countTokens"] })
    };
    Ok(Json(json!({ "models": MODELS.map(model) })).into_response())
}

fn authorised(asked: &Asked) -> Result<(), Refusal> {
    if asked.header("x-goog-api-key") == asked.script.key {
        return Ok(());
    }
    // a bad key is a bad request here
    let why = "API key not valid. Please pass a valid API key.";
    Err(Refusal::new(400, why, error(400, "INVALID_ARGUMENT", why, Some("API_KEY_INVALID"))))
}

fn check(body: &Body, model: &str) -> Result<(), String> {
    let full = |parts: &[Part]| !parts.is_empty() && parts.iter().all(|part| !part.text.is_empty());
    unless(!body.contents.is_empty(), "contents is not specified")?;
    let fits = |content: &Content| ["user", "model"].contains(&content.role.as_str()) && full(&content.parts);
    unless(body.contents.iter().all(fits), "a role that is neither user nor model, or a part without text")?;
    unless(body.system.as_ref().is_none_or(|system| full(&system.parts)), "the system instruction is empty")?;
    let Some(config) = &body.config else { return Ok(()) };
    unless(config.max_output_tokens != Some(0), "maxOutputTokens must be positive")?;
    unless(config.temperature.is_none_or(|value| (0.0..=2.0).contains(&value)), "temperature is 0..=2")?;
    let Some(thinking) = &config.thinking_config else { return Ok(()) };
    let old = model.starts_with("gemini-2");
    unless(thinking.thinking_level.is_none() || !old, "thinking level is not supported for this model")?;
    unless(thinking.thinking_budget.is_none() || old, "thinking budget is not supported for this model")?;
    let levels = ["minimal", "low", "medium", "high"];
    let level = thinking.thinking_level.as_deref().map(str::to_lowercase);
    unless(level.is_none_or(|level| levels.contains(&level.as_str())), "there is no such thinking level")
}

fn refused(why: impl Into<String>) -> Refusal {
    let why = why.into();
    let body = error(400, "INVALID_ARGUMENT", &why, None);
    Refusal::new(400, why, body)
}

fn error(code: u16, status: &str, message: &str, reason: Option<&str>) -> Value {
    let details: Vec<Value> = reason
        .map(|reason| json!({ "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com" }))
        .into_iter()
        .collect();
    json!({ "error": { "code": code, "message": message, "status": status, "details": details } })
}
