//! One heap for all threads. The GNU C library gives each thread one of its own, up to eight a core, and none of them gives
//! back what it once had: at a hundred conversations, with a microphone's thread each, that is 5 MiB more for nothing. Its own
//! file because it speaks to that library.
#![allow(unsafe_code, reason = "a function of the C library that takes two numbers")]

/// From malloc.h.
const M_ARENA_MAX: i32 = -8;

unsafe extern "C" {
    fn mallopt(what: i32, value: i32) -> i32;
}

/// Before the first thread is started.
pub(crate) fn share() {
    // SAFETY: takes any numbers, touches no memory of ours; where it refuses, all stays as it was
    unsafe { mallopt(M_ARENA_MAX, 1) };
}
