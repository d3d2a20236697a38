//! LibreTranslate, run without keys: `/translate`, `/detect`, `/languages`. A key that is given anyway has to be right.
//! Source: LibreTranslate 1.9.6, `app.py`.

use super::{Serve, Vendor};
use crate::{
    answer::{Refusal, json_at},
    asked::{Asked, Desk, query, unless},
    plan::{Stage, staged},
};
use axum::{
    Json, Router,
    http::Uri,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

pub(crate) const ROW: Vendor = Vendor { name: "libretranslate", also: &[], path: "", serve: Serve::Http(routes) };

const LANGUAGES: [&str; 8] = ["de", "en", "es", "fr", "it", "pt", "ru", "uk"];

fn routes(desk: &Desk) -> Router<Desk> {
    Router::new()
        .route("/translate", staged(desk, Stage::Translate, post(translate)))
        .route("/detect", staged(desk, Stage::List, post(detect)))
        .route("/languages", staged(desk, Stage::List, get(languages)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Translation {
    q: String,
    source: String,
    target: String,
    format: Option<String>,
    alternatives: Option<u8>,
    api_key: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Detection {
    q: String,
    api_key: Option<String>,
}

async fn translate(asked: Asked) -> Result<Response, Refusal> {
    let body: Translation = read(&asked, &["q", "source", "target", "format", "alternatives", "api_key"])?;
    authorised(&asked, body.api_key.as_deref())?;
    check(&body).map_err(refused)?;
    let mut answer = json!({ "translatedText": asked.script.reply });
    if let Value::Object(fields) = &mut answer {
        if body.source == "auto" {
            fields.insert("detectedLanguage".into(), json!({ "confidence": 90.0, "language": "en" }));
        }
        if body.alternatives.is_some_and(|count| count > 0) {
            fields.insert("alternatives".into(), json!([]));
        }
    }
    Ok(json_at(asked.script.translated(asked.cause), answer).await)
}

fn check(body: &Translation) -> Result<(), String> {
    unless(!body.q.is_empty(), "Invalid request: missing q parameter")?;
    let source = body.source == "auto" || LANGUAGES.contains(&body.source.as_str());
    unless(source, format!("{} is not supported", body.source))?;
    unless(LANGUAGES.contains(&body.target.as_str()), format!("{} is not supported", body.target))?;
    let format = body.format.as_deref().unwrap_or("text");
    unless(["text", "html"].contains(&format), format!("{format} format is not supported"))
}

async fn detect(asked: Asked) -> Result<Response, Refusal> {
    let body: Detection = read(&asked, &["q", "api_key"])?;
    authorised(&asked, body.api_key.as_deref())?;
    unless(!body.q.is_empty(), "Invalid request: missing q parameter").map_err(refused)?;
    Ok(Json(json!([{ "confidence": 90.0, "language": "en" }])).into_response())
}

async fn languages(_: Asked) -> Response {
    let targets = |code| LANGUAGES.into_iter().filter(|target| *target != code).collect::<Vec<_>>();
    let all = LANGUAGES.map(|code| json!({ "code": code, "name": code, "targets": targets(code) }));
    Json(json!(all)).into_response()
}

/// JSON or a form: it takes both.
fn read<T: DeserializeOwned>(asked: &Asked, known: &[&str]) -> Result<T, Refusal> {
    if asked.header("content-type") != "application/x-www-form-urlencoded" {
        return asked.json().map_err(refused);
    }
    let form = std::str::from_utf8(&asked.body).unwrap_or_default();
    let uri: Uri = format!("/?{form}").parse().map_err(|_| refused("the form is broken"))?;
    let fields = query(&uri, known).map_err(refused)?;
    let fields = known.iter().filter_map(|name| Some((*name, fields.get(name)?)));
    serde_json::from_value(fields.collect()).map_err(|error| refused(error.to_string()))
}

fn authorised(asked: &Asked, key: Option<&str>) -> Result<(), Refusal> {
    match key.filter(|key| !key.is_empty()) {
        Some(key) if key != asked.script.key => {
            Err(Refusal::new(403, "the key is another", json!({ "error": "Invalid API key" })))
        }
        _ => Ok(()),
    }
}

fn refused(why: impl Into<String>) -> Refusal {
    let why = why.into();
    Refusal::new(400, why.clone(), json!({ "error": why }))
}
