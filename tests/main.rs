//! The tests of the whole, in one binary. This list is the table of contents.
#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

mod cloud;
mod commands;
mod conversations;
mod interrupt;
mod kept;
mod keys;
mod rooms;
mod spending;
mod turn;
mod wishes;
