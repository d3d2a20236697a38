//! DeepL: `/v2/translate`, `/v2/usage`, `/v2/languages`.
//! Sources: DeepL's OpenAPI description 3.11.0 (2026-06), deepl-python.

use super::{Serve, Vendor};
use crate::{
    answer::{Refusal, json_at},
    asked::{Asked, Desk, unless},
    plan::{Stage, staged},
};
use axum::{
    Json, Router,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) const ROW: Vendor = Vendor { name: "deepl", also: &[], path: "", serve: Serve::Http(routes) };

/// Targets; English, Portuguese and Chinese by region or script.
const TARGETS: [&str; 36] = [
    "AR", "BG", "CS", "DA", "DE", "EL", "EN-GB", "EN-US", "ES", "ES-419", "ET", "FI", "FR", "HE", "HU", "ID", "IT",
    "JA", "KO", "LT", "LV", "NB", "NL", "PL", "PT-BR", "PT-PT", "RO", "RU", "SK", "SL", "SV", "TH", "TR", "UK", "VI",
    "ZH-HANS",
];
const MODELS: [&str; 3] = ["latency_optimized", "quality_optimized", "prefer_quality_optimized"];
/// Bytes of a request.
const LARGEST: usize = 128 * 1024;

fn routes(desk: &Desk) -> Router<Desk> {
    Router::new()
        .route("/v2/translate", staged(desk, Stage::Translate, post(translate)))
        .route("/v2/usage", staged(desk, Stage::List, get(usage).post(usage)))
        .route("/v2/languages", staged(desk, Stage::List, get(languages)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    text: Vec<String>,
    source_lang: Option<String>,
    target_lang: String,
    model_type: Option<String>,
    formality: Option<String>,
    context: Option<String>,
    split_sentences: Option<String>,
    show_billed_characters: Option<bool>,
}

async fn translate(asked: Asked) -> Result<Response, Refusal> {
    authorised(&asked)?;
    if asked.body.len() > LARGEST {
        return Err(Refusal::new(413, "over 128 KiB", message("Request Entity Too Large")));
    }
    let body: Body = asked.json().map_err(refused)?;
    check(&body).map_err(refused)?;
    let model = body.model_type.as_deref().unwrap_or("latency_optimized");
    let detected = body.source_lang.as_deref().unwrap_or("EN");
    let translation = |text: &String| {
        let mut one = json!({ "detected_source_language": detected, "text": asked.script.reply });
        if let Value::Object(fields) = &mut one {
            if body.model_type.is_some() {
                fields.insert("model_type_used".into(), json!(model));
            }
            if body.show_billed_characters == Some(true) {
                fields.insert("billed_characters".into(), json!(text.chars().count()));
            }
        }
        one
    };
    let all: Vec<Value> = body.text.iter().map(translation).collect();
    Ok(json_at(asked.script.translated(asked.cause), json!({ "translations": all })).await)
}

fn check(body: &Body) -> Result<(), String> {
    unless((1..=50).contains(&body.text.len()), "text holds 1 to 50 texts")?;
    unless(body.text.iter().all(|text| !text.is_empty()), "a text is empty")?;
    let target = body.target_lang.to_ascii_uppercase();
    unless(!["EN", "PT"].contains(&target.as_str()), "target_lang needs a region")?;
    unless(TARGETS.contains(&target.as_str()), "Value for 'target_lang' not supported.")?;
    let source = |code: &String| {
        let code = code.to_ascii_uppercase();
        !code.contains('-') && TARGETS.iter().any(|target| target.split('-').next() == Some(code.as_str()))
    };
    unless(body.source_lang.as_ref().is_none_or(source), "Value for 'source_lang' not supported.")?;
    unless(body.model_type.as_deref().is_none_or(|model| MODELS.contains(&model)), "there is no such model_type")?;
    let formal = ["default", "more", "less", "prefer_more", "prefer_less"];
    unless(body.formality.as_deref().is_none_or(|how| formal.contains(&how)), "there is no such formality")?;
    let splits = ["0", "1", "nonewlines"];
    unless(body.split_sentences.as_deref().is_none_or(|how| splits.contains(&how)), "split_sentences is unknown")?;
    unless(body.context.as_deref().is_none_or(|context| context.len() < LARGEST), "the context is too long")
}

async fn usage(asked: Asked) -> Result<Response, Refusal> {
    authorised(&asked)?;
    Ok(Json(json!({ "character_count": 180_118, "character_limit": 1_250_000 })).into_response())
}

async fn languages(asked: Asked) -> Result<Response, Refusal> {
    authorised(&asked)?;
    let kind = asked.query(&["type"]).map_err(refused)?;
    kind.one_of("type", &["source", "target"]).map_err(refused)?;
    let all: Vec<Value> = match kind.get("type") {
        Some("target") => {
            TARGETS.iter().map(|code| json!({ "language": code, "name": code, "supports_formality": false })).collect()
        }
        _ => TARGETS
            .iter()
            .filter(|code| !code.contains('-'))
            .map(|code| json!({ "language": code, "name": code }))
            .collect(),
    };
    Ok(Json(all).into_response())
}

fn authorised(asked: &Asked) -> Result<(), Refusal> {
    let key = asked.header("authorization").strip_prefix("DeepL-Auth-Key ");
    if key == Some(asked.script.key.as_str()) {
        return Ok(());
    }
    let why = if key.is_some() { "the key is another" } else { "no DeepL-Auth-Key in the authorization header" };
    Err(Refusal::new(403, why, message("Authorization failure, check auth_key")))
}

fn refused(why: impl Into<String>) -> Refusal {
    let why = why.into();
    let body = message(&format!("Bad request. Reason: {why}"));
    Refusal::new(400, why, body)
}

fn message(text: &str) -> Value {
    json!({ "message": text })
}
