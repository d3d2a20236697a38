//! The events of an answer that is still being written. Its own file because the traps of the format (comments, CRLF,
//! events cut anywhere, no end to a line) are the same for every vendor.

use crate::fault;
use futures_util::{Stream, StreamExt};
use reqwest::Response;
use sse_stream::SseStream;
use voice::{Error, ErrorKind};

/// An event that is longer is no event (fault matrix, D12).
const LONGEST: usize = 1024 * 1024;

/// The data of each event, as one text. Ends when the answer ends; events without data are left out.
pub(crate) fn events(source: &'static str, answer: Response) -> impl Stream<Item = Result<String, Error>> + Send {
    let mut since_blank = 0;
    let bytes = answer.bytes_stream().map(move |piece| {
        let piece = piece.map_err(|error| fault::transport(source, &error))?;
        // a new event begins after a blank line; bytes of one piece count as one event, which is never too strict
        since_blank = if ends_event(&piece) { 0 } else { since_blank + piece.len() };
        if since_blank > LONGEST {
            return Err(Error::new(ErrorKind::TooLarge, source, "an event was over 1 MiB."));
        }
        Ok(piece)
    });
    SseStream::from_bytes_stream(bytes).filter_map(move |event| async move {
        match event {
            Ok(event) => event.data.filter(|data| !data.is_empty()).map(Ok),
            Err(sse_stream::Error::Body(error)) => Some(Err(match error.downcast::<Error>() {
                Ok(ours) => *ours,
                Err(_) => Error::new(ErrorKind::CutShort, source, "the connection broke off."),
            })),
            Err(_) => Some(Err(Error::new(ErrorKind::Garbled, source, "an event was broken."))),
        }
    })
}

fn ends_event(piece: &[u8]) -> bool {
    piece.windows(2).any(|pair| pair == b"\n\n" || pair == b"\r\r") || piece.windows(4).any(|four| four == b"\r\n\r\n")
}
