//! A core at work for a verb: its events in order, its line for commands.

use talk::{House, Talk};
use tokio::{sync::mpsc, task::JoinSet};
use voice::{Command, Error, Event, TurnReport};

/// Events that may wait for the terminal; levels are left out when it is behind.
const EVENTS: usize = 1024;

/// A running core.
pub(crate) struct Session {
    talk: Talk,
    events: mpsc::Receiver<Event>,
    // ends the core when the session is dropped
    _life: JoinSet<()>,
}

/// A turn that is over, and what went wrong on the way.
pub(crate) struct Ended {
    pub(crate) report: TurnReport,
    pub(crate) troubles: Vec<Error>,
}

impl Session {
    /// Opens `house`.
    pub(crate) fn open(house: House) -> Self {
        let (told, events) = mpsc::channel(EVENTS);
        let outlet = std::sync::Arc::new(move |event| {
            // a terminal that is a thousand events behind has stopped reading
            told.try_send(event).ok();
        });
        let (talk, life) = Talk::new(house, outlet);
        let mut owner = JoinSet::new();
        owner.spawn(life);
        Self { talk, events, _life: owner }
    }

    /// Gives an order.
    pub(crate) async fn order(&self, command: Command) {
        self.talk.order(command).await;
    }

    /// The next event; `None` when the core has ended.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }

    /// Gives `command`, which begins a turn, and waits for that turn's end. `Err` if it did not begin.
    pub(crate) async fn whole_turn(&mut self, command: Command, mut seen: impl FnMut(&Event)) -> Result<Ended, Error> {
        self.order(command).await;
        let mut begun = false;
        let mut troubles = Vec::new();
        while let Some(event) = self.next().await {
            seen(&event);
            match event {
                Event::Started { .. } => begun = true,
                Event::Trouble { error } if begun => troubles.push(error),
                Event::Trouble { error } => return Err(error),
                Event::Ended { report } => return Ok(Ended { report, troubles }),
                _ => {}
            }
        }
        Err(Error::new(voice::ErrorKind::EngineFailed, "wilco", "the core ended before the turn did."))
    }
}
