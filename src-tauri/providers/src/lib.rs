//! Services in the cloud and engines on this machine, looked up by name.
//!
//! ```text
//!   failover   around all of them: who is asked, who next, who beside, who rests
//!      │
//!   name ──▶ table ──▶ Provider { hear, respond, translate, say }      a function from a stream to a stream
//!              │
//!              ├─ noted ─▶ guard ─▶ cloud/   a service: ledger, permit, limits of time and size around one file per vendor
//!              │             └─ vendor: address and key ─▶ net: the one client ─▶ sse, socket; fault: what went wrong
//!              │                     listen, dialect, shelf, pace: an utterance over a socket that lives from turn to turn
//!              │                     contexts: phrases over one
//!              └─ local/   an engine on this machine, on a thread or in processes of its own
//!                   pocketsphinx   packets ─▶ Words     flite, espeak-ng   phrase ─▶ packets
//!                   apertium       words ─▶ text        echo, no-model     words ─▶ text
//! ```
//!
//! The stream that comes back does the work while it is polled, and dropping it drops the work. An engine whose library,
//! model or program is absent is an error that names the package; everything else goes on without it.

mod attachment;
mod cloud;
mod contexts;
mod dialect;
mod failover;
mod fault;
mod guard;
mod ledger;
mod listen;
mod local;
#[cfg(test)]
mod loopback;
mod names;
mod net;
mod noted;
mod pace;
mod reach;
mod shelf;
mod socket;
mod sse;
mod table;
mod vendor;

pub use attachment::attachment;
pub use failover::{Ask, Candidate, Health, Kept, Now, Passed, Relay, Rules, Shunned, Start, Then, Told};
pub use ledger::Ledger;
pub use local::pocketsphinx;
pub use noted::{Line, Noted};
pub use table::{Places, Table};
