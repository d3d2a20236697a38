//! The engines on this machine: what a new user meets before adding a key. One file each; the rest is what they share.

pub(crate) mod apertium;
mod decoders;
pub(crate) mod echo;
pub(crate) mod espeak;
mod ffi;
pub(crate) mod flite;
mod grammar;
pub(crate) mod no_model;
mod pieces;
pub mod pocketsphinx;
mod speaking;
mod thread;
mod utterance;

use voice::{Error, ErrorKind};

/// A library, model or program is absent: says which package brings it.
fn missing(engine: &str, what: &str, package: &str) -> Error {
    let detail = format!("{what}; install the package {package} (Debian, Ubuntu: apt install {package}).");
    Error::new(ErrorKind::EngineMissing, engine, detail)
}

/// The engine is there but did not do its work.
fn failed(engine: &str, what: &str) -> Error {
    Error::new(ErrorKind::EngineFailed, engine, what)
}

/// It cannot do what was asked; `able` lists what it can.
fn unsupported(engine: &str, able: &str) -> Error {
    Error::new(ErrorKind::Unsupported, engine, able)
}

#[cfg(test)]
mod tests;
