//! DeepL: text translation. Keys that end in `:fx` are for its free host, unless the person gave an address; a key is
//! kept under the name of the paid host either way.
//!
//! Wire format: <https://developers.deepl.com/api-reference/translate>.

use super::{Cloud, Preset};
use crate::vendor::Vendor;
use futures_util::stream;
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use voice::{
    BoxFuture, Error, ErrorKind, KeyNeed, Kind, Language, Offers, Provider, Remote, TextStream, Translate, Words,
};

pub(crate) const ROW: Cloud = Cloud {
    name: "deepl",
    key_of: "deepl",
    key: KeyNeed::Required,
    kinds: &[Kind::Translate],
    // as targets are written: English and Portuguese want a region, and so does Chinese want its script
    languages: &[
        "AR", "BG", "CS", "DA", "DE", "EL", "EN-US", "ES", "ET", "FI", "FR", "HE", "HU", "ID", "IT", "JA", "KO", "LT",
        "LV", "NB", "NL", "PL", "PT-BR", "RO", "RU", "SK", "SL", "SV", "TH", "TR", "UK", "VI", "ZH-HANS",
    ],
    said: &[],
    takes: &[],
    whole: true,
    account: Preset::at("https://api.deepl.com"),
    open,
};

const FREE: &str = "https://api-free.deepl.com";

fn open(vendor: Vendor) -> Provider {
    let deepl = Arc::new(DeepL { vendor });
    Provider { translate: Some(deepl.clone()), service: Some(deepl), ..Provider::default() }
}

#[derive(Clone)]
struct DeepL {
    vendor: Vendor,
}

#[derive(Deserialize)]
struct Answer {
    translations: Vec<Translation>,
}

#[derive(Deserialize)]
struct Translation {
    text: String,
}

/// Whatever it says of the account; that it says it is enough.
#[derive(Deserialize)]
struct Usage {}

impl Translate for DeepL {
    fn translate(&self, words: Words, to: Language) -> TextStream {
        let deepl = self.clone();
        Box::pin(stream::once(async move { deepl.translation(&words, &to).await }))
    }
}

impl DeepL {
    async fn translation(&self, words: &Words, to: &Language) -> Result<String, Error> {
        let (Some(_), Some(target)) = (ROW.tag(&words.language), ROW.tag(to)) else {
            let detail = format!("It translates between {}.", ROW.languages.join(", "));
            return Err(self.vendor.error(ErrorKind::Unsupported, &detail));
        };
        let body = json!({
            "text": [words.text],
            // a source has no region
            "source_lang": words.language.tag().to_ascii_uppercase(),
            "target_lang": target,
            "model_type": "latency_optimized",
        });
        let answer: Answer = self.vendor.json(self.request(Method::POST, "v2/translate").json(&body)).await?;
        let first = answer.translations.into_iter().next();
        first.map(|one| one.text).ok_or_else(|| self.vendor.error(ErrorKind::Garbled, "it answered no translation."))
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let key = self.vendor.key_header("authorization", "DeepL-Auth-Key ");
        self.vendor.request(method, &self.url(path)).headers(key)
    }

    fn url(&self, path: &str) -> String {
        let own = ROW.account.account();
        let host = if self.vendor.key_is(|key| key.ends_with(":fx")) { FREE } else { ROW.account.base_url };
        self.vendor.url_at(host, path, &own)
    }
}

impl Remote for DeepL {
    fn warm(&self) -> BoxFuture<()> {
        let deepl = self.clone();
        Box::pin(async move { deepl.vendor.warm_at(&deepl.url(""), 1).await })
    }

    fn test(&self) -> BoxFuture<Result<(), Error>> {
        let deepl = self.clone();
        Box::pin(async move { deepl.vendor.json(deepl.request(Method::GET, "v2/usage")).await.map(|Usage {}| ()) })
    }

    fn offers(&self) -> BoxFuture<Result<Offers, Error>> {
        // it has neither models nor voices to choose from
        Box::pin(async { Ok(Offers::default()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::scripted::{JSON, Peer, vendor};
    use futures_util::StreamExt;
    use serde_json::Value;
    use voice::Account;

    fn said(text: &str, language: &str) -> Words {
        Words { text: text.into(), language: Language::new(language), last: true, translation: None }
    }

    #[test]
    fn a_free_key_goes_to_the_free_host() {
        let url = |key: &str, base_url: &str| {
            let account = Account { base_url: base_url.into(), ..Account::default() };
            DeepL { vendor: vendor(&ROW, &account, key) }.url("v2/usage")
        };
        assert_eq!(url("k", ""), "https://api.deepl.com/v2/usage");
        assert_eq!(url("k:fx", ""), "https://api-free.deepl.com/v2/usage");
        assert_eq!(url("k:fx", "https://proxy.example"), "https://proxy.example/v2/usage");
    }

    #[tokio::test]
    async fn words_are_translated() {
        let answer = json!({"translations": [
            {"detected_source_language": "PT", "text": "Good morning.", "model_type_used": "latency_optimized"}
        ]});
        let peer = Peer::in_turn(&[(200, answer)]).await;
        let deepl = open(peer.vendor(&ROW, Account::default(), "k")).translate.unwrap();
        let said: Vec<_> = deepl.translate(said("Bom dia.", "pt"), Language::new("en")).collect().await;
        let (head, body) = peer.request().await;
        assert_eq!(said, [Ok("Good morning.".to_owned())]);
        assert!(head.starts_with("POST /v2/translate ") && head.contains("authorization: deepl-auth-key k"), "{head}");
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((&body["source_lang"], &body["target_lang"]), (&json!("PT"), &json!("EN-US")));
        assert_eq!(body["text"], json!(["Bom dia."]));
    }

    #[tokio::test]
    async fn what_it_refuses_has_a_kind() {
        for (status, kind) in
            [(456, ErrorKind::NoCredit), (403, ErrorKind::KeyRefused), (529, ErrorKind::ServiceFailed)]
        {
            let peer = Peer::answering(status, JSON, "{\"message\":\"no\"}").await;
            let deepl = open(peer.vendor(&ROW, Account::default(), "k")).service.unwrap();
            assert_eq!(deepl.test().await.unwrap_err().kind, kind, "{status}");
            assert!(peer.asked().await.starts_with("GET /v2/usage "), "{status}");
        }
    }

    #[tokio::test]
    async fn a_pair_that_is_not_there_is_told_those_that_are() {
        let peer = Peer::in_turn(&[]).await;
        let deepl = open(peer.vendor(&ROW, Account::default(), "k")).translate.unwrap();
        let said = deepl.translate(said("Hi.", "en"), Language::new("tlh")).next().await.unwrap();
        let error = said.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unsupported);
        assert!(error.detail.contains("RU"), "{}", error.detail);
    }
}
