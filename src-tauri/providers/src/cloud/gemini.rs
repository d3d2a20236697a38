//! Google's Gemini: content generated as server-sent events. Its own file: roles, parts and the end of an answer have
//! names and rules of their own, and a bad key is a bad request.

use super::{
    Cloud, Preset,
    by_prompt::by_prompt,
    reply::{self, Said, conversation, reply},
};
use crate::vendor::Vendor;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::sync::Arc;
use voice::{BoxFuture, Error, ErrorKind, KeyNeed, Kind, Offers, Prompt, Provider, Respond, Service, TextStream};

pub(crate) const ROW: Cloud = Cloud {
    name: "gemini",
    key_of: "gemini",
    key: KeyNeed::Required,
    kinds: &[Kind::Respond, Kind::Translate],
    languages: &[],
    said: &[],
    takes: &[],
    whole: false,
    account: Preset {
        reply_model: "gemini-2.5-flash-lite",
        ..Preset::at("https://generativelanguage.googleapis.com/v1beta")
    },
    open,
};

fn open(vendor: Vendor) -> Provider {
    let opened = Arc::new(Gemini { vendor: vendor.rooted("/v1beta") });
    let translate = Some(by_prompt(opened.clone()));
    Provider { respond: Some(opened.clone()), translate, service: Some(opened), ..Provider::default() }
}

#[derive(Clone)]
struct Gemini {
    vendor: Vendor,
}

impl Gemini {
    /// The key goes into a header: addresses are written down by whoever passes them on.
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.vendor.request(method, &self.vendor.url(path));
        request.headers(self.vendor.key_header("x-goog-api-key", ""))
    }
}

impl Respond for Gemini {
    fn reply(&self, prompt: Prompt) -> TextStream {
        let body = json!({
            "systemInstruction": { "parts": [{ "text": prompt.system }] },
            "contents": conversation(&prompt, "model", |role, text| json!({ "role": role, "parts": [{ "text": text }] })),
        });
        let model = self.vendor.account.reply_model.trim_start_matches("models/");
        // without `alt` it is one JSON array, whole only at its end
        let path = format!("models/{model}:streamGenerateContent?alt=sse");
        reply(self.vendor.clone(), self.request(Method::POST, &path).json(&body), said)
    }
}

/// What an event says: the parts that are text and no thought.
fn said(source: &'static str, event: &str) -> Result<Said, Error> {
    let event = reply::json(source, event)?;
    if event.pointer("/promptFeedback/blockReason").is_some() {
        return Err(Error::new(ErrorKind::Refused, source, "it does not answer this."));
    }
    let parts = event.pointer("/candidates/0/content/parts").and_then(Value::as_array);
    let spoken = |part: &&Value| part.get("thought").and_then(Value::as_bool) != Some(true);
    let texts = parts.into_iter().flatten().filter(spoken).filter_map(|part| part.get("text")?.as_str());
    Ok(Said { text: texts.collect(), over: event.pointer("/candidates/0/finishReason").is_some_and(Value::is_string) })
}

impl Service for Gemini {
    fn warm(&self) -> BoxFuture<()> {
        let vendor = self.vendor.clone();
        Box::pin(async move { vendor.warm(1).await })
    }

    fn test(&self) -> BoxFuture<Result<(), Error>> {
        let this = self.clone();
        Box::pin(async move { this.vendor.send(this.request(Method::GET, "models?pageSize=1")).await.map(drop) })
    }

    fn offers(&self) -> BoxFuture<Result<Offers, Error>> {
        let this = self.clone();
        Box::pin(async move {
            let list: Value = this.vendor.json(this.request(Method::GET, "models?pageSize=1000")).await?;
            let ids = reply::ids(&list, "/models", "name");
            let models = ids.iter().map(|id| id.trim_start_matches("models/").to_owned()).collect();
            Ok(Offers { models, voices: Vec::new() })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::scripted::{Peer, later_prompt, text};

    #[test]
    fn chunks_of_every_kind_are_read() {
        for (event, text, over) in [
            (
                r#"{"candidates":[{"content":{"role":"model","parts":[{"text":"Hel"}]},"index":0}],"usageMetadata":{}}"#,
                "Hel",
                false,
            ),
            (r#"{"candidates":[{"content":{"parts":[{"text":"a"},{"text":"b"}]},"finishReason":"STOP"}]}"#, "ab", true),
            (
                r#"{"candidates":[{"content":{"parts":[{"text":"hm","thought":true},{"thoughtSignature":"x"}]}}]}"#,
                "",
                false,
            ),
            (r#"{"candidates":[{"finishReason":"MAX_TOKENS"}]}"#, "", true),
            (r#"{"candidates":[{"content":{}}]}"#, "", false),
            (r#"{"usageMetadata":{"totalTokenCount":7}}"#, "", false),
        ] {
            assert_eq!(said("test", event), Ok(Said { text: text.into(), over }), "{event}");
        }
        for (event, kind) in [
            (r#"{"promptFeedback":{"blockReason":"SAFETY"}}"#, ErrorKind::Refused),
            (r#"{"error":{"code":503,"message":"m","status":"UNAVAILABLE"}}"#, ErrorKind::ServiceFailed),
            (r#"{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}"#, ErrorKind::Busy),
        ] {
            assert_eq!(said("test", event).expect_err(event).kind, kind, "{event}");
        }
    }

    async fn answered(status: u16, kind: &str, body: &str) -> (Result<String, ErrorKind>, String) {
        let peer = Peer::answering(status, kind, body).await;
        let replied = text(peer.provider("gemini").respond.unwrap().reply(later_prompt())).await;
        (replied, peer.asked().await)
    }

    #[tokio::test]
    async fn a_reply_is_asked_for_and_read() {
        let more = "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Good\"}]}}]}\r\n\r\n";
        let end = "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"bye.\"}]},\"finishReason\":\"STOP\"}]}\r\n\r\n";
        let (replied, asked) = answered(200, "text/event-stream", &format!("{more}{end}")).await;
        assert_eq!(replied, Ok("Goodbye.".into()));
        let path = "POST /v1beta/models/gemini-2.5-flash-lite:streamGenerateContent?alt=sse HTTP/1.1\r\n";
        assert!(asked.starts_with(path), "{asked}");
        for part in [
            "\r\nx-goog-api-key: canary\r\n",
            r#"{"parts":[{"text":"Hello."}],"role":"model"}"#,
            r#""systemInstruction":{"parts":[{"text":"Be brief."}]}"#,
        ] {
            assert!(asked.contains(part), "{part} in {asked}");
        }
        assert_eq!(answered(200, "text/event-stream", more).await.0, Err(ErrorKind::CutShort));
    }

    #[tokio::test]
    async fn a_bad_key_is_told_from_a_bad_request() {
        let key = r#"{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}}"#;
        assert_eq!(answered(400, "application/json", key).await.0, Err(ErrorKind::KeyRefused));
        let request = r#"{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}}"#;
        assert_eq!(answered(400, "application/json", request).await.0, Err(ErrorKind::Refused));
    }
}
