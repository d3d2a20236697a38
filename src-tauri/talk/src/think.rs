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
use std::sync::{Mutex, PoisonError};
use tokio::sync::mpsc;
use voice::{Begun, Event, Language, Mark, Mode, Outcome, Phrase, Prompt, Stage, TextStream, Words};

/// Who the app is to a model.
const SYSTEM: &str = include_str!("../../../assets/prompts/chat.txt");
/// Who answers commands, in a report.
const OURSELVES: &str = "wilco";

/// Sends what was said before as soon as somebody speaks on `tape`, and leaves in `begun` what only lacks the words.
pub(crate) async fn begin(turn: &Turn, tape: &Tape, begun: &Mutex<Option<Begun>>) {
    let Thinker::Answers(Ok(chosen)) = &turn.plan.think else { return };
    if tape.spoken().await {
        let language = turn.plan.settings.languages.mine.clone();
        let words = Words { text: String::new(), language, last: false, translation: None };
        *begun.lock().unwrap_or_else(PoisonError::into_inner) = chosen.doing.begin(&prompt(turn, words));
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
        return say(turn, language, Box::pin(stream::iter([Ok(text)])), phrases).await;
    }
    let language = turn.plan.reply_language().clone();
    let text = match &turn.plan.think {
        Thinker::Answers(choice) => ask(turn, choice, |responder| match begun {
            Some(begun) => begun(words),
            None => responder.reply(prompt(turn, words)),
        })?,
        Thinker::Translates(choice) => ask(turn, choice, |translator| match words.translation.clone() {
            Some(translation) => Box::pin(stream::iter([Ok(translation)])),
            None => translator.translate(words, language.clone()),
        })?,
    };
    say(turn, language, text, phrases).await
}

/// Sends the phrases of something the app says by itself.
///
/// # Errors
/// As for `think`.
pub(crate) async fn announce(turn: &Turn, words: Words, phrases: mpsc::Sender<Phrase>) -> Result<(), Outcome> {
    say(turn, words.language, Box::pin(stream::iter([Ok(words.text)])), phrases).await
}

fn prompt(turn: &Turn, words: Words) -> Prompt {
    Prompt { system: SYSTEM.trim().to_owned(), history: turn.history.clone(), words }
}

fn ask<T: ?Sized>(turn: &Turn, choice: &Choice<T>, ask: impl FnOnce(&T) -> TextStream) -> Result<TextStream, Outcome> {
    let chosen = choice.as_ref().map_err(|error| turn.failed(Stage::Think, error.clone()))?;
    turn.answered_by(Stage::Think, &chosen.name);
    Ok(ask(&chosen.doing))
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

async fn say(
    turn: &Turn,
    language: Language,
    mut text: TextStream,
    phrases: mpsc::Sender<Phrase>,
) -> Result<(), Outcome> {
    let mut cutter = Cutter::new(language, turn.plan.settings.voice.first);
    while let Some(piece) = text.next().await {
        let piece = piece.map_err(|error| turn.failed(Stage::Think, error))?;
        turn.marks.mark(Mark::FirstToken);
        turn.note_told(|told| told.reply.push_str(&piece));
        let ready = cutter.push(&piece);
        (turn.outlet)(Event::Reply { turn: turn.id, text: piece });
        hand_on(turn, ready, &phrases).await;
    }
    hand_on(turn, cutter.finish(), &phrases).await;
    turn.answered();
    Ok(())
}

async fn hand_on(turn: &Turn, ready: Vec<Phrase>, phrases: &mpsc::Sender<Phrase>) {
    for phrase in ready {
        turn.marks.mark(Mark::FirstPhrase);
        // a hushed turn has no voice, but its text goes on
        phrases.send(phrase).await.ok();
    }
}
