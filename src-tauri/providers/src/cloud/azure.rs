//! Azure AI Speech: speech to text over a socket, and voices in nearly every language. A key is for one region, which makes
//! the hosts; an address that the person gave is used instead. The key itself is kept under one name for all regions.
//!
//! Wire format of the voices: <https://learn.microsoft.com/azure/ai-services/speech-service/rest-text-to-speech>.

mod recognise;

use super::{Cloud, Preset};
use crate::{listen::Line, vendor::Vendor};
use futures_util::stream;
use recognise::Turn;
use reqwest::{
    Method, RequestBuilder,
    header::{CONTENT_LENGTH, CONTENT_TYPE},
};
use serde::Deserialize;
use std::sync::Arc;
use voice::{
    BoxFuture, Coding, Error, ErrorKind, Hearing, KeyNeed, Kind, Language, OfferedVoice, Offers, PacketStream, Phrase,
    Provider, Remote, SoundStream, Synthesise, Transcribe, VoiceChoice, WordsStream,
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
    whole: false,
    account: Preset {
        voice: "en-US-AvaMultilingualNeural",
        // a key of another one is refused until its own is said
        region: "westeurope",
        ..Preset::at("https://api.cognitive.microsoft.com")
    },
    open,
};

const KEY: &str = "ocp-apim-subscription-key";
const HEARS: &str = "stt.speech.microsoft.com";
const SPEAKS: &str = "tts.speech.microsoft.com";
const TOKENS: &str = "api.cognitive.microsoft.com";
const SAMPLES: Coding = Coding::Pcm16 { rate: 16_000 };
const PCM: Coding = Coding::Pcm16 { rate: 24_000 };

fn open(vendor: Vendor) -> Provider {
    let line = Line::new(vendor.clone(), vendor.key_header(KEY, ""), Coding::OggOpus);
    let azure = Arc::new(Azure { vendor, line });
    Provider { hear: Some(azure.clone()), say: Some(azure.clone()), service: Some(azure), ..Provider::default() }
}

#[derive(Clone)]
struct Azure {
    vendor: Vendor,
    line: Line,
}

impl Azure {
    fn request(&self, method: Method, service: &str, path: &str) -> Result<RequestBuilder, Error> {
        let key = self.vendor.key_header(KEY, "");
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

impl Transcribe for Azure {
    fn hear(&self, sound: PacketStream, how: Hearing) -> WordsStream {
        let url = self.url(HEARS, "speech/recognition/conversation/cognitiveservices/v1");
        match self.locale(&how.language).and_then(|locale| Ok(Turn::new(self.vendor.clone(), &url?, locale))) {
            Ok(turn) => self.line.hear(turn, sound, how.language),
            Err(error) => Box::pin(stream::iter([Err(error)])),
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
    /// The socket is opened by `hear`, which is asked at the same moment.
    fn warm(&self) -> BoxFuture<()> {
        let azure = self.clone();
        Box::pin(async move {
            // without a region there is nobody to knock at
            if let Ok(speaks) = azure.url(SPEAKS, "") {
                azure.vendor.warm_at(&speaks, 3).await;
            }
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
    use crate::cloud::scripted::{Peer, vendor};
    use futures_util::StreamExt;
    use reqwest::header::HeaderMap;
    use voice::{Account, FirstPhrase, Packet};

    fn at_home(region: &str) -> Azure {
        let vendor = vendor(&ROW, &Account { region: region.into(), ..Account::default() }, "k");
        Azure { line: Line::new(vendor.clone(), HeaderMap::new(), SAMPLES), vendor }
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
