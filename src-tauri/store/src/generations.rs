//! A text file in two generations, each of which says itself whether it is whole. Its own file because it decides only
//! which of two texts is to be believed; what they say is the settings' own matter.
//!
//! The first line greets, the last line holds a sum of all before it. A person may edit the file: then the sum is wrong,
//! but both lines are there. A file that was torn has lost its last line. A file without the greeting was written by hand.

use crate::files;
use std::{io, path::Path};

/// The first line of a file we wrote.
const GREETING: &str = "# Settings of Wilco; edit freely.";
/// How its last line begins; the sum follows.
const SEAL: &str = "# whole ";
/// No settings are longer, in bytes.
const LONGEST: u64 = 1 << 20;

/// A generation that is there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// No such file.
    Nothing,
    /// What it says, the greeting and the seal included.
    Text(String),
    /// It cannot be believed.
    Torn,
}

/// The generation at `path`.
///
/// # Errors
/// What the disk says.
pub(crate) fn read(path: &Path) -> io::Result<Found> {
    let bytes = match files::read(path, LONGEST) {
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => return Ok(Found::Torn),
        read => read?,
    };
    let Some(bytes) = bytes else { return Ok(Found::Nothing) };
    let Ok(text) = String::from_utf8(bytes) else { return Ok(Found::Torn) };
    let sealed = text.trim_end().lines().next_back().is_some_and(|line| line.starts_with(SEAL));
    Ok(if text.starts_with(GREETING) && !sealed { Found::Torn } else { Found::Text(text) })
}

/// Whether `text` is as we wrote it, to the letter.
pub(crate) fn is_untouched(text: &str) -> bool {
    let Some((body, seal)) = text.rsplit_once(SEAL) else { return false };
    seal.trim_end() == sum(body)
}

/// Replaces `path` by `body`, sealed, after what it held so far, `before`, went to `older`.
///
/// # Errors
/// What the disk says; then both files are whole, and one of them is the one from before.
pub(crate) fn write(path: &Path, older: &Path, before: Option<&str>, body: &str) -> io::Result<String> {
    if let Some(before) = before {
        files::replace(older, before.as_bytes())?;
    }
    let body = format!("{GREETING}\n{body}");
    let body = if body.ends_with('\n') { body } else { body + "\n" };
    let text = format!("{body}{SEAL}{}\n", sum(&body));
    files::replace(path, text.as_bytes())?;
    Ok(text)
}

fn sum(body: &str) -> String {
    format!("{:08x}", crc32fast::hash(body.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_cut_anywhere_is_torn_or_as_it_was() {
        let home = tempfile::tempdir().unwrap();
        let (path, older) = (home.path().join("a"), home.path().join("b"));
        let text = write(&path, &older, None, "[x]\ny = 1").unwrap();
        assert!(is_untouched(&text));
        for cut in 1..text.len() - 1 {
            fs::write(&path, &text[..cut]).unwrap();
            match read(&path).unwrap() {
                Found::Torn => {}
                // less than the greeting, or with the last letters of the seal missing
                Found::Text(text) => assert!(!is_untouched(&text), "{cut}"),
                Found::Nothing => panic!("{cut}"),
            }
        }
    }

    #[test]
    fn a_hand_may_write() {
        let home = tempfile::tempdir().unwrap();
        let (path, older) = (home.path().join("a"), home.path().join("b"));
        let ours = write(&path, &older, None, "y = 1\n").unwrap();
        for by_hand in ["y = 2\n".to_owned(), ours.replace("y = 1", "y = 2")] {
            fs::write(&path, &by_hand).unwrap();
            assert_eq!(read(&path).unwrap(), Found::Text(by_hand));
        }
    }
}
