//! `wilco talk`: turns from the microphone. Terminals that tell when a key comes up are held; all others toggle.

use crate::{
    exit::{Exit, Failed},
    house::Choices,
    session::{Ended, Session},
    show,
};
use audio::{DeviceMic, DeviceSpeaker};
use crossterm::{
    event::{self, Event as Terminal, KeyCode, KeyEventKind, KeyModifiers, KeyboardEnhancementFlags as Flags},
    execute, terminal,
};
use std::{sync::Arc, thread, time::Duration};
use talk::Clock;
use tokio::sync::mpsc;
use voice::{Command, Event, State};

/// Turns from the microphone.
#[derive(clap::Args)]
pub(crate) struct Live {
    /// Listen once for so many seconds instead of waiting for a key
    #[arg(long, value_name = "SECONDS")]
    seconds: Option<f64>,
    /// JSON, one object a turn
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    choices: Choices,
}

/// What a finger did.
enum Finger {
    Down,
    Up,
    /// Down, on a terminal that does not tell when it comes up.
    Tap,
    Escape,
    Quit,
}

impl Live {
    /// Talks until the person has had enough.
    pub(crate) async fn run(self) -> Result<Exit, Failed> {
        let house = self
            .choices
            .house(Arc::new(DeviceMic::new(Clock::system().for_sound())), Arc::new(DeviceSpeaker::new()))
            .await?;
        let session = Session::open(house);
        match self.seconds {
            Some(seconds) => self.once(session, seconds).await,
            None => self.by_key(session).await,
        }
    }

    async fn once(&self, mut session: Session, seconds: f64) -> Result<Exit, Failed> {
        let length = Duration::try_from_secs_f64(seconds).map_err(|error| Failed::other(&error))?;
        session.order(Command::Press).await;
        let mut live = std::pin::pin!(tokio::time::sleep(length));
        let mut released = false;
        let mut troubles = Vec::new();
        loop {
            tokio::select! {
                () = &mut live, if !released => {
                    released = true;
                    session.order(Command::Finish).await;
                }
                event = session.next() => match event {
                    Some(Event::Trouble { error }) => troubles.push(error),
                    Some(Event::Ended { report }) => return Ok(self.told(&Ended { report, troubles })),
                    Some(event) => self.seen(&event),
                    None => return Ok(Exit::Failed),
                },
            }
        }
    }

    async fn by_key(&self, mut session: Session) -> Result<Exit, Failed> {
        let keys = Keys::open()?;
        let how = if keys.tells_release { "Hold Space, talk, let go." } else { "Space: talk. Space again: answer." };
        eprint!("{how} Esc cancels, q ends.\r\n");
        let mut fingers = keys.fingers();
        let mut open = false;
        loop {
            tokio::select! {
                finger = fingers.recv() => match finger {
                    Some(Finger::Down) => session.order(Command::Press).await,
                    Some(Finger::Up) => session.order(Command::Release).await,
                    Some(Finger::Tap) => session.order(if open { Command::Finish } else { Command::Press }).await,
                    Some(Finger::Escape) => session.order(Command::Cancel).await,
                    Some(Finger::Quit) | None => return Ok(Exit::Done),
                },
                event = session.next() => match event {
                    Some(Event::Trouble { error }) => eprint!("wilco: {error}\r\n"),
                    Some(Event::StoodIn { error, by, .. }) => eprint!("wilco: {by} stood in for {}\r\n", error.source),
                    Some(Event::State { state }) => {
                        open = matches!(state, State::Opening | State::Listening);
                        eprint!("\r\x1b[K[{state:?}]\r\n");
                    }
                    Some(Event::Ended { report }) => {
                        // lines end plainly while the report is written
                        let _plain = Plain::enter();
                        self.told(&Ended { report, troubles: Vec::new() });
                    }
                    Some(event) => self.seen(&event),
                    None => return Ok(Exit::Failed),
                },
            }
        }
    }

    fn seen(&self, event: &Event) {
        if !self.json {
            show::live(event);
        }
    }

    fn told(&self, ended: &Ended) -> Exit {
        if self.json {
            println!("{}", show::json(ended, None));
        } else {
            show::report(ended, None);
        }
        ended.report.outcome.into()
    }
}

/// The terminal in raw mode; given back when dropped.
struct Keys {
    tells_release: bool,
}

impl Keys {
    fn open() -> Result<Self, Failed> {
        let tells_release = terminal::supports_keyboard_enhancement().unwrap_or(false);
        terminal::enable_raw_mode().map_err(|error| Failed::other(&error))?;
        if tells_release {
            let flags = Flags::REPORT_EVENT_TYPES | Flags::DISAMBIGUATE_ESCAPE_CODES;
            execute!(std::io::stderr(), event::PushKeyboardEnhancementFlags(flags)).ok();
        }
        Ok(Self { tells_release })
    }

    /// Reads keys on a thread of its own: a terminal can only be waited for.
    fn fingers(&self) -> mpsc::Receiver<Finger> {
        let tells_release = self.tells_release;
        let (told, fingers) = mpsc::channel(16);
        thread::spawn(move || {
            while let Ok(read) = event::read() {
                let Terminal::Key(key) = read else { continue };
                let finger = match (key.code, key.kind) {
                    (KeyCode::Char('c'), _) if key.modifiers.contains(KeyModifiers::CONTROL) => Finger::Quit,
                    (KeyCode::Char('q'), KeyEventKind::Press) => Finger::Quit,
                    (KeyCode::Esc, KeyEventKind::Press) => Finger::Escape,
                    (KeyCode::Char(' ') | KeyCode::Enter, KeyEventKind::Release) => Finger::Up,
                    (KeyCode::Char(' ') | KeyCode::Enter, KeyEventKind::Press) if tells_release => Finger::Down,
                    (KeyCode::Char(' ') | KeyCode::Enter, KeyEventKind::Press) => Finger::Tap,
                    _ => continue,
                };
                if told.blocking_send(finger).is_err() {
                    return;
                }
            }
        });
        fingers
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        if self.tells_release {
            execute!(std::io::stderr(), event::PopKeyboardEnhancementFlags).ok();
        }
        terminal::disable_raw_mode().ok();
    }
}

/// Raw mode left for a moment.
struct Plain;

impl Plain {
    fn enter() -> Self {
        terminal::disable_raw_mode().ok();
        Self
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        terminal::enable_raw_mode().ok();
    }
}
