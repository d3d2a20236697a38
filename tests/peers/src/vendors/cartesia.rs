//! Cartesia: speech over one WebSocket with contexts, or over HTTP; Ink over a WebSocket; lists of voices.
//! Sources: cartesia-python 4 (2026-08), the vendor's pages.

mod hear;
mod say;

use super::{Serve, Vendor};
use crate::{
    answer::{Refusal, paced},
    asked::{Asked, Desk, header},
    plan::{Stage, staged},
    sound::{pcm, wav_head},
};
use axum::{
    Json, Router,
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bytes::Bytes;
use serde_json::{Value, json};

pub(crate) const ROW: Vendor = Vendor { name: "cartesia", also: &[], path: "", serve: Serve::Http(routes) };

const VOICES: [(&str, &str, &str); 3] = [
    ("11111111-1111-4111-8111-111111111111", "Ada", "en"),
    ("22222222-2222-4222-8222-222222222222", "Ben", "en"),
    ("33333333-3333-4333-8333-333333333333", "Vera", "ru"),
];

fn routes(desk: &Desk) -> Router<Desk> {
    Router::new()
        .route("/voices", staged(desk, Stage::List, get(voices)))
        .route("/tts/bytes", staged(desk, Stage::Say, post(bytes)))
        .route("/tts/websocket", staged(desk, Stage::Say, get(say::call)))
        .route("/stt/websocket", staged(desk, Stage::Hear, get(hear::call)))
}

async fn bytes(asked: Asked) -> Result<Response, Refusal> {
    authorised(&asked.headers, &asked.script.key)?;
    let body: say::Body = asked.json().map_err(|why| refused(400, why))?;
    body.check().map_err(|why| refused(400, why))?;
    let rate = body.output_format.sample_rate;
    let wav = body.output_format.container == "wav";
    let mut head = wav.then(|| wav_head(rate));
    let sound = asked.script.sound(asked.cause, &body.transcript, rate);
    let sound = sound
        .map(move |(at, chunk)| (at, Bytes::from([head.take().unwrap_or_default(), pcm(&chunk).to_vec()].concat())));
    Ok(paced(if wav { "audio/wav" } else { "application/octet-stream" }, sound).await)
}

async fn voices(asked: Asked) -> Result<Response, Refusal> {
    authorised(&asked.headers, &asked.script.key)?;
    let known = ["limit", "starting_after", "ending_before", "language", "q", "gender", "is_owner", "expand[]"];
    let asks = asked.query(&known).map_err(|why| refused(400, why))?;
    let limit = asks.number("limit", 1.0..=100.0).map_err(|why| refused(400, why))?.unwrap_or(10.0);
    let begins = asks
        .get("starting_after")
        .map_or(Some(0), |after| VOICES.iter().position(|(id, _, _)| *id == after).map(|n| n + 1));
    let begins = begins.ok_or_else(|| refused(400, "starting_after is no voice"))?;
    let spoken = VOICES
        .iter()
        .skip(begins)
        .filter(|(_, _, language)| asks.get("language").is_none_or(|wanted| wanted == *language));
    let voice = |(id, name, language): &(&str, &str, &str)| {
        json!({ "id": id, "name": name, "language": language, "description": "A tone.", "is_owner": false,
            "is_public": true, "created_at": "2026-01-01T00:00:00Z" })
    };
    let all: Vec<Value> = spoken.take(limit as usize).map(voice).collect();
    Ok(Json(json!({ "data": all, "has_more": false, "next_page": null })).into_response())
}

fn authorised(headers: &HeaderMap, key: &str) -> Result<(), Refusal> {
    let bearer = header(headers, "authorization") == format!("Bearer {key}");
    if !bearer && header(headers, "x-api-key") != key {
        return Err(refused(401, "the key is absent or another"));
    }
    let version = header(headers, "cartesia-version");
    let dated = version.len() == 10
        && version.starts_with("202")
        && version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if dated { Ok(()) } else { Err(refused(400, "Cartesia-Version is absent or no date")) }
}

fn refused(status: u16, why: impl Into<String>) -> Refusal {
    let why = why.into();
    let body = error(status, &why);
    Refusal::new(status, why, body)
}

fn error(status: u16, why: &str) -> Value {
    let code = if status == 401 { "unauthorized" } else { "invalid_request" };
    json!({ "title": "Refused", "message": why, "error_code": code, "status_code": status, "request_id": "r1" })
}
