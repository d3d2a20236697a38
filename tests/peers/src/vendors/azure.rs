//! Azure AI Speech, its hosts behind one address: recognition over a socket, synthesis, the list of voices, tokens.
//! Sources: what Microsoft's own Speech SDK (1.53) says and understands; its page of synthesis over HTTP (2024-11).

mod recognise;

use super::{Serve, Vendor};
use crate::{
    answer::{Refusal, paced},
    asked::{Asked, Desk, header, unless},
    plan::{Stage, staged},
    sound::{ogg, pcm},
};
use axum::{
    Json, Router,
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};

pub(crate) const ROW: Vendor = Vendor { name: "azure", also: &[], path: "", serve: Serve::Http(routes) };

const VOICES: [&str; 4] =
    ["en-US-AvaMultilingualNeural", "en-US-JennyNeural", "ru-RU-SvetlanaNeural", "de-DE-KatjaNeural"];

fn routes(desk: &Desk) -> Router<Desk> {
    Router::new()
        .route("/speech/recognition/conversation/cognitiveservices/v1", staged(desk, Stage::Hear, get(recognise::call)))
        .route("/cognitiveservices/v1", staged(desk, Stage::Say, post(synthesize)))
        .route("/cognitiveservices/voices/list", staged(desk, Stage::List, get(voices)))
        .route("/sts/v1.0/issueToken", staged(desk, Stage::List, post(token)))
}

fn is_locale(code: &str) -> bool {
    code.split_once('-').is_some_and(|(language, region)| {
        (2..=3).contains(&language.len()) && language.bytes().all(|b| b.is_ascii_lowercase()) && region.len() >= 2
    })
}

async fn synthesize(asked: Asked) -> Result<Response, Refusal> {
    authorised(&asked.headers, &asked.script.key)?;
    unless(!asked.header("user-agent").is_empty(), "User-Agent is required").map_err(refused)?;
    if asked.header("content-type") != "application/ssml+xml" {
        return Err(Refusal::new(415, "the content type is no SSML", Value::Null));
    }
    let text = spoken(std::str::from_utf8(&asked.body).unwrap_or_default()).map_err(refused)?;
    let sound = |rate| asked.script.sound(asked.cause, &text, rate);
    match asked.header("x-microsoft-outputformat") {
        "raw-24khz-16bit-mono-pcm" => {
            Ok(paced("audio/basic", sound(24_000).map(|(at, chunk)| (at, pcm(&chunk)))).await)
        }
        "ogg-16khz-16bit-mono-opus" => Ok(paced("audio/ogg", ogg(sound(16_000))).await),
        other => Err(refused(format!("this peer does not speak {other:?}"))),
    }
}

/// The text of a document with one voice.
fn spoken(ssml: &str) -> Result<String, String> {
    let (mut open, mut text, mut rest) = (Vec::new(), String::new(), ssml);
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(&unescaped(before)?);
        let (tag, after) = after.split_once('>').ok_or("a tag has no end")?;
        rest = after;
        let name = tag.trim_start_matches('/').split(' ').next().unwrap_or_default().to_owned();
        if tag.starts_with('/') {
            unless(open.pop() == Some(name), "a tag is closed that was not open")?;
        } else if !tag.ends_with('/') {
            known(&name, tag, &open)?;
            open.push(name);
        }
    }
    unless(rest.is_empty() && open.is_empty() && !ssml.is_empty(), "it is no whole document")?;
    unless(!text.trim().is_empty(), "there is nothing to say")?;
    Ok(text)
}

fn known(name: &str, tag: &str, open: &[String]) -> Result<(), String> {
    let attribute = |name: &str| {
        let (_, value) = tag.split_once(&format!("{name}=\""))?;
        value.split_once('"').map(|(value, _)| value)
    };
    match name {
        "speak" => {
            unless(open.is_empty() && attribute("version") == Some("1.0"), "speak has version 1.0")?;
            unless(attribute("xmlns") == Some("http://www.w3.org/2001/10/synthesis"), "speak has another namespace")?;
            unless(attribute("xml:lang").is_some_and(is_locale), "xml:lang is a locale")
        }
        "voice" => {
            unless(open == ["speak"], "voice stands in speak")?;
            unless(attribute("name").is_some_and(|name| VOICES.contains(&name)), "Unsupported voice")
        }
        "prosody" => unless(open.contains(&"voice".to_owned()) && attribute("rate").is_some(), "prosody has a rate"),
        _ => Err(format!("there is no tag {name}")),
    }
}

fn unescaped(text: &str) -> Result<String, String> {
    unless(!text.chars().any(|c| c.is_control() && !"\t\n\r".contains(c)), "a character that XML does not have")?;
    let plain = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'")]
        .iter()
        .fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character));
    unless(!plain.replace("&amp;", "").contains('&'), "an ampersand that begins nothing")?;
    Ok(plain.replace("&amp;", "&"))
}

async fn voices(asked: Asked) -> Result<Response, Refusal> {
    authorised(&asked.headers, &asked.script.key)?;
    let all = VOICES.map(|name| {
        let locale = name.get(..5).unwrap_or_default();
        json!({ "Name": name, "DisplayName": name, "LocalName": name, "ShortName": name, "Gender": "Female",
            "Locale": locale, "SampleRateHertz": "24000", "VoiceType": "Neural", "Status": "GA" })
    });
    Ok(Json(json!(all)).into_response())
}

async fn token(asked: Asked) -> Result<Response, Refusal> {
    authorised(&asked.headers, &asked.script.key)?;
    unless(asked.body.is_empty(), "the body is not empty").map_err(refused)?;
    Ok(([("content-type", "application/jwt; charset=us-ascii")], "a.b.c").into_response())
}

fn authorised(headers: &HeaderMap, key: &str) -> Result<(), Refusal> {
    let good = header(headers, "ocp-apim-subscription-key") == key;
    let body = json!({ "error": { "code": "401", "message": "Access denied due to invalid subscription key." } });
    if good { Ok(()) } else { Err(Refusal::new(401, "no such Ocp-Apim-Subscription-Key", body)) }
}

/// A 400 without a body, as it does.
fn refused(why: impl Into<String>) -> Refusal {
    Refusal::new(400, why, Value::Null)
}
