//! `wilco peers`: stand-in vendors by hand, so that anyone can try the app without an account.

use crate::exit::{Exit, Failed};
use ::peers::{Script, Tls};
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// Stand-in vendors on this machine, until Ctrl-C.
#[derive(clap::Args)]
pub(crate) struct Peers {
    /// The first of their ports; 0 takes free ones
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Speak TLS, and write the certificate to trust into this file
    #[arg(long, value_name = "TRUST.pem")]
    tls: Option<PathBuf>,
    /// Answer everything at once
    #[arg(long)]
    fast: bool,
    /// One line of JSON instead of settings
    #[arg(long)]
    json: bool,
    /// Tell on standard error what a strict vendor refuses
    #[arg(long)]
    complain: bool,
}

impl Peers {
    /// Runs them until Ctrl-C.
    pub(crate) async fn run(self) -> Result<Exit, Failed> {
        let script = if self.fast { Script::at_once() } else { Script::default() };
        let key = script.key.clone();
        let tls = if self.tls.is_some() { Tls::SelfSigned } else { Tls::Off };
        let peers = ::peers::Peers::start_at(self.port, script, tls).await.map_err(|error| Failed::other(&error))?;
        if let (Some(path), Some(pem)) = (&self.tls, peers.certificate_pem()) {
            std::fs::write(path, pem).map_err(|error| Failed::other(&error))?;
        }
        if self.json {
            self.as_json(&peers, &key)
        } else {
            self.as_settings(&peers, &key)
        }
        let ended = tokio::signal::ctrl_c().await.map_err(|error| Failed::other(&error));
        if self.complain {
            for it in peers.ledger().complaints() {
                eprintln!("{}: {}: {}", it.vendor, it.about, it.why);
            }
        }
        ended.map(|()| Exit::Done)
    }

    fn as_json(&self, peers: &::peers::Peers, key: &str) {
        let urls: Map<String, Value> = peers.vendors().map(|name| (name.to_owned(), json!(peers.url(name)))).collect();
        println!("{}", json!({ "urls": urls, "key": key, "trust": self.tls }));
    }

    fn as_settings(&self, peers: &::peers::Peers, key: &str) {
        println!("# Into settings.toml, as far as wanted; the key of every one is {key} (Ctrl-C ends them).");
        if let Some(path) = &self.tls {
            println!("[network]\ntrust = \"{}\"", path.display());
        }
        for name in peers.vendors() {
            println!("[accounts.{name}]\nbase_url = \"{}\"", peers.url(name));
        }
        println!("# For the terminal:");
        for name in peers.vendors() {
            println!("# export WILCO_KEY_{}={key}", name.to_ascii_uppercase().replace('-', "_"));
        }
    }
}
