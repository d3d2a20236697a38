//! Listeners, TLS and HTTP for every vendor. Its own file because vendors know none of these.

use crate::{
    asked::Desk,
    ledger::{Ledger, Line},
    plan::{Plan, Plans},
    script::Script,
    tls,
    vendors::{ROWS, Serve, Vendor},
    watch::{Counted, watch},
};
use axum::{Router, extract::Request, middleware, response::IntoResponse};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::{CancellationToken, DropGuard};
use tower::ServiceExt;

/// Whether the peers speak TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// HTTP in the open.
    Off,
    /// HTTPS, with a certificate made at start; HTTP/2 where the client offers it.
    SelfSigned,
    /// The same with a certificate of a far future: what a computer sees whose clock is behind.
    NotYet,
}

/// Every vendor, each on a port of its own at 127.0.0.1, until this is dropped.
pub struct Peers {
    addresses: Vec<(&'static Vendor, SocketAddr)>,
    certificate: Option<String>,
    ledger: Ledger,
    plans: Plans,
    _listeners: JoinSet<()>,
    _sockets: DropGuard,
}

impl Peers {
    /// Starts them on ports that are free.
    ///
    /// # Errors
    /// The system gives no port, or no certificate can be made.
    pub async fn start(script: Script, tls: Tls) -> io::Result<Self> {
        Self::start_at(0, script, tls).await
    }

    /// Starts them on the ports from `port` on, in the order of `vendors`; 0 takes ports that are free.
    ///
    /// # Errors
    /// As for `start`.
    pub async fn start_at(port: u16, script: Script, tls: Tls) -> io::Result<Self> {
        let (acceptor, certificate) = match tls {
            Tls::Off => (None, None),
            Tls::SelfSigned => certified(None)?,
            Tls::NotYet => certified(Some((4000, 1, 1)))?,
        };
        let (ledger, over) = (Ledger::default(), CancellationToken::new());
        let (plans, script) = (Plans::new(&script.plans, script.weather), Arc::new(script));
        let (mut listeners, mut addresses) = (JoinSet::new(), Vec::new());
        for (vendor, n) in ROWS.iter().zip(0..) {
            let port = if port == 0 { 0 } else { port.saturating_add(n) };
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
            addresses.push((vendor, listener.local_addr()?));
            let desk = Desk {
                vendor: vendor.name,
                script: script.clone(),
                plans: plans.clone(),
                ledger: ledger.clone(),
                over: over.clone(),
            };
            listeners.spawn(listen(listener, acceptor.clone(), vendor, desk));
        }
        Ok(Self { addresses, certificate, ledger, plans, _listeners: listeners, _sockets: over.drop_guard() })
    }

    /// The names of the vendors as providers, in the order of their ports; several may be one vendor.
    pub fn vendors(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.addresses.iter().flat_map(|(vendor, _)| [vendor.name].into_iter().chain(vendor.also.iter().copied()))
    }

    /// What `accounts.<vendor>.base_url` is set to, for instance `http://127.0.0.1:40123/v1`; empty for a vendor that
    /// is not here.
    #[must_use]
    pub fn url(&self, vendor: &str) -> String {
        let found = self.addresses.iter().find(|(row, _)| row.name == vendor || row.also.contains(&vendor));
        found.map_or_else(String::new, |(row, address)| {
            let scheme = match row.serve {
                Serve::Http(_) if self.certificate.is_some() => "https",
                Serve::Http(_) => "http",
                Serve::Tcp(_) => "tcp",
            };
            format!("{scheme}://{address}{}", row.path)
        })
    }

    /// The PEM text of the authority behind the certificate, for `network.trust`; `None` without TLS.
    #[must_use]
    pub fn certificate_pem(&self) -> Option<&str> {
        self.certificate.as_deref()
    }

    /// From now on `plans` go wrong, and nothing else that was planned.
    pub fn plan(&self, plans: Vec<Plan>) {
        self.plans.replace(plans);
    }

    /// What came so far, and comes.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.ledger.clone()
    }
}

fn certified(from: Option<(i32, u8, u8)>) -> io::Result<(Option<TlsAcceptor>, Option<String>)> {
    tls::acceptor(from).map(|(acceptor, pem)| (Some(acceptor), Some(pem)))
}

async fn listen(listener: TcpListener, acceptor: Option<TlsAcceptor>, vendor: &'static Vendor, desk: Desk) {
    let router = match vendor.serve {
        Serve::Http(routes) => routes(&desk)
            .fallback(|| async { crate::answer::Refusal::unknown_route().into_response() })
            .layer(middleware::from_fn_with_state(desk.clone(), watch))
            .layer(axum::extract::DefaultBodyLimit::disable())
            .with_state(desk.clone()),
        Serve::Tcp(_) => Router::new(),
    };
    // dropped with the listener, and with it every connection
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
        };
        let Ok((stream, _)) = accepted else { continue };
        let line = desk.ledger.connect(desk.vendor);
        let (acceptor, router, desk) = (acceptor.clone(), router.clone(), desk.clone());
        connections.spawn(async move {
            // small writes are moments that are measured
            stream.set_nodelay(true).ok();
            match vendor.serve {
                Serve::Tcp(serve) => serve(desk, Box::new(Counted::new(stream, line.clone())), line.clone()).await,
                Serve::Http(_) => secured(stream, acceptor, router, line.clone()).await,
            }
            line.note(|connection| connection.ended = Some(crate::clock::now()));
        });
    }
}

async fn secured(stream: TcpStream, acceptor: Option<TlsAcceptor>, router: Router, line: Line) {
    let stream = Counted::new(stream, line.clone());
    let Some(acceptor) = acceptor else { return serve(stream, router, line).await };
    if let Ok(stream) = acceptor.accept(stream).await {
        line.note(|connection| connection.shaken = Some(crate::clock::now()));
        serve(stream, router, line).await;
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static, router: Router, line: Line) {
    let answer = tower::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(line.clone());
        router.clone().oneshot(request.map(axum::body::Body::new))
    });
    let builder = Builder::new(TokioExecutor::new());
    // a client that goes away is no trouble of ours: the ledger has it
    builder.serve_connection_with_upgrades(TokioIo::new(stream), TowerToHyperService::new(answer)).await.ok();
}
