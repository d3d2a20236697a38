//! The one error. Its kind alone decides what is tried next and how a person is told.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What went wrong, as far as anybody needs to act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum ErrorKind {
    /// A library, model or program of an engine is not on this machine. The detail says which package brings it.
    EngineMissing,
    /// An engine on this machine failed while working.
    EngineFailed,
    /// No engine or service of that name, or none that can do what was asked. The detail lists those that can.
    Unsupported,
    /// A settings value that cannot be used. The detail says which, and what would do.
    BadSetting,
    /// There is no microphone.
    NoMicrophone,
    /// There is no loudspeaker.
    NoSpeaker,
    /// The device went away or stopped while it was used.
    DeviceLost,
    /// Another program holds the device.
    DeviceBusy,
    /// The system does not let us use the microphone.
    PermissionDenied,
    /// The microphone is open, but every sample is zero: muted, or not permitted.
    ZeroSignal,
    /// The sound server or driver failed.
    AudioFailed,
    /// A sound file is absent.
    FileMissing,
    /// A sound file is not a WAV file that can be read.
    NotWav,
    /// A sound file holds no sound.
    Empty,
    /// A sound file or recording is over the limit.
    TooLong,
    /// A file could not be written or read.
    Storage,
    /// A file of ours was damaged. It was set aside, and what could be read was carried over. The detail says where.
    Damaged,
    /// A file was written by a newer Wilco; it was not touched.
    NewerFile,
    /// A file is not one that Wilco exported.
    NotAnExport,
    /// No such turn or conversation is kept.
    NotKept,
    /// The global hotkey cannot be used.
    Hotkey,
    /// An answer did not come in time.
    TimedOut,
    /// This computer reaches no network, or no name server.
    Offline,
    /// The service's address does not answer.
    Unreachable,
    /// Nobody vouches for the service's certificate.
    Untrusted,
    /// The service's certificate is not valid at the time this computer shows.
    WrongClock,
    /// A login page of the network answered instead of the service.
    LoginPage,
    /// The proxy wants a name and a password, or refuses.
    ProxyRefused,
    /// The provider needs a key and has none for its address.
    KeyMissing,
    /// The provider does not take the key, or does not allow it this.
    KeyRefused,
    /// The account has no money or no quota left.
    NoCredit,
    /// There is no such model, voice or address at the provider any more.
    ModelGone,
    /// The provider does not take the request as it is; trying again changes nothing.
    Refused,
    /// The provider does not take sound of this coding.
    SoundRefused,
    /// More than the provider takes, or more than we take from it.
    TooLarge,
    /// Too many requests; it has to be asked later.
    Busy,
    /// The service failed by itself.
    ServiceFailed,
    /// The answer is not what its format says.
    Garbled,
    /// The answer ended before its end.
    CutShort,
    /// An answer without anything in it.
    EmptyAnswer,
    /// Most of what a month may cost is spent.
    NearCap,
    /// What a month may cost is spent.
    CapReached,
    /// This system has no keyring.
    KeyringMissing,
    /// The keyring is locked.
    KeyringLocked,
    /// The keyring does not answer.
    KeyringStuck,
}

impl ErrorKind {
    /// What the person can do next, in plain English. The page has its own wording in its own languages.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::EngineMissing => "Install the package that is named, then try again.",
            Self::EngineFailed => "Try again; if it stays, choose another engine in Settings.",
            Self::Unsupported => "Choose one of those that are named.",
            Self::BadSetting => "Correct the setting; the last good value stays in use until then.",
            Self::NoMicrophone => "Connect a microphone, or choose one in Settings. You can type meanwhile.",
            Self::NoSpeaker => "Connect headphones or a loudspeaker. The reply is on the screen.",
            Self::DeviceLost => "Reconnect it or choose another. What was recorded up to then is kept.",
            Self::DeviceBusy => "Close the program that uses it, or choose another device.",
            Self::PermissionDenied => "Allow Wilco to use the microphone in the system's privacy settings.",
            Self::ZeroSignal => "The microphone sends pure silence. Is it muted, or not permitted for Wilco?",
            Self::AudioFailed => "Check the sound settings of the system, then press again.",
            Self::FileMissing => "Check the path.",
            Self::NotWav => "Give a WAV file: PCM of 8 to 32 bits or float.",
            Self::Empty => "Record something first: the file holds no sound.",
            Self::TooLong => "Split it: one turn holds at most ten minutes.",
            Self::Storage => "Check free space and rights of the folder. The turn goes on without being kept.",
            Self::Damaged => "Nothing is to be done; the damaged file can be deleted.",
            Self::NewerFile => "Update Wilco. Until then nothing new is kept, and nothing in that file is lost.",
            Self::NotAnExport => "Choose a JSON file that Wilco exported.",
            Self::NotKept => "It may have been deleted; see the list.",
            Self::Hotkey => "Choose another key in Settings, or hold the button in the window.",
            Self::TimedOut => "Try again.",
            Self::Offline => "Check the network. What you said is kept; engines on this computer work without it.",
            Self::Unreachable => "Check the address in Settings and whether a firewall is in the way, then try again.",
            Self::Untrusted => "If your office checks traffic, add its certificate in Settings under Network.",
            Self::WrongClock => "Set this computer's date and time, then try again.",
            Self::LoginPage => "Open a browser and log in to this network, then try again.",
            Self::ProxyRefused => "Check the proxy in Settings under Network, with its name and password.",
            Self::KeyMissing => "Add a key in Settings; for the terminal set the variable that is named.",
            Self::KeyRefused => "Check the key in Settings and what it may be used for.",
            Self::NoCredit => "Top up the account or raise its limit at the provider, or choose another one.",
            Self::ModelGone => "Choose another model or voice in Settings.",
            Self::Refused => "Check model, voice and language in Settings.",
            Self::SoundRefused => "Choose another model or provider for speech in Settings.",
            Self::TooLarge => "Say it in shorter pieces.",
            Self::Busy => "Wait a moment, then try again, or choose another provider.",
            Self::ServiceFailed => "Try again in a moment, or choose another provider.",
            Self::Garbled | Self::CutShort | Self::EmptyAnswer => "Try again; if it stays, choose another provider.",
            Self::NearCap => "Nothing is to be done yet. Figures tell what cost most; the limit can be changed there.",
            Self::CapReached => "Raise the limit under Figures, or wait for the next month.",
            Self::KeyringMissing => "Start the system's keyring, or use the key for this session only.",
            Self::KeyringLocked => "Unlock the system's keyring, or use the key for this session only.",
            Self::KeyringStuck => "Restart the system's keyring, or use the key for this session only.",
        }
    }
}

/// A failure: its kind, who it came from, and a detail that never holds speech or keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Error {
    /// Decides retry, breaker and wording.
    pub kind: ErrorKind,
    /// The provider, device or file that failed.
    pub source: String,
    /// What exactly, for a person: a path, a package, a list of what is possible. Never speech, never a key.
    pub detail: String,
    /// How long to leave the provider alone, in milliseconds, if it said so itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub retry_after_ms: Option<u32>,
}

impl Error {
    /// An error of `kind` from `source`.
    pub fn new(kind: ErrorKind, source: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { kind, source: source.into(), detail: detail.into(), retry_after_ms: None }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.source, self.detail, self.kind.advice())
    }
}

impl std::error::Error for Error {}
