//! Peers in a process of their own, so that what they use of the machine is not counted as ours.

use crate::exit::Failed;
use ::peers::{Line, Script};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// How slow the services are, and the way to them.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Slowness {
    /// From the last byte of an upload to its transcript, in ms
    #[arg(long, default_value_t = 300)]
    stt_ms: u32,
    /// From the end of speech on a socket to its transcript, in ms
    #[arg(long, default_value_t = 150)]
    ws_stt_ms: u32,
    /// From a prompt to its first token, in ms
    #[arg(long, default_value_t = 350)]
    ttft_ms: u32,
    /// Tokens a second
    #[arg(long, default_value_t = 80.0)]
    tokens_per_second: f64,
    /// Tokens of the reply's first sentence, for what a perfect client could reach
    #[arg(long, default_value_t = 10)]
    sentence: u32,
    /// From a phrase to its first sound, in ms
    #[arg(long, default_value_t = 200)]
    tts_ms: u32,
    /// Seconds of sound that are sent in one
    #[arg(long, default_value_t = 5.0)]
    tts_speed: f64,
    /// Round trip to the peers, in ms; above 0 they are asked over TLS
    #[arg(long, default_value_t = 0)]
    rtt_ms: u32,
    /// What a connection can send, in Mbit/s; only with a round trip
    #[arg(long, default_value_t = 5.0)]
    up_mbit: f64,
}

impl Slowness {
    /// From release to first sound for a client that has sent everything at release, asks without delay and speaks the
    /// first sentence on its last token; one round trip a stage.
    pub(crate) fn ideal_ms(&self, by_socket: bool) -> f64 {
        let hear = if by_socket { self.ws_stt_ms } else { self.stt_ms };
        let sentence = f64::from(self.sentence.saturating_sub(1)) / self.tokens_per_second * 1e3;
        f64::from(hear + self.ttft_ms + self.tts_ms + 3 * self.rtt_ms) + sentence
    }

    /// What the peers answer, and when.
    pub(crate) fn script(&self, key: String) -> Script {
        Script {
            stt_ms: self.stt_ms,
            ws_stt_ms: self.ws_stt_ms,
            ttft_ms: self.ttft_ms,
            tokens_per_second: self.tokens_per_second,
            tts_ttfb_ms: self.tts_ms,
            tts_speed: self.tts_speed,
            key,
            ..Script::default()
        }
    }

    /// The line to them, if it is not the machine's own.
    pub(crate) fn line(&self) -> Option<Line> {
        let line = Line { rtt: Duration::from_millis(self.rtt_ms.into()), up: self.up_mbit * 1e6 };
        (self.rtt_ms > 0).then_some(line)
    }

    fn arguments(&self) -> Vec<String> {
        let mut all: Vec<String> = ["bench", "cloud"].map(str::to_owned).into();
        let mut give = |name: &str, value: String| all.extend([format!("--{name}"), value]);
        give("stt-ms", self.stt_ms.to_string());
        give("ws-stt-ms", self.ws_stt_ms.to_string());
        give("ttft-ms", self.ttft_ms.to_string());
        give("tokens-per-second", self.tokens_per_second.to_string());
        give("tts-ms", self.tts_ms.to_string());
        give("tts-speed", self.tts_speed.to_string());
        give("rtt-ms", self.rtt_ms.to_string());
        give("up-mbit", self.up_mbit.to_string());
        all
    }
}

/// The running peers.
pub(crate) struct Peers {
    child: Child,
    out: BufReader<std::process::ChildStdout>,
    about: Value,
}

impl Peers {
    /// Starts this program once more, as peers.
    pub(crate) fn start(slowness: &Slowness, key: &str) -> Result<Self, Failed> {
        let program = std::env::current_exe().map_err(|error| Failed::other(&error))?;
        let mut child = Command::new(program)
            .args(slowness.arguments())
            .args(["--key", key])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| Failed::other(&error))?;
        let out = child.stdout.take().ok_or_else(|| Failed::other(&"the peers have no output"))?;
        let mut out = BufReader::new(out);
        let mut line = String::new();
        out.read_line(&mut line).map_err(|error| Failed::other(&error))?;
        let about = serde_json::from_str(&line).map_err(|error| Failed::other(&error))?;
        Ok(Self { child, out, about })
    }

    /// Where `vendor` is.
    pub(crate) fn url(&self, vendor: &str) -> Result<String, Failed> {
        let url = self.about.get("urls").and_then(|urls| urls.get(vendor)).and_then(Value::as_str);
        url.map(str::to_owned).ok_or_else(|| Failed::other(&format!("there is no peer for {vendor}")))
    }

    /// What its certificate is vouched for by.
    pub(crate) fn certificate(&self) -> Option<&str> {
        self.about.get("certificate").and_then(Value::as_str)
    }

    /// Ends them; gives what they noted.
    pub(crate) fn finish(&mut self) -> Result<Value, Failed> {
        // the end of their input is the end of their work
        drop(self.child.stdin.take());
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).map_err(|error| Failed::other(&error))?;
        self.child.wait().map_err(|error| Failed::other(&error))?;
        serde_json::from_str(&rest).map_err(|error| Failed::other(&error))
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        // it has ended by itself if all went well
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
