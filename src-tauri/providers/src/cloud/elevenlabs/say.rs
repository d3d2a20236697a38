//! Speech over the socket of many contexts: what a phrase is asked for with there, and what comes back. Its own file
//! because over HTTP the same phrase is one request and its answer bare sound.

use super::{ElevenLabs, SPOKEN};
use crate::{
    contexts::{Told, Wording},
    fault,
    vendor::with_query,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use voice::{Coding, Error, ErrorKind, Language};

/// Those of whose models the socket is known; any other is asked over HTTP, which all have.
const MODELS: [&str; 3] = ["eleven_flash", "eleven_turbo", "eleven_multilingual"];

impl ElevenLabs {
    /// Whether phrases go over the socket. A service that only resembles theirs, at an address that the person gave,
    /// may have none; whatever stands for it on this machine has.
    pub(super) fn has_socket(&self) -> bool {
        let model = &self.vendor.account.say_model;
        let theirs = self.vendor.is_below("elevenlabs.io") || self.vendor.is_here();
        theirs && MODELS.iter().any(|known| model.starts_with(known))
    }

    /// The socket's address. Voice and language are the same for all phrases of one.
    pub(super) fn socket(&self, voice: &str, language: &Language) -> String {
        let mut query = vec![
            ("model_id", self.vendor.account.say_model.as_str()),
            ("output_format", "pcm_24000"),
            // nothing more comes in a context, so nothing is waited for
            ("auto_mode", "true"),
            // the longest that it allows
            ("inactivity_timeout", "180"),
        ];
        query.extend(self.code(language).map(|code| ("language_code", code)));
        with_query(&self.vendor.url(&format!("v1/text-to-speech/{voice}/multi-stream-input")), &query)
    }
}

/// A whole phrase.
pub(super) struct Saying {
    pub(super) text: String,
    pub(super) settings: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    #[serde(default)]
    context_id: Option<String>,
    #[serde(default)]
    audio: Option<String>,
    #[serde(default)]
    is_final: Option<bool>,
    #[serde(default)]
    error: Option<String>,
}

impl Wording for Saying {
    const CODING: Coding = SPOKEN;
    const IDLE: Duration = Duration::from_secs(170);

    /// A context begins with a blank and its settings, and pieces end with one. What was flushed is made to its end
    /// after the context was closed, and only a closed one tells its end.
    fn ask(&self, id: &str) -> Vec<String> {
        let mut begin = json!({ "context_id": id, "text": " " });
        if let (Some(settings), Some(fields)) = (&self.settings, begin.as_object_mut()) {
            fields.insert("voice_settings".to_owned(), settings.clone());
        }
        let text = json!({ "context_id": id, "text": format!("{} ", self.text.trim_end()), "flush": true });
        vec![begin.to_string(), text.to_string(), Self::cancel(id)]
    }

    fn cancel(id: &str) -> String {
        json!({ "context_id": id, "close_context": true }).to_string()
    }

    fn read(source: &'static str, text: &str) -> Result<Option<Told>, Error> {
        let garbled = || Error::new(ErrorKind::Garbled, source, "a message is none of its own.");
        let message: Message = serde_json::from_str(text).map_err(|_| garbled())?;
        let sound = match message.error {
            Some(_) => Err(fault::told(source, text)),
            None => Ok(BASE64_STANDARD.decode(message.audio.unwrap_or_default()).map_err(|_| garbled())?.into()),
        };
        let over = message.is_final == Some(true);
        // alignments alone tell nothing
        let tells = over || sound.as_ref().map_or(true, |bytes: &Bytes| !bytes.is_empty());
        Ok(tells.then_some(Told { id: message.context_id, sound, over }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cloud::{
            elevenlabs::{ROW, elevenlabs},
            scripted,
        },
        loopback::{Caller, Peer, peer},
    };
    use futures_util::StreamExt;
    use tokio::sync::mpsc;
    use voice::{Account, FirstPhrase, Phrase, Provider, SoundStream, VoiceChoice};

    async fn provider(peer: &Peer) -> Provider {
        let mut vendor = peer.vendor(&ROW);
        vendor.account.voice = "v1".into();
        (ROW.open)(vendor)
    }

    fn say(provider: &Provider, text: &str, language: &str, rate: f32) -> SoundStream {
        let phrase = Phrase { number: 0, text: text.into(), language: Language::new(language) };
        let voice = VoiceChoice { name: String::new(), rate, volume: 1.0, first: FirstPhrase::Clause, muted: false };
        provider.say.as_ref().unwrap().say(phrase, voice)
    }

    async fn heard(mut sound: SoundStream) -> Result<String, ErrorKind> {
        let mut all = Vec::new();
        while let Some(packet) = sound.next().await {
            let packet = packet.map_err(|error| error.kind)?;
            assert_eq!(packet.coding, SPOKEN);
            all.extend_from_slice(&packet.bytes);
        }
        Ok(String::from_utf8(all).unwrap())
    }

    /// Three messages of a context, and its name.
    async fn asked(caller: &mut Caller) -> Option<(Value, [Value; 3])> {
        let all = [caller.json().await?, caller.json().await?, caller.json().await?];
        Some((all[0]["context_id"].clone(), all))
    }

    fn chunk(id: &Value, sound: &str) -> Value {
        json!({ "audio": BASE64_STANDARD.encode(sound), "isFinal": null, "alignment": null, "contextId": id })
    }

    #[tokio::test]
    async fn a_phrase_is_a_context() {
        let peer = peer(|mut caller| async move {
            assert_eq!(caller.header("xi-api-key"), "key");
            let query = "model_id=eleven_flash_v2_5&output_format=pcm_24000&auto_mode=true&inactivity_timeout=180";
            let path = "/v1/text-to-speech/v1/multi-stream-input";
            assert!(caller.uri.starts_with(&format!("{path}?{query}&language_code=")), "{}", caller.uri);
            while let Some((id, [begin, text, close])) = asked(&mut caller).await {
                let mut wanted = json!({ "context_id": id, "text": " " });
                if text["text"] == "Slowly. " {
                    wanted["voice_settings"] = json!({ "speed": 0.7 });
                }
                assert_eq!(begin, wanted);
                assert_eq!(close, json!({ "context_id": id, "close_context": true }));
                assert_eq!(text["flush"], true);
                caller.say(&json!({ "alignment": {}, "contextId": id })).await;
                caller.say(&chunk(&json!("nobody's"), "noise")).await;
                caller.say(&chunk(&id, text["text"].as_str().unwrap())).await;
                caller.say(&json!({ "audio": null, "isFinal": true, "contextId": id })).await;
            }
        })
        .await;
        let provider = provider(&peer).await;
        assert_eq!(heard(say(&provider, "Hi.", "en", 1.0)).await, Ok("Hi. ".into()));
        assert_eq!(heard(say(&provider, "Slowly.", "en", 0.5)).await, Ok("Slowly. ".into()));
        assert_eq!(peer.connections(), 1);
        assert_eq!(heard(say(&provider, "Привет. ", "ru", 1.0)).await, Ok("Привет. ".into()));
        assert_eq!(peer.connections(), 2, "a language has its own");
        provider.service.unwrap().warm().await;
        assert_eq!(peer.connections(), 2, "and both are kept");
    }

    #[tokio::test]
    async fn a_dropped_phrase_is_closed_and_a_failure_is_told() {
        let (report, mut reports) = mpsc::channel(8);
        let peer = peer(move |mut caller| {
            let report = report.clone();
            async move {
                let (id, _) = asked(&mut caller).await.unwrap();
                caller.say(&chunk(&id, "sound")).await;
                report.send((id, caller.json().await)).await.unwrap();
                let failure = json!({ "message": "m", "error": "quota_exceeded", "code": 1008 });
                caller.json().await;
                caller.say(&failure).await;
                caller.close(1008).await;
            }
        })
        .await;
        let provider = provider(&peer).await;
        let mut sound = say(&provider, "Nobody hears this.", "en", 1.0);
        assert!(sound.next().await.is_some_and(|packet| packet.is_ok()));
        drop(sound);
        let (id, said) = reports.recv().await.unwrap();
        assert_eq!(said, Some(json!({ "context_id": id, "close_context": true })));
        assert_eq!(heard(say(&provider, "Or this.", "en", 1.0)).await, Err(ErrorKind::NoCredit));
    }

    #[test]
    fn the_socket_is_for_their_own_addresses_and_models() {
        let at = |base_url: &str, say_model: &str| {
            let account = Account { base_url: base_url.into(), say_model: say_model.into(), ..Account::default() };
            elevenlabs(scripted::vendor(&ROW, &account, "key")).has_socket()
        };
        assert!(at("", "") && at("https://api.eu.residency.elevenlabs.io", "eleven_multilingual_v2"));
        assert!(!at("", "eleven_v3"), "a model without it");
        for other in ["https://voices.example.com", "https://api.notelevenlabs.io", "https://elevenlabs.io.example.com"]
        {
            assert!(!at(other, ""), "{other}");
        }
    }
}
