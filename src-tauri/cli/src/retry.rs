//! `wilco retry`: a kept turn goes on where it stopped.

use crate::{
    exit::{Exit, Failed},
    history::{self, turn_of},
    house::Choices,
    session::Session,
    show,
    turn::REPLY_RATE,
};
use audio::{DeviceMic, DeviceSpeaker, Loudspeaker, MemorySpeaker, Pace, wav::Wav};
use std::{path::PathBuf, sync::Arc};
use store::History;
use talk::Clock;
use voice::{Command, Entry, Error, ErrorKind, Outcome};

/// Go on with a kept turn where it stopped.
#[derive(clap::Args)]
pub(crate) struct Retry {
    /// Its number, or the last digits of it; without one the last turn that did not come to its end
    id: Option<String>,
    /// Write the spoken reply here, as WAV, instead of playing it
    #[arg(long, value_name = "REPLY.wav")]
    out: Option<PathBuf>,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    choices: Choices,
}

impl Retry {
    /// Runs it to its end.
    pub(crate) async fn run(self) -> Result<Exit, Failed> {
        let memory = Arc::new(MemorySpeaker::new(REPLY_RATE, Pace::Fast));
        let speaker: Arc<dyn Loudspeaker> =
            if self.out.is_some() { memory.clone() } else { Arc::new(DeviceSpeaker::new()) };
        let house = self.choices.house(Arc::new(DeviceMic::new(Clock::system().for_sound())), speaker).await?;
        let turn = match &self.id {
            Some(id) => turn_of(&house.history, id).await?,
            None => stopped(&house.history).await?,
        };
        let ended = Session::open(house).whole_turn(Command::Retry { turn: turn.id }, |_| ()).await?;
        if let Some(path) = &self.out {
            Wav { rate: REPLY_RATE, samples: memory.take() }.write(path)?;
        }
        if self.json {
            println!("{}", show::json(&ended, self.out.as_deref()));
        } else {
            show::report(&ended, self.out.as_deref());
        }
        Ok(ended.report.outcome.into())
    }
}

/// The last turn that stopped on its way: in the conversation that was last, or in the middle of the app's end.
async fn stopped(history: &History) -> Result<Entry, Failed> {
    let interrupted = history.unfinished().await?.turns.pop();
    let last = history.conversations(history::page(None)).await?.into_iter().next();
    let turns = match last {
        Some(conversation) => history.turns(conversation.id, history::page(None)).await?,
        None => Vec::new(),
    };
    let waiting = turns.into_iter().rfind(|turn| turn.outcome == Some(Outcome::SavedForRetry));
    let newest = waiting.into_iter().chain(interrupted).max_by_key(|turn| turn.id);
    let nothing = || Error::new(ErrorKind::NotKept, "history", "No turn waits to be tried again.");
    Ok(newest.ok_or_else(nothing)?)
}
