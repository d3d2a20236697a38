//! The phrases of a reply as the loudspeaker takes them, and what of it was said when. Its own file because it runs on the
//! loudspeaker's thread: a hop less than by way of the turn.

use crate::{latency::Marks, lead::Waiting};
use audio::Piece;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot};
use voice::{Error, Frame, Mark, Phrase};

/// After one of these a sentence is over.
const SENTENCE_ENDS: [char; 7] = ['.', '!', '?', '…', '。', '！', '？'];

/// A phrase and its sound, which may still be in the making.
pub(crate) type Making = (Phrase, mpsc::Receiver<Result<Waiting, Error>>);

/// The phrases of a reply, one after the other.
pub(crate) struct Reel {
    current: Option<Making>,
    making: mpsc::Receiver<Making>,
    /// What was said last ended a sentence.
    sentence_over: bool,
    script: Arc<Mutex<Script>>,
    marks: Marks,
    /// Dropped at the end; an error goes this way.
    failed: Option<oneshot::Sender<Error>>,
}

impl Reel {
    pub(crate) fn new(
        first: Making,
        making: mpsc::Receiver<Making>,
        script: Arc<Mutex<Script>>,
        marks: Marks,
        failed: oneshot::Sender<Error>,
    ) -> Self {
        let mut reel = Self { current: None, making, sentence_over: true, script, marks, failed: Some(failed) };
        reel.begin(first);
        reel
    }

    fn begin(&mut self, making: Making) {
        let text = making.0.text.clone();
        self.with_script(|script| script.begun.push(Begun { at: script.seconds, text, length: None }));
        self.current = Some(making);
    }

    /// Waits for the next piece of the reply; none ends it.
    pub(crate) fn next(&mut self) -> Option<Piece> {
        loop {
            let Some((phrase, frames)) = &mut self.current else {
                match self.making.blocking_recv() {
                    Some(making) => self.begin(making),
                    None => return self.end(None),
                }
                continue;
            };
            if std::mem::take(&mut self.sentence_over) {
                return Some(Piece::Sentence);
            }
            match frames.blocking_recv() {
                Some(Ok(sound)) if sound.is_empty() => self.marks.mark(Mark::TtsFirstByte),
                Some(Ok(sound)) => {
                    self.marks.mark(Mark::TtsFirstByte);
                    let frame = Frame::from(sound);
                    self.with_script(|script| script.seconds += frame.seconds());
                    return Some(frame.into());
                }
                Some(Err(error)) => return self.end(Some(error)),
                None => {
                    self.sentence_over = phrase.text.trim_end().ends_with(SENTENCE_ENDS);
                    self.with_script(Script::whole);
                    self.current = None;
                }
            }
        }
    }

    fn end(&mut self, error: Option<Error>) -> Option<Piece> {
        // whoever waits for it may have been cut
        self.failed.take().zip(error).map(|(failed, error)| failed.send(error).ok());
        None
    }

    fn with_script(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.script.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// What is said when.
#[derive(Default)]
pub(crate) struct Script {
    /// Length of the reply so far.
    pub(crate) seconds: f64,
    begun: Vec<Begun>,
    /// Phrases whose beginning was heard and told.
    told: usize,
}

/// A phrase whose sound goes to the loudspeaker.
pub(crate) struct Begun {
    /// Where it begins, in seconds of the reply.
    at: f64,
    pub(crate) text: String,
    /// In seconds, once all of its sound is there.
    pub(crate) length: Option<f64>,
}

impl Script {
    /// All the sound of the last phrase is there.
    fn whole(&mut self) {
        if let Some(last) = self.begun.last_mut() {
            last.length = Some(self.seconds - last.at);
        }
    }

    /// The phrases that had begun before `played`.
    pub(crate) fn heard_until(&self, played: f64) -> String {
        let heard = self.begun.iter().filter(|phrase| phrase.at < played).map(|phrase| phrase.text.as_str());
        heard.collect::<Vec<_>>().join(" ")
    }

    /// The phrase that is heard at `played`, if it is another than before.
    pub(crate) fn heard(&mut self, played: f64) -> Option<&Begun> {
        let begun = self.begun.iter().take_while(|phrase| phrase.at <= played).count();
        let news = begun > self.told;
        self.told = self.told.max(begun);
        begun.checked_sub(1).filter(|_| news).and_then(|last| self.begun.get(last))
    }
}
