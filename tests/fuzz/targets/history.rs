//! A file that is said to be an exported history.

#![no_main]

use futures_util::FutureExt;
use libfuzzer_sys::fuzz_target;
use std::{cell::RefCell, fs};
use store::{History, Imported, Paths};
use tempfile::TempDir;
use voice::{Error, ErrorKind};

/// Inputs that one history takes.
const MANY: u32 = 500;

struct Kept {
    history: History,
    home: TempDir,
    taken: u32,
}

impl Kept {
    fn new() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let paths = Paths::in_folders(home.path(), home.path(), home.path());
        let history = History::open(Some(paths), 1_760_000_000_000, |error| panic!("{error:?}"));
        Self { history, home, taken: 0 }
    }

    fn import(&self) -> Result<Imported, Error> {
        let mut import = self.history.import(self.home.path().join("export.json"));
        loop {
            // a thread does it; no runtime is needed to wait for it
            if let Some(done) = (&mut import).now_or_never() {
                return done;
            }
            std::thread::yield_now();
        }
    }
}

thread_local! {
    static KEPT: RefCell<Kept> = RefCell::new(Kept::new());
}

fuzz_target!(|data: &[u8]| {
    KEPT.with_borrow_mut(|kept| {
        if kept.taken == MANY {
            *kept = Kept::new();
        }
        kept.taken += 1;
        fs::write(kept.home.path().join("export.json"), data).expect("written");
        match kept.import() {
            Err(error) => assert!([ErrorKind::NotAnExport, ErrorKind::NewerFile].contains(&error.kind), "{error:?}"),
            Ok(first) => {
                let again = kept.import().expect("imported again");
                assert_eq!((again.taken, again.refused), (0, first.refused), "a second import changes nothing");
                assert_eq!(again.known, first.taken + first.known);
            }
        }
    });
});
