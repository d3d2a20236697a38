//! What flows through Wilco, and its names. Every room speaks these words; this one does no I/O, reads no clock,
//! logs nothing and spawns nothing, so that all others can stand on it.

mod command;
mod error;
mod event;
mod figures;
mod history;
mod hotkey;
mod panel;
mod provider;
mod secret;
mod settings;
mod sound;
mod spending;
mod standing;
mod text;
mod turn;
#[cfg(test)]
mod types;

pub use command::Command;
pub use error::{Error, ErrorKind};
pub use event::{Event, MicNews, Snapshot};
pub use figures::{Figures, SlowTurn, Span, Spread, StageFigures, Stretch};
pub use history::{Conversation, ConversationId, Entry, ExportFormat, Found, Page, Piece, Unfinished};
pub use hotkey::{KeyBackend, KeyRole, KeySeen, KeyVerdict};
pub use panel::{Check, Probe, Ranking, Reached, SoundDevice, Subject, Take, Trial, Verdict};
pub use provider::{
    Begun, BoxFuture, BoxStream, Hearing, KeyNeed, Kind, Languages, OfferedVoice, Offers, Profile, Prompt, Provider,
    Remote, Respond, SoundStream, Synthesise, TextStream, Transcribe, Translate, WordsStream,
};
pub use secret::{KeyPlace, Secret};
pub use settings::{
    Account, Appearance, AudioChoice, Channel, FirstPhrase, Hotkeys, KeepHistory, KeyStyle, Network, Order, Persona,
    Privacy, ProviderOrder, Settings, Theme, VoiceChoice,
};
pub use sound::{Coding, Frame, Packet, PacketStream};
pub use spending::{AtCap, Price, Spending, SpentDay, Usage};
pub use standing::{Condition, Standing, Tried};
pub use text::{Exchange, Language, LanguagePair, Phrase, Words};
pub use turn::{Away, Mark, Mode, Outcome, Seam, Stage, Stamp, State, Traffic, TurnId, TurnReport};
