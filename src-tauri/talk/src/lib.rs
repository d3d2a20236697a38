//! Turns, order, time, cancellation: the core of Wilco. A shell brings a `House` (microphone, loudspeaker, engines,
//! settings), sends commands over a `Talk`, and gets events through an `Outlet`.
//!
//! ```text
//!  Command ─▶ talk ─▶ desk ─(key)─▶ turn ──▶ recorder ─▶ journal
//!                      │             │           │
//!                    wishes          │        packets
//!                      ▲             ▼           ▼
//!                      └── notes ── hear ─words─▶ think ─phrases─▶ speak ─▶ frames ─▶ loudspeaker
//!                                    └──────────────┴── marks ───────┘
//!  Event ◀── outlet ◀────────────── all of them
//! ```

mod booth;
mod checkup;
mod clock;
mod cue;
mod desk;
mod hear;
pub mod intent;
mod key;
pub mod keys;
mod latency;
mod lead;
pub mod phrase;
mod plan;
mod recall;
mod recorder;
mod reel;
mod reins;
pub mod remote;
mod retry;
mod speak;
mod spending;
mod support;
mod talk;
mod tape;
mod think;
mod told;
mod trial;
mod turn;
mod voicing;

pub use booth::Booth;
pub use clock::Clock;
pub use key::Finger;
pub use keys::Keys;
pub use support::Support;
pub use talk::{Gone, House, Talk};

/// Where events go: called in order from several threads, must not wait.
pub type Outlet = std::sync::Arc<dyn Fn(voice::Event) + Send + Sync>;
