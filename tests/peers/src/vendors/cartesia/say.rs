//! `GET /tts/websocket`: many phrases over one socket, each in a context that can be cancelled.

use super::{VOICES, authorised, error};
use crate::{
    answer::Refusal,
    asked::unless,
    script::Script,
    sound::pcm,
    wire::{Call, Came, Out, Wire},
};
use axum::response::Response;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;
use serde_json::json;
use std::{collections::HashMap, time::Duration};
use tokio::time::Instant;

/// Without a message for this long it closes.
const PATIENCE: Duration = Duration::from_secs(300);

/// What sound is asked for with, on the socket and over HTTP.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Body {
    context_id: Option<String>,
    model_id: String,
    pub(super) transcript: String,
    voice: Voice,
    language: Option<String>,
    pub(super) output_format: Format,
    generation_config: Option<Config>,
    max_buffer_delay_ms: Option<u32>,
    #[serde(default, rename = "continue")]
    more: Option<bool>,
    #[serde(default)]
    flush: Option<bool>,
    #[serde(rename = "add_timestamps")]
    _add_timestamps: Option<bool>,
    #[serde(rename = "add_phoneme_timestamps")]
    _add_phoneme_timestamps: Option<bool>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Voice {
    mode: String,
    id: String,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Format {
    pub(super) container: String,
    encoding: String,
    pub(super) sample_rate: u32,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    speed: Option<f64>,
    volume: Option<f64>,
    #[serde(rename = "emotion")]
    _emotion: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cancel {
    context_id: String,
    cancel: bool,
}

impl Body {
    pub(super) fn check(&self) -> Result<(), String> {
        unless(self.model_id.starts_with("sonic-"), "there is no such model_id")?;
        let known = VOICES.iter().any(|(id, _, _)| *id == self.voice.id);
        unless(self.voice.mode == "id" && known, "there is no such voice")?;
        unless(self.language.as_ref().is_none_or(|code| code.len() == 2), "language has two letters")?;
        unless(["raw", "wav"].contains(&self.output_format.container.as_str()), "this peer speaks raw and wav")?;
        unless(self.output_format.encoding == "pcm_s16le", "this peer speaks pcm_s16le")?;
        let rates = [8_000, 16_000, 22_050, 24_000, 44_100, 48_000];
        unless(rates.contains(&self.output_format.sample_rate), "there is no such sample_rate")?;
        unless(self.max_buffer_delay_ms.is_none_or(|delay| delay <= 5_000), "max_buffer_delay_ms is 0..=5000")?;
        let within = |value: Option<f64>, low: f64, high: f64| value.is_none_or(|value| (low..=high).contains(&value));
        let config = self.generation_config.as_ref();
        let ranges = config.is_none_or(|config| within(config.speed, 0.6, 1.5) && within(config.volume, 0.5, 2.0));
        unless(ranges, "generation_config is out of its range")?;
        unless(config.is_none() || self.model_id.as_str() >= "sonic-3", "generation_config is for sonic-3 and later")?;
        let empty = self.transcript.trim().is_empty();
        unless(!empty || self.context_id.is_some(), "there is nothing to say")
    }
}

pub(super) async fn call(call: Call) -> Result<Response, Refusal> {
    authorised(&call.headers, &call.script.key)?;
    call.query(&[]).map_err(|why| super::refused(400, why))?;
    let script = call.script.clone();
    Ok(call.open(move |wire| async move { Talk { wire, script: &script, contexts: HashMap::new() }.run().await }))
}

struct Talk<'a> {
    wire: Wire,
    script: &'a Script,
    /// Open contexts.
    contexts: HashMap<String, Context>,
}

/// A phrase that comes in pieces.
#[derive(Default)]
struct Context {
    /// Not spoken yet.
    waiting: String,
    /// Until when the pieces before it are sent.
    busy: Option<Instant>,
}

impl Talk<'_> {
    async fn run(mut self) -> Option<()> {
        loop {
            self.wire.stop("patience");
            self.wire.later("patience", [(self.wire.cause() + PATIENCE, Out::close(1000, "idle"))]);
            let Came::Text(text) = self.wire.next().await? else {
                self.error(None, "a message of bytes").await?;
                continue;
            };
            if let Ok(Cancel { context_id, cancel: true }) = serde_json::from_str(&text) {
                self.wire.got("cancel");
                self.wire.stop(&context_id);
                self.contexts.remove(&context_id);
                continue;
            }
            match serde_json::from_str::<Body>(&text) {
                Ok(body) => self.say(body).await?,
                Err(error) => self.error(None, &error.to_string()).await?,
            }
        }
    }

    async fn say(&mut self, body: Body) -> Option<()> {
        self.wire.got("transcript");
        let Some(id) = body.context_id.clone() else { return self.error(None, "there is no context_id").await };
        let raw = unless(body.output_format.container == "raw", "the socket speaks raw only");
        if let Err(why) = body.check().and(raw) {
            return self.error(Some(&id), &why).await;
        }
        let (more, flush) = (body.more.unwrap_or(false), body.flush.unwrap_or(false));
        let context = self.contexts.entry(id.clone()).or_default();
        context.waiting.push_str(&body.transcript);
        // with no delay, each piece is spoken by itself; else it waits for the end or a flush
        if more && !flush && body.max_buffer_delay_ms != Some(0) {
            return Some(());
        }
        let text = std::mem::take(&mut context.waiting);
        // a piece follows the one before it, and does not wait for its first sound again
        let cause = self.wire.cause();
        let cause = context.busy.map_or(cause, |busy| cause.max(busy - self.script.first_sound()));
        context.busy = Some(self.script.sound(cause, &text, 8_000).last().map_or(cause, |(at, _)| at));
        if !more {
            self.contexts.remove(&id);
        }
        self.speak(&id, &text, cause, body.output_format.sample_rate, !more);
        Some(())
    }

    fn speak(&mut self, id: &str, text: &str, cause: Instant, rate: u32, last: bool) {
        let name = id.to_owned();
        let sound = self.script.sound(cause, text, rate).enumerate();
        // the end goes out with the last piece, which only the sound knows
        let mut end = cause;
        let (ids, mut chunks, mut done) = (name, sound, false);
        let all = std::iter::from_fn(move || match chunks.next() {
            Some((n, (at, chunk))) => {
                end = at;
                let data = BASE64_STANDARD.encode(pcm(&chunk));
                let chunk = json!({ "type": "chunk", "context_id": ids, "data": data, "done": false, "status_code": 206,
                    "step_time": 60.0, "flush_id": 1 });
                Some((at, Out::json(if n == 0 { "chunk" } else { "" }, &chunk)))
            }
            None if last && !std::mem::replace(&mut done, true) => {
                let done = json!({ "type": "done", "context_id": ids, "done": true, "status_code": 200 });
                Some((end, Out::json("done", &done)))
            }
            None => None,
        });
        self.wire.later(id, all);
    }

    async fn error(&mut self, id: Option<&str>, why: &str) -> Option<()> {
        self.wire.complain(why);
        let mut body = error(400, why);
        if let Some(body) = body.as_object_mut() {
            body.extend([("type".to_owned(), json!("error")), ("done".to_owned(), json!(true))]);
            body.insert("context_id".into(), json!(id));
        }
        self.wire.send(Out::json("error", &body)).await
    }
}
