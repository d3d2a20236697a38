//! The shape that OpenAI gave its interface and that many others took over: upload for speech to text, chat completions
//! as server-sent events, speech as raw samples. The address is free.

use super::{Cloud, Preset};
use crate::{sse::events, vendor::Vendor};
use async_stream::try_stream;
use futures_util::StreamExt;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{pin::pin, sync::Arc};
use voice::{
    BoxFuture, Coding, Error, ErrorKind, Exchange, KeyNeed, Kind, OfferedVoice, Offers, Packet, Phrase, Prompt,
    Provider, Respond, Service, SoundStream, Synthesise, TextStream, VoiceChoice,
};

pub(crate) const ROW: Cloud = Cloud {
    name: "openai",
    key_of: "openai",
    key: KeyNeed::Required,
    kinds: &[Kind::Respond, Kind::Say],
    languages: &[],
    said: &[],
    takes: &[Coding::OggOpus],
    whole: true,
    account: Preset {
        reply_model: "gpt-4.1-mini",
        say_model: "gpt-4o-mini-tts",
        voice: "marin",
        ..Preset::at("https://api.openai.com/v1")
    },
    open,
};

/// What `response_format: pcm` is.
const PCM: Coding = Coding::Pcm16 { rate: 24_000 };

fn open(vendor: Vendor) -> Provider {
    let shaped = Arc::new(OpenAi { vendor });
    Provider { respond: Some(shaped.clone()), say: Some(shaped.clone()), service: Some(shaped), ..Provider::default() }
}

struct OpenAi {
    vendor: Vendor,
}

#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Vec<Choice>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    delta: Delta,
}

#[derive(Default, Deserialize)]
struct Delta {
    content: Option<String>,
}

impl Respond for OpenAi {
    fn reply(&self, prompt: Prompt) -> TextStream {
        let vendor = self.vendor.clone();
        Box::pin(try_stream! {
            let body = json!({ "model": vendor.account.reply_model, "messages": messages(&prompt), "stream": true });
            let request = vendor.request(Method::POST, &vendor.url("chat/completions"));
            let request = request.headers(vendor.key_header("authorization", "Bearer ")).json(&body);
            let answer = vendor.send(request).await?;
            let mut events = pin!(events(vendor.name, answer));
            while let Some(event) = events.next().await {
                let event = event?;
                if event == "[DONE]" { break }
                let chunk: Chunk = serde_json::from_str(&event).map_err(|_| vendor.error(ErrorKind::Garbled, "an event is no chunk."))?;
                if let Some(failure) = chunk.error {
                    Err(crate::fault::within(vendor.name, &failure))?;
                }
                for text in chunk.choices.into_iter().filter_map(|choice| choice.delta.content) {
                    if !text.is_empty() { yield text }
                }
            }
        })
    }
}

fn messages(prompt: &Prompt) -> Vec<Value> {
    let message = |role: &str, text: &str| json!({ "role": role, "content": text });
    let past = prompt
        .history
        .iter()
        .flat_map(|Exchange { question, answer }| [message("user", question), message("assistant", answer)]);
    [message("system", &prompt.system)].into_iter().chain(past).chain([message("user", &prompt.words.text)]).collect()
}

impl Synthesise for OpenAi {
    fn say(&self, phrase: Phrase, voice: VoiceChoice) -> SoundStream {
        let vendor = self.vendor.clone();
        Box::pin(try_stream! {
            let body = json!({
                "model": vendor.account.say_model, "voice": vendor.account.voice, "input": phrase.text,
                "response_format": "pcm", "speed": voice.rate,
            });
            let request = vendor.request(Method::POST, &vendor.url("audio/speech"));
            let request = request.headers(vendor.key_header("authorization", "Bearer ")).json(&body);
            let mut sound = vendor.send(request).await?.bytes_stream();
            while let Some(bytes) = sound.next().await {
                let bytes = bytes.map_err(|error| crate::fault::transport(vendor.name, &error))?;
                yield Packet { coding: PCM, bytes };
            }
        })
    }
}

#[derive(Deserialize)]
struct Models {
    data: Vec<Model>,
}

#[derive(Deserialize)]
struct Model {
    id: String,
}

impl Service for OpenAi {
    fn warm(&self) -> BoxFuture<()> {
        let vendor = self.vendor.clone();
        Box::pin(async move { vendor.warm(4).await })
    }

    fn test(&self) -> BoxFuture<Result<(), Error>> {
        let offers = self.offers();
        Box::pin(async move { offers.await.map(drop) })
    }

    fn offers(&self) -> BoxFuture<Result<Offers, Error>> {
        let vendor = self.vendor.clone();
        Box::pin(async move {
            let request = vendor.request(Method::GET, &vendor.url("models"));
            let models: Models = vendor.json(request.headers(vendor.key_header("authorization", "Bearer "))).await?;
            let voices = ["marin", "cedar"].map(|id| OfferedVoice { id: id.into(), name: id.into() });
            Ok(Offers { models: models.data.into_iter().map(|model| model.id).collect(), voices: voices.into() })
        })
    }
}
