//! The microphones of this computer: which one is opened for a turn, and how a lost one is opened again. Its own file
//! because this is policy; `capture` is what an open device does.

use crate::{
    capture::{Capture, OPENING, Tap, open_one},
    device::{DeviceKind, Identity, candidates, candidates_or_default},
    hush::Hush,
    lease::{Answer, Lease, lease},
    mic::{Ear, Microphone, Now, OpenMic, Port, Reins, listen},
    standby::Standby,
    watch::POLL,
};
use std::{
    sync::{Arc, mpsc::RecvTimeoutError},
    thread,
    time::Duration,
};
use voice::{AudioChoice, Channel, Error, ErrorKind};

/// A busy device is asked this often in all, so long apart.
const TRIES: u32 = 4;
const BETWEEN_TRIES: Duration = Duration::from_millis(200);
/// A lost device is looked for so soon after it failed again, and then at growing intervals.
const SOONEST: Duration = Duration::from_millis(100);
const LATEST: Duration = Duration::from_millis(400);

/// The microphones of this computer.
#[derive(Clone)]
pub struct DeviceMic {
    now: Now,
    standby: Standby,
}

impl DeviceMic {
    /// Opens nothing yet. `now` is the one clock.
    #[must_use]
    pub fn new(now: Now) -> Self {
        let before_the_key = |choice: &AudioChoice| {
            let (wanted, channel, reins) = (Wanted::Chosen(choice.input.clone()), choice.channel, Arc::default());
            lease(move || open_first(&wanted, channel, &reins))
        };
        Self { now, standby: Standby::new(Arc::new(before_the_key)) }
    }
}

impl Microphone for DeviceMic {
    fn open(&self, choice: &AudioChoice, ear: Ear) -> Result<OpenMic, Error> {
        let (now, standby) = (self.now.clone(), self.standby.clone());
        let hush = Hush::others(choice.hush);
        listen(choice, ear, Jack { choice: choice.clone(), now, standby, bound: Identity::default(), _hush: hush })
    }

    fn stand_by(&self, choice: &AudioChoice) {
        self.standby.set(choice);
    }
}

/// Opens the person's microphone, and opens it again.
struct Jack {
    choice: AudioChoice,
    now: Now,
    standby: Standby,
    /// What the turn is recorded by.
    bound: Identity,
    // as long as somebody talks
    _hush: Option<Hush>,
}

/// What is asked for.
#[derive(Clone)]
enum Wanted {
    /// The one of that name, or the system's own.
    Chosen(String),
    /// The one that was lost; the system's own only if `or_default`.
    Lost { id: String, or_default: bool },
}

impl Port for Jack {
    type Source = Capture;

    fn open(&mut self, reins: &Arc<Reins>) -> Result<Option<Capture>, Error> {
        if let Some((lease, tap)) = self.standby.take() {
            return Ok(Some(self.capture(lease, tap)));
        }
        self.attempt(Wanted::Chosen(self.choice.input.clone()), reins, Some(OPENING))
    }

    fn again(&mut self, reins: &Arc<Reins>, worked: bool) -> Option<Capture> {
        let mut pause = if worked { Duration::ZERO } else { SOONEST };
        loop {
            if !self.wait(pause, reins) {
                return None;
            }
            let wanted = Wanted::Lost { id: self.bound.id.clone(), or_default: self.choice.follow_default };
            // whoever does not answer at all is waited for: more askers would not help
            if let Ok(opened) = self.attempt(wanted, reins, None) {
                return opened;
            }
            pause = (pause * 2).clamp(SOONEST, LATEST);
        }
    }

    fn now(&self) -> Duration {
        (self.now)()
    }
}

impl Drop for Jack {
    /// The turn has no more use for a microphone.
    fn drop(&mut self) {
        self.standby.begin();
    }
}

impl Jack {
    /// Opens a device on a thread of its own, and waits for it, but no longer than the key is held, or until `limit`.
    fn attempt(
        &mut self,
        wanted: Wanted,
        reins: &Arc<Reins>,
        limit: Option<Duration>,
    ) -> Result<Option<Capture>, Error> {
        let (for_stream, channel) = (reins.clone(), self.choice.channel);
        let answer: Answer<Tap> = lease(move || open_first(&wanted, channel, &for_stream))?;
        let begun = self.now();
        while limit.is_none_or(|limit| self.now().saturating_sub(begun) < limit) {
            match answer.recv_timeout(POLL) {
                Ok(opened) => return opened.map(|(lease, tap)| Some(self.capture(lease, tap))),
                // a microphone does not open after the key came up
                Err(_) if reins.closing() => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        Err(Error::new(ErrorKind::AudioFailed, DeviceKind::Input.name(), "The sound system does not answer."))
    }

    fn capture(&mut self, lease: Lease, tap: Tap) -> Capture {
        self.bound.clone_from(&tap.identity);
        Capture::new(lease, tap, self.choice.follow_default, self.now.clone())
    }

    /// False if the key came up.
    fn wait(&self, time: Duration, reins: &Reins) -> bool {
        let begun = self.now();
        while self.now().saturating_sub(begun) < time && !reins.closing() {
            thread::park_timeout(POLL);
        }
        !reins.closing()
    }
}

fn open_first(wanted: &Wanted, channel: Channel, reins: &Arc<Reins>) -> Result<(cpal::Stream, Tap), Error> {
    let open = || {
        let (found, instead) = match wanted {
            Wanted::Chosen(name) => candidates_or_default(name, DeviceKind::Input)?,
            Wanted::Lost { id, or_default: true } => candidates_or_default(id, DeviceKind::Input)?,
            Wanted::Lost { id, .. } => (candidates(id, DeviceKind::Input)?, None),
        };
        let mut opened = Err(Error::new(ErrorKind::NoMicrophone, DeviceKind::Input.name(), "The system has none."));
        for candidate in found {
            opened = open_one(&candidate, channel, reins);
            if let Ok((stream, mut tap)) = opened {
                tap.instead = instead;
                return Ok((stream, tap));
            }
        }
        opened
    };
    while_busy(open, || {
        thread::sleep(BETWEEN_TRIES);
        !reins.closing()
    })
}

/// Opens again after a `pause` while another program holds the device, which is often a moment's matter; a pause that is
/// false ends it.
fn while_busy<T>(mut open: impl FnMut() -> Result<T, Error>, mut pause: impl FnMut() -> bool) -> Result<T, Error> {
    let mut tries = 1;
    loop {
        let opened = open();
        let busy = matches!(&opened, Err(error) if error.kind == ErrorKind::DeviceBusy);
        if !busy || tries == TRIES || !pause() {
            return opened;
        }
        tries += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How it ends with a device that refuses so many times in this way, and how often it was asked.
    fn asked(refusals: u32, kind: ErrorKind, patience: u32) -> (Result<(), ErrorKind>, u32) {
        let (mut asked, mut pauses) = (0, 0);
        let open = || {
            asked += 1;
            if asked > refusals { Ok(()) } else { Err(Error::new(kind, "microphone", "no.")) }
        };
        let pause = || {
            pauses += 1;
            pauses <= patience
        };
        (while_busy(open, pause).map_err(|error| error.kind), asked)
    }

    #[test]
    fn a_device_that_another_program_holds_is_asked_for_again() {
        let busy = ErrorKind::DeviceBusy;
        assert_eq!(asked(0, busy, 9), (Ok(()), 1));
        assert_eq!(asked(3, busy, 9), (Ok(()), 4));
        assert_eq!(asked(4, busy, 9), (Err(busy), 4), "then another one, or a word");
        assert_eq!(asked(4, busy, 1), (Err(busy), 2), "the key came up");
        assert_eq!(asked(4, ErrorKind::PermissionDenied, 9), (Err(ErrorKind::PermissionDenied), 1));
    }
}
