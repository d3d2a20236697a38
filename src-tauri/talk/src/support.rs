//! A file for whoever helps: what was checked, what is set, and how one turn went. Its own file because what a person said,
//! named or pointed at is taken out of it here and nowhere else.

use crate::{Booth, Keys};
use serde::Serialize;
use std::{
    env, fs,
    path::{Path, PathBuf},
};
use store::{Export, Extent, History};
use voice::{Check, Entry, Error, ErrorKind, ExportFormat, Persona, Settings, TurnId};

/// The version of the file.
const FORMAT: u32 = 1;
/// Of the log.
const LINES: usize = 300;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Support {
    /// Which turn; the last one if none is named.
    pub turn: Option<TurnId>,
    /// What was said, answered and recorded is written beside it.
    pub speech: bool,
    /// Where the files go; those of an earlier time are replaced.
    pub folder: PathBuf,
    /// Where the app writes what happens.
    pub logs: Option<PathBuf>,
}

#[derive(Serialize)]
struct Bundle {
    wilco_support: u32,
    version: &'static str,
    system: System,
    checks: Vec<Check>,
    settings: Settings,
    turn: Option<Entry>,
    log: Vec<String>,
}

#[derive(Serialize)]
struct System {
    name: String,
    architecture: &'static str,
    session: Option<String>,
    desktop: Option<String>,
}

impl Booth {
    /// Writes it as JSON and gives its path. Whoever is asked for the checks bills nothing.
    ///
    /// # Errors
    /// `NotKept` if there is no such turn, `Storage`.
    pub async fn support(
        &self,
        keys: &Keys,
        settings: &Settings,
        history: &History,
        wanted: Support,
    ) -> Result<PathBuf, Error> {
        let id = match wanted.turn {
            Some(id) => Some(id),
            None => history.last_turn().await?,
        };
        let turn = match id {
            Some(id) => Some(history.turn(id).await?.ok_or_else(|| not_kept(id))?),
            None => None,
        };
        let name = id.map_or_else(|| "wilco-support".to_owned(), |TurnId(number)| format!("wilco-support-{number}"));
        let bundle = Bundle {
            wilco_support: FORMAT,
            version: env!("CARGO_PKG_VERSION"),
            system: System::here(),
            checks: self.check(keys, settings, history, false).await.into_iter().map(impersonal_check).collect(),
            settings: impersonal(settings.clone()),
            turn: turn.map(wordless),
            log: wanted.logs.as_deref().map(lately).unwrap_or_default(),
        };
        let text = serde_json::to_string_pretty(&bundle)
            .map_err(|error| Error::new(ErrorKind::Storage, "support", error.to_string()))?;
        let path = wanted.folder.join(format!("{name}.json"));
        history.write_out(path.clone(), text).await?;
        if let Some(id) = id.filter(|_| wanted.speech) {
            let to = wanted.folder.join(format!("{name}-speech.json"));
            let (format, extent, sound) = (ExportFormat::Json, Extent::Turn(id), Some(wanted.folder));
            history.export(Export { format, extent, to, sound }).await?;
        }
        Ok(path)
    }
}

impl System {
    fn here() -> Self {
        let told = fs::read_to_string("/etc/os-release").unwrap_or_default();
        let name = told.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
        Self {
            name: name.map_or(env::consts::OS, |name| name.trim_matches('"')).to_owned(),
            architecture: env::consts::ARCH,
            session: env::var("XDG_SESSION_TYPE").ok(),
            desktop: env::var("XDG_CURRENT_DESKTOP").ok(),
        }
    }
}

fn not_kept(TurnId(number): TurnId) -> Error {
    Error::new(ErrorKind::NotKept, "history", format!("{number} is not there."))
}

/// How a turn went, without what it was about.
fn wordless(turn: Entry) -> Entry {
    let (transcript, reply, heard) = (withheld(&turn.transcript), withheld(&turn.reply), withheld(&turn.heard));
    Entry { transcript, reply, heard, ..turn }
}

/// Settings without names, prompts and addresses of the person's own. Prices are the same for everybody.
fn impersonal(mut settings: Settings) -> Settings {
    settings.prices.clear();
    settings.persona = withheld(&settings.persona);
    let personas = settings.personas.into_values().enumerate();
    settings.personas = personas
        .map(|(place, persona)| (place.to_string(), Persona { prompt: withheld(&persona.prompt), ..persona }))
        .collect();
    for account in settings.accounts.values_mut() {
        account.base_url = withheld(&account.base_url);
        account.region = withheld(&account.region);
    }
    let network = &mut settings.network;
    for own in [&mut network.proxy, &mut network.proxy_user, &mut network.trust] {
        *own = withheld(own);
    }
    settings
}

/// That something was there, and how long it was.
fn withheld(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("({} letters)", text.chars().count()) }
}

fn impersonal_check(check: Check) -> Check {
    Check { found: homeless(&check.found), ..check }
}

/// The last lines of the log, which holds no words of the person.
fn lately(logs: &Path) -> Vec<String> {
    let mut days: Vec<PathBuf> = fs::read_dir(logs).into_iter().flatten().flatten().map(|file| file.path()).collect();
    // their names are dates
    days.sort();
    let mut lines = Vec::new();
    for day in days.iter().rev().take(2).rev() {
        let text = fs::read(day).unwrap_or_default();
        lines.extend(String::from_utf8_lossy(&text).lines().map(homeless));
    }
    lines.split_off(lines.len().saturating_sub(LINES))
}

/// Paths are told from the person's folder on, whose name is often theirs.
fn homeless(text: &str) -> String {
    env::home_dir().map_or_else(|| text.to_owned(), |home| text.replace(&*home.to_string_lossy(), "~"))
}
