//! OpenAI's newer way to answer, Responses, as server-sent events. Its own file because few others speak it, and it
//! shares no more than the key with the older shape.

use super::{
    Cloud, Preset,
    reply::{self, Said, conversation},
    responder::{self, Shape},
};
use crate::fault;
use serde_json::{Value, json};
use voice::{Error, KeyNeed, Kind, Prompt};

pub(crate) const ROW: Cloud = Cloud {
    name: "openai-responses",
    key_of: "openai",
    key: KeyNeed::Required,
    kinds: &[Kind::Respond, Kind::Translate],
    languages: &[],
    said: &[],
    takes: &[],
    whole: false,
    account: Preset { reply_model: "gpt-4.1-mini", ..Preset::at("https://api.openai.com/v1") },
    open: |vendor| responder::open(vendor, &SHAPE),
};

const SHAPE: Shape = Shape {
    root: "/v1",
    key: ("authorization", "Bearer "),
    with: None,
    ask,
    read: said,
    lists: ("models", "models"),
    models: ("/data", "id"),
};

fn ask(model: &str, prompt: &Prompt) -> (String, Value) {
    let body = json!({
        "model": model, "instructions": prompt.system, "stream": true,
        // nothing of what was said is to stay there
        "store": false,
        "input": conversation(prompt, "assistant", |role, text| json!({ "role": role, "content": text })),
    });
    ("responses".to_owned(), body)
}

/// What an event says. There are dozens of kinds; those that carry neither words nor the end are passed over.
fn said(source: &'static str, event: &str) -> Result<Said, Error> {
    let event = match event.trim() {
        "[DONE]" => return Ok(Said::over()),
        event => reply::json(source, event)?,
    };
    let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default();
    match text("type") {
        "response.output_text.delta" | "response.refusal.delta" => Ok(Said::text(text("delta"))),
        "response.completed" | "response.incomplete" => Ok(Said::over()),
        "response.failed" => Err(fault::within(source, event.get("response").unwrap_or(&Value::Null))),
        "error" => Err(fault::within(source, &event)),
        _ => Ok(Said::default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::scripted::{Peer, later_prompt, text};
    use voice::ErrorKind;

    #[test]
    fn events_of_every_kind_are_read() {
        for (event, told) in [
            (r#"{"type":"response.created","response":{"error":null}}"#, Said::default()),
            (r#"{"type":"response.output_text.delta","delta":"Hi","sequence_number":4}"#, Said::text("Hi")),
            (r#"{"type":"response.output_text.done","text":"Hi"}"#, Said::default()),
            (r#"{"type":"response.reasoning_summary_text.delta","delta":"hm"}"#, Said::default()),
            (r#"{"type":"response.refusal.delta","delta":"No."}"#, Said::text("No.")),
            (r#"{"type":"response.incomplete","response":{}}"#, Said::over()),
            (r#"{"type":"response.completed","response":{"error":null,"usage":{}}}"#, Said::over()),
            ("[DONE]", Said::over()),
        ] {
            assert_eq!(said("test", event), Ok(told), "{event}");
        }
        for (event, kind) in [
            (
                r#"{"type":"response.failed","response":{"error":{"code":"rate_limit_exceeded","message":"m"}}}"#,
                ErrorKind::Busy,
            ),
            (
                r#"{"type":"response.failed","response":{"error":{"code":"server_error","message":"m"}}}"#,
                ErrorKind::ServiceFailed,
            ),
            (r#"{"type":"error","code":"insufficient_quota","message":"m","param":null}"#, ErrorKind::NoCredit),
        ] {
            assert_eq!(said("test", event).expect_err(event).kind, kind, "{event}");
        }
    }

    #[tokio::test]
    async fn a_reply_is_asked_for_and_read() {
        let more = "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"Goodbye.\"}\n\n";
        let end = "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{}}\n\n";
        for (body, told) in
            [(format!("{more}{end}"), Ok("Goodbye.".to_owned())), (more.into(), Err(ErrorKind::CutShort))]
        {
            let peer = Peer::answering(200, "text/event-stream", body).await;
            assert_eq!(text(peer.provider("openai-responses").respond.unwrap().reply(later_prompt())).await, told);
            let asked = peer.asked().await;
            assert!(asked.starts_with("POST /v1/responses HTTP/1.1\r\n"), "{asked}");
            for part in [
                "\r\nauthorization: Bearer canary\r\n",
                r#""store":false"#,
                r#""instructions":"Be brief.""#,
                r#"{"content":"Hello.","role":"assistant"}"#,
            ] {
                assert!(asked.contains(part), "{part} in {asked}");
            }
        }
    }
}
