//! `wilco key`: keys of services, kept in the system's keyring. A key is read and kept here, and never printed.

use crate::{
    exit::{Exit, Failed},
    house,
};
use crossterm::{
    event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers},
    terminal,
};
use std::io::{self, IsTerminal};
use talk::keys::{Keys, variable_of};
use voice::{Error, ErrorKind, KeyPlace, Secret, Settings};

/// A key, with its line's end, is no longer than this.
const LONGEST_LINE: u64 = 4_096;

/// Keys of services.
#[derive(clap::Subcommand)]
pub(crate) enum Key {
    /// Keep a key in the system's keyring; it is read from standard input, without echo
    Set {
        /// Whose, for instance openai
        provider: String,
    },
    /// Forget a key
    Forget {
        /// Whose
        provider: String,
    },
    /// Ask the service whether it takes the key
    Test {
        /// Whom
        provider: String,
    },
    /// Who has a key, and where it is
    List,
}

impl Key {
    /// Does it.
    pub(crate) async fn run(self) -> Result<Exit, Failed> {
        let (settings, paths) = house::settings()?;
        let (keys, _) = house::keys(settings.current(), paths.as_ref());
        let settings = settings.current();
        match self {
            Self::Set { provider } => set(&keys, settings, &provider).await,
            Self::Forget { provider } => {
                keys.forget(settings, &provider).await?;
                println!("The key of {provider} is forgotten.");
                Ok(Exit::Done)
            }
            Self::Test { provider } => {
                keys.test(settings, &provider).await?;
                println!("{provider} is well.");
                Ok(Exit::Done)
            }
            Self::List => list(&keys, settings).await,
        }
    }
}

async fn set(keys: &Keys, settings: &Settings, provider: &str) -> Result<Exit, Failed> {
    let key = if io::stdin().is_terminal() {
        eprint!("Key of {provider} (it is not shown): ");
        typed()?
    } else {
        let mut line = String::new();
        io::BufRead::read_line(&mut io::Read::take(io::stdin().lock(), LONGEST_LINE), &mut line)
            .map_err(|_| Failed::other(&"standard input holds no text"))?;
        Secret::new(line)
    };
    keys.set(settings, provider, key, false).await.map_err(|error| for_terminal(error, provider))?;
    println!("The key of {provider} is kept in the system's keyring.");
    Ok(Exit::Done)
}

/// In a terminal a key for one session is a variable.
fn for_terminal(mut error: Error, provider: &str) -> Error {
    if matches!(error.kind, ErrorKind::KeyringMissing | ErrorKind::KeyringLocked | ErrorKind::KeyringStuck) {
        error.detail = format!("{} For this session set {}.", error.detail, variable_of(provider));
    }
    error
}

async fn list(keys: &Keys, settings: &Settings) -> Result<Exit, Failed> {
    let read = keys.read(settings, &keys.services()).await;
    for (name, host, place) in keys.places(settings) {
        let place = match place {
            Some(KeyPlace::Keyring) => "in the keyring".to_owned(),
            Some(KeyPlace::Session) => "from the environment".to_owned(),
            None => format!("none ({})", variable_of(&name)),
        };
        println!("{name:<18} {host:<32} {place}");
    }
    read.trouble.map_or(Ok(Exit::Done), |error| Err(error.into()))
}

/// A line from the terminal that nobody sees.
fn typed() -> Result<Secret, Failed> {
    terminal::enable_raw_mode().map_err(|error| Failed::other(&error))?;
    let line = unseen_line();
    terminal::disable_raw_mode().ok();
    eprintln!();
    line.map(Secret::new)
}

fn unseen_line() -> Result<String, Failed> {
    let mut line = String::new();
    loop {
        let Event::Key(KeyEvent { code, modifiers, kind: KeyEventKind::Press, .. }) =
            event::read().map_err(|error| Failed::other(&error))?
        else {
            continue;
        };
        match code {
            KeyCode::Enter => return Ok(line),
            KeyCode::Esc => return Err(Failed::other(&"nothing was kept")),
            KeyCode::Char('c' | 'd') if modifiers.contains(KeyModifiers::CONTROL) => {
                return Err(Failed::other(&"nothing was kept"));
            }
            KeyCode::Backspace => drop(line.pop()),
            KeyCode::Char(character) => line.push(character),
            _ => {}
        }
    }
}
