//! `wilco bench latency`: conversations through whole cores against services of known slowness.

use super::{
    conversation::{Seen, Terms, converse},
    machine::{cpu_seconds, resident_mib},
    peers::{Peers, Slowness},
    summary::Summary,
};
use crate::exit::{Exit, Failed};
use audio::{Pace, Wav};
use providers::{Places, Table};
use serde_json::json;
use std::{
    fs::File,
    io::{IsTerminal, Write},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};
use store::{Paths, SettingsFile};
use talk::Clock;
use tokio::{sync::mpsc, task::JoinSet};
use voice::{Account, Secret};

/// Conversations do not begin all at once.
const SPREAD: Duration = Duration::from_secs(7);

/// From the key's release to the first sound of the reply, over that of a perfect client.
#[derive(clap::Args)]
pub(crate) struct Latency {
    /// Turns of each conversation; the first is reported apart
    #[arg(long, default_value_t = 21)]
    turns: u32,
    /// Conversations at once
    #[arg(long, default_value_t = 1)]
    sessions: u32,
    /// What is said; without it three seconds of it are made by an engine
    #[arg(long, value_name = "FILE")]
    wav: Option<PathBuf>,
    /// An OpenAI-shaped service instead of a peer of our own
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Speech to text by Deepgram's socket at this address; "peer" takes our own
    #[arg(long, value_name = "URL")]
    deepgram_url: Option<String>,
    /// The key for either
    #[arg(long, default_value = "test-key")]
    key: String,
    /// Speak from the first clause or the first sentence
    #[arg(long, default_value = "clause", value_parser = ["clause", "sentence"])]
    first: String,
    /// One JSON object a turn goes here
    #[arg(long, value_name = "FILE")]
    jsonl: Option<PathBuf>,
    /// The figures as one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    slowness: Slowness,
}

/// What conversations take place in; its files go when it is dropped.
pub(crate) struct Scene {
    pub(crate) terms: Terms,
    peers: Option<Peers>,
    _folder: tempfile::TempDir,
}

impl Latency {
    /// Runs the conversations and prints what was seen.
    pub(crate) async fn run(self) -> Result<Exit, Failed> {
        let mut scene = self.prepare(Pace::Real).await?;
        let before = (cpu_seconds(), resident_mib());
        let seen = self.converse_all(&scene.terms).await?;
        let ledger = scene.peers.as_mut().map(Peers::finish).transpose()?;
        if let Some(path) = &self.jsonl {
            write_jsonl(path, &seen).map_err(|error| Failed::other(&error))?;
        }
        let summary = Summary {
            ideal_ms: self.slowness.ideal_ms(self.deepgram_url.is_some()),
            sessions: self.sessions,
            seen: &seen,
            cpu: cpu_seconds().zip(before.0).map(|(after, before)| after - before),
            resident: resident_mib().zip(before.1),
            wav: &scene.terms.wav,
            ledger: ledger.as_ref(),
        };
        Ok(summary.print(self.json))
    }

    /// Starts the peers, and furnishes what conversations need.
    pub(crate) async fn prepare(&self, pace: Pace) -> Result<Scene, Failed> {
        let wav = match &self.wav {
            Some(path) => Wav::read(path)?,
            None => {
                crate::say::spoken("When does the next train leave, and how long does it take to get there?").await?
            }
        };
        let peers = match self.base_url {
            Some(_) => None,
            None => Some(Peers::start(&self.slowness, &self.key)?),
        };
        let folder = tempfile::tempdir().map_err(|error| Failed::other(&error))?;
        let chosen = self.settings(peers.as_ref(), &folder)?;
        let table = Arc::new(Table::new(Places { permits: 4 * self.sessions as usize, ..Places::default() }));
        self.give_keys(&table, &chosen);
        let paths = Paths::in_folders(folder.path(), folder.path(), folder.path());
        let (mut settings, _) = SettingsFile::open(&paths.settings)?;
        chosen.iter().try_for_each(|(key, value)| settings.set(key, value))?;
        settings.save()?;
        let terms = Terms {
            table,
            wav: Arc::new(wav),
            pace,
            settings: paths.settings.clone(),
            journal: paths.journal.clone(),
            history: crate::house::history(Some(paths), Clock::system()),
            turns: self.turns,
        };
        Ok(Scene { terms, peers, _folder: folder })
    }

    fn settings(&self, peers: Option<&Peers>, folder: &tempfile::TempDir) -> Result<Vec<(String, String)>, Failed> {
        let url = |vendor: &str| peers.map(|peers| peers.url(vendor)).transpose();
        let openai = match &self.base_url {
            Some(url) => url.clone(),
            None => url("openai")?.unwrap_or_default(),
        };
        let hear = if self.deepgram_url.is_some() { "deepgram" } else { "openai" };
        let mut all = vec![
            ("providers.hear".to_owned(), format!("[\"{hear}\"]")),
            ("providers.respond".to_owned(), "[\"openai\"]".to_owned()),
            ("providers.say".to_owned(), "[\"openai\"]".to_owned()),
            ("voice.first".to_owned(), self.first.clone()),
            ("accounts.openai.base_url".to_owned(), openai),
        ];
        if let Some(given) = &self.deepgram_url {
            let deepgram = if given == "peer" { url("deepgram")?.unwrap_or_default() } else { given.clone() };
            all.push(("accounts.deepgram.base_url".to_owned(), deepgram));
        }
        if let Some(pem) = peers.and_then(Peers::certificate) {
            let path = folder.path().join("peers.pem");
            std::fs::write(&path, pem).map_err(|error| Failed::other(&error))?;
            all.push(("network.trust".to_owned(), path.display().to_string()));
        }
        Ok(all)
    }

    fn give_keys(&self, table: &Table, settings: &[(String, String)]) {
        for name in ["openai", "deepgram"] {
            let base_url = settings.iter().find(|(key, _)| *key == format!("accounts.{name}.base_url"));
            let account =
                Account { base_url: base_url.map(|(_, url)| url.clone()).unwrap_or_default(), ..Account::default() };
            if let Some(host) = table.host(name, &account) {
                table.give_key(name, &host, Some(Secret::new(self.key.clone())));
            }
        }
    }

    async fn converse_all(&self, terms: &Terms) -> Result<Vec<Seen>, Failed> {
        let (tell, mut told) = mpsc::channel(64);
        let mut running = JoinSet::new();
        for session in 0..self.sessions {
            let delay = SPREAD * session / self.sessions.max(1);
            running.spawn(converse(terms.clone(), session, delay, tell.clone()));
        }
        drop(tell);
        let mut seen = Vec::new();
        while let Some(one) = told.recv().await {
            seen.push(one);
            if std::io::stderr().is_terminal() {
                eprint!("\r{} of {} turns ", seen.len(), self.turns * self.sessions);
            }
        }
        while let Some(ended) = running.join_next().await {
            ended.map_err(|error| Failed::other(&error))??;
        }
        Ok(seen)
    }
}

fn write_jsonl(path: &PathBuf, seen: &[Seen]) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    for Seen { session, turn, moments, error } in seen {
        let when = |ns: u64| (ns > 0).then_some(ns);
        let line = json!({
            "session": session, "turn": turn,
            "t_start": when(moments.start), "t_release": when(moments.release), "t_first_tts": when(moments.first_tts),
            "t_first": when(moments.first), "t_last": when(moments.last),
            "bytes": moments.bytes, "chunks": moments.chunks, "err": error,
        });
        writeln!(file, "{line}")?;
    }
    Ok(())
}
