//! Soniox: tokens over a WebSocket, speech over HTTP, lists of models.
//! Sources: the vendor's pages on its WebSocket, authentication and limits (2026-11).

use super::{Serve, Vendor};
use crate::{
    answer::{Refusal, paced},
    asked::{Asked, Desk, header, unless},
    plan::{Stage, staged},
    script::{Script, tokens},
    sound::{Ear, pcm},
    wire::{Call, Came, Out, Wire},
};
use axum::{
    Json, Router,
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use voice::Coding;

pub(crate) const ROW: Vendor = Vendor { name: "soniox", also: &[], path: "", serve: Serve::Http(routes) };

/// Without a message for this long it closes.
const PATIENCE: Duration = Duration::from_secs(20);
/// Seconds of sound between two messages of tokens that may still change.
const PARTIAL: f64 = 1.0;

fn routes(desk: &Desk) -> Router<Desk> {
    Router::new()
        .route("/transcribe-websocket", staged(desk, Stage::Hear, get(call)))
        .route("/tts", staged(desk, Stage::Say, post(speak)))
        .route("/v1/models", staged(desk, Stage::List, get(models)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    model: String,
    voice: String,
    language: String,
    text: String,
    audio_format: String,
    sample_rate: u32,
}

async fn speak(asked: Asked) -> Result<Response, Refusal> {
    authorised(&asked.headers, &asked.script.key)?;
    let body: Body = asked.json().map_err(refused)?;
    let rates = [8_000, 16_000, 24_000, 44_100, 48_000];
    unless(body.model.starts_with("tts-rt-"), "there is no such model")
        .and_then(|()| unless(["Adrian", "Maya"].contains(&body.voice.as_str()), "there is no such voice"))
        .and_then(|()| unless(body.language.len() == 2, "language has two letters"))
        .and_then(|()| unless(!body.text.trim().is_empty(), "there is nothing to say"))
        .and_then(|()| unless(body.audio_format == "pcm_s16le", "this peer speaks pcm_s16le"))
        .and_then(|()| unless(rates.contains(&body.sample_rate), "there is no such sample_rate"))
        .map_err(refused)?;
    let sound = asked.script.sound(asked.cause, &body.text, body.sample_rate);
    Ok(paced("audio/pcm", sound.map(|(at, chunk)| (at, pcm(&chunk)))).await)
}

async fn models(asked: Asked) -> Result<Response, Refusal> {
    authorised(&asked.headers, &asked.script.key)?;
    let models =
        ["stt-rt-v5", "stt-rt-v4"].map(|id| json!({ "id": id, "name": id, "transcription_mode": "real_time" }));
    Ok(Json(json!({ "models": models })).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Start {
    model: String,
    audio_format: String,
    sample_rate: Option<u32>,
    num_channels: Option<u8>,
    language_hints: Option<Vec<String>>,
    #[serde(rename = "language_hints_strict")]
    _strict: Option<bool>,
    #[serde(rename = "enable_endpoint_detection")]
    _endpoints: Option<bool>,
    #[serde(rename = "enable_language_identification")]
    _languages: Option<bool>,
    #[serde(rename = "context")]
    _context: Option<Value>,
    translation: Option<Translation>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Translation {
    OneWay { target_language: String },
    TwoWay { language_a: String, language_b: String },
}

impl Start {
    fn check(&self) -> Result<Coding, String> {
        let code = |code: &String| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_lowercase());
        unless(self.model.starts_with("stt-rt-"), "there is no such model")?;
        unless(self.language_hints.as_ref().is_none_or(|all| all.iter().all(code)), "a hint is no ISO-639-1 code")?;
        unless(
            match &self.translation {
                Some(Translation::OneWay { target_language }) => code(target_language),
                Some(Translation::TwoWay { language_a, language_b }) => code(language_a) && code(language_b),
                None => true,
            },
            "a language of the translation is no ISO-639-1 code",
        )?;
        match (self.audio_format.as_str(), self.sample_rate, self.num_channels) {
            ("auto" | "ogg", None, None) => Ok(Coding::OggOpus),
            ("pcm_s16le", Some(rate @ 8_000..=48_000), Some(1)) => Ok(Coding::Pcm16 { rate }),
            ("pcm_s16le", ..) => Err("pcm_s16le wants sample_rate and one channel".into()),
            (other, ..) => Err(format!("this peer does not hear {other:?} so")),
        }
    }
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Said {
    Finalize {},
    Keepalive {},
}

async fn call(call: Call) -> Result<Response, Refusal> {
    authorised(&call.headers, &call.script.key)?;
    call.query(&[]).map_err(refused)?;
    let script = call.script.clone();
    Ok(call.open(move |mut wire| async move {
        let coding = match wire.next().await? {
            Came::Text(text) => {
                serde_json::from_str::<Start>(&text).map_err(|error| error.to_string()).and_then(|start| {
                    wire.got("start");
                    Ok((start.check()?, start.translation.is_some()))
                })
            }
            Came::Bytes(_) => Err("sound before the start".into()),
        };
        match coding {
            Ok((coding, translates)) => {
                let ear = Ear::new(coding);
                Talk { wire, script: &script, ear, translates, told: 0.0, all: 0.0, spoken: false }.run().await
            }
            Err(why) => fail(&mut wire, &why).await,
        }
    }))
}

struct Talk<'a> {
    wire: Wire,
    script: &'a Script,
    ear: Ear,
    /// Into whatever language, it is the script's reply.
    translates: bool,
    told: f64,
    /// Seconds of sound before this utterance.
    all: f64,
    /// There is a transcript already; what follows in it begins with a blank.
    spoken: bool,
}

impl Talk<'_> {
    async fn run(mut self) -> Option<()> {
        loop {
            self.wire.stop("patience");
            self.wire.later("patience", [(self.wire.cause() + PATIENCE, Out::close(1000, "timeout"))]);
            match self.wire.next().await? {
                // an empty message of either kind is the end
                Came::Bytes(bytes) if bytes.is_empty() => self.finish(),
                Came::Text(text) if text.is_empty() => self.finish(),
                Came::Bytes(bytes) => self.hear(bytes).await?,
                Came::Text(text) => match serde_json::from_str(&text) {
                    Ok(Said::Finalize {}) => self.finalize(),
                    Ok(Said::Keepalive {}) => self.wire.got("keepalive"),
                    Err(error) => fail(&mut self.wire, &error.to_string()).await?,
                },
            }
        }
    }

    async fn hear(&mut self, bytes: Bytes) -> Option<()> {
        if let Err(why) = self.ear.push(&bytes) {
            return fail(&mut self.wire, &format!("undecodable sound: {why}")).await;
        }
        let heard = self.ear.seconds - self.all;
        if heard - self.told >= PARTIAL {
            self.told = heard;
            let partial = self.said(&self.script.partial(heard), false);
            self.wire.send(Out::json("tokens", &self.message(partial))).await?;
        }
        Some(())
    }

    fn finalize(&mut self) {
        self.wire.got("finalize");
        let mut all = Vec::new();
        if self.ear.seconds > self.all {
            let before = if self.spoken { " " } else { "" };
            all.extend(self.said(&format!("{before}{}", self.script.transcript), true));
            // what is translated may come when all that was said has come
            let message = self.message(std::mem::take(&mut all));
            let moment = self.script.finalized(self.wire.cause());
            self.wire.later("final", [(moment, Out::json("tokens", &message))]);
            all.extend(self.translated(before));
            self.spoken = true;
        }
        all.push(json!({ "text": "<fin>", "is_final": true }));
        let moment = self.script.finalized(self.wire.cause());
        let message = self.message(all);
        self.wire.later("final", [(moment, Out::json("tokens <fin>", &message))]);
        self.all = self.ear.seconds;
        self.told = 0.0;
    }

    fn finish(&mut self) {
        self.wire.got("end");
        let open = self.ear.seconds > self.all;
        let mut rest = Vec::new();
        if open {
            rest.extend(self.said(&self.script.transcript, true));
            rest.extend(self.translated(""));
        }
        let mut message = self.message(rest);
        if let Some(message) = message.as_object_mut() {
            message.insert("finished".into(), json!(true));
        }
        let moment = if open { self.script.finalized(self.wire.cause()) } else { self.wire.cause() };
        self.wire.later("final", [(moment, Out::json("finished", &message)), (moment, Out::close(1000, ""))]);
    }

    /// Pieces of `text` as it was spoken.
    fn said(&self, text: &str, last: bool) -> Vec<Value> {
        let status = if self.translates { "original" } else { "none" };
        let piece = |text: String| {
            json!({ "text": text, "is_final": last, "start_ms": 0, "end_ms": self.ms(), "confidence": 0.98,
                "language": "en", "translation_status": status })
        };
        tokens(text).into_iter().map(piece).collect()
    }

    /// Pieces of the translation; those have no times.
    fn translated(&self, before: &str) -> Vec<Value> {
        let text = if self.translates { format!("{before}{}", self.script.reply) } else { String::new() };
        let piece = |text: String| {
            json!({ "text": text, "is_final": true, "translation_status": "translation", "language": "es",
                "source_language": "en" })
        };
        tokens(&text).into_iter().map(piece).collect()
    }

    fn message(&self, tokens: Vec<Value>) -> Value {
        json!({ "tokens": tokens, "final_audio_proc_ms": self.ms(), "total_audio_proc_ms": self.ms() })
    }

    fn ms(&self) -> u32 {
        (self.ear.seconds * 1_000.0) as u32
    }
}

/// Its errors are a message, and then the end.
async fn fail(wire: &mut Wire, why: &str) -> Option<()> {
    wire.complain(why);
    wire.send(Out::json("error", &json!({ "tokens": [], "error_code": 400, "error_message": why }))).await?;
    wire.send(Out::close(1000, "")).await
}

fn authorised(headers: &HeaderMap, key: &str) -> Result<(), Refusal> {
    if header(headers, "authorization") == format!("Bearer {key}") {
        return Ok(());
    }
    let body = json!({ "status_code": 401, "error_type": "unauthenticated", "message": "Incorrect API key provided" });
    Err(Refusal::new(401, "the authorization header is absent or another", body))
}

fn refused(why: impl Into<String>) -> Refusal {
    let why = why.into();
    let body = json!({ "status_code": 400, "error_type": "invalid_request", "message": why });
    Refusal::new(400, why, body)
}
