//! What went wrong on the way or at the other end, as one of our kinds. Its own file because every vendor's failures
//! are read here, from the table of providers' answers: status first, then the code in the body, never the message,
//! which may repeat what was said.

use reqwest::{
    Response, StatusCode,
    header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER},
};
use serde_json::Value;
use std::{error::Error as _, time::Duration};
use voice::{Error, ErrorKind};

/// More of an error's body is not read.
const BODY: usize = 16 * 1024;
/// A vendor's error code is no longer than this; what is longer may be somebody's words.
const CODE: usize = 64;

/// Why a request never got an answer, or an answer broke off.
pub(crate) fn transport(source: &str, error: &reqwest::Error) -> Error {
    let chain = chain(error);
    let has = |needle: &str| chain.contains(needle);
    let kind = if has("NotValidYet") || has("Expired") || has("not valid yet") {
        ErrorKind::WrongClock
    } else if has("invalid peer certificate") || has("UnknownIssuer") {
        ErrorKind::Untrusted
    } else if has("proxy auth") {
        ErrorKind::ProxyRefused
    } else if has("dns error") || has("unreachable") || has("Network is down") {
        ErrorKind::Offline
    } else if error.is_timeout() {
        ErrorKind::TimedOut
    } else if error.is_connect() {
        ErrorKind::Unreachable
    // what breaks off in the middle counts as undecoded too, but says nothing of its coding
    } else if error.is_decode() && (has("gzip") || has("deflate")) {
        ErrorKind::Garbled
    } else {
        ErrorKind::CutShort
    };
    let what = match kind {
        ErrorKind::Untrusted | ErrorKind::WrongClock => "its certificate was not accepted",
        ErrorKind::ProxyRefused => "the proxy did not let it through",
        ErrorKind::Offline => "no way to it was found",
        ErrorKind::TimedOut => "it did not answer in time",
        ErrorKind::Unreachable => "it could not be connected to",
        ErrorKind::Garbled => "its answer could not be decoded",
        _ => "the connection broke off",
    };
    Error::new(kind, source, format!("{what}."))
}

/// The causes of `error`; its own words hold an address, in which any word may stand.
fn chain(error: &reqwest::Error) -> String {
    let mut all = String::new();
    let mut next = error.source();
    while let Some(cause) = next {
        all.push_str("| ");
        all.push_str(&cause.to_string());
        next = cause.source();
    }
    all
}

/// An answer that is one, or what its status means.
pub(crate) async fn checked(source: &str, answer: Response) -> Result<Response, Error> {
    if answer.status().is_success() {
        // a provider answers data or sound; a page is somebody else's
        return if is_page(answer.headers()) {
            Err(Error::new(ErrorKind::LoginPage, source, "a web page came instead of an answer."))
        } else {
            Ok(answer)
        };
    }
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body = beginning(answer).await;
    Err(refusal(source, status, &headers, &body))
}

fn is_page(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|kind| kind.starts_with("text/html"))
}

async fn beginning(mut answer: Response) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(piece)) = answer.chunk().await {
        body.extend_from_slice(piece.get(..BODY - body.len()).unwrap_or(&piece));
        if body.len() >= BODY {
            break;
        }
    }
    body
}

/// What a refused request or handshake means.
pub(crate) fn refusal(source: &str, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Error {
    let codes = codes(&serde_json::from_slice(body).unwrap_or(Value::Null));
    let kind = kind_of(status, &codes);
    let mut detail = format!("it answered {}", status.as_u16());
    if !codes.is_empty() {
        detail.push_str(&format!(" ({})", codes.join(", ")));
    }
    detail.push('.');
    let mut error = Error::new(kind, source, detail);
    error.retry_after_ms = retry_after(headers).and_then(|wait| u32::try_from(wait.as_millis()).ok());
    error
}

/// A failure that stands in `text`; of one that is as long as no failure is, nothing is read.
pub(crate) fn told(source: &str, text: &str) -> Error {
    let short = Some(text).filter(|text| text.len() <= BODY);
    within(source, &short.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default())
}

/// What a vendor's own code inside an answer of status 200 means: the failure of a stream that had begun.
pub(crate) fn within(source: &str, failure: &Value) -> Error {
    let codes = codes(failure);
    // some put the status that it would have been into the code
    let code = failure.pointer("/error/code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
    let status = code.filter(|code| (400..600).contains(code)).and_then(|code| StatusCode::from_u16(code).ok());
    let ours = codes.iter().any(|code| code.starts_with("invalid_"));
    let assumed = if ours { StatusCode::BAD_REQUEST } else { StatusCode::INTERNAL_SERVER_ERROR };
    let over = codes.iter().any(|code| code == "session_expired");
    let kind = if over { ErrorKind::CutShort } else { kind_of(status.unwrap_or(assumed), &codes) };
    let said = if codes.is_empty() { String::new() } else { format!(" ({})", codes.join(", ")) };
    Error::new(kind, source, format!("it failed while answering{said}."))
}

fn kind_of(status: StatusCode, codes: &[String]) -> ErrorKind {
    let says = |needles: &[&str]| codes.iter().any(|code| needles.iter().any(|needle| code.contains(needle)));
    if says(&[
        "insufficient_quota",
        "credit_balance",
        "quota_exceeded",
        "billing",
        "payment",
        "insufficient_credit",
        "dailylimitexceeded",
    ]) {
        return ErrorKind::NoCredit;
    }
    if says(&[
        "api_key_invalid",
        "keyinvalid",
        "invalid_api_key",
        "invalid_auth",
        "authentication_error",
        "unauthorized",
        "permission_error",
    ]) {
        return ErrorKind::KeyRefused;
    }
    if says(&["unsupported_audio_format", "unsupported file format", "unsupported_format", "invalid_audio"]) {
        return ErrorKind::SoundRefused;
    }
    if says(&["model_not_found", "invalid_model", "voice_not_found"]) {
        return ErrorKind::ModelGone;
    }
    if says(&[
        "rate_limit",
        "too_many_requests",
        "slow_down",
        "too_many_concurrent",
        "resource_exhausted",
        "ratelimitexceeded",
    ]) {
        return ErrorKind::Busy;
    }
    match status.as_u16() {
        // the field that it does not take is the upload itself
        400 | 422 if codes.iter().any(|code| code == "file") => ErrorKind::SoundRefused,
        401 | 403 => ErrorKind::KeyRefused,
        402 | 456 => ErrorKind::NoCredit,
        404 | 410 => ErrorKind::ModelGone,
        407 => ErrorKind::ProxyRefused,
        408 => ErrorKind::TimedOut,
        409 | 425 | 500..=599 => ErrorKind::ServiceFailed,
        413 => ErrorKind::TooLarge,
        415 => ErrorKind::SoundRefused,
        429 => ErrorKind::Busy,
        _ => ErrorKind::Refused,
    }
}

/// The identifiers a vendor puts into an error: `insufficient_quota`, `file`. Whatever has blanks or is long is a
/// message, and stays out.
fn codes(body: &Value) -> Vec<String> {
    let inner = body.get("error").or_else(|| body.get("detail")).unwrap_or(body);
    // Google puts its reason beside the message: `details` in most of its services, `errors` in the oldest
    let reasons = ["details", "errors"].into_iter().filter_map(|field| inner.get(field)?.as_array()).flatten();
    let mut found: Vec<String> = Vec::new();
    for holder in reasons.chain([inner, body]) {
        for field in ["code", "type", "status", "param", "err_code", "error_code", "category", "reason", "error"] {
            let Some(code) = holder.get(field).and_then(Value::as_str) else { continue };
            let plain = code.len() <= CODE && code.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
            let code = code.to_ascii_lowercase();
            if plain && !code.is_empty() && code != "error" && !found.contains(&code) {
                found.push(code);
            }
        }
    }
    found
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let millis = text("retry-after-ms").and_then(|ms| ms.parse().ok()).map(Duration::from_millis);
    let seconds = || text(RETRY_AFTER.as_str()).and_then(|s| s.parse::<f64>().ok()).filter(|s| (0.0..1e6).contains(s));
    millis.or_else(|| seconds().map(Duration::from_secs_f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::scripted::{Peer, prompt, text};
    use serde_json::json;

    fn refused(status: u16, body: &Value) -> Error {
        refusal("openai", StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), body.to_string().as_bytes())
    }

    #[test]
    fn the_code_says_more_than_the_status() {
        let quota = json!({"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}});
        for (status, body, kind) in [
            (429, json!({"error": {"code": "rate_limit_exceeded"}}), ErrorKind::Busy),
            (429, quota, ErrorKind::NoCredit),
            (401, json!({"error": {"code": "invalid_api_key"}}), ErrorKind::KeyRefused),
            (400, json!({"error": {"code": "unsupported_audio_format", "param": "file"}}), ErrorKind::SoundRefused),
            (400, json!({"error": {"code": "invalid_value", "param": "file"}}), ErrorKind::SoundRefused),
            (400, json!({"error": {"type": "invalid_request_error"}}), ErrorKind::Refused),
            (400, json!({"error": {"code": 400, "details": [{"reason": "API_KEY_INVALID"}]}}), ErrorKind::KeyRefused),
            (402, json!({"err_code": "ASR_PAYMENT_REQUIRED"}), ErrorKind::NoCredit),
            (404, json!({"error": {"code": "model_not_found"}}), ErrorKind::ModelGone),
            (456, Value::Null, ErrorKind::NoCredit),
            (413, Value::Null, ErrorKind::TooLarge),
            (
                400,
                json!({"error": {"status": "INVALID_ARGUMENT", "details": [{"reason": "API_KEY_INVALID"}]}}),
                ErrorKind::KeyRefused,
            ),
            (403, json!({"error": {"errors": [{"reason": "userRateLimitExceeded"}]}}), ErrorKind::Busy),
            (403, json!({"error": {"errors": [{"reason": "dailyLimitExceeded"}]}}), ErrorKind::NoCredit),
            (529, json!({"error": {"type": "overloaded_error"}}), ErrorKind::ServiceFailed),
            (422, json!({"detail": [{"loc": ["body"], "msg": "bad"}]}), ErrorKind::Refused),
        ] {
            assert_eq!(refused(status, &body).kind, kind, "{status} {body}");
        }
    }

    #[tokio::test]
    async fn a_refusal_may_be_cut_at_every_byte_and_swell_without_end() {
        let body = br#"{"error":{"message":"Too \u00e9", "code":"insufficient_quota"}}"#;
        let long = [body.as_slice(), &vec![b' '; 3 * BODY]].concat();
        let refused = async |pieces: &[&[u8]]| {
            let peer = Peer::in_pieces(429, "application/json", pieces).await;
            text(peer.provider("openai-compatible").respond.unwrap().reply(prompt("Hi."))).await
        };
        for at in 0..=body.len() {
            let (before, after) = body.split_at(at);
            assert_eq!(refused(&[before, after]).await, Err(ErrorKind::NoCredit), "{at}");
        }
        assert_eq!(refused(&[&long]).await, Err(ErrorKind::NoCredit), "blanks follow it");
        let late = [&vec![b' '; BODY], body.as_slice()].concat();
        assert_eq!(refused(&[&late]).await, Err(ErrorKind::Busy), "what comes so late is not read");
    }

    #[test]
    fn a_status_may_stand_in_the_code() {
        for (failure, kind) in [
            (json!({"error": {"code": 429}}), ErrorKind::Busy),
            (json!({"error": {"code": 403, "status": "PERMISSION_DENIED"}}), ErrorKind::KeyRefused),
            (json!({"error": {"code": 200}}), ErrorKind::ServiceFailed),
            (json!({"error": "it went wrong"}), ErrorKind::ServiceFailed),
        ] {
            assert_eq!(within("openrouter", &failure).kind, kind, "{failure}");
        }
    }

    #[test]
    fn a_message_stays_out() {
        let said =
            json!({"error": {"message": "secret words", "code": "bad words said here", "type": "invalid_value"}});
        let error = refused(400, &said);
        assert_eq!(error.detail, "it answered 400 (invalid_value).");
    }

    #[test]
    fn the_wait_is_read_from_either_header() {
        for (name, value, ms) in [("retry-after-ms", "1500", 1_500), ("retry-after", "2", 2_000)] {
            let headers = HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())]);
            let error = refusal("openai", StatusCode::TOO_MANY_REQUESTS, &headers, b"");
            assert_eq!(error.retry_after_ms, Some(ms), "{name}");
        }
    }
}
