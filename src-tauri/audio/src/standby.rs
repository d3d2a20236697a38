//! The microphone between presses, for a person who wants the sound from just before the key. What it hears stays in
//! memory, at most half a second of it, and is overwritten by what comes after. Its own file because nowhere else is a
//! microphone open without a turn.

use crate::{
    capture::{OPENING, Tap},
    device::DeviceKind,
    lease::{Answer, Lease},
    watch::samples,
};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};
use voice::{AudioChoice, Error};

/// No more than this is ever kept.
const MOST_MS: u32 = 500;
/// How often what is too old is thrown away.
const TIDY: Duration = Duration::from_millis(20);
/// A device that failed is opened again after this.
const AGAIN: Duration = Duration::from_secs(2);

/// Begins to open the microphone of a choice.
type Open = Arc<dyn Fn(&AudioChoice) -> Result<Answer<Tap>, Error> + Send + Sync>;

/// Keeps a microphone open between turns, if that is wanted.
#[derive(Clone)]
pub(crate) struct Standby {
    open: Open,
    slot: Arc<Mutex<Slot>>,
}

#[derive(Default)]
struct Slot {
    /// None: nothing is open between presses.
    wanted: Option<AudioChoice>,
    held: Option<(Lease, Tap)>,
    /// Whoever keeps a device for an earlier round lets it go.
    round: u64,
}

impl Standby {
    pub(crate) fn new(open: Open) -> Self {
        Self { open, slot: Arc::default() }
    }

    /// From now on, and after each turn, as `choice` says.
    pub(crate) fn set(&self, choice: &AudioChoice) {
        let wanted = Some(choice).filter(|choice| choice.pre_roll_ms > 0).cloned();
        let mut slot = self.slot();
        if slot.wanted != wanted {
            slot.wanted = wanted;
            drop(slot);
            self.begin();
        }
    }

    /// A turn begins: the open microphone, with the sound before the key and nothing older.
    pub(crate) fn take(&self) -> Option<(Lease, Tap)> {
        let mut slot = self.slot();
        slot.round += 1;
        let (lease, mut tap) = slot.held.take()?;
        let kept = slot.wanted.as_ref()?.pre_roll_ms;
        drop(slot);
        trim(&mut tap, kept);
        tap.signals.fault(DeviceKind::Input).is_none().then_some((lease, tap))
    }

    /// A turn is over, or the choice is another one.
    pub(crate) fn begin(&self) {
        let mut slot = self.slot();
        slot.round += 1;
        slot.held = None;
        let (round, Some(choice)) = (slot.round, slot.wanted.clone()) else { return };
        drop(slot);
        let standby = self.clone();
        // without a thread there is no sound from before the key, and the turn has the rest
        thread::Builder::new().name("pre-roll".into()).spawn(move || standby.keep(round, &choice)).ok();
    }

    fn keep(&self, round: u64, choice: &AudioChoice) {
        while self.slot().round == round {
            let opened = (self.open)(choice).ok().and_then(|answer| answer.recv_timeout(OPENING).ok()?.ok());
            let mut slot = self.slot();
            if slot.round != round {
                return;
            }
            slot.held = opened;
            drop(slot);
            while self.tidied(round, choice.pre_roll_ms) {
                thread::sleep(TIDY);
            }
            thread::sleep(AGAIN);
        }
    }

    /// Throws away what is too old. False if there is nothing to keep any more.
    fn tidied(&self, round: u64, kept_ms: u32) -> bool {
        let mut slot = self.slot();
        if slot.round != round {
            return false;
        }
        let Some((_, tap)) = &mut slot.held else { return false };
        trim(tap, kept_ms);
        let well = tap.signals.fault(DeviceKind::Input).is_none();
        if !well {
            slot.held = None;
        }
        well
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn trim(tap: &mut Tap, kept_ms: u32) {
    let kept = samples(Duration::from_millis(u64::from(kept_ms.min(MOST_MS))), tap.rate);
    let over = tap.ring.slots().saturating_sub(kept);
    if let Ok(chunk) = tap.ring.read_chunk(over) {
        chunk.commit_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{device::Identity, lease::lease};
    use std::sync::mpsc::{Receiver, sync_channel};

    /// A standby whose microphones are filled by hand.
    fn by_hand() -> (Standby, Receiver<rtrb::Producer<f32>>) {
        let (opened, devices) = sync_channel(8);
        let open = move |_: &AudioChoice| {
            let opened = opened.clone();
            lease(move || {
                let (ring, taken) = rtrb::RingBuffer::new(32_000);
                opened.send(ring).unwrap();
                let identity = Identity { id: "desk".into(), label: "The desk".into() };
                let buffer = Duration::from_millis(20);
                Ok(((), Tap { identity, ring: taken, rate: 16_000, buffer, signals: Arc::default(), instead: None }))
            })
        };
        (Standby::new(Arc::new(open)), devices)
    }

    fn wants(pre_roll_ms: u32) -> AudioChoice {
        AudioChoice { pre_roll_ms, ..AudioChoice::default() }
    }

    /// As soon as it is open.
    fn taken(standby: &Standby) -> Tap {
        while standby.slot().held.is_none() {
            thread::yield_now();
        }
        standby.take().unwrap().1
    }

    #[test]
    fn the_newest_sound_is_kept_and_no_more_than_is_wanted() {
        let (standby, devices) = by_hand();
        standby.set(&wants(300));
        let mut ring = devices.recv().unwrap();
        (0..16_000).for_each(|n| ring.push(n as f32).unwrap());
        let mut tap = taken(&standby);
        assert_eq!(tap.ring.slots(), 4_800, "300 ms");
        assert_eq!(tap.ring.pop(), Ok(11_200.0), "the newest");
    }

    #[test]
    fn half_a_second_is_the_most() {
        let (standby, devices) = by_hand();
        standby.set(&wants(60_000));
        let mut ring = devices.recv().unwrap();
        (0..32_000).for_each(|_| ring.push(0.5).unwrap());
        assert_eq!(taken(&standby).ring.slots(), 8_000);
    }

    #[test]
    fn nothing_is_open_unless_it_is_wanted() {
        let (standby, devices) = by_hand();
        standby.set(&wants(0));
        standby.begin();
        assert!(standby.take().is_none());
        assert!(devices.try_recv().is_err());
        standby.set(&wants(200));
        let ring = devices.recv().unwrap();
        while standby.slot().held.is_none() {
            thread::yield_now();
        }
        standby.set(&wants(0));
        assert!(ring.is_abandoned(), "it is closed at once");
        assert!(standby.take().is_none());
    }

    #[test]
    fn it_is_open_again_after_a_turn() {
        let (standby, devices) = by_hand();
        standby.set(&wants(200));
        drop((devices.recv().unwrap(), taken(&standby)));
        standby.begin();
        assert!(devices.recv().is_ok());
    }
}
