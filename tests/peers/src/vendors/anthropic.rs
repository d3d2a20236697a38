//! Anthropic: messages as events or whole, lists of models.
//! Sources: anthropic-sdk-python (2026-08), the vendor's pages on streaming and errors.

use super::{Serve, Vendor};
use crate::{
    answer::{Event, Refusal, events, json_at},
    asked::{Asked, Desk, unless},
    plan::{Stage, staged},
};
use axum::{
    Json, Router,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) const ROW: Vendor = Vendor { name: "anthropic", also: &[], path: "/v1", serve: Serve::Http(routes) };

const MODELS: [&str; 4] = ["claude-haiku-4-5", "claude-sonnet-4-5", "claude-sonnet-5", "claude-opus-5"];

fn routes(desk: &Desk) -> Router<Desk> {
    Router::new()
        .route("/v1/messages", staged(desk, Stage::Respond, post(messages)))
        .route("/v1/models", staged(desk, Stage::List, get(models)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    model: String,
    max_tokens: u32,
    messages: Vec<Message>,
    system: Option<Content>,
    #[serde(default)]
    stream: bool,
    temperature: Option<f64>,
    top_p: Option<f64>,
    #[serde(rename = "stop_sequences")]
    _stop_sequences: Option<Vec<String>>,
    thinking: Option<Thinking>,
    #[serde(rename = "metadata")]
    _metadata: Option<Value>,
    #[serde(rename = "service_tier")]
    _service_tier: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Message {
    role: Role,
    content: Content,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Role {
    User,
    Assistant,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Blocks(Vec<Block>),
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Block {
    Text {
        text: String,
        #[serde(rename = "cache_control")]
        _cache_control: Option<Value>,
    },
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Thinking {
    Disabled {},
    Adaptive {},
    Enabled { budget_tokens: u32 },
}

async fn messages(asked: Asked) -> Result<Response, Refusal> {
    authorised(&asked)?;
    let body: Body = asked.json().map_err(refused)?;
    if !MODELS.contains(&body.model.as_str()) {
        let why = format!("model: {}", body.model);
        return Err(Refusal::new(404, why.clone(), error("not_found_error", &why)));
    }
    check(&body).map_err(refused)?;
    let tokens: Vec<_> = asked.script.tokens(asked.cause).collect();
    let (first, last) = (tokens.first().map_or(asked.cause, |it| it.0), tokens.last().map_or(asked.cause, |it| it.0));
    let message = |content: Value, stop: Value, out: u32| {
        json!({ "id": "msg_1", "type": "message", "role": "assistant", "model": body.model, "content": content,
            "stop_reason": stop, "stop_sequence": null, "usage": { "input_tokens": 12, "output_tokens": out } })
    };
    if !body.stream {
        let text = json!([{ "type": "text", "text": asked.script.reply }]);
        return Ok(json_at(last, message(text, json!("end_turn"), 65)).await);
    }
    let named = |at, name, mut event: Value| {
        if let Some(event) = event.as_object_mut() {
            event.insert("type".into(), json!(name));
        }
        Event::named(at, name, &event)
    };
    let opening = [
        named(first, "message_start", json!({ "message": message(json!([]), Value::Null, 1) })),
        named(first, "content_block_start", json!({ "index": 0, "content_block": { "type": "text", "text": "" } })),
        named(first, "ping", json!({})),
    ];
    let text = tokens.into_iter().map(|(at, token)| {
        named(at, "content_block_delta", json!({ "index": 0, "delta": { "type": "text_delta", "text": token } }))
    });
    let end =
        json!({ "delta": { "stop_reason": "end_turn", "stop_sequence": null }, "usage": { "output_tokens": 65 } });
    let closing = [
        named(last, "content_block_stop", json!({ "index": 0 })),
        named(last, "message_delta", end),
        named(last, "message_stop", json!({})),
    ];
    Ok(events(opening.into_iter().chain(text).chain(closing).collect()).await)
}

async fn models(asked: Asked) -> Result<Response, Refusal> {
    authorised(&asked)?;
    let asks = asked.query(&["limit", "after_id", "before_id"]).map_err(refused)?;
    asks.number("limit", 1.0..=1_000.0).map_err(refused)?;
    let model =
        |id: &str| json!({ "type": "model", "id": id, "display_name": id, "created_at": "2026-01-01T00:00:00Z" });
    let all =
        json!({ "data": MODELS.map(model), "has_more": false, "first_id": MODELS.first(), "last_id": MODELS.last() });
    Ok(Json(all).into_response())
}

fn authorised(asked: &Asked) -> Result<(), Refusal> {
    if asked.header("x-api-key") != asked.script.key {
        let why = "the x-api-key header is absent or another";
        return Err(Refusal::new(401, why, error("authentication_error", "invalid x-api-key")));
    }
    unless(asked.header("anthropic-version") == "2023-06-01", "anthropic-version: header is required").map_err(refused)
}

fn check(body: &Body) -> Result<(), String> {
    let full = |content: &Content| match content {
        Content::Text(text) => !text.is_empty(),
        Content::Blocks(blocks) => {
            !blocks.is_empty() && blocks.iter().all(|Block::Text { text, .. }| !text.trim().is_empty())
        }
    };
    unless(body.max_tokens > 0, "max_tokens: at least 1")?;
    unless(body.messages.first().is_some_and(|first| first.role == Role::User), "messages: the first is the user's")?;
    unless(body.messages.last().is_some_and(|last| last.role == Role::User), "messages: no prefill")?;
    unless(
        body.messages.iter().all(|message| full(&message.content)),
        "messages: text content blocks must be non-empty",
    )?;
    unless(body.system.as_ref().is_none_or(full), "system: text content blocks must be non-empty")?;
    unless(body.temperature.is_none_or(|value| (0.0..=1.0).contains(&value)), "temperature: range 0..1")?;
    unless(body.temperature.is_none() || body.top_p.is_none(), "temperature and top_p cannot both be given")?;
    let budget = match body.thinking {
        Some(Thinking::Enabled { budget_tokens }) => (1_024..body.max_tokens).contains(&budget_tokens),
        Some(Thinking::Disabled {} | Thinking::Adaptive {}) | None => true,
    };
    unless(budget, "thinking.budget_tokens: at least 1024 and below max_tokens")
}

fn refused(why: String) -> Refusal {
    let body = error("invalid_request_error", &why);
    Refusal::new(400, why, body)
}

fn error(kind: &str, message: &str) -> Value {
    json!({ "type": "error", "error": { "type": kind, "message": message }, "request_id": "req_1" })
}
