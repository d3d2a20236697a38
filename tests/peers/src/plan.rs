//! What is planned to go wrong. Its own file because it stands before every vendor's code, which knows nothing of it.

use crate::{asked::Desk, wire};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_LENGTH, CONTENT_TYPE},
    },
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::MethodRouter,
};
use bytes::Bytes;
use futures_util::{StreamExt, future, stream, stream::BoxStream};
use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::time::sleep;

/// The pieces of an answer's body.
type Pieces = BoxStream<'static, Bytes>;

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Speech to text.
    Hear,
    /// A reply.
    Respond,
    /// A translation.
    Translate,
    /// Text to speech.
    Say,
    /// Lists of models or voices, and tests of a key.
    List,
}

/// What goes wrong.
#[derive(Clone, Debug)]
pub enum Fault {
    /// The upload is taken, and this is answered. A socket's upgrade is refused with it.
    Answer {
        /// Status.
        status: u16,
        /// Content type.
        kind: String,
        /// The body.
        body: String,
        /// `retry-after`, in seconds; 0 is none.
        retry_after: u32,
    },
    /// The upload is taken, and nothing ever comes. A socket is opened and stays silent.
    Stall,
    /// The connection breaks when so many pieces of the answer, or messages of a socket, have gone out.
    Cut {
        /// How many.
        after: usize,
    },
    /// The answer is said to be of this content type.
    Kind(String),
    /// The answer begins so many milliseconds later. The rest of these faults is for answers over HTTP; sockets are as
    /// they should be.
    Slow(u64),
    /// When so many pieces of the answer have gone out, this comes.
    Midway {
        /// How many.
        after: usize,
        /// What comes.
        then: Midway,
    },
    /// The answer comes byte by byte, each so many milliseconds after the last.
    Trickle(u64),
    /// The answer is of the right kind, and empty.
    Empty,
    /// The answer is of the right kind and length, but every byte of it is this one: noise, or with 0 silence.
    Filled(u8),
    /// The fourth piece of the answer, which is of its middle, is repeated for ever.
    Endless,
}

/// What comes in the middle of an answer.
#[derive(Clone, Debug)]
pub enum Midway {
    /// Its end, in good order.
    End,
    /// Nothing any more; the connection stays.
    Silence,
    /// Signs of life without any use, four a second, for ever.
    Comments,
    /// This, and then the rest as if nothing had been.
    Text(String),
}

/// A fault, and how often it happens.
#[derive(Clone, Debug)]
pub struct Plan {
    /// To requests of one vendor, or of all.
    pub vendor: Option<&'static str>,
    /// To requests of this stage.
    pub stage: Stage,
    /// What happens.
    pub fault: Fault,
    /// To so many of them, beginning with the first; then all is well.
    pub times: u32,
}

/// Faults by chance: a seed, and how often. Half of them are quick refusals and breaks, three in ten never answer, two in
/// ten answer late; none comes in the middle of an answer. Lists and tests of keys are spared.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    /// The same seed gives the same faults to the same order of requests.
    pub seed: u64,
    /// To which part of the requests, 0.0..=1.0.
    pub part: f64,
}

impl Weather {
    /// What becomes of request `number`.
    fn fault(self, number: u32) -> Option<Fault> {
        let roll = |salt: u64| {
            let mut mixed = self.seed ^ (u64::from(number) << 8 | salt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            // the finaliser of splitmix64
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            (mixed ^ (mixed >> 31)) as f64 / u64::MAX as f64
        };
        if roll(1) >= self.part {
            return None;
        }
        let refused = |status| {
            let body = "{\"error\":{\"message\":\"weather\",\"code\":\"server_error\"}}".into();
            Fault::Answer { status, kind: "application/json".into(), body, retry_after: 0 }
        };
        Some(match roll(2) {
            part if part < 0.2 => refused(503),
            part if part < 0.35 => refused(500),
            part if part < 0.5 => Fault::Cut { after: 0 },
            part if part < 0.8 => Fault::Stall,
            _ => Fault::Slow(600 + (roll(3) * 1_400.0) as u64),
        })
    }
}

/// What is planned now, counted down.
#[derive(Clone)]
pub(crate) struct Plans {
    all: Arc<Mutex<Vec<Plan>>>,
    weather: Option<(Weather, Arc<AtomicU32>)>,
}

impl Plans {
    pub(crate) fn new(plans: &[Plan], weather: Option<Weather>) -> Self {
        Self { all: Arc::new(Mutex::new(plans.to_vec())), weather: weather.map(|weather| (weather, Arc::default())) }
    }

    fn next(&self, vendor: &str, stage: Stage) -> Option<Fault> {
        self.planned(vendor, stage).or_else(|| {
            let (weather, number) = self.weather.as_ref().filter(|_| stage != Stage::List)?;
            weather.fault(number.fetch_add(1, Ordering::Relaxed))
        })
    }

    fn planned(&self, vendor: &str, stage: Stage) -> Option<Fault> {
        let due =
            |plan: &&mut Plan| plan.times > 0 && plan.stage == stage && plan.vendor.is_none_or(|name| name == vendor);
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let plan = all.iter_mut().find(due)?;
        plan.times -= 1;
        Some(plan.fault.clone())
    }

    /// From now on this and nothing else; weather stays.
    pub(crate) fn replace(&self, plans: Vec<Plan>) {
        *self.all.lock().unwrap_or_else(PoisonError::into_inner) = plans;
    }
}

/// A route of a vendor, with what is planned for its stage.
pub(crate) fn staged(desk: &Desk, stage: Stage, route: MethodRouter<Desk>) -> MethodRouter<Desk> {
    route.layer(middleware::from_fn_with_state((desk.clone(), stage), planned))
}

async fn planned(State((desk, stage)): State<(Desk, Stage)>, mut request: Request, next: Next) -> Response {
    let Some(fault) = desk.plans.next(desk.vendor, stage) else { return next.run(request).await };
    let socket = request.headers().contains_key("sec-websocket-key");
    match fault {
        Fault::Answer { status, kind, body, retry_after } => {
            swallow(request).await;
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let mut answer = (status, [(CONTENT_TYPE, kind)], body).into_response();
            if retry_after > 0 {
                answer.headers_mut().insert("retry-after", retry_after.into());
            }
            answer
        }
        Fault::Stall if socket => {
            request.extensions_mut().insert(wire::Mute);
            next.run(request).await
        }
        Fault::Stall => {
            swallow(request).await;
            future::pending().await
        }
        Fault::Cut { after } if socket => {
            request.extensions_mut().insert(wire::Cut(after));
            next.run(request).await
        }
        Fault::Cut { after } => {
            let (head, body) = next.run(request).await.into_parts();
            let broken = stream::once(async {
                // what is still to be flushed would be dropped with the connection
                tokio::task::yield_now().await;
                Err(io::Error::from(io::ErrorKind::ConnectionReset))
            });
            let pieces = body.into_data_stream().map(|piece| piece.map_err(io::Error::other));
            Response::from_parts(head, Body::from_stream(pieces.take(after).chain(broken)))
        }
        Fault::Slow(ms) => {
            let answer = next.run(request).await;
            sleep(Duration::from_millis(ms)).await;
            answer
        }
        _ if socket => next.run(request).await,
        fault => spoiled(fault, next.run(request).await),
    }
}

/// `answer`, with another body or under another name.
fn spoiled(fault: Fault, mut answer: Response) -> Response {
    match fault {
        Fault::Trickle(ms) => refilled(answer, move |pieces| {
            let bytes =
                pieces.flat_map(|piece| stream::iter(piece.chunks(1).map(Bytes::copy_from_slice).collect::<Vec<_>>()));
            Body::from_stream(bytes.then(move |byte| async move {
                sleep(Duration::from_millis(ms)).await;
                Ok::<_, io::Error>(byte)
            }))
        }),
        Fault::Midway { after, then } => refilled(answer, move |pieces| midway(pieces, after, then)),
        Fault::Empty => refilled(answer, |_| Body::empty()),
        Fault::Filled(byte) => refilled(answer, move |pieces| {
            Body::from_stream(pieces.map(move |piece| Ok::<_, io::Error>(Bytes::from(vec![byte; piece.len()]))))
        }),
        Fault::Endless => refilled(answer, |pieces| {
            let first = async move { pieces.skip(3).next().await.unwrap_or_default() };
            Body::from_stream(stream::once(first).flat_map(|piece| stream::repeat(piece).map(Ok::<_, io::Error>)))
        }),
        Fault::Kind(kind) => {
            if let Ok(kind) = HeaderValue::from_str(&kind) {
                answer.headers_mut().insert(CONTENT_TYPE, kind);
            }
            answer
        }
        _ => answer,
    }
}

fn midway(pieces: Pieces, after: usize, then: Midway) -> Body {
    const COMMENT: &[u8] = b": still here\n\n";
    let begun = |pieces: Pieces| pieces.take(after);
    let pieces: Pieces = match then {
        Midway::End => begun(pieces).boxed(),
        Midway::Silence => begun(pieces).chain(stream::pending()).boxed(),
        Midway::Comments => {
            let comments = stream::repeat(Bytes::from_static(COMMENT)).then(|comment| async {
                sleep(Duration::from_millis(250)).await;
                comment
            });
            begun(pieces).chain(comments).boxed()
        }
        Midway::Text(text) => {
            let inserted = move |(n, piece)| {
                let text = (n == after).then(|| Bytes::from(text.clone()));
                stream::iter(text.into_iter().chain([piece]))
            };
            pieces.enumerate().flat_map(inserted).boxed()
        }
    };
    Body::from_stream(pieces.map(Ok::<_, io::Error>))
}

/// The same answer with another body, made of the pieces of its own.
fn refilled(answer: Response, body: impl FnOnce(Pieces) -> Body) -> Response {
    let (mut head, own) = answer.into_parts();
    head.headers.remove(CONTENT_LENGTH);
    let pieces = own.into_data_stream().filter_map(|piece| future::ready(piece.ok()));
    Response::from_parts(head, body(pieces.boxed()))
}

/// Takes an upload to its end.
async fn swallow(request: Request) {
    let mut pieces = request.into_body().into_data_stream();
    while let Some(Ok(_)) = pieces.next().await {}
}
