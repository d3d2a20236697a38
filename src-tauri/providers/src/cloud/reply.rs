//! What is the same about every language model that answers by server-sent events: the conversation it is given, and
//! the reading of its answer to a proper end. Its own file because four vendors differ only in the shape of an event.

use crate::{fault, sse::events, vendor::Vendor};
use async_stream::try_stream;
use futures_util::StreamExt;
use reqwest::{RequestBuilder, Response, header::CONTENT_TYPE};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{pin::pin, time::Duration};
use tokio::time::timeout;
use voice::{Error, ErrorKind, Prompt, TextStream};

/// When all has been said, the answer may take this long to end by itself: a connection that was read to its end
/// serves the next turn.
const REST: Duration = Duration::from_millis(100);

/// What one event says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    /// To be appended; may be empty.
    pub(crate) text: String,
    /// The reply is whole.
    pub(crate) over: bool,
}

impl Said {
    pub(crate) fn text(text: &str) -> Self {
        Self { text: text.to_owned(), over: false }
    }

    pub(crate) fn over() -> Self {
        Self { text: String::new(), over: true }
    }
}

/// Reads one event of the provider that is named.
pub(crate) type Read = fn(&'static str, &str) -> Result<Said, Error>;

/// Sends `request` and gives its reply, as `read` understands it. An answer that ends before a reply is whole is
/// `CutShort`.
pub(crate) fn reply(vendor: Vendor, request: RequestBuilder, read: Read) -> TextStream {
    Box::pin(try_stream! {
        let answer = vendor.send(request).await?;
        let mut pieces = read_reply(vendor, answer, read);
        while let Some(piece) = pieces.next().await {
            yield piece?;
        }
    })
}

/// The reply in an answer that has begun.
pub(crate) fn read_reply(vendor: Vendor, answer: Response, read: Read) -> TextStream {
    Box::pin(try_stream! {
        if has_type(&answer, "json") {
            // an error after all, or a service that does not stream
            let whole = vendor.read_value(answer).await?.to_string();
            let Said { text, .. } = read(vendor.name, &whole)?;
            if !text.is_empty() {
                yield text;
            }
            return;
        }
        let mut events = pin!(events(vendor.name, answer));
        let mut over = false;
        loop {
            let event = if over {
                let Ok(Some(Ok(event))) = timeout(REST, events.next()).await else { break };
                event
            } else {
                let Some(event) = events.next().await else {
                    Err(vendor.error(ErrorKind::CutShort, "its reply has no end."))?
                };
                event?
            };
            let said = match read(vendor.name, &event) {
                // nothing after the end takes back what was said
                Err(_) if over => break,
                said => said?,
            };
            over |= said.over;
            if !said.text.is_empty() {
                yield said.text;
            }
        }
    })
}

/// Whether its content type contains `part`.
pub(crate) fn has_type(answer: &Response, part: &str) -> bool {
    answer.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|kind| kind.contains(part))
}

/// An event as JSON.
///
/// # Errors
/// `Garbled` if it is none; whatever an `error` inside of it means.
pub(crate) fn json(source: &'static str, event: &str) -> Result<Value, Error> {
    let event: Value = parsed(source, event)?;
    match event.get("error") {
        None | Some(Value::Null) => Ok(event),
        Some(_) => Err(fault::within(source, &event)),
    }
}

/// The fields of an event that are wanted.
///
/// # Errors
/// `Garbled` if they are not there.
pub(crate) fn parsed<T: DeserializeOwned>(source: &'static str, event: &str) -> Result<T, Error> {
    serde_json::from_str(event).map_err(|_| Error::new(ErrorKind::Garbled, source, "an event is no JSON."))
}

/// What was said so far and is said now, oldest first, each as `shape(role, text)`. What is empty is left out: some
/// refuse it, and an answer that nobody heard is empty.
pub(crate) fn conversation(prompt: &Prompt, they: &str, shape: impl Fn(&str, &str) -> Value) -> Vec<Value> {
    let past = prompt.history.iter().flat_map(|said| [("user", &said.question), (they, &said.answer)]);
    let all = past.chain([("user", &prompt.words.text)]);
    all.filter(|(_, text)| !text.trim().is_empty()).map(|(role, text)| shape(role, text)).collect()
}

/// The strings called `name` in the list at `list`, as services tell their models.
pub(crate) fn ids(answer: &Value, list: &str, name: &str) -> Vec<String> {
    let entries = answer.pointer(list).and_then(Value::as_array);
    entries.into_iter().flatten().filter_map(|entry| entry.get(name)?.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::scripted::{prompt, provider, text};
    use serde_json::json;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
        task::yield_now,
    };
    use voice::{Exchange, Language, Words};

    /// A peer that lets its answer end a little after the reply has.
    #[tokio::test]
    async fn the_next_turn_finds_the_connection_of_the_last() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let serving = async {
            // nobody else is ever let in
            let (mut stream, _) = listener.accept().await.unwrap();
            for turn in 0..3 {
                let (mut request, mut piece) = (Vec::new(), [0; 4096]);
                while !request.ends_with(b"}") {
                    let length = stream.read(&mut piece).await.unwrap();
                    assert!(length > 0, "closed before turn {turn}");
                    request.extend_from_slice(&piece[..length]);
                }
                let event = "data: {\"choices\":[{\"delta\":{\"content\":\"Yes.\"},\"finish_reason\":\"stop\"}]}\n\n";
                let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
                let part = format!("{head}{:x}\r\n{event}\r\n", event.len());
                stream.write_all(part.as_bytes()).await.unwrap();
                for _ in 0..20 {
                    yield_now().await;
                }
                stream.write_all(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n").await.unwrap();
            }
        };
        let asking = async {
            let provider = provider("openai-compatible", &host, "");
            for _ in 0..3 {
                assert_eq!(text(provider.respond.clone().unwrap().reply(prompt("Is it?"))).await, Ok("Yes.".into()));
                for _ in 0..20 {
                    yield_now().await;
                }
            }
        };
        tokio::join!(serving, asking);
    }

    #[test]
    fn a_conversation_has_no_empty_words() {
        let words = Words { text: "And now?".into(), language: Language::new("en"), last: true, translation: None };
        let exchange =
            |question: &str, answer: &str| Exchange { question: question.into(), answer: answer.into() }.into();
        let history = vec![exchange("Hi.", "Hello."), exchange("Stop.", "")];
        let prompt = Prompt { system: String::new(), history, words };
        let told = conversation(&prompt, "model", |role, text| json!([role, text]));
        assert_eq!(
            told,
            [json!(["user", "Hi."]), json!(["model", "Hello."]), json!(["user", "Stop."]), json!(["user", "And now?"])]
        );
    }
}
