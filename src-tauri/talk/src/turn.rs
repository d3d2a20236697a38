//! One turn as a pipe: sound ▸ hear ▸ words ▸ think ▸ phrases ▸ speak ▸ frames. Closing the inlet drains it; the `cut`
//! token ends all of it at once, the `hush` token only its voice. Whatever way it goes, one report comes out.

use crate::{
    Clock, Outlet,
    hear::{self, Inlet, Sounded, Unheard},
    intent::Intent,
    latency::{Marks, release_to_first_audio},
    plan::{Plan, Thinker},
    reins::Reins,
    retry::Past,
    speak::{self, Spoken},
    tape::Tape,
    think,
    told::Told,
};
use audio::Loudspeaker;
use futures_util::FutureExt;
use providers::Ledger;
use std::{
    panic::AssertUnwindSafe,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use store::{Ended, History};
use tokio::{sync::mpsc, time::timeout};
use voice::{
    ConversationId, Entry, Error, ErrorKind, Event, Exchange, Mark, Outcome, Phrase, Settings, Stage, TurnId,
    TurnReport, Usage, Words,
};

/// Phrases that may wait for the voice; a reply that is longer waits with its text.
const PHRASES: usize = 32;

/// A disk may be slow; a turn does not wait for it longer than this before it begins, and before its end is told.
const LONGEST_BEGIN: Duration = Duration::from_millis(200);
const LONGEST_WRITE: Duration = Duration::from_secs(2);

pub(crate) const BROKEN: &str = "it broke in the middle of the turn, by a fault of its own; try the turn again.";

/// What a turn tells the desk while it runs.
#[derive(Debug)]
pub(crate) enum Note {
    /// Its row is kept in this conversation.
    Begun(TurnId, ConversationId),
    /// Real samples arrive.
    Live(TurnId),
    /// No more sound will come.
    SoundOver(TurnId),
    /// The key is up, and nobody speaks any more.
    Quiet(TurnId),
    /// The reply is heard.
    Speaking(TurnId),
    /// The words were a command to the app.
    Obey(Intent),
}

/// One turn and all that its stages share.
pub(crate) struct Turn {
    pub(crate) id: TurnId,
    pub(crate) plan: Arc<Plan>,
    pub(crate) clock: Clock,
    pub(crate) marks: Marks,
    pub(crate) outlet: Outlet,
    pub(crate) notes: mpsc::Sender<Note>,
    pub(crate) reins: Reins,
    pub(crate) speaker: Arc<dyn Loudspeaker>,
    pub(crate) history: Vec<Arc<Exchange>>,
    /// What went on when this turn began, and `history` is of.
    pub(crate) conversation: Option<ConversationId>,
    /// Where a person wants it.
    pub(crate) into: Option<ConversationId>,
    pub(crate) kept: History,
    pub(crate) past: Past,
    pub(crate) told: Arc<Mutex<Told>>,
}

/// A turn that is over.
pub(crate) struct Finished {
    pub(crate) report: TurnReport,
    /// What was used now, not before it was taken up again.
    pub(crate) used: Vec<Usage>,
    pub(crate) conversation: Option<ConversationId>,
    /// What that conversation remembers of it, and what it had remembered.
    pub(crate) exchange: Exchange,
    pub(crate) instead_of: Option<Exchange>,
}

impl Turn {
    /// Walks `inlet` through the pipe to its end.
    pub(crate) async fn run(mut self, inlet: Inlet) -> Finished {
        let kept_in = self.begin().await;
        // another conversation knows nothing of the one before
        if kept_in.is_some() && kept_in != self.conversation {
            self.history.clear();
            self.conversation = kept_in;
        }
        let outcome = tokio::select! {
            biased;
            () = self.reins.cut.cancelled() => self.cut_short(),
            // a fault of ours must cost neither the words nor the next press
            outcome = AssertUnwindSafe(self.walk(inlet)).catch_unwind() => outcome.unwrap_or_else(|_| self.broken()),
        };
        let told = std::mem::take(&mut *self.told.lock().unwrap_or_else(PoisonError::into_inner));
        let marks = self.marks.stamps();
        let translates = matches!(self.plan.think, Thinker::Translates(_));
        let read = [self.plan.system(), told.transcript.as_str()];
        let work = told.work.with_texts(read, &self.history, &told.reply, translates);
        let used = self.plan.rates.usage(&told.answered_by, &work);
        let report = TurnReport {
            turn: self.id,
            outcome,
            transcript: told.transcript,
            reply: told.reply,
            usage: used.clone(),
            traffic: told.ledgers.traffic(),
            answered_by: told.answered_by,
            tried: told.tried,
            release_to_first_audio_ms: release_to_first_audio(&marks),
            marks,
            journal: None,
            seams: self.marks.seams(),
        };
        let recordings = self.plan.settings.privacy.keep_recordings;
        let ended = Ended { report, heard: told.heard, failed: told.failed };
        let (ended, instead_of) = self.past.end(ended, recordings > 0);
        let report = ended.report.clone();
        let exchange = Exchange { question: report.transcript.clone(), answer: ended.heard.clone() };
        let kept = self.kept.end(ended);
        // what could not be kept is told by the history, and kept when it can be
        timeout(LONGEST_WRITE, kept).await.ok();
        if recordings == 0 {
            timeout(LONGEST_WRITE, self.kept.prune_recordings(0)).await.ok();
        }
        Finished { report, used, conversation: self.conversation, exchange, instead_of }
    }

    /// The row of this turn is there before anybody is asked anything.
    async fn begin(&self) -> Option<ConversationId> {
        let Settings { mode, languages, .. } = self.plan.settings.clone();
        let mut row = Entry::begun(self.id, self.clock.stamp(), mode, languages);
        row.recording =
            self.past.journal.as_deref().and_then(|path| Some(Path::new(path).file_name()?.to_str()?.to_owned()));
        let kept_in = timeout(LONGEST_BEGIN, self.kept.begin(row, self.into)).await.ok()?.ok()?;
        self.notes.send(Note::Begun(self.id, kept_in)).await.ok();
        Some(kept_in)
    }

    async fn walk(&self, inlet: Inlet) -> Outcome {
        let (phrases_in, phrases) = mpsc::channel(PHRASES);
        let thinking = async {
            match inlet {
                Inlet::Sound(sound) => self.spoken(sound, phrases_in).await,
                Inlet::Recording(packets) => self.spoken(Inlet::sound(packets), phrases_in).await,
                Inlet::Text(words) => {
                    self.understood(&words);
                    think::think(self, words, None, phrases_in).await
                }
                Inlet::Reply { asked, reply } => {
                    self.understood(&asked);
                    let language = self.plan.reply_language().clone();
                    think::announce(self, Words { text: reply, language, ..asked }, phrases_in).await
                }
                Inlet::Announcement(words) => think::announce(self, words, phrases_in).await,
            }
        };
        let piping = async { tokio::join!(thinking, speak::speak(self, phrases)) };
        match beside(piping, self.plan.warm()).await {
            (Err(outcome), _) => outcome,
            (Ok(()), Spoken::ToItsEnd) => Outcome::Done,
            (Ok(()), Spoken::InPart) => Outcome::Partial,
        }
    }

    async fn spoken(&self, sound: mpsc::Receiver<Sounded>, phrases: mpsc::Sender<Phrase>) -> Result<(), Outcome> {
        let (tape, begun) = (Tape::new(), Mutex::default());
        match beside(hear::hear(self, &tape, sound), think::begin(self, &tape, &begun)).await {
            Ok(words) => {
                let begun = begun.into_inner().unwrap_or_else(PoisonError::into_inner);
                think::think(self, words, begun, phrases).await
            }
            Err(Unheard::Nothing) => Err(Outcome::NoSpeech),
            Err(Unheard::TooLittle) => Err(Outcome::TooShort),
            Err(Unheard::NoSound) => Err(Outcome::Cancelled),
            Err(Unheard::Failed(error)) => Err(self.failed(Stage::Hear, error)),
        }
    }

    /// The words are complete.
    pub(crate) fn understood(&self, words: &Words) {
        self.marks.mark(Mark::SttFinal);
        self.note_told(|told| told.transcript.clone_from(&words.text));
        // nobody waits for the disk; the end of the turn does
        drop(self.kept.words(self.id, words.text.clone()));
        self.tell_words(words);
    }

    /// The reply is complete.
    pub(crate) fn answered(&self) {
        self.note_told(|told| drop(self.kept.reply(self.id, told.reply.clone())));
    }

    pub(crate) fn tell_words(&self, words: &Words) {
        let Words { text, language, last, .. } = words.clone();
        (self.outlet)(Event::Words { turn: self.id, text, language, last });
    }

    /// `name` did the work of `stage`.
    pub(crate) fn answered_by(&self, stage: Stage, name: &str) {
        self.note_told(|told| told.answered_by(stage, name));
    }

    /// Where what passes at `stage` is noted.
    pub(crate) fn ledger(&self, stage: Stage) -> Arc<Ledger> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).ledgers.of(stage).clone()
    }

    /// What a relay tells of `stage` while it works: who did it, who tried, who stood in.
    pub(crate) fn teller(&self, stage: Stage) -> Arc<dyn Fn(providers::Told) + Send + Sync> {
        let (turn, told, outlet) = (self.id, self.told.clone(), self.outlet.clone());
        Arc::new(move |what| {
            let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
            match what {
                providers::Told::Answers(name) => told.answered_by(stage, &name),
                providers::Told::Tried(tried) => told.tried.push(tried),
                providers::Told::StoodIn { error, by } => {
                    drop(told);
                    tracing::info!(turn = turn.0, kind = ?error.kind, source = %error.source, %by, "stood in");
                    outlet(Event::StoodIn { turn, stage, error, by });
                }
            }
        })
    }

    pub(crate) fn note_told(&self, change: impl FnOnce(&mut Told)) {
        change(&mut self.told.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Tells `error` of `stage`; the sound is in the journal, and the turn can go on there.
    pub(crate) fn failed(&self, stage: Stage, error: Error) -> Outcome {
        self.note_told(|told| told.failed = Some((stage, error.kind)));
        tracing::warn!(turn = self.id.0, kind = ?error.kind, source = %error.source, "turn failed");
        (self.outlet)(Event::Trouble { error });
        Outcome::SavedForRetry
    }

    /// Some code of ours gave up in the middle. What is known by now says at which stage.
    fn broken(&self) -> Outcome {
        let mut stage = Stage::Hear;
        self.note_told(|told| {
            stage = match (told.transcript.is_empty(), told.reply.is_empty()) {
                (true, _) => Stage::Hear,
                (false, true) => Stage::Think,
                (false, false) => Stage::Speak,
            };
        });
        self.failed(stage, Error::new(ErrorKind::EngineFailed, "wilco", BROKEN))
    }

    /// Tells `error`, which cost only a part of the reply.
    pub(crate) fn failed_in_part(&self, error: Error) -> Outcome {
        self.failed(Stage::Think, error);
        Outcome::Partial
    }

    fn cut_short(&self) -> Outcome {
        let heard_some = self.marks.when(Mark::FirstAudio).is_some();
        let verdict = self.reins.verdict();
        if heard_some { Outcome::Partial } else { verdict.unwrap_or(Outcome::Cancelled) }
    }
}

/// The outcome of `work`; `aid` runs beside it for as long as both take, and is given up with it.
async fn beside<T>(work: impl Future<Output = T>, aid: impl Future<Output = ()>) -> T {
    let (mut work, mut aid) = (std::pin::pin!(work), std::pin::pin!(aid));
    tokio::select! {
        done = &mut work => return done,
        () = &mut aid => {}
    }
    work.await
}
