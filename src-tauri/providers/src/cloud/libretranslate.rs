//! LibreTranslate: translation by a server that somebody runs. It reads a key from the body only, and says 400 for
//! everything that is wrong, so a refused pair is told from the list of its languages.
//!
//! Wire format: <https://docs.libretranslate.com/api/operations/translate>.

use super::{Cloud, Preset};
use crate::vendor::Vendor;
use futures_util::stream;
use reqwest::Method;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::sync::Arc;
use voice::{
    BoxFuture, Error, ErrorKind, KeyNeed, Kind, Language, Offers, Provider, Remote, TextStream, Translate, Words,
};

pub(crate) const ROW: Cloud = Cloud {
    name: "libretranslate",
    key_of: "libretranslate",
    key: KeyNeed::Optional,
    kinds: &[Kind::Translate],
    languages: &[],
    said: &[],
    takes: &[],
    whole: true,
    account: Preset::at("http://127.0.0.1:5000"),
    open,
};

fn open(vendor: Vendor) -> Provider {
    let libre = Arc::new(LibreTranslate { vendor });
    Provider { translate: Some(libre.clone()), service: Some(libre), ..Provider::default() }
}

#[derive(Clone)]
struct LibreTranslate {
    vendor: Vendor,
}

#[derive(Deserialize)]
struct Translation {
    #[serde(rename = "translatedText")]
    text: String,
}

#[derive(Deserialize)]
struct Source {
    code: String,
    #[serde(default)]
    targets: Vec<String>,
}

impl Translate for LibreTranslate {
    fn translate(&self, words: Words, to: Language) -> TextStream {
        let libre = self.clone();
        Box::pin(stream::once(async move {
            let (from, to) = (words.language.tag(), to.tag());
            let body = json!({ "q": words.text, "source": from, "target": to, "format": "text" });
            match libre.post::<Translation>("translate", body).await {
                Ok(translation) => Ok(translation.text),
                Err(error) if error.kind == ErrorKind::Refused => Err(libre.reason(error, from, to).await),
                Err(error) => Err(error),
            }
        }))
    }
}

impl LibreTranslate {
    async fn post<T: DeserializeOwned>(&self, path: &str, mut body: Value) -> Result<T, Error> {
        self.vendor.key_into(&mut body, "api_key");
        self.vendor.json(self.vendor.request(Method::POST, &self.vendor.url(path)).json(&body)).await
    }

    /// Why a translation was refused: for want of the pair, or for what it said.
    async fn reason(&self, error: Error, from: &str, to: &str) -> Error {
        let request = self.vendor.request(Method::GET, &self.vendor.url("languages"));
        match self.vendor.json::<Vec<Source>>(request).await.ok().and_then(|sources| without(&sources, from, to)) {
            Some(pairs) => self.vendor.error(ErrorKind::Unsupported, &pairs),
            None => error,
        }
    }
}

/// The pairs that there are, if the one in question is not among them.
fn without(sources: &[Source], from: &str, to: &str) -> Option<String> {
    let (from, to) = (Language::new(from), Language::new(to));
    let has = |source: &Source| {
        Language::new(&source.code) == from && source.targets.iter().any(|target| Language::new(target) == to)
    };
    let pairs = |source: &Source| format!("{} to {}", source.code, source.targets.join(" "));
    let all = || sources.iter().map(pairs).collect::<Vec<_>>().join(", ");
    (!sources.iter().any(has)).then(|| format!("It translates {}.", all()))
}

impl Remote for LibreTranslate {
    fn warm(&self) -> BoxFuture<()> {
        let vendor = self.vendor.clone();
        Box::pin(async move { vendor.warm(1).await })
    }

    fn test(&self) -> BoxFuture<Result<(), Error>> {
        let libre = self.clone();
        // it asks for the key as translating does, and loads no pair
        Box::pin(async move { libre.post::<Value>("detect", json!({ "q": "a" })).await.map(drop) })
    }

    fn offers(&self) -> BoxFuture<Result<Offers, Error>> {
        // it has neither models nor voices to choose from
        Box::pin(async { Ok(Offers::default()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::scripted::Peer;
    use futures_util::StreamExt;
    use voice::Account;

    async fn translated(answers: &[(u16, Value)], key: &str) -> (Result<String, Error>, Vec<(String, Vec<u8>)>) {
        let peer = Peer::in_turn(answers).await;
        let libre = open(peer.vendor(&ROW, Account::default(), key)).translate.unwrap();
        let words = Words { text: "Hello".into(), language: Language::new("en"), last: true, translation: None };
        let mut said = libre.translate(words, Language::new("ru"));
        let said = said.next().await.unwrap();
        (said, peer.requests().await)
    }

    #[tokio::test]
    async fn the_key_is_in_the_body_and_only_if_there_is_one() {
        for (key, expected) in [("k", json!("k")), ("", Value::Null)] {
            let (said, asked) = translated(&[(200, json!({"translatedText": "Привет"}))], key).await;
            assert_eq!(said.unwrap(), "Привет");
            let body: Value = serde_json::from_slice(&asked[0].1).unwrap();
            assert_eq!((&body["api_key"], &body["source"], &body["target"]), (&expected, &json!("en"), &json!("ru")));
        }
    }

    #[tokio::test]
    async fn a_refusal_is_looked_into() {
        let refused = (400, json!({"error": "ru is not supported"}));
        let languages = |targets: Value| (200, json!([{"code": "en", "name": "English", "targets": targets}]));
        let (said, asked) = translated(&[refused.clone(), languages(json!(["de", "fr"]))], "").await;
        let error = said.unwrap_err();
        assert_eq!((error.kind, error.detail.as_str()), (ErrorKind::Unsupported, "It translates en to de fr."));
        assert!(asked[1].0.starts_with("GET /languages "));
        let (said, _) = translated(&[refused, languages(json!(["ru"]))], "").await;
        assert_eq!(said.unwrap_err().kind, ErrorKind::Refused, "the pair is there");
    }
}
