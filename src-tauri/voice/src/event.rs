//! What the core tells a shell: the whole way out.

use crate::{
    Away, ConversationId, Entry, Error, KeyPlace, KeyRole, Language, Mark, Mode, Profile, Settings, Stage, Standing,
    State, TurnId, TurnReport,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One fact, in the order of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Event {
    /// What the app is doing now.
    State {
        /// The new state.
        state: State,
    },
    /// Loudness at the microphone, about 25 times a second while listening.
    Level {
        /// Root mean square of the last frame, 0.0..=1.0.
        rms: f32,
    },
    /// The microphone will close by itself; once a second in the last minute.
    Countdown {
        /// Whole seconds until then.
        seconds: u32,
    },
    /// The microphone was closed although nobody let go of the key; what was said until then is kept.
    Closed {
        /// Why.
        why: Away,
    },
    /// What becomes of the microphone, as far as a person should see it.
    Microphone {
        /// What is new.
        news: MicNews,
    },
    /// A turn began.
    Started {
        /// Its number.
        turn: TurnId,
        /// What will become of the words.
        mode: Mode,
    },
    /// The transcript as understood now; replaces what was understood before.
    Words {
        /// Of which turn.
        turn: TurnId,
        /// The whole utterance so far.
        text: String,
        /// In which language.
        language: Language,
        /// No further change will come.
        last: bool,
    },
    /// More of the reply; to be appended.
    Reply {
        /// Of which turn.
        turn: TurnId,
        /// The next piece, blanks included.
        text: String,
    },
    /// The reply so far is taken back: another provider begins it from its start. Nothing of it was spoken.
    Again {
        /// Of which turn.
        turn: TurnId,
    },
    /// A provider failed, but another one did its work: worth a quiet word. Told once for each cause.
    StoodIn {
        /// In which turn.
        turn: TurnId,
        /// At which stage.
        stage: Stage,
        /// Who failed, and how.
        error: Error,
        /// Who did it.
        by: String,
    },
    /// The voice begins to say this part of the reply.
    Saying {
        /// Of which turn.
        turn: TurnId,
        /// The words as they are spoken: what is markup in the reply is not among them.
        text: String,
        /// How long it will take, in milliseconds; absent while its sound is still in the making.
        ms: Option<f64>,
    },
    /// The reply keeps its place and is silent, or goes on.
    Paused {
        /// It is silent.
        paused: bool,
    },
    /// The person's own recording of a turn is heard, or no longer.
    Replaying {
        /// Of which; `None` is silence.
        turn: Option<TurnId>,
    },
    /// Another conversation goes on from here.
    Conversing {
        /// Which; `None` is a new one, which has its number with its first turn.
        id: Option<ConversationId>,
        /// The turn that began it; absent where a person chose it.
        turn: Option<TurnId>,
    },
    /// A moment was reached.
    Marked {
        /// Of which turn.
        turn: TurnId,
        /// Which moment.
        mark: Mark,
        /// Milliseconds after the turn's key-down.
        ms: f64,
    },
    /// The turn is over.
    Ended {
        /// All of it.
        report: TurnReport,
    },
    /// There is a way to the services again: these turns, which stopped for want of one, can go on. None does unasked.
    Waiting {
        /// Which, oldest first.
        turns: Vec<TurnId>,
    },
    /// Something a person must know. The turn it belongs to, if any, ends by its own event.
    Trouble {
        /// What, who, and what to do.
        error: Error,
    },
    /// Words from outside, by a link or a terminal: for the text box, where the person may send them.
    Draft {
        /// What is proposed.
        text: String,
    },
    /// How somebody does has changed: these do so now. Not sent for each call.
    Standings {
        /// As in the snapshot.
        standings: Vec<Standing>,
    },
    /// The desktop catches the keys and gave these, in its own words; they may be others than those of the settings.
    Given {
        /// Those that have one.
        keys: Vec<(KeyRole, String)>,
    },
    /// A setting or a key changed; these are in force now.
    Changed {
        /// All settings.
        settings: Box<Settings>,
        /// As in the snapshot.
        keys: BTreeMap<String, KeyPlace>,
    },
}

/// What becomes of a microphone; no fault by itself. A device is named as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum MicNews {
    /// It is open, but no sound comes yet: a headset takes its time to change to its microphone. It is waited for.
    Waking {
        /// Which one.
        device: String,
    },
    /// It takes so long that another one may serve better.
    Slow {
        /// Which one.
        device: String,
        /// One that is there.
        instead: Option<String>,
    },
    /// Sound comes again after a hole, which is silence in the turn.
    Back {
        /// Which one.
        device: String,
        /// How long the hole was.
        lost_ms: u32,
    },
    /// From here on another one is heard.
    Moved {
        /// Which one.
        device: String,
    },
    /// The system chose another one meanwhile; this turn stays with its own.
    Stayed {
        /// The one that is still heard.
        device: String,
    },
    /// Whether the microphone is open between presses, for the sound before the key.
    Standby {
        /// It is.
        open: bool,
    },
}

/// What a window needs to draw itself before the first event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Snapshot {
    /// What the app is doing.
    pub state: State,
    /// The settings in force.
    pub settings: Settings,
    /// Every engine and service there is.
    pub providers: Vec<Profile>,
    /// Providers that have a key for the host they are asked at.
    pub keys: BTreeMap<String, KeyPlace>,
    /// Turns that a crash or a power cut left unfinished; they can be tried again.
    pub unfinished: Vec<Entry>,
    /// Turns that were stopped for want of a way to the services, which is there again; oldest first.
    #[serde(default)]
    pub waiting: Vec<TurnId>,
    /// The conversation that goes on, or the last one there was.
    pub conversation: Option<ConversationId>,
    /// How those providers do that were asked in this run.
    #[serde(default)]
    pub standings: Vec<Standing>,
    /// Faults met while starting: an absent library, a hotkey that is taken.
    pub troubles: Vec<Error>,
    /// The microphone is open between presses, for the sound before the key.
    pub standby: bool,
}
