//! Wyoming: the protocol of voice servers around Home Assistant, over plain TCP: a line of JSON, then as many bytes of
//! more JSON and of sound as the line says. A server does one kind of work and has an address of its own, so there are
//! two rows. Its own `Vendor` has no part in the connection: nothing secret travels.
//!
//! Wire format: <https://github.com/OHF-Voice/wyoming>.

use super::{Cloud, Preset};
use crate::{fault, vendor::Vendor};
use async_stream::try_stream;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::{pin::pin, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpStream, tcp::OwnedWriteHalf},
    time::timeout,
};
use voice::{
    BoxFuture, Coding, Error, ErrorKind, Hearing, KeyNeed, Kind, OfferedVoice, Offers, Packet, PacketStream, Phrase,
    Provider, Remote, SoundStream, Synthesise, Transcribe, VoiceChoice, Words, WordsStream,
};

/// Servers that hear, for instance wyoming-faster-whisper.
pub(crate) const HEAR: Cloud = Cloud {
    name: "wyoming-hear",
    key_of: "wyoming-hear",
    key: KeyNeed::None,
    kinds: &[Kind::Hear],
    languages: &[],
    said: &[],
    takes: &[Coding::Pcm16 { rate: RATE }],
    whole: true,
    account: Preset::at("tcp://127.0.0.1:10300"),
    open: |vendor| {
        let wyoming = Arc::new(Wyoming { vendor });
        Provider { hear: Some(wyoming.clone()), service: Some(wyoming), ..Provider::default() }
    },
};

/// Servers that speak, for instance wyoming-piper.
pub(crate) const SAY: Cloud = Cloud {
    name: "wyoming-say",
    key_of: "wyoming-say",
    kinds: &[Kind::Say],
    takes: &[],
    account: Preset::at("tcp://127.0.0.1:10200"),
    open: |vendor| {
        let wyoming = Arc::new(Wyoming { vendor });
        Provider { say: Some(wyoming.clone()), service: Some(wyoming), ..Provider::default() }
    },
    ..HEAR
};

const RATE: u32 = 16_000;
/// As for every other service.
const CONNECT: Duration = Duration::from_millis(1_500);
/// A longer line is no line.
const LINE: u64 = 1024 * 1024;
/// More of sound or of JSON does not belong to one event.
const BLOCK: u64 = 10 * 1024 * 1024;

#[derive(Clone)]
struct Wyoming {
    vendor: Vendor,
}

/// What came.
#[derive(Debug, PartialEq)]
struct Event {
    kind: String,
    data: Map<String, Value>,
    payload: Bytes,
}

#[derive(Deserialize)]
struct Header {
    #[serde(rename = "type")]
    kind: String,
    data: Option<Map<String, Value>>,
    data_length: Option<u64>,
    payload_length: Option<u64>,
}

/// The way to a server.
struct Mouth {
    source: &'static str,
    to: OwnedWriteHalf,
}

impl Wyoming {
    async fn connect(&self) -> Result<(Mouth, impl Stream<Item = Result<Event, Error>> + use<>), Error> {
        let source = self.vendor.name;
        let address = self.vendor.account.base_url.trim_end_matches('/').strip_prefix("tcp://");
        let address = address.ok_or_else(|| {
            let setting = format!("accounts.{source}.base_url");
            Error::new(ErrorKind::BadSetting, setting, "It has the form tcp://host:port.")
        })?;
        let opened = timeout(CONNECT, TcpStream::connect(address)).await;
        let stream = opened.ok().and_then(Result::ok).ok_or_else(|| {
            self.vendor.error(ErrorKind::Unreachable, &format!("no Wyoming server answers at {address}."))
        })?;
        // without it the last piece of speech would wait for an answer to the one before
        stream.set_nodelay(true).ok();
        let (from, to) = stream.into_split();
        Ok((Mouth { source, to }, events(source, BufReader::new(from))))
    }
}

impl Mouth {
    async fn say(&mut self, kind: &str, data: &Value, payload: &[u8]) -> Result<(), Error> {
        let data = data.to_string();
        let header = json!({ "type": kind, "data_length": data.len(), "payload_length": payload.len() });
        let event = [header.to_string().as_bytes(), b"\n", data.as_bytes(), payload].concat();
        let broken = |_| Error::new(ErrorKind::CutShort, self.source, "the connection broke off.");
        self.to.write_all(&event).await.map_err(broken)
    }
}

/// Events until the connection ends; one that tells of an error is one.
fn events(source: &'static str, mut from: impl AsyncBufRead + Unpin) -> impl Stream<Item = Result<Event, Error>> {
    try_stream! {
        loop {
            let read = read_event(&mut from).await;
            let Some(event) = read.map_err(|kind| Error::new(kind, source, "it sent a broken event."))? else { break };
            if event.kind == "error" {
                Err(fault::within(source, &Value::Object(event.data)))?;
            } else {
                yield event;
            }
        }
    }
}

/// The next event; `None` where the bytes end between two.
async fn read_event(from: &mut (impl AsyncBufRead + Unpin)) -> Result<Option<Event>, ErrorKind> {
    let mut line = Vec::new();
    let broken = |_| ErrorKind::CutShort;
    from.take(LINE).read_until(b'\n', &mut line).await.map_err(broken)?;
    match line.last() {
        None => return Ok(None),
        Some(b'\n') => {}
        Some(_) if line.len() as u64 == LINE => return Err(ErrorKind::TooLarge),
        Some(_) => return Err(ErrorKind::CutShort),
    }
    let header: Header = serde_json::from_slice(&line).map_err(|_| ErrorKind::Garbled)?;
    let mut data = header.data.unwrap_or_default();
    let more = block(from, header.data_length.unwrap_or_default()).await?;
    if !more.is_empty() {
        data.extend(serde_json::from_slice::<Map<String, Value>>(&more).map_err(|_| ErrorKind::Garbled)?);
    }
    let payload = block(from, header.payload_length.unwrap_or_default()).await?.into();
    Ok(Some(Event { kind: header.kind, data, payload }))
}

/// As many bytes as were promised. Memory grows with what comes, not with what is promised.
async fn block(from: &mut (impl AsyncRead + Unpin), length: u64) -> Result<Vec<u8>, ErrorKind> {
    if length > BLOCK {
        return Err(ErrorKind::TooLarge);
    }
    let mut bytes = Vec::new();
    from.take(length).read_to_end(&mut bytes).await.map_err(|_| ErrorKind::CutShort)?;
    if bytes.len() as u64 == length { Ok(bytes) } else { Err(ErrorKind::CutShort) }
}

impl Transcribe for Wyoming {
    fn hear(&self, mut sound: PacketStream, how: Hearing) -> WordsStream {
        let wyoming = self.clone();
        Box::pin(try_stream! {
            let vendor = &wyoming.vendor;
            let (mut mouth, events) = wyoming.connect().await?;
            let mut events = pin!(events);
            let model = Some(vendor.account.hear_model.as_str()).filter(|model| !model.is_empty());
            let transcribe = json!({ "language": how.language.tag(), "name": model });
            let format = json!({ "rate": RATE, "width": 2, "channels": 1 });
            mouth.say("transcribe", &transcribe, b"").await?;
            mouth.say("audio-start", &format, b"").await?;
            let (mut speaking, mut text) = (true, String::new());
            loop {
                let next = tokio::select! {
                    biased;
                    event = events.next() => Ok(event),
                    packet = sound.next(), if speaking => Err(packet),
                };
                let event = match next {
                    Ok(Some(event)) => event?,
                    Ok(None) => Err(vendor.error(ErrorKind::CutShort, "it left without a transcript."))?,
                    Err(Some(packet)) if packet.coding == (Coding::Pcm16 { rate: RATE }) => {
                        mouth.say("audio-chunk", &format, &packet.bytes).await?;
                        continue;
                    }
                    Err(Some(_)) => Err(vendor.error(ErrorKind::SoundRefused, "it takes 16-bit samples at 16 kHz."))?,
                    Err(None) => {
                        mouth.say("audio-stop", &json!({}), b"").await?;
                        speaking = false;
                        continue;
                    }
                };
                let said = event.data.get("text").and_then(Value::as_str).unwrap_or_default();
                let last = match event.kind.as_str() {
                    "transcript" => { text = said.to_owned(); true }
                    "transcript-chunk" => { text.push_str(said); false }
                    "transcript-stop" => true,
                    _ => continue,
                };
                yield Words { text: text.trim().to_owned(), language: how.language.clone(), last, translation: None };
                if last { break }
            }
        })
    }
}

impl Synthesise for Wyoming {
    fn changes_speed(&self) -> bool {
        false
    }

    fn say(&self, phrase: Phrase, _: VoiceChoice) -> SoundStream {
        let wyoming = self.clone();
        Box::pin(try_stream! {
            let vendor = &wyoming.vendor;
            let (mut mouth, events) = wyoming.connect().await?;
            let mut events = pin!(events);
            let voice = match vendor.account.voice.as_str() {
                "" => json!({ "language": phrase.language.tag() }),
                name => json!({ "name": name }),
            };
            mouth.say("synthesize", &json!({ "text": phrase.text, "voice": voice }), b"").await?;
            loop {
                let Some(event) = events.next().await else { Err(vendor.error(ErrorKind::CutShort, "it left before it had spoken."))? };
                let event = event?;
                match event.kind.as_str() {
                    "audio-chunk" => {
                        let coding = coding(&event.data).ok_or_else(|| vendor.error(ErrorKind::Garbled, "its sound is not 16-bit mono."))?;
                        yield Packet { coding, bytes: event.payload };
                    }
                    "audio-stop" => break,
                    _ => {}
                }
            }
        })
    }
}

fn coding(format: &Map<String, Value>) -> Option<Coding> {
    let number = |name: &str| format.get(name).and_then(Value::as_u64);
    let rate = u32::try_from(number("rate")?).ok().filter(|rate| (8_000..=192_000).contains(rate))?;
    (number("width") == Some(2) && number("channels") == Some(1)).then_some(Coding::Pcm16 { rate })
}

impl Remote for Wyoming {
    fn warm(&self) -> BoxFuture<()> {
        // each utterance has its own connection, which servers close after it; none can be opened ahead
        Box::pin(async {})
    }

    fn test(&self) -> BoxFuture<Result<(), Error>> {
        let offers = self.offers();
        Box::pin(async move { offers.await.map(drop) })
    }

    fn offers(&self) -> BoxFuture<Result<Offers, Error>> {
        let wyoming = self.clone();
        Box::pin(async move {
            let (mut mouth, events) = wyoming.connect().await?;
            let mut events = pin!(events);
            mouth.say("describe", &json!({}), b"").await?;
            while let Some(event) = events.next().await {
                let event = event?;
                if event.kind == "info" {
                    return Ok(offered(&event.data));
                }
            }
            Err(wyoming.vendor.error(ErrorKind::CutShort, "it left without saying what it is."))
        })
    }
}

/// Models of those programs that hear, voices of those that speak.
fn offered(info: &Map<String, Value>) -> Offers {
    let names = |kind: &str, part: &str| -> Vec<String> {
        let programs = info.get(kind).and_then(Value::as_array).into_iter().flatten();
        let parts = programs.filter_map(|program| program.get(part)?.as_array()).flatten();
        parts.filter_map(|part| part.get("name")?.as_str()).map(str::to_owned).collect()
    };
    let voices = names("tts", "voices").into_iter().map(|name| OfferedVoice { id: name.clone(), name });
    Offers { models: names("asr", "models"), voices: voices.collect() }
}

#[cfg(test)]
mod tests;
