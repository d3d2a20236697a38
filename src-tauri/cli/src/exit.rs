//! Exit codes: what a script can tell from how we ended.

use std::process::ExitCode;
use voice::{Error, ErrorKind, Outcome};

/// The codes, for `--help`.
pub(crate) const TABLE: &str = "Exit codes:
  0  done                       5  the file holds no sound
  1  failed while working       6  nobody speaks in it (silence)
  2  wrong arguments            7  too short to hold a word
  3  file not found             8  longer than ten minutes
  4  not a readable WAV file    9  an engine or device is missing
                               10  the app is not running";

/// How a verb ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Done = 0,
    Failed = 1,
    Arguments = 2,
    FileMissing = 3,
    NotWav = 4,
    Empty = 5,
    NoSpeech = 6,
    TooShort = 7,
    TooLong = 8,
    Missing = 9,
    NotRunning = 10,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<ErrorKind> for Exit {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::FileMissing => Self::FileMissing,
            ErrorKind::NotWav => Self::NotWav,
            ErrorKind::NotKept | ErrorKind::NotAnExport => Self::Arguments,
            ErrorKind::Empty => Self::Empty,
            ErrorKind::TooLong => Self::TooLong,
            ErrorKind::BadSetting => Self::Arguments,
            ErrorKind::EngineMissing
            | ErrorKind::Unsupported
            | ErrorKind::NoMicrophone
            | ErrorKind::NoSpeaker
            | ErrorKind::PermissionDenied => Self::Missing,
            _ => Self::Failed,
        }
    }
}

impl From<Outcome> for Exit {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done | Outcome::Partial => Self::Done,
            Outcome::NoSpeech => Self::NoSpeech,
            Outcome::TooShort => Self::TooShort,
            Outcome::Cancelled | Outcome::SavedForRetry => Self::Failed,
        }
    }
}

/// A verb that could not be done, and why.
#[derive(Debug)]
pub(crate) struct Failed {
    exit: Exit,
    message: String,
}

impl Failed {
    /// Anything without a kind of its own.
    pub(crate) fn other(error: &dyn std::fmt::Display) -> Self {
        Self { exit: Exit::Failed, message: error.to_string() }
    }

    /// What was asked for is possible, but not by these arguments.
    pub(crate) fn arguments(message: &str) -> Self {
        Self { exit: Exit::Arguments, message: message.into() }
    }

    /// The app that was asked for is not there.
    pub(crate) fn not_running() -> Self {
        Self { exit: Exit::NotRunning, message: "Wilco is not running; start it first".into() }
    }

    /// Says why on standard error and gives the code.
    pub(crate) fn told(self) -> Exit {
        eprintln!("wilco: {}", self.message);
        self.exit
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self { exit: error.kind.into(), message: error.to_string() }
    }
}
