//! Sonic's socket: what a phrase is asked for with there, and what comes back. Its own file because its messages have
//! nothing in common with those of Ink.

use crate::{
    contexts::{Told, Wording},
    fault,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use reqwest::{StatusCode, header::HeaderMap};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;
use voice::{Coding, Error, ErrorKind, Language};

/// Samples a second of what is asked for.
pub(super) const RATE: u32 = 24_000;

/// A whole phrase. Nothing follows in its context, so that nothing is waited for.
#[derive(Serialize)]
pub(crate) struct Request {
    pub(super) model_id: String,
    pub(super) transcript: String,
    pub(super) voice: Value,
    pub(super) language: Language,
    pub(super) output_format: Value,
    /// Models before Sonic 3 do not know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) generation_config: Option<Value>,
    pub(super) max_buffer_delay_ms: u32,
    #[serde(rename = "continue")]
    pub(super) more: bool,
}

/// The same in its context.
#[derive(Serialize)]
struct Placed<'a> {
    context_id: &'a str,
    #[serde(flatten)]
    request: &'a Request,
}

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    context_id: Option<String>,
    #[serde(default)]
    data: String,
    #[serde(default)]
    status_code: u16,
}

impl Wording for Request {
    const CODING: Coding = Coding::Pcm16 { rate: RATE };
    /// It closes after five minutes.
    const IDLE: Duration = Duration::from_secs(270);

    fn ask(&self, id: &str) -> Vec<String> {
        vec![json!(Placed { context_id: id, request: self }).to_string()]
    }

    fn cancel(id: &str) -> String {
        json!({ "context_id": id, "cancel": true }).to_string()
    }

    fn read(source: &'static str, text: &str) -> Result<Option<Told>, Error> {
        let garbled = || Error::new(ErrorKind::Garbled, source, "a message is none of its own.");
        let message: Message = serde_json::from_str(text).map_err(|_| garbled())?;
        let (sound, over) = match message.kind.as_str() {
            "chunk" => (Ok(BASE64_STANDARD.decode(&message.data).map_err(|_| garbled())?.into()), false),
            "done" => (Ok(Bytes::new()), true),
            "error" => {
                let status = StatusCode::from_u16(message.status_code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                (Err(fault::refusal(source, status, &HeaderMap::new(), text.as_bytes())), true)
            }
            _ => return Ok(None),
        };
        Ok(Some(Told { id: message.context_id, sound, over }))
    }
}
