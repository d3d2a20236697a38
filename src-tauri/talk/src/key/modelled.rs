//! The gate in every order in which two threads can meet. Its own file because the same lines are built here over
//! atomics of the model checker.

#[path = "gate.rs"]
#[allow(clippy::duplicate_mod, reason = "the same lines over other atomics")]
mod gate;

use loom::{
    sync::Arc,
    sync::atomic::{AtomicBool, AtomicU8, Ordering},
    thread,
};

/// The desk lets go while the microphone's worker brings packets, and the tail's timer may close the microphone between
/// any two of them: one of the two says that it is quiet, once, and never before the key is up.
#[test]
fn whoever_is_last_says_that_it_is_quiet() {
    let cases: [(&[bool], bool); 5] = [
        (&[false, false, false, false, false], true),
        (&[false, false, false], true),
        (&[true, false, false, false], true),
        (&[false, false, true, false, false], false),
        (&[true, true], false),
    ];
    for ((packets, quiet), timer) in cases.into_iter().flat_map(|case| [(case, false), (case, true)]) {
        loom::model(move || tail(packets, quiet, timer));
    }
}

fn tail(packets: &'static [bool], quiet: bool, timer: bool) {
    let gate = Arc::new(gate::Gate::new());
    let (up, open) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(true)));
    let said = Arc::new(AtomicU8::new(0));
    let worker = {
        let (gate, up, open, said) = (gate.clone(), up.clone(), open.clone(), said.clone());
        thread::spawn(move || {
            for voiced in packets.iter().take_while(|_| open.load(Ordering::Acquire)) {
                if gate.heard(*voiced) {
                    assert!(up.load(Ordering::Acquire), "told before the key was up");
                    said.fetch_add(1, Ordering::AcqRel);
                }
            }
        })
    };
    up.store(true, Ordering::Release);
    if gate.release() {
        said.fetch_add(1, Ordering::AcqRel);
    }
    if timer {
        open.store(false, Ordering::Release);
    }
    worker.join().unwrap();
    let said = said.load(Ordering::Acquire);
    assert!(said <= u8::from(quiet), "told {said} times of {packets:?}");
    assert!(timer || said == u8::from(quiet), "nobody told of {packets:?}");
}
