//! What stands around all providers of a stage, so that the turn goes on when one of them fails:
//!
//! ```text
//!   route ▸ breaker ▸ permit ▸ hedge ▸ attempt ▸ provider
//!
//!   relay ── order, record ──▶ race ── attempts, hedge ──▶ guard ──▶ cloud/, local/
//!     │        ▲                 │
//!     └────── health ◀───────────┘     probes: who rests is asked again while nobody talks
//! ```
//!
//! `attempts`, `order`, `hedge`, `breaker`, `budget`, `pace`, `blame` and `lost` are pure: what time it is, and what chance
//! says, is told to them.

mod attempts;
mod blame;
mod breaker;
mod budget;
mod health;
mod hedge;
mod kept;
mod lost;
mod order;
mod pace;
mod probes;
mod race;
mod record;
mod relay;
mod running;
#[cfg(test)]
mod tests;

use blame::Blame;
pub use health::Health;
pub use kept::Kept;
pub(crate) use probes::look_after;
pub use relay::{Ask, Candidate, Now, Passed, Relay, Rules, Shunned, Start, Then, Told};
