//! What is counted and timed on the way in and out, around every vendor's code.

use crate::{
    answer::Complained,
    asked::Desk,
    ledger::{Line, Row},
};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{Method, StatusCode, Version},
    middleware::Next,
    response::Response,
};
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// Writes a request and its answer into the ledger.
pub(crate) async fn watch(State(desk): State<Desk>, mut request: Request, next: Next) -> Response {
    let Some(line) = request.extensions_mut().remove::<Line>() else { return next.run(request).await };
    let version = if request.version() == Version::HTTP_2 { 2 } else { 1 };
    let row = line.request(desk.vendor, request.method().as_str(), request.uri().path(), version);
    // knocking at the door, whatever is answered, is how a connection is kept warm
    let knock = request.method() == Method::HEAD;
    let (mut head, body) = request.into_parts();
    head.extensions.insert(row.clone());
    let body = Body::new(Watched { inner: body, row: row.clone(), up: true, whole: false });
    // a client that goes away drops this future; the entry must end then too
    let mut open = Open(Some(row.clone()));
    let answer = next.run(Request::from_parts(head, body)).await;
    open.0 = None;
    row.note(|request| request.status = Some(answer.status().as_u16()));
    if let Some(Complained(why)) = answer.extensions().get().filter(|_| !knock) {
        row.complain(why.clone());
    }
    if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
        return answer;
    }
    answer.map(|inner| Body::new(Watched { inner, row, up: false, whole: false }))
}

struct Open(Option<Row>);

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(row) = &self.0 {
            row.end(false);
        }
    }
}

/// A body that is timed.
struct Watched {
    inner: Body,
    row: Row,
    up: bool,
    whole: bool,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(context));
        match &frame {
            Some(Ok(frame)) => match frame.data_ref() {
                Some(bytes) if self.up && !bytes.is_empty() => self.row.uploaded(bytes.len()),
                Some(_) if !self.up => self.row.answered(),
                _ => {}
            },
            Some(Err(_)) => {}
            None => self.whole = true,
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if !self.up {
            self.row.end(self.whole || self.inner.is_end_stream());
        }
    }
}

/// A connection whose bytes are counted.
pub(crate) struct Counted {
    inner: TcpStream,
    line: Line,
}

impl Counted {
    pub(crate) fn new(inner: TcpStream, line: Line) -> Self {
        Self { inner, line }
    }
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = ready!(Pin::new(&mut self.inner).poll_read(context, buffer));
        let came = (buffer.filled().len() - before) as u64;
        self.line.note(|connection| connection.bytes_in += came);
        Poll::Ready(read)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let wrote = ready!(Pin::new(&mut self.inner).poll_write(context, bytes));
        if let Ok(went) = wrote {
            self.line.note(|connection| connection.bytes_out += went as u64);
        }
        Poll::Ready(wrote)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
