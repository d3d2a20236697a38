//! `wilco turn`: one whole spoken turn from a recording, with every mark in time.

use crate::{
    exit::{Exit, Failed},
    house::Choices,
    session::{Ended, Session},
    show,
};
use audio::{MemorySpeaker, Pace, WavMic, wav::Wav};
use std::{path::PathBuf, sync::Arc};
use voice::{Command, Event};

/// The rate of a reply written to a file.
pub(crate) const REPLY_RATE: u32 = 24_000;

/// One spoken turn from a recording.
#[derive(clap::Args)]
pub(crate) struct Turn {
    /// A WAV file: what is said
    input: PathBuf,
    /// Write the spoken reply here, as WAV
    #[arg(long, value_name = "REPLY.wav")]
    out: Option<PathBuf>,
    /// Feed the recording as it would be spoken, or as fast as it is taken
    #[arg(long, value_enum, default_value = "real")]
    pace: PaceChoice,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    choices: Choices,
}

/// How fast the recording is fed.
#[derive(Clone, Copy, clap::ValueEnum)]
pub(crate) enum PaceChoice {
    Real,
    Fast,
}

impl Turn {
    /// Runs it to its end.
    pub(crate) async fn run(self) -> Result<Exit, Failed> {
        let pace = match self.pace {
            PaceChoice::Real => Pace::Real,
            PaceChoice::Fast => Pace::Fast,
        };
        let recording = Wav::read(&self.input)?;
        // a reply in a file is not waited for
        let speaker = Arc::new(MemorySpeaker::new(REPLY_RATE, Pace::Fast));
        let house = self.choices.house(Arc::new(WavMic::new(recording, pace)), speaker.clone()).await?;
        let mut session = Session::open(house);
        let ended = session.whole_turn(Command::Press, |event| self.seen(event)).await?;
        if let Some(path) = &self.out {
            Wav { rate: REPLY_RATE, samples: speaker.take() }.write(path)?;
        }
        Ok(self.told(&ended))
    }

    fn seen(&self, event: &Event) {
        if !self.json {
            show::live(event);
        }
    }

    fn told(&self, ended: &Ended) -> Exit {
        if self.json {
            println!("{}", show::json(ended, self.out.as_deref()));
        } else {
            show::report(ended, self.out.as_deref());
        }
        match ended.troubles.first() {
            Some(error) if Exit::from(ended.report.outcome) == Exit::Failed => error.kind.into(),
            _ => ended.report.outcome.into(),
        }
    }
}
