//! Chat completions as server-sent events. Read tolerantly: those who took over the shape leave out or add what they
//! like, and all of it has been seen.

use super::OpenAi;
use crate::{
    cloud::{
        begin::ahead,
        reply::{self, Said, conversation},
        tags::{Tags, without},
    },
    fault,
};
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use serde_json::{Value, json};
use voice::{Begun, Error, Prompt, Respond, TextStream};

/// Older templates of models that reason leave their thoughts in the text.
const THOUGHTS: Tags = Tags { open: "<think>", close: "</think>", hide: true };

impl Respond for OpenAi {
    fn reply(&self, prompt: Prompt) -> TextStream {
        let request = self.chat().json(&self.question(&prompt));
        without(THOUGHTS, reply::reply(self.vendor.clone(), request, said))
    }

    fn begin(&self, prompt: &Prompt) -> Option<Begun> {
        let ask = |prompt: &Prompt| (self.chat(), self.question(prompt));
        let this = self.clone();
        let begun = ahead(&self.vendor, prompt, said, ask, move |whole| this.reply(whole))?;
        Some(Box::new(|words| without(THOUGHTS, begun(words))))
    }
}

impl OpenAi {
    fn chat(&self) -> RequestBuilder {
        self.request(Method::POST, "chat/completions")
    }

    fn question(&self, prompt: &Prompt) -> Value {
        let message = |role: &str, text: &str| json!({ "role": role, "content": text });
        let mut messages = vec![message("system", &prompt.system)];
        messages.extend(conversation(prompt, "assistant", message));
        json!({ "model": self.vendor.account.reply_model, "messages": messages, "stream": true })
    }
}

/// What is read of a chunk: the rest of the many fields costs nothing. A field may hold anything.
#[derive(Deserialize)]
struct Chunk {
    error: Option<Value>,
    x_groq: Option<Groq>,
    choices: Option<Vec<Choice>>,
}

#[derive(Deserialize)]
struct Groq {
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    delta: Option<Delta>,
    /// A service that does not stream sends a whole message.
    message: Option<Delta>,
    finish_reason: Option<Value>,
}

/// Reasoning stands in fields of its own, which are not read.
#[derive(Default, Deserialize)]
struct Delta {
    content: Option<Value>,
    refusal: Option<Value>,
}

/// What a chunk says.
fn said(source: &'static str, event: &str) -> Result<Said, Error> {
    if event.trim() == "[DONE]" {
        return Ok(Said::over());
    }
    let chunk: Chunk = reply::parsed(source, event)?;
    if chunk.error.is_some() {
        reply::json(source, event)?;
    }
    if let Some(failure) = chunk.x_groq.and_then(|groq| groq.error) {
        return Err(fault::within(source, &json!({ "error": failure })));
    }
    let Some(choice) = chunk.choices.into_iter().flatten().next() else { return Ok(Said::default()) };
    let delta = choice.delta.or(choice.message).unwrap_or_default();
    let text = [delta.content, delta.refusal].into_iter().find_map(|field| match field {
        Some(Value::String(text)) => Some(text),
        _ => None,
    });
    let over = choice.finish_reason.as_ref().and_then(Value::as_str).is_some_and(|reason| !reason.is_empty());
    Ok(Said { text: text.unwrap_or_default(), over })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::scripted::{Peer, prompt, text};
    use voice::ErrorKind;

    fn kind(event: &str) -> ErrorKind {
        said("test", event).expect_err(event).kind
    }

    #[test]
    fn chunks_of_every_kind_are_read() {
        for (event, text, over) in [
            (r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#, "", false),
            (
                r#"{"choices":[{"index":0,"delta":{"content":"He"},"finish_reason":null,"obfuscation":"x"}]}"#,
                "He",
                false,
            ),
            (r#"{"choices":[{"delta":{"content":"He"},"finish_reason":""}]}"#, "He", false),
            (r#"{"choices":[{"delta":{"content":"lo"},"finish_reason":"stop"}]}"#, "lo", true),
            (r#"{"choices":[{"delta":{},"finish_reason":"length"}]}"#, "", true),
            (r#"{"choices":[{"delta":{"content":null,"tool_calls":[]}}]}"#, "", false),
            (r#"{"choices":[{"delta":{"reasoning":"hm","reasoning_content":"hm"}}]}"#, "", false),
            (r#"{"choices":[{"delta":{"refusal":"No."}}]}"#, "No.", false),
            (r#"{"choices":[{"delta":null}]}"#, "", false),
            (r#"{"choices":null,"error":null}"#, "", false),
            (r#"{"choices":[],"usage":{"total_tokens":11}}"#, "", false),
            (r#"{"choices":[],"prompt_filter_results":[{"prompt_index":0}]}"#, "", false),
            (r#"{"choices":[{"message":{"content":"whole"},"finish_reason":"stop"}]}"#, "whole", true),
            ("[DONE]", "", true),
        ] {
            assert_eq!(said("test", event), Ok(Said { text: text.into(), over }), "{event}");
        }
    }

    #[test]
    fn a_failure_inside_the_stream_is_one() {
        let failure =
            r#"{"error":{"code":429,"message":"m"},"choices":[{"delta":{"content":""},"finish_reason":"error"}]}"#;
        assert_eq!(kind(failure), ErrorKind::Busy);
        assert_eq!(kind(r#"{"error":{"code":"insufficient_quota"}}"#), ErrorKind::NoCredit);
        assert_eq!(kind(r#"{"x_groq":{"error":"over capacity"},"choices":[]}"#), ErrorKind::ServiceFailed);
        assert_eq!(kind(r#"{"error":"it went wrong"}"#), ErrorKind::ServiceFailed);
        assert_eq!(kind("{"), ErrorKind::Garbled);
    }

    const HELLO: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"<think>hm</thi\"}}]}\n\n\
                         data: {\"choices\":[{\"delta\":{\"content\":\"nk>\\n\\nHello\"}}]}\n\n";

    async fn answered(kind: &str, body: &str) -> (Result<String, ErrorKind>, String) {
        let peer = Peer::answering(200, kind, body).await;
        let replied = text(peer.provider("openai-compatible").respond.unwrap().reply(prompt("Hi."))).await;
        (replied, peer.asked().await)
    }

    #[tokio::test]
    async fn a_reply_ends_by_its_mark_its_reason_or_not_at_all() {
        let stop = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}";
        for end in [&format!("{stop}\n\ndata: [DONE]\n\n"), stop, "data: [DONE]", &format!("{stop}\n\ndata: {{")] {
            let (replied, asked) = answered("text/event-stream", &format!("{HELLO}{end}")).await;
            assert_eq!(replied, Ok("Hello".into()), "{end}");
            assert!(asked.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"), "{asked}");
            assert!(
                asked.contains(
                    r#""messages":[{"content":"Be brief.","role":"system"},{"content":"Hi.","role":"user"}]"#
                )
            );
            assert!(!asked.contains("authorization"), "{asked}");
        }
        let (replied, _) = answered("text/event-stream", HELLO).await;
        assert_eq!(replied, Err(ErrorKind::CutShort));
    }

    #[tokio::test]
    async fn an_answer_that_is_no_stream_is_read_or_refused() {
        let whole = r#"{"choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}]}"#;
        assert_eq!(answered("application/json", whole).await.0, Ok("Hello".into()));
        let failure = r#"{"error":{"type":"rate_limit_exceeded"}}"#;
        assert_eq!(answered("application/json; charset=utf-8", failure).await.0, Err(ErrorKind::Busy));
        assert_eq!(answered("text/html", "<html>Log in</html>").await.0, Err(ErrorKind::LoginPage));
    }
}
