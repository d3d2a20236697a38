//! What the turns of a run amount to, in a table a person can read.

use super::{conversation::Seen, machine::thread_time, sink::Moments};
use crate::exit::Exit;
use audio::{Decoder, Encoder, Resampler, Wav};
use serde_json::Value;
use voice::{Coding, Packet};

/// What the microphone's packets are made of: 20 ms at 16 kHz.
const FRAME: usize = 320;
const RATE: u32 = 16_000;

/// A run that is over.
pub(crate) struct Summary<'a> {
    pub(crate) ideal_ms: f64,
    pub(crate) sessions: u32,
    pub(crate) seen: &'a [Seen],
    pub(crate) cpu: Option<f64>,
    /// The most and what is now, after and before, in MiB.
    pub(crate) resident: Option<((f64, f64), (f64, f64))>,
    pub(crate) wav: &'a Wav,
    pub(crate) ledger: Option<&'a Value>,
}

impl Summary<'_> {
    /// Prints it. Ends with `Failed` if any turn did.
    pub(crate) fn print(&self) -> Exit {
        let failed: Vec<&Seen> = self.seen.iter().filter(|seen| seen.error.is_some()).collect();
        println!("ideal               {:>8.1} ms", self.ideal_ms);
        let first = self.seen.iter().filter(|seen| seen.turn == 0);
        let later = self.seen.iter().filter(|seen| seen.turn > 0);
        row("first turn", &self.overheads(first));
        row("all later turns", &self.overheads(later));
        if let Some(cpu) = self.cpu {
            let turns = self.seen.len().max(1) as f64;
            let codec = self.codec_ms();
            let turn = cpu * 1e3 / turns;
            println!(
                "processor           {turn:>8.1} ms a turn, of it {codec:.1} ms to encode and decode; {:.1} ms beyond",
                turn - codec
            );
        }
        if let Some(((most, _), (_, before))) = self.resident {
            let each = (most - before) / f64::from(self.sessions.max(1));
            println!("memory              {most:>8.1} MiB at most; {before:.1} before, {each:.2} a conversation");
        }
        self.print_ledger();
        println!("turns               {:>8}, failed {}", self.seen.len(), failed.len());
        for seen in failed.iter().take(5) {
            println!("  session {} turn {}: {}", seen.session, seen.turn, seen.error.as_deref().unwrap_or_default());
        }
        if failed.is_empty() { Exit::Done } else { Exit::Failed }
    }

    /// What a turn took longer than a perfect client's would have, in ms, in rising order.
    fn overheads<'a>(&self, seen: impl Iterator<Item = &'a Seen>) -> Vec<f64> {
        let took = |moments: &Moments| {
            let heard = moments.first > 0 && moments.release > 0;
            heard.then(|| moments.first as f64 / 1e6 - moments.release as f64 / 1e6 - self.ideal_ms)
        };
        let mut all: Vec<f64> =
            seen.filter(|seen| seen.error.is_none()).filter_map(|seen| took(&seen.moments)).collect();
        all.sort_by(f64::total_cmp);
        all
    }

    /// Processor time of one turn's coding, in ms: the same sound through the same encoder and decoder once more.
    fn codec_ms(&self) -> f64 {
        let bytes = self.seen.iter().map(|seen| seen.moments.bytes).max().unwrap_or_default();
        let before = thread_time();
        let coded = (|| {
            let (mut resampler, mut encoder) = (Resampler::new(self.wav.rate, RATE).ok()?, Encoder::new().ok()?);
            let mut sound = Vec::new();
            resampler.push(&self.wav.samples, &mut sound);
            sound
                .chunks_exact(FRAME)
                .filter_map(|frame| encoder.push(frame).ok())
                .map(|packet| packet.bytes.len())
                .max()
        })();
        let mut decoder = Decoder::new(24_000);
        let silence = Packet { coding: Coding::Pcm16 { rate: 24_000 }, bytes: vec![0; 4_800].into() };
        let decoded: usize =
            (0..bytes / 4_800).filter_map(|_| decoder.push(&silence).ok()).map(|frames| frames.len()).sum();
        // both are looked at, so that neither can be left out
        std::hint::black_box((coded, decoded));
        (thread_time() - before).as_secs_f64() * 1e3
    }

    /// What the peers noted: connections, handshakes, and when the utterance had come.
    fn print_ledger(&self) {
        let Some(ledger) = self.ledger else { return };
        let times = |what: &str| -> Vec<u64> {
            let all = ledger.get(what).and_then(Value::as_array).into_iter().flatten();
            all.filter_map(Value::as_u64).collect()
        };
        let (accepted, shaken, uploads) = (times("accepted_ns"), times("shaken_ns"), times("upload_last_byte_ns"));
        let turn_of =
            |at: u64| self.seen.iter().filter(move |seen| seen.moments.start <= at && at <= seen.moments.last);
        let later = accepted.iter().filter(|at| turn_of(**at).any(|seen| seen.turn > 0)).count();
        let hanging = |at: &u64| turn_of(*at).any(|seen| seen.moments.release > 0 && *at > seen.moments.release);
        let after_release = accepted.iter().chain(&shaken).filter(|at| hanging(at)).count();
        println!(
            "connections         {:>8}, {later} of them after the first turn; {after_release} opened or shaken after a release",
            accepted.len()
        );
        if self.sessions == 1 {
            let mut late: Vec<f64> = Vec::new();
            for seen in self.seen.iter().filter(|seen| seen.moments.release > 0) {
                let within = uploads.iter().filter(|at| (seen.moments.start..=seen.moments.last).contains(*at));
                late.extend(within.map(|at| *at as f64 / 1e6 - seen.moments.release as f64 / 1e6));
            }
            late.sort_by(f64::total_cmp);
            row("utterance sent", &late);
        }
        if let Some(bytes) = ledger.get("largest_upload").and_then(Value::as_u64) {
            let seconds = self.wav.samples.len() as f64 / f64::from(self.wav.rate.max(1));
            println!(
                "utterance           {bytes:>8} bytes for {seconds:.1} s; {:.1} kB in 10 s",
                bytes as f64 / seconds / 100.0
            );
        }
        let complaints = ledger.get("complaints").and_then(Value::as_array).map_or(0, Vec::len);
        println!("complaints          {complaints:>8}");
    }
}

fn row(name: &str, sorted: &[f64]) {
    let at = |part: f64| sorted.get(((sorted.len().saturating_sub(1)) as f64 * part).round() as usize);
    match (at(0.5), at(0.95), sorted.last()) {
        (Some(half), Some(most), Some(worst)) => {
            println!("{name:<19} {half:>+8.1} ms  p95 {most:+.1}  worst {worst:+.1}  ({} of them)", sorted.len());
        }
        _ => println!("{name:<19}        –"),
    }
}
