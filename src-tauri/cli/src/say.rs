//! `wilco say`: a text through the voice alone, to the loudspeaker or to a file.

use crate::{
    exit::{Exit, Failed},
    house::Choices,
    session::Session,
    show,
    turn::REPLY_RATE,
};
use audio::{DeviceMic, DeviceSpeaker, Loudspeaker, MemorySpeaker, Pace, wav::Wav};
use std::{path::PathBuf, sync::Arc};
use store::History;
use talk::Clock;
use voice::Command;

/// Say a text.
#[derive(clap::Args)]
pub(crate) struct Say {
    /// What to say
    text: String,
    /// Write it to a WAV file instead of playing it
    #[arg(long, value_name = "FILE.wav")]
    out: Option<PathBuf>,
    /// A voice, for instance slt
    #[arg(long, default_value = "")]
    voice: String,
    #[command(flatten)]
    choices: Choices,
}

impl Say {
    /// Says it.
    pub(crate) async fn run(self) -> Result<Exit, Failed> {
        let memory = Arc::new(MemorySpeaker::new(REPLY_RATE, Pace::Fast));
        let speaker: Arc<dyn Loudspeaker> =
            if self.out.is_some() { memory.clone() } else { Arc::new(DeviceSpeaker::new()) };
        let mut house = self.choices.house(Arc::new(DeviceMic::new(Clock::system().for_sound())), speaker).await?;
        house.settings.set("mode", "echo")?;
        house.settings.set("voice.name", &self.voice)?;
        // what is only read aloud is no conversation
        house.history = History::open(None, 0, |_| ());
        let ended = Session::open(house).whole_turn(Command::Say { text: self.text }, |_| ()).await?;
        show::troubles(&ended);
        if let Some(path) = &self.out {
            Wav { rate: REPLY_RATE, samples: memory.take() }.write(path)?;
        }
        Ok(ended.troubles.first().map_or_else(|| ended.report.outcome.into(), |error| error.kind.into()))
    }
}

/// The sound of `text` by an engine of this machine.
pub(crate) async fn spoken(text: &str) -> Result<Wav, Failed> {
    let memory = Arc::new(MemorySpeaker::new(REPLY_RATE, Pace::Fast));
    let mut house =
        Choices::default().house(Arc::new(DeviceMic::new(Clock::system().for_sound())), memory.clone()).await?;
    house.settings.set("mode", "echo")?;
    house.settings.set("providers.say", "[\"flite\", \"espeak-ng\"]")?;
    house.history = History::open(None, 0, |_| ());
    Session::open(house).whole_turn(Command::Say { text: text.to_owned() }, |_| ()).await?;
    Ok(Wav { rate: REPLY_RATE, samples: memory.take() })
}
