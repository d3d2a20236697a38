//! An open loudspeaker, kept between replies and closed a few seconds after the last; shared by the real one and the
//! one in memory, which differ in how a device is opened.

use crate::{
    device::{Candidate, DeviceKind, candidates_or_default},
    format::by_format,
    hush::Hush,
    lease::{Lease, lease},
    mouth::{Hands, Mouth, Progress, Throat},
    player::perform,
    signals::{Signals, refused},
    speaker::{Loudspeaker, NextPiece, Piece, Played, Playing},
};
use cpal::{
    FromSample, OutputCallbackInfo, SizedSample,
    traits::{DeviceTrait, StreamTrait},
};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc::sync_channel},
    thread,
    time::Duration,
};
use voice::{AudioChoice, Error, ErrorKind};

/// How often it is seen whether a device is still wanted.
const LOOK: Duration = Duration::from_millis(500);
/// Silence after which a device is closed.
const LINGER: Duration = Duration::from_secs(3);
/// A device that was warmed up is for a reply that may take a while.
const WARM: Duration = Duration::from_secs(15);
/// A host that has not opened a stream by then never will.
const OPENING: Duration = Duration::from_secs(6);
/// Frames between `next` and the player.
const AHEAD: usize = 2;

/// The loudspeakers of this computer.
#[derive(Clone)]
pub struct DeviceSpeaker(Desk);

impl Default for DeviceSpeaker {
    fn default() -> Self {
        Self::new()
    }
}

impl DeviceSpeaker {
    /// Opens nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self(Desk::new(Arc::new(open)))
    }
}

impl Loudspeaker for DeviceSpeaker {
    fn warm(&self, choice: &AudioChoice) {
        self.0.warm(&choice.output);
    }

    fn play(
        &self,
        choice: &AudioChoice,
        volume: f32,
        next: NextPiece,
        mut on: Box<dyn FnMut(Played) + Send>,
    ) -> Result<Playing, Error> {
        // goes with the listener where the reply is cut
        let mut hush = Hush::others(choice.hush);
        let on = Box::new(move |played| {
            if matches!(played, Played::Done | Played::Fault(_)) {
                drop(hush.take());
            }
            on(played);
        });
        self.0.play(&choice.output, volume, next, on)
    }
}

/// An open device.
pub(crate) struct Card {
    pub(crate) rate: u32,
    pub(crate) throat: Throat,
    pub(crate) signals: Arc<Signals>,
    /// Why it is not the one that was asked for; told once.
    pub(crate) instead: Option<Error>,
    pub(crate) _lease: Lease,
}

/// The player's end of an open device.
pub(crate) struct Feed {
    pub(crate) rate: u32,
    /// One second.
    pub(crate) ring: rtrb::Producer<f32>,
    pub(crate) progress: Arc<Progress>,
    pub(crate) signals: Arc<Signals>,
    /// Why it is not the device that was asked for.
    pub(crate) instead: Option<Error>,
}

impl Feed {
    /// Something waits to be played.
    pub(crate) fn has_sound(&self) -> bool {
        self.ring.slots() < self.ring.buffer().capacity()
    }
}

/// Opens the device of a name.
type Open = Arc<dyn Fn(&str) -> Result<Card, Error> + Send + Sync>;

/// Where the open device lies between replies.
#[derive(Clone)]
pub(crate) struct Desk {
    open: Open,
    slot: Arc<Mutex<Slot>>,
}

#[derive(Default)]
struct Slot {
    card: Option<Card>,
    name: String,
    /// Replies that are played or wait to be.
    replies: u32,
    /// When nothing is played: the device is closed after this.
    closes_in: Duration,
    /// Somebody sees to that.
    closer: bool,
}

impl Desk {
    pub(crate) fn new(open: Open) -> Self {
        Self { open, slot: Arc::default() }
    }

    pub(crate) fn warm(&self, name: &str) {
        let (desk, name) = (self.clone(), name.to_owned());
        // if it cannot be warmed, playing will say why
        let warm = move || {
            if desk.card(&name).is_ok() {
                desk.close_after(WARM);
            }
        };
        start("loudspeaker warm-up", warm).ok();
    }

    pub(crate) fn play(
        &self,
        name: &str,
        volume: f32,
        mut next: NextPiece,
        on: Box<dyn FnMut(Played) + Send>,
    ) -> Result<Playing, Error> {
        let hands = Arc::new(Hands::default());
        let (give, pieces) = sync_channel::<Piece>(AHEAD);
        let (desk, name, for_player) = (self.clone(), name.to_owned(), hands.clone());
        start("loudspeaker", move || {
            desk.slot().replies += 1;
            perform(|| desk.attach(&name, &for_player), volume, &pieces, on);
            drop(pieces);
            desk.slot().replies -= 1;
            desk.close_after(LINGER);
        })?;
        start("loudspeaker feed", move || while next().is_some_and(|piece| give.send(piece).is_ok()) {})?;
        Ok(Playing { hands })
    }

    /// A ring of one second into the open device.
    fn attach(&self, name: &str, hands: &Arc<Hands>) -> Result<Feed, Error> {
        let mut slot = self.card(name)?;
        let Some(card) = &mut slot.card else { return Err(failed("It was closed.")) };
        let (ring, taken) = rtrb::RingBuffer::new(card.rate as usize);
        let progress = Arc::new(Progress::new(hands.clone()));
        if !card.throat.give(taken, progress.clone()) {
            return Err(failed("Too many replies wait to be played."));
        }
        let instead = card.instead.take();
        Ok(Feed { rate: card.rate, ring, progress, signals: card.signals.clone(), instead })
    }

    /// The open device of that name; opens it if it is not, or has failed.
    fn card(&self, name: &str) -> Result<MutexGuard<'_, Slot>, Error> {
        let mut slot = self.slot();
        let good = slot.name == name
            && slot.card.as_ref().is_some_and(|card| card.signals.fault(DeviceKind::Output).is_none());
        if !good {
            slot.card = None;
            slot.card = Some((self.open)(name)?);
            name.clone_into(&mut slot.name);
        }
        Ok(slot)
    }

    /// Closes the device when nothing was played for so long. One thread sees to it, however often this is asked.
    fn close_after(&self, time: Duration) {
        let mut slot = self.slot();
        slot.closes_in = slot.closes_in.max(time);
        if std::mem::replace(&mut slot.closer, true) {
            return;
        }
        drop(slot);
        let desk = self.clone();
        let close = move || {
            loop {
                thread::sleep(LOOK);
                let mut slot = desk.slot();
                if slot.replies > 0 {
                    continue;
                }
                slot.closes_in = slot.closes_in.saturating_sub(LOOK);
                if slot.closes_in.is_zero() {
                    slot.card = None;
                    slot.closer = false;
                    return;
                }
            }
        };
        if start("loudspeaker closer", close).is_err() {
            self.slot().closer = false;
        }
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn start(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), Error> {
    let started = thread::Builder::new().name(name.into()).spawn(work);
    started.map(drop).map_err(|error| failed(&format!("{error}.")))
}

fn failed(why: &str) -> Error {
    Error::new(ErrorKind::AudioFailed, DeviceKind::Output.name(), why)
}

/// What goes with a stream.
type Opened = (u32, Throat, Arc<Signals>, Option<Error>);

fn open(name: &str) -> Result<Card, Error> {
    let name = name.to_owned();
    let answer = lease(move || open_first(&name))?.recv_timeout(OPENING);
    let (lease, (rate, throat, signals, instead)) =
        answer.map_err(|_| failed("The sound system does not answer."))??;
    Ok(Card { rate, throat, signals, instead, _lease: lease })
}

fn open_first(name: &str) -> Result<(cpal::Stream, Opened), Error> {
    let mut opened = Err(Error::new(ErrorKind::NoSpeaker, DeviceKind::Output.name(), "The system has none."));
    let (found, instead) = candidates_or_default(name, DeviceKind::Output)?;
    for candidate in found {
        opened = open_one(&candidate);
        if let Ok((stream, (rate, throat, signals, _))) = opened {
            return Ok((stream, (rate, throat, signals, instead)));
        }
    }
    opened
}

fn open_one(candidate: &Candidate) -> Result<(cpal::Stream, Opened), Error> {
    by_format!(candidate.format, build(candidate)).map_err(|error| refused(&error, DeviceKind::Output))
}

fn build<T: SizedSample + FromSample<f32> + Send + 'static>(
    candidate: &Candidate,
) -> Result<(cpal::Stream, Opened), cpal::Error> {
    let rate = candidate.config.sample_rate;
    let channels = usize::from(candidate.config.channels).max(1);
    let (throat, mut mouth) = Mouth::new(rate);
    let signals = Arc::new(Signals::default());
    let failed = signals.clone();
    let speak = move |buffer: &mut [T], _: &OutputCallbackInfo| write(&mut mouth, buffer, channels);
    let stream = candidate.device.build_output_stream(
        candidate.config,
        speak,
        move |error| failed.fail(&error),
        Some(OPENING),
    )?;
    stream.play()?;
    Ok((stream, (rate, throat, signals, None)))
}

/// Fills a buffer with the voice on its first two channels, which are left and right everywhere. Runs in the callback.
fn write<T: SizedSample + FromSample<f32>>(mouth: &mut Mouth, buffer: &mut [T], channels: usize) {
    let mut frames = buffer.chunks_exact_mut(channels);
    mouth.fill(frames.len(), |sample| {
        let sample = T::from_sample_(sample.unwrap_or(0.0).clamp(-1.0, 1.0));
        for (channel, place) in frames.next().into_iter().flatten().enumerate() {
            *place = if channel < 2 { sample } else { T::EQUILIBRIUM };
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc::Receiver,
    };
    use voice::Frame;

    /// A desk whose devices are filled by hand, one rate after another.
    fn by_hand(rates: &'static [u32]) -> (Desk, Receiver<(Mouth, Arc<Signals>)>) {
        let (opened, devices) = sync_channel(4);
        let opens = AtomicUsize::new(0);
        let open = move |_: &str| {
            let rate = rates[opens.fetch_add(1, Ordering::Relaxed)];
            let ((throat, mouth), signals) = (Mouth::new(rate), Arc::new(Signals::default()));
            opened.send((mouth, signals.clone())).unwrap();
            let (lease, ()) = lease(|| Ok(((), ()))).unwrap().recv().unwrap().unwrap();
            Ok(Card { rate, throat, signals, instead: None, _lease: lease })
        };
        (Desk::new(Arc::new(open)), devices)
    }

    fn reply(desk: &Desk, samples: usize) -> (Playing, Receiver<Played>) {
        let (tell, played) = sync_channel(1_000);
        let mut frames = vec![0.5; samples].chunks(320).map(<[f32]>::to_vec).collect::<Vec<_>>().into_iter();
        let next = move || frames.next().map(|samples| Frame { rate: 16_000, samples }.into());
        let on = move |fact| tell.send(fact).unwrap_or_default();
        (desk.play("", 1.0, Box::new(next), Box::new(on)).unwrap(), played)
    }

    /// Plays until `wanted` samples were said.
    fn hear(mouth: &mut Mouth, wanted: usize) {
        let mut said = 0;
        while said < wanted {
            said += mouth.fill(wanted - said, |_| {});
            thread::yield_now();
        }
    }

    #[test]
    fn a_device_that_fails_is_replaced_and_nothing_is_lost() {
        let (desk, devices) = by_hand(&[16_000, 8_000]);
        let (_playing, played) = reply(&desk, 16_000);
        let (mut first, signals) = devices.recv().unwrap();
        hear(&mut first, 3_200);
        signals.fail(&cpal::Error::new(cpal::ErrorKind::BackendError));
        let (mut second, _) = devices.recv().unwrap();
        hear(&mut second, 6_400);
        let told: Vec<Played> = played.iter().collect();
        let [.., Played::Until(seconds), Played::Done] = told.as_slice() else { panic!("{told:?}") };
        assert!((seconds - 1.0).abs() < 0.001, "{seconds} s of one");
        assert_eq!(told.iter().filter(|fact| **fact == Played::First).count(), 1);
    }

    #[test]
    fn a_sentence_that_was_interrupted_begins_again() {
        let (desk, devices) = by_hand(&[16_000, 16_000]);
        let sound = |level: f32, samples: usize| Piece::Sound(Frame { rate: 16_000, samples: vec![level; samples] });
        let mut pieces =
            vec![Piece::Sentence, sound(0.25, 3_200), Piece::Sentence, sound(0.5, 8_000), sound(0.5, 100)].into_iter();
        let (tell, played) = sync_channel(1_000);
        let on = move |fact| tell.send(fact).unwrap_or_default();
        let _playing = desk.play("", 1.0, Box::new(move || pieces.next()), Box::new(on)).unwrap();
        let (mut first, signals) = devices.recv().unwrap();
        hear(&mut first, 4_800);
        signals.fail(&cpal::Error::new(cpal::ErrorKind::DeviceNotAvailable));
        let (mut second, _) = devices.recv().unwrap();
        let (mut again, mut count) = (Vec::new(), 0);
        while count < 8_100 {
            count += second.fill(8_100 - count, |sample| again.extend(sample));
        }
        assert!(again.iter().all(|sample| *sample == 0.5), "all of the second sentence, none of the first");
        let told: Vec<Played> = played.iter().collect();
        assert!(told.iter().any(|fact| matches!(fact, Played::Trouble(error) if error.kind == ErrorKind::DeviceLost)));
        let [.., Played::Until(seconds), Played::Done] = told.as_slice() else { panic!("{told:?}") };
        assert!((seconds - 11_300.0 / 16_000.0).abs() < 0.001, "{seconds} s");
    }

    #[test]
    fn the_next_sentence_can_be_had_at_once() {
        let (desk, devices) = by_hand(&[16_000]);
        let sound = |level: f32, samples: usize| Piece::Sound(Frame { rate: 16_000, samples: vec![level; samples] });
        let mut pieces = vec![Piece::Sentence, sound(0.25, 40_000), Piece::Sentence, sound(0.5, 4_000)].into_iter();
        let (tell, played) = sync_channel(1_000);
        let on = move |fact| tell.send(fact).unwrap_or_default();
        let playing = desk.play("", 1.0, Box::new(move || pieces.next()), Box::new(on)).unwrap();
        let (mut mouth, _) = devices.recv().unwrap();
        hear(&mut mouth, 1_600);
        playing.remote().skip();
        let mut heard = Vec::new();
        while played.try_iter().all(|fact| fact != Played::Done) {
            mouth.fill(160, |sample| heard.extend(sample));
            thread::yield_now();
        }
        assert!(
            heard.iter().filter(|sample| **sample == 0.5).count() >= 4_000 - 160,
            "all of the next one but its fade"
        );
        let before = heard.iter().filter(|sample| **sample == 0.25).count();
        assert!(before < 20_000, "{before} samples of the first were still heard; it may take its worker a moment");
    }

    #[test]
    fn a_device_that_fails_again_and_again_is_a_fault() {
        let (desk, devices) = by_hand(&[16_000; 3]);
        let (_playing, played) = reply(&desk, 16_000);
        for _ in 0..3 {
            let (_, signals) = devices.recv().unwrap();
            signals.fail(&cpal::Error::new(cpal::ErrorKind::StreamInvalidated));
        }
        let last = played.iter().last();
        assert!(matches!(&last, Some(Played::Fault(error)) if error.kind == ErrorKind::DeviceLost), "{last:?}");
    }

    #[test]
    fn the_device_stays_open_between_replies() {
        let (desk, devices) = by_hand(&[16_000]);
        let (playing, played) = reply(&desk, 320);
        let (mut mouth, _) = devices.recv().unwrap();
        hear(&mut mouth, 320);
        assert_eq!(played.iter().last(), Some(Played::Done));
        drop(playing);
        let (_playing, played) = reply(&desk, 640);
        hear(&mut mouth, 640);
        assert_eq!(played.iter().last(), Some(Played::Done));
    }

    #[test]
    fn two_channels_speak_and_the_others_are_silent() {
        let (mut throat, mut mouth) = Mouth::new(48_000);
        let (mut ring, taken) = rtrb::RingBuffer::new(8);
        [0.5, -2.0].iter().for_each(|sample| ring.push(*sample).unwrap());
        assert!(throat.give(taken, Arc::default()));
        let mut buffer = [9i16; 9];
        write(&mut mouth, &mut buffer, 3);
        assert_eq!(buffer, [16_384, 16_384, 0, -32_768, -32_768, 0, 0, 0, 0]);
        let mut mono = [7u8; 2];
        write(&mut mouth, &mut mono, 1);
        assert_eq!(mono, [128, 128]);
    }
}
