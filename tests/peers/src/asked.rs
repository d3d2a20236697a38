//! What vendors are asked, read whole, and the checks that all of them make.

use crate::{
    answer::Refusal,
    ledger::{Ledger, Row},
    plan::Plans,
    script::Script,
};
use axum::{
    Extension, RequestExt,
    body::Body,
    extract::{FromRequest, FromRequestParts, Multipart, Query, Request},
    http::{HeaderMap, Uri, request::Parts},
};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use std::{collections::BTreeMap, sync::Arc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// What the code of one vendor shares.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) vendor: &'static str,
    pub(crate) script: Arc<Script>,
    pub(crate) plans: Plans,
    pub(crate) ledger: Ledger,
    /// Cancelled when the peers are dropped.
    pub(crate) over: CancellationToken,
}

/// A request, read to its end.
pub(crate) struct Asked {
    pub(crate) script: Arc<Script>,
    pub(crate) headers: HeaderMap,
    pub(crate) uri: Uri,
    pub(crate) body: Bytes,
    /// When its last byte had come.
    pub(crate) cause: Instant,
}

/// A part of a form.
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) file: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) bytes: Bytes,
}

impl Part {
    /// Its bytes as text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap_or_default()
    }
}

impl FromRequest<Desk> for Asked {
    type Rejection = Refusal;

    async fn from_request(mut request: Request, desk: &Desk) -> Result<Self, Refusal> {
        let broken = |why: &str| Refusal::new(400, why, serde_json::Value::Null);
        let Ok(Extension(row)) = request.extract_parts::<Extension<Row>>().await else {
            return Err(broken("it came past the ledger"));
        };
        let (headers, uri) = (request.headers().clone(), request.uri().clone());
        let body = Bytes::from_request(request, &()).await.map_err(|_| broken("its body broke off"))?;
        let cause = row.cause();
        Ok(Self { script: desk.script.clone(), headers, uri, body, cause })
    }
}

impl Asked {
    /// The value of a header; empty if it is absent or no text.
    pub(crate) fn header(&self, name: &str) -> &str {
        header(&self.headers, name)
    }

    /// # Errors
    /// The body is no JSON of this shape, or is not said to be JSON.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, String> {
        let kind = self.header("content-type");
        if kind.split(';').next().map(str::trim) != Some("application/json") {
            return Err(format!("the content type is {kind:?}, not application/json"));
        }
        serde_json::from_slice(&self.body).map_err(|error| error.to_string())
    }

    /// The parts of a form.
    ///
    /// # Errors
    /// The body is no `multipart/form-data`.
    pub(crate) async fn form(&self) -> Result<Vec<Part>, String> {
        let mut request = Request::new(Body::from(self.body.clone()));
        *request.headers_mut() = self.headers.clone();
        let mut form = Multipart::from_request(request, &()).await.map_err(|error| error.body_text())?;
        let mut parts = Vec::new();
        while let Some(field) = form.next_field().await.map_err(|error| error.body_text())? {
            let (name, file) = (field.name().unwrap_or_default().to_owned(), field.file_name().map(str::to_owned));
            let kind = field.content_type().map(str::to_owned);
            let bytes = field.bytes().await.map_err(|error| error.body_text())?;
            parts.push(Part { name, file, kind, bytes });
        }
        Ok(parts)
    }

    /// # Errors
    /// As for `query`.
    pub(crate) fn query(&self, known: &[&str]) -> Result<Asks, String> {
        query(&self.uri, known)
    }
}

/// The parameters of a query, each with its values in order.
pub(crate) struct Asks(BTreeMap<String, Vec<String>>);

impl Asks {
    /// The only value of `name`, or the last one.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.last().map(String::as_str)
    }

    /// # Errors
    /// `name` is there and is none of `allowed`.
    pub(crate) fn one_of(&self, name: &str, allowed: &[&str]) -> Result<(), String> {
        match self.get(name) {
            Some(value) if !allowed.contains(&value) => Err(format!("{name} is {value:?}, none of {allowed:?}")),
            _ => Ok(()),
        }
    }

    /// # Errors
    /// `name` is there and is no number within `range`.
    pub(crate) fn number(&self, name: &str, range: std::ops::RangeInclusive<f64>) -> Result<Option<f64>, String> {
        let Some(value) = self.get(name) else { return Ok(None) };
        match value.parse::<f64>() {
            Ok(number) if range.contains(&number) => Ok(Some(number)),
            _ => Err(format!("{name} is {value:?}, no number within {range:?}")),
        }
    }
}

/// The parameters of an address.
///
/// # Errors
/// One is not known.
pub(crate) fn query(uri: &Uri, known: &[&str]) -> Result<Asks, String> {
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri).map_err(|error| error.body_text())?;
    let mut asks = BTreeMap::<String, Vec<String>>::new();
    for (name, value) in pairs {
        if !known.contains(&name.as_str()) {
            return Err(format!("there is no parameter {name:?}"));
        }
        asks.entry(name).or_default().push(value);
    }
    Ok(Asks(asks))
}

/// The value of a header; empty if it is absent or no text.
pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// `Some(why)` unless `good`: for checks in a row.
pub(crate) fn unless(good: bool, why: impl Into<String>) -> Result<(), String> {
    if good { Ok(()) } else { Err(why.into()) }
}

impl FromRequestParts<Desk> for Row {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Desk) -> Result<Self, Refusal> {
        let none = || Refusal::new(400, "it came past the ledger", serde_json::Value::Null);
        parts.extensions.get::<Self>().cloned().ok_or_else(none)
    }
}
