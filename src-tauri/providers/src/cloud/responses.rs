//! OpenAI's newer way to answer, Responses, as server-sent events. Its own file because few others speak it, and it
//! shares no more than the key with the older shape.

use super::{
    Cloud, Preset,
    by_prompt::by_prompt,
    reply::{self, Said, conversation, reply},
};
use crate::{fault, vendor::Vendor};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::sync::Arc;
use voice::{BoxFuture, Error, KeyNeed, Kind, Offers, Prompt, Provider, Respond, Service, TextStream};

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
    open,
};

fn open(vendor: Vendor) -> Provider {
    let opened = Arc::new(Responses { vendor: vendor.rooted("/v1") });
    let translate = Some(by_prompt(opened.clone()));
    Provider { respond: Some(opened.clone()), translate, service: Some(opened), ..Provider::default() }
}

#[derive(Clone)]
struct Responses {
    vendor: Vendor,
}

impl Responses {
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.vendor.request(method, &self.vendor.url(path));
        request.headers(self.vendor.key_header("authorization", "Bearer "))
    }
}

impl Respond for Responses {
    fn reply(&self, prompt: Prompt) -> TextStream {
        let body = json!({
            "model": self.vendor.account.reply_model, "instructions": prompt.system, "stream": true,
            // nothing of what was said is to stay there
            "store": false,
            "input": conversation(&prompt, "assistant", |role, text| json!({ "role": role, "content": text })),
        });
        reply(self.vendor.clone(), self.request(Method::POST, "responses").json(&body), said)
    }
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

impl Service for Responses {
    fn warm(&self) -> BoxFuture<()> {
        let vendor = self.vendor.clone();
        Box::pin(async move { vendor.warm(1).await })
    }

    fn test(&self) -> BoxFuture<Result<(), Error>> {
        let this = self.clone();
        Box::pin(async move { this.vendor.send(this.request(Method::GET, "models")).await.map(drop) })
    }

    fn offers(&self) -> BoxFuture<Result<Offers, Error>> {
        let this = self.clone();
        Box::pin(async move {
            let list: Value = this.vendor.json(this.request(Method::GET, "models")).await?;
            Ok(Offers { models: reply::ids(&list, "/data", "id"), voices: Vec::new() })
        })
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
