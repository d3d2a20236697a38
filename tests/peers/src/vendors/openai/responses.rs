//! `POST /responses`: the same reply as a longer conversation of events.

use super::{authorised, refused};
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
    input: Input,
    #[serde(rename = "instructions")]
    _instructions: Option<String>,
    #[serde(default)]
    stream: bool,
    #[serde(rename = "stream_options")]
    _stream_options: Option<Value>,
    #[serde(rename = "store")]
    _store: Option<bool>,
    temperature: Option<f64>,
    max_output_tokens: Option<u32>,
    reasoning: Option<Reasoning>,
    #[serde(rename = "text")]
    _text: Option<Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Input {
    Text(String),
    Items(Vec<Item>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    #[serde(default = "message", rename = "type")]
    kind: String,
    role: String,
    content: Content,
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
    InputText { text: String },
    OutputText { text: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reasoning {
    effort: Option<String>,
}

fn message() -> String {
    "message".into()
}

pub(super) async fn create(asked: Asked) -> Result<Response, Refusal> {
    authorised(&asked.headers, &asked.script.key)?;
    let body: Body = asked.json().map_err(|why| refused("body", why))?;
    check(&body).map_err(|why| refused("body", why))?;
    let reply = asked.script.reply.clone();
    let part = json!({ "type": "output_text", "text": reply, "annotations": [], "logprobs": [] });
    let item =
        json!({ "type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "content": [part] });
    let done = response(&body.model, "completed", json!([item]));
    let tokens: Vec<_> = asked.script.tokens(asked.cause).collect();
    let (first, last) = (tokens.first().map_or(asked.cause, |it| it.0), tokens.last().map_or(asked.cause, |it| it.0));
    if !body.stream {
        return Ok(json_at(last, done).await);
    }
    let begun = response(&body.model, "in_progress", json!([]));
    let at = |mut event: Value, more: Value| {
        // where in the answer it belongs
        if let (Some(event), Value::Object(more)) = (event.as_object_mut(), more) {
            event.extend(more);
            event.extend([("item_id".to_owned(), json!("msg_1")), ("output_index".to_owned(), json!(0))]);
            event.insert("content_index".into(), json!(0));
        }
        event
    };
    let opening = [
        ("response.created", json!({ "response": begun })),
        ("response.in_progress", json!({ "response": begun })),
        (
            "response.output_item.added",
            json!({ "output_index": 0, "item": { "type": "message", "id": "msg_1", "status": "in_progress", "role": "assistant", "content": [] } }),
        ),
        (
            "response.content_part.added",
            at(json!({}), json!({ "part": { "type": "output_text", "text": "", "annotations": [] } })),
        ),
    ];
    let text = tokens.into_iter().map(|(when, token)| {
        (when, "response.output_text.delta", at(json!({}), json!({ "delta": token, "logprobs": [] })))
    });
    let closing = [
        ("response.output_text.done", at(json!({}), json!({ "text": reply, "logprobs": [] }))),
        ("response.content_part.done", at(json!({}), json!({ "part": part }))),
        ("response.output_item.done", json!({ "output_index": 0, "item": item })),
        ("response.completed", json!({ "response": done })),
    ];
    let opening = opening.into_iter().map(|(name, event)| (first, name, event));
    let all = opening.chain(text).chain(closing.into_iter().map(|(name, event)| (last, name, event)));
    let numbered = all.enumerate().map(|(n, (when, name, mut event))| {
        if let Some(event) = event.as_object_mut() {
            event.extend([("type".to_owned(), json!(name)), ("sequence_number".to_owned(), json!(n))]);
        }
        Event::named(when, name, &event)
    });
    Ok(events(numbered.collect()).await)
}

fn response(model: &str, status: &str, output: Value) -> Value {
    let usage = json!({ "input_tokens": 9, "input_tokens_details": { "cached_tokens": 0 }, "output_tokens": 65,
        "output_tokens_details": { "reasoning_tokens": 0 }, "total_tokens": 74 });
    let usage = if status == "completed" { usage } else { Value::Null };
    json!({ "id": "resp_1", "object": "response", "created_at": 1_700_000_000, "status": status, "model": model,
        "output": output, "error": null, "incomplete_details": null, "instructions": null, "metadata": {},
        "parallel_tool_calls": true, "temperature": 1.0, "tool_choice": "auto", "tools": [], "top_p": 1.0,
        "usage": usage })
}

fn check(body: &Body) -> Result<(), String> {
    let fits = |item: &Item| {
        let content = match &item.content {
            Content::Text(text) => !text.is_empty(),
            Content::Parts(parts) => parts.iter().all(|part| match part {
                Piece::InputText { text } => item.role != "assistant" && !text.is_empty(),
                Piece::OutputText { text } => item.role == "assistant" && !text.is_empty(),
            }),
        };
        content && item.kind == "message" && ["user", "assistant", "system", "developer"].contains(&item.role.as_str())
    };
    unless(body.model.starts_with("gpt-"), "there is no such model")?;
    unless(
        match &body.input {
            Input::Text(text) => !text.is_empty(),
            Input::Items(items) => !items.is_empty() && items.iter().all(fits),
        },
        "the input has the wrong form",
    )?;
    unless(body.temperature.is_none_or(|value| (0.0..=2.0).contains(&value)), "temperature is 0..=2")?;
    unless(body.max_output_tokens.is_none_or(|most| most >= 16), "max_output_tokens is at least 16")?;
    let efforts = ["none", "minimal", "low", "medium", "high", "xhigh"];
    let effort = body.reasoning.as_ref().and_then(|reasoning| reasoning.effort.as_deref());
    unless(effort.is_none_or(|effort| efforts.contains(&effort)), "there is no such effort")
}
