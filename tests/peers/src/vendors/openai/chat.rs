//! `POST /chat/completions`: a reply as events, or whole.

use super::{authorised, error, refused};
use crate::{
    answer::{Event, Refusal, events, json_at},
    asked::{Asked, unless},
};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    model: String,
    messages: Vec<Message>,
    #[serde(default)]
    stream: bool,
    stream_options: Option<StreamOptions>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    max_tokens: Option<u32>,
    max_completion_tokens: Option<u32>,
    reasoning_effort: Option<String>,
    #[serde(rename = "user")]
    _user: Option<String>,
    #[serde(rename = "seed")]
    _seed: Option<i64>,
    #[serde(rename = "store")]
    _store: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StreamOptions {
    #[serde(default)]
    include_usage: bool,
    #[serde(default, rename = "include_obfuscation")]
    _include_obfuscation: bool,
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
    Developer,
    System,
    User,
    Assistant,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Piece>),
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Piece {
    Text { text: String },
}

/// Bytes of one message.
const LONGEST: usize = 10 * 1024 * 1024;

pub(super) async fn complete(asked: Asked) -> Result<Response, Refusal> {
    authorised(&asked.headers, &asked.script.key)?;
    let body: Body = asked.json().map_err(|why| refused("body", why))?;
    if !body.model.starts_with("gpt-") {
        let why = format!("The model `{}` does not exist", body.model);
        return Err(Refusal::new(
            404,
            why.clone(),
            error("invalid_request_error", "model_not_found", Value::Null, &why),
        ));
    }
    check(&body).map_err(|why| refused("body", why))?;
    let usage = json!({ "prompt_tokens": 9, "completion_tokens": 65, "total_tokens": 74 });
    let reply = asked.script.tokens(asked.cause);
    if !body.stream {
        let moment = reply.last().map_or(asked.cause, |(moment, _)| moment);
        let message = json!({ "role": "assistant", "content": asked.script.reply, "refusal": null });
        let choice = json!({ "index": 0, "message": message, "finish_reason": "stop", "logprobs": null });
        return Ok(json_at(moment, json!({ "id": "chatcmpl-1", "object": "chat.completion", "created": 1_700_000_000, "model": body.model, "choices": [choice], "usage": usage })).await);
    }
    let model = body.model;
    let chunk = move |choices: Value, usage: Value| {
        json!({ "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": model,
            "choices": choices, "usage": usage })
        .to_string()
    };
    let choice = |delta: Value, end: Value| json!([{ "index": 0, "delta": delta, "finish_reason": end }]);
    let tokens: Vec<_> = reply.collect();
    let (first, last) = (tokens.first().map_or(asked.cause, |it| it.0), tokens.last().map_or(asked.cause, |it| it.0));
    // as the vendor does: a role without a text, the text, an end without a text, the costs without a choice
    let opening =
        (first, choice(json!({ "role": "assistant", "content": "", "refusal": null }), Value::Null), Value::Null);
    let text =
        tokens.into_iter().map(move |(at, token)| (at, choice(json!({ "content": token }), Value::Null), Value::Null));
    let closing = (last, choice(json!({}), json!("stop")), Value::Null);
    let costs = body.stream_options.is_some_and(|options| options.include_usage).then(|| (last, json!([]), usage));
    let chunks = [opening].into_iter().chain(text).chain([closing]).chain(costs);
    let chunks = chunks.map(|(at, choices, usage)| Event::new(at, chunk(choices, usage)));
    Ok(events(chunks.chain([Event::new(last, "[DONE]")]).collect()).await)
}

fn check(body: &Body) -> Result<(), String> {
    let text = |message: &Message| match &message.content {
        Content::Text(text) => text.len() <= LONGEST,
        Content::Parts(parts) => !parts.is_empty() && parts.iter().all(|Piece::Text { text }| !text.is_empty()),
    };
    unless(!body.messages.is_empty(), "there are no messages")?;
    unless(body.messages.iter().any(|message| message.role == Role::User), "nobody asks")?;
    unless(body.messages.iter().all(text), "a part of a message is empty")?;
    unless(body.stream || body.stream_options.is_none(), "stream_options without stream")?;
    unless(body.temperature.is_none_or(|value| (0.0..=2.0).contains(&value)), "temperature is 0..=2")?;
    unless(body.top_p.is_none_or(|value| (0.0..=1.0).contains(&value)), "top_p is 0..=1")?;
    unless(body.max_tokens != Some(0) && body.max_completion_tokens != Some(0), "at least one token")?;
    unless(
        body.max_tokens.is_none() || !body.model.starts_with("gpt-5"),
        "use max_completion_tokens instead of max_tokens",
    )?;
    let efforts = ["none", "minimal", "low", "medium", "high", "xhigh"];
    unless(body.reasoning_effort.as_deref().is_none_or(|effort| efforts.contains(&effort)), "no such reasoning_effort")
}
