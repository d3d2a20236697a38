//! `POST /audio/speech`: a phrase as sound, or as events that hold it.

use super::{authorised, known_model, refused};
use crate::{
    answer::{Event, Refusal, events, paced},
    asked::{Asked, unless},
    sound::{ogg, pcm, wav_head},
};
use axum::response::Response;
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

const MODELS: [&str; 4] = ["gpt-4o-mini-tts", "gpt-4o-mini-tts-2025-12-15", "tts-1", "tts-1-hd"];
const VOICES: [&str; 13] =
    ["alloy", "ash", "ballad", "coral", "echo", "fable", "onyx", "nova", "sage", "shimmer", "verse", "marin", "cedar"];
/// Characters of one phrase.
const LONGEST: usize = 4_096;
const RATE: u32 = 24_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    model: String,
    voice: Voice,
    input: String,
    #[serde(default)]
    response_format: Format,
    instructions: Option<String>,
    speed: Option<f64>,
    stream_format: Option<StreamFormat>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Voice {
    Named(String),
    Own { id: String },
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    Mp3,
    Opus,
    Aac,
    Flac,
    Wav,
    Pcm,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum StreamFormat {
    Audio,
    Sse,
}

pub(super) async fn speak(asked: Asked) -> Result<Response, Refusal> {
    authorised(&asked.headers, &asked.script.key)?;
    let body: Body = asked.json().map_err(|why| refused("body", why))?;
    known_model(&body.model, &MODELS)?;
    check(&body).map_err(|why| refused("body", why))?;
    let sound = |rate| asked.script.sound(asked.cause, &body.input, rate);
    let bytes = || sound(RATE).map(|(at, chunk)| (at, pcm(&chunk)));
    if body.stream_format == Some(StreamFormat::Sse) {
        return Ok(as_events(bytes()).await);
    }
    match body.response_format {
        Format::Pcm => Ok(paced("audio/pcm", bytes()).await),
        Format::Wav => {
            let mut head = Some(wav_head(RATE));
            let with_head = move |(at, chunk): (Instant, Bytes)| {
                (at, [head.take().unwrap_or_default(), chunk.to_vec()].concat().into())
            };
            Ok(paced("audio/wav", bytes().map(with_head)).await)
        }
        Format::Opus => Ok(paced("audio/ogg", ogg(sound(16_000))).await),
        Format::Mp3 | Format::Aac | Format::Flac => {
            Err(refused("response_format", "this peer speaks pcm, wav and opus"))
        }
    }
}

async fn as_events(sound: impl Iterator<Item = (Instant, Bytes)> + Send) -> Response {
    let deltas =
        sound.map(|(at, chunk)| (at, json!({ "type": "speech.audio.delta", "audio": BASE64_STANDARD.encode(chunk) })));
    let mut all: Vec<_> = deltas.collect();
    let usage = json!({ "input_tokens": 14, "output_tokens": 101, "total_tokens": 115 });
    all.extend(all.last().map(|(at, _)| (*at, json!({ "type": "speech.audio.done", "usage": usage }))));
    events(all.into_iter().map(|(at, event)| Event::new(at, event)).collect()).await
}

fn check(body: &Body) -> Result<(), String> {
    unless(!body.input.trim().is_empty(), "there is nothing to say")?;
    unless(body.input.chars().count() <= LONGEST, "over 4096 characters")?;
    unless(
        match &body.voice {
            Voice::Named(name) => VOICES.contains(&name.as_str()),
            Voice::Own { id } => id.starts_with("voice_"),
        },
        "there is no such voice",
    )?;
    unless(body.speed.is_none_or(|speed| (0.25..=4.0).contains(&speed)), "speed is 0.25..=4")?;
    let old = body.model.starts_with("tts-1");
    unless(!old || body.instructions.is_none(), "instructions are not for tts-1")?;
    unless(!old || body.stream_format != Some(StreamFormat::Sse), "events are not for tts-1")
}
