//! The vendors: one file and one row each.

mod anthropic;
mod assemblyai;
mod azure;
mod cartesia;
mod deepgram;
mod deepl;
mod elevenlabs;
mod gemini;
mod google;
mod libretranslate;
mod openai;
mod piper;
mod soniox;
mod wyoming;
mod yandex;

use crate::{asked::Desk, ledger::Line, watch::Counted};
use axum::Router;
use std::pin::Pin;

/// A row of the table.
pub(crate) struct Vendor {
    /// As in the provider table.
    pub(crate) name: &'static str,
    /// Other providers of the table that are asked at the same address.
    pub(crate) also: &'static [&'static str],
    /// What follows host and port in its base address, for instance `/v1`; its routes begin with it.
    pub(crate) path: &'static str,
    pub(crate) serve: Serve,
}

/// How it is spoken to.
#[derive(Clone, Copy)]
pub(crate) enum Serve {
    /// Over HTTP, WebSockets included.
    Http(fn(&Desk) -> Router<Desk>),
    /// By a protocol of its own over TCP. `Line::request` opens an entry of the ledger.
    Tcp(Talk),
}

/// A conversation over one connection.
type Talk = fn(Desk, Box<Counted>, Line) -> Pin<Box<dyn Future<Output = ()> + Send>>;

/// Every vendor, in the order of their ports.
pub(crate) const ROWS: &[Vendor] = &[
    openai::ROW,
    deepgram::ROW,
    anthropic::ROW,
    elevenlabs::ROW,
    cartesia::ROW,
    gemini::ROW,
    soniox::ROW,
    assemblyai::ROW,
    deepl::ROW,
    google::ROW,
    azure::ROW,
    yandex::ROW,
    libretranslate::ROW,
    piper::ROW,
    wyoming::HEAR,
    wyoming::SAY,
];
