//! What vendors send: refusals in their own words, events and sound at their moments.

use crate::clock::until;
use axum::{
    Json,
    body::Body,
    http::{HeaderValue, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::stream;
use serde_json::Value;
use std::convert::Infallible;
use tokio::time::Instant;

/// A request that the vendor would not take.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: u16,
    body: Box<Value>,
    why: String,
    header: Option<(&'static str, &'static str)>,
}

/// Why, for the ledger.
#[derive(Clone)]
pub(crate) struct Complained(pub(crate) String);

impl Refusal {
    /// `body` is the vendor's error object; `why` is for the ledger.
    pub(crate) fn new(status: u16, why: impl Into<String>, body: Value) -> Self {
        Self { status, body: Box::new(body), why: why.into(), header: None }
    }

    /// The same with a header.
    pub(crate) fn with(self, name: &'static str, value: &'static str) -> Self {
        Self { header: Some((name, value)), ..self }
    }

    pub(crate) fn unknown_route() -> Self {
        Self::new(
            404,
            "there is no such address",
            serde_json::json!({ "error": { "message": "Not found", "code": "not_found" } }),
        )
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut answer = (status, Json(self.body)).into_response();
        answer.extensions_mut().insert(Complained(self.why));
        if let Some((name, value)) = self.header {
            answer.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        answer
    }
}

/// A JSON answer at its moment.
pub(crate) async fn json_at(moment: Instant, body: Value) -> Response {
    until(moment).await;
    Json(body).into_response()
}

/// An answer whose pieces go out at their moments; its head goes out with the first one.
pub(crate) async fn paced(
    kind: &'static str,
    pieces: impl Iterator<Item = (Instant, Bytes)> + Send + 'static,
) -> Response {
    let mut pieces = pieces.peekable();
    if let Some((moment, _)) = pieces.peek() {
        until(*moment).await;
    }
    // the next piece is made before its moment, not at it
    let pieces = stream::unfold(pieces, |mut pieces| async move {
        let (moment, piece) = pieces.next()?;
        until(moment).await;
        Some((Ok::<_, Infallible>(piece), pieces))
    });
    ([(CONTENT_TYPE, kind)], Body::from_stream(pieces)).into_response()
}

/// A server-sent event and its moment.
pub(crate) struct Event {
    at: Instant,
    name: &'static str,
    data: String,
}

impl Event {
    /// One without a name.
    pub(crate) fn new(at: Instant, data: impl ToString) -> Self {
        Self { at, name: "", data: data.to_string() }
    }

    /// One with a name.
    pub(crate) fn named(at: Instant, name: &'static str, data: &Value) -> Self {
        Self { at, name, data: data.to_string() }
    }

    fn text(&self) -> Bytes {
        let name = if self.name.is_empty() { String::new() } else { format!("event: {}\n", self.name) };
        format!("{name}data: {}\n\n", self.data).into()
    }
}

/// Server-sent events.
pub(crate) async fn events(all: Vec<Event>) -> Response {
    paced("text/event-stream", all.into_iter().map(|event| (event.at, event.text()))).await
}
