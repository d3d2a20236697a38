//! The events of an answer that is still being written. Its own file because the traps of the format (three line ends,
//! comments, a byte order mark, events cut anywhere, no end to the last one) are the same for every vendor. Read here
//! rather than by a package: those that were tried give up an answer for one odd line, or drop its unfinished end.

use crate::fault;
use async_stream::try_stream;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use reqwest::Response;
use std::{mem, pin::pin};
use voice::{Error, ErrorKind};

/// An event that is longer is no event (fault matrix, D12).
const LONGEST: usize = 1024 * 1024;
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The data of each event, as one text. Ends when the answer ends; events without data are left out.
///
/// # Errors
/// `TooLarge` for an event over 1 MiB, `Garbled` for one that is no UTF-8, and whatever breaks the answer off.
pub(crate) fn events(source: &'static str, answer: Response) -> impl Stream<Item = Result<String, Error>> + Send {
    let bytes = answer.bytes_stream().map(move |piece| piece.map_err(|error| fault::transport(source, &error)));
    events_of(source, bytes)
}

fn events_of(
    source: &'static str,
    bytes: impl Stream<Item = Result<Bytes, Error>> + Send,
) -> impl Stream<Item = Result<String, Error>> + Send {
    try_stream! {
        let mut bytes = pin!(bytes);
        let mut lines = Lines::default();
        loop {
            let piece = bytes.next().await.transpose()?;
            let outcome = match &piece {
                Some(piece) => lines.push(piece),
                None => lines.finish(),
            };
            for event in mem::take(&mut lines.events) {
                yield event;
            }
            outcome.map_err(|(kind, why)| Error::new(kind, source, why))?;
            if piece.is_none() {
                break;
            }
        }
    }
}

type Outcome = Result<(), (ErrorKind, &'static str)>;

/// What was read and is not yet an event, and the events that are.
#[derive(Default)]
struct Lines {
    line: Vec<u8>,
    /// The text of the event so far; lines of it end with a line feed.
    data: String,
    events: Vec<String>,
    after_return: bool,
    begun: bool,
}

impl Lines {
    fn push(&mut self, piece: &[u8]) -> Outcome {
        for line in piece.split_inclusive(|byte| matches!(byte, b'\n' | b'\r')) {
            let second_half = mem::replace(&mut self.after_return, line.ends_with(b"\r")) && line == b"\n";
            if second_half {
                continue;
            }
            let (text, ends) = match line {
                [text @ .., b'\n' | b'\r'] => (text, true),
                text => (text, false),
            };
            self.line.extend_from_slice(text);
            if self.line.len() + self.data.len() > LONGEST {
                return Err((ErrorKind::TooLarge, "an event was over 1 MiB."));
            }
            if ends {
                self.end_line()?;
            }
        }
        Ok(())
    }

    /// The answer is over: so is its last event, with or without a blank line.
    fn finish(&mut self) -> Outcome {
        self.end_line()?;
        self.end_event();
        Ok(())
    }

    fn end_line(&mut self) -> Outcome {
        let line = mem::take(&mut self.line);
        let outcome = self.read(&line);
        // the next one takes its room
        self.line = line;
        self.line.clear();
        outcome
    }

    fn read(&mut self, mut line: &[u8]) -> Outcome {
        if !mem::replace(&mut self.begun, true) {
            line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
        }
        if line.is_empty() {
            self.end_event();
        } else if let Some(value) = line.strip_prefix(b"data") {
            let value = match value {
                [b':', b' ', value @ ..] | [b':', value @ ..] => value,
                [] => &[],
                // a field whose name only begins so
                _ => return Ok(()),
            };
            self.data.push_str(str::from_utf8(value).map_err(|_| (ErrorKind::Garbled, "an event was no UTF-8."))?);
            self.data.push('\n');
        }
        Ok(())
    }

    fn end_event(&mut self) {
        let mut event = mem::take(&mut self.data);
        event.pop();
        if !event.is_empty() {
            self.events.push(event);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;

    /// Each event that came, and how it ended.
    async fn read(pieces: Vec<Vec<u8>>) -> (Vec<String>, Option<ErrorKind>) {
        let mut events = pin!(events_of("test", stream::iter(pieces.into_iter().map(|piece| Ok(piece.into())))));
        let mut read = Vec::new();
        while let Some(event) = events.next().await {
            match event {
                Ok(event) => read.push(event),
                Err(error) => return (read, Some(error.kind)),
            }
        }
        (read, None)
    }

    async fn of(text: &str) -> Vec<String> {
        let (events, error) = read(vec![text.into()]).await;
        assert_eq!(error, None, "{text:?}");
        events
    }

    const ODD: &str = "\u{feff}: hello\n\nevent: delta\nid: 1\nretry: 5\ndata: {\"text\":\"Прив\u{e9}т 🙂\"}\n\n:\n\n\
                       data:no blank\ndata:  two blanks\n\nevent: none\n\ndatabase: other\ndata\nnonsense\n\ndata: last";

    #[tokio::test]
    async fn an_odd_answer_is_read_with_each_line_end() {
        for end in ["\n", "\r\n", "\r"] {
            let events = of(&ODD.replace('\n', end)).await;
            assert_eq!(events, ["{\"text\":\"Прив\u{e9}т 🙂\"}", "no blank\n two blanks", "last"], "{end:?}");
        }
    }

    #[tokio::test]
    async fn an_answer_may_be_cut_at_every_byte() {
        let whole = of(ODD).await;
        for text in [ODD.to_owned(), ODD.replace('\n', "\r\n"), ODD.replace('\n', "\r")] {
            for at in 0..=text.len() {
                let (one, two) = text.as_bytes().split_at(at);
                assert_eq!(read(vec![one.to_vec(), two.to_vec()]).await, (whole.clone(), None), "{at}");
            }
            assert_eq!(read(text.bytes().map(|byte| vec![byte]).collect()).await, (whole.clone(), None));
        }
    }

    #[tokio::test]
    async fn an_event_is_told_before_the_next_piece_is_there() {
        let endless = stream::iter([Ok(Bytes::from("data: now\r\n\r"))]).chain(stream::pending());
        let mut events = pin!(events_of("test", endless));
        assert_eq!(events.next().await, Some(Ok("now".to_owned())));
    }

    #[tokio::test]
    async fn an_event_has_a_longest_size() {
        let fits = format!("data: {}\n\n", "x".repeat(LONGEST - 8)).into_bytes();
        let (events, error) = read(vec![fits.clone(), fits]).await;
        assert_eq!((events.len(), error), (2, None), "each event counts by itself");
        for over in [format!("data: {}", "x".repeat(LONGEST)), "data: x\n".repeat(LONGEST), ":".repeat(LONGEST + 1)] {
            let (events, error) = read(vec!["data: a\n\n".into(), over.into()]).await;
            assert_eq!((events.len(), error), (1, Some(ErrorKind::TooLarge)));
        }
    }

    #[tokio::test]
    async fn broken_text_is_an_error_after_what_was_whole() {
        for broken in [&b"\xFF"[..], b"\xC3", b"\xED\xA0\x80"] {
            let answer = [b"data: whole\n\ndata: ", broken, b"\n\n"].concat();
            assert_eq!(read(vec![answer]).await, (vec!["whole".to_owned()], Some(ErrorKind::Garbled)));
        }
    }
}
