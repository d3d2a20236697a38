//! Wyoming over TCP: a server that hears and one that speaks. Both say what they are when they are asked, and close the
//! connection after their work.
//! Source: wyoming 1.10.2.

use super::{Serve, Vendor};
use crate::{
    asked::{Desk, unless},
    clock::until,
    ledger::{Line, Message, Row},
    sound::{Ear, pcm},
    watch::Counted,
};
use bytes::Bytes;
use serde_json::{Map, Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use voice::Coding;

pub(crate) const HEAR: Vendor = Vendor {
    name: "wyoming-hear",
    also: &[],
    path: "",
    serve: Serve::Tcp(|desk, stream, line| {
        Box::pin(async move { Talk::new(stream, &desk, &line).hear().await.unwrap_or_default() })
    }),
};
pub(crate) const SAY: Vendor = Vendor {
    name: "wyoming-say",
    also: &[],
    path: "",
    serve: Serve::Tcp(|desk, stream, line| {
        Box::pin(async move { Talk::new(stream, &desk, &line).say().await.unwrap_or_default() })
    }),
};

const RATE: u32 = 22_050;
const VOICES: [&str; 2] = ["en_US-lessac-medium", "ru_RU-irina-medium"];
/// A header is read up to here.
const LINE: u64 = 64 * 1024;

struct Event {
    kind: String,
    data: Map<String, Value>,
    payload: Bytes,
}

impl Event {
    fn text(&self, field: &str) -> Option<&str> {
        self.data.get(field)?.as_str()
    }

    fn is(&self, field: &str, number: u32) -> bool {
        self.data.get(field).and_then(Value::as_u64) == Some(number.into())
    }
}

/// One connection. Methods give `None` when it is over.
struct Talk {
    stream: BufReader<Box<Counted>>,
    desk: Desk,
    row: Row,
}

impl Talk {
    fn new(stream: Box<Counted>, desk: &Desk, line: &Line) -> Self {
        let row = line.request(desk.vendor, "TCP", "/", 0);
        Self { stream: BufReader::new(stream), desk: desk.clone(), row }
    }

    async fn hear(mut self) -> Option<()> {
        let mut ear: Option<Ear> = None;
        loop {
            let event = self.next().await?;
            match event.kind.as_str() {
                "describe" => {
                    self.describe(&json!({ "asr": [program("models", &["tiny-int8", "base-int8"])], "tts": [] }))
                        .await?
                }
                "transcribe" => {
                    let language = event.text("language").is_none_or(|code| code.len() == 2);
                    self.check(unless(language, "language has two letters")).await?;
                }
                "audio-start" => {
                    self.check(unless(is_format(&event, 16_000), "it hears 16-bit mono at 16 kHz")).await?;
                    ear = Some(Ear::new(Coding::Pcm16 { rate: 16_000 }));
                }
                "audio-chunk" => {
                    let good = is_format(&event, 16_000) && !event.payload.is_empty();
                    let heard = ear.as_mut().ok_or("sound before audio-start".to_owned());
                    let heard = heard.and_then(|ear| ear.push(&event.payload));
                    self.check(heard.and(unless(good, "a chunk without format or sound"))).await?;
                }
                "audio-stop" => {
                    let seconds = ear.take().map_or(0.0, |mut ear| ear.finish());
                    self.check(unless(seconds > 0.0, "it holds no sound")).await?;
                    until(self.desk.script.heard(self.row.cause())).await;
                    let transcript = json!({ "text": self.desk.script.transcript });
                    self.tell("transcript", &transcript, b"").await?;
                    self.row.end(true);
                    return Some(());
                }
                other => self.check(Err(format!("{other} is not for it"))).await?,
            }
        }
    }

    async fn say(mut self) -> Option<()> {
        loop {
            let event = self.next().await?;
            match event.kind.as_str() {
                "describe" => self.describe(&json!({ "asr": [], "tts": [program("voices", &VOICES)] })).await?,
                "synthesize" => {
                    let text = event.text("text").unwrap_or_default();
                    let voice = event.data.get("voice").and_then(|voice| voice.get("name")).and_then(Value::as_str);
                    self.check(unless(!text.trim().is_empty(), "there is nothing to say")).await?;
                    self.check(unless(voice.is_none_or(|name| VOICES.contains(&name)), "there is no such voice"))
                        .await?;
                    self.speak(text).await?;
                    self.row.end(true);
                    return Some(());
                }
                other => self.check(Err(format!("{other} is not for it"))).await?,
            }
        }
    }

    async fn speak(&mut self, text: &str) -> Option<()> {
        let format = json!({ "rate": RATE, "width": 2, "channels": 1 });
        let sound: Vec<_> = self.desk.script.sound(self.row.cause(), text, RATE).collect();
        until(sound.first()?.0).await;
        self.tell("audio-start", &format, b"").await?;
        for (at, chunk) in sound {
            until(at).await;
            self.tell("audio-chunk", &format, &pcm(&chunk)).await?;
        }
        self.tell("audio-stop", &json!({}), b"").await
    }

    async fn describe(&mut self, info: &Value) -> Option<()> {
        self.tell("info", info, b"").await
    }

    /// The next event.
    async fn next(&mut self) -> Option<Event> {
        match self.read().await? {
            Ok(event) => {
                self.noted(true, &event.kind);
                Some(event)
            }
            Err(why) => {
                self.check(Err(why)).await?;
                None
            }
        }
    }

    async fn read(&mut self) -> Option<Result<Event, String>> {
        let mut line = Vec::new();
        (&mut self.stream).take(LINE).read_until(b'\n', &mut line).await.ok().filter(|length| *length > 0)?;
        let header: Map<String, Value> = match serde_json::from_slice(&line) {
            Ok(header) => header,
            Err(error) => return Some(Err(error.to_string())),
        };
        let length = |field: &str| header.get(field).and_then(Value::as_u64).unwrap_or_default();
        let mut data = header.get("data").and_then(Value::as_object).cloned().unwrap_or_default();
        let (mut more, mut payload) = (Vec::new(), Vec::new());
        (&mut self.stream).take(length("data_length")).read_to_end(&mut more).await.ok()?;
        (&mut self.stream).take(length("payload_length")).read_to_end(&mut payload).await.ok()?;
        self.row.uploaded(line.len() + more.len() + payload.len());
        if !more.is_empty() {
            match serde_json::from_slice::<Map<String, Value>>(&more) {
                Ok(more) => data.extend(more),
                Err(error) => return Some(Err(error.to_string())),
            }
        }
        let kind = header.get("type").and_then(Value::as_str).map(str::to_owned);
        let event = kind.map(|kind| Event { kind, data, payload: payload.into() });
        Some(event.ok_or_else(|| "an event without type".into()))
    }

    /// Goes on if all is well; else says what is not, and ends.
    async fn check(&mut self, good: Result<(), String>) -> Option<()> {
        let Err(why) = good else { return Some(()) };
        self.row.complain(why.clone());
        self.tell("error", &json!({ "text": why, "code": "bad-event" }), b"").await;
        None
    }

    async fn tell(&mut self, kind: &str, data: &Value, payload: &[u8]) -> Option<()> {
        let data = data.to_string();
        let header =
            json!({ "type": kind, "version": "1.10.2", "data_length": data.len(), "payload_length": payload.len() });
        let event = [header.to_string().as_bytes(), b"\n", data.as_bytes(), payload].concat();
        self.stream.write_all(&event).await.ok()?;
        self.noted(false, kind);
        self.row.answered();
        Some(())
    }

    fn noted(&self, incoming: bool, what: &str) {
        if what == "audio-chunk" {
            return;
        }
        let message = Message { at: crate::clock::now(), incoming, what: what.into() };
        self.row.note(|request| request.messages.push(message));
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        self.row.end(false);
    }
}

fn is_format(event: &Event, rate: u32) -> bool {
    event.is("rate", rate) && event.is("width", 2) && event.is("channels", 1)
}

/// A program of a description, with what it has.
fn program(parts: &str, names: &[&str]) -> Value {
    let by = json!({ "name": "peers", "url": "" });
    let part = |name: &&str| {
        json!({ "name": name, "languages": ["en", "ru"], "installed": true, "attribution": by, "description": name,
            "version": "1" })
    };
    json!({ "name": "peer", "installed": true, "attribution": by, "description": "peer", "version": "1",
        parts: names.iter().map(part).collect::<Vec<_>>() })
}
