//! `POST /audio/transcriptions`: an upload, judged by the extension of its name as the vendor does.

use super::{authorised, known_model, refused};
use crate::{
    answer::{Event, Refusal, events, json_at},
    asked::{Asked, Part},
    script::tokens,
    sound::listen,
};
use axum::response::Response;
use serde_json::json;
use std::time::Duration;
use voice::Coding;

/// The vendor's limit of an upload.
const LARGEST: usize = 25 * 1024 * 1024;
const MODELS: [&str; 4] = ["gpt-transcribe", "gpt-4o-transcribe", "gpt-4o-mini-transcribe", "whisper-1"];
const EXTENSIONS: [&str; 9] = ["flac", "mp3", "mp4", "mpeg", "mpga", "m4a", "ogg", "wav", "webm"];

pub(super) async fn transcribe(asked: Asked) -> Result<Response, Refusal> {
    authorised(&asked.headers, &asked.script.key)?;
    let parts = asked.form().await.map_err(|why| refused("file", why))?;
    let file = parts.iter().find(|part| part.name == "file").ok_or_else(|| refused("file", "there is no file"))?;
    let length = sound(file)?;
    let model = parts.iter().find(|part| part.name == "model").map(Part::text).unwrap_or_default();
    known_model(model, &MODELS)?;
    for part in parts.iter().filter(|part| part.name != "file") {
        field(part, model).map_err(|why| refused(&part.name, why))?;
    }
    let streams = model != "whisper-1" && parts.iter().any(|part| part.name == "stream" && part.text() == "true");
    let moment = asked.script.heard(asked.cause);
    let text = asked.script.transcript.clone();
    let usage = json!({ "type": "duration", "seconds": length.as_secs_f64().ceil() as u64 });
    if !streams {
        return Ok(json_at(moment, json!({ "text": text, "usage": usage })).await);
    }
    let deltas = tokens(&text).into_iter().map(|delta| json!({ "type": "transcript.text.delta", "delta": delta }));
    let usage = json!({ "type": "tokens", "input_tokens": 14, "output_tokens": 5, "total_tokens": 19 });
    let all = deltas.chain([json!({ "type": "transcript.text.done", "text": text, "usage": usage })]);
    Ok(events(all.map(|event| Event::new(moment, event)).collect()).await)
}

fn sound(file: &Part) -> Result<Duration, Refusal> {
    let no = |why: String| refused("file", why);
    let name = file.file.as_deref().unwrap_or_default();
    let extension = name.rsplit_once('.').map(|(_, extension)| extension).unwrap_or_default();
    if !EXTENSIONS.contains(&extension) {
        return Err(no(format!("Unsupported file format {extension}")));
    }
    let kind = file.kind.as_deref().unwrap_or_default();
    let fits = kind == "application/octet-stream" || kind.starts_with("audio/") || kind.starts_with("video/");
    if !fits {
        return Err(no(format!("the file's content type is {kind:?}")));
    }
    if file.bytes.len() > LARGEST {
        return Err(Refusal::new(
            413,
            "over 25 MB",
            super::error("invalid_request_error", "too_large", json!("file"), "Maximum content size limit exceeded"),
        ));
    }
    let coding = match extension {
        "ogg" => Coding::OggOpus,
        "wav" => Coding::Wav,
        other => return Err(no(format!("this peer has no ear for {other}"))),
    };
    listen(coding, &file.bytes).map_err(|why| no(format!("Audio file might be corrupted or unsupported: {why}")))
}

fn field(part: &Part, model: &str) -> Result<(), String> {
    let text = part.text();
    let good = match part.name.as_str() {
        "model" | "prompt" => true,
        "language" | "languages[]" => text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_lowercase()),
        "keywords[]" => model == "gpt-transcribe" && !text.is_empty(),
        "response_format" => match model {
            "whisper-1" => ["json", "text", "srt", "verbose_json", "vtt"].contains(&text),
            _ => text == "json",
        },
        "stream" => ["true", "false"].contains(&text),
        "temperature" => text.parse().is_ok_and(|value: f32| (0.0..=1.0).contains(&value)),
        "include[]" => text == "logprobs",
        "chunking_strategy" => text == "auto",
        _ => return Err(format!("there is no field {:?}", part.name)),
    };
    if part.file.is_some() {
        return Err("only the file has a file name".into());
    }
    if good { Ok(()) } else { Err(format!("{} cannot be {text:?}", part.name)) }
}
