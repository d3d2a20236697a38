//! The one way out: one client for requests and event streams, and its HTTP/1.1 twin for WebSockets. Its own file
//! because whatever is true of every connection (trust, proxy, how long it idles) is said once.

use crate::names::Names;
use reqwest::{Certificate, Client, ClientBuilder, Proxy, redirect::Policy};
use std::{fs, time::Duration};
use voice::{Error, ErrorKind, Network, Secret};

/// reliability: a connection that is not there after this long will not be.
const CONNECT: Duration = Duration::from_millis(1_500);
/// Routers and balancers forget idle connections after 30 to 60 s; a dead one must not be met at key-up.
const IDLE: Duration = Duration::from_secs(25);
/// A connection that is used is asked this often whether it lives.
const PING: Duration = Duration::from_secs(15);
const PONG: Duration = Duration::from_secs(5);

/// Both clients share trust and proxy, not their connections.
#[derive(Clone)]
pub(crate) struct Net {
    pub(crate) http: Client,
    /// Speaks HTTP/1.1 only, which a WebSocket begins with.
    pub(crate) http1: Client,
}

impl Net {
    /// `password` is the one of the proxy, where it has a name.
    ///
    /// # Errors
    /// `BadSetting` for a proxy or a file of certificates that cannot be used.
    pub(crate) fn new(network: &Network, password: Option<&Secret>) -> Result<Self, Error> {
        // whoever was first in this process has chosen the same
        rustls::crypto::ring::default_provider().install_default().ok();
        let names = Names::default();
        let build = |builder: ClientBuilder| {
            let builder = builder
                .dns_resolver(names.clone())
                .user_agent(concat!("wilco/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(CONNECT)
                .pool_idle_timeout(IDLE)
                .tcp_nodelay(true)
                .tcp_keepalive(PING)
                .http2_keep_alive_interval(PING)
                .http2_keep_alive_timeout(PONG)
                .http2_keep_alive_while_idle(true)
                .http2_adaptive_window(true)
                // a redirect would carry a key to another host
                .redirect(Policy::none())
                .referer(false);
            let builder = trusting(builder, &network.trust)?;
            by_way_of(builder, network, password)?.build().map_err(|error| bad("network", &error.to_string()))
        };
        Ok(Self { http: build(Client::builder())?, http1: build(Client::builder().http1_only())? })
    }
}

fn trusting(builder: ClientBuilder, file: &str) -> Result<ClientBuilder, Error> {
    if file.is_empty() {
        return Ok(builder);
    }
    let pem = fs::read(file).map_err(|error| bad("network.trust", &format!("{file}: {error}.")))?;
    let certificates = Certificate::from_pem_bundle(&pem).unwrap_or_default();
    if certificates.is_empty() {
        return Err(bad("network.trust", &format!("{file} holds no certificate in PEM form.")));
    }
    Ok(builder.tls_certs_merge(certificates))
}

fn by_way_of(builder: ClientBuilder, network: &Network, password: Option<&Secret>) -> Result<ClientBuilder, Error> {
    if network.local_only {
        // any proxy, the system's as well, is another computer
        return Ok(builder.no_proxy());
    }
    if network.proxy.is_empty() {
        return Ok(builder);
    }
    let mut proxy =
        Proxy::all(&network.proxy).map_err(|_| bad("network.proxy", "It has the form http://host:port."))?;
    if !network.proxy_user.is_empty() {
        proxy = proxy.basic_auth(&network.proxy_user, password.map(Secret::expose).unwrap_or_default());
    }
    Ok(builder.proxy(proxy))
}

fn bad(source: &str, detail: &str) -> Error {
    Error::new(ErrorKind::BadSetting, source, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_used_is_named() {
        let proxy = Network { proxy: "not an address".into(), ..Network::default() };
        let error = Net::new(&proxy, None).err().expect("refused");
        assert_eq!((error.kind, error.source.as_str()), (ErrorKind::BadSetting, "network.proxy"));
        let trust = Network { trust: file!().into(), ..Network::default() };
        assert_eq!(Net::new(&trust, None).err().expect("refused").source, "network.trust");
        assert!(Net::new(&Network::default(), None).is_ok());
    }
}
