//! `wilco support`: a file for whoever helps.

use crate::{
    exit::{Exit, Failed},
    history::turn_of,
    house,
};
use std::path::PathBuf;

/// Writes version, system, checks, settings, the end of the app's log and how one turn went. Words, prompts and addresses
/// of yours stay out; the names of your devices are in it.
#[derive(clap::Args)]
pub(crate) struct Support {
    /// The turn, or the last digits of its number; without one the last turn
    id: Option<String>,
    /// Where to; this folder if none is named
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    to: PathBuf,
    /// Write what was said, answered and recorded beside it
    #[arg(long)]
    speech: bool,
}

impl Support {
    /// Does it.
    pub(crate) async fn run(self) -> Result<Exit, Failed> {
        let (settings, paths) = house::settings()?;
        let settings = settings.current();
        let logs = paths.as_ref().map(|paths| paths.logs.clone());
        let (booth, keys, history) = house::booth(settings, paths).await;
        let turn = match &self.id {
            Some(id) => Some(turn_of(&history, id).await?.id),
            None => None,
        };
        let wanted = talk::Support { turn, speech: self.speech, folder: self.to, logs };
        let path = booth.support(&keys, settings, &history, wanted).await?;
        println!("Read it before you send it: {}", path.display());
        history.close().await?;
        Ok(Exit::Done)
    }
}
