//! AssemblyAI: streaming v3 over a WebSocket, and its tokens.
//! Sources: assemblyai-python-sdk (2026-08), the vendor's pages on streaming.

use super::{Serve, Vendor};
use crate::{
    answer::Refusal,
    asked::{Asked, Asks, Desk, header, unless},
    plan::{Stage, staged},
    script::Script,
    sound::Ear,
    wire::{Call, Came, Out, Wire},
};
use axum::{
    Json, Router,
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::get,
};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use voice::Coding;

pub(crate) const ROW: Vendor = Vendor { name: "assemblyai", also: &[], path: "", serve: Serve::Http(routes) };

const MODELS: [&str; 5] =
    ["universal-streaming-english", "universal-streaming-multilingual", "u3-rt-pro", "universal-3-5-pro", "whisper-rt"];
const KNOWN: [&str; 18] = [
    "speech_model",
    "encoding",
    "sample_rate",
    "format_turns",
    "end_of_turn_confidence_threshold",
    "min_turn_silence",
    "max_turn_silence",
    "vad_threshold",
    "keyterms_prompt",
    "prompt",
    "language_codes",
    "language_detection",
    "mode",
    "voice_focus",
    "inactivity_timeout",
    "continuous_partials",
    "include_partial_turns",
    "session_heartbeat",
];
/// Seconds of samples that one message may hold.
const PIECE: std::ops::RangeInclusive<f64> = 0.05..=1.0;
/// Seconds of sound between two partial turns.
const PARTIAL: f64 = 1.0;

fn routes(desk: &Desk) -> Router<Desk> {
    Router::new()
        .route("/v3/ws", staged(desk, Stage::Hear, get(call)))
        .route("/v3/token", staged(desk, Stage::List, get(token)))
}

async fn token(asked: Asked) -> Result<Response, Refusal> {
    authorised(&asked.headers, &asked.script.key)?;
    let asks = asked.query(&["expires_in_seconds", "max_session_duration_seconds"]).map_err(refused)?;
    let seconds = asks.number("expires_in_seconds", 1.0..=600.0).map_err(refused)?;
    let seconds = seconds.ok_or_else(|| refused("expires_in_seconds is absent".into()))?;
    Ok(Json(json!({ "token": "peer-token", "expires_in_seconds": seconds as u32 })).into_response())
}

async fn call(call: Call) -> Result<Response, Refusal> {
    authorised(&call.headers, &call.script.key)?;
    let asks = call.query(&KNOWN).map_err(refused)?;
    let coding = check(&asks).map_err(refused)?;
    // the newer models are formatted always
    let formatted = asks.get("speech_model").is_some_and(|model| model.starts_with('u') && model.contains('3'));
    let twice = !formatted && asks.get("format_turns").is_some_and(|flag| flag.eq_ignore_ascii_case("true"));
    let script = call.script.clone();
    Ok(call.open(move |mut wire| async move {
        wire.send(Out::json("Begin", &json!({ "type": "Begin", "id": "s1", "expires_at": 1_767_225_600 }))).await?;
        let (ear, told, turn, all) = (Ear::new(coding), 0.0, 0, 0.0);
        Talk { wire, script: &script, coding, formatted, twice, ear, told, turn, all }.run().await
    }))
}

fn check(asks: &Asks) -> Result<Coding, String> {
    unless(asks.get("speech_model").is_some_and(|model| MODELS.contains(&model)), "there is no such speech_model")?;
    for flag in ["format_turns", "language_detection", "continuous_partials", "include_partial_turns"] {
        // the vendor's own client writes them as Python does
        asks.one_of(flag, &["true", "false", "True", "False"])?;
    }
    asks.one_of("mode", &["min_latency", "balanced", "max_accuracy"])?;
    asks.number("inactivity_timeout", 5.0..=3_600.0)?;
    asks.number("end_of_turn_confidence_threshold", 0.0..=1.0)?;
    for list in ["language_codes", "keyterms_prompt"] {
        let given = asks.get(list).map(serde_json::from_str::<Vec<String>>);
        unless(given.is_none_or(|list| list.is_ok()), format!("{list} is no JSON array of texts"))?;
    }
    match asks.get("encoding").unwrap_or("pcm_s16le") {
        "opus" => Ok(Coding::Opus),
        "ogg_opus" => Ok(Coding::OggOpus),
        "pcm_s16le" => {
            let rate = asks.number("sample_rate", 8_000.0..=48_000.0)?.ok_or("sample_rate is absent")?;
            Ok(Coding::Pcm16 { rate: rate as u32 })
        }
        other => Err(format!("this peer does not hear {other:?}")),
    }
}

#[derive(Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
enum Said {
    ForceEndpoint {},
    KeepAlive {},
    Terminate {},
}

struct Talk<'a> {
    wire: Wire,
    script: &'a Script,
    coding: Coding,
    formatted: bool,
    /// A turn that has ended comes again, formatted.
    twice: bool,
    ear: Ear,
    /// Seconds of this turn that were told.
    told: f64,
    turn: u32,
    /// Seconds of the turns before.
    all: f64,
}

impl Talk<'_> {
    async fn run(mut self) -> Option<()> {
        loop {
            match self.wire.next().await? {
                Came::Bytes(bytes) => self.hear(bytes).await?,
                Came::Text(text) => match serde_json::from_str(&text) {
                    Ok(Said::ForceEndpoint {}) => self.end_turn(),
                    Ok(Said::KeepAlive {}) => {}
                    Ok(Said::Terminate {}) => self.terminate(),
                    Err(error) => self.wire.refuse(3006, "Invalid message", &error.to_string()).await?,
                },
            }
        }
    }

    async fn hear(&mut self, bytes: Bytes) -> Option<()> {
        if let Coding::Pcm16 { rate } = self.coding {
            let seconds = bytes.len() as f64 / 2.0 / f64::from(rate);
            if !PIECE.contains(&seconds) {
                let why = format!("a message of {:.0} ms; 50 to 1000 are taken", seconds * 1_000.0);
                return self.wire.refuse(3007, "Input Duration Error", &why).await;
            }
        }
        if let Err(why) = self.ear.push(&bytes) {
            return self.wire.refuse(3006, "Invalid audio", &format!("undecodable sound: {why}")).await;
        }
        let heard = self.ear.seconds;
        if heard - self.told >= PARTIAL {
            self.told = heard;
            let turn = turn(self.turn, &self.script.partial(heard), false, self.formatted);
            self.wire.send(Out::json("Turn", &turn)).await?;
        }
        Some(())
    }

    /// Nothing heard, nothing answered.
    fn end_turn(&mut self) {
        self.wire.got("ForceEndpoint");
        let heard = self.ear.seconds;
        if heard <= 0.0 {
            return;
        }
        let moment = self.script.finalized(self.wire.cause());
        let plain = self.script.transcript.to_lowercase().replace([',', '.', '?'], "");
        let first = if self.twice { plain } else { self.script.transcript.clone() };
        let mut turns = vec![(moment, Out::json("Turn", &turn(self.turn, &first, true, self.formatted)))];
        turns.extend(
            self.twice.then(|| (moment, Out::json("Turn", &turn(self.turn, &self.script.transcript, true, true)))),
        );
        self.wire.later("turn", turns);
        self.turn += 1;
        self.all += heard;
        self.told = 0.0;
        // a container goes on; its decoder must not begin anew
        match self.coding {
            Coding::OggOpus => self.ear.seconds = 0.0,
            coding => self.ear = Ear::new(coding),
        }
    }

    fn terminate(&mut self) {
        self.wire.got("Terminate");
        let seconds = (self.all + self.ear.seconds) as u32;
        let ended =
            json!({ "type": "Termination", "audio_duration_seconds": seconds, "session_duration_seconds": seconds });
        let moment = self.script.finalized(self.wire.cause());
        self.wire.later("turn", [(moment, Out::json("Termination", &ended)), (moment, Out::close(1000, ""))]);
    }
}

fn turn(order: u32, transcript: &str, ended: bool, formatted: bool) -> Value {
    let words = transcript.split_whitespace().zip(0u32..).map(|(word, n)| {
        json!({ "text": word, "start": n * 300, "end": n * 300 + 250, "confidence": 0.98, "word_is_final": ended })
    });
    json!({ "type": "Turn", "turn_order": order, "turn_is_formatted": formatted, "end_of_turn": ended,
        "transcript": transcript, "end_of_turn_confidence": if ended { 0.9 } else { 0.2 },
        "words": words.collect::<Vec<_>>() })
}

fn authorised(headers: &HeaderMap, key: &str) -> Result<(), Refusal> {
    if header(headers, "authorization") == key {
        return Ok(());
    }
    let why = "the authorization header is not the bare key";
    Err(Refusal::new(401, why, json!({ "error": "Invalid API key", "error_code": "unauthorized" })))
}

fn refused(why: String) -> Refusal {
    let body = json!({ "error": why, "error_code": "bad_request" });
    Refusal::new(400, why, body)
}
