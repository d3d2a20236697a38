//! Which device is opened, by which host, with how large a buffer; and what a host's errors mean. All policy about
//! sound systems is here, with the measurements it rests on.
//!
//! On Linux two roads lead to PulseAudio or PipeWire. *Capture* by the ALSA host through the pulse plugin lost nothing
//! in any run; the PulseAudio host silently loses samples with small buffers (its server queue is one fragment long)
//! and none with 100 ms. *Playback* by the PulseAudio host has no errors, and gaps only under load; 30 ms fall silent
//! 52 to 72 ms after a cut, measured at the server. By the ALSA host it stops for good after one underrun, which needs
//! 50 ms to be rare and a new stream when it happens. Only the PulseAudio host knows what devices are called. Elsewhere
//! the system's one host is right as it is.

use crate::{
    host::{ALSA, PULSE, host, naming_host, system_host},
    watch::samples,
};
use cpal::{
    BufferSize, SampleFormat, StreamConfig, SupportedStreamConfig,
    traits::{DeviceTrait, HostTrait},
};
use std::time::Duration;
use voice::{Error, ErrorKind};

/// What ALSA and PulseAudio resample best from, and RNNoise works at.
const USUAL_RATE: u32 = 48_000;
const PULSE_INPUT: Duration = Duration::from_millis(100);
const PULSE_OUTPUT: Duration = Duration::from_millis(30);
const ALSA_INPUT: Duration = Duration::from_millis(20);
const ALSA_OUTPUT: Duration = Duration::from_millis(50);

/// Which way sound goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceKind {
    /// A microphone.
    Input,
    /// A loudspeaker.
    Output,
}

impl DeviceKind {
    pub(crate) fn missing(self) -> ErrorKind {
        match self {
            Self::Input => ErrorKind::NoMicrophone,
            Self::Output => ErrorKind::NoSpeaker,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Input => "microphone",
            Self::Output => "loudspeaker",
        }
    }
}

/// A device as a person may choose it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its identifier, the same each time it is plugged in: what the settings keep.
    pub id: String,
    /// Its name, for a person; two of a kind have the same.
    pub name: String,
    /// Microphone or loudspeaker.
    pub kind: DeviceKind,
    /// The system's own choice.
    pub default: bool,
    /// The sound system that knows it: `pulseaudio`, `alsa`, `wasapi`, `coreaudio`.
    pub host: String,
    /// Samples a second, as it likes best.
    pub rate: u32,
    /// Channels, as it likes best.
    pub channels: u16,
}

/// Every microphone and loudspeaker there is, microphones first. Asks the sound system, which may take a second.
#[must_use]
pub fn devices() -> Vec<Device> {
    let Some(host) = naming_host() else { return Vec::new() };
    [DeviceKind::Input, DeviceKind::Output].into_iter().flat_map(|kind| listed(&host, kind)).collect()
}

fn listed(host: &cpal::Host, kind: DeviceKind) -> Vec<Device> {
    let default = default_of(host, kind).and_then(|device| device.id().ok());
    let describe = |device: cpal::Device| {
        let config = default_config(&device, kind)?;
        Some(Device {
            id: id_of(&device),
            name: device.to_string(),
            kind,
            default: device.id().ok() == default,
            host: host.id().to_string(),
            rate: config.sample_rate(),
            channels: config.channels(),
        })
    };
    all_of(host, kind).filter_map(describe).collect()
}

/// Which device it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) id: String,
    pub(crate) label: String,
}

/// A device and how to open it.
pub(crate) struct Candidate {
    pub(crate) identity: Identity,
    pub(crate) device: cpal::Device,
    pub(crate) format: SampleFormat,
    pub(crate) config: StreamConfig,
}

impl Candidate {
    /// How long one device buffer is.
    pub(crate) fn buffer(&self) -> Duration {
        match self.config.buffer_size {
            BufferSize::Fixed(frames) => {
                Duration::from_secs_f64(f64::from(frames) / f64::from(self.config.sample_rate.max(1)))
            }
            BufferSize::Default => Duration::from_millis(20),
        }
    }
}

/// What to try, best first, for the device called `name` (identifier or label), or the system's own choice if that is
/// empty.
///
/// # Errors
/// `NoMicrophone` or `NoSpeaker` if there is none, or none of that name.
pub(crate) fn candidates(name: &str, kind: DeviceKind) -> Result<Vec<Candidate>, Error> {
    let (pulse, system) = (host(PULSE), system_host());
    let preferred = pulse.as_ref().and_then(|host| default_of(host, kind)).filter(|device| !is_hollow(device));
    // without a microphone a server offers what its loudspeaker plays
    let hollow = pulse.is_some() && preferred.is_none();
    let identity = preferred.as_ref().map(identity);
    let found: Vec<Candidate> = if name.is_empty() || identity.as_ref().is_some_and(|one| is_called(one, name)) {
        let by_system = || {
            let host = system.as_ref().filter(|_| !hollow)?;
            let found = candidate(host, default_of(host, kind)?, kind)?;
            // the sound system's way to its default is called "default"; what it leads to has a name
            Some(Candidate { identity: identity.clone().unwrap_or(found.identity), ..found })
        };
        let by_pulse = || candidate(pulse.as_ref()?, preferred.clone()?, kind);
        match kind {
            DeviceKind::Input => by_system().into_iter().chain(by_pulse()).collect(),
            DeviceKind::Output => by_pulse().into_iter().chain(by_system()).collect(),
        }
    } else {
        let host = pulse.as_deref().or(system.as_deref());
        named(host, name, kind)?.into_iter().collect()
    };
    if found.is_empty() {
        return Err(Error::new(kind.missing(), kind.name(), "The system has none."));
    }
    Ok(found)
}

/// The same, but the system's own choice in place of a device that is not there; then the second value says so.
///
/// # Errors
/// As for `candidates`, if there is no device at all.
pub(crate) fn candidates_or_default(name: &str, kind: DeviceKind) -> Result<(Vec<Candidate>, Option<Error>), Error> {
    let missing = match candidates(name, kind) {
        Ok(found) => return Ok((found, None)),
        Err(error) => error,
    };
    let found = candidates("", kind).map_err(|_| missing.clone())?;
    let instead = found.first().map(|one| one.identity.label.clone()).unwrap_or_default();
    Ok((found, Some(Error { detail: format!("{} “{instead}” is used instead.", missing.detail), ..missing })))
}

/// A microphone that may serve better than `slow`; one without radio first.
pub(crate) fn another_microphone(slow: &str) -> Option<String> {
    let host = naming_host()?;
    let mut others: Vec<Identity> =
        all_of(&host, DeviceKind::Input).map(|device| identity(&device)).filter(|one| one.id != slow).collect();
    others.sort_by_key(|one| one.id.contains("bluez"));
    others.into_iter().next().map(|one| one.label)
}

fn named(host: Option<&cpal::Host>, name: &str, kind: DeviceKind) -> Result<Option<Candidate>, Error> {
    let Some(host) = host else { return Ok(None) };
    let mut names = Vec::new();
    for device in all_of(host, kind) {
        let one = identity(&device);
        if is_called(&one, name) {
            return Ok(candidate(host, device, kind));
        }
        names.push(one.label);
    }
    let detail = format!("“{name}” is not connected. There are: {}.", names.join(", "));
    Err(Error::new(kind.missing(), kind.name(), detail))
}

fn is_called(one: &Identity, name: &str) -> bool {
    one.id == name || one.label == name
}

fn identity(device: &cpal::Device) -> Identity {
    Identity { id: id_of(device), label: device.to_string() }
}

fn id_of(device: &cpal::Device) -> String {
    device.id().map(|id| id.id().to_owned()).unwrap_or_default()
}

fn candidate(host: &cpal::Host, device: cpal::Device, kind: DeviceKind) -> Option<Candidate> {
    let best = default_config(&device, kind)?;
    let through_server = [PULSE, ALSA].contains(&host.id().to_string().as_str());
    let config = if through_server { at_usual_rate(&device, kind, &best).unwrap_or(best) } else { best };
    let rate = config.sample_rate();
    let buffer = match (host.id().to_string().as_str(), kind) {
        (PULSE, DeviceKind::Input) => fixed(PULSE_INPUT, rate),
        (PULSE, DeviceKind::Output) => fixed(PULSE_OUTPUT, rate),
        (ALSA, DeviceKind::Input) => fixed(ALSA_INPUT, rate),
        (ALSA, DeviceKind::Output) => fixed(ALSA_OUTPUT, rate),
        _ => BufferSize::Default,
    };
    let format = config.sample_format();
    Some(Candidate {
        identity: identity(&device),
        device,
        format,
        config: StreamConfig { buffer_size: buffer, ..config.config() },
    })
}

fn fixed(time: Duration, rate: u32) -> BufferSize {
    u32::try_from(samples(time, rate)).map_or(BufferSize::Default, BufferSize::Fixed)
}

/// The same channels and format at 48 kHz, if the device can.
fn at_usual_rate(
    device: &cpal::Device,
    kind: DeviceKind,
    best: &SupportedStreamConfig,
) -> Option<SupportedStreamConfig> {
    let ranges: Vec<_> = match kind {
        DeviceKind::Input => device.supported_input_configs().ok()?.collect(),
        DeviceKind::Output => device.supported_output_configs().ok()?.collect(),
    };
    let alike = |range: &&cpal::SupportedStreamConfigRange| {
        range.channels() == best.channels() && range.sample_format() == best.sample_format()
    };
    ranges.iter().filter(alike).find_map(|range| range.try_with_sample_rate(USUAL_RATE))
}

fn default_of(host: &cpal::Host, kind: DeviceKind) -> Option<cpal::Device> {
    match kind {
        DeviceKind::Input => host.default_input_device(),
        DeviceKind::Output => host.default_output_device(),
    }
}

fn default_config(device: &cpal::Device, kind: DeviceKind) -> Option<SupportedStreamConfig> {
    match kind {
        DeviceKind::Input => device.default_input_config().ok(),
        DeviceKind::Output => device.default_output_config().ok(),
    }
}

fn all_of(host: &cpal::Host, kind: DeviceKind) -> impl Iterator<Item = cpal::Device> {
    host.devices().ok().into_iter().flatten().filter(|device| !is_hollow(device)).filter(move |device| match kind {
        DeviceKind::Input => device.supports_input(),
        DeviceKind::Output => device.supports_output(),
    })
}

/// Listed as a device, but nothing to choose: what a PulseAudio loudspeaker plays, offered as if it were a microphone,
/// and ALSA's way to nowhere.
fn is_hollow(device: &cpal::Device) -> bool {
    device.id().is_ok_and(|id| match id.host().to_string().as_str() {
        PULSE => id.id().ends_with(".monitor"),
        ALSA => id.id() == "null",
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_not_there_is_refused() {
        let error = candidates("no such thing, surely", DeviceKind::Output).err().unwrap();
        assert_eq!(error.kind, ErrorKind::NoSpeaker);
    }
}
