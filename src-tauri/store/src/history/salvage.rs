//! What can be read of a damaged database, row by row. Its own file because it is the one place that goes on after an
//! error: it looks from both ends, and then between the places where it was stopped.

use super::{reached, rows, spent};
use rusqlite::{Connection, OpenFlags, Result, Row, params};
use std::{collections::VecDeque, path::Path};

/// Stretches that are looked at before the rest is given up.
const MOST: usize = 4_000;

/// Carries every row of the database at `from` that can be read over to `db`; gives how many turns.
pub(crate) fn all(from: &Path, db: &Connection) -> usize {
    let Ok(old) = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_WRITE) else { return 0 };
    // thousands of rows, one sync; what fails of them is not there, as before
    let Ok(step) = db.unchecked_transaction() else { return 0 };
    each(&old, "conversations", |row| {
        let name: String = row.get("name")?;
        db.execute(
            "INSERT OR IGNORE INTO conversations VALUES (?, ?, ?)",
            params![row.get::<_, i64>("id")?, name, row.get::<_, bool>("starred")?],
        )
    });
    let turns = each(&old, "turns", |row| {
        rows::put(db, &rows::entry(row)?)?;
        Ok(1)
    });
    each(&old, "spent", |row| spent::carry(db, row));
    each(&old, "reached", |row| reached::carry(db, row));
    if step.commit().is_ok() { turns } else { 0 }
}

/// Gives every row of `table` that can be read to `take`, and how many it took.
fn each(old: &Connection, table: &str, mut take: impl FnMut(&Row<'_>) -> Result<usize>) -> usize {
    let up = format!("SELECT * FROM {table} WHERE id BETWEEN ? AND ? ORDER BY id");
    let down = format!("{up} DESC");
    let (mut taken, mut looked) = (0, 0);
    let mut stretches = VecDeque::from([(0, i64::MAX)]);
    while let Some((low, high)) = stretches.pop_front() {
        looked += 1;
        if low > high || looked > MOST {
            continue;
        }
        let (last, whole) = walk(old, &up, (low, high), &mut take, &mut taken);
        if whole {
            continue;
        }
        let low = last.map_or(low, |last| last + 1);
        let (first, whole) = walk(old, &down, (low, high), &mut take, &mut taken);
        let high = first.map_or(high, |first| first - 1);
        if !whole && low < high {
            let middle = low + (high - low) / 2;
            stretches.extend([(low, middle), (middle + 1, high)]);
        }
    }
    taken
}

/// Walks one way until the end or an error: the last row that could be read, and whether it came to the end.
fn walk(
    old: &Connection,
    sql: &str,
    (low, high): (i64, i64),
    take: &mut impl FnMut(&Row<'_>) -> Result<usize>,
    taken: &mut usize,
) -> (Option<i64>, bool) {
    let mut last = None;
    let mut all = || -> Result<()> {
        let mut query = old.prepare_cached(sql)?;
        let mut found = query.query([low, high])?;
        while let Some(row) = found.next()? {
            let id = row.get("id")?;
            // a row whose columns make no sense is passed over
            *taken += take(row).unwrap_or(0);
            last = Some(id);
        }
        Ok(())
    };
    let whole = all().is_ok();
    (last, whole)
}
