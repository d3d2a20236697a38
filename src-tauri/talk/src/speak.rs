//! Stage three: phrases to frames. Up to three phrases are in the making at once; they are played in order. What was
//! really heard is counted at the loudspeaker, because a reply that was cut was not all said.

use crate::turn::{Note, Turn};
use audio::{Decoder, Edges, NextPiece, Piece, Played, Playing, Stretch};
use futures_util::StreamExt;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
};
use voice::{Error, Event, Frame, Mark, Packet, Phrase, SoundStream, Stage};

/// Phrases in the making behind the one that is played.
const AHEAD: usize = 2;
/// Pieces of sound that one phrase may have ready.
const PACKETS: usize = 32;
/// Frames between here and the loudspeaker.
const FRAMES: usize = 8;
/// Seconds in a frame after which no more is added to it.
const LONGEST: f64 = 0.5;
/// After one of these a sentence is over.
const SENTENCE_ENDS: [char; 7] = ['.', '!', '?', '…', '。', '！', '？'];
/// Engines and vendors differ; the device's own rate comes later.
const RATE: u32 = 24_000;

/// How much of the reply was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spoken {
    ToItsEnd,
    InPart,
}

/// Says `phrases` in order until they end or the turn is hushed.
pub(crate) async fn speak(turn: &Turn, phrases: mpsc::Receiver<Phrase>) -> Spoken {
    tokio::select! {
        biased;
        () = turn.reins.hush.cancelled() => Spoken::InPart,
        spoken = speak_to_the_end(turn, phrases) => spoken.unwrap_or_else(|error| {
            turn.failed(Stage::Speak, error);
            Spoken::InPart
        }),
    }
}

async fn speak_to_the_end(turn: &Turn, phrases: mpsc::Receiver<Phrase>) -> Result<Spoken, Error> {
    let (order, making) = mpsc::channel(AHEAD);
    let (made, played) = tokio::join!(make(turn, phrases, order), play(turn, making));
    made.and(played)
}

/// A phrase and its sound, which may still be in the making.
struct Making {
    phrase: Phrase,
    packets: mpsc::Receiver<Result<Packet, Error>>,
    /// How much faster it is to be played than its voice speaks.
    speed: f32,
}

async fn make(turn: &Turn, mut phrases: mpsc::Receiver<Phrase>, order: mpsc::Sender<Making>) -> Result<(), Error> {
    let mut pulls = JoinSet::new();
    while let Some(phrase) = phrases.recv().await {
        let voice = turn.plan.say(&phrase.language).as_ref().map_err(Clone::clone)?;
        if phrase.number == 0 {
            turn.answered_by(Stage::Speak, &voice.name);
        }
        let (packets_in, packets) = mpsc::channel(PACKETS);
        let speed = if voice.doing.changes_speed() { 1.0 } else { turn.plan.settings.voice.rate };
        if order.send(Making { phrase: phrase.clone(), packets, speed }).await.is_err() {
            break;
        }
        pulls.spawn(pull(voice.doing.say(phrase, turn.plan.settings.voice.clone()), packets_in));
    }
    drop(order);
    while pulls.join_next().await.is_some() {}
    Ok(())
}

async fn pull(mut sound: SoundStream, packets: mpsc::Sender<Result<Packet, Error>>) {
    while let Some(packet) = sound.next().await {
        if packets.send(packet).await.is_err() {
            return;
        }
    }
}

async fn play(turn: &Turn, mut making: mpsc::Receiver<Making>) -> Result<Spoken, Error> {
    let Some(mut current) = making.recv().await else { return Ok(Spoken::ToItsEnd) };
    let mut loud = Loud::start(turn)?;
    loop {
        loud.phrase(turn, &mut current).await?;
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
    /// Where each phrase begins, in seconds of the reply.
    begun: Vec<(f64, String)>,
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
        let on = listener(turn, done_in, played.clone());
        let settings = &turn.plan.settings;
        let playing = turn.speaker.play(&settings.audio, settings.voice.volume, next, on)?;
        turn.reins.lend(playing.remote());
        Ok(Self { turn, pieces, sentence_over: true, done, played, begun: Vec::new(), seconds: 0.0, _playing: playing })
    }

    async fn phrase(&mut self, turn: &Turn, making: &mut Making) -> Result<(), Error> {
        let Making { phrase, packets, speed } = making;
        let mut stretch = Stretch::new(RATE, *speed);
        let (mut decoder, mut edges) = (Decoder::new(RATE), Edges::new());
        if std::mem::replace(&mut self.sentence_over, phrase.text.trim_end().ends_with(SENTENCE_ENDS)) {
            self.pieces.send(Piece::Sentence).await.ok();
        }
        self.begun.push((self.seconds, phrase.text.clone()));
        while let Some(packet) = packets.recv().await {
            let packet = packet?;
            turn.marks.mark(Mark::TtsFirstByte);
            let frames = decoder.push(&packet)?;
            self.hand_on(&mut edges, frames.into_iter().map(|frame| at_speed(&mut stretch, frame))).await;
        }
        let rest: Vec<Frame> = decoder.finish().into_iter().map(|frame| at_speed(&mut stretch, frame)).collect();
        let last = Frame { rate: RATE, samples: stretch.finish() };
        self.hand_on(&mut edges, rest.into_iter().chain([last])).await;
        // a phrase that is all silence is no fault of the others
        if let Some(rest) = edges.finish(RATE) {
            self.play(rest).await;
        }
        Ok(())
    }

    /// All that one packet held at once, since each frame wakes the loudspeaker's thread; but no more than a second.
    async fn hand_on(&mut self, edges: &mut Edges, frames: impl Iterator<Item = Frame>) {
        let mut together = Frame { rate: RATE, samples: Vec::new() };
        for frame in frames {
            together.samples.extend_from_slice(&edges.push(frame).samples);
            if together.seconds() > LONGEST {
                let whole = std::mem::replace(&mut together, Frame { rate: RATE, samples: Vec::new() });
                self.play(whole).await;
            }
        }
        self.play(together).await;
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
        let heard: Vec<&str> =
            self.begun.iter().filter(|(begin, _)| *begin < played).map(|(_, text)| text.as_str()).collect();
        self.turn.note_told(|told| told.heard = heard.join(" "));
    }
}

fn at_speed(stretch: &mut Stretch, frame: Frame) -> Frame {
    Frame { samples: stretch.push(&frame.samples), ..frame }
}

fn listener(turn: &Turn, done: oneshot::Sender<()>, played: Arc<AtomicU64>) -> Box<dyn FnMut(Played) + Send> {
    let (id, marks, notes, outlet) = (turn.id, turn.marks.clone(), turn.notes.clone(), turn.outlet.clone());
    let mut done = Some(done);
    Box::new(move |event| match event {
        Played::First => {
            marks.mark(Mark::FirstAudio);
            // a desk that is too busy to be told shows "thinking" a moment longer
            notes.try_send(Note::Speaking(id)).ok();
        }
        Played::Until(seconds) => played.store(seconds.to_bits(), Ordering::Release),
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
