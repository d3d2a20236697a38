//! Recognition over a socket: turns, each of a context, sound, and what was understood of it.

use super::{authorised, is_locale, refused};
use crate::{
    answer::Refusal,
    asked::{header, unless},
    script::Script,
    sound::Ear,
    wire::{Call, Came, Out, Wire},
};
use axum::response::Response;
use bytes::Bytes;
use serde_json::{Value, json};
use voice::Coding;

const KNOWN: [&str; 4] = ["language", "format", "profanity", "initialSilenceTimeoutMs"];
/// Bytes of a WAV file's header, which come in a message of their own.
const WAV_HEAD: usize = 44;
/// Seconds of sound between two hypotheses.
const PARTIAL: f64 = 1.0;
/// Ticks of 100 ns in a second.
const TICKS: f64 = 1e7;

pub(super) async fn call(call: Call) -> Result<Response, Refusal> {
    authorised(&call.headers, &call.script.key)?;
    let asks = call.query(&KNOWN).map_err(refused)?;
    unless(asks.get("language").is_some_and(is_locale), "language is a locale with a region").map_err(refused)?;
    asks.one_of("format", &["simple"]).map_err(refused)?;
    asks.one_of("profanity", &["masked", "removed", "raw"]).map_err(refused)?;
    unless(is_id(header(&call.headers, "x-connectionid")), "X-ConnectionId is no id").map_err(refused)?;
    let script = call.script.clone();
    Ok(call.open(move |wire| async move { Talk { wire, script: &script, configured: false, turn: None }.run().await }))
}

fn is_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|digit| digit.is_ascii_hexdigit())
}

struct Talk<'a> {
    wire: Wire,
    script: &'a Script,
    configured: bool,
    turn: Option<Turn>,
}

/// Between a context and its end.
struct Turn {
    id: String,
    /// `None` before the kind of sound was said.
    ear: Option<Ear>,
    told: f64,
    /// All of the sound has come.
    over: bool,
}

/// A message: its header lines and what follows them.
struct Message<'a> {
    lines: &'a str,
    body: &'a [u8],
}

impl<'a> Message<'a> {
    fn text(text: &'a str) -> Result<Self, String> {
        let (lines, body) = text.split_once("\r\n\r\n").ok_or("no blank line after the header lines")?;
        Ok(Self { lines, body: body.as_bytes() })
    }

    fn sound(bytes: &'a [u8]) -> Result<Self, String> {
        let (length, rest) = bytes.split_first_chunk::<2>().ok_or("no length of the header lines")?;
        let (lines, body) =
            rest.split_at_checked(u16::from_be_bytes(*length).into()).ok_or("header lines of another length")?;
        let lines = std::str::from_utf8(lines).map_err(|_| "header lines that are no text")?;
        unless(lines.ends_with("\r\n"), "a header line without an end")?;
        Ok(Self { lines, body })
    }

    /// The value of a header line, or nothing.
    fn line(&self, wanted: &str) -> &'a str {
        let mut lines = self.lines.split("\r\n").filter_map(|line| line.split_once(':'));
        lines.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map_or("", |(_, value)| value.trim())
    }

    fn json(&self) -> Result<Value, String> {
        serde_json::from_slice(self.body).map_err(|_| format!("{} is no JSON", self.line("path")))
    }
}

impl Talk<'_> {
    async fn run(mut self) -> Option<()> {
        loop {
            let told = match self.wire.next().await? {
                Came::Text(text) => Message::text(&text).and_then(|message| self.read(&message)).map(|()| Vec::new()),
                Came::Bytes(bytes) => Message::sound(&bytes).and_then(|message| self.hear(&message)),
            };
            match told {
                Ok(all) => {
                    for out in all {
                        self.wire.send(out).await?;
                    }
                }
                Err(why) => self.wire.refuse(1007, &why, &why).await?,
            }
        }
    }

    fn read(&mut self, message: &Message) -> Result<(), String> {
        unless(!message.line("x-timestamp").is_empty(), "X-Timestamp is absent")?;
        match message.line("path") {
            "speech.config" => {
                let named = message.json()?.pointer("/context/system/name").is_some_and(Value::is_string);
                unless(named, "speech.config does not say who asks")?;
                self.configured = true;
                Ok(())
            }
            "speech.context" => {
                unless(self.configured, "speech.context before speech.config")?;
                unless(self.turn.as_ref().is_none_or(|turn| turn.over), "a turn within a turn")?;
                let locale = message.json()?.pointer("/phraseDetection/language").cloned().unwrap_or_default();
                unless(locale.as_str().is_some_and(is_locale), "phraseDetection.language is no locale")?;
                let id = message.line("x-requestid").to_owned();
                unless(is_id(&id), "X-RequestId is no id")?;
                self.turn = Some(Turn { id, ear: None, told: 0.0, over: false });
                self.wire.got("speech.context");
                Ok(())
            }
            "telemetry" => message.json().map(drop),
            other => Err(format!("there is no path {other:?}")),
        }
    }

    /// What is told at once.
    fn hear(&mut self, message: &Message) -> Result<Vec<Out>, String> {
        let turn = self.turn.as_mut().ok_or("sound before speech.context")?;
        unless(message.line("path") == "audio", "bytes that are no audio")?;
        unless(message.line("x-requestid") == turn.id, "sound of another turn")?;
        unless(!turn.over, "sound after its end")?;
        if message.body.is_empty() {
            turn.over = true;
            self.end();
            return Ok(Vec::new());
        }
        let mut out = Vec::new();
        let ear = match &mut turn.ear {
            Some(ear) => ear,
            None => {
                out.push(told(&turn.id, "turn.start", &json!({ "context": { "serviceTag": "peer" } })));
                let coding = coding(message)?;
                let ear = turn.ear.insert(Ear::new(coding));
                if matches!(coding, Coding::Pcm16 { .. }) {
                    return Ok(out);
                }
                ear
            }
        };
        ear.push(&Bytes::copy_from_slice(message.body)).map_err(|why| format!("undecodable audio: {why}"))?;
        let heard = ear.seconds;
        if heard - turn.told >= PARTIAL {
            turn.told = heard;
            let body = json!({ "Text": self.script.partial(heard), "Offset": 0, "Duration": (heard * TICKS) as u64 });
            out.push(told(&turn.id, "speech.hypothesis", &body));
        }
        Ok(out)
    }

    /// Nothing heard, nothing understood; the turn ends all the same.
    fn end(&mut self) {
        self.wire.got("end of audio");
        let Some(turn) = &mut self.turn else { return };
        let length = turn.ear.as_mut().map_or(0.0, Ear::finish);
        let ticks = (length * TICKS) as u64;
        let text = &self.script.transcript;
        let phrase = json!({ "RecognitionStatus": "Success", "DisplayText": text, "Offset": 0, "Duration": ticks });
        let dictation = json!({ "RecognitionStatus": "EndOfDictation", "Offset": ticks, "Duration": 0 });
        let mut all = vec![
            ("speech.endDetected", json!({ "Offset": ticks })),
            ("speech.phrase", dictation),
            ("turn.end", json!({})),
        ];
        if length > 0.0 {
            all.insert(0, ("speech.phrase", phrase));
        }
        let (id, moment) = (turn.id.clone(), self.script.finalized(self.wire.cause()));
        let all: Vec<_> = all.into_iter().map(|(path, body)| (moment, told(&id, path, &body))).collect();
        self.wire.later("turn", all);
    }
}

/// What the first message of sound says that it is.
fn coding(message: &Message) -> Result<Coding, String> {
    match message.line("content-type") {
        "audio/ogg; codecs=opus" => Ok(Coding::OggOpus),
        "audio/x-wav" | "audio/wav" => {
            let head = message.body;
            unless(head.len() == WAV_HEAD && head.starts_with(b"RIFF"), "audio does not begin with a header")?;
            let rate = head.get(24..28).and_then(|rate| rate.try_into().ok()).map(u32::from_le_bytes);
            unless(rate == Some(16_000), "audio is not of 16 kHz")?;
            Ok(Coding::Pcm16 { rate: 16_000 })
        }
        other => Err(format!("audio format {other:?}")),
    }
}

fn told(id: &str, path: &str, body: &Value) -> Out {
    let head = format!("X-RequestId:{id}\r\nContent-Type:application/json; charset=utf-8\r\nPath:{path}\r\n");
    Out::text(path, format!("{head}\r\n{body}"))
}
