//! Piper's HTTP server: `/synthesize`, `/voices`. It answers a whole file, and never refuses a voice.
//! Source: piper1-gpl 1.8.0, `http_server.py`.

use super::{Serve, Vendor};
use crate::{
    answer::{Refusal, paced},
    asked::{Asked, Desk},
    plan::{Stage, staged},
    sound::{pcm, wav_head},
};
use axum::{
    Json, Router,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::json;

pub(crate) const ROW: Vendor = Vendor { name: "piper", also: &[], path: "", serve: Serve::Http(routes) };

const RATE: u32 = 22_050;

fn routes(desk: &Desk) -> Router<Desk> {
    Router::new()
        .route("/synthesize", staged(desk, Stage::Say, post(synthesize)))
        .route("/voices", staged(desk, Stage::List, get(voices)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    text: String,
    #[serde(rename = "voice")]
    _voice: Option<String>,
    #[serde(rename = "speaker_id")]
    _speaker: Option<u32>,
    length_scale: Option<f64>,
    #[serde(rename = "noise_scale")]
    _noise: Option<f64>,
    #[serde(rename = "noise_w_scale")]
    _noise_w: Option<f64>,
}

async fn synthesize(asked: Asked) -> Result<Response, Refusal> {
    // whatever is wrong is an exception there
    let broken = |why: String| Refusal::new(500, why, json!("Internal Server Error"));
    let body: Body = asked.json().map_err(broken)?;
    if body.text.trim().is_empty() {
        return Err(broken("No text provided".into()));
    }
    if body.length_scale.is_some_and(|scale| scale <= 0.0) {
        return Err(broken("length_scale is not positive".into()));
    }
    let mut moment = None;
    let mut file = wav_head(RATE);
    for (at, chunk) in asked.script.sound(asked.cause, body.text.trim(), RATE) {
        moment.get_or_insert(at);
        file.extend(pcm(&chunk));
    }
    let whole = (moment.unwrap_or(asked.cause), file.into());
    Ok(paced("audio/wav", [whole].into_iter()).await)
}

async fn voices(_: Asked) -> Response {
    let voice = json!({ "audio": { "sample_rate": RATE, "quality": "medium" }, "num_speakers": 1 });
    Json(json!({ "en_US-lessac-medium": voice, "ru_RU-irina-medium": voice })).into_response()
}
