//! Stage one: packets to words. Sound is recoded to what the transcriber takes while it arrives; partial words are told
//! as they come; silence is recognised here, so that nobody is asked what nobody said.

use crate::{
    key::TAP,
    tape::{Counted, LEAST_VOICED, Tape},
    turn::{Note, Turn},
};
use futures_util::{StreamExt, stream};
use providers::{Ask, Candidate, Passed, Shunned, Then};
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
    let (mut recording, mut listening) = (pin!(tape.record(sound)), pin!(listen(turn, tape)));
    let (counted, early) = tokio::select! {
        biased;
        counted = &mut recording => (counted, None),
        // whoever cannot be heard now goes on speaking, and all of it is kept
        heard = &mut listening => (recording.await, Some(heard)),
    };
    turn.marks.mark(Mark::KeyUp);
    turn.note_told(|told| told.work.seconds = (PACKET * counted.packets).as_secs_f64());
    // the desk may be gone; the turn still ends in order
    turn.notes.send(Note::SoundOver(turn.id)).await.ok();
    enough(counted)?;
    let heard = match early {
        Some(heard) => heard,
        None => {
            let patience = PATIENCE + PACKET * counted.packets;
            tokio::time::timeout(patience, listening).await.unwrap_or_else(|_| {
                let detail = format!("no transcript within {} s.", patience.as_secs());
                Err(Error::new(ErrorKind::TimedOut, "speech to text", detail))
            })
        }
    };
    let words = heard.map_err(Unheard::Failed)?;
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

/// Lets those who can hear the tape until one of them has understood it. Each hears it from its start.
async fn listen(turn: &Turn, tape: &Arc<Tape>) -> Result<Words, Error> {
    let relay = turn.plan.hear.as_ref().map_err(Clone::clone)?;
    let how = Hearing {
        language: turn.plan.settings.languages.mine.clone(),
        grammar: turn.plan.grammar.clone(),
        into: turn.plan.heard_into(),
    };
    if !tape.spoken().await {
        return Ok(Words { text: String::new(), language: how.language, last: true, translation: None });
    }
    let (sound, end, ledger) = (tape.clone(), tape.clone(), turn.ledger(Stage::Hear));
    let mut words = relay.ask(Ask {
        start: Box::new(move |candidate| words_of(&candidate.noted(&ledger), sound.clone(), how.clone())),
        useful: |words: &Words| words.last,
        then: Box::new(|| Then::Stop),
        due: Some(Box::pin(async move { end.over().await })),
        tell: turn.teller(Stage::Hear),
        shunned: Shunned::default(),
    });
    while let Some(word) = words.next().await {
        match word? {
            Passed::Piece(word) if word.last => return Ok(word),
            Passed::Piece(word) => turn.tell_words(&word),
            // the next guess replaces the last one anyway
            Passed::Again => {}
        }
    }
    Err(Error::new(ErrorKind::EngineFailed, "speech to text", "it ended without a transcript."))
}

/// What `candidate` understands of the tape; in its next coding if it refuses one.
pub(crate) fn words_of(candidate: &Candidate<dyn Transcribe>, tape: Arc<Tape>, how: Hearing) -> WordsStream {
    let (doing, takes) = (candidate.doing.clone(), candidate.takes.clone());
    let start = takes.into_iter().map(move |coding| doing.hear(tape.play(coding), how.clone()));
    Box::pin(stream::unfold((start, None), |(mut codings, words)| async {
        let mut words: WordsStream = match words {
            Some(words) => words,
            None => codings.next()?,
        };
        loop {
            match words.next().await {
                Some(Err(error)) if error.kind == ErrorKind::SoundRefused => match codings.next() {
                    Some(next) => words = next,
                    None => return Some((Err(error), (codings, Some(words)))),
                },
                word => return Some((word?, (codings, Some(words)))),
            }
        }
    }))
}
