//! Stage one: packets to words. Sound is recoded to what the transcriber takes while it arrives; partial words are told
//! as they come; silence is recognised here, so that nobody is asked what nobody said.

use crate::{
    key::TAP,
    turn::{Note, Turn},
};
use audio::Recoder;
use futures_util::{StreamExt, stream};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use voice::{Coding, Error, ErrorKind, Hearing, Mark, Packet, PacketStream, Stage, Words};

/// Less voiced sound than this is a click or a breath.
const LEAST_VOICED_PACKETS: u32 = 3;
/// After the end of the sound the transcript may take this long, and as long again as the sound itself.
const PATIENCE: Duration = Duration::from_secs(20);
const PACKET: Duration = Duration::from_millis(20);

/// Where a turn's words come from.
pub(crate) enum Inlet {
    /// The microphone, by way of a recorder.
    Sound(mpsc::Receiver<Sounded>),
    /// The keyboard.
    Text(Words),
    /// Nobody: the app has something to say.
    Announcement(Words),
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

/// The words of `sound`, once it has ended.
pub(crate) async fn hear(turn: &Turn, sound: mpsc::Receiver<Sounded>) -> Result<Words, Unheard> {
    let chosen = turn.plan.hear.as_ref().map_err(|error| Unheard::Failed(error.clone()))?;
    let (ended_in, ended) = oneshot::channel();
    let sound = recoded(
        sound,
        chosen.takes.first().copied().unwrap_or(Coding::Opus),
        Ending { tell: ended_in, counted: Counted::default() },
    );
    let how = Hearing { language: turn.plan.settings.languages.mine.clone(), grammar: turn.plan.grammar.clone() };
    let mut words = chosen.doing.hear(sound, how);
    turn.answered_by(Stage::Hear, &chosen.name);

    let counted = until_sound_ends(turn, &mut words, ended).await?;
    if counted.packets == 0 {
        return Err(Unheard::NoSound);
    }
    if PACKET * counted.packets < TAP {
        return Err(Unheard::TooLittle);
    }
    if counted.voiced < LEAST_VOICED_PACKETS {
        return Err(Unheard::Nothing);
    }
    let patience = PATIENCE + PACKET * counted.packets;
    let last = tokio::time::timeout(patience, last_words(turn, &mut words)).await;
    let words = last.map_err(|_| {
        let detail = format!("no transcript within {} s", patience.as_secs());
        Unheard::Failed(Error::new(ErrorKind::TimedOut, chosen.name.clone(), detail))
    })??;
    if words.text.is_empty() {
        return Err(Unheard::Nothing);
    }
    turn.understood(&words);
    Ok(words)
}

async fn until_sound_ends(
    turn: &Turn,
    words: &mut voice::WordsStream,
    mut ended: oneshot::Receiver<Counted>,
) -> Result<Counted, Unheard> {
    let counted = loop {
        tokio::select! {
            biased;
            counted = &mut ended => break counted.unwrap_or_default(),
            word = words.next() => match word {
                Some(Ok(word)) => turn.tell_words(&Words { last: false, ..word }),
                Some(Err(error)) => return Err(Unheard::Failed(error)),
                // it stopped listening before the sound stopped; nothing more can come
                None => break Counted::default(),
            },
        }
    };
    turn.marks.mark(Mark::KeyUp);
    // the desk may be gone; the turn still ends in order
    turn.notes.send(Note::SoundOver(turn.id)).await.ok();
    Ok(counted)
}

async fn last_words(turn: &Turn, words: &mut voice::WordsStream) -> Result<Words, Unheard> {
    while let Some(word) = words.next().await {
        let word = word.map_err(Unheard::Failed)?;
        if word.last {
            return Ok(word);
        }
        turn.tell_words(&word);
    }
    let detail = "it ended without a transcript";
    Err(Unheard::Failed(Error::new(ErrorKind::EngineFailed, "speech to text", detail)))
}

/// How much sound there was.
#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    packets: u32,
    voiced: u32,
}

struct Ending {
    tell: oneshot::Sender<Counted>,
    counted: Counted,
}

/// The same sound in the coding `takes`; tells how much it was when it ends.
fn recoded(sound: mpsc::Receiver<Sounded>, takes: Coding, ending: Ending) -> PacketStream {
    let start = (sound, Recoder::new(takes), Some(ending));
    Box::pin(stream::unfold(start, |(mut sound, mut recoder, mut ending)| async move {
        loop {
            let Some(Sounded { packet, voiced }) = sound.recv().await else {
                let Ending { tell, counted } = ending.take()?;
                tell.send(counted).ok();
                let rest = recoder.finish().ok()??;
                return Some((rest, (sound, recoder, None)));
            };
            if let Some(Ending { counted, .. }) = &mut ending {
                counted.packets += 1;
                counted.voiced += u32::from(voiced);
            }
            // a packet that cannot be decoded is 20 ms of silence, not the end of the utterance
            if let Ok(Some(packet)) = recoder.push(&packet) {
                return Some((packet, (sound, recoder, ending)));
            }
        }
    }))
}
