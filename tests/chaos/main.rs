//! What is kept, under attack: killed at any instant, and on a disk that fails at any step. A binary of its own, owned by
//! `store`, because its children are this same binary again, and because it runs as often as an environment variable says.
#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod act;
#[cfg(target_os = "linux")]
mod disk;
mod kill;
mod witness;
