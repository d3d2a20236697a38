//! The kept history as it crosses to a shell: conversations, their turns as rows, what a search finds, what a crash left.
//! Its own file because a row outlives the run that made it, while a `TurnReport` is told once.

use crate::{ErrorKind, LanguagePair, Mode, Outcome, Stage, Stamp, Traffic, Tried, TurnId, Usage};
use serde::{Deserialize, Serialize};

/// A conversation's number: Unix time in milliseconds of its beginning, unique over all time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(type = "number"))]
pub struct ConversationId(pub u64);

/// Turns that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Conversation {
    /// Its number.
    pub id: ConversationId,
    /// The person's name for it; empty until one is given.
    pub name: String,
    /// How it began: the first 120 characters of the first words in it. What it is called by until it has a name.
    pub opening: String,
    /// It stays for ever.
    pub starred: bool,
    /// Unix time in milliseconds of the first press; of its own beginning while it holds no turn.
    #[cfg_attr(test, ts(type = "number"))]
    pub started: u64,
    /// Unix time in milliseconds of the last press; as `started` while it holds no turn.
    #[cfg_attr(test, ts(type = "number"))]
    pub last: u64,
    /// How many turns it holds.
    pub turns: u32,
}

/// A turn as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Entry {
    /// Which turn; later turns have higher numbers, whatever the clock did.
    pub id: TurnId,
    /// Where it belongs.
    pub conversation: ConversationId,
    /// When the key went down: RFC 3339, with the offset of that place and day.
    pub at: String,
    /// What became of the words.
    pub mode: Mode,
    /// Who spoke what.
    pub languages: LanguagePair,
    /// What was understood.
    pub transcript: String,
    /// What was answered.
    pub reply: String,
    /// The part of the reply that was played.
    pub heard: String,
    /// How it ended; `None` if it was still under way when the app ended.
    pub outcome: Option<Outcome>,
    /// The stage that failed, if one did: where a retry begins.
    pub failed_stage: Option<Stage>,
    /// How that stage failed.
    pub failed_kind: Option<ErrorKind>,
    /// Provider of each stage that ran, in order.
    pub answered_by: Vec<(Stage, String)>,
    /// Every attempt that came to nothing, in order of time.
    #[serde(default)]
    pub tried: Vec<Tried>,
    /// What was used of whom.
    #[serde(default)]
    pub usage: Vec<Usage>,
    /// What was sent to whom, and what came back.
    #[serde(default)]
    pub traffic: Vec<Traffic>,
    /// Every mark that was reached, in order of time.
    pub marks: Vec<Stamp>,
    /// From `KeyUp` to `FirstAudio`, in milliseconds; absent if nothing was heard.
    pub release_to_first_audio_ms: Option<f64>,
    /// File name of the utterance within the journal, if it was recorded.
    pub recording: Option<String>,
    /// It stays for ever.
    pub starred: bool,
}

impl Entry {
    /// A turn of which nothing is known yet but that its key went down.
    #[must_use]
    pub fn begun(id: TurnId, at: String, mode: Mode, languages: LanguagePair) -> Self {
        Self {
            id,
            conversation: ConversationId(id.0),
            at,
            mode,
            languages,
            transcript: String::new(),
            reply: String::new(),
            heard: String::new(),
            outcome: None,
            failed_stage: None,
            failed_kind: None,
            answered_by: Vec::new(),
            tried: Vec::new(),
            usage: Vec::new(),
            traffic: Vec::new(),
            marks: Vec::new(),
            release_to_first_audio_ms: None,
            recording: None,
            starred: false,
        }
    }
}

/// Which part of a long list: the newest `most` items that are older than `before`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Page {
    /// A turn's number, or a conversation's `last`; `None` begins at the newest.
    #[cfg_attr(test, ts(type = "number | null"))]
    pub before: Option<u64>,
    /// How many at most; the store gives no more than 500 at once.
    pub most: u32,
}

/// A turn that a search found. A list of them begins with the newest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Found {
    /// Which turn.
    pub turn: TurnId,
    /// Where it belongs.
    pub conversation: ConversationId,
    /// When the key went down, RFC 3339.
    pub at: String,
    /// The words are the reply's, not the transcript's.
    pub in_reply: bool,
    /// The place of the match as plain text, to be put side by side: about 120 characters.
    pub snippet: Vec<Piece>,
}

/// A piece of a snippet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Piece {
    /// Plain text; never markup.
    pub text: String,
    /// This is what was searched for.
    pub hit: bool,
}

/// What a crash or a power cut left behind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Unfinished {
    /// Turns that never ended, oldest first.
    pub turns: Vec<Entry>,
    /// File names of recordings in the journal that belong to no turn.
    pub recordings: Vec<String>,
}

/// What a file of the history is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum ExportFormat {
    /// For reading.
    Markdown,
    /// Everything; Wilco can take it back.
    Json,
    /// Subtitles, for one conversation's sound.
    Srt,
}
