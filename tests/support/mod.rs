//! A house without a sound card: recordings for a microphone, memory for a loudspeaker, a folder that vanishes, and the
//! real engines of this machine.

use audio::{Loudspeaker, MemorySpeaker, Pace, WavMic, wav::Wav};
use providers::{Places, Table};
use std::{path::PathBuf, sync::Arc, time::Duration};
use store::{History, Paths, SettingsFile};
use talk::{Clock, House, Talk};
use tempfile::TempDir;
use tokio::{sync::mpsc, task::JoinSet};
use voice::{Command, Error, Event, TurnReport};

/// Longer than any turn of these tests takes on a slow machine; ends a test that would hang.
const PATIENCE: Duration = Duration::from_secs(120);
const RATE: u32 = 16_000;

/// A core at work.
pub(crate) struct Room {
    pub(crate) talk: Talk,
    pub(crate) speaker: Arc<MemorySpeaker>,
    pub(crate) table: Arc<Table>,
    pub(crate) history: History,
    pub(crate) events: Vec<Event>,
    told: mpsc::Receiver<Event>,
    pub(crate) home: TempDir,
    _life: JoinSet<()>,
}

/// A turn that is over, and what went wrong on the way.
pub(crate) struct Ended {
    pub(crate) report: TurnReport,
    pub(crate) troubles: Vec<Error>,
}

impl Room {
    /// `recording` is what the microphone hears at each press; `sets` are settings.
    pub(crate) fn open(recording: Wav, pace: Pace, sets: &[(&str, &str)]) -> Self {
        Self::open_in(tempfile::tempdir().expect("a temporary folder"), None, recording, pace, sets)
    }

    /// The same with another loudspeaker.
    pub(crate) fn heard_by(speaker: Arc<dyn Loudspeaker>, recording: Wav, pace: Pace, sets: &[(&str, &str)]) -> Self {
        Self::open_in(tempfile::tempdir().expect("a temporary folder"), Some(speaker), recording, pace, sets)
    }

    /// The same person's next run, after one that ended in the middle of whatever it did.
    pub(crate) fn after_a_crash(self, recording: Wav, pace: Pace, sets: &[(&str, &str)]) -> Self {
        let Self { home, .. } = self;
        Self::open_in(home, None, recording, pace, sets)
    }

    fn open_in(
        home: TempDir,
        other: Option<Arc<dyn Loudspeaker>>,
        recording: Wav,
        pace: Pace,
        sets: &[(&str, &str)],
    ) -> Self {
        let mut settings = SettingsFile::in_memory().expect("the defaults");
        for (key, value) in sets {
            settings.set(key, value).expect("a setting");
        }
        let speaker = Arc::new(MemorySpeaker::new(RATE, pace));
        // the peers stand for services far away, not for servers on this machine that load a model
        let table = Arc::new(Table::new(Places { loading: Duration::ZERO, ..Places::default() }));
        let paths = Paths::in_folders(home.path(), home.path(), home.path());
        let history = History::open(Some(paths), Clock::system().unix_ms(), |error| panic!("{error}"));
        let house = House {
            microphone: Arc::new(WavMic::new(recording, pace)),
            speaker: other.unwrap_or_else(|| speaker.clone()),
            table: table.clone(),
            settings,
            history: history.clone(),
            journal: Some(home.path().join("journal")),
            clock: Clock::system(),
        };
        let (tell, told) = mpsc::channel(100_000);
        let (talk, life) = Talk::new(house, Arc::new(move |event| tell.try_send(event).expect("room for events")));
        let mut owner = JoinSet::new();
        owner.spawn(life);
        Self { talk, speaker, table, history, events: Vec::new(), told, home, _life: owner }
    }

    /// Waits for the first event from now on that `wanted` takes.
    pub(crate) async fn until<T>(&mut self, what: &str, mut wanted: impl FnMut(&Event) -> Option<T>) -> T {
        let waited = tokio::time::timeout(PATIENCE, async {
            loop {
                let event = self.told.recv().await.expect("the core is alive");
                let found = wanted(&event);
                self.events.push(event);
                if let Some(found) = found {
                    return found;
                }
            }
        });
        waited.await.unwrap_or_else(|_| panic!("no {what} in {:#?}", self.events))
    }

    /// The next event, however late, for tests that let time pass themselves.
    pub(crate) async fn next(&mut self) -> Event {
        self.told.recv().await.expect("the core is alive")
    }

    /// The end of the next turn.
    pub(crate) async fn end(&mut self) -> Ended {
        let mut troubles = Vec::new();
        let report = self
            .until("end of the turn", |event| match event {
                Event::Trouble { error } => {
                    troubles.push(error.clone());
                    None
                }
                Event::Ended { report } => Some(report.clone()),
                _ => None,
            })
            .await;
        Ended { report, troubles }
    }

    /// Press, and let the recording run to its end.
    pub(crate) async fn spoken_turn(&mut self) -> Ended {
        // the finger that held the key in the turn before
        self.talk.order(Command::Release).await;
        self.talk.order(Command::Press).await;
        self.end().await
    }

    /// Type `text`.
    pub(crate) async fn typed_turn(&mut self, text: &str) -> Ended {
        self.talk.order(Command::Say { text: text.to_owned() }).await;
        self.end().await
    }

    /// Recordings kept so far.
    pub(crate) fn recordings(&self) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(self.home.path().join("journal")) else { return Vec::new() };
        entries.map(|entry| entry.expect("an entry").path()).collect()
    }
}

/// `text`, spoken by the embedded English voice.
pub(crate) async fn speech(text: &str) -> Wav {
    let mut room = Room::open(silence(0.1), Pace::Fast, &[("mode", "echo")]);
    let ended = room.typed_turn(text).await;
    assert!(ended.troubles.is_empty(), "{:?}", ended.troubles);
    let samples = room.speaker.take();
    assert!(seconds(&samples) > 0.3, "a voice");
    Wav { rate: RATE, samples }
}

/// Digital zero.
pub(crate) fn silence(seconds: f64) -> Wav {
    Wav { rate: RATE, samples: vec![0.0; (seconds * f64::from(RATE)) as usize] }
}

/// How long `samples` of a room's loudspeaker are.
pub(crate) fn seconds(samples: &[f32]) -> f64 {
    samples.len() as f64 / f64::from(RATE)
}
