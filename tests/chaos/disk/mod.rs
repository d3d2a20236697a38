//! A disk that fails at any step: every open, write, sync, rename of the whole store, SQLite's own among them, fails once,
//! or from there on, in each of four ways. `WILCO_CHAOS_DISK` says how many of them are left out between two tries: 1 tries
//! every call in every way.

use crate::{act, witness::Promised};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// ENOSPC, EIO, EROFS, EMFILE on Linux.
const SAYS: [i32; 4] = [28, 5, 30, 24];
/// Turns of a child: enough for settings, a star, a name and an export.
const TURNS: usize = 6;
const TEST: &str = "disk::no_failing_call_is_called_kept";

#[test]
fn no_failing_call_is_called_kept() {
    if act::is_child() {
        return;
    }
    let tools = tempfile::tempdir().expect("a folder");
    let fail = built(tools.path());
    let calls = run(&fail, None, "no fault").1;
    assert!(calls > 100, "{calls} calls: the children are not watched");
    let stride = std::env::var("WILCO_CHAOS_DISK").ok().and_then(|text| text.parse().ok()).unwrap_or(37);
    let all = (0..calls).flat_map(|at| SAYS.map(|says| [(at, says, 1), (at, says, 1_000_000)])).flatten();
    let (mut runs, mut kept) = (0, 0);
    for fault in all.step_by(stride) {
        kept += run(&fail, Some(fault), &format!("call, errno, length {fault:?}")).0;
        runs += 1;
    }
    println!("{runs} faults over {calls} calls, {kept} turns promised, none lost");
    assert!(kept > runs, "a fault that passes costs no more than itself: {kept} turns in {runs} runs");
}

/// Runs a child with one fault; gives how many turns it was promised and how many calls it made.
fn run(fail: &Path, fault: Option<(usize, i32, usize)>, when: &str) -> (usize, usize) {
    let home = tempfile::tempdir().expect("a home");
    let child = act::child(TEST, home.path(), TURNS, |command| {
        command.env("LD_PRELOAD", fail).env("WILCO_FAIL_UNDER", home.path());
        if let Some((at, says, length)) = fault {
            command.env("WILCO_FAIL_AT", at.to_string()).env("WILCO_FAIL_SAYS", says.to_string());
            command.env("WILCO_FAIL_FOR", length.to_string());
        }
    });
    let ended = child.wait_with_output().expect("its end");
    let [said, errors] = [&ended.stdout, &ended.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    assert!(ended.status.success() && said.contains("chaos closed"), "{when}: {:?}\n{said}\n{errors}", ended.status);
    let mut promised = Promised::default();
    said.lines().for_each(|line| promised.hear(line));
    promised.is_true(home.path(), when);
    let calls = errors.lines().find_map(|line| line.strip_prefix("calls ")?.parse().ok()).expect("a count of calls");
    (promised.turns(), calls)
}

/// The library that lets calls fail, built by the compiler that SQLite was built with.
fn built(folder: &Path) -> PathBuf {
    let (source, library) =
        (concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/chaos/disk/fail.c"), folder.join("fail.so"));
    let built =
        Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).arg("-ldl").status();
    assert!(built.expect("a C compiler").success());
    library
}
