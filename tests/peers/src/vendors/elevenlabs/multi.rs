//! `multi-stream-input`: many phrases over one socket, each in a context that tells its end once it was closed.

use super::{MODELS, Settings, VOICES, authorised, in_range, invalid};
use crate::{
    answer::Refusal,
    asked::{Asks, unless},
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

/// Contexts that may be open at once.
const MOST: usize = 5;
/// Seconds without a message, unless others were asked for.
const PATIENCE: f64 = 20.0;
const KNOWN: [&str; 9] = [
    "model_id",
    "language_code",
    "output_format",
    "inactivity_timeout",
    "auto_mode",
    "sync_alignment",
    "enable_logging",
    "enable_ssml_parsing",
    "apply_text_normalization",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    context_id: Option<String>,
    text: Option<String>,
    flush: Option<bool>,
    close_context: Option<bool>,
    close_socket: Option<bool>,
    voice_settings: Option<Settings>,
    generation_config: Option<Pieces>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pieces {
    chunk_length_schedule: Vec<f64>,
}

/// What the address asks for.
struct Wanted {
    rate: u32,
    /// No text waits for more of it.
    auto: bool,
    patience: Duration,
}

pub(super) async fn call(call: Call) -> Result<Response, Refusal> {
    authorised(&call.headers, &call.script.key)?;
    let asks = call.query(&KNOWN).map_err(invalid)?;
    let voice = call.uri.path().split('/').nth(3).unwrap_or_default().to_owned();
    let (wanted, script) = (wanted(&asks, &voice), call.script.clone());
    Ok(call.open(move |mut wire| async move {
        match wanted {
            Ok(wanted) => Talk { wire, script: &script, wanted, contexts: HashMap::new() }.run().await,
            Err(why) => fail(&mut wire, &why).await,
        }
    }))
}

/// What is wrong with an address is told once the socket is open.
fn wanted(asks: &Asks, voice: &str) -> Result<Wanted, String> {
    unless(VOICES.iter().any(|(id, _)| *id == voice), "voice_not_found")?;
    let model = asks.get("model_id").unwrap_or("eleven_multilingual_v2");
    unless(MODELS.iter().any(|(id, _)| *id == model) && model != "eleven_v3", "model_not_found")?;
    let code = asks.get("language_code");
    let fits = code.is_none_or(|code| code.len() == 2 && model != "eleven_multilingual_v2");
    unless(fits, "invalid_language_code")?;
    asks.one_of("auto_mode", &["true", "false"])?;
    let rates = [8_000, 16_000, 22_050, 24_000, 44_100, 48_000];
    let format = asks.get("output_format").unwrap_or("mp3_44100_128");
    let rate = format.strip_prefix("pcm_").and_then(|rate| rate.parse().ok()).filter(|rate| rates.contains(rate));
    Ok(Wanted {
        rate: rate.ok_or_else(|| format!("this peer speaks pcm_…, not {format:?}"))?,
        auto: asks.get("auto_mode") == Some("true"),
        patience: Duration::from_secs_f64(asks.number("inactivity_timeout", 1.0..=180.0)?.unwrap_or(PATIENCE)),
    })
}

struct Talk<'a> {
    wire: Wire,
    script: &'a Script,
    wanted: Wanted,
    /// Open ones.
    contexts: HashMap<String, Context>,
}

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
            let due = self.wire.cause() + self.wanted.patience;
            self.wire.later("patience", [(due, Out::close(1008, "input_timeout_exceeded"))]);
            let Came::Text(text) = self.wire.next().await? else {
                return fail(&mut self.wire, "a message of bytes").await;
            };
            let done = match serde_json::from_str::<Said>(&text) {
                Ok(Said { close_socket: Some(true), .. }) => return self.wire.send(Out::close(1000, "")).await,
                Ok(said) => self.take(said),
                Err(error) => Err(error.to_string()),
            };
            if let Err(why) = done {
                return fail(&mut self.wire, &why).await;
            }
        }
    }

    fn take(&mut self, said: Said) -> Result<(), String> {
        let id = said.context_id.ok_or("there is no context_id")?;
        if said.close_context == Some(true) {
            unless(said.text.is_none_or(|text| text.is_empty()), "a context that is closed takes no text")?;
            self.close(&id);
            return Ok(());
        }
        let begins = !self.contexts.contains_key(&id);
        let text = said.text.unwrap_or_default();
        unless(!begins || text == " ", "a context begins with a single blank")?;
        unless(begins || (said.voice_settings.is_none() && said.generation_config.is_none()), "settings come first")?;
        unless(said.voice_settings.as_ref().is_none_or(in_range), "a voice setting is out of its range")?;
        let schedule = said.generation_config.map(|pieces| pieces.chunk_length_schedule).unwrap_or_default();
        unless(schedule.iter().all(|length| (50.0..=500.0).contains(length)), "a piece has 50 to 500 characters")?;
        unless(!begins || self.contexts.len() < MOST, "max_active_contexts")?;
        unless(text.is_empty() || text.ends_with(' '), "a piece of text ends with a blank")?;
        let context = self.contexts.entry(id.clone()).or_default();
        context.waiting.push_str(&text);
        if said.flush == Some(true) || self.wanted.auto {
            self.speak(&id);
        }
        Ok(())
    }

    fn speak(&mut self, id: &str) {
        let Some(context) = self.contexts.get_mut(id) else { return };
        let text = std::mem::take(&mut context.waiting);
        if text.trim().is_empty() {
            return;
        }
        self.wire.got("text");
        // a piece follows the one before it, and does not wait for its first sound again
        let cause = self.wire.cause();
        let cause = context.busy.map_or(cause, |busy| cause.max(busy - self.script.first_sound()));
        context.busy = Some(self.script.sound(cause, &text, 8_000).last().map_or(cause, |(at, _)| at));
        let name = id.to_owned();
        let chunk = move |(at, chunk): (Instant, crate::sound::Chunk)| {
            let audio = BASE64_STANDARD.encode(pcm(&chunk));
            let chunk = json!({ "audio": audio, "isFinal": null, "normalizedAlignment": null, "alignment": null,
                "contextId": name });
            (at, Out::json("audio", &chunk))
        };
        self.wire.later(id, self.script.sound(cause, text.trim(), self.wanted.rate).map(chunk));
    }

    /// What was flushed is still sent; what was not is lost. A context that is not open has been closed before.
    fn close(&mut self, id: &str) {
        self.wire.got("close_context");
        let Some(context) = self.contexts.remove(id) else { return };
        let end = json!({ "audio": null, "isFinal": true, "contextId": id });
        let due = context.busy.unwrap_or(self.wire.cause());
        self.wire.later(id, [(due, Out::json("isFinal", &end))]);
    }
}

/// Its errors are a message, and then the end.
async fn fail(wire: &mut Wire, why: &str) -> Option<()> {
    wire.complain(why);
    wire.send(Out::json("error", &json!({ "message": why, "error": why, "code": 1008 }))).await?;
    wire.send(Out::close(1008, why)).await
}
