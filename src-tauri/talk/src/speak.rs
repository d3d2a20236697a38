//! Stage three: phrases to frames. Up to three phrases are in the making at once; they are played in order. What was
//! really heard is counted at the loudspeaker, because a reply that was cut was not all said.

use crate::{
    lead::Lead,
    reel::{Begun, Making, Reel, Script},
    turn::{BROKEN, Note, Turn},
    voicing,
};
use audio::{NextPiece, Played, Playing};
use providers::Shunned;
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
};
use voice::{Error, ErrorKind, Event, Mark, Phrase, Stage};

/// Phrases in the making behind the one that is played.
const AHEAD: usize = 2;
/// Pieces of sound that one phrase may have ready: all of an ordinary one. What has no room waits in the buffers of its
/// connection, which grow to many times its size.
const PIECES: usize = 64;

/// How much of the reply was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spoken {
    ToItsEnd,
    InPart,
}

/// Says `phrases` in order until they end or the turn is hushed.
pub(crate) async fn speak(turn: &Turn, phrases: mpsc::Receiver<Phrase>) -> Spoken {
    if turn.plan.settings.voice.muted {
        return read(turn, phrases).await;
    }
    tokio::select! {
        biased;
        () = turn.reins.hush.cancelled() => Spoken::InPart,
        spoken = speak_to_the_end(turn, phrases) => spoken.unwrap_or_else(|error| {
            turn.failed(Stage::Speak, error);
            Spoken::InPart
        }),
    }
}

/// A reply that is only shown counts as heard.
async fn read(turn: &Turn, mut phrases: mpsc::Receiver<Phrase>) -> Spoken {
    let mut read = Vec::new();
    while let Some(phrase) = phrases.recv().await {
        read.push(phrase.text);
        turn.note_told(|told| told.heard = read.join(" "));
    }
    Spoken::ToItsEnd
}

async fn speak_to_the_end(turn: &Turn, phrases: mpsc::Receiver<Phrase>) -> Result<Spoken, Error> {
    let (order, making) = mpsc::channel(AHEAD);
    let (made, played) = tokio::join!(make(turn, phrases, order), play(turn, making));
    made.and(played)
}

async fn make(turn: &Turn, mut phrases: mpsc::Receiver<Phrase>, order: mpsc::Sender<Making>) -> Result<(), Error> {
    let (mut pulls, mut lead, shunned) = (JoinSet::new(), Lead::new(turn.clock), Shunned::default());
    while let Some(phrase) = phrases.recv().await {
        let relay = turn.plan.say(&phrase.language).as_ref().map_err(Clone::clone)?;
        turn.note_told(|told| told.work.said += phrase.text.chars().count());
        let (frames_in, frames) = mpsc::channel(PIECES);
        if order.send((phrase.clone(), frames)).await.is_err() {
            break;
        }
        pulls.spawn(lead.pull(voicing::frames(turn, relay, phrase, &shunned), frames_in));
    }
    drop(order);
    while let Some(pulled) = pulls.join_next().await {
        pulled.map_err(|_| Error::new(ErrorKind::EngineFailed, "wilco", BROKEN))?;
    }
    Ok(())
}

async fn play(turn: &Turn, mut making: mpsc::Receiver<Making>) -> Result<Spoken, Error> {
    // no loudspeaker is opened for a reply without a phrase
    let Some(first) = making.recv().await else { return Ok(Spoken::ToItsEnd) };
    Loud::start(turn, first, making)?.drain().await
}

/// The loudspeaker while it plays this turn's reply. Dropping it cuts the voice.
struct Loud<'a> {
    turn: &'a Turn,
    failed: oneshot::Receiver<Error>,
    done: oneshot::Receiver<()>,
    played: Arc<AtomicU64>,
    script: Arc<Mutex<Script>>,
    // dropped with the rest: that cuts the voice
    _playing: Playing,
}

impl<'a> Loud<'a> {
    fn start(turn: &'a Turn, first: Making, making: mpsc::Receiver<Making>) -> Result<Self, Error> {
        let script = Arc::new(Mutex::new(Script::default()));
        let (failed_in, failed) = oneshot::channel();
        let mut reel = Reel::new(first, making, script.clone(), turn.marks.clone(), failed_in);
        let next: NextPiece = Box::new(move || reel.next());
        let (done_in, done) = oneshot::channel();
        let played = Arc::new(AtomicU64::new(0));
        let on = listener(turn, done_in, played.clone(), script.clone());
        let settings = &turn.plan.settings;
        let playing = turn.speaker.play(&settings.audio, settings.voice.volume, next, on)?;
        turn.reins.lend(playing.remote());
        Ok(Self { turn, failed, done, played, script, _playing: playing })
    }

    /// Waits until the last sample was played, or there is no more to play.
    async fn drain(mut self) -> Result<Spoken, Error> {
        if let Ok(error) = (&mut self.failed).await {
            return Err(error);
        }
        if (&mut self.done).await.is_err() {
            return Ok(Spoken::InPart);
        }
        self.turn.marks.mark(Mark::LastAudio);
        Ok(Spoken::ToItsEnd)
    }
}

impl Drop for Loud<'_> {
    /// However it ended: what was played is what was heard.
    fn drop(&mut self) {
        let played = f64::from_bits(self.played.load(Ordering::Acquire));
        let script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        let heard = script.heard_until(played);
        self.turn.note_told(|told| (told.heard, told.work.voice_seconds) = (heard, script.seconds));
    }
}

fn listener(
    turn: &Turn,
    done: oneshot::Sender<()>,
    played: Arc<AtomicU64>,
    script: Arc<Mutex<Script>>,
) -> Box<dyn FnMut(Played) + Send> {
    let (id, marks, notes, outlet) = (turn.id, turn.marks.clone(), turn.notes.clone(), turn.outlet.clone());
    let mut done = Some(done);
    let (told, turn) = (outlet.clone(), turn.id);
    let tell_phrase = move |played: f64| {
        let mut script = script.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Begun { text, length, .. }) = script.heard(played) {
            let (text, ms) = (text.clone(), length.map(|seconds| seconds * 1_000.0));
            told(Event::Saying { turn, text, ms });
        }
    };
    Box::new(move |event| match event {
        Played::First => {
            marks.mark(Mark::FirstAudio);
            // a desk that is too busy to be told shows "thinking" a moment longer
            notes.try_send(Note::Speaking(id)).ok();
            tell_phrase(0.0);
        }
        Played::Until(seconds) => {
            played.store(seconds.to_bits(), Ordering::Release);
            tell_phrase(seconds);
        }
        Played::Done => {
            if let Some(done) = done.take() {
                done.send(()).ok();
            }
        }
        Played::Trouble(error) => outlet(Event::Trouble { error }),
        Played::Fault(error) => {
            done = None;
            outlet(Event::Trouble { error });
        }
    })
}
