//! What a stream's callbacks tell its worker, and what a host's errors mean. Its own file because a callback may use
//! nothing of `device`, which asks sound systems and waits for them.

use crate::device::DeviceKind;
use std::{
    sync::atomic::{AtomicU8, AtomicU64, Ordering},
    time::Duration,
};
use voice::{Error, ErrorKind};

/// What a stream's callbacks tell its worker. They may not wait or allocate: atomics only.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    /// 0, or the fatal error: its place in `FATAL`, from 1.
    fault: AtomicU8,
    /// Microseconds of the device's own clock since its first call.
    clock: AtomicU64,
}

/// Errors a stream does not survive. The others are hiccups.
const FATAL: [ErrorKind; 3] = [ErrorKind::DeviceLost, ErrorKind::PermissionDenied, ErrorKind::AudioFailed];

impl Signals {
    /// Keeps the first fatal error. ALSA may repeat it a hundred thousand times a second.
    pub(crate) fn fail(&self, error: &cpal::Error) {
        let Some(kind) = in_use(error.kind()) else { return };
        let place = FATAL.iter().position(|fatal| *fatal == kind).and_then(|at| u8::try_from(at + 1).ok());
        self.fault.compare_exchange(0, place.unwrap_or(1), Ordering::AcqRel, Ordering::Relaxed).ok();
    }

    /// The device is there, but does nothing any more.
    pub(crate) fn give_up(&self) {
        self.fail(&cpal::Error::new(cpal::ErrorKind::DeviceNotAvailable));
    }

    pub(crate) fn fault(&self, kind: DeviceKind) -> Option<Error> {
        let place = self.fault.load(Ordering::Acquire).checked_sub(1)?;
        let fault = FATAL.get(usize::from(place)).copied().unwrap_or(ErrorKind::AudioFailed);
        Some(Error::new(fault, kind.name(), "The sound system ended the stream."))
    }

    pub(crate) fn tick(&self, since_first: Duration) {
        self.clock.store(u64::try_from(since_first.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(crate) fn clock(&self) -> Duration {
        Duration::from_micros(self.clock.load(Ordering::Relaxed))
    }
}

/// What an error in use means; none if the stream goes on.
fn in_use(kind: cpal::ErrorKind) -> Option<ErrorKind> {
    match kind {
        cpal::ErrorKind::Xrun | cpal::ErrorKind::DeviceChanged | cpal::ErrorKind::RealtimeDenied => None,
        cpal::ErrorKind::DeviceNotAvailable | cpal::ErrorKind::StreamInvalidated | cpal::ErrorKind::HostUnavailable => {
            Some(ErrorKind::DeviceLost)
        }
        cpal::ErrorKind::PermissionDenied => Some(ErrorKind::PermissionDenied),
        _ => Some(ErrorKind::AudioFailed),
    }
}

/// What an error while opening means.
pub(crate) fn refused(error: &cpal::Error, kind: DeviceKind) -> Error {
    let meaning = match error.kind() {
        cpal::ErrorKind::DeviceBusy => ErrorKind::DeviceBusy,
        cpal::ErrorKind::PermissionDenied => ErrorKind::PermissionDenied,
        cpal::ErrorKind::DeviceNotAvailable | cpal::ErrorKind::HostUnavailable => kind.missing(),
        _ => ErrorKind::AudioFailed,
    };
    Error::new(meaning, kind.name(), format!("{error}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_fatal_error_is_kept() {
        let signals = Signals::default();
        signals.fail(&cpal::Error::new(cpal::ErrorKind::Xrun));
        assert_eq!(signals.fault(DeviceKind::Input), None, "a hiccup");
        signals.fail(&cpal::Error::new(cpal::ErrorKind::StreamInvalidated));
        signals.fail(&cpal::Error::new(cpal::ErrorKind::BackendError));
        assert_eq!(signals.fault(DeviceKind::Input).unwrap().kind, ErrorKind::DeviceLost);
    }

    #[test]
    fn what_is_missing_depends_on_the_direction() {
        let gone = cpal::Error::new(cpal::ErrorKind::DeviceNotAvailable);
        assert_eq!(refused(&gone, DeviceKind::Input).kind, ErrorKind::NoMicrophone);
        assert_eq!(refused(&gone, DeviceKind::Output).kind, ErrorKind::NoSpeaker);
        let busy = cpal::Error::new(cpal::ErrorKind::DeviceBusy);
        assert_eq!(refused(&busy, DeviceKind::Input).kind, ErrorKind::DeviceBusy);
    }
}
