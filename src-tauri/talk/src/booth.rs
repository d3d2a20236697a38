//! The booth: where a person tries microphone, voices and providers without a turn. What the microphone hears
//! here is neither kept nor sent anywhere. Its own file because a turn must not know of it.

use crate::{
    Keys,
    hear::{Sounded, words_of},
    intent,
    plan::candidate,
    tape::Tape,
    voicing,
};
use audio::{Decoder, Ear, Heard, Loudspeaker, Microphone, NextPiece, Piece, Played};
use futures_util::{StreamExt, stream};
use providers::Table;
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use voice::{
    BoxStream, Error, ErrorKind, Frame, Hearing, Kind, Packet, Phrase, Probe, Ranking, Settings, Take, Transcribe,
    Trial, VoiceChoice,
};

/// Rate of what is played.
const RATE: u32 = 24_000;
/// Facts of the microphone that may wait.
const HEARD: usize = 100;
/// Pieces of sound on their way to the loudspeaker.
const PIECES: usize = 8;
/// Packets of 20 ms: a meter runs half a minute, a recording is 3 s long, a sentence 5 s.
const METER: usize = 1_500;
const RECORDING: usize = 150;
const SENTENCE: usize = 250;
/// A sound server may need seconds.
const PATIENCE: Duration = Duration::from_secs(8);

/// Tries one thing at a time; the next one ends the one before.
pub struct Booth {
    table: Arc<Table>,
    microphone: Arc<dyn Microphone>,
    speaker: Arc<dyn Loudspeaker>,
    at_work: Mutex<CancellationToken>,
}

impl Booth {
    /// A booth with these devices; nothing is opened before somebody asks.
    #[must_use]
    pub fn new(table: Arc<Table>, microphone: Arc<dyn Microphone>, speaker: Arc<dyn Loudspeaker>) -> Self {
        Self { table, microphone, speaker, at_work: Mutex::default() }
    }

    /// Ends whatever is tried; the microphone closes.
    pub fn stop(&self) {
        drop(self.begin());
    }

    /// Opens the microphone of `settings` for a `take`, and tells what it hears until that is over or stopped.
    ///
    /// # Errors
    /// `AudioFailed` if it or the loudspeaker cannot be started; `Unsupported` if no engine here knows the language.
    pub async fn listen(&self, settings: &Settings, take: Take, tell: impl Fn(Probe)) -> Result<(), Error> {
        let stop = self.begin();
        tokio::select! {
            biased;
            () = stop.cancelled() => Ok(()),
            done = async {
                match take {
                    Take::Meter => self.hear(settings, METER, &tell, |_| ()).await,
                    Take::PlayBack => self.play_back(settings, &tell).await,
                    Take::Words => self.words(settings, &tell).await,
                }
            } => done,
        }
    }

    /// Says `text` with a voice of `provider`, or of the first of the person's order that is there.
    ///
    /// # Errors
    /// What is wrong, as a turn would meet it.
    pub async fn say(&self, settings: &Settings, provider: &str, voice: &str, text: String) -> Result<(), Error> {
        let stop = self.begin();
        let language = settings.languages.mine.clone();
        let one = self.able(settings, provider, &settings.providers.say, Kind::Say, |it| it.say)?;
        let choice = VoiceChoice { name: voice.to_owned(), ..settings.voice.clone() };
        let sound = voicing::said(&one, Phrase { number: 0, text, language }, choice);
        tokio::select! {
            biased;
            () = stop.cancelled() => Ok(()),
            done = self.play(settings, sound) => done,
        }
    }

    /// Compares the providers, unless it is stopped; then there are no orders.
    pub async fn trial(&self, keys: &Keys, settings: &Settings, tell: impl Fn(Trial)) -> Vec<Ranking> {
        let stop = self.begin();
        tokio::select! {
            biased;
            () = stop.cancelled() => Vec::new(),
            orders = keys.trial(settings, tell) => orders,
        }
    }

    /// So many packets of the microphone, told and forgotten.
    pub(crate) async fn glance(&self, settings: &Settings, packets: usize, tell: impl Fn(Probe)) -> Result<(), Error> {
        let stop = self.begin();
        tokio::select! {
            biased;
            () = stop.cancelled() => Ok(()),
            done = timeout(PATIENCE, self.hear(settings, packets, &tell, |_| ())) => done.unwrap_or_else(|_| {
                Err(Error::new(ErrorKind::AudioFailed, "microphone", "it did not open within 8 s."))
            }),
        }
    }

    /// Ends what was tried before.
    fn begin(&self) -> CancellationToken {
        let fresh = CancellationToken::new();
        let mut at_work = self.at_work.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *at_work, fresh.clone()).cancel();
        fresh
    }

    async fn play_back(&self, settings: &Settings, tell: &impl Fn(Probe)) -> Result<(), Error> {
        let kept = Mutex::new(Vec::new());
        let keep = |packet: Packet| kept.lock().unwrap_or_else(PoisonError::into_inner).push(packet);
        self.hear(settings, RECORDING, tell, keep).await?;
        tell(Probe::Playing);
        let mut decoder = Decoder::new(RATE);
        let packets = kept.into_inner().unwrap_or_else(PoisonError::into_inner);
        let frames: Vec<_> =
            packets.iter().flat_map(|packet| decoder.push(packet).unwrap_or_default()).map(Ok).collect();
        self.play(settings, Box::pin(stream::iter(frames))).await
    }

    async fn words(&self, settings: &Settings, tell: &impl Fn(Probe)) -> Result<(), Error> {
        let here: Vec<String> = self.table.profiles().iter().filter(|it| it.local).map(|it| it.name.clone()).collect();
        let one = self.able::<dyn Transcribe>(settings, "", &here, Kind::Hear, |it| it.hear)?;
        let language = settings.languages.mine.clone();
        let grammar = (language.tag() == "en").then(intent::grammar);
        let (tape, (give, sound)) = (Tape::new(), mpsc::channel(SENTENCE));
        let mut words = words_of(&one, tape.clone(), Hearing { language, grammar, into: None });
        let hearing = async {
            let give = give;
            self.hear(settings, SENTENCE, tell, |packet| drop(give.try_send(Sounded { packet, voiced: true }))).await
        };
        let understanding = async {
            while let Some(word) = words.next().await {
                let word = word?;
                tell(Probe::Words { text: word.text });
                if word.last {
                    break;
                }
            }
            Ok(())
        };
        let (heard, _, understood) = tokio::join!(hearing, tape.record(sound), understanding);
        heard.and(understood)
    }

    /// So many packets of the microphone. What it refuses is told, and the end.
    async fn hear(
        &self,
        settings: &Settings,
        packets: usize,
        tell: &impl Fn(Probe),
        keep: impl Fn(Packet),
    ) -> Result<(), Error> {
        let (give, mut heard) = mpsc::channel(HEARD);
        let ear: Ear = Box::new(move |fact| {
            // whoever listened may have gone; the microphone is then closing
            give.blocking_send(fact).ok();
        });
        // dropped at the end: that closes it
        let _open = self.microphone.open(&settings.audio, ear)?;
        let mut left = packets;
        while left > 0
            && let Some(fact) = heard.recv().await
        {
            match fact {
                Heard::Live => tell(Probe::Live),
                Heard::Level(rms) => tell(Probe::Level { rms }),
                Heard::Fault(error) => tell(Probe::Fault { error }),
                Heard::Packet { packet, .. } => {
                    left -= 1;
                    keep(packet);
                }
                Heard::Seam(_) | Heard::News(_) => {}
            }
        }
        Ok(())
    }

    /// Plays all of `sound`, and waits for its end.
    async fn play(&self, settings: &Settings, mut sound: BoxStream<Result<Frame, Error>>) -> Result<(), Error> {
        let (pieces, mut waiting) = mpsc::channel::<Piece>(PIECES);
        let next: NextPiece = Box::new(move || waiting.blocking_recv());
        let (end, ended) = oneshot::channel();
        let mut end = Some(end);
        let on = Box::new(move |played| {
            let result = match played {
                Played::Done => Ok(()),
                Played::Fault(error) => Err(error),
                Played::First | Played::Until(_) | Played::Trouble(_) => return,
            };
            if let Some(end) = end.take() {
                end.send(result).ok();
            }
        });
        // dropping it cuts
        let _playing = self.speaker.play(&settings.audio, settings.voice.volume, next, on)?;
        while let Some(frame) = sound.next().await {
            if pieces.send(frame?.into()).await.is_err() {
                break;
            }
        }
        drop(pieces);
        ended.await.unwrap_or(Ok(()))
    }

    /// `name`, or the first of `order` that is there and knows the person's language.
    fn able<T: ?Sized>(
        &self,
        settings: &Settings,
        name: &str,
        order: &[String],
        kind: Kind,
        contract: fn(voice::Provider) -> Option<Arc<T>>,
    ) -> Result<providers::Candidate<T>, Error> {
        let mine = &settings.languages.mine;
        let named = |wanted: &String| self.table.profiles().iter().find(|profile| profile.name == *wanted);
        let chosen = [name.to_owned()];
        let line = if name.is_empty() { order } else { &chosen };
        let mut why = Error::new(ErrorKind::Unsupported, name, format!("Nobody there can do it in “{mine}”."));
        for profile in line.iter().filter_map(named).filter(|one| one.kinds.contains(&kind)) {
            if name.is_empty() && !profile.knows(kind, mine) {
                continue;
            }
            match self.table.open(&profile.name, &settings.account(&profile.name), &settings.network) {
                Ok(provider) => {
                    if let Some(one) = candidate(profile, false, provider, contract) {
                        return Ok(one);
                    }
                }
                Err(error) => why = error,
            }
        }
        Err(why)
    }
}
