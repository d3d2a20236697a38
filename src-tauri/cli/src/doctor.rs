//! `wilco doctor`: everything that a turn needs, one line each, with what to do next.

use crate::{
    exit::{Exit, Failed},
    house,
};
use voice::Verdict;

/// Checks microphone, loudspeaker, keyring, disk, engines and services.
#[derive(clap::Args)]
pub(crate) struct Doctor {
    /// Ask each service that has a key for the smallest real thing; some bill it
    #[arg(long)]
    online: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Doctor {
    /// Ends with `Failed` if something does not work.
    pub(crate) async fn run(self) -> Result<Exit, Failed> {
        let (settings, paths) = house::settings()?;
        let settings = settings.current();
        let (booth, keys, history) = house::booth(settings, paths).await;
        let checks = booth.check(&keys, settings, &history, self.online).await;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&checks).map_err(|error| Failed::other(&error))?);
        } else {
            for check in &checks {
                let mark = match check.verdict {
                    Verdict::Ok => "ok  ",
                    Verdict::Warn => "warn",
                    Verdict::Fail => "FAIL",
                };
                println!("{mark}  {:<18} {}", check.what, check.found);
                if !check.next.is_empty() {
                    println!("      {:<18} → {}", "", check.next);
                }
            }
        }
        let failed = checks.iter().any(|check| check.verdict == Verdict::Fail);
        Ok(if failed { Exit::Failed } else { Exit::Done })
    }
}
