//! `GET /realtime?intent=transcription`: sound in pieces, words as they come, one socket for many utterances.

use super::{authorised, refused};
use crate::{
    answer::Refusal,
    asked::unless,
    script::{Script, tokens},
    sound::Ear,
    wire::{Call, Came, Out, Wire},
};
use axum::response::Response;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};
use voice::Coding;

/// The only sound besides telephone codes: 16-bit samples at this rate.
const RATE: u32 = 24_000;
/// Less than this many seconds cannot be committed.
const SHORTEST: f64 = 0.1;
/// Of one piece of sound, in bytes of base64.
const LARGEST: usize = 15 * 1024 * 1024;
const MODELS: [&str; 6] = [
    "gpt-live-transcribe",
    "gpt-realtime-whisper",
    "gpt-transcribe",
    "gpt-4o-transcribe",
    "gpt-4o-mini-transcribe",
    "whisper-1",
];

#[derive(Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
enum Said {
    #[serde(rename = "session.update")]
    Update {
        session: Box<Session>,
        #[serde(rename = "event_id")]
        _event: Option<String>,
    },
    #[serde(rename = "input_audio_buffer.append")]
    Append {
        audio: String,
        #[serde(rename = "event_id")]
        _event: Option<String>,
    },
    #[serde(rename = "input_audio_buffer.commit")]
    Commit {
        #[serde(rename = "event_id")]
        _event: Option<String>,
    },
    #[serde(rename = "input_audio_buffer.clear")]
    Clear {
        #[serde(rename = "event_id")]
        _event: Option<String>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Session {
    r#type: String,
    audio: Audio,
    #[serde(rename = "include")]
    _include: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Audio {
    input: Input,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    format: Option<Format>,
    transcription: Option<Transcription>,
    #[serde(rename = "noise_reduction")]
    _noise_reduction: Option<Value>,
    /// `null` and absent are not the same: absent keeps what was, and a new session listens for turns by itself.
    #[serde(default, deserialize_with = "given")]
    turn_detection: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Format {
    r#type: String,
    rate: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Transcription {
    model: String,
    language: Option<String>,
    languages: Option<Vec<String>>,
    prompt: Option<String>,
    #[serde(rename = "keywords")]
    _keywords: Option<Vec<String>>,
    delay: Option<String>,
}

fn given<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(value).map(Some)
}

pub(super) async fn call(call: Call) -> Result<Response, Refusal> {
    authorised(&call.headers, &call.script.key)?;
    let asks = call.query(&["intent"]).map_err(|why| refused("query", why))?;
    if asks.get("intent") != Some("transcription") {
        return Err(refused("intent", "this peer only transcribes: intent=transcription, and no model"));
    }
    let script = call.script.clone();
    Ok(call.open(
        move |wire| async move { Talk { wire, script: &script, ear: ear(), items: 0, ready: false }.run().await },
    ))
}

fn ear() -> Ear {
    Ear::new(Coding::Pcm16 { rate: RATE })
}

struct Talk<'a> {
    wire: Wire,
    script: &'a Script,
    ear: Ear,
    items: u32,
    /// A model was chosen.
    ready: bool,
}

impl Talk<'_> {
    async fn run(mut self) -> Option<()> {
        let session = json!({ "id": "sess_1", "object": "realtime.transcription_session", "type": "transcription" });
        self.event("session.created", json!({ "session": session })).await?;
        loop {
            let Came::Text(text) = self.wire.next().await? else {
                self.error("invalid_request_error", "a message of bytes").await?;
                continue;
            };
            match serde_json::from_str(&text) {
                Ok(Said::Update { session, .. }) => self.update(session, &text).await?,
                Ok(Said::Append { audio, .. }) => self.append(&audio).await?,
                Ok(Said::Commit { .. }) => self.commit().await?,
                Ok(Said::Clear { .. }) => {
                    self.ear = ear();
                    self.event("input_audio_buffer.cleared", json!({})).await?;
                }
                Err(error) => self.error("invalid_value", &error.to_string()).await?,
            }
        }
    }

    async fn update(&mut self, session: Box<Session>, text: &str) -> Option<()> {
        self.wire.got("session.update");
        if let Err(why) = check(&session) {
            return self.error("invalid_value", &why).await;
        }
        self.ready |= session.audio.input.transcription.is_some();
        let whole: Value = serde_json::from_str(text).unwrap_or_default();
        self.event("session.updated", json!({ "session": whole.get("session") })).await
    }

    async fn append(&mut self, audio: &str) -> Option<()> {
        if !self.ready {
            return self.error("invalid_request_error", "no model was chosen before the sound").await;
        }
        let Some(bytes) = BASE64_STANDARD.decode(audio).ok().filter(|_| audio.len() <= LARGEST) else {
            return self.error("invalid_value", "the sound is no base64, or too long").await;
        };
        self.ear.push(&bytes.into()).ok();
        Some(())
    }

    async fn commit(&mut self) -> Option<()> {
        self.wire.got("input_audio_buffer.commit");
        let seconds = self.ear.finish();
        self.ear = ear();
        if seconds < SHORTEST {
            return self.error("input_audio_buffer_commit_empty", "the buffer holds less than 100 ms").await;
        }
        self.items += 1;
        let (item, before) = (format!("item_{}", self.items), format!("item_{}", self.items - 1));
        let before = (self.items > 1).then_some(before);
        let event = json!({ "item_id": item, "previous_item_id": before });
        self.event("input_audio_buffer.committed", event).await?;
        let moment = self.script.finalized(self.wire.cause());
        let name = "conversation.item.input_audio_transcription";
        let deltas = tokens(&self.script.transcript).into_iter();
        let deltas = deltas
            .map(|delta| out(&format!("{name}.delta"), json!({ "item_id": item, "content_index": 0, "delta": delta })));
        let usage = json!({ "type": "duration", "seconds": seconds });
        let whole =
            json!({ "item_id": item, "content_index": 0, "transcript": self.script.transcript, "usage": usage });
        let all: Vec<_> = deltas.chain([out(&format!("{name}.completed"), whole)]).map(|out| (moment, out)).collect();
        self.wire.later(&item, all);
        Some(())
    }

    async fn event(&mut self, name: &str, body: Value) -> Option<()> {
        self.wire.send(out(name, body)).await
    }

    async fn error(&mut self, code: &str, why: &str) -> Option<()> {
        self.wire.complain(why);
        let error =
            json!({ "type": "invalid_request_error", "code": code, "message": why, "param": null, "event_id": null });
        self.event("error", json!({ "error": error })).await
    }
}

fn out(name: &str, mut body: Value) -> Out {
    if let Some(body) = body.as_object_mut() {
        body.extend([("type".to_owned(), json!(name)), ("event_id".to_owned(), json!("event_1"))]);
    }
    Out::json(name, &body)
}

fn check(session: &Session) -> Result<(), String> {
    let input = &session.audio.input;
    unless(session.r#type == "transcription", "the session is no transcription")?;
    if let Some(format) = &input.format {
        unless(format.r#type == "audio/pcm" && format.rate == Some(RATE), "this peer hears audio/pcm at 24000 Hz")?;
    }
    unless(matches!(input.turn_detection, Some(Value::Null)), "this peer waits for commits: turn_detection is null")?;
    let Some(model) = &input.transcription else { return Ok(()) };
    unless(MODELS.contains(&model.model.as_str()), "invalid_model")?;
    let code = |code: &String| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_lowercase());
    unless(model.language.as_ref().is_none_or(code), "language is no ISO-639-1 code")?;
    unless(
        model.languages.as_ref().is_none_or(|all| !all.is_empty() && all.iter().all(code)),
        "languages are ISO-639-1 codes",
    )?;
    let whisper = model.model == "gpt-realtime-whisper";
    unless(!whisper || model.prompt.is_none(), "gpt-realtime-whisper takes no prompt")?;
    let delays = ["minimal", "low", "medium", "high", "xhigh"];
    unless(model.delay.as_deref().is_none_or(|delay| whisper && delays.contains(&delay)), "there is no such delay")
}
