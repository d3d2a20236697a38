//! Yandex Cloud: speech to text (version 1), translation (version 2) and text to speech (version 3), three services of
//! one key, each with its own host; an address that the person gave is used for all three. What streams speech to text
//! there speaks gRPC; over REST an utterance of half a minute is sent whole. Speech comes as lines of JSON while it is
//! made.
//!
//! A key of a service account knows its folder; only with another kind of token is it to be set, as the region.
//!
//! Wire formats: <https://yandex.cloud/docs/speechkit/stt/api/request-api>,
//! <https://yandex.cloud/docs/speechkit/tts-v3/api-ref/Synthesizer/utteranceSynthesis>,
//! <https://yandex.cloud/docs/translate/api-ref/Translation/translate>.

use super::{
    Cloud, Preset,
    body::{Most, Utterance, whole},
};
use crate::{fault, vendor::Vendor};
use async_stream::try_stream;
use base64::{Engine, prelude::BASE64_STANDARD};
use futures_util::stream;
use reqwest::{
    Method, RequestBuilder, StatusCode,
    header::{CONTENT_TYPE, HeaderMap},
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use voice::{
    BoxFuture, Coding, Error, ErrorKind, Hearing, KeyNeed, Kind, Language, OfferedVoice, Offers, Packet, PacketStream,
    Phrase, Provider, Service, SoundStream, Synthesise, TextStream, Transcribe, Translate, VoiceChoice, Words,
    WordsStream,
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
    takes: &[Coding::OggOpus, Coding::Pcm16 { rate: 16_000 }],
    whole: true,
    account: Preset { hear_model: "general", ..Preset::at("https://stt.api.cloud.yandex.net") },
    open,
};

const TRANSLATES: &str = "https://translate.api.cloud.yandex.net";
const SPEAKS: &str = "https://tts.api.cloud.yandex.net";
const MOST: Most = Most { seconds: 30, bytes: 1024 * 1024 };
/// A voice for each language that it speaks, and others for the choice; a voice speaks its own language only.
const VOICES: &[(&str, &[&str])] = &[
    (
        "ru",
        &[
            "marina",
            "alena",
            "alexander",
            "anton",
            "dasha",
            "ermil",
            "filipp",
            "jane",
            "julia",
            "kirill",
            "lera",
            "madirus",
            "masha",
            "omazh",
            "zahar",
        ],
    ),
    ("en", &["john"]),
    ("de", &["lea"]),
    ("he", &["naomi"]),
    ("kk", &["amira", "madi", "saule", "zhanar"]),
    ("uz", &["nigora", "lola", "yulduz"]),
];
const PCM: Coding = Coding::Pcm16 { rate: 22_050 };
/// A line that is longer is none (fault matrix, D12).
const LONGEST: usize = 1024 * 1024;

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
            Ok(Words { text, language: how.language, last: true })
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
            let mut body = json!({
                "texts": [words.text], "sourceLanguageCode": words.language.tag(), "targetLanguageCode": to.tag(),
                "format": "PLAIN_TEXT",
            });
            if let Some(folder) = yandex.folder() {
                body["folderId"] = json!(folder);
            }
            let request = yandex.request(Method::POST, TRANSLATES, "translate/v2/translate").json(&body);
            let answer: Translated = yandex.vendor.json(request).await?;
            let first = answer.translations.into_iter().next();
            first.map(|one| one.text).ok_or_else(|| yandex.vendor.error(ErrorKind::Garbled, "it answered nothing."))
        }))
    }
}

impl Synthesise for Yandex {
    fn say(&self, phrase: Phrase, voice: VoiceChoice) -> SoundStream {
        let yandex = self.clone();
        Box::pin(try_stream! {
            let mut request = yandex.request(Method::POST, SPEAKS, "tts/v3/utteranceSynthesis");
            if let Some(folder) = yandex.folder() {
                request = request.header("x-folder-id", folder);
            }
            let mut answer = yandex.vendor.send(request.json(&yandex.speech(&phrase, voice.rate)?)).await?;
            let (mut lines, mut over) = (Lines::default(), false);
            while !over {
                let piece = answer.chunk().await.map_err(|error| fault::transport(yandex.vendor.name, &error))?;
                over = piece.is_none();
                for line in lines.push(piece.as_deref()).map_err(|()| yandex.vendor.error(ErrorKind::TooLarge, "a line was over 1 MiB."))? {
                    if let Some(bytes) = yandex.sound(&line)? {
                        yield Packet { coding: PCM, bytes: bytes.into() };
                    }
                }
            }
        })
    }
}

impl Yandex {
    fn speech(&self, phrase: &Phrase, rate: f32) -> Result<Value, Error> {
        let own = VOICES.iter().find(|(language, _)| *language == phrase.language.tag());
        let own = own.and_then(|(_, voices)| voices.first()).copied();
        let chosen = Some(self.vendor.account.voice.as_str()).filter(|voice| !voice.is_empty());
        let voice = chosen.or(own).ok_or_else(|| self.unsupported(VOICES.iter().map(|(language, _)| *language)))?;
        // each hint is an object of its own
        let mut hints = vec![json!({ "voice": voice })];
        if rate != 1.0 {
            hints.push(json!({ "speed": rate }));
        }
        Ok(json!({
            "text": unmarked(&phrase.text), "hints": hints,
            "outputAudioSpec": { "rawAudio": { "audioEncoding": "LINEAR16_PCM", "sampleRateHertz": "22050" } },
            // a phrase may be longer than 250 characters
            "unsafeMode": true,
        }))
    }

    /// The sound of one line of the answer; lines may also be about something else.
    fn sound(&self, line: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let garbled = |_| self.vendor.error(ErrorKind::Garbled, "a line is not as expected.");
        let line: Line = serde_json::from_slice(line).map_err(|error| garbled(error.to_string()))?;
        if let Some(failure) = line.error {
            return Err(fault::refusal(self.vendor.name, failure.status(), &HeaderMap::new(), b""));
        }
        let data = line.result.and_then(|result| result.chunk).map(|chunk| chunk.data);
        data.map(|data| BASE64_STANDARD.decode(data).map_err(|error| garbled(error.to_string()))).transpose()
    }
}

/// Text without the marks that would be read as stress, emphasis and pauses.
fn unmarked(text: &str) -> String {
    let next = text.chars().skip(1).map(Some).chain([None]);
    let stress = |(sign, next): &(char, Option<char>)| *sign == '+' && next.is_some_and(char::is_alphabetic);
    let kept = text.chars().zip(next).filter(|pair| !stress(pair));
    kept.map(|(sign, _)| if "*[]<>".contains(sign) { ' ' } else { sign }).collect()
}

#[derive(Deserialize)]
struct Line {
    result: Option<Piece>,
    error: Option<Failure>,
}

#[derive(Deserialize)]
struct Piece {
    #[serde(rename = "audioChunk")]
    chunk: Option<Chunk>,
}

#[derive(Deserialize)]
struct Chunk {
    data: String,
}

/// The number is one of gRPC's, by its new or its old name.
#[derive(Deserialize)]
struct Failure {
    #[serde(alias = "grpcCode")]
    code: u16,
}

impl Failure {
    fn status(&self) -> StatusCode {
        match self.code {
            3 | 9 | 11 => StatusCode::BAD_REQUEST,
            5 => StatusCode::NOT_FOUND,
            7 | 16 => StatusCode::UNAUTHORIZED,
            8 => StatusCode::TOO_MANY_REQUESTS,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// Pieces cut anywhere to whole lines; blank ones are left out.
#[derive(Default)]
struct Lines {
    begun: Vec<u8>,
}

impl Lines {
    /// The lines that are whole now; `None` ends the last one. An error is a line without end.
    fn push(&mut self, piece: Option<&[u8]>) -> Result<Vec<Vec<u8>>, ()> {
        self.begun.extend_from_slice(piece.unwrap_or(b"\n"));
        let mut lines: Vec<Vec<u8>> = self.begun.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        self.begun = lines.pop().unwrap_or_default();
        lines.retain(|line| !line.trim_ascii().is_empty());
        if self.begun.len() > LONGEST { Err(()) } else { Ok(lines) }
    }
}

impl Service for Yandex {
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
            let body = yandex.folder().map_or_else(|| json!({}), |folder| json!({ "folderId": folder }));
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
    use crate::cloud::scripted::Scripted;
    use bytes::Bytes;
    use futures_util::StreamExt;
    use voice::{Account, FirstPhrase};

    fn account(region: &str) -> Account {
        Account { region: region.into(), ..ROW.account.account() }
    }

    async fn spoken(text: &str, language: &str, answer: &[&[u8]]) -> (Vec<Result<Packet, Error>>, Value) {
        let peer = Scripted::listen().await;
        let yandex = open(peer.vendor("yandex", account(""), "k")).say.unwrap();
        let phrase = Phrase { number: 0, text: text.into(), language: Language::new(language) };
        let voice = VoiceChoice { name: String::new(), rate: 1.0, volume: 1.0, first: FirstPhrase::Clause };
        let (sound, (_, body)) = tokio::join!(
            yandex.say(phrase, voice).collect::<Vec<_>>(),
            peer.answer_in("200 OK", "application/json", answer),
        );
        (sound, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn lines_of_sound_may_be_cut_anywhere() {
        let answer: [&[u8]; 3] = [
            b"{\"result\":{\"audioChunk\":{\"data\":\"AQ",
            b"I=\"},\"startMs\":\"0\"}}\n{\"result\":{\"textChunk\":{\"text\":\"x\"}}}\n\n{\"result\":{\"audioChunk\"",
            b":{\"data\":\"AwQ=\"}}}",
        ];
        let (sound, body) = spoken("Привет", "ru", &answer).await;
        let packets: Vec<Packet> = sound.into_iter().map(Result::unwrap).collect();
        assert_eq!(packets.iter().map(|packet| packet.bytes.to_vec()).collect::<Vec<_>>(), [[1, 2], [3, 4]]);
        assert!(packets.iter().all(|packet| packet.coding == PCM));
        assert_eq!(body["hints"], json!([{"voice": "marina"}]));
        assert_eq!(spoken("Hi", "en", &answer).await.1["hints"], json!([{"voice": "john"}]));
    }

    #[tokio::test]
    async fn a_failure_after_the_status_is_told_by_its_number() {
        for (code, kind) in [(16, ErrorKind::KeyRefused), (8, ErrorKind::Busy), (13, ErrorKind::ServiceFailed)] {
            let answer = format!("{{\"error\":{{\"code\":{code},\"message\":\"words\",\"details\":[]}}}}\n");
            let (sound, _) = spoken("Привет", "ru", &[answer.as_bytes()]).await;
            assert_eq!(sound[0].as_ref().unwrap_err().kind, kind, "{code}");
        }
    }

    #[test]
    fn a_line_has_an_end() {
        let mut lines = Lines::default();
        assert_eq!(lines.push(Some(b"a\nb")), Ok(vec![b"a".to_vec()]));
        assert_eq!(lines.push(None), Ok(vec![b"b".to_vec()]));
        assert_eq!(lines.push(None), Ok(vec![]));
        assert_eq!(lines.push(Some(&[b'x'; LONGEST + 1])), Err(()));
    }

    #[test]
    fn marks_are_not_read() {
        assert_eq!(unmarked("зам+ок **вот** 2+2=4 <[small]>"), "замок   вот   2+2=4   small  ");
    }

    #[tokio::test]
    async fn an_utterance_goes_with_its_folder_only_if_there_is_one() {
        for (key, scheme, folder, query) in [
            ("AQVN1", "api-key aqvn1", "", "?lang=ru-RU&topic=general&format=oggopus "),
            ("t1.x", "bearer t1.x", "b1g", "?lang=ru-RU&topic=general&format=oggopus&folderId=b1g "),
        ] {
            let peer = Scripted::listen().await;
            let yandex = open(peer.vendor("yandex", account(folder), key)).hear.unwrap();
            let packet = Packet { coding: Coding::OggOpus, bytes: Bytes::from_static(b"OggS") };
            let how = Hearing { language: Language::new("ru"), grammar: None };
            let (words, (head, body)) = tokio::join!(
                yandex.hear(Box::pin(stream::iter([packet])), how).collect::<Vec<_>>(),
                peer.answer("200 OK", "{\"result\":\"привет мир\"}"),
            );
            assert_eq!(words, [Ok(Words { text: "привет мир".into(), language: Language::new("ru"), last: true })]);
            assert!(head.starts_with(&format!("POST /speech/v1/stt:recognize{query}")), "{head}");
            assert!(head.contains(&format!("authorization: {scheme}\r\n")), "{head}");
            assert_eq!(body, b"OggS");
        }
    }

    #[tokio::test]
    async fn half_a_minute_is_the_limit() {
        let peer = Scripted::listen().await;
        let yandex = open(peer.vendor("yandex", account(""), "k")).hear.unwrap();
        let packet = Packet { coding: Coding::Pcm16 { rate: 16_000 }, bytes: vec![0; 31 * 32_000].into() };
        let how = Hearing { language: Language::new("ru"), grammar: None };
        let words = yandex.hear(Box::pin(stream::iter([packet])), how).next().await.unwrap();
        assert_eq!(words.unwrap_err().kind, ErrorKind::TooLarge);
    }
}
