//! One opened account with a service: its address, its key, and the ways to ask. Every vendor file is given one and
//! asks nobody else. Its own file because here, and only here, a key meets a request.

use crate::{fault, net::Net, socket::Socket};
use async_stream::try_stream;
use futures_util::{StreamExt, future::join_all};
use reqwest::{
    Body, Method, RequestBuilder, Response, Url,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;
use tokio::time::timeout;
use voice::{Account, Coding, Error, ErrorKind, KeyNeed, Packet, Secret, SoundStream};

/// More of an answer that is read whole is not taken.
const WHOLE: usize = 8 * 1024 * 1024;
/// The same of one whose form is not known beforehand: in memory it may be sixteen times as large.
const ANYTHING: usize = 2 * 1024 * 1024;

/// reliability: 1.5 s to connect, and 2 s until a socket can be used.
const OPENING: Duration = Duration::from_millis(3_500);

/// An account that can be asked.
#[derive(Clone)]
pub(crate) struct Vendor {
    /// The provider's name: the source of its errors.
    pub(crate) name: &'static str,
    /// What the person said, over the provider's defaults.
    pub(crate) account: Account,
    base: Url,
    key: Option<Secret>,
    net: Net,
    /// A socket that cannot be used after this long will not be.
    pub(crate) opening: Duration,
}

impl Vendor {
    /// # Errors
    /// `BadSetting` for an address that is none, or that would carry a key in the open; `KeyMissing` where nothing
    /// goes without one, naming the variable of `key_of`, whose key it is.
    pub(crate) fn new(
        name: &'static str,
        key_of: &str,
        account: Account,
        need: KeyNeed,
        key: Option<Secret>,
        net: Net,
    ) -> Result<Self, Error> {
        let address = |detail: &str| Error::new(ErrorKind::BadSetting, format!("accounts.{name}.base_url"), detail);
        let base = Url::parse(account.base_url.trim_end_matches('/'))
            .map_err(|_| address("It is no address; it has the form https://host/path."))?;
        if key.is_none() && need == KeyNeed::Required {
            let variable = key_of.to_ascii_uppercase().replace('-', "_");
            let host = base.host_str().unwrap_or_default();
            return Err(Error::new(ErrorKind::KeyMissing, name, format!("no key for {host} (WILCO_KEY_{variable}).")));
        }
        match base.scheme() {
            "https" => {}
            "http" if key.is_none() || is_here(&base) => {}
            "http" => return Err(address("A key would travel in the open; use https.")),
            // nothing secret goes there; only Wyoming speaks without HTTP
            "tcp" if need == KeyNeed::None => {}
            _ => return Err(address("It begins with https:// or http://.")),
        }
        Ok(Self { name, account, base, key, net, opening: OPENING })
    }

    /// The same account, given the time that a server on this machine has to load its model: sockets wait for it too.
    pub(crate) fn loading(mut self, loading: Duration) -> Self {
        if self.is_here() {
            self.opening = self.opening.max(loading);
        }
        self
    }

    /// The same account; an address that names no path, as `https://host` does, gets `path`.
    pub(crate) fn rooted(mut self, path: &str) -> Self {
        if self.base.path() == "/" {
            self.base.set_path(path);
        }
        self
    }

    /// `path` below the account's address, for instance `chat/completions`; may carry a query.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.base.as_str().trim_end_matches('/'))
    }

    /// The same below `host` instead, for vendors with several; but an address that the person gave is used for all.
    pub(crate) fn url_at(&self, host: &str, path: &str, own: &Account) -> String {
        let base = if self.account.base_url == own.base_url { host } else { self.base.as_str() };
        format!("{}/{path}", base.trim_end_matches('/'))
    }

    /// The service runs on this machine, where models are loaded at the first call.
    pub(crate) fn is_here(&self) -> bool {
        is_here(&self.base)
    }

    /// It is somewhere in the network, and asked over TLS.
    pub(crate) fn is_far(&self) -> bool {
        self.base.scheme() == "https"
    }

    /// The service is asked at `domain` or at a host below it.
    pub(crate) fn is_below(&self, domain: &str) -> bool {
        let rest = self.base.host_str().and_then(|host| host.strip_suffix(domain));
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }

    /// A request to `url`, with no key yet.
    pub(crate) fn request(&self, method: Method, url: &str) -> RequestBuilder {
        self.net.http.request(method, url)
    }

    /// The header that carries the key; none where there is no key.
    pub(crate) fn key_header(&self, name: &'static str, prefix: &str) -> HeaderMap {
        let value = self.key.as_ref().and_then(|key| {
            let mut value = HeaderValue::from_str(&format!("{prefix}{}", key.expose())).ok()?;
            // neither logged nor put into a compression table
            value.set_sensitive(true);
            Some(value)
        });
        value.map(|value| (HeaderName::from_static(name), value)).into_iter().collect()
    }

    /// The key as a field of a JSON body, for those who read no header; nothing where there is no key.
    pub(crate) fn key_into(&self, body: &mut Value, field: &str) {
        if let (Some(key), Value::Object(fields)) = (&self.key, body) {
            fields.insert(field.to_owned(), Value::from(key.expose()));
        }
    }

    /// Whether there is a key and it looks so: some vendors have keys of two kinds.
    pub(crate) fn key_is(&self, so: impl FnOnce(&str) -> bool) -> bool {
        self.key.as_ref().is_some_and(|key| so(key.expose()))
    }

    /// Sends and waits for the status.
    ///
    /// # Errors
    /// Each kind of section 2.D of the fault matrix by its status and code.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Result<Response, Error> {
        let answer = request.send().await.map_err(|error| fault::transport(self.name, &error))?;
        fault::checked(self.name, answer).await
    }

    /// Sends and gives the body as sound in `coding`, as it comes. A body of JSON is a failure that a status of 200 hides.
    pub(crate) fn sound(&self, request: RequestBuilder, coding: Coding) -> SoundStream {
        let vendor = self.clone();
        Box::pin(try_stream! {
            let answer = vendor.send(request).await?;
            if is_json(&answer) {
                let failure = vendor.read_value(answer).await?;
                Err(fault::within(vendor.name, &failure))?;
            } else {
                let mut pieces = answer.bytes_stream();
                while let Some(bytes) = pieces.next().await {
                    let bytes = bytes.map_err(|error| fault::transport(vendor.name, &error))?;
                    if !bytes.is_empty() {
                        yield Packet { coding, bytes };
                    }
                }
            }
        })
    }

    /// Sends and reads the whole answer as JSON.
    ///
    /// # Errors
    /// As `send`; `Garbled` for what is not the JSON that was expected, `TooLarge` over 8 MiB.
    pub(crate) async fn json<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Error> {
        let answer = self.send(request).await?;
        self.read_json(answer).await
    }

    /// Reads the whole of an answer as JSON.
    ///
    /// # Errors
    /// As for `json`.
    pub(crate) async fn read_json<T: DeserializeOwned>(&self, answer: Response) -> Result<T, Error> {
        self.parsed(&self.read(answer, WHOLE).await?)
    }

    /// Reads the whole of an answer as JSON of whatever form.
    ///
    /// # Errors
    /// As for `json`, but `TooLarge` over 2 MiB.
    pub(crate) async fn read_value(&self, answer: Response) -> Result<Value, Error> {
        self.parsed(&self.read(answer, ANYTHING).await?)
    }

    async fn read(&self, mut answer: Response, most: usize) -> Result<Vec<u8>, Error> {
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| fault::transport(self.name, &error))? {
            if body.len() + piece.len() > most {
                return Err(self.error(ErrorKind::TooLarge, &format!("its answer is over {} MiB.", most >> 20)));
            }
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }

    fn parsed<T: DeserializeOwned>(&self, body: &[u8]) -> Result<T, Error> {
        // serde's message may quote the text; only the place is told
        serde_json::from_slice(body).map_err(|error| {
            self.error(
                ErrorKind::Garbled,
                &format!("its JSON is not as expected at {}:{}.", error.line(), error.column()),
            )
        })
    }

    /// A WebSocket to `url`, which is given as `https` or `http`.
    ///
    /// # Errors
    /// As `send`; `Garbled` if the other end speaks no WebSocket, `TimedOut` if it does not answer the handshake.
    pub(crate) async fn socket(&self, url: &str, headers: HeaderMap) -> Result<Socket, Error> {
        let opened = timeout(self.opening, Socket::open(self.name, &self.net.http1, url, headers)).await;
        opened.map_err(|_| self.error(ErrorKind::TimedOut, "it did not answer the handshake."))?
    }

    /// Opens `count` connections, or finds that they are open. Any answer will do, and no answer as well.
    pub(crate) async fn warm(&self, count: usize) {
        self.warm_at(self.base.as_str(), count).await;
    }

    /// The same to the host of `url`, for vendors with several.
    pub(crate) async fn warm_at(&self, url: &str, count: usize) {
        let knocks = (0..count).map(|_| self.net.http.head(url).body(Body::default()).send());
        join_all(knocks).await;
    }

    /// Opens a connection that a WebSocket can begin on.
    pub(crate) async fn warm_socket(&self) {
        self.net.http1.head(self.base.as_str()).send().await.ok();
    }

    /// An error of this provider.
    pub(crate) fn error(&self, kind: ErrorKind, detail: &str) -> Error {
        Error::new(kind, self.name, detail)
    }
}

fn is_json(answer: &Response) -> bool {
    let kind = answer.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("application/json"))
}

/// A speed that a service takes, in hundredths: what a float makes of 0.7 is less than 0.7.
pub(crate) fn speed(rate: f32, least: u8, most: u8) -> f64 {
    let hundredths = (rate * 100.0).round().clamp(f32::from(least), f32::from(most));
    f64::from(hundredths) / 100.0
}

/// `url` with a query; values may hold anything.
pub(crate) fn with_query(url: &str, query: &[(&str, &str)]) -> String {
    Url::parse_with_params(url, query).map_or_else(|_| url.to_owned(), String::from)
}

/// `url` leads to this machine.
pub(crate) fn is_here(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        let host = host.trim_matches(['[', ']']);
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use voice::Network;

    fn vendor(base_url: &str, key: Option<&str>) -> Result<Vendor, Error> {
        let account = Account { base_url: base_url.into(), ..Account::default() };
        let net = Net::new(&Network::default(), None)?;
        Vendor::new("openai-responses", "openai", account, KeyNeed::Required, key.map(Secret::new), net)
    }

    #[test]
    fn a_key_never_travels_in_the_open() {
        for (address, kind) in [
            ("http://api.example.com/v1", ErrorKind::BadSetting),
            ("ftp://api.example.com", ErrorKind::BadSetting),
            ("api.example.com", ErrorKind::BadSetting),
        ] {
            assert_eq!(vendor(address, Some("k")).err().expect(address).kind, kind, "{address}");
        }
        for address in ["https://api.example.com/v1/", "http://127.0.0.1:8000", "http://localhost:1", "http://[::1]:1"]
        {
            assert!(vendor(address, Some("k")).is_ok(), "{address}");
        }
    }

    #[test]
    fn a_missing_key_names_its_variable() {
        let error = vendor("https://api.openai.com/v1", None).err().expect("refused");
        assert_eq!(error.kind, ErrorKind::KeyMissing);
        assert!(
            error.detail.contains("WILCO_KEY_OPENAI") && error.detail.contains("api.openai.com"),
            "{}",
            error.detail
        );
    }

    #[test]
    fn paths_are_joined_with_one_slash() {
        let with_slash = vendor("https://api.openai.com/v1/", Some("k")).unwrap();
        assert_eq!(with_slash.url("models"), "https://api.openai.com/v1/models");
        assert_eq!(vendor("https://host", Some("k")).unwrap().url("models"), "https://host/models");
    }

    #[test]
    fn the_header_of_a_key_is_marked() {
        let headers = vendor("https://host", Some("canary")).unwrap().key_header("authorization", "Bearer ");
        let value = headers.get("authorization").expect("header");
        assert!(value.is_sensitive());
        assert!(!format!("{headers:?}").contains("canary"));
    }
}
