//! The history as a file for others: Markdown to read, JSON to keep, subtitles for a conversation's sound. Its own file
//! because what it writes is promised to other programs; `import` reads the JSON back.

use super::{keeper::Keeper, rows, turns::not_kept};
use crate::{files, journal::plain_name};
use rusqlite::Connection;
use serde::Serialize;
use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};
use voice::{Conversation, ConversationId, Entry, Error, ExportFormat, Mark, Page, TurnId};

/// The version of the JSON.
pub(crate) const FORMAT: u32 = 1;
/// Turns in memory at once.
const AT_ONCE: u32 = 500;

/// How much of the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All conversations, oldest first.
    All,
    /// One of them.
    Conversation(ConversationId),
    /// One turn, in the conversation it belongs to.
    Turn(TurnId),
}

/// What is written where.
#[derive(Clone, Debug)]
pub struct Export {
    /// As what.
    pub format: ExportFormat,
    /// How much.
    pub extent: Extent,
    /// The file; it is replaced if it is there.
    pub to: PathBuf,
    /// A folder for the recordings, as Ogg-Opus.
    pub sound: Option<PathBuf>,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// How many turns are in the file.
    pub turns: usize,
    /// Their recordings, where they lie now; old ones are gone before their turns.
    pub recordings: Vec<PathBuf>,
}

/// A failure of the disk or of the database.
enum Fault {
    Disk(io::Error),
    Rows(rusqlite::Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Rows(error)
    }
}

impl Keeper {
    /// Writes it.
    pub(crate) fn export(&mut self, export: &Export) -> Result<Exported, Error> {
        let which = self.exported(export.extent)?;
        let mut recordings = Vec::new();
        let mut count = 0;
        let db = &*self.db();
        let written = files::replace_by(&export.to, |out| {
            head(out, export.format)?;
            for (place, conversation) in which.iter().enumerate() {
                let mut writer = Writer { out, format: export.format, place, told: 0 };
                writer.open(conversation)?;
                each(db, conversation.id, export.extent, |turn| {
                    count += 1;
                    recordings.extend(turn.recording.clone());
                    writer.turn(&turn, conversation)
                })?;
                writer.close()?;
            }
            tail(out, export.format)
        });
        written.map_err(|fault: Fault| match fault {
            Fault::Disk(error) => files::storage(&export.to, &error),
            Fault::Rows(error) => self.name(error),
        })?;
        let copied = export.sound.as_ref().map(|folder| self.copy_recordings(&recordings, folder)).transpose()?;
        Ok(Exported { turns: count, recordings: copied.unwrap_or_default() })
    }

    fn exported(&mut self, extent: Extent) -> Result<Vec<Conversation>, Error> {
        match extent {
            Extent::All => {}
            Extent::Conversation(id) => return Ok(vec![self.conversation(id)?.ok_or_else(|| not_kept(id.0))?]),
            Extent::Turn(id) => {
                let turn = self.turn(id)?.ok_or_else(|| not_kept(id.0))?;
                let of = self.conversation(turn.conversation)?.ok_or_else(|| not_kept(id.0))?;
                // subtitles go with the turn's own recording
                return Ok(vec![Conversation { started: id.0, ..of }]);
            }
        }
        let (mut all, mut before) = (Vec::new(), None);
        loop {
            let page = self.conversations(Page { before, most: AT_ONCE })?;
            before = page.last().map(|conversation| conversation.last);
            all.extend(page);
            if before.is_none() {
                all.reverse();
                return Ok(all);
            }
        }
    }

    fn copy_recordings(&self, names: &[String], folder: &Path) -> Result<Vec<PathBuf>, Error> {
        let Some(paths) = &self.paths else { return Ok(Vec::new()) };
        let mut all = Vec::new();
        for name in names.iter().filter_map(|name| plain_name(name)) {
            let (from, to) = (paths.journal.join(name), folder.join(name));
            // old recordings go before their turns do
            let Ok(mut sound) = std::fs::File::open(&from) else { continue };
            let copied = files::replace_by(&to, |out| io::copy(&mut sound, out).map(drop));
            copied.map_err(|error| files::storage(&to, &error))?;
            all.push(to);
        }
        Ok(all)
    }
}

/// Gives each turn of a conversation to `take`, in their order, as far as `extent` goes.
fn each(
    db: &Connection,
    of: ConversationId,
    extent: Extent,
    mut take: impl FnMut(Entry) -> Result<(), io::Error>,
) -> Result<(), Fault> {
    let only = if let Extent::Turn(id) = extent { Some(rows::number(id.0)) } else { None };
    let mut all =
        db.prepare_cached("SELECT * FROM turns WHERE conversation = ?1 AND id = ifnull(?2, id) ORDER BY id")?;
    for turn in all.query_map((rows::number(of.0), only), rows::entry)? {
        take(turn?)?;
    }
    Ok(())
}

fn head(out: &mut dyn Write, format: ExportFormat) -> Result<(), Fault> {
    match format {
        ExportFormat::Json => write!(out, "{{\"wilco_history\":{FORMAT},\"conversations\":[")?,
        ExportFormat::Markdown => writeln!(out, "# Wilco")?,
        ExportFormat::Srt => {}
    }
    Ok(())
}

fn tail(out: &mut dyn Write, format: ExportFormat) -> Result<(), Fault> {
    if format == ExportFormat::Json {
        writeln!(out, "]}}")?;
    }
    Ok(())
}

/// Writes one conversation.
struct Writer<'a> {
    out: &'a mut dyn Write,
    format: ExportFormat,
    /// Which conversation of the file this is.
    place: usize,
    /// Turns or subtitles that are written.
    told: usize,
}

/// How a conversation stands in JSON, its turns behind it.
#[derive(Serialize)]
struct Head<'a> {
    id: ConversationId,
    name: &'a str,
    starred: bool,
}

impl Writer<'_> {
    fn open(&mut self, conversation: &Conversation) -> io::Result<()> {
        match self.format {
            ExportFormat::Json => {
                let head = Head { id: conversation.id, name: &conversation.name, starred: conversation.starred };
                let head = serde_json::to_string(&head)?;
                let comma = if self.place > 0 { "," } else { "" };
                write!(self.out, "{comma}\n{},\"turns\":[", head.trim_end_matches('}'))
            }
            ExportFormat::Markdown => {
                let star = if conversation.starred { "★ " } else { "" };
                let name = if conversation.name.is_empty() { "Conversation" } else { &conversation.name };
                writeln!(self.out, "\n## {star}{}", quoted(name))
            }
            ExportFormat::Srt => Ok(()),
        }
    }

    fn turn(&mut self, turn: &Entry, conversation: &Conversation) -> io::Result<()> {
        match self.format {
            ExportFormat::Json => {
                let comma = if self.told > 0 { "," } else { "" };
                self.told += 1;
                write!(self.out, "{comma}\n{}", serde_json::to_string(turn)?)
            }
            ExportFormat::Markdown => {
                let star = if turn.starred { " ★" } else { "" };
                writeln!(self.out, "\n### {}{star}", quoted(&turn.at))?;
                for (who, text) in [("You", &turn.transcript), ("Wilco", &turn.reply)] {
                    if !text.is_empty() {
                        writeln!(self.out, "\n**{who}:** {}", quoted(text))?;
                    }
                }
                Ok(())
            }
            ExportFormat::Srt => {
                let start = turn.id.0.saturating_sub(conversation.started);
                self.subtitle(turn, start, (Mark::FirstFrame, Mark::KeyUp), &turn.transcript)?;
                self.subtitle(turn, start, (Mark::FirstAudio, Mark::LastAudio), &turn.reply)
            }
        }
    }

    fn close(&mut self) -> io::Result<()> {
        if self.format == ExportFormat::Json { write!(self.out, "]}}") } else { Ok(()) }
    }

    /// `text` from one mark to another; two seconds from the key's press where the marks are not there.
    fn subtitle(&mut self, turn: &Entry, start: u64, (from, to): (Mark, Mark), text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        let at = |mark| turn.marks.iter().find(|stamp| stamp.mark == mark).map(|stamp| stamp.ms.max(0.0) as u64);
        let from = start + at(from).unwrap_or(0);
        let to = at(to).map_or(from + 2_000, |to| start + to).max(from + 1);
        self.told += 1;
        // an empty line would end the subtitle
        let text = text.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
        write!(self.out, "{}\n{} --> {}\n{text}\n\n", self.told, clock(from), clock(to))
    }
}

/// Hours, minutes, seconds, milliseconds, as subtitles have them.
fn clock(ms: u64) -> String {
    let (seconds, ms) = (ms / 1_000, ms % 1_000);
    format!("{:02}:{:02}:{:02},{ms:03}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

/// Text that Markdown leaves as it is: nothing of it becomes a picture, a link or a heading.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    let mut begins = true;
    for c in text.chars().filter(|c| *c == '\n' || !c.is_control()) {
        if "\\`*_[]<>!|~&".contains(c) || (begins && "#-+=".contains(c)) {
            quoted.push('\\');
        }
        begins = c == '\n' || (begins && c == ' ');
        quoted.push(c);
        if c == '\n' {
            quoted.push(c);
        }
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_stays_text() {
        assert_eq!(quoted("![x](http://a) <b> #1"), r"\!\[x\](http://a) \<b\> #1");
        assert_eq!(quoted("# a\n - b\u{1b}[31m"), "\\# a\n\n \\- b\\[31m");
    }

    #[test]
    fn a_subtitle_has_its_time() {
        assert_eq!(clock(3_723_004), "01:02:03,004");
    }
}
