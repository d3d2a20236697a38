//! Stage two: words to phrases. Commands to the app are answered here and now; all else goes to whoever the plan names,
//! and its text is cut into phrases while it is still being written.

use crate::{
    intent::{self, Intent},
    phrase::Cutter,
    plan::{Choice, Thinker},
    tape::Tape,
    turn::{Note, Turn},
};
use futures_util::{StreamExt, stream};
use providers::{Ask, Candidate, Noted, Passed, Shunned, Then};
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};
use tokio::sync::mpsc;
use voice::{BoxStream, Error, Event, Language, Mark, Mode, Outcome, Phrase, Prompt, Stage, TextStream, Words};

/// A question that is on its way, and to whom.
pub(crate) type Begun = (String, voice::Begun);
/// A reply as a relay gives it.
type Reply = BoxStream<Result<Passed<String>, Error>>;

/// Who answers commands, in a report.
const OURSELVES: &str = "wilco";

/// Sends what was said before as soon as somebody speaks on `tape`, and leaves in `begun` what only lacks the words.
pub(crate) async fn begin(turn: &Turn, tape: &Tape, begun: &Mutex<Option<Begun>>) {
    let Thinker::Answers(Ok(relay)) = &turn.plan.think else { return };
    if tape.spoken().await
        && let Some(first) = relay.first()
    {
        let language = turn.plan.settings.languages.mine.clone();
        let words = Words { text: String::new(), language, last: false, translation: None };
        let first = first.noted(&turn.ledger(Stage::Think));
        let question = first.doing.begin(&prompt(turn, words)).map(|begun| (first.name.clone(), begun));
        *begun.lock().unwrap_or_else(PoisonError::into_inner) = question;
    }
}

/// Sends the phrases of the reply to `words` as they become ready. A question that has `begun` is finished with them.
///
/// # Errors
/// How the turn ends, if there is no reply to its end.
pub(crate) async fn think(
    turn: &Turn,
    words: Words,
    begun: Option<Begun>,
    phrases: mpsc::Sender<Phrase>,
) -> Result<(), Outcome> {
    if let Some(intent) = obeyed(turn, &words) {
        turn.answered_by(Stage::Think, OURSELVES);
        let language = turn.plan.settings.languages.mine.clone();
        let text = reply_of(turn, &intent, &language);
        turn.notes.send(Note::Obey(intent)).await.ok();
        return say(turn, language, text, phrases).await;
    }
    let language = turn.plan.reply_language().clone();
    let spoken = Arc::new(AtomicBool::new(false));
    let text = match &turn.plan.think {
        Thinker::Answers(choice) => {
            let (prompt, mut begun) = (prompt(turn, words), begun);
            ask(turn, choice, &spoken, move |one| match begun.take_if(|(name, _)| *name == one.name) {
                Some((_, begun)) => begun(prompt.words.clone()),
                None => one.doing.reply(prompt.clone()),
            })
        }
        Thinker::Translates(choice) => {
            let to = language.clone();
            ask(turn, choice, &spoken, move |one| match words.translation.clone() {
                // it came with the words
                Some(translation) => Box::pin(stream::iter([Ok(translation)])),
                None => one.doing.translate(words.clone(), to.clone()),
            })
        }
    };
    pass(turn, language, text?, &spoken, phrases).await
}

/// Sends the phrases of something the app says by itself.
///
/// # Errors
/// As for `think`.
pub(crate) async fn announce(turn: &Turn, words: Words, phrases: mpsc::Sender<Phrase>) -> Result<(), Outcome> {
    say(turn, words.language, words.text, phrases).await
}

fn prompt(turn: &Turn, words: Words) -> Prompt {
    Prompt { system: turn.plan.system().to_owned(), history: turn.history.clone(), words }
}

/// The reply of whoever can give one. Until some of it is `spoken`, another one may begin it anew.
fn ask<T: ?Sized + Noted + Send + Sync + 'static>(
    turn: &Turn,
    choice: &Choice<T>,
    spoken: &Arc<AtomicBool>,
    mut start: impl FnMut(&Candidate<T>) -> TextStream + Send + 'static,
) -> Result<Reply, Outcome> {
    let relay = choice.as_ref().map_err(|error| turn.failed(Stage::Think, error.clone()))?;
    let (spoken, ledger) = (spoken.clone(), turn.ledger(Stage::Think));
    Ok(relay.ask(Ask {
        start: Box::new(move |one| start(&one.noted(&ledger))),
        useful: |piece: &String| !piece.trim().is_empty(),
        then: Box::new(move || if spoken.load(Ordering::Relaxed) { Then::Stop } else { Then::Again }),
        due: None,
        tell: turn.teller(Stage::Think),
        shunned: Shunned::default(),
    }))
}

/// In translate and echo mode the words are material: only the commands that lead out of the mode are obeyed.
fn obeyed(turn: &Turn, words: &Words) -> Option<Intent> {
    let intent = intent::understand(&words.text, &words.language)?;
    let leads_out = matches!(intent, Intent::Switch(_) | Intent::Into(_) | Intent::Stop);
    (turn.plan.settings.mode == Mode::Chat || leads_out).then_some(intent)
}

fn reply_of(turn: &Turn, intent: &Intent, language: &Language) -> String {
    match (intent, turn.history.last()) {
        (Intent::Stop, _) => String::new(),
        (Intent::Repeat, Some(last)) => last.answer.clone(),
        _ => intent::answer(intent, language, &turn.clock.local()),
    }
}

/// Sends the phrases of a `text` that is complete.
async fn say(turn: &Turn, language: Language, text: String, phrases: mpsc::Sender<Phrase>) -> Result<(), Outcome> {
    let text = Box::pin(stream::iter([Ok(Passed::Piece(text))]));
    pass(turn, language, text, &AtomicBool::default(), phrases).await
}

async fn pass(
    turn: &Turn,
    language: Language,
    mut text: Reply,
    spoken: &AtomicBool,
    phrases: mpsc::Sender<Phrase>,
) -> Result<(), Outcome> {
    let fresh = || Cutter::new(language.clone(), turn.plan.settings.voice.first);
    let (mut cutter, mut some, mut whole) = (fresh(), false, Ok(()));
    while let Some(piece) = text.next().await {
        match piece {
            Ok(Passed::Piece(piece)) => {
                turn.marks.mark(Mark::FirstToken);
                turn.note_told(|told| told.reply.push_str(&piece));
                let ready = cutter.push(&piece);
                (turn.outlet)(Event::Reply { turn: turn.id, text: piece });
                some = true;
                spoken.fetch_or(!ready.is_empty(), Ordering::Relaxed);
                hand_on(turn, ready, &phrases).await;
            }
            Ok(Passed::Again) => {
                cutter = fresh();
                turn.note_told(|told| told.reply.clear());
                (turn.outlet)(Event::Again { turn: turn.id });
            }
            // what is there is said; the person sees that it is not all
            Err(error) => whole = Err(if some { turn.failed_in_part(error) } else { turn.failed(Stage::Think, error) }),
        }
    }
    hand_on(turn, cutter.finish(), &phrases).await;
    if whole.is_ok() {
        turn.answered();
    }
    whole
}

async fn hand_on(turn: &Turn, ready: Vec<Phrase>, phrases: &mpsc::Sender<Phrase>) {
    for phrase in ready {
        turn.marks.mark(Mark::FirstPhrase);
        // a hushed turn has no voice, but its text goes on
        phrases.send(phrase).await.ok();
    }
}
