//! The tests of the whole, in one binary. This list is the table of contents.

mod support;

mod interrupt;
mod kept;
mod rooms;
mod turn;
mod wishes;
