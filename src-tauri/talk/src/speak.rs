//! Stage three: phrases to frames. Up to three phrases are in the making at once; they are played in order. What was
//! really heard is counted at the loudspeaker, because a reply that was cut was not all said.

use crate::{
    turn::{BROKEN, Note, Turn},
    voicing,
};
use audio::{NextPiece, Piece, Played, Playing};
use futures_util::StreamExt;
use providers::Shunned;
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
};
use voice::{BoxStream, Error, ErrorKind, Event, Frame, Mark, Phrase, Stage};

/// Phrases in the making behind the one that is played.
const AHEAD: usize = 2;
/// Pieces of sound that one phrase may have ready.
const PIECES: usize = 32;
/// Frames between here and the loudspeaker.
const FRAMES: usize = 8;
/// After one of these a sentence is over.
const SENTENCE_ENDS: [char; 7] = ['.', '!', '?', '…', '。', '！', '？'];

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

/// A phrase and its sound, which may still be in the making.
type Making = (Phrase, mpsc::Receiver<Result<Frame, Error>>);

async fn make(turn: &Turn, mut phrases: mpsc::Receiver<Phrase>, order: mpsc::Sender<Making>) -> Result<(), Error> {
    let (mut pulls, shunned) = (JoinSet::new(), Shunned::default());
    while let Some(phrase) = phrases.recv().await {
        let relay = turn.plan.say(&phrase.language).as_ref().map_err(Clone::clone)?;
        turn.note_told(|told| told.work.said += phrase.text.chars().count());
        let (frames_in, frames) = mpsc::channel(PIECES);
        if order.send((phrase.clone(), frames)).await.is_err() {
            break;
        }
        pulls.spawn(pull(voicing::frames(turn, relay, phrase, &shunned), frames_in));
    }
    drop(order);
    while let Some(pulled) = pulls.join_next().await {
        pulled.map_err(|_| Error::new(ErrorKind::EngineFailed, "wilco", BROKEN))?;
    }
    Ok(())
}

async fn pull(mut sound: BoxStream<Result<Frame, Error>>, frames: mpsc::Sender<Result<Frame, Error>>) {
    while let Some(frame) = sound.next().await {
        if frames.send(frame).await.is_err() {
            return;
        }
    }
}

async fn play(turn: &Turn, mut making: mpsc::Receiver<Making>) -> Result<Spoken, Error> {
    let Some(mut current) = making.recv().await else { return Ok(Spoken::ToItsEnd) };
    let mut loud = Loud::start(turn)?;
    loop {
        let (phrase, frames) = &mut current;
        loud.phrase(turn, phrase, frames).await?;
        match making.recv().await {
            Some(next) => current = next,
            None => return Ok(loud.drain(turn).await),
        }
    }
}

/// The loudspeaker while it plays this turn's reply. Dropping it cuts the voice.
struct Loud<'a> {
    turn: &'a Turn,
    pieces: mpsc::Sender<Piece>,
    /// What was said last ended a sentence.
    sentence_over: bool,
    done: oneshot::Receiver<()>,
    played: Arc<AtomicU64>,
    script: Arc<Mutex<Script>>,
    seconds: f64,
    // dropped with the rest: that cuts the voice
    _playing: Playing,
}

impl<'a> Loud<'a> {
    fn start(turn: &'a Turn) -> Result<Self, Error> {
        let (pieces, mut waiting) = mpsc::channel(FRAMES);
        let next: NextPiece = Box::new(move || waiting.blocking_recv());
        let (done_in, done) = oneshot::channel();
        let played = Arc::new(AtomicU64::new(0));
        let script = Arc::new(Mutex::new(Script::default()));
        let on = listener(turn, done_in, played.clone(), script.clone());
        let settings = &turn.plan.settings;
        let playing = turn.speaker.play(&settings.audio, settings.voice.volume, next, on)?;
        turn.reins.lend(playing.remote());
        Ok(Self { turn, pieces, sentence_over: true, done, played, script, seconds: 0.0, _playing: playing })
    }

    async fn phrase(
        &mut self,
        turn: &Turn,
        phrase: &Phrase,
        frames: &mut mpsc::Receiver<Result<Frame, Error>>,
    ) -> Result<(), Error> {
        if std::mem::replace(&mut self.sentence_over, phrase.text.trim_end().ends_with(SENTENCE_ENDS)) {
            self.pieces.send(Piece::Sentence).await.ok();
        }
        self.script(|script| script.begun.push(Begun { at: self.seconds, text: phrase.text.clone(), length: None }));
        while let Some(frame) = frames.recv().await {
            let frame = frame?;
            turn.marks.mark(Mark::TtsFirstByte);
            self.play(frame).await;
        }
        self.script(|script| script.whole(self.seconds));
        Ok(())
    }

    fn script(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.script.lock().unwrap_or_else(PoisonError::into_inner));
    }

    async fn play(&mut self, frame: Frame) {
        if !frame.samples.is_empty() {
            self.seconds += frame.seconds();
            // the loudspeaker may have gone; `drain` tells
            self.pieces.send(frame.into()).await.ok();
        }
    }

    /// Waits until the last sample was played.
    async fn drain(mut self, turn: &Turn) -> Spoken {
        let (closed, _) = mpsc::channel(1);
        drop(std::mem::replace(&mut self.pieces, closed));
        if (&mut self.done).await.is_err() {
            return Spoken::InPart;
        }
        turn.marks.mark(Mark::LastAudio);
        Spoken::ToItsEnd
    }
}

impl Drop for Loud<'_> {
    /// However it ended: what was played is what was heard.
    fn drop(&mut self) {
        let played = f64::from_bits(self.played.load(Ordering::Acquire));
        let script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        let heard = script.begun.iter().filter(|phrase| phrase.at < played).map(|phrase| phrase.text.as_str());
        let heard = heard.collect::<Vec<_>>().join(" ");
        self.turn.note_told(|told| (told.heard, told.work.voice_seconds) = (heard, self.seconds));
    }
}

/// What is said when.
#[derive(Default)]
struct Script {
    begun: Vec<Begun>,
    /// Phrases whose beginning was heard and told.
    told: usize,
}

/// A phrase whose sound goes to the loudspeaker.
struct Begun {
    /// Where it begins, in seconds of the reply.
    at: f64,
    text: String,
    /// In seconds, once all of its sound is there.
    length: Option<f64>,
}

impl Script {
    /// The sound of the last phrase ends at `end`.
    fn whole(&mut self, end: f64) {
        if let Some(last) = self.begun.last_mut() {
            last.length = Some(end - last.at);
        }
    }

    /// The phrase that is heard at `played`, if it is another than before.
    fn heard(&mut self, played: f64) -> Option<&Begun> {
        let begun = self.begun.iter().take_while(|phrase| phrase.at <= played).count();
        let news = begun > self.told;
        self.told = self.told.max(begun);
        begun.checked_sub(1).filter(|_| news).and_then(|last| self.begun.get(last))
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
