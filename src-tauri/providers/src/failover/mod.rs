//! What stands around all providers of a stage, so that the turn goes on when one of them fails:
//!
//! ```text
//!   route ▸ breaker ▸ permit ▸ hedge ▸ attempt ▸ provider
//! ```
//!
//! `breaker`, `budget`, `pace` and `blame` are pure: what time it is, and what chance says, is told to them.

mod blame;
mod breaker;
mod budget;
mod pace;
