//! Children that are killed at any instant: while they begin and end turns, save settings and export, and while they bring
//! an older database to today's shape. `WILCO_CHAOS_KILLS` says how often, `WILCO_CHAOS_SEED` repeats a run.

use crate::{act, witness::Promised};
use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::Child,
    thread,
    time::Duration,
};

/// Turns that a child would do if nobody killed it.
const ENDLESS: usize = 1_000_000;
/// Turns of the older database.
const OLD: u64 = 4_000;

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Numbers that a seed repeats (Knuth's constants for 64 bits).
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        let seed = number("WILCO_CHAOS_SEED", u64::from(std::process::id()));
        println!("WILCO_CHAOS_SEED={seed}");
        Self(seed)
    }

    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

/// Hears a child until it has said `lines` lines, gives it `more`, kills it, and hears the rest.
fn kill(mut child: Child, lines: u64, more: Duration, promised: &mut Promised) {
    let mut said = BufReader::new(child.stdout.take().expect("its output")).lines().map_while(Result::ok);
    let ours = |line: &String| line.starts_with(act::SAID);
    for line in said.by_ref().filter(ours).take(lines as usize) {
        promised.hear(&line);
    }
    thread::sleep(more);
    child.kill().expect("killed");
    said.for_each(|line| promised.hear(&line));
    child.wait().expect("its end");
}

#[test]
fn a_killed_child_keeps_what_it_promised() {
    if act::is_child() {
        return;
    }
    let (home, mut dice, mut promised) = (tempfile::tempdir().expect("a home"), Dice::new(), Promised::default());
    let kills = number("WILCO_CHAOS_KILLS", 16);
    for count in 1..=kills {
        let child = act::child("kill::a_killed_child_keeps_what_it_promised", home.path(), ENDLESS, |_| ());
        let (lines, more) = (1 + dice.below(60), Duration::from_micros(dice.below(6_000)));
        kill(child, lines, more, &mut promised);
        let (told, unended) = promised.is_true(home.path(), &format!("kill {count}"));
        assert!(told.is_empty(), "kill {count}: {told:?}");
        assert!(unended <= count as usize, "one turn was under way at each kill");
    }
    assert!(promised.turns() as u64 > kills, "{} turns in {kills} kills", promised.turns());
    println!("{kills} kills, {} turns promised, none lost", promised.turns());
}

/// The version that this program writes.
const TODAY: u32 = 6;

#[test]
fn a_killed_migration_is_done_or_not_begun() {
    if act::is_child() {
        return;
    }
    let (old, mut dice) = (tempfile::NamedTempFile::new().expect("a file"), Dice::new());
    older(old.path());
    let kills = number("WILCO_CHAOS_KILLS", 16) / 3;
    let mut half = 0;
    for count in 1..=kills {
        let home = tempfile::tempdir().expect("a home");
        let history = act::paths(home.path()).history;
        fs::create_dir_all(history.parent().expect("a folder")).expect("a folder");
        fs::copy(old.path(), &history).expect("a copy");
        let child = act::child("kill::a_killed_migration_is_done_or_not_begun", home.path(), 1, |_| ());
        kill(child, 1, Duration::from_micros(dice.below(400_000)), &mut Promised::default());
        half += u32::from(version(&history) < TODAY);
        let (told, _) = Promised::default().is_true(home.path(), &format!("migration {count}"));
        assert!(told.is_empty(), "migration {count}: {told:?}");
        assert_eq!(version(&history), TODAY);
        let turns: u32 = open(&history).query_row("SELECT count(*) FROM turns", [], |row| row.get(0)).expect("a count");
        assert!((OLD + 2..=OLD + 3).contains(&turns.into()), "migration {count}: {turns} turns");
    }
    println!("{kills} kills, {half} of them before the migration was done");
}

/// A database of version 1 with many turns.
fn older(path: &Path) {
    let db = open(path);
    db.execute_batch(include_str!("../../src-tauri/store/src/history/tests/version_1.sql")).expect("version 1");
    let many = "INSERT INTO turns SELECT 1700000002000 + value, conversation, at, mode, mine, theirs,
        'words of ' || value || ' and ' || hex(randomblob(40)), reply, heard, 'done', failed_stage, failed_kind,
        answered_by, marks, release_to_first_audio_ms, NULL, 0
        FROM turns, generate WHERE turns.id = 1700000000000";
    let with =
        format!("WITH RECURSIVE generate (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM generate LIMIT {OLD})");
    db.execute_batch(&format!("{with} {many}")).expect("many turns");
}

fn open(path: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(path).expect("a database")
}

fn version(path: &Path) -> u32 {
    open(path).pragma_query_value(None, "user_version", |row| row.get(0)).expect("a version")
}
