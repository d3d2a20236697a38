//! One phrase becoming frames, whoever says it. Its own file because here a voice that fails is replaced in the middle
//! of a phrase, and the ear must hear neither a click nor the whole phrase twice.

use crate::turn::Turn;
use audio::{Decoder, Edges, Stretch};
use futures_util::{StreamExt, stream};
use providers::{Ask, Candidate, Passed, Relay, Shunned, Then};
use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use unicode_segmentation::UnicodeSegmentation;
use voice::{BoxStream, Error, ErrorKind, Frame, Phrase, SoundStream, Stage, Synthesise, VoiceChoice};

/// Engines and vendors differ; the device's own rate comes later.
pub(crate) const RATE: u32 = 24_000;
/// Bytes of text that a voice says in a second, at its own speed: English ones are between 12 and 17.
const SPEED: f64 = 14.0;
/// Nobody says more letters in a second and is understood, at its own speed; sound that is over sooner was cut off, which
/// nothing else tells (fault matrix, D11). Less than so many letters say nothing of it.
const HURRIED: f64 = 30.0;
const LETTERS: usize = 20;
/// What stands for a phrase that an engine of this machine has no sound for: a hundredth of a second.
const NOTHING: usize = RATE as usize / 100;

/// The sound of `phrase`, trimmed and without clicks, said by whoever of `relay` can; a voice that fails in the middle is
/// followed by another one from the sentence that was being said.
pub(crate) fn frames(
    turn: &Turn,
    relay: &Relay<dyn Synthesise>,
    phrase: Phrase,
    shunned: &Shunned,
) -> BoxStream<Result<Frame, Error>> {
    let given = Arc::new(AtomicU64::new(0));
    let (choice, mut place) = (turn.plan.voice(), Place::new(phrase, turn.plan.settings.voice.rate));
    let (so_far, ledger) = (given.clone(), turn.ledger(Stage::Speak));
    let sound = relay.ask(Ask {
        start: Box::new(move |one: &Candidate<dyn Synthesise>| {
            let rest = place.rest(f64::from_bits(so_far.load(Ordering::Relaxed)));
            Voicing::of(&one.noted(&ledger), rest, choice.clone()).frames()
        }),
        useful: |_| true,
        then: Box::new(|| Then::Resume),
        due: None,
        tell: turn.teller(Stage::Speak),
        shunned: shunned.clone(),
    });
    Box::pin(sound.filter_map(move |frame| {
        let frame = match frame {
            Ok(Passed::Piece(frame)) => Some(Ok(frame)),
            Ok(Passed::Again) => None,
            Err(error) => Some(Err(error)),
        };
        if let Some(Ok(frame)) = &frame {
            let seconds = f64::from_bits(given.load(Ordering::Relaxed)) + frame.seconds();
            given.store(seconds.to_bits(), Ordering::Relaxed);
        }
        std::future::ready(frame)
    }))
}

/// The sound of `phrase` by one voice alone.
pub(crate) fn said(
    one: &Candidate<dyn Synthesise>,
    phrase: Phrase,
    choice: VoiceChoice,
) -> BoxStream<Result<Frame, Error>> {
    Voicing::of(one, phrase, choice).frames()
}

/// How far a phrase has been said.
struct Place {
    phrase: Phrase,
    rate: f64,
    /// Where the one who says it now began: in bytes of the text, and in seconds of the sound that had been given.
    from: usize,
    since: f64,
}

impl Place {
    fn new(phrase: Phrase, rate: f32) -> Self {
        Self { phrase, rate: f64::from(rate), from: 0, since: 0.0 }
    }

    /// What is still to be said when so many seconds of sound were given.
    fn rest(&mut self, given: f64) -> Phrase {
        let text = self.phrase.text.get(self.from..).unwrap_or_default();
        if given > self.since {
            self.from += sentence_at(text, (given - self.since) * SPEED * self.rate);
            self.since = given;
        }
        let text = self.phrase.text.get(self.from..).unwrap_or_default().to_owned();
        Phrase { text, ..self.phrase.clone() }
    }
}

/// Where the sentence begins that holds byte `at` of `text`, or the last one.
fn sentence_at(text: &str, at: f64) -> usize {
    let begins = text.split_sentence_bound_indices().map(|(begin, _)| begin);
    begins.take_while(|begin| *begin as f64 <= at).last().unwrap_or_default()
}

/// A voice at work.
struct Voicing {
    name: String,
    local: bool,
    sound: SoundStream,
    decoder: Decoder,
    /// Makes up for a voice that cannot speak faster or slower itself.
    stretch: Option<Stretch>,
    /// `None` once the sound is over.
    edges: Option<Edges>,
    ready: VecDeque<Frame>,
    audible: bool,
    failure: Option<Error>,
    /// Seconds that all of it lasts at the least, and those that came.
    least: f64,
    came: f64,
}

impl Voicing {
    /// `phrase` as `one` says it.
    fn of(one: &Candidate<dyn Synthesise>, phrase: Phrase, choice: VoiceChoice) -> Self {
        let rate = choice.rate;
        let letters = phrase.text.chars().filter(|letter| letter.is_alphabetic()).count();
        let sound = one.doing.say(phrase, choice);
        let (name, local, decoder) = (one.name.clone(), one.local, Decoder::new(RATE));
        let stretch = (!one.doing.changes_speed()).then(|| Stretch::new(RATE, rate));
        let (edges, ready) = (Some(Edges::new()), VecDeque::new());
        let least = if letters < LETTERS { 0.0 } else { letters as f64 / HURRIED / f64::from(rate.max(1.0)) };
        Self { name, local, sound, decoder, stretch, edges, ready, audible: false, failure: None, least, came: 0.0 }
    }

    /// The frames; the first one holds sound. Sound that cannot be decoded and sound that is all silence are failures.
    fn frames(self) -> BoxStream<Result<Frame, Error>> {
        Box::pin(stream::unfold(self, |mut voicing| async { voicing.next().await.map(|frame| (frame, voicing)) }))
    }

    async fn next(&mut self) -> Option<Result<Frame, Error>> {
        loop {
            if let Some(frame) = self.ready.pop_front() {
                self.audible = true;
                return Some(Ok(frame));
            }
            if self.edges.is_none() {
                return self.failure.take().map(Err);
            }
            match self.sound.next().await {
                Some(Ok(packet)) => match self.decoder.push(&packet) {
                    Ok(frames) => self.take(frames),
                    Err(error) => {
                        self.finish(Some(Error::new(ErrorKind::Garbled, self.name.clone(), error.detail)));
                    }
                },
                Some(Err(error)) => self.finish(Some(error)),
                None => {
                    let rest = self.decoder.finish();
                    self.take(rest);
                    let cut = !self.local && self.came > 0.0 && self.came < self.least;
                    let error =
                        || Error::new(ErrorKind::CutShort, self.name.clone(), "its sound is too short for the text.");
                    self.finish(cut.then(error));
                }
            }
        }
    }

    /// The sound of one packet, ready to be played.
    fn take(&mut self, frames: Vec<Frame>) {
        let Some(edges) = &mut self.edges else { return };
        for frame in frames {
            self.came += frame.seconds();
            let frame = match &mut self.stretch {
                Some(stretch) => Frame { samples: stretch.push(&frame.samples), ..frame },
                None => frame,
            };
            let frame = edges.push(frame);
            if !frame.samples.is_empty() {
                self.ready.push_back(frame);
            }
        }
    }

    /// Ends softly what there is, however it ended.
    fn finish(&mut self, failure: Option<Error>) {
        if let Some(mut edges) = self.edges.take() {
            let samples = self.stretch.take().map(Stretch::finish).unwrap_or_default();
            let ends = [Some(edges.push(Frame { rate: RATE, samples })), edges.finish(RATE)];
            self.ready.extend(ends.into_iter().flatten().filter(|end| !end.samples.is_empty()));
        }
        self.failure = failure;
        if self.failure.is_some() || self.audible || !self.ready.is_empty() {
            return;
        }
        if self.local {
            // letters it does not know are no reason to ask everybody else
            self.ready.push_back(Frame { rate: RATE, samples: vec![0.0; NOTHING] });
        } else {
            self.failure = Some(Error::new(ErrorKind::EmptyAnswer, self.name.clone(), "its sound was all silence."));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use voice::Language;

    #[test]
    fn a_phrase_is_gone_on_with_from_the_sentence_that_was_being_said() {
        let text = "It leaves at nine. Do not be late for it. Take a coat with you.";
        let phrase = Phrase { number: 0, text: text.into(), language: Language::new("en") };
        for (seconds, rest) in [
            (0.0, text),
            (0.5, text),
            (1.6, "Do not be late for it. Take a coat with you."),
            (3.5, "Take a coat with you."),
            (60.0, "Take a coat with you."),
        ] {
            assert_eq!(Place::new(phrase.clone(), 1.0).rest(seconds).text, rest, "{seconds} s");
        }
        let mut place = Place::new(phrase.clone(), 1.0);
        place.rest(1.6);
        assert_eq!(place.rest(1.6).text, "Do not be late for it. Take a coat with you.", "nothing new was said");
        assert_eq!(place.rest(1.6 + 2.0).text, "Take a coat with you.", "the next one counts from where it began");
        assert_eq!(Place::new(phrase, 2.0).rest(1.6).text, "Take a coat with you.", "at double speed");
    }
}
