//! Google Cloud: speech to text, translation and text to speech, three services of one key, each with its own host; an
//! address that the person gave is used for all three. What streams at Google speaks gRPC; over REST an utterance is
//! sent whole, and a phrase comes whole.
//!
//! Wire formats: <https://cloud.google.com/speech-to-text/docs/reference/rest/v1/speech/recognize>,
//! <https://cloud.google.com/translate/docs/reference/rest/v2/translate>,
//! <https://cloud.google.com/text-to-speech/docs/reference/rest/v1/text/synthesize>.

use super::{
    Cloud, Preset,
    body::{Most, Utterance, whole},
};
use crate::vendor::Vendor;
use base64::{Engine, prelude::BASE64_STANDARD};
use futures_util::stream;
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use voice::{
    BoxFuture, Coding, Error, ErrorKind, Hearing, KeyNeed, Kind, Language, OfferedVoice, Offers, Packet, PacketStream,
    Phrase, Provider, Remote, SoundStream, Synthesise, TextStream, Transcribe, Translate, VoiceChoice, Words,
    WordsStream,
};

pub(crate) const ROW: Cloud = Cloud {
    name: "google",
    key_of: "google",
    key: KeyNeed::Required,
    kinds: &[Kind::Hear, Kind::Translate, Kind::Say],
    // those that have a Chirp 3 HD voice; the transcriber knows all of them
    languages: &[
        "en-US", "ar-XA", "bg-BG", "bn-IN", "zh-CN", "cs-CZ", "da-DK", "de-DE", "el-GR", "es-ES", "et-EE", "fi-FI",
        "fr-FR", "gu-IN", "he-IL", "hi-IN", "hr-HR", "hu-HU", "id-ID", "it-IT", "ja-JP", "kn-IN", "ko-KR", "lt-LT",
        "lv-LV", "ml-IN", "mr-IN", "nb-NO", "nl-NL", "pa-IN", "pl-PL", "pt-BR", "ro-RO", "ru-RU", "sk-SK", "sl-SI",
        "sr-RS", "sv-SE", "sw-KE", "ta-IN", "te-IN", "th-TH", "tr-TR", "uk-UA", "ur-IN", "vi-VN",
    ],
    said: &[],
    takes: &[Coding::OggOpus, Coding::Pcm16 { rate: 16_000 }],
    whole: true,
    account: Preset {
        hear_model: "latest_short",
        voice: "en-US-Chirp3-HD-Kore",
        ..Preset::at("https://speech.googleapis.com")
    },
    open,
};

const TRANSLATES: &str = "https://translation.googleapis.com";
const SPEAKS: &str = "https://texttospeech.googleapis.com";
/// A minute is the limit, but 58 s have been refused.
const MOST: Most = Most { seconds: 55, bytes: 7 * 1024 * 1024 };
/// What our Ogg-Opus says it was recorded at. Another number here is answered with silence.
const RATE: u32 = 16_000;

fn open(vendor: Vendor) -> Provider {
    let google = Arc::new(Google { vendor });
    Provider {
        hear: Some(google.clone()),
        translate: Some(google.clone()),
        say: Some(google.clone()),
        service: Some(google),
        ..Provider::default()
    }
}

#[derive(Clone)]
struct Google {
    vendor: Vendor,
}

impl Google {
    fn request(&self, method: Method, host: &str, path: &str) -> RequestBuilder {
        let url = self.vendor.url_at(host, path, &ROW.account.account());
        self.vendor.request(method, &url).headers(self.vendor.key_header("x-goog-api-key", ""))
    }

    fn locale(&self, language: &Language) -> Result<&'static str, Error> {
        ROW.tag(language).ok_or_else(|| {
            let detail = format!("It knows {}.", ROW.languages.join(", "));
            self.vendor.error(ErrorKind::Unsupported, &detail)
        })
    }
}

/// Without results nothing was said.
#[derive(Deserialize)]
struct Recognised {
    #[serde(default)]
    results: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    #[serde(default)]
    alternatives: Vec<Alternative>,
}

#[derive(Deserialize)]
struct Alternative {
    #[serde(default)]
    transcript: String,
}

impl Transcribe for Google {
    fn hear(&self, sound: PacketStream, how: Hearing) -> WordsStream {
        let google = self.clone();
        Box::pin(stream::once(async move {
            let text = match whole(&google.vendor, sound, MOST).await? {
                Some(utterance) => google.transcript(&utterance, &how.language).await?,
                None => String::new(),
            };
            Ok(Words { text, language: how.language, last: true, translation: None })
        }))
    }
}

impl Google {
    async fn transcript(&self, utterance: &Utterance, language: &Language) -> Result<String, Error> {
        let (encoding, rate) = match utterance.coding {
            Coding::OggOpus => ("OGG_OPUS", RATE),
            Coding::Pcm16 { rate } => ("LINEAR16", rate),
            _ => return Err(self.vendor.error(ErrorKind::SoundRefused, "it takes Ogg-Opus and samples.")),
        };
        let body = json!({
            "config": {
                "encoding": encoding, "sampleRateHertz": rate, "languageCode": self.locale(language)?,
                "enableAutomaticPunctuation": true, "model": self.vendor.account.hear_model,
            },
            "audio": { "content": BASE64_STANDARD.encode(&utterance.bytes) },
        });
        let request = self.request(Method::POST, ROW.account.base_url, "v1/speech:recognize").json(&body);
        self.vendor.json(request).await.map(transcript)
    }
}

/// The parts follow each other in time; all but the first begin with the blank between them.
fn transcript(recognised: Recognised) -> String {
    let best = recognised.results.into_iter().filter_map(|part| part.alternatives.into_iter().next());
    best.map(|alternative| alternative.transcript).collect::<String>().trim().to_owned()
}

#[derive(Deserialize)]
struct Translated {
    data: Translations,
}

#[derive(Deserialize)]
struct Translations {
    translations: Vec<Translation>,
}

#[derive(Deserialize)]
struct Translation {
    #[serde(rename = "translatedText")]
    text: String,
}

impl Translate for Google {
    fn translate(&self, words: Words, to: Language) -> TextStream {
        let google = self.clone();
        Box::pin(stream::once(async move {
            // it takes text for HTML unless it is told
            let body =
                json!({ "q": [words.text], "source": words.language.tag(), "target": to.tag(), "format": "text" });
            let request = google.request(Method::POST, TRANSLATES, "language/translate/v2").json(&body);
            let answer: Translated = google.vendor.json(request).await?;
            let first = answer.data.translations.into_iter().next();
            first.map(|one| one.text).ok_or_else(|| google.vendor.error(ErrorKind::Garbled, "it answered nothing."))
        }))
    }
}

#[derive(Deserialize)]
struct Speech {
    #[serde(rename = "audioContent")]
    sound: String,
}

impl Synthesise for Google {
    fn say(&self, phrase: Phrase, voice: VoiceChoice) -> SoundStream {
        let google = self.clone();
        Box::pin(stream::once(async move {
            let locale = google.locale(&phrase.language)?;
            // whole answers: Ogg-Opus is there first
            let rate = (voice.rate != 1.0).then_some(voice.rate);
            let sound = json!({ "audioEncoding": "OGG_OPUS", "speakingRate": rate });
            let body = json!({
                "input": { "text": phrase.text }, "voice": voiced(&google.vendor.account.voice, locale),
                "audioConfig": sound,
            });
            let request = google.request(Method::POST, SPEAKS, "v1/text:synthesize").json(&body);
            let speech: Speech = google.vendor.json(request).await?;
            let bytes = BASE64_STANDARD
                .decode(speech.sound)
                .map_err(|_| google.vendor.error(ErrorKind::Garbled, "its sound is no base64."))?;
            Ok(Packet { coding: Coding::OggOpus, bytes: bytes.into() })
        }))
    }
}

/// The voice that was chosen, in the language of the phrase: voices of Chirp have the same name in each of them, and in
/// place of any other the service takes its own.
fn voiced(chosen: &str, locale: &str) -> Value {
    // the voices call Chinese by another code than the transcriber
    let locale = if locale == "zh-CN" { "cmn-CN" } else { locale };
    let own = |name: &str| name.splitn(3, '-').take(2).collect::<Vec<_>>().join("-");
    if Language::new(chosen) == Language::new(locale) {
        return json!({ "languageCode": own(chosen), "name": chosen });
    }
    match chosen.split_once("Chirp3-HD-") {
        Some((_, name)) => json!({ "languageCode": locale, "name": format!("{locale}-Chirp3-HD-{name}") }),
        None => json!({ "languageCode": locale }),
    }
}

#[derive(Deserialize)]
struct Voices {
    #[serde(default)]
    voices: Vec<Voice>,
}

#[derive(Deserialize)]
struct Voice {
    name: String,
}

impl Remote for Google {
    fn warm(&self) -> BoxFuture<()> {
        let google = self.clone();
        Box::pin(async move {
            let own = ROW.account.account();
            let at = |host| google.vendor.url_at(host, "", &own);
            let (hears, translates, speaks) = (at(ROW.account.base_url), at(TRANSLATES), at(SPEAKS));
            let vendor = &google.vendor;
            tokio::join!(vendor.warm_at(&hears, 1), vendor.warm_at(&translates, 1), vendor.warm_at(&speaks, 3));
        })
    }

    fn test(&self) -> BoxFuture<Result<(), Error>> {
        let google = self.clone();
        Box::pin(async move {
            let request = google.request(Method::GET, SPEAKS, "v1/voices").query(&[("languageCode", "en-US")]);
            google.vendor.json::<Voices>(request).await.map(drop)
        })
    }

    fn offers(&self) -> BoxFuture<Result<Offers, Error>> {
        let google = self.clone();
        Box::pin(async move {
            let voices: Voices = google.vendor.json(google.request(Method::GET, SPEAKS, "v1/voices")).await?;
            let voices = voices.voices.into_iter().map(|Voice { name }| OfferedVoice { id: name.clone(), name });
            // no call names the models of the transcriber
            let models = ["latest_short", "latest_long"].map(str::to_owned).into();
            Ok(Offers { models, voices: voices.collect() })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::scripted::{JSON, Peer};
    use bytes::Bytes;
    use futures_util::StreamExt;
    use voice::{Account, FirstPhrase};

    #[test]
    fn parts_are_joined_and_none_is_silence() {
        let text = |answer: Value| transcript(serde_json::from_value(answer).unwrap());
        let parts = json!({"results": [
            {"alternatives": [{"transcript": "hello there", "confidence": 0.97}, {"transcript": "hello dear"}]},
            {"alternatives": [{"transcript": " how are you"}], "resultEndTime": "2.1s", "languageCode": "en-us"},
        ], "totalBilledTime": "3s"});
        assert_eq!(text(parts), "hello there how are you");
        assert_eq!(text(json!({})), "");
    }

    #[test]
    fn a_voice_speaks_the_language_of_the_phrase() {
        for (chosen, locale, code, name) in [
            ("en-US-Chirp3-HD-Kore", "en-US", "en-US", json!("en-US-Chirp3-HD-Kore")),
            ("en-US-Chirp3-HD-Kore", "ru-RU", "ru-RU", json!("ru-RU-Chirp3-HD-Kore")),
            ("en-US-Chirp3-HD-Kore", "zh-CN", "cmn-CN", json!("cmn-CN-Chirp3-HD-Kore")),
            ("en-GB-Neural2-A", "en-US", "en-GB", json!("en-GB-Neural2-A")),
            ("en-GB-Neural2-A", "ru-RU", "ru-RU", Value::Null),
        ] {
            let voice = voiced(chosen, locale);
            assert_eq!((&voice["languageCode"], &voice["name"]), (&json!(code), &name), "{chosen} {locale}");
        }
    }

    fn here(peer: &Peer) -> Provider {
        open(peer.vendor(&ROW, Account::default(), "k"))
    }

    #[tokio::test]
    async fn an_utterance_is_sent_as_it_was_recorded() {
        for (coding, encoding) in [(Coding::OggOpus, "OGG_OPUS"), (Coding::Pcm16 { rate: 16_000 }, "LINEAR16")] {
            let peer = Peer::answering(200, JSON, "{\"results\":[]}").await;
            let packets = [b"Og".as_slice(), b"gS"].map(|bytes| Packet { coding, bytes: Bytes::from_static(bytes) });
            let how = Hearing { language: Language::new("ru"), grammar: None, into: None };
            let words: Vec<_> = here(&peer).hear.unwrap().hear(Box::pin(stream::iter(packets)), how).collect().await;
            let (head, body) = peer.request().await;
            assert_eq!(
                words,
                [Ok(Words { text: String::new(), language: Language::new("ru"), last: true, translation: None })]
            );
            assert!(head.starts_with("POST /v1/speech:recognize ") && head.contains("x-goog-api-key: k"), "{head}");
            let body: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(body["audio"]["content"], BASE64_STANDARD.encode("OggS"));
            let config = &body["config"];
            assert_eq!((&config["encoding"], &config["languageCode"]), (&json!(encoding), &json!("ru-RU")));
            assert_eq!(config["sampleRateHertz"], 16_000);
        }
    }

    #[tokio::test]
    async fn a_phrase_comes_whole() {
        let peer = Peer::answering(200, JSON, "{\"audioContent\":\"T2dnUw==\"}").await;
        let phrase = Phrase { number: 0, text: "Hi.".into(), language: Language::new("en") };
        let voice =
            VoiceChoice { name: String::new(), rate: 1.5, volume: 1.0, first: FirstPhrase::Clause, muted: false };
        let sound: Vec<_> = here(&peer).say.unwrap().say(phrase, voice).collect().await;
        let (_, body) = peer.request().await;
        assert_eq!(sound, [Ok(Packet { coding: Coding::OggOpus, bytes: Bytes::from_static(b"OggS") })]);
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["audioConfig"], json!({"audioEncoding": "OGG_OPUS", "speakingRate": 1.5}));
    }

    #[tokio::test]
    async fn a_bad_key_is_told_though_its_status_is_400() {
        let answer = json!({"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT",
            "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]}});
        let peer = Peer::answering(400, JSON, answer.to_string()).await;
        assert_eq!(here(&peer).service.unwrap().test().await.unwrap_err().kind, ErrorKind::KeyRefused);
    }
}
