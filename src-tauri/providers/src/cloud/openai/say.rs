//! Speech as a body that is played while it arrives. What kind of sound it is, its content type says: those who took
//! over the shape do not always send what was asked for.

use super::OpenAi;
use crate::fault;
use async_stream::try_stream;
use futures_util::StreamExt;
use reqwest::{Method, header::CONTENT_TYPE};
use serde_json::{Value, json};
use voice::{Coding, ErrorKind, Packet, Phrase, SoundStream, Synthesise, VoiceChoice};

/// Rate of `pcm` wherever nothing else is said.
const RATE: u32 = 24_000;

impl Synthesise for OpenAi {
    fn say(&self, phrase: Phrase, voice: VoiceChoice) -> SoundStream {
        let this = self.clone();
        Box::pin(try_stream! {
            let vendor = &this.vendor;
            let request = this.request(Method::POST, "audio/speech").json(&this.wish(&phrase, &voice));
            let answer = vendor.send(request).await?;
            let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
            let asked = if this.shape.format == "wav" { Coding::Wav } else { Coding::Pcm16 { rate: RATE } };
            let Some(coding) = coding_of(kind, asked) else {
                if kind.contains("json") {
                    let failure = vendor.read_value(answer).await?;
                    Err(fault::within(vendor.name, &failure))?;
                }
                Err(vendor.error(ErrorKind::Garbled, "it sent something else than sound that can be read."))?
            };
            let mut sound = answer.bytes_stream();
            while let Some(bytes) = sound.next().await {
                let bytes = bytes.map_err(|error| fault::transport(vendor.name, &error))?;
                if !bytes.is_empty() {
                    yield Packet { coding, bytes };
                }
            }
        })
    }
}

impl OpenAi {
    /// No more than is needed: strict servers refuse a field they do not know.
    fn wish(&self, phrase: &Phrase, voice: &VoiceChoice) -> Value {
        let account = &self.vendor.account;
        let mut wish =
            json!({ "model": account.say_model, "input": phrase.text, "response_format": self.shape.format });
        let mut and = |name: &str, value: Value| wish.as_object_mut().and_then(|wish| wish.insert(name.into(), value));
        if !account.voice.is_empty() {
            and("voice", account.voice.as_str().into());
        }
        let percent = (voice.rate * 100.0).round();
        if percent != 100.0 {
            and("speed", (f64::from(percent) / 100.0).into());
        }
        if self.shape.tell_rate {
            and("sample_rate", RATE.into());
        }
        wish
    }
}

/// What a content type means; `asked` where it says no more than that there are bytes.
fn coding_of(content_type: &str, asked: Coding) -> Option<Coding> {
    let lower = content_type.to_ascii_lowercase();
    let mut parts = lower.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default();
    let rate = parts.find_map(|part| part.strip_prefix("rate=")?.parse().ok());
    match kind {
        "audio/pcm" | "audio/x-pcm" | "audio/raw" | "audio/l16" => Some(Coding::Pcm16 { rate: rate.unwrap_or(RATE) }),
        "audio/wav" | "audio/x-wav" | "audio/wave" | "audio/vnd.wave" => Some(Coding::Wav),
        "audio/mpeg" | "audio/mp3" => Some(Coding::Mp3),
        "audio/ogg" | "audio/opus" | "application/ogg" => Some(Coding::OggOpus),
        "" | "application/octet-stream" | "binary/octet-stream" => Some(asked),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::scripted::Peer;
    use futures_util::TryStreamExt;
    use voice::{FirstPhrase, Language};

    const PCM: Coding = Coding::Pcm16 { rate: 24_000 };

    async fn said(peer: &Peer, name: &str, rate: f32) -> Result<(Vec<u8>, Coding), ErrorKind> {
        let phrase = Phrase { number: 0, text: "Hello.".into(), language: Language::new("en") };
        let voice = VoiceChoice { name: String::new(), rate, volume: 1.0, first: FirstPhrase::Clause, muted: false };
        let sound: Result<Vec<Packet>, _> = peer.provider(name).say.unwrap().say(phrase, voice).try_collect().await;
        let sound = sound.map_err(|error| error.kind)?;
        Ok((sound.iter().flat_map(|packet| packet.bytes.to_vec()).collect(), sound[0].coding))
    }

    #[test]
    fn the_content_type_says_what_came() {
        for (kind, coding) in [
            ("audio/pcm", Some(PCM)),
            ("audio/pcm; rate=16000", Some(Coding::Pcm16 { rate: 16_000 })),
            ("Audio/L16;codec=pcm;rate=22050", Some(Coding::Pcm16 { rate: 22_050 })),
            ("audio/x-wav", Some(Coding::Wav)),
            ("audio/mpeg", Some(Coding::Mp3)),
            ("audio/opus", Some(Coding::OggOpus)),
            ("audio/ogg; codecs=opus", Some(Coding::OggOpus)),
            ("application/octet-stream", Some(Coding::Wav)),
            ("", Some(Coding::Wav)),
            ("audio/flac", None),
            ("application/json", None),
            ("text/event-stream", None),
        ] {
            assert_eq!(coding_of(kind, Coding::Wav), coding, "{kind}");
        }
    }

    #[tokio::test]
    async fn each_service_is_asked_for_what_it_has() {
        for (name, kind, coding, asks, leaves_out) in [
            ("openai", "audio/pcm", PCM, r#""response_format":"pcm","voice":"marin"}"#, "speed"),
            ("groq", "audio/wav", Coding::Wav, r#""response_format":"wav","voice":"hannah"}"#, "sample_rate"),
            ("speaches", "audio/pcm", PCM, r#""sample_rate":24000"#, "speed"),
            ("kokoro", "audio/opus", Coding::OggOpus, r#""model":"kokoro""#, "sample_rate"),
            ("openai-compatible", "audio/mpeg", Coding::Mp3, r#""input":"Hello.""#, "voice"),
        ] {
            let peer = Peer::answering(200, kind, [1, 2, 3]).await;
            assert_eq!(said(&peer, name, 1.0).await, Ok((vec![1, 2, 3], coding)), "{name}");
            let asked = peer.asked().await;
            assert!(asked.starts_with("POST /v1/audio/speech ") || name == "groq", "{asked}");
            assert!(asked.contains(asks) && !asked.contains(leaves_out), "{asked}");
        }
        let peer = Peer::answering(200, "audio/pcm", [1]).await;
        assert_eq!(said(&peer, "openai", 1.1).await, Ok((vec![1], PCM)));
        assert!(peer.asked().await.contains(r#""speed":1.1,"#));
    }

    #[tokio::test]
    async fn what_is_no_sound_is_an_error() {
        let quota = r#"{"error":{"code":"insufficient_quota"}}"#;
        for (kind, body, error) in [
            ("application/json", quota, ErrorKind::NoCredit),
            ("application/json", r#"{"detail":{"error":"processing_error"}}"#, ErrorKind::ServiceFailed),
            ("audio/flac", "fLaC", ErrorKind::Garbled),
            ("audio/pcm", "", ErrorKind::EmptyAnswer),
        ] {
            let peer = Peer::answering(200, kind, body).await;
            assert_eq!(said(&peer, "openai", 1.0).await, Err(error), "{kind} {body}");
        }
    }
}
