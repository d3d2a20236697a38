//! Stage one: packets to words. Sound is recoded to what the transcriber takes while it arrives; partial words are told
//! as they come; silence is recognised here, so that nobody is asked what nobody said.

use crate::{
    key::TAP,
    plan::Chosen,
    tape::{Counted, LEAST_VOICED, Tape},
    turn::{Note, Turn},
};
use futures_util::StreamExt;
use std::{pin::pin, sync::Arc, time::Duration};
use tokio::sync::mpsc;
use voice::{Error, ErrorKind, Hearing, Mark, Packet, Stage, Transcribe, Words, WordsStream};

/// After the end of the sound the transcript may take this long, and as long again as the sound itself.
const PATIENCE: Duration = Duration::from_secs(20);
const PACKET: Duration = Duration::from_millis(20);

/// Where a turn's words come from.
pub(crate) enum Inlet {
    /// The microphone, by way of a recorder.
    Sound(mpsc::Receiver<Sounded>),
    /// A recording that is heard again.
    Recording(Vec<Packet>),
    /// The keyboard.
    Text(Words),
    /// A kept reply that is spoken again.
    Reply { asked: Words, reply: String },
    /// Nobody: the app has something to say.
    Announcement(Words),
}

impl Inlet {
    /// All of `packets` at once. Somebody speaks in them, or they would not be tried again.
    pub(crate) fn sound(packets: Vec<Packet>) -> mpsc::Receiver<Sounded> {
        let (give, sound) = mpsc::channel(packets.len().max(1));
        packets.into_iter().for_each(|packet| drop(give.try_send(Sounded { packet, voiced: true })));
        sound
    }
}

/// A packet of the utterance and whether somebody speaks in it.
pub(crate) struct Sounded {
    pub(crate) packet: Packet,
    pub(crate) voiced: bool,
}

/// Why there are no words.
pub(crate) enum Unheard {
    /// Nobody speaks in it.
    Nothing,
    /// It is too short to hold a word.
    TooLittle,
    /// There was no sound at all; the microphone has told why.
    NoSound,
    Failed(Error),
}

/// The words of `sound`, once it has ended. It goes onto `tape`; nobody is asked before somebody speaks in it.
pub(crate) async fn hear(turn: &Turn, tape: &Arc<Tape>, sound: mpsc::Receiver<Sounded>) -> Result<Words, Unheard> {
    let chosen = turn.plan.hear.as_ref().map_err(|error| Unheard::Failed(error.clone()))?;
    turn.answered_by(Stage::Hear, &chosen.name);
    let (mut recording, mut listening) = (pin!(tape.record(sound)), pin!(listen(turn, chosen, tape)));
    let (counted, early) = tokio::select! {
        biased;
        counted = &mut recording => (counted, None),
        heard = &mut listening => {
            let heard = heard.map_err(Unheard::Failed)?;
            (recording.await, Some(heard))
        }
    };
    turn.marks.mark(Mark::KeyUp);
    // the desk may be gone; the turn still ends in order
    turn.notes.send(Note::SoundOver(turn.id)).await.ok();
    enough(counted)?;
    let words = match early {
        Some(words) => words,
        None => {
            let patience = PATIENCE + PACKET * counted.packets;
            let heard = tokio::time::timeout(patience, listening).await.unwrap_or_else(|_| {
                let detail = format!("no transcript within {} s.", patience.as_secs());
                Err(Error::new(ErrorKind::TimedOut, chosen.name.clone(), detail))
            });
            heard.map_err(Unheard::Failed)?
        }
    };
    if words.text.is_empty() {
        return Err(Unheard::Nothing);
    }
    turn.understood(&words);
    Ok(words)
}

/// Whether somebody can have said something.
fn enough(counted: Counted) -> Result<(), Unheard> {
    match counted {
        Counted { packets: 0, .. } => Err(Unheard::NoSound),
        Counted { packets, .. } if PACKET * packets < TAP => Err(Unheard::TooLittle),
        Counted { voiced, .. } if voiced < LEAST_VOICED => Err(Unheard::Nothing),
        _ => Ok(()),
    }
}

/// Lets `chosen` hear the tape; in its next coding if it refuses one.
async fn listen(turn: &Turn, chosen: &Chosen<dyn Transcribe>, tape: &Arc<Tape>) -> Result<Words, Error> {
    let how = Hearing {
        language: turn.plan.settings.languages.mine.clone(),
        grammar: turn.plan.grammar.clone(),
        into: turn.plan.heard_into(),
    };
    if !tape.spoken().await {
        return Ok(Words { text: String::new(), language: how.language, last: true, translation: None });
    }
    let mut refusal = Error::new(ErrorKind::SoundRefused, chosen.name.clone(), "it takes no sound.");
    for coding in &chosen.takes {
        match words_of(turn, chosen.doing.hear(tape.play(*coding), how.clone())).await {
            Err(error) if error.kind == ErrorKind::SoundRefused => refusal = error,
            heard => return heard,
        }
    }
    Err(refusal)
}

async fn words_of(turn: &Turn, mut words: WordsStream) -> Result<Words, Error> {
    while let Some(word) = words.next().await {
        let word = word?;
        if word.last {
            return Ok(word);
        }
        turn.tell_words(&word);
    }
    Err(Error::new(ErrorKind::EngineFailed, "speech to text", "it ended without a transcript."))
}
