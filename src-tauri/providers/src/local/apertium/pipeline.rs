//! The processes of one pair, kept alive between sentences. Its own file because it speaks Apertium's stream format and
//! nothing else does.

use super::{NAME, failed};
use std::path::Path;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use voice::Error;

/// Ends a sentence: a full stop that makes every part give out what it holds, then the byte on which they flush.
const FLUSH: &[u8] = b".[][\n]\0";

/// A chain of processes, each reading what the one before it writes. They are killed when it is dropped.
pub(super) struct Pipeline {
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    parts: Vec<Child>,
}

impl Pipeline {
    /// Starts the parts that a mode file names. Needs a tokio runtime around it.
    ///
    /// # Errors
    /// `EngineFailed` if the file cannot be read or a program of it is not here.
    pub(super) fn start(mode: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(mode).map_err(|_| failed(NAME, "Its mode file cannot be read."))?;
        let mut parts = Vec::new();
        let mut input = None;
        let mut output: Option<ChildStdout> = None;
        for part in commands(&text) {
            let source = match output.take() {
                None => Stdio::piped(),
                Some(before) => before.try_into().map_err(|_| failed(NAME, "Its processes could not be joined."))?,
            };
            let mut child = spawn(&part, source)?;
            input = input.or(child.stdin.take());
            output = child.stdout.take();
            parts.push(child);
        }
        match (input, output) {
            (Some(input), Some(output)) => Ok(Self { input, output: BufReader::new(output), parts }),
            _ => Err(failed(NAME, "Its mode file names no program.")),
        }
    }

    /// Translates one sentence.
    ///
    /// # Errors
    /// `EngineFailed` if a part of the chain has died; the chain is then of no more use.
    pub(super) async fn translate(&mut self, text: &str) -> Result<String, Error> {
        let died = |_| failed(NAME, "One of its processes died.");
        if !self.parts.iter_mut().all(|part| matches!(part.try_wait(), Ok(None))) {
            return Err(failed(NAME, "One of its processes had died."));
        }
        let mut request = escaped(text).into_bytes();
        request.extend_from_slice(FLUSH);
        self.input.write_all(&request).await.map_err(died)?;
        self.input.flush().await.map_err(died)?;
        let mut answer = Vec::new();
        self.output.read_until(0, &mut answer).await.map_err(died)?;
        if answer.pop() != Some(0) {
            return Err(failed(NAME, "One of its processes ended."));
        }
        Ok(unescaped(&String::from_utf8_lossy(&answer)))
    }
}

/// A program and its arguments, for each part of a mode file: `part 'file' | part $1 'file'`. `$1` asks the generator
/// to leave out its marks (`-n`), `$2` is for the tagger and stays out.
fn commands(mode: &str) -> Vec<Vec<String>> {
    let mut parts = Vec::new();
    for part in mode.split('|') {
        let mut words: Vec<String> = Vec::new();
        for (number, piece) in part.split('\'').enumerate() {
            match number % 2 {
                1 => words.push(piece.to_owned()),
                _ => words.extend(piece.split_whitespace().filter(|word| *word != "$2").map(|word| match word {
                    "$1" => "-n".to_owned(),
                    other => other.to_owned(),
                })),
            }
        }
        if !words.is_empty() {
            parts.push(words);
        }
    }
    parts
}

fn spawn(part: &[String], source: Stdio) -> Result<Child, Error> {
    let Some((program, arguments)) = part.split_first() else { return Err(failed(NAME, "A part has no program.")) };
    Command::new(program)
        .arg("-z")
        .args(arguments)
        .stdin(source)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|_| failed(NAME, &format!("{program} could not be started.")))
}

/// The signs that mean something in Apertium's stream format get a backslash; lines become one.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\0' | '\n' | '\r' => escaped.push(' '),
            '\\' | '/' | '[' | ']' | '{' | '}' | '<' | '>' | '^' | '$' | '@' => escaped.extend(['\\', letter]),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// Takes escapes, the blanks in square brackets, and the full stop of the flush out again.
fn unescaped(answer: &str) -> String {
    let mut text = String::with_capacity(answer.len());
    let mut letters = answer.chars();
    let mut blank = false;
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => text.extend(letters.next().filter(|_| !blank)),
            '[' => blank = true,
            ']' => blank = false,
            letter if !blank => text.push(letter),
            _ => {}
        }
    }
    let trimmed = text.trim_end();
    trimmed.strip_suffix('.').unwrap_or(trimmed).to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::{Pair, pairs};
    use super::*;
    use crate::Places;
    use tokio::sync::Mutex;
    use voice::Language;

    #[test]
    fn a_mode_file_is_programs_and_arguments() {
        let mode = "lt-proc 'a b.bin' | tagger -g $2 'c.prob' | lt-proc $1 'd.bin'\n";
        let parts = commands(mode).iter().map(|part| part.join(" ")).collect::<Vec<_>>();
        assert_eq!(parts, ["lt-proc a b.bin", "tagger -g c.prob", "lt-proc -n d.bin"]);
        assert_eq!(commands(mode)[0].len(), 2, "a quoted blank is part of its argument");
    }

    #[test]
    fn signs_come_back_as_they_went() {
        let text = "a [b] ^c$ d/e {f} <g> h\\i @";
        assert_eq!(unescaped(&format!("{}.[][ ]", escaped(text))), text);
    }

    #[tokio::test]
    async fn a_dead_process_is_started_again() {
        let (english, spanish) = (Language::new("en"), Language::new("es"));
        let Some(mode) = pairs(&Places::default().modes).remove(&(english, spanish.clone())) else {
            return eprintln!("skipped: apertium-eng-spa is not here");
        };
        let pair = Pair { mode, running: Mutex::default() };
        let before = pair.translate("the house is big", &spanish).await.expect("Spanish");
        let mut running = pair.running.lock().await;
        running.as_mut().expect("kept alive").parts[3].kill().await.expect("killed");
        drop(running);
        assert_eq!(pair.translate("the house is big", &spanish).await.expect("Spanish"), before);
    }
}
