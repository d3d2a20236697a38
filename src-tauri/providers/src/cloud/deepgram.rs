//! Deepgram: `v1/listen` over a WebSocket that lives from turn to turn, and Aura's `v1/speak` over HTTP. The regional
//! hosts (`https://api.eu.deepgram.com`) speak the same.
//!
//! Unproven against the real service: that it takes bare Opus packets (`encoding=opus`), one a message, which is in its
//! list of encodings and has the fewest bytes. Where it is refused, by close code 1008 or at the handshake, the answer
//! is `SoundRefused` and the same utterance comes again as samples; a mended guess is a change of `OPUS`.

use super::{Cloud, Preset};
use crate::{
    dialect::{Dialect, Heard, Out, by_code},
    listen::Line,
    shelf::Keeping,
    vendor::{Vendor, with_query},
};
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use voice::{
    BoxFuture, Coding, Error, ErrorKind, Hearing, KeyNeed, Kind, Language, OfferedVoice, Offers, Packet, PacketStream,
    Phrase, Provider, Remote, SoundStream, Synthesise, Transcribe, VoiceChoice, WordsStream,
};

pub(crate) const ROW: Cloud = Cloud {
    name: "deepgram",
    key_of: "deepgram",
    key: KeyNeed::Required,
    kinds: &[Kind::Hear, Kind::Say],
    languages: &[],
    said: &["en", "es", "de", "fr", "nl", "it", "ja"],
    takes: &[Coding::Opus, SAMPLES],
    whole: false,
    account: Preset {
        hear_model: "nova-3",
        say_model: "aura-2",
        voice: "aura-2-thalia-en",
        ..Preset::at("https://api.deepgram.com")
    },
    open,
};

/// The name of bare Opus packets in the query.
const OPUS: &str = "opus";
/// The second choice: 32 kB a second, in its list of encodings since the beginning.
const SAMPLES: Coding = Coding::Pcm16 { rate: 16_000 };
const SPOKEN: Coding = Coding::Pcm16 { rate: 24_000 };
/// A voice for each language that the chosen one does not speak.
const VOICES: [&str; 7] = [
    "aura-2-thalia-en",
    "aura-2-celeste-es",
    "aura-2-viktoria-de",
    "aura-2-agathe-fr",
    "aura-2-rhea-nl",
    "aura-2-livia-it",
    "aura-2-fujin-ja",
];

fn open(vendor: Vendor) -> Provider {
    let line = Line::new(vendor.clone(), vendor.key_header("authorization", "Token "), Coding::Opus);
    let deepgram = Arc::new(Deepgram { vendor, line });
    Provider {
        hear: Some(deepgram.clone()),
        say: Some(deepgram.clone()),
        service: Some(deepgram),
        ..Provider::default()
    }
}

struct Deepgram {
    vendor: Vendor,
    line: Line,
}

impl Transcribe for Deepgram {
    fn hear(&self, sound: PacketStream, how: Hearing) -> WordsStream {
        self.line.hear(Listen::new(self.vendor.clone(), how.language.clone()), sound, how.language)
    }
}

/// One utterance.
struct Listen {
    vendor: Vendor,
    language: Language,
    /// What will not change any more, piece by piece.
    finals: Vec<String>,
    interim: String,
    asked: bool,
}

/// A frame of the service. Lists of numbers stand where `Results` has its channel, so every kind is read apart.
#[derive(Deserialize)]
#[serde(tag = "type")]
enum Message {
    Results {
        channel: Channel,
        #[serde(default)]
        is_final: bool,
        #[serde(default)]
        from_finalize: bool,
    },
    Error(Value),
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Channel {
    alternatives: Vec<Alternative>,
}

#[derive(Deserialize)]
struct Alternative {
    transcript: String,
}

impl Listen {
    fn new(vendor: Vendor, language: Language) -> Self {
        Self { vendor, language, finals: Vec::new(), interim: String::new(), asked: false }
    }
}

impl Dialect for Listen {
    /// It closes after 10 s without a word from us.
    const KEEPING: Option<Keeping> = Some(Keeping {
        message: Some(r#"{"type":"KeepAlive"}"#),
        every: Duration::from_secs(4),
        idle: Duration::from_secs(60),
    });
    /// It may leave `Finalize` unanswered when nothing was left to understand.
    const SILENCE: Option<Duration> = Some(Duration::from_secs(1));
    /// Its own figure.
    const PACE: Option<f32> = Some(1.25);

    fn url(&self, coding: Coding) -> String {
        let encoding = if coding == Coding::Opus { OPUS } else { "linear16" };
        let query = [
            ("model", self.vendor.account.hear_model.as_str()),
            ("language", self.language.tag()),
            ("encoding", encoding),
            ("sample_rate", "16000"),
            ("channels", "1"),
            ("interim_results", "true"),
            ("smart_format", "true"),
            ("endpointing", "300"),
        ];
        with_query(&self.vendor.url("v1/listen"), &query)
    }

    fn sound(&mut self, packet: Packet) -> Option<Out> {
        Some(Out::Bytes(packet.bytes))
    }

    fn end(&mut self) -> Vec<Out> {
        self.asked = true;
        vec![Out::Text(r#"{"type":"Finalize"}"#.to_owned())]
    }

    fn read(&mut self, text: &str) -> Result<Heard, Error> {
        let garbled = |_| self.vendor.error(ErrorKind::Garbled, "a message is none of its own.");
        let (channel, is_final, from_finalize) = match serde_json::from_str(text).map_err(garbled)? {
            Message::Results { channel, is_final, from_finalize } => (channel, is_final, from_finalize),
            Message::Error(failure) => return Err(crate::fault::within(self.vendor.name, &failure)),
            Message::Other => return Ok(Heard::Nothing),
        };
        // an answer to the turn before, which had stopped waiting for it
        if from_finalize && !self.asked {
            return Ok(Heard::Nothing);
        }
        let said = channel.alternatives.into_iter().next().map(|one| one.transcript).unwrap_or_default();
        if is_final {
            self.interim.clear();
            self.finals.extend(Some(said).filter(|said| !said.is_empty()));
        } else {
            self.interim = said;
        }
        Ok(if from_finalize { Heard::Last(self.so_far()) } else { Heard::More })
    }

    fn so_far(&self) -> String {
        let interim = Some(&self.interim).filter(|interim| !interim.is_empty());
        self.finals.iter().chain(interim).map(String::as_str).collect::<Vec<_>>().join(" ")
    }

    fn refused(&self, coding: Coding, kind: ErrorKind) -> ErrorKind {
        if coding == Coding::Opus && kind == ErrorKind::Refused { ErrorKind::SoundRefused } else { kind }
    }

    /// 1008 is `DATA-0000`: sound that it cannot decode.
    fn closed(&self, code: u16, _: &str) -> ErrorKind {
        if code == 1008 { ErrorKind::SoundRefused } else { by_code(code) }
    }
}

impl Synthesise for Deepgram {
    fn say(&self, phrase: Phrase, voice: VoiceChoice) -> SoundStream {
        match self.voice_for(&phrase.language) {
            Some(model) => self.vendor.sound(self.speak(&model, &phrase.text, voice.rate), SPOKEN),
            None => {
                let detail = format!("It speaks {}.", ROW.said.join(" "));
                let error = self.vendor.error(ErrorKind::Unsupported, &detail);
                Box::pin(futures_util::stream::iter([Err(error)]))
            }
        }
    }
}

impl Deepgram {
    /// Every voice speaks the one language that its name ends in.
    fn voice_for(&self, language: &Language) -> Option<String> {
        let chosen = self.vendor.account.voice.as_str();
        let ending = format!("-{language}");
        let named = [chosen].into_iter().chain(VOICES).find(|voice| voice.ends_with(&ending));
        named.map(str::to_owned)
    }

    fn speak(&self, model: &str, text: &str, rate: f32) -> RequestBuilder {
        let speed = format!("{:.2}", rate.clamp(0.7, 1.5));
        let mut query =
            vec![("model", model), ("encoding", "linear16"), ("container", "none"), ("sample_rate", "24000")];
        // asking for the voice's own speed would be refused by voices that know no other
        if speed != "1.00" {
            query.push(("speed", &speed));
        }
        self.ask(Method::POST, &with_query(&self.vendor.url("v1/speak"), &query)).json(&json!({ "text": text }))
    }

    fn ask(&self, method: Method, url: &str) -> RequestBuilder {
        self.vendor.request(method, url).headers(self.vendor.key_header("authorization", "Token "))
    }
}

#[derive(Deserialize)]
struct Models {
    #[serde(default)]
    stt: Vec<Model>,
    #[serde(default)]
    tts: Vec<Model>,
}

#[derive(Deserialize)]
struct Model {
    #[serde(default)]
    name: String,
    #[serde(default)]
    canonical_name: String,
    #[serde(default)]
    streaming: bool,
}

impl Models {
    fn offers(self) -> Offers {
        let heard = self.stt.into_iter().filter(|model| model.streaming);
        let mut models: Vec<String> = heard.map(|model| model.canonical_name).collect();
        models.sort();
        models.dedup();
        let voice = |model: Model| OfferedVoice { id: model.canonical_name, name: model.name };
        Offers { models, voices: self.tts.into_iter().map(voice).collect() }
    }
}

impl Remote for Deepgram {
    /// The socket is not opened here but by `hear`, which is asked at the same moment: it wants sound within 10 s.
    fn warm(&self) -> BoxFuture<()> {
        let vendor = self.vendor.clone();
        Box::pin(async move { vendor.warm(3).await })
    }

    fn test(&self) -> BoxFuture<Result<(), Error>> {
        let request = self.ask(Method::GET, &self.vendor.url("v1/auth/token"));
        let vendor = self.vendor.clone();
        Box::pin(async move { vendor.send(request).await.map(drop) })
    }

    fn offers(&self) -> BoxFuture<Result<Offers, Error>> {
        let request = self.ask(Method::GET, &self.vendor.url("v1/models"));
        let vendor = self.vendor.clone();
        Box::pin(async move { Ok(vendor.json::<Models>(request).await?.offers()) })
    }
}

#[cfg(test)]
mod tests;
