//! Azure AI Speech: short speech to text whose upload is written while somebody speaks, and voices in nearly every
//! language. A key is for one region, which makes the hosts; an address that the person gave is used instead. The key
//! itself is kept under one name for all regions.
//!
//! Wire formats: <https://learn.microsoft.com/azure/ai-services/speech-service/rest-speech-to-text-short> and
//! <https://learn.microsoft.com/azure/ai-services/speech-service/rest-text-to-speech>.

use super::{
    Cloud, Preset,
    body::{Progress, Written},
};
use crate::vendor::Vendor;
use futures_util::stream;
use reqwest::{
    Method, RequestBuilder,
    header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE},
};
use serde::Deserialize;
use std::{sync::Arc, time::Duration};
use voice::{
    BoxFuture, Coding, Error, ErrorKind, Hearing, KeyNeed, Kind, Language, OfferedVoice, Offers, PacketStream, Phrase,
    Provider, Remote, SoundStream, Synthesise, Transcribe, VoiceChoice, Words, WordsStream,
};

pub(crate) const ROW: Cloud = Cloud {
    name: "azure",
    key_of: "azure",
    key: KeyNeed::Required,
    kinds: &[Kind::Hear, Kind::Say],
    // the transcriber wants a region with each, and does not find out the language by itself
    languages: &[
        "en-US", "af-ZA", "am-ET", "ar-EG", "az-AZ", "bg-BG", "bn-IN", "bs-BA", "ca-ES", "cs-CZ", "cy-GB", "da-DK",
        "de-DE", "el-GR", "es-ES", "et-EE", "eu-ES", "fa-IR", "fi-FI", "fil-PH", "fr-FR", "ga-IE", "gl-ES", "gu-IN",
        "he-IL", "hi-IN", "hr-HR", "hu-HU", "hy-AM", "id-ID", "is-IS", "it-IT", "ja-JP", "jv-ID", "ka-GE", "kk-KZ",
        "km-KH", "kn-IN", "ko-KR", "lo-LA", "lt-LT", "lv-LV", "mk-MK", "ml-IN", "mn-MN", "mr-IN", "ms-MY", "mt-MT",
        "my-MM", "nb-NO", "ne-NP", "nl-NL", "pa-IN", "pl-PL", "ps-AF", "pt-BR", "ro-RO", "ru-RU", "si-LK", "sk-SK",
        "sl-SI", "so-SO", "sq-AL", "sr-RS", "sv-SE", "sw-KE", "ta-IN", "te-IN", "th-TH", "tr-TR", "uk-UA", "ur-IN",
        "uz-UZ", "vi-VN", "zh-CN", "zu-ZA",
    ],
    said: &[],
    // the second in a WAV file, which is ten times larger
    takes: &[Coding::OggOpus, SAMPLES],
    whole: true,
    account: Preset {
        voice: "en-US-AvaMultilingualNeural",
        // a key of another one is refused until its own is said
        region: "westeurope",
        ..Preset::at("https://api.cognitive.microsoft.com")
    },
    open,
};

const HEARS: &str = "stt.speech.microsoft.com";
const SPEAKS: &str = "tts.speech.microsoft.com";
const TOKENS: &str = "api.cognitive.microsoft.com";
const OGG: &str = "audio/ogg; codecs=opus";
const WAV: &str = "audio/wav; codecs=audio/pcm; samplerate=16000";
const SAMPLES: Coding = Coding::Pcm16 { rate: 16_000 };
const PCM: Coding = Coding::Pcm16 { rate: 24_000 };
/// It hears no more at once, and says nothing of it.
const LONGEST: Duration = Duration::from_secs(60);
/// Sound that goes on for so long after what it understood holds more: a press ends with less silence.
const LONG_PAUSE: Duration = Duration::from_millis(1_500);

fn open(vendor: Vendor) -> Provider {
    let azure = Arc::new(Azure { vendor });
    Provider { hear: Some(azure.clone()), say: Some(azure.clone()), service: Some(azure), ..Provider::default() }
}

#[derive(Clone)]
struct Azure {
    vendor: Vendor,
}

impl Azure {
    fn request(&self, method: Method, service: &str, path: &str) -> Result<RequestBuilder, Error> {
        let key = self.vendor.key_header("ocp-apim-subscription-key", "");
        Ok(self.vendor.request(method, &self.url(service, path)?).headers(key))
    }

    fn url(&self, service: &str, path: &str) -> Result<String, Error> {
        let (own, region) = (ROW.account.account(), &self.vendor.account.region);
        let plain = !region.is_empty() && region.chars().all(|c| c.is_ascii_alphanumeric());
        // anything else than a name would be another host
        if self.vendor.account.base_url == own.base_url && !plain {
            let detail = "The region of the key is needed, for instance westeurope.";
            return Err(Error::new(ErrorKind::BadSetting, "accounts.azure.region", detail));
        }
        Ok(self.vendor.url_at(&format!("https://{region}.{service}"), path, &own))
    }

    fn locale(&self, language: &Language) -> Result<&'static str, Error> {
        ROW.tag(language).ok_or_else(|| {
            let detail = format!("It knows {}.", ROW.languages.join(", "));
            self.vendor.error(ErrorKind::Unsupported, &detail)
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Recognised {
    recognition_status: String,
    #[serde(default)]
    display_text: String,
    /// Where in the sound the speech begins, and how long it is, in 100 ns.
    #[serde(default)]
    offset: u64,
    duration: Option<u64>,
}

impl Recognised {
    /// Whether it understood the sound up to its end: it stops at the first long pause, and says nothing of it.
    fn is_all_of(&self, sound: &Progress) -> bool {
        let Some(duration) = self.duration.filter(|_| self.recognition_status == "Success") else { return true };
        let heard = Duration::from_nanos(self.offset.saturating_add(duration).saturating_mul(100));
        sound.is_over() && sound.length().saturating_sub(heard) < LONG_PAUSE
    }
}

impl Transcribe for Azure {
    fn hear(&self, sound: PacketStream, how: Hearing) -> WordsStream {
        let azure = self.clone();
        Box::pin(stream::once(async move {
            let locale = azure.locale(&how.language)?;
            let words = |text| Words { text, language: how.language.clone(), last: true, translation: None };
            let Some(Written { coding, body, progress }) = Written::along(sound, LONGEST).await else {
                return Ok(words(String::new()));
            };
            let kind = if coding == Coding::OggOpus { OGG } else { WAV };
            let path = "speech/recognition/conversation/cognitiveservices/v1";
            let request = azure
                .request(Method::POST, HEARS, path)?
                .query(&[("language", locale), ("format", "simple"), ("profanity", "raw")])
                .header(ACCEPT, "application/json")
                .header(CONTENT_TYPE, kind)
                .body(body);
            let answer = azure.vendor.json::<Recognised>(request).await;
            if progress.length() > LONGEST {
                return Err(azure.vendor.error(ErrorKind::TooLarge, "it takes 60 s at once."));
            }
            let recognised = answer?;
            if !recognised.is_all_of(&progress) {
                let detail = "it stopped at a long pause, and heard nothing after it.";
                return Err(azure.vendor.error(ErrorKind::TooLarge, detail));
            }
            azure.text(recognised).map(words)
        }))
    }
}

impl Azure {
    /// All outcomes come with status 200.
    fn text(&self, recognised: Recognised) -> Result<String, Error> {
        match recognised.recognition_status.as_str() {
            "Success" => Ok(recognised.display_text),
            "NoMatch" | "InitialSilenceTimeout" | "BabbleTimeout" | "EndOfDictation" => Ok(String::new()),
            _ => Err(self.vendor.error(ErrorKind::ServiceFailed, "it could not recognise anything.")),
        }
    }
}

impl Synthesise for Azure {
    fn say(&self, phrase: Phrase, voice: VoiceChoice) -> SoundStream {
        let speak = |locale| {
            let request = self.request(Method::POST, SPEAKS, "cognitiveservices/v1")?;
            Ok(request
                .header(CONTENT_TYPE, "application/ssml+xml")
                .header("x-microsoft-outputformat", "raw-24khz-16bit-mono-pcm")
                .body(ssml(&phrase.text, locale, &self.vendor.account.voice, voice.rate)))
        };
        match self.locale(&phrase.language).and_then(speak) {
            Ok(request) => self.vendor.sound(request, PCM),
            Err(error) => Box::pin(stream::iter([Err(error)])),
        }
    }
}

fn ssml(text: &str, locale: &str, voice: &str, rate: f32) -> String {
    let (text, voice) = (escaped(text), escaped(voice));
    let text = match ((rate - 1.0) * 100.0).round() {
        0.0 => text,
        percent => format!("<prosody rate=\"{percent:+}%\">{text}</prosody>"),
    };
    format!(
        "<speak version=\"1.0\" xmlns=\"http://www.w3.org/2001/10/synthesis\" xml:lang=\"{locale}\">\
         <voice name=\"{voice}\">{text}</voice></speak>"
    )
}

/// As XML 1.0 wants it; characters that it does not have at all become blanks.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            '\u{fffe}' | '\u{ffff}' => safe.push(' '),
            control if control.is_control() => safe.push(' '),
            other => safe.push(other),
        }
    }
    safe
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Voice {
    short_name: String,
    #[serde(default)]
    local_name: String,
}

impl Remote for Azure {
    fn warm(&self) -> BoxFuture<()> {
        let azure = self.clone();
        Box::pin(async move {
            // without a region there is nobody to knock at
            let (Ok(hears), Ok(speaks)) = (azure.url(HEARS, ""), azure.url(SPEAKS, "")) else { return };
            tokio::join!(azure.vendor.warm_at(&hears, 1), azure.vendor.warm_at(&speaks, 3));
        })
    }

    fn test(&self) -> BoxFuture<Result<(), Error>> {
        let azure = self.clone();
        Box::pin(async move {
            // a token is the smallest thing that the key buys
            let request = azure.request(Method::POST, TOKENS, "sts/v1.0/issueToken")?.header(CONTENT_LENGTH, 0);
            azure.vendor.send(request).await.map(drop)
        })
    }

    fn offers(&self) -> BoxFuture<Result<Offers, Error>> {
        let azure = self.clone();
        Box::pin(async move {
            let request = azure.request(Method::GET, SPEAKS, "cognitiveservices/voices/list")?;
            let voices: Vec<Voice> = azure.vendor.json(request).await?;
            let named = |voice: Voice| {
                let name = [voice.local_name, voice.short_name.clone()].join(" ").trim().to_owned();
                OfferedVoice { id: voice.short_name, name }
            };
            Ok(Offers { models: Vec::new(), voices: voices.into_iter().map(named).collect() })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::scripted::{JSON, Peer, vendor};
    use bytes::Bytes;
    use futures_util::StreamExt;
    use voice::{Account, FirstPhrase, Packet};

    fn at_home(region: &str) -> Azure {
        Azure { vendor: vendor(&ROW, &Account { region: region.into(), ..Account::default() }, "k") }
    }

    fn here(peer: &Peer) -> Provider {
        open(peer.vendor(&ROW, Account::default(), "k"))
    }

    #[test]
    fn a_region_makes_the_host_and_nothing_else() {
        let url = at_home("westeurope").url(SPEAKS, "cognitiveservices/v1").unwrap();
        assert_eq!(url, "https://westeurope.tts.speech.microsoft.com/cognitiveservices/v1");
        for region in ["evil.example/", "a@b", "west europe"] {
            let error = at_home(region).url(SPEAKS, "").unwrap_err();
            assert_eq!(
                (error.kind, error.source.as_str()),
                (ErrorKind::BadSetting, "accounts.azure.region"),
                "{region}"
            );
        }
    }

    #[test]
    fn text_stays_text_in_ssml() {
        let plain = ssml("<b>\"R&D\"</b>\u{7}", "en-US", "en-US-Ava'Neural", 1.0);
        assert!(
            plain.contains("name=\"en-US-Ava&apos;Neural\">&lt;b&gt;&quot;R&amp;D&quot;&lt;/b&gt; </voice>"),
            "{plain}"
        );
        assert!(ssml("Hi.", "en-US", "v", 1.25).contains("<prosody rate=\"+25%\">Hi.</prosody>"));
        assert!(ssml("Hi.", "en-US", "v", 0.5).contains("rate=\"-50%\""));
    }

    #[test]
    fn silence_is_no_failure() {
        let text = |status: &str| {
            let answer = format!("{{\"RecognitionStatus\":\"{status}\",\"DisplayText\":\"Hello.\",\"Offset\":1}}");
            at_home("x").text(serde_json::from_str(&answer).unwrap()).map_err(|error| error.kind)
        };
        assert_eq!(text("Success").as_deref(), Ok("Hello."));
        for status in ["NoMatch", "InitialSilenceTimeout", "BabbleTimeout"] {
            assert_eq!(text(status).as_deref(), Ok(""), "{status}");
        }
        assert_eq!(text("Error"), Err(ErrorKind::ServiceFailed));
    }

    #[tokio::test]
    async fn the_upload_is_written_in_chunks() {
        let recognised = "{\"RecognitionStatus\":\"Success\",\"DisplayText\":\"Да.\"}";
        let peer = Peer::answering(200, JSON, recognised).await;
        let packets =
            [b"Og".as_slice(), b"gS"].map(|bytes| Packet { coding: Coding::OggOpus, bytes: Bytes::from_static(bytes) });
        let how = Hearing { language: Language::new("ru"), grammar: None, into: None };
        let words: Vec<_> = here(&peer).hear.unwrap().hear(Box::pin(stream::iter(packets)), how).collect().await;
        let (head, body) = peer.request().await;
        assert_eq!(
            words,
            [Ok(Words { text: "Да.".into(), language: Language::new("ru"), last: true, translation: None })]
        );
        assert_eq!(body, b"OggS");
        for header in
            ["transfer-encoding: chunked", "content-type: audio/ogg; codecs=opus", "ocp-apim-subscription-key: k"]
        {
            assert!(head.contains(header), "{head}");
        }
        assert!(head.contains("?language=ru-RU&format=simple"), "{head}");
    }

    /// What comes of `packets`, and the request they made.
    async fn asked_with(packets: Vec<Packet>) -> (Result<String, ErrorKind>, String, Vec<u8>) {
        let peer = Peer::answering(200, JSON, "{\"RecognitionStatus\":\"Success\",\"DisplayText\":\"Да.\"}").await;
        let how = Hearing { language: Language::new("ru"), grammar: None, into: None };
        let words = here(&peer).hear.unwrap().hear(Box::pin(stream::iter(packets)), how).next().await.unwrap();
        let (head, body) = peer.request().await;
        (words.map(|words| words.text).map_err(|error| error.kind), head, body)
    }

    #[tokio::test]
    async fn samples_go_in_a_file() {
        let (told, head, body) = asked_with(vec![Packet { coding: SAMPLES, bytes: vec![7; 320].into() }; 3]).await;
        assert_eq!(told, Ok("Да.".into()));
        assert!(head.contains("content-type: audio/wav; codecs=audio/pcm; samplerate=16000"), "{head}");
        assert!(body.starts_with(b"RIFF") && body[44..] == [7; 960]);
    }

    #[tokio::test]
    async fn a_minute_is_the_limit() {
        let page = |second: u64| {
            let bytes = [b"OggS\0\0".as_slice(), &(second * 48_000).to_le_bytes()].concat();
            Packet { coding: Coding::OggOpus, bytes: bytes.into() }
        };
        assert_eq!(asked_with((1..=60).map(page).collect()).await.0, Ok("Да.".into()));
        let (told, _, body) = asked_with((1..=61).map(page).collect()).await;
        assert_eq!((told, body.len()), (Err(ErrorKind::TooLarge), 60 * 14), "and no more than that is sent");
    }

    #[tokio::test]
    async fn sound_comes_as_it_is_made() {
        let peer = Peer::in_pieces(200, "audio/basic", &[&[1, 2, 3], &[4]]).await;
        let phrase = Phrase { number: 0, text: "Hi & bye.".into(), language: Language::new("en") };
        let voice =
            VoiceChoice { name: String::new(), rate: 1.0, volume: 1.0, first: FirstPhrase::Clause, muted: false };
        let sound: Vec<_> = here(&peer).say.unwrap().say(phrase, voice).collect().await;
        let (head, body) = peer.request().await;
        let packets: Vec<Packet> = sound.into_iter().map(Result::unwrap).collect();
        assert!(packets.iter().all(|packet| packet.coding == PCM));
        assert_eq!(packets.iter().flat_map(|packet| packet.bytes.clone()).collect::<Vec<u8>>(), [1, 2, 3, 4]);
        assert!(
            head.contains("x-microsoft-outputformat: raw-24khz-16bit-mono-pcm") && head.contains("user-agent: wilco/")
        );
        assert!(String::from_utf8(body).unwrap().contains("Hi &amp; bye."));
    }
}
