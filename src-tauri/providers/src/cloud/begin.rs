//! A question whose beginning is sent while its end is still being spoken. A conversation of twenty exchanges is eight
//! kilobytes, which a home connection sends for 12 ms: without this they lie between the key and the reply. Its own
//! file because it knows nothing of any vendor but where the words stand.

use super::reply::{Read, read_reply};
use crate::vendor::Vendor;
use async_stream::try_stream;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use reqwest::{Body, RequestBuilder, header::CONTENT_TYPE};
use serde_json::Value;
use std::{future::ready, io};
use tokio::{sync::oneshot, task::JoinSet};
use voice::{Begun, ErrorKind, Prompt, TextStream, Words};

/// Stands where the words will be. Nobody says it, and the last one counts.
const WORDS: &str = "\u{f8ff}words\u{f8ff}";

/// Begins to ask `prompt` as `ask` makes a request and its body of it. `None` where nothing was said before, or where
/// the way is short.
pub(crate) fn ahead(
    vendor: &Vendor,
    prompt: &Prompt,
    read: Read,
    ask: impl FnOnce(&Prompt) -> (RequestBuilder, Value),
    again: impl FnOnce(Prompt) -> TextStream + Send + 'static,
) -> Option<Begun> {
    if prompt.history.is_empty() || !vendor.is_far() {
        return None;
    }
    let mut whole = prompt.clone();
    whole.words.text = WORDS.to_owned();
    let (request, body) = ask(&whole);
    begin(vendor.clone(), request, &body, read, move |words| again(Prompt { words, ..whole }))
}

/// Sends `body` up to the `WORDS` in it as that of `request`, and the rest when they are there. Servers may be tired of
/// waiting or want to know a length; whoever fails is asked `again` in the ordinary way. `None` if it has no `WORDS`.
fn begin(
    vendor: Vendor,
    request: RequestBuilder,
    body: &Value,
    read: Read,
    again: impl FnOnce(Words) -> TextStream + Send + 'static,
) -> Option<Begun> {
    let body = body.to_string();
    let (head, tail) = body.rsplit_once(WORDS)?;
    let (head, tail) = (Bytes::from(head.to_owned()), tail.to_owned());
    let (give, rest) = oneshot::channel::<Bytes>();
    // a request that nobody finishes breaks off: half a question is never taken for a whole one
    let rest = stream::once(async { rest.await.map_err(|_| io::Error::from(io::ErrorKind::ConnectionAborted)) });
    let body = Body::wrap_stream(stream::once(ready(Ok(head))).chain(rest));
    let request = request.header(CONTENT_TYPE, "application/json").body(body);
    let mut sending = JoinSet::new();
    let sender = vendor.clone();
    sending.spawn(async move { sender.send(request).await });
    Some(Box::new(move |words| {
        Box::pin(try_stream! {
            let text = Value::from(words.text.as_str()).to_string();
            // the quotation marks around it are there already
            let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default();
            let sent = give.send(Bytes::from(format!("{text}{tail}"))).is_ok();
            let answer = if sent { sending.join_next().await.and_then(Result::ok) } else { None };
            let mut pieces = match answer {
                Some(Ok(answer)) => read_reply(vendor, answer, read),
                Some(Err(error)) if !is_for_waiting(error.kind) => Err(error)?,
                _ => again(words),
            };
            while let Some(piece) = pieces.next().await {
                yield piece?;
            }
        })
    }))
}

/// Whether it may have failed only because its question came in two pieces.
fn is_for_waiting(kind: ErrorKind) -> bool {
    use ErrorKind::{CutShort, Refused, TimedOut, TooLarge, Unreachable};
    matches!(kind, CutShort | Refused | TimedOut | TooLarge | Unreachable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cloud::scripted::text, net::Net};
    use reqwest::Method;
    use serde_json::json;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
    };
    use voice::{Account, KeyNeed, Language, Network};

    const SAID: &str = r#"She said "Bye\n", \ and left."#;

    async fn begun(listener: &TcpListener) -> Begun {
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let account = Account { base_url, ..Account::default() };
        let net = Net::new(&Network::default(), None).unwrap();
        let vendor = Vendor::new("test", "test", account, KeyNeed::None, None, net).unwrap();
        let body = json!({ "messages": ["Hi.", WORDS, "Hello.", WORDS], "stream": true });
        let again = |words: Words| -> TextStream { Box::pin(stream::iter([Ok(format!("again: {}", words.text))])) };
        let request = vendor.request(Method::POST, &vendor.url("chat"));
        begin(vendor, request, &body, |_, event| Ok(super::super::reply::Said::text(event)), again)
            .expect("words in it")
    }

    async fn until(stream: &mut TcpStream, end: &str) -> String {
        let mut bytes = Vec::new();
        while !bytes.ends_with(end.as_bytes()) {
            assert_ne!(stream.read_buf(&mut bytes).await.unwrap(), 0, "ended before {end}");
        }
        String::from_utf8(bytes).unwrap()
    }

    fn words() -> Words {
        Words { text: SAID.into(), language: Language::new("en"), last: true, translation: None }
    }

    #[tokio::test]
    async fn only_the_words_are_missing_until_they_are_there() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let begun = begun(&listener).await;
        let (mut stream, _) = listener.accept().await.unwrap();
        let head = until(&mut stream, "\"Hello.\",\"\r\n").await;
        let serving = async {
            let rest = until(&mut stream, "0\r\n\r\n").await;
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 4\r\n\r\n\"ok\"")
                .await
                .unwrap();
            rest
        };
        let (reply, rest) = tokio::join!(text(begun(words())), serving);
        assert_eq!(reply, Ok("\"ok\"".into()));
        let chunked = format!("{head}{rest}");
        let (_, body) = chunked.split_once("\r\n\r\n").unwrap();
        let body: String = body.split("\r\n").skip(1).step_by(2).collect();
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body, json!({ "messages": ["Hi.", WORDS, "Hello.", SAID], "stream": true }));
    }

    #[tokio::test]
    async fn who_does_not_wait_is_asked_again() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let begun = begun(&listener).await;
        let (mut stream, _) = listener.accept().await.unwrap();
        until(&mut stream, "\"Hello.\",\"\r\n").await;
        stream.write_all(b"HTTP/1.1 408 X\r\nconnection: close\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        drop(stream);
        assert_eq!(text(begun(words())).await, Ok(format!("again: {SAID}")));
    }

    #[tokio::test]
    async fn a_failure_of_the_service_is_told_as_it_is() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let begun = begun(&listener).await;
        let (mut stream, _) = listener.accept().await.unwrap();
        let serving = async {
            until(&mut stream, "0\r\n\r\n").await;
            stream.write_all(b"HTTP/1.1 503 X\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        };
        let (reply, ()) = tokio::join!(text(begun(words())), serving);
        assert_eq!(reply, Err(ErrorKind::ServiceFailed));
    }

    #[tokio::test]
    async fn a_question_that_is_given_up_breaks_off() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let begun = begun(&listener).await;
        let (mut stream, _) = listener.accept().await.unwrap();
        until(&mut stream, "\"Hello.\",\"\r\n").await;
        drop(begun);
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.ok();
        assert_eq!(rest, b"", "no end of the question");
    }
}
