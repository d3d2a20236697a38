//! What the turns of a run amount to, in a table a person can read.

use super::{conversation::Seen, machine::thread_time, sink::Moments};
use crate::exit::Exit;
use audio::{Decoder, Wav};
use serde_json::{Map, Value};
use voice::{Coding, Packet};

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

/// One line of the table, and of the JSON.
struct Figure {
    name: &'static str,
    value: f64,
    unit: &'static str,
    more: String,
    /// 95th percentile and worst, where the value is a median.
    tail: Option<[f64; 2]>,
}

impl Figure {
    fn new(name: &'static str, value: f64, unit: &'static str, more: String) -> Self {
        Self { name, value, unit, more, tail: None }
    }

    /// As entries of a JSON object.
    fn entries(&self) -> impl Iterator<Item = (String, Value)> {
        let Self { name, value, tail, .. } = self;
        let name = name.replace(' ', "_");
        let tail = tail.map(|[p95, worst]| [(format!("{name}_p95"), p95), (format!("{name}_worst"), worst)]);
        let all = [(name, *value)].into_iter().chain(tail.into_iter().flatten());
        all.map(|(name, value)| (name, value.into()))
    }
}

impl Summary<'_> {
    /// Prints it, as a table or as one JSON object. Ends with `Failed` if any turn did.
    pub(crate) fn print(&self, as_json: bool) -> Exit {
        let failed: Vec<&Seen> = self.seen.iter().filter(|seen| seen.error.is_some()).collect();
        let figures = self.figures(failed.len());
        if as_json {
            let all: Map<String, Value> = figures.iter().flat_map(Figure::entries).collect();
            println!("{}", Value::Object(all));
        } else {
            for Figure { name, value, unit, more, .. } in &figures {
                println!("{name:<28} {value:>9.1} {unit:<4} {more}");
            }
        }
        for seen in failed.iter().take(5) {
            eprintln!("  session {} turn {}: {}", seen.session, seen.turn, seen.error.as_deref().unwrap_or_default());
        }
        if failed.is_empty() { Exit::Done } else { Exit::Failed }
    }

    fn figures(&self, failed: usize) -> Vec<Figure> {
        let plain = |name, value: f64, unit| Figure::new(name, value, unit, String::new());
        let mut all = vec![plain("ideal", self.ideal_ms, "ms")];
        all.extend(spread("first turn over ideal", self.overheads(|turn| turn == 0)));
        all.extend(spread("later turns over ideal", self.overheads(|turn| turn > 0)));
        if let Some(cpu) = self.cpu {
            let turns = self.seen.len().max(1) as f64;
            let spoken: u64 = self.seen.iter().map(|seen| seen.moments.spoken).sum();
            let (turn, encode, decode) = (cpu * 1e3 / turns, spoken as f64 / 1e6 / turns, self.decode_ms());
            let more = format!("beyond {encode:.1} to resample and encode and {decode:.1} to decode; {turn:.1} in all");
            all.push(Figure::new("processor a turn", turn - encode - decode, "ms", more));
        }
        if let Some(((most, _), (_, before))) = self.resident {
            let each = (most - before) / f64::from(self.sessions.max(1));
            let more = format!("at most; {before:.1} before, {each:.2} a conversation");
            all.push(Figure::new("memory", most, "MiB", more));
        }
        all.extend(self.noted());
        all.extend([plain("turns", self.seen.len() as f64, ""), plain("failed turns", failed as f64, "")]);
        all
    }

    /// What turns took longer than a perfect client's would have, in ms.
    fn overheads(&self, wanted: fn(u32) -> bool) -> Vec<f64> {
        let took = |moments: &Moments| {
            let heard = moments.first > 0 && moments.release > 0;
            heard.then(|| moments.first as f64 / 1e6 - moments.release as f64 / 1e6 - self.ideal_ms)
        };
        let whole = self.seen.iter().filter(|seen| seen.error.is_none() && wanted(seen.turn));
        whole.filter_map(|seen| took(&seen.moments)).collect()
    }

    /// Processor time to decode one turn's reply, in ms: as much sound through the same decoder once more.
    fn decode_ms(&self) -> f64 {
        let bytes = self.seen.iter().map(|seen| seen.moments.bytes).max().unwrap_or_default();
        let before = thread_time();
        let mut decoder = Decoder::new(24_000);
        let silence = Packet { coding: Coding::Pcm16 { rate: 24_000 }, bytes: vec![0; 4_800].into() };
        let decoded: usize =
            (0..bytes / 4_800).filter_map(|_| decoder.push(&silence).ok()).map(|frames| frames.len()).sum();
        // it is looked at, so that it cannot be left out
        std::hint::black_box(decoded);
        (thread_time() - before).as_secs_f64() * 1e3
    }

    /// What the peers noted: connections, handshakes, and when the utterance had come.
    fn noted(&self) -> Vec<Figure> {
        let Some(ledger) = self.ledger else { return Vec::new() };
        let list = |what: &str| ledger.get(what).and_then(Value::as_array).into_iter().flatten();
        let times = |what: &str| -> Vec<u64> { list(what).filter_map(Value::as_u64).collect() };
        let (accepted, shaken) = (times("accepted_ns"), times("shaken_ns"));
        let within =
            |at: u64| self.seen.iter().filter(move |seen| (seen.moments.start..=seen.moments.last).contains(&at));
        let later = accepted.iter().filter(|at| within(**at).all(|seen| seen.turn > 0)).count();
        let after = |at: &&u64| within(**at).any(|seen| seen.moments.release > 0 && **at > seen.moments.release);
        let after_release = accepted.iter().chain(&shaken).filter(after).count();
        let count = |name, value: usize, more: &str| Figure::new(name, value as f64, "", more.to_owned());
        let mut all = vec![
            count("connections", accepted.len(), "opened in all"),
            count("later connections", later, "opened in a turn that was not a first one"),
        ];
        // with several conversations it is always after somebody's release
        if self.sessions == 1 {
            all.push(count("late handshakes", after_release, "connections opened or shaken after a release"));
            let uploads = times("upload_last_byte_ns").into_iter();
            let sent = uploads.filter_map(|at| Some(at as f64 / 1e6 - within(at).next()?.moments.release as f64 / 1e6));
            all.extend(spread("utterance sent", sent.collect()));
        }
        if let Some(bytes) = ledger.get("largest_upload").and_then(Value::as_f64) {
            let seconds = self.wav.samples.len() as f64 / f64::from(self.wav.rate.max(1));
            let more = format!("for 10 s of speech; {bytes} bytes for {seconds:.1} s");
            all.push(Figure::new("upload", bytes / seconds / 100.0, "kB", more));
        }
        let complaints: Vec<&str> = list("complaints").filter_map(Value::as_str).collect();
        all.push(count("complaints", complaints.len(), complaints.first().unwrap_or(&"")));
        all
    }
}

/// Median and the rest of some times.
fn spread(name: &'static str, mut all: Vec<f64>) -> Option<Figure> {
    all.sort_by(f64::total_cmp);
    let at = |part: f64| all.get(((all.len().saturating_sub(1)) as f64 * part).round() as usize).copied();
    let [p95, worst] = [at(0.95)?, at(1.0)?];
    let more = format!("median of {}; p95 {:.1}, worst {:.1}", all.len(), p95, worst);
    Some(Figure { tail: Some([p95, worst]), ..Figure::new(name, at(0.5)?, "ms", more) })
}
