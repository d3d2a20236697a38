//! Anthropic's Messages as server-sent events. Its own file: the shape is like no other's, with the system text beside
//! the messages and a limit of length that must be given.

use super::{
    Cloud, Preset,
    reply::{self, Said, conversation},
    responder::{self, Shape},
};
use serde_json::{Value, json};
use voice::{Error, KeyNeed, Kind, Prompt};

pub(crate) const ROW: Cloud = Cloud {
    name: "anthropic",
    key_of: "anthropic",
    key: KeyNeed::Required,
    kinds: &[Kind::Respond, Kind::Translate],
    languages: &[],
    said: &[],
    takes: &[],
    whole: false,
    account: Preset { reply_model: "claude-haiku-4-5", ..Preset::at("https://api.anthropic.com/v1") },
    open: |vendor| responder::open(vendor, &SHAPE),
};

const SHAPE: Shape = Shape {
    root: "/v1",
    key: ("x-api-key", ""),
    with: Some(("anthropic-version", "2023-06-01")),
    ask,
    read: said,
    lists: ("models?limit=1", "models?limit=1000"),
    models: ("/data", "id"),
};
/// Minutes of speech.
const LONGEST: u32 = 2_048;

fn ask(model: &str, prompt: &Prompt) -> (String, Value) {
    let body = json!({
        "model": model, "max_tokens": LONGEST, "stream": true, "system": prompt.system,
        "messages": conversation(prompt, "assistant", |role, text| json!({ "role": role, "content": text })),
    });
    ("messages".to_owned(), body)
}

/// What an event says. Kinds that are not named here are to be passed over: more of them are promised.
fn said(source: &'static str, event: &str) -> Result<Said, Error> {
    let event = reply::json(source, event)?;
    let text = |at: &str| event.pointer(at).and_then(Value::as_str).unwrap_or_default();
    Ok(match (text("/type"), text("/delta/type")) {
        ("content_block_delta", "text_delta") => Said::text(text("/delta/text")),
        ("message_stop", _) => Said::over(),
        _ => Said::default(),
    })
}

#[cfg(test)]
mod tests {
    use crate::cloud::scripted::{Peer, later_prompt, text};
    use voice::ErrorKind;

    const STREAM: &str = r#"event: message_start
data: {"type":"message_start","message":{"id":"m","role":"assistant","content":[],"usage":{"input_tokens":12}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

event: ping
data: {"type":"ping"}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Good"}}

event: something_new
data: {"type":"something_new"}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"bye."}}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9}}

"#;
    const STOP: &str = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

    async fn answered(status: u16, kind: &str, body: &str) -> (Result<String, ErrorKind>, String) {
        let peer = Peer::answering(status, kind, body).await;
        let replied = text(peer.provider("anthropic").respond.unwrap().reply(later_prompt())).await;
        (replied, peer.asked().await)
    }

    #[tokio::test]
    async fn a_reply_is_asked_for_and_read() {
        let (replied, asked) = answered(200, "text/event-stream", &format!("{STREAM}{STOP}")).await;
        assert_eq!(replied, Ok("Goodbye.".into()));
        assert!(asked.starts_with("POST /v1/messages HTTP/1.1\r\n"), "{asked}");
        for part in [
            "\r\nx-api-key: canary\r\n",
            "\r\nanthropic-version: 2023-06-01\r\n",
            r#""system":"Be brief.""#,
            r#"[{"content":"Hi.","role":"user"},{"content":"Hello.","role":"assistant"},{"content":"Bye.","role":"user"}]"#,
        ] {
            assert!(asked.contains(part), "{part} in {asked}");
        }
    }

    #[tokio::test]
    async fn each_way_to_fail_is_told() {
        let overloaded =
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"m\"}}\n\n";
        assert_eq!(answered(200, "text/event-stream", STREAM).await.0, Err(ErrorKind::CutShort));
        assert_eq!(
            answered(200, "text/event-stream", &format!("{STREAM}{overloaded}")).await.0,
            Err(ErrorKind::ServiceFailed)
        );
        for (status, code, kind) in [
            (401, "authentication_error", ErrorKind::KeyRefused),
            (404, "not_found_error", ErrorKind::ModelGone),
            (429, "rate_limit_error", ErrorKind::Busy),
            (529, "overloaded_error", ErrorKind::ServiceFailed),
        ] {
            let body = format!(r#"{{"type":"error","error":{{"type":"{code}","message":"m"}}}}"#);
            assert_eq!(answered(status, "application/json", &body).await.0, Err(kind), "{status}");
        }
    }
}
