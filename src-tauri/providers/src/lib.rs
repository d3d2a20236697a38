//! Services in the cloud and engines on this machine, looked up by name.
//!
//! ```text
//!   name ──▶ table ──▶ Provider { hear, respond, translate, say }      a function from a stream to a stream
//!              │
//!              └─ local/   an engine on this machine, on a thread or in processes of its own
//!                   pocketsphinx   packets ─▶ Words     flite, espeak-ng   phrase ─▶ packets
//!                   apertium       words ─▶ text        echo, no-model     words ─▶ text
//! ```
//!
//! The stream that comes back does the work while it is polled, and dropping it drops the work. An engine whose library,
//! model or program is absent is an error that names the package; everything else goes on without it.

mod local;
mod table;

pub use local::pocketsphinx;
pub use table::{Places, Table};
