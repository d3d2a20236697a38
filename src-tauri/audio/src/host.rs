//! The sound systems of this computer, by name. Its own file because one of them must not be opened twice.

use cpal::{HostId, traits::HostTrait};
use std::sync::{Arc, Mutex, PoisonError};

pub(crate) const PULSE: &str = "pulseaudio";
pub(crate) const ALSA: &str = "alsa";

/// The PulseAudio host is opened once and shared: each one keeps a connection and a thread after it is dropped, and the
/// server takes 64. One whose server went away is opened anew.
pub(crate) fn host(name: &str) -> Option<Arc<cpal::Host>> {
    static SHARED: Mutex<Option<Arc<cpal::Host>>> = Mutex::new(None);
    let id = name.parse::<HostId>().ok()?;
    let known = SHARED.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some(host) = known.filter(|host| host.id() == id && host.devices().is_ok()) {
        return Some(host);
    }
    let fresh = Arc::new(cpal::host_from_id(id).ok()?);
    *SHARED.lock().unwrap_or_else(PoisonError::into_inner) = Some(fresh.clone());
    Some(fresh)
}

/// ALSA where it exists, else the one host of the system.
pub(crate) fn system_host() -> Option<Arc<cpal::Host>> {
    match ALSA.parse::<HostId>() {
        Ok(alsa) => cpal::host_from_id(alsa).ok().map(Arc::new),
        Err(_) => Some(Arc::new(cpal::default_host())),
    }
}

pub(crate) fn naming_host() -> Option<Arc<cpal::Host>> {
    host(PULSE).or_else(system_host)
}
