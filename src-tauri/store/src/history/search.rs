//! Full-text search in any language. Its own file because what a person types is data here and never the index's own query
//! language, and because words of one or two letters, which are whole words in Chinese and Japanese, go another way.

use super::{keeper::Keeper, lists::bounds, rows};
use memchr::memmem;
use rusqlite::{Connection, Result as Sql, Row, functions::FunctionFlags, params_from_iter, types::Value};
use voice::{ConversationId, Error, Found, Page, Piece, TurnId};

/// The index knows three letters in a row.
const INDEXED: usize = 3;
/// Words of a query that are looked for; the rest changes nothing.
const WORDS: usize = 12;
/// About so many characters of a snippet stand before the match, and after it.
const AROUND: usize = 60;
/// Marks of the index around a match; Unicode keeps them for such uses within one program.
const OPEN: char = '\u{fdd0}';
const CLOSE: char = '\u{fdd1}';

impl Keeper {
    pub(crate) fn search(&mut self, text: &str, page: Page) -> Result<Vec<Found>, Error> {
        let words = words(text);
        if words.is_empty() {
            return Ok(Vec::new());
        }
        self.read(|db| search(db, &words, page))
    }
}

/// Turns in which every word occurs, newest first.
fn search(db: &Connection, words: &[String], page: Page) -> Sql<Vec<Found>> {
    let [before, most] = bounds(page);
    let (long, short): (Vec<&String>, Vec<&String>) = words.iter().partition(|word| word.chars().count() >= INDEXED);
    let mut values = Vec::new();
    let mut sql = "SELECT turns.id, conversation, at, ".to_owned();
    if long.is_empty() {
        sql += "turns.transcript, turns.reply FROM turns WHERE true";
    } else {
        sql += &format!(
            "highlight(words, 0, '{OPEN}', '{CLOSE}') AS transcript, highlight(words, 1, '{OPEN}', '{CLOSE}') AS reply
             FROM words JOIN turns ON turns.id = words.rowid WHERE words MATCH ?"
        );
        let quoted: Vec<String> = long.iter().map(|word| format!("\"{}\"", word.replace('"', "\"\""))).collect();
        values.push(Value::Text(quoted.join(" AND ")));
    }
    for word in &short {
        let (any, looks) = any_case(word);
        sql += &any;
        values.extend(looks.into_iter().map(Value::Text));
    }
    let number = if long.is_empty() { "turns.id" } else { "words.rowid" };
    sql += &format!(" AND {number} < ? ORDER BY {number} DESC LIMIT ?");
    values.extend([Value::Integer(before), Value::Integer(most)]);
    let mut query = db.prepare_cached(&sql)?;
    query.query_map(params_from_iter(values), |row| found(row, &short))?.collect()
}

/// What is looked for: what stands between blanks. A zero ends a text for SQLite and means nothing to a person.
fn words(text: &str) -> Vec<String> {
    text.split(|c: char| c.is_whitespace() || c == '\0')
        .filter(|word| !word.is_empty())
        .take(WORDS)
        .map(str::to_owned)
        .collect()
}

/// A condition that `word` occurs, however it is written, and the values for it. `LIKE` knows capitals of English only, and
/// is quick with English only.
fn any_case(word: &str) -> (String, Vec<String>) {
    if word.is_ascii() {
        let escaped = word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let like = " AND (turns.transcript LIKE ? ESCAPE '\\' OR turns.reply LIKE ? ESCAPE '\\')";
        return (like.to_owned(), vec![format!("%{escaped}%"); 2]);
    }
    let ways = spellings(word);
    (format!(" AND holds(turns.transcript, turns.reply{})", ", ?".repeat(ways.len())), ways)
}

/// Every way to write one or two letters in capitals or small ones; a longer word as a whole.
fn spellings(word: &str) -> Vec<String> {
    let (small, capital) = (|c: char| c.to_lowercase().to_string(), |c: char| c.to_uppercase().to_string());
    let mut ways = vec![String::new()];
    for c in word.chars().take(INDEXED - 1) {
        ways = ways.iter().flat_map(|way| [format!("{way}{}", small(c)), format!("{way}{}", capital(c))]).collect();
    }
    ways.sort_unstable();
    ways.dedup();
    ways
}

/// Teaches `db` the function `holds`: whether one of the first two texts holds one of the others.
pub(crate) fn teach(db: &Connection) -> Sql<()> {
    db.create_scalar_function(
        "holds",
        -1,
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC,
        |context| {
            // as bytes: whether they are letters does not matter, and to find out takes as long as the search
            let bytes = |at| context.get_raw(at).as_bytes().unwrap_or_default();
            let (one, other) = (bytes(0), bytes(1));
            let mut words = (2..context.len()).map(bytes);
            Ok(words.any(|word| memmem::find(one, word).or_else(|| memmem::find(other, word)).is_some()))
        },
    )
}

fn found(row: &Row<'_>, short: &[&String]) -> Sql<Found> {
    let [transcript, reply] = ["transcript", "reply"].map(|column| row.get::<_, String>(column));
    let [transcript, reply] = [pieces(&transcript?, short), pieces(&reply?, short)];
    let in_reply = !has_hit(&transcript) && has_hit(&reply);
    Ok(Found {
        turn: TurnId(rows::unsigned(row.get("id")?)),
        conversation: ConversationId(rows::unsigned(row.get("conversation")?)),
        at: row.get("at")?,
        in_reply,
        snippet: cut(if in_reply { reply } else { transcript }),
    })
}

fn has_hit(pieces: &[Piece]) -> bool {
    pieces.iter().any(|piece| piece.hit)
}

/// The text with its matches told apart: those that the index marked, or else those of the short words.
fn pieces(marked: &str, short: &[&String]) -> Vec<Piece> {
    let mut all = Vec::new();
    if marked.contains(OPEN) {
        for (at, stretch) in marked.split(OPEN).enumerate() {
            let (hit, rest) = if at == 0 { ("", stretch) } else { stretch.split_once(CLOSE).unwrap_or((stretch, "")) };
            push(&mut all, hit, true);
            push(&mut all, rest, false);
        }
        return all;
    }
    let ways: Vec<String> = short.iter().flat_map(|word| spellings(word)).filter(|way| !way.is_empty()).collect();
    let (mut from, mut at) = (0, 0);
    while let Some(rest) = marked.get(at..).filter(|rest| !rest.is_empty()) {
        if let Some(way) = ways.iter().find(|way| rest.starts_with(way.as_str())) {
            push(&mut all, marked.get(from..at).unwrap_or_default(), false);
            push(&mut all, way, true);
            at += way.len();
            from = at;
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    push(&mut all, marked.get(from..).unwrap_or_default(), false);
    all
}

fn push(all: &mut Vec<Piece>, text: &str, hit: bool) {
    if !text.is_empty() {
        all.push(Piece { text: text.replace([OPEN, CLOSE], ""), hit });
    }
}

/// What stands around the first match.
fn cut(pieces: Vec<Piece>) -> Vec<Piece> {
    let first = pieces.iter().position(|piece| piece.hit).unwrap_or(0);
    let mut left = 2 * AROUND;
    let mut snippet = Vec::new();
    for (at, Piece { text, hit }) in pieces.into_iter().enumerate().skip(first.saturating_sub(1)) {
        let length = text.chars().count();
        let text = if at < first {
            let tail: String = text.chars().skip(length.saturating_sub(AROUND)).collect();
            if length > AROUND { format!("…{tail}") } else { tail }
        } else if length > left {
            format!("{}…", text.chars().take(left).collect::<String>())
        } else {
            text
        };
        left = left.saturating_sub(length.min(if at < first { AROUND } else { length }));
        snippet.push(Piece { text, hit });
        if left == 0 {
            break;
        }
    }
    snippet
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(pieces: &[Piece]) -> String {
        pieces.iter().map(|piece| if piece.hit { format!("[{}]", piece.text) } else { piece.text.clone() }).collect()
    }

    #[test]
    fn a_snippet_stands_around_the_first_match() {
        let text = format!("{}{OPEN}needle{CLOSE} after", "before ".repeat(40));
        let snippet = marked(&cut(pieces(&text, &[])));
        assert!(snippet.starts_with('…') && snippet.ends_with("before [needle] after"), "{snippet}");
        assert!(snippet.chars().count() < 80);
        let late = cut(pieces(&format!("{OPEN}a{CLOSE}{}", "b".repeat(999)), &[]));
        assert_eq!(late.iter().map(|piece| piece.text.chars().count()).sum::<usize>(), 121);
    }

    #[test]
    fn short_words_are_told_apart_in_any_case() {
        let word = "да".to_owned();
        assert_eq!(marked(&pieces("Да, ДА и да", &[&word])), "[Да], [ДА] и [да]");
        assert_eq!(marked(&pieces("天気は?", &[&"天気".to_owned()])), "[天気]は?");
    }

    #[test]
    fn no_text_makes_it_panic() {
        for text in ["", "\u{fdd0}", "\u{fdd1}\u{fdd0}\u{fdd0}x", "é\u{301}", "🙂a"] {
            cut(pieces(text, &[&"a".to_owned(), &String::new()]));
        }
    }
}
