//! One conversation: turn after turn through a whole core of its own, with journal, cutting and decoding, and what was
//! seen of each turn.

use super::{
    machine::{now_ns, thread_time},
    sink::{Moments, Notes, Sink},
};
use crate::exit::Failed;
use audio::{Pace, Wav, WavMic};
use providers::Table;
use std::{path::PathBuf, sync::Arc, time::Duration};
use store::{History, SettingsFile};
use talk::{Clock, House, Talk};
use tokio::{sync::mpsc, task::JoinSet};
use voice::{Command, Error, Event, Mark, Outcome};

/// A turn that took longer has hung.
const HUNG: Duration = Duration::from_secs(120);

/// What every conversation of a run has.
#[derive(Clone)]
pub(crate) struct Terms {
    pub(crate) table: Arc<Table>,
    pub(crate) wav: Arc<Wav>,
    pub(crate) pace: Pace,
    /// A file of theirs.
    pub(crate) settings: PathBuf,
    /// One for all, as a person has.
    pub(crate) history: History,
    pub(crate) journal: PathBuf,
    pub(crate) turns: u32,
}

/// One turn as it was seen.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) session: u32,
    pub(crate) turn: u32,
    pub(crate) moments: Moments,
    pub(crate) error: Option<String>,
}

/// Talks `terms.turns` times, after waiting for `delay`.
pub(crate) async fn converse(
    terms: Terms,
    session: u32,
    delay: Duration,
    seen: mpsc::Sender<Seen>,
) -> Result<(), Failed> {
    tokio::time::sleep(delay).await;
    let notes = Notes::default();
    let (talk, mut events, _life) = open(&terms, &notes)?;
    for turn in 0..terms.turns {
        notes.take();
        notes.note(|moments| moments.start = now_ns());
        // the finger that held the key in the turn before
        talk.order(Command::Release).await;
        talk.order(Command::Press).await;
        let error = match tokio::time::timeout(HUNG, ended(&mut events)).await {
            Ok(error) => error,
            Err(_) => Some("hung".to_owned()),
        };
        // a run that was given up has nobody to tell
        seen.send(Seen { session, turn, moments: notes.take(), error }).await.ok();
    }
    Ok(())
}

pub(crate) type Opened = (Talk, mpsc::Receiver<Event>, JoinSet<()>);

/// A core of its own, its line, and what it tells of beginnings, ends and troubles.
pub(crate) fn open(terms: &Terms, notes: &Notes) -> Result<Opened, Failed> {
    let (settings, _) = SettingsFile::open(&terms.settings)?;
    let released = notes.clone();
    let at_end = Arc::new(move || {
        released.note(|moments| {
            moments.release = now_ns();
            // its thread is new in every turn
            moments.spoken = u64::try_from(thread_time().as_nanos()).unwrap_or_default();
        });
    });
    let house = House {
        microphone: Arc::new(WavMic::new(terms.wav.clone(), terms.pace).at_end(at_end)),
        speaker: Arc::new(Sink { notes: notes.clone() }),
        table: terms.table.clone(),
        settings,
        history: terms.history.clone(),
        journal: Some(terms.journal.clone()),
        clock: Clock::system(),
    };
    let (told, events) = mpsc::channel(64);
    let notes = notes.clone();
    let outlet = Arc::new(move |event: Event| match event {
        Event::Marked { mark: Mark::FirstPhrase, .. } => notes.note(|moments| moments.first_tts = now_ns()),
        Event::Started { .. } | Event::Trouble { .. } | Event::Ended { .. } => drop(told.try_send(event)),
        _ => {}
    });
    let (talk, life) = Talk::new(house, outlet);
    let mut owner = JoinSet::new();
    owner.spawn(life);
    Ok((talk, events, owner))
}

/// Waits for the end of the turn; says what was wrong with it.
async fn ended(events: &mut mpsc::Receiver<Event>) -> Option<String> {
    let mut trouble: Option<Error> = None;
    while let Some(event) = events.recv().await {
        match event {
            Event::Trouble { error } => trouble = trouble.or(Some(error)),
            Event::Ended { report } if report.outcome == Outcome::Done => return None,
            Event::Ended { report } => {
                return Some(trouble.map_or(format!("{:?}", report.outcome), |error| error.to_string()));
            }
            _ => {}
        }
    }
    Some("the core ended".to_owned())
}
