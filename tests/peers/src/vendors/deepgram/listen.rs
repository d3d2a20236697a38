//! `GET /v1/listen`: one socket, many utterances, each ended by `Finalize`.

use super::{authorised, refused};
use crate::{
    answer::Refusal,
    asked::{Asks, unless},
    script::Script,
    sound::Ear,
    wire::{Call, Came, Out, Wire},
};
use axum::response::Response;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use voice::Coding;

/// Without sound or `KeepAlive` for this long it closes.
const PATIENCE: Duration = Duration::from_secs(10);
/// Seconds of sound between two interim results.
const INTERIM: f64 = 1.0;
const KNOWN: [&str; 24] = [
    "model",
    "language",
    "encoding",
    "sample_rate",
    "channels",
    "interim_results",
    "smart_format",
    "punctuate",
    "numerals",
    "endpointing",
    "utterance_end_ms",
    "vad_events",
    "keyterm",
    "keywords",
    "diarize",
    "profanity_filter",
    "redact",
    "replace",
    "tag",
    "mip_opt_out",
    "version",
    "multichannel",
    "no_delay",
    "filler_words",
];
const FLAGS: [&str; 8] = [
    "interim_results",
    "smart_format",
    "punctuate",
    "numerals",
    "vad_events",
    "diarize",
    "profanity_filter",
    "mip_opt_out",
];

pub(super) async fn call(call: Call) -> Result<Response, Refusal> {
    authorised(&call.headers, &call.script.key)?;
    let bad = |why| refused("INVALID_QUERY_PARAMETER", why);
    let asks = call.query(&KNOWN).map_err(bad)?;
    let coding = check(&asks).map_err(bad)?;
    let interim = asks.get("interim_results") == Some("true");
    let script = call.script.clone();
    Ok(call.open(move |wire| async move {
        let ear = Ear::new(coding);
        Talk { wire, script: &script, coding, interim, ear, told: 0.0, start: 0.0 }.run().await
    }))
}

fn check(asks: &Asks) -> Result<Coding, String> {
    let model = asks.get("model").unwrap_or_default();
    unless(model.starts_with("nova-"), "there is no such model")?;
    for flag in FLAGS {
        asks.one_of(flag, &["true", "false"])?;
    }
    let language = asks.get("language").unwrap_or("en");
    let plain = language.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    unless((2..=7).contains(&language.len()) && plain, "there is no such language")?;
    unless(asks.get("keyterm").is_none() || model.starts_with("nova-3"), "keyterm is for nova-3")?;
    unless(asks.get("keywords").is_none() || !model.starts_with("nova-3"), "keywords are not for nova-3")?;
    if asks.get("endpointing") != Some("false") {
        asks.number("endpointing", 0.0..=60_000.0)?;
    }
    let ends = asks.number("utterance_end_ms", 1_000.0..=60_000.0)?;
    unless(ends.is_none() || asks.get("interim_results") == Some("true"), "utterance_end_ms needs interim_results")?;
    asks.one_of("channels", &["1"])?;
    let rate = asks.number("sample_rate", 8_000.0..=48_000.0)?.map(|rate| rate as u32);
    match (asks.get("encoding"), rate) {
        (Some("linear16"), Some(rate)) => Ok(Coding::Pcm16 { rate }),
        (Some("opus"), Some(_)) => Ok(Coding::Opus),
        (Some("ogg-opus"), _) | (None, None) => Ok(Coding::OggOpus),
        (None, Some(_)) => Err("sample_rate without encoding".into()),
        (Some(_), None) => Err("encoding without sample_rate".into()),
        (Some(other), _) => Err(format!("this peer hears linear16, opus and ogg-opus, not {other:?}")),
    }
}

#[derive(Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
enum Said {
    KeepAlive {},
    Finalize {},
    CloseStream {},
}

struct Talk<'a> {
    wire: Wire,
    script: &'a Script,
    coding: Coding,
    interim: bool,
    ear: Ear,
    /// Seconds of the utterance that an interim result was sent for.
    told: f64,
    /// Seconds of sound before this utterance.
    start: f64,
}

impl Talk<'_> {
    async fn run(mut self) -> Option<()> {
        loop {
            self.be_patient();
            match self.wire.next().await? {
                Came::Bytes(bytes) => self.hear(bytes).await?,
                Came::Text(text) => match serde_json::from_str(&text) {
                    Ok(Said::KeepAlive {}) => self.wire.got("KeepAlive"),
                    Ok(Said::Finalize {}) => {
                        self.wire.got("Finalize");
                        self.finish(true);
                    }
                    Ok(Said::CloseStream {}) => self.leave(),
                    Err(error) => self.wire.refuse(1008, "DATA-0000", &error.to_string()).await?,
                },
            }
        }
    }

    fn be_patient(&mut self) {
        self.wire.stop("patience");
        let moment = self.wire.cause() + PATIENCE;
        self.wire.later("patience", [(moment, Out::close(1011, "NET-0001"))]);
    }

    async fn hear(&mut self, bytes: Bytes) -> Option<()> {
        if bytes.is_empty() {
            self.wire.complain("an empty message of bytes ends the stream");
            self.leave();
            return Some(());
        }
        if let Err(why) = self.ear.push(&bytes) {
            return self.wire.refuse(1008, "DATA-0000", &format!("undecodable sound: {why}")).await;
        }
        let heard = self.ear.seconds;
        if self.interim && heard - self.told >= INTERIM {
            self.told = heard;
            let results = results(&self.script.partial(heard), self.start, heard, false, false);
            self.wire.send(Out::json("Results", &results)).await?;
        }
        Some(())
    }

    /// Nothing heard, nothing answered, as the vendor does.
    fn finish(&mut self, asked: bool) {
        let heard = self.ear.seconds;
        if heard <= 0.0 {
            return;
        }
        let results = results(&self.script.transcript, self.start, heard, true, asked);
        let moment = self.script.finalized(self.wire.cause());
        self.wire
            .later("final", [(moment, Out::json(if asked { "Results from_finalize" } else { "Results" }, &results))]);
        self.start += heard;
        self.told = 0.0;
        // a container goes on; its decoder must not begin anew
        match self.coding {
            Coding::OggOpus => self.ear.seconds = 0.0,
            _ => self.ear = Ear::new(self.coding),
        }
    }

    fn leave(&mut self) {
        self.wire.got("CloseStream");
        self.finish(false);
        let moment = self.script.finalized(self.wire.cause());
        let metadata = json!({ "type": "Metadata", "transaction_key": "deprecated", "request_id": ID, "sha256": "",
            "created": "2026-01-01T00:00:00.000Z", "duration": self.start, "channels": 1 });
        let goodbye = [(moment, Out::json("Metadata", &metadata)), (moment, Out::close(1000, ""))];
        self.wire.later("final", goodbye);
    }
}

const ID: &str = "00000000-0000-0000-0000-000000000000";

fn results(transcript: &str, start: f64, duration: f64, is_final: bool, from_finalize: bool) -> Value {
    let words: Vec<_> = transcript.split_whitespace().collect();
    let step = duration / words.len().max(1) as f64;
    let word = |(n, word): (usize, &&str)| {
        let (from, to) = (start + n as f64 * step, start + (n + 1) as f64 * step);
        let bare = word.trim_matches(|letter: char| !letter.is_alphanumeric()).to_lowercase();
        json!({ "word": bare, "punctuated_word": word, "start": from, "end": to, "confidence": 0.99 })
    };
    let words: Vec<_> = words.iter().enumerate().map(word).collect();
    json!({ "type": "Results", "channel_index": [0, 1], "start": start, "duration": duration, "is_final": is_final,
        "speech_final": is_final, "from_finalize": from_finalize,
        "channel": { "alternatives": [{ "transcript": transcript, "confidence": 0.99, "words": words }] },
        "metadata": { "request_id": ID, "model_uuid": ID,
            "model_info": { "name": "general-nova-3", "version": "2025-01-01.0", "arch": "nova-3" } } })
}
