//! Certificates, made at start and forgotten at the end. An authority of our own signs the certificate of the peers,
//! because clients do not agree on whether a server's certificate may vouch for itself.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use std::{io, sync::Arc};
use tokio_rustls::TlsAcceptor;

/// Offered to clients, first choice first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// What accepts TLS connections, and the PEM text of the authority that vouches for it.
/// The certificate is valid from `from`, or has been for long.
pub(crate) fn acceptor(from: Option<(i32, u8, u8)>) -> io::Result<(TlsAcceptor, String)> {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.distinguished_name.push(rcgen::DnType::CommonName, "Wilco peers");
    let key = KeyPair::generate().map_err(io::Error::other)?;
    let authority = CertifiedIssuer::self_signed(authority, key).map_err(io::Error::other)?;
    let key = KeyPair::generate().map_err(io::Error::other)?;
    let mut leaf = CertificateParams::new(["localhost".into(), "127.0.0.1".into()]).map_err(io::Error::other)?;
    leaf.use_authority_key_identifier_extension = true;
    if let Some((year, month, day)) = from {
        leaf.not_before = rcgen::date_time_ymd(year, month, day);
    }
    leaf.extended_key_usages.push(rcgen::ExtendedKeyUsagePurpose::ServerAuth);
    let leaf = leaf.signed_by(&key, &authority).map_err(io::Error::other)?;

    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())))
        .map_err(io::Error::other)?;
    // a client that reads and writes in two threads may trip over them (Python's OpenSSL does), and without early data
    // they save no round trip
    config.send_tls13_tickets = 0;
    config.alpn_protocols = PROTOCOLS.map(Vec::from).to_vec();
    Ok((TlsAcceptor::from(Arc::new(config)), authority.pem()))
}
