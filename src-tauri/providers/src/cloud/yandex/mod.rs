//! Yandex Cloud: speech to text (version 1), translation (version 2) and text to speech (version 3), three services of
//! one key, each with its own host; an address that the person gave is used for all three. What streams speech to text
//! there speaks gRPC; over REST an utterance of half a minute is sent whole.
//!
//! A key of a service account knows its folder; only with another kind of token is it to be set, as the region.
//!
//! Wire formats: <https://yandex.cloud/docs/speechkit/stt/api/request-api>,
//! <https://yandex.cloud/docs/translate/api-ref/Translation/translate>.

mod say;

use super::{
    Cloud, Preset,
    body::{Most, Utterance, whole},
};
use crate::vendor::Vendor;
use futures_util::stream;
use reqwest::{Method, RequestBuilder, header::CONTENT_TYPE};
use say::VOICES;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use voice::{
    BoxFuture, Coding, Error, ErrorKind, Hearing, KeyNeed, Kind, Language, OfferedVoice, Offers, PacketStream,
    Provider, Remote, TextStream, Transcribe, Translate, Words, WordsStream,
};

pub(crate) const ROW: Cloud = Cloud {
    name: "yandex",
    key_of: "yandex",
    key: KeyNeed::Required,
    kinds: &[Kind::Hear, Kind::Translate, Kind::Say],
    // what it hears; it speaks those of `VOICES`
    languages: &[
        "ru-RU", "en-US", "de-DE", "es-ES", "fi-FI", "fr-FR", "he-IL", "it-IT", "kk-KZ", "nl-NL", "pl-PL", "pt-BR",
        "sv-SE", "tr-TR", "uz-UZ",
    ],
    said: &[],
    takes: &[Coding::OggOpus, Coding::Pcm16 { rate: 16_000 }],
    whole: true,
    account: Preset { hear_model: "general", ..Preset::at("https://stt.api.cloud.yandex.net") },
    open,
};

const TRANSLATES: &str = "https://translate.api.cloud.yandex.net";
const SPEAKS: &str = "https://tts.api.cloud.yandex.net";
const MOST: Most = Most { seconds: 30, bytes: 1024 * 1024 };

fn open(vendor: Vendor) -> Provider {
    let yandex = Arc::new(Yandex { vendor });
    Provider {
        hear: Some(yandex.clone()),
        translate: Some(yandex.clone()),
        say: Some(yandex.clone()),
        service: Some(yandex),
        ..Provider::default()
    }
}

#[derive(Clone)]
struct Yandex {
    vendor: Vendor,
}

impl Yandex {
    fn request(&self, method: Method, host: &str, path: &str) -> RequestBuilder {
        // a token of an account lives for hours and is sent otherwise than a key
        let scheme = if self.vendor.key_is(|key| key.starts_with("t1.")) { "Bearer " } else { "Api-Key " };
        let url = self.vendor.url_at(host, path, &ROW.account.account());
        self.vendor.request(method, &url).headers(self.vendor.key_header("authorization", scheme))
    }

    fn folder(&self) -> Option<&str> {
        Some(self.vendor.account.region.as_str()).filter(|folder| !folder.is_empty())
    }

    fn unsupported<'a>(&self, known: impl Iterator<Item = &'a str>) -> Error {
        let detail = format!("It knows {}.", known.collect::<Vec<_>>().join(", "));
        self.vendor.error(ErrorKind::Unsupported, &detail)
    }
}

#[derive(Deserialize)]
struct Recognised {
    result: String,
}

impl Transcribe for Yandex {
    fn hear(&self, sound: PacketStream, how: Hearing) -> WordsStream {
        let yandex = self.clone();
        Box::pin(stream::once(async move {
            let text = match whole(&yandex.vendor, sound, MOST).await? {
                Some(utterance) => yandex.transcript(utterance, &how.language).await?,
                None => String::new(),
            };
            Ok(Words { text, language: how.language, last: true, translation: None })
        }))
    }
}

impl Yandex {
    async fn transcript(&self, utterance: Utterance, language: &Language) -> Result<String, Error> {
        let locale = ROW.tag(language).ok_or_else(|| self.unsupported(ROW.languages.iter().copied()))?;
        let mut query = vec![("lang", locale.to_owned()), ("topic", self.vendor.account.hear_model.clone())];
        match utterance.coding {
            Coding::OggOpus => query.push(("format", "oggopus".to_owned())),
            Coding::Pcm16 { rate } => {
                query.extend([("format", "lpcm".to_owned()), ("sampleRateHertz", rate.to_string())]);
            }
            _ => return Err(self.vendor.error(ErrorKind::SoundRefused, "it takes Ogg-Opus and samples.")),
        }
        query.extend(self.folder().map(|folder| ("folderId", folder.to_owned())));
        let request = self
            .request(Method::POST, ROW.account.base_url, "speech/v1/stt:recognize")
            .query(&query)
            .header(CONTENT_TYPE, "application/octet-stream")
            .body(utterance.bytes);
        self.vendor.json(request).await.map(|recognised: Recognised| recognised.result)
    }
}

#[derive(Deserialize)]
struct Translated {
    translations: Vec<Translation>,
}

#[derive(Deserialize)]
struct Translation {
    text: String,
}

impl Translate for Yandex {
    fn translate(&self, words: Words, to: Language) -> TextStream {
        let yandex = self.clone();
        Box::pin(stream::once(async move {
            let body = json!({
                "texts": [words.text], "sourceLanguageCode": words.language.tag(), "targetLanguageCode": to.tag(),
                "format": "PLAIN_TEXT", "folderId": yandex.folder(),
            });
            let request = yandex.request(Method::POST, TRANSLATES, "translate/v2/translate").json(&body);
            let answer: Translated = yandex.vendor.json(request).await?;
            let first = answer.translations.into_iter().next();
            first.map(|one| one.text).ok_or_else(|| yandex.vendor.error(ErrorKind::Garbled, "it answered nothing."))
        }))
    }
}

impl Remote for Yandex {
    fn warm(&self) -> BoxFuture<()> {
        let yandex = self.clone();
        Box::pin(async move {
            let own = ROW.account.account();
            let at = |host| yandex.vendor.url_at(host, "", &own);
            let (hears, translates, speaks) = (at(ROW.account.base_url), at(TRANSLATES), at(SPEAKS));
            let vendor = &yandex.vendor;
            tokio::join!(vendor.warm_at(&hears, 1), vendor.warm_at(&translates, 1), vendor.warm_at(&speaks, 3));
        })
    }

    fn test(&self) -> BoxFuture<Result<(), Error>> {
        let yandex = self.clone();
        Box::pin(async move {
            // asks for the key and the folder, and bills nothing
            let body = json!({ "folderId": yandex.folder() });
            let request = yandex.request(Method::POST, TRANSLATES, "translate/v2/languages").json(&body);
            yandex.vendor.json::<Value>(request).await.map(drop)
        })
    }

    fn offers(&self) -> BoxFuture<Result<Offers, Error>> {
        // it has no call that names them
        let voices = VOICES.iter().flat_map(|(language, voices)| voices.iter().map(move |voice| (language, *voice)));
        let offered =
            |(language, voice): (&&str, &str)| OfferedVoice { id: voice.into(), name: format!("{voice} ({language})") };
        let models = ["general", "general:rc"].map(str::to_owned).into();
        let offers = Offers { models, voices: voices.map(offered).collect() };
        Box::pin(async { Ok(offers) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::scripted::{JSON, Peer};
    use bytes::Bytes;
    use futures_util::StreamExt;
    use voice::{Account, Packet};

    fn account(region: &str) -> Account {
        Account { region: region.into(), ..Account::default() }
    }

    #[tokio::test]
    async fn an_utterance_goes_with_its_folder_only_if_there_is_one() {
        for (key, scheme, folder, query) in [
            ("AQVN1", "api-key aqvn1", "", "?lang=ru-RU&topic=general&format=oggopus "),
            ("t1.x", "bearer t1.x", "b1g", "?lang=ru-RU&topic=general&format=oggopus&folderId=b1g "),
        ] {
            let peer = Peer::answering(200, JSON, "{\"result\":\"привет мир\"}").await;
            let yandex = open(peer.vendor(&ROW, account(folder), key)).hear.unwrap();
            let packet = Packet { coding: Coding::OggOpus, bytes: Bytes::from_static(b"OggS") };
            let how = Hearing { language: Language::new("ru"), grammar: None, into: None };
            let words: Vec<_> = yandex.hear(Box::pin(stream::iter([packet])), how).collect().await;
            let (head, body) = peer.request().await;
            assert_eq!(
                words,
                [Ok(Words {
                    text: "привет мир".into(), language: Language::new("ru"), last: true, translation: None
                })]
            );
            assert!(head.starts_with(&format!("POST /speech/v1/stt:recognize{query}")), "{head}");
            assert!(head.contains(&format!("authorization: {scheme}\r\n")), "{head}");
            assert_eq!(body, b"OggS");
        }
    }

    #[tokio::test]
    async fn half_a_minute_is_the_limit() {
        let peer = Peer::in_turn(&[]).await;
        let yandex = open(peer.vendor(&ROW, account(""), "k")).hear.unwrap();
        let packet = Packet { coding: Coding::Pcm16 { rate: 16_000 }, bytes: vec![0; 31 * 32_000].into() };
        let how = Hearing { language: Language::new("ru"), grammar: None, into: None };
        let words = yandex.hear(Box::pin(stream::iter([packet])), how).next().await.unwrap();
        assert_eq!(words.unwrap_err().kind, ErrorKind::TooLarge);
    }
}
