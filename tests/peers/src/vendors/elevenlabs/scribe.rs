//! Scribe's realtime socket: samples in base64, each utterance ended by a commit.

use super::{authorised, invalid, known_parameters};
use crate::{
    answer::Refusal,
    script::Script,
    sound::Ear,
    wire::{Call, Came, Out, Wire},
};
use axum::response::Response;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;
use voice::Coding;

/// Without a message for this long it says goodbye, with the code of a farewell.
const PATIENCE: Duration = Duration::from_secs(15);
/// Less than this many seconds cannot be committed.
const SHORTEST: f64 = 0.3;
/// Seconds of sound between two partial transcripts.
const PARTIAL: f64 = 1.0;
/// Characters that may be told about what was said before.
const BEFORE: usize = 50;
const KNOWN: [&str; 12] = [
    "model_id",
    "audio_format",
    "commit_strategy",
    "language_code",
    "include_timestamps",
    "include_language_detection",
    "keyterms",
    "no_verbatim",
    "vad_silence_threshold_secs",
    "vad_threshold",
    "min_speech_duration_ms",
    "min_silence_duration_ms",
];

#[derive(Deserialize)]
#[serde(tag = "message_type", deny_unknown_fields)]
enum Said {
    #[serde(rename = "input_audio_chunk")]
    Chunk { audio_base_64: String, commit: bool, sample_rate: u32, previous_text: Option<String> },
}

pub(super) async fn call(call: Call) -> Result<Response, Refusal> {
    authorised(&call.headers, &call.script.key)?;
    let asks = call.query(&KNOWN).map_err(invalid)?;
    let rate = known_parameters(&asks).map_err(invalid)?;
    let (twice, script) = (asks.get("include_timestamps") == Some("true"), call.script.clone());
    let config =
        json!({ "sample_rate": rate, "audio_format": format!("pcm_{rate}"), "model_id": "scribe_v2_realtime" });
    Ok(call.open(move |mut wire| async move {
        let started = json!({ "message_type": "session_started", "session_id": "s1", "config": config });
        wire.send(Out::json("session_started", &started)).await?;
        Talk { wire, script: &script, rate, twice, ear: Ear::new(Coding::Pcm16 { rate }), told: 0.0, begun: false }
            .run()
            .await
    }))
}

struct Talk<'a> {
    wire: Wire,
    script: &'a Script,
    rate: u32,
    /// Each commit is told a second time, with the times of its words.
    twice: bool,
    ear: Ear,
    told: f64,
    begun: bool,
}

impl Talk<'_> {
    async fn run(mut self) -> Option<()> {
        loop {
            self.wire.stop("patience");
            self.wire.later("patience", [(self.wire.cause() + PATIENCE, Out::close(1000, ""))]);
            let Came::Text(text) = self.wire.next().await? else {
                self.error("input_error", "a message of bytes").await?;
                continue;
            };
            match serde_json::from_str(&text) {
                Ok(Said::Chunk { audio_base_64, commit, sample_rate, previous_text }) => {
                    let begun = std::mem::replace(&mut self.begun, true);
                    if previous_text.is_some_and(|text| begun || text.chars().count() > BEFORE) {
                        self.error("input_error", "previous_text is for the first chunk, up to 50 characters").await?;
                    } else if sample_rate != self.rate {
                        self.error("input_error", "the rate is not that of the session").await?;
                    } else {
                        self.chunk(&audio_base_64, commit).await?;
                    }
                }
                Err(error) => self.error("input_error", &error.to_string()).await?,
            }
        }
    }

    async fn chunk(&mut self, audio: &str, commit: bool) -> Option<()> {
        let Ok(bytes) = BASE64_STANDARD.decode(audio) else {
            return self.error("input_error", "the sound is no base64").await;
        };
        self.ear.push(&bytes.into()).ok();
        if commit {
            return self.commit().await;
        }
        let heard = self.ear.seconds;
        if heard - self.told >= PARTIAL {
            self.told = heard;
            let partial = json!({ "message_type": "partial_transcript", "text": self.script.partial(heard) });
            self.wire.send(Out::json("partial_transcript", &partial)).await?;
        }
        Some(())
    }

    async fn commit(&mut self) -> Option<()> {
        self.wire.got("commit");
        let seconds = self.ear.finish();
        self.ear = Ear::new(Coding::Pcm16 { rate: self.rate });
        self.told = 0.0;
        if seconds < SHORTEST {
            return self.error("commit_throttled", "less than 0.3 s were not committed").await;
        }
        let moment = self.script.finalized(self.wire.cause());
        let once = json!({ "message_type": "committed_transcript", "text": self.script.transcript });
        let again = json!({ "message_type": "committed_transcript_with_timestamps", "text": self.script.transcript,
            "language_code": "eng", "words": [] });
        let mut all = vec![(moment, Out::json("committed_transcript", &once))];
        all.extend(self.twice.then(|| (moment, Out::json("committed_transcript_with_timestamps", &again))));
        self.wire.later("commit", all);
        Some(())
    }

    async fn error(&mut self, kind: &str, why: &str) -> Option<()> {
        self.wire.complain(why);
        self.wire.send(Out::json(kind, &json!({ "message_type": kind, "error": why }))).await
    }
}
