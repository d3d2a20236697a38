//! `GET /stt/websocket`: samples as bytes, each utterance ended by the plain word `finalize`.

use super::{authorised, error, refused};
use crate::{
    answer::Refusal,
    asked::{Asks, unless},
    script::Script,
    sound::Ear,
    wire::{Call, Came, Out, Wire},
};
use axum::response::Response;
use serde_json::{Value, json};
use std::time::Duration;
use voice::Coding;

/// Without a message for this long it closes.
const PATIENCE: Duration = Duration::from_secs(180);

pub(super) async fn call(call: Call) -> Result<Response, Refusal> {
    authorised(&call.headers, &call.script.key)?;
    let known = ["model", "language", "encoding", "sample_rate", "keyterm", "min_volume", "max_silence_duration_secs"];
    let rate = call.query(&known).and_then(|asks| check(&asks)).map_err(|why| refused(400, why))?;
    let script = call.script.clone();
    Ok(call.open(move |wire| async move {
        Talk { wire, script: &script, rate, ear: Ear::new(Coding::Pcm16 { rate }) }.run().await
    }))
}

fn check(asks: &Asks) -> Result<u32, String> {
    let model = asks.get("model").unwrap_or_default();
    unless(model.starts_with("ink-"), "there is no such model")?;
    let language = asks.get("language").unwrap_or("en");
    unless(
        language.len() == 2 && (language == "en" || model.starts_with("ink-whisper")),
        "the model knows no such language",
    )?;
    unless(asks.get("encoding") == Some("pcm_s16le"), "this peer hears pcm_s16le")?;
    asks.number("sample_rate", 8_000.0..=48_000.0)?
        .map(|rate| rate as u32)
        .ok_or_else(|| "sample_rate is absent".into())
}

struct Talk<'a> {
    wire: Wire,
    script: &'a Script,
    rate: u32,
    ear: Ear,
}

impl Talk<'_> {
    async fn run(mut self) -> Option<()> {
        loop {
            self.wire.stop("patience");
            self.wire.later("patience", [(self.wire.cause() + PATIENCE, Out::close(1000, "idle"))]);
            match self.wire.next().await? {
                Came::Bytes(bytes) => {
                    self.ear.push(&bytes).ok();
                }
                Came::Text(text) => match text.as_str() {
                    "finalize" => self.flush("finalize", [("flush_done", None)]),
                    "close" | "done" => self.flush("close", [("done", Some(Out::close(1000, "")))]),
                    _ => {
                        self.wire.complain("neither finalize nor close");
                        let mut body = error(400, "there is no such command");
                        body.as_object_mut()?.insert("type".into(), json!("error"));
                        self.wire.send(Out::json("error", &body)).await?;
                    }
                },
            }
        }
    }

    fn flush<const N: usize>(&mut self, asked: &str, ends: [(&'static str, Option<Out>); N]) {
        self.wire.got(asked);
        let seconds = self.ear.finish();
        self.ear = Ear::new(Coding::Pcm16 { rate: self.rate });
        let moment = self.script.finalized(self.wire.cause());
        let mut all = Vec::new();
        if seconds > 0.0 {
            let heard = named(
                "transcript",
                json!({ "text": self.script.transcript, "is_final": true, "duration": seconds, "language": "en", "words": [] }),
            );
            all.push((moment, Out::json("transcript", &heard)));
        }
        for (name, goodbye) in ends {
            all.push((moment, Out::json(name, &named(name, json!({})))));
            all.extend(goodbye.map(|goodbye| (moment, goodbye)));
        }
        self.wire.later("flush", all);
    }
}

fn named(name: &str, mut body: Value) -> Value {
    if let Some(body) = body.as_object_mut() {
        body.extend([("type".to_owned(), json!(name)), ("request_id".to_owned(), json!("r1"))]);
    }
    body
}
