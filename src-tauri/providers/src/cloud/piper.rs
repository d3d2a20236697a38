//! Piper's own HTTP server: neural voices on a machine of one's own. It answers a whole WAV file, and takes its default
//! voice, without a word, for one that it does not have.
//!
//! Wire format: `http_server.py` of <https://github.com/OHF-Voice/piper1-gpl>.

use super::{Cloud, Preset};
use crate::vendor::Vendor;
use reqwest::Method;
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use voice::{
    BoxFuture, Coding, Error, KeyNeed, Kind, OfferedVoice, Offers, Phrase, Provider, Remote, SoundStream, Synthesise,
    VoiceChoice,
};

pub(crate) const ROW: Cloud = Cloud {
    name: "piper",
    key_of: "piper",
    key: KeyNeed::None,
    kinds: &[Kind::Say],
    // whatever the voice speaks that it was started with
    languages: &[],
    said: &[],
    takes: &[],
    whole: true,
    account: Preset::at("http://127.0.0.1:5000"),
    open,
};

fn open(vendor: Vendor) -> Provider {
    let piper = Arc::new(Piper { vendor });
    Provider { say: Some(piper.clone()), service: Some(piper), ..Provider::default() }
}

#[derive(Clone)]
struct Piper {
    vendor: Vendor,
}

#[derive(Serialize)]
struct Speech {
    text: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    voice: String,
    /// Two is twice as long; without it the voice's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    length_scale: Option<f32>,
}

impl Synthesise for Piper {
    fn say(&self, phrase: Phrase, voice: VoiceChoice) -> SoundStream {
        let length_scale = (voice.rate != 1.0).then(|| voice.rate.max(0.1).recip());
        let speech = Speech { text: phrase.text, voice: self.vendor.account.voice.clone(), length_scale };
        let request = self.vendor.request(Method::POST, &self.vendor.url("synthesize")).json(&speech);
        self.vendor.sound(request, Coding::Wav)
    }
}

impl Remote for Piper {
    fn warm(&self) -> BoxFuture<()> {
        let vendor = self.vendor.clone();
        Box::pin(async move { vendor.warm(1).await })
    }

    fn test(&self) -> BoxFuture<Result<(), Error>> {
        let offers = self.offers();
        Box::pin(async move { offers.await.map(drop) })
    }

    fn offers(&self) -> BoxFuture<Result<Offers, Error>> {
        let vendor = self.vendor.clone();
        Box::pin(async move {
            // the names are keys, the values whole configurations
            let voices: Map<String, Value> = vendor.json(vendor.request(Method::GET, &vendor.url("voices"))).await?;
            let voices = voices.into_iter().map(|(name, _)| OfferedVoice { id: name.clone(), name }).collect();
            Ok(Offers { models: Vec::new(), voices })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::scripted::Peer;
    use futures_util::StreamExt;
    use serde_json::json;
    use voice::{Account, ErrorKind, FirstPhrase, Language, Packet};

    async fn spoken(rate: f32, kind: &str) -> (Vec<Result<Packet, Error>>, Value) {
        let peer = Peer::in_pieces(200, kind, &[b"RIFF", b"....WAVE", b"samples"]).await;
        let account = Account { voice: "ru_RU-irina-medium".into(), ..Account::default() };
        let piper = open(peer.vendor(&ROW, account, "")).say.unwrap();
        let phrase = Phrase { number: 0, text: "Привет.".into(), language: Language::new("ru") };
        let choice = VoiceChoice { name: String::new(), rate, volume: 1.0, first: FirstPhrase::Clause, muted: false };
        let sound = piper.say(phrase, choice).collect().await;
        let (head, body) = peer.request().await;
        assert!(head.starts_with("POST /synthesize "), "{head}");
        (sound, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn the_file_comes_as_it_is() {
        let (sound, body) = spoken(1.0, "audio/wav").await;
        let bytes: Vec<u8> = sound.into_iter().flat_map(|packet| packet.unwrap().bytes).collect();
        assert_eq!(bytes, b"RIFF....WAVEsamples");
        assert_eq!(body, json!({"text": "Привет.", "voice": "ru_RU-irina-medium"}));
    }

    #[tokio::test]
    async fn faster_is_shorter() {
        assert_eq!(spoken(2.0, "audio/wav").await.1["length_scale"], json!(0.5));
    }

    #[tokio::test]
    async fn text_is_no_sound() {
        let (sound, _) = spoken(1.0, "application/json").await;
        assert_eq!(sound[0].as_ref().unwrap_err().kind, ErrorKind::Garbled);
    }
}
