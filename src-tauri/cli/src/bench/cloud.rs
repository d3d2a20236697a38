//! The other process of a measurement: peers, the line to them, and what they noted. Ends with its input.

use super::{machine::now_ns, peers::Slowness};
use crate::exit::{Exit, Failed};
use ::peers::{Peers, Proxy, Tls};
use serde_json::{Map, Value, json};
use std::io::Read;
use tokio::time::Instant;

/// Peers for a measurement.
#[derive(clap::Args)]
pub(crate) struct Cloud {
    #[command(flatten)]
    slowness: Slowness,
    #[arg(long)]
    key: String,
}

impl Cloud {
    /// Tells where they are, waits for the end of the input, tells what came.
    pub(crate) async fn run(self) -> Result<Exit, Failed> {
        let tls = if self.slowness.line().is_some() { Tls::SelfSigned } else { Tls::Off };
        let script = self.slowness.script(self.key.clone());
        let peers = Peers::start(script, tls).await.map_err(|error| Failed::other(&error))?;
        let mut proxy = Proxy::default();
        let mut urls = Map::new();
        for vendor in peers.vendors() {
            urls.insert(vendor.to_owned(), self.reach(&peers.url(vendor), &mut proxy).await?.into());
        }
        println!("{}", json!({ "urls": urls, "certificate": peers.certificate_pem() }));
        let waited = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await;
        // however it ended, there is nobody left to wait for
        drop(waited);
        println!("{}", noted(&peers));
        Ok(Exit::Done)
    }

    /// The same address by way of the line.
    async fn reach(&self, url: &str, proxy: &mut Proxy) -> Result<String, Failed> {
        let Some(line) = self.slowness.line() else { return Ok(url.to_owned()) };
        let address = url.split("//").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
        let far = address.parse().map_err(|error| Failed::other(&error))?;
        let near = proxy.open(far, line).await.map_err(|error| Failed::other(&error))?;
        Ok(url.replace(address, &near.to_string()))
    }
}

fn noted(peers: &Peers) -> Value {
    let ledger = peers.ledger();
    let at = |moment: Instant| now_ns().saturating_sub(u64::try_from(moment.elapsed().as_nanos()).unwrap_or_default());
    let connections = ledger.connections();
    let uploads = ledger.requests().into_iter().filter(|request| request.path.contains("transcriptions"));
    let (uploaded, bytes): (Vec<u64>, Vec<u64>) =
        uploads.filter_map(|request| Some((at(request.upload_last_byte?), request.body_bytes))).unzip();
    json!({
        "accepted_ns": connections.iter().map(|one| at(one.accepted)).collect::<Vec<_>>(),
        "shaken_ns": connections.iter().filter_map(|one| one.shaken).map(at).collect::<Vec<_>>(),
        "upload_last_byte_ns": uploaded,
        "largest_upload": bytes.into_iter().max(),
        "complaints": ledger.complaints().iter().map(|one| format!("{}: {}", one.about, one.why)).collect::<Vec<_>>(),
    })
}
