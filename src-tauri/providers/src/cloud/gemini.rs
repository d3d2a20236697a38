//! Google's Gemini: content generated as server-sent events. Its own file: roles, parts and the end of an answer have
//! names and rules of their own, and a bad key is a bad request.

use super::{
    Cloud, Preset,
    reply::{self, Said, conversation},
    responder::{self, Shape},
};
use serde_json::{Value, json};
use voice::{Error, ErrorKind, KeyNeed, Kind, Prompt};

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
    open: |vendor| responder::open(vendor, &SHAPE),
};

const SHAPE: Shape = Shape {
    root: "/v1beta",
    // in a header: addresses are written down by whoever passes them on
    key: ("x-goog-api-key", ""),
    with: None,
    ask,
    read: said,
    lists: ("models?pageSize=1", "models?pageSize=1000"),
    models: ("/models", "name"),
};

fn ask(model: &str, prompt: &Prompt) -> (String, Value) {
    let body = json!({
        "systemInstruction": { "parts": [{ "text": prompt.system }] },
        "contents": conversation(prompt, "model", |role, text| json!({ "role": role, "parts": [{ "text": text }] })),
    });
    // without `alt` it is one JSON array, whole only at its end
    (format!("models/{}:streamGenerateContent?alt=sse", model.trim_start_matches("models/")), body)
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
