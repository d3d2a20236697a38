//! `wilco history`: what is kept, from a terminal. Each verb is one question to the store and one way to show its answer.

use crate::{
    exit::{Exit, Failed},
    house,
    show::harmless,
};
use audio::Recording;
use serde_json::json;
use std::{
    fs::{self, File},
    io::{self, BufReader, IsTerminal, Write},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};
use store::{Export, Extent, History};
use voice::{Conversation, ConversationId, Entry, Error, ErrorKind, ExportFormat, Found, Page, TurnId};

/// Conversations and turns that a list shows.
const SHOWN: u32 = 50;

/// What is kept of earlier turns.
#[derive(clap::Args)]
pub(crate) struct Verbs {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// JSON, one object a line, for list, search and show
    #[arg(long, global = true)]
    json: bool,
}

/// A turn or conversation is meant by its number, or by the last digits of it if no other ends so.
#[derive(clap::Subcommand)]
enum Verb {
    /// Conversations, newest first
    List,
    /// Turns in which every word occurs, newest first
    Search {
        /// Words, or parts of words
        text: String,
    },
    /// A conversation, or the one that a turn is in
    Show {
        /// Which
        id: String,
    },
    /// Name a conversation
    Rename {
        /// Which
        id: String,
        /// Its name
        name: String,
    },
    /// Keep a turn, or a whole conversation, for ever
    Star {
        /// Which
        id: String,
        /// The whole conversation
        #[arg(long)]
        conversation: bool,
        /// Take the star away
        #[arg(long)]
        off: bool,
    },
    /// Delete a turn, or a whole conversation, and its recordings
    Delete {
        /// Which
        id: String,
        /// The whole conversation
        #[arg(long)]
        conversation: bool,
    },
    /// Write the history into a file
    Export {
        /// The file
        path: PathBuf,
        /// markdown, json or srt
        #[arg(long, value_parser = format, default_value = "markdown")]
        format: ExportFormat,
        /// Only the conversation of this turn
        #[arg(long, value_name = "ID")]
        conversation: Option<String>,
        /// Only this turn
        #[arg(long, value_name = "ID", conflicts_with = "conversation")]
        turn: Option<String>,
        /// A folder for the recordings, as Ogg-Opus
        #[arg(long, value_name = "FOLDER")]
        sound: Option<PathBuf>,
        /// The recordings as WAV instead
        #[arg(long, requires = "sound")]
        wav: bool,
    },
    /// Take the turns of a JSON export that are not here yet
    Import {
        /// The file
        path: PathBuf,
    },
    /// Delete every turn, recording, cache and log; keys stay, see `wilco key forget`
    ForgetEverything {
        /// The settings too
        #[arg(long)]
        settings: bool,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

impl Verbs {
    /// Does it.
    pub(crate) async fn run(self) -> Result<Exit, Failed> {
        let (_, paths) = house::settings()?;
        let history = History::open(paths, now(), |error| eprintln!("wilco: {}", harmless(&error.to_string())));
        let done = self.verb.unwrap_or(Verb::List).run(&history, self.json).await;
        history.close().await?;
        done
    }
}

impl Verb {
    async fn run(self, history: &History, json: bool) -> Result<Exit, Failed> {
        match self {
            Self::List => list(&history.conversations(page(None)).await?, json),
            Self::Search { text } => found(&history.search(text, page(None)).await?, json),
            Self::Show { id } => {
                let turn = turn_of(history, &id).await?;
                show(&history.turns(turn.conversation, Page { before: None, most: 500 }).await?, json);
            }
            Self::Rename { id, name } => history.rename(turn_of(history, &id).await?.conversation, name).await?,
            Self::Star { id, conversation, off } => match turn_of(history, &id).await? {
                turn if conversation => history.star_conversation(turn.conversation, !off).await?,
                turn => history.star_turn(turn.id, !off).await?,
            },
            Self::Delete { id, conversation } => match turn_of(history, &id).await? {
                turn if conversation => history.delete_conversation(turn.conversation).await?,
                turn => history.delete(turn.id).await?,
            },
            Self::Export { path, format, conversation, turn, sound, wav } => {
                let extent = match (conversation, turn) {
                    (Some(id), _) => Extent::Conversation(turn_of(history, &id).await?.conversation),
                    (None, Some(id)) => Extent::Turn(turn_of(history, &id).await?.id),
                    (None, None) => Extent::All,
                };
                let done = history.export(Export { format, extent, to: path.clone(), sound }).await?;
                if wav {
                    done.recordings.iter().try_for_each(|recording| as_wav(recording))?;
                }
                println!("{} turns are in {}.", done.turns, path.display());
            }
            Self::Import { path } => {
                let came = history.import(path).await?;
                println!("{} turns are new, {} were here, {} make no sense.", came.taken, came.known, came.refused);
            }
            Self::ForgetEverything { settings, yes } => {
                if !(yes || is_sure()?) {
                    return Err(Failed::other(&"nothing was deleted; say --yes where nobody can be asked"));
                }
                history.forget_everything(settings).await?;
                println!("All of it is gone. Keys are in the keyring: wilco key list.");
            }
        }
        Ok(Exit::Done)
    }
}

/// The turn whose number is `id` or ends so, or the first one of the conversation of that number.
pub(crate) async fn turn_of(history: &History, id: &str) -> Result<Entry, Failed> {
    let refused = |why: &str| Error::new(ErrorKind::NotKept, "history", format!("{} {why}", harmless(id)));
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refused("is no number.").into());
    }
    let whole = id.parse().map(TurnId).ok();
    if let Some(turn) = history.turn(whole.unwrap_or(TurnId(0))).await? {
        return Ok(turn);
    }
    if let Some(TurnId(whole)) = whole
        && let Some(turn) = history.turns(ConversationId(whole), page(None)).await?.into_iter().next()
    {
        return Ok(turn);
    }
    match history.ending_in(id.to_owned()).await?.as_slice() {
        [one] => history.turn(*one).await?.ok_or_else(|| refused("is gone.").into()),
        [] => Err(refused("is not there.").into()),
        _ => Err(refused("is the end of more than one number; give more digits.").into()),
    }
}

fn list(conversations: &[Conversation], json: bool) {
    for it in conversations {
        if json {
            println!("{}", json!(it));
            continue;
        }
        let star = if it.starred { '★' } else { ' ' };
        println!("{star} {}  {:>4} turns  {}", it.id.0, it.turns, harmless(&it.name));
    }
    nothing(conversations.is_empty(), json);
}

fn found(found: &[Found], json: bool) {
    let bold = io::stdout().is_terminal();
    for it in found {
        if json {
            println!("{}", json!(it));
            continue;
        }
        let who = if it.in_reply { "wilco" } else { "you" };
        print!("{}  {}  {who:<5}  ", it.turn.0, harmless(&it.at));
        for piece in &it.snippet {
            let text = harmless(&piece.text.replace('\n', " "));
            if piece.hit && bold { print!("\x1b[1m{text}\x1b[0m") } else { print!("{text}") }
        }
        println!();
    }
    nothing(found.is_empty(), json);
}

fn show(turns: &[Entry], json: bool) {
    for turn in turns {
        if json {
            println!("{}", json!(turn));
            continue;
        }
        let star = if turn.starred { "  ★" } else { "" };
        let outcome = turn.outcome.map_or("it did not come to its end", crate::show::outcome);
        println!("{}  {}  {outcome}{star}", turn.id.0, harmless(&turn.at));
        for (who, text) in [("you", &turn.transcript), ("wilco", &turn.reply)] {
            if !text.is_empty() {
                println!("  {who:<5}  {}", harmless(&text.replace('\n', " ")));
            }
        }
    }
    nothing(turns.is_empty(), json);
}

/// A person is told; a script sees it.
fn nothing(empty: bool, json: bool) {
    if empty && !json {
        println!("There is nothing.");
    }
}

fn is_sure() -> Result<bool, Failed> {
    if !io::stdin().is_terminal() {
        return Ok(false);
    }
    eprint!("Every turn and recording goes and cannot come back. Type yes: ");
    let mut line = String::new();
    io::stderr().flush().and_then(|()| io::stdin().read_line(&mut line)).map_err(|error| Failed::other(&error))?;
    Ok(line.trim() == "yes")
}

pub(crate) fn page(before: Option<u64>) -> Page {
    Page { before, most: SHOWN }
}

/// Puts a WAV file in the place of an exported recording.
fn as_wav(recording: &Path) -> Result<(), Failed> {
    let file = File::open(recording).map_err(|error| Failed::other(&error))?;
    Recording::read(BufReader::new(file))?.sound()?.write(recording.with_extension("wav"))?;
    fs::remove_file(recording).map_err(|error| Failed::other(&error))
}

fn format(text: &str) -> Result<ExportFormat, String> {
    match text {
        "markdown" | "md" => Ok(ExportFormat::Markdown),
        "json" => Ok(ExportFormat::Json),
        "srt" => Ok(ExportFormat::Srt),
        _ => Err("it is markdown, json or srt".to_owned()),
    }
}

#[expect(clippy::disallowed_methods, reason = "a terminal's verb owns its clock")]
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
