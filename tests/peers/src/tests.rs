//! The engine on real sockets: what the ledger says of connections, requests and refusals, and what faults do. Order and
//! content only: moments on a real socket depend on the machine.

use crate::{Fault, Ledger, Peers, Plan, Request, Script, Stage, Tls};
use futures_util::{SinkExt, StreamExt};
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest},
};

const CHAT: &str = r#"{"model":"gpt-4.1-mini","stream":true,"messages":[{"role":"user","content":"When?"}]}"#;

async fn peers(plans: &[(Stage, Fault)]) -> Peers {
    let plan = |(stage, fault): &(Stage, Fault)| Plan { vendor: None, stage: *stage, fault: fault.clone(), times: 1 };
    let script = Script { plans: plans.iter().map(plan).collect(), ..Script::at_once() };
    Peers::start(script, Tls::Off).await.unwrap()
}

fn host(peers: &Peers, vendor: &str) -> String {
    peers.url(vendor).split('/').nth(2).unwrap().to_owned()
}

async fn dial(peers: &Peers, vendor: &str) -> TcpStream {
    TcpStream::connect(host(peers, vendor)).await.unwrap()
}

fn request(path: &str, key: &str, body: &str) -> String {
    let method = if body.is_empty() { "GET" } else { "POST" };
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nhost: peer\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
}

/// One answer of known length, or all up to the end of its chunks or of the connection.
async fn answer(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut all = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&all).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if length.map_or(body.ends_with("0\r\n\r\n"), |length: usize| body.len() >= length) {
                return text;
            }
        }
        if stream.read_buf(&mut all).await.unwrap_or(0) == 0 {
            return String::from_utf8_lossy(&all).into_owned();
        }
    }
}

async fn ask(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), request: String) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    answer(stream).await
}

/// Waits until the ledger says so.
async fn until(ledger: &Ledger, says: impl Fn(&[Request]) -> bool) -> Vec<Request> {
    let waits = async {
        while !says(&ledger.requests()) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waits).await.expect("the ledger never says so");
    ledger.requests()
}

#[tokio::test]
async fn requests_over_one_connection_are_one_connection() {
    let peers = peers(&[]).await;
    let mut stream = dial(&peers, "openai").await;
    assert!(ask(&mut stream, request("/v1/models", "test-key", "")).await.starts_with("HTTP/1.1 200"));
    let reply = ask(&mut stream, request("/v1/chat/completions", "test-key", CHAT)).await;
    assert!(reply.contains("data: [DONE]"), "{reply}");
    let requests =
        until(&peers.ledger(), |all| all.len() == 2 && all.iter().all(|request| request.ended.is_some())).await;
    let asked = &requests[1];
    assert_eq!(
        (asked.path.as_str(), asked.version, asked.status, asked.whole),
        ("/v1/chat/completions", 1, Some(200), true)
    );
    assert_eq!((asked.body_bytes, asked.at_once, asked.connection), (CHAT.len() as u64, 1, 0));
    assert!(asked.wire_bytes - requests[0].wire_bytes > asked.body_bytes, "the head was on the wire as well");
    let moments =
        [Some(asked.head), asked.upload_first_byte, asked.upload_last_byte, asked.first_byte_out, asked.last_byte_out];
    assert!(moments.iter().all(Option::is_some) && moments.is_sorted() && asked.ended >= asked.last_byte_out);
    let connections = peers.ledger().connections();
    assert_eq!(connections.len(), 1);
    assert!(connections[0].shaken.is_none() && connections[0].bytes_out > reply.len() as u64);
    assert_eq!(peers.ledger().dialled(requests[0].head), (0, 0), "none after the first request");
    assert!(peers.ledger().complaints().is_empty());
}

#[tokio::test]
async fn handshakes_are_counted_and_vouched_for() {
    let peers = Peers::start(Script::at_once(), Tls::SelfSigned).await.unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(peers.certificate_pem().unwrap().as_bytes()).unwrap()).unwrap();
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let mut stream = connector.connect(name, dial(&peers, "openai").await).await.unwrap();
    assert!(ask(&mut stream, request("/v1/models", "test-key", "")).await.starts_with("HTTP/1.1 200"));
    let connections = peers.ledger().connections();
    assert_eq!((connections.len(), connections[0].shaken.is_some()), (1, true));
    assert_eq!(peers.ledger().dialled(connections[0].accepted), (1, 1));
    assert!(peers.url("openai").starts_with("https://") && peers.url("nobody").is_empty());
}

#[tokio::test]
async fn what_is_refused_is_noted() {
    let peers = peers(&[]).await;
    let mut stream = dial(&peers, "openai").await;
    let refused = ask(&mut stream, request("/v1/models", "another", "")).await;
    assert!(refused.starts_with("HTTP/1.1 401") && refused.contains("invalid_api_key"), "{refused}");
    assert!(ask(&mut stream, request("/v1/nothing", "test-key", "")).await.starts_with("HTTP/1.1 404"));
    let unknown = CHAT.replace("stream", "flow");
    let refused = ask(&mut stream, request("/v1/chat/completions", "test-key", &unknown)).await;
    assert!(refused.starts_with("HTTP/1.1 400") && refused.contains("flow"), "{refused}");
    let complaints: Vec<_> = peers.ledger().complaints().into_iter().map(|it| (it.vendor, it.about)).collect();
    let about = ["GET /v1/models", "GET /v1/nothing", "POST /v1/chat/completions"].map(|it| ("openai", it.to_owned()));
    assert_eq!(complaints, about);
}

#[tokio::test]
async fn a_planned_answer_comes_as_often_as_planned() {
    let fault = Fault::Answer { status: 429, kind: "application/json".into(), body: "{}".into(), retry_after: 7 };
    let peers = peers(&[(Stage::List, fault)]).await;
    let mut stream = dial(&peers, "openai").await;
    let refused = ask(&mut stream, request("/v1/models", "test-key", "")).await;
    assert!(refused.starts_with("HTTP/1.1 429") && refused.contains("retry-after: 7"), "{refused}");
    assert!(ask(&mut stream, request("/v1/models", "test-key", "")).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn an_answer_is_cut_and_another_is_called_something_else() {
    let peers =
        peers(&[(Stage::Respond, Fault::Cut { after: 2 }), (Stage::List, Fault::Kind("text/html".into()))]).await;
    let mut stream = dial(&peers, "openai").await;
    let cut = ask(&mut stream, request("/v1/chat/completions", "test-key", CHAT)).await;
    assert_eq!(cut.matches("data: ").count(), 2, "{cut}");
    let requests = until(&peers.ledger(), |all| all[0].ended.is_some()).await;
    assert!(!requests[0].whole);
    let mut stream = dial(&peers, "openai").await;
    assert!(ask(&mut stream, request("/v1/models", "test-key", "")).await.contains("content-type: text/html"));
}

#[tokio::test]
async fn a_stall_is_open_until_the_client_goes() {
    let peers = peers(&[(Stage::Respond, Fault::Stall)]).await;
    let mut stalled = dial(&peers, "openai").await;
    stalled.write_all(request("/v1/chat/completions", "test-key", CHAT).as_bytes()).await.unwrap();
    until(&peers.ledger(), |all| all.first().is_some_and(|first| first.body_bytes > 0)).await;
    ask(&mut dial(&peers, "openai").await, request("/v1/models", "test-key", "")).await;
    assert_eq!(peers.ledger().requests()[1].at_once, 2);
    drop(stalled);
    let requests = until(&peers.ledger(), |all| all[0].ended.is_some()).await;
    assert_eq!((requests[0].whole, requests[0].status), (false, None));
}

async fn listen(peers: &Peers) -> WebSocketStream<TcpStream> {
    let host = host(peers, "deepgram");
    let query = "model=nova-3&encoding=linear16&sample_rate=16000&interim_results=true";
    let mut request = format!("ws://{host}/v1/listen?{query}").into_client_request().unwrap();
    request.headers_mut().insert("authorization", "Token test-key".parse().unwrap());
    client_async(request, dial(peers, "deepgram").await).await.unwrap().0
}

fn sound(seconds: usize) -> Message {
    Message::binary(vec![1; seconds * 32_000])
}

#[tokio::test]
async fn a_socket_is_one_request_with_its_messages() {
    let peers = peers(&[]).await;
    let mut socket = listen(&peers).await;
    for message in [sound(2), Message::text(r#"{"type":"Finalize"}"#)] {
        socket.send(message).await.unwrap();
    }
    let said = |message: Message| message.into_text().unwrap().as_str().to_owned();
    let interim = said(socket.next().await.unwrap().unwrap());
    assert!(interim.contains(r#""is_final":false"#) && interim.contains("When does the next train"), "{interim}");
    assert!(said(socket.next().await.unwrap().unwrap()).contains(r#""from_finalize":true"#));
    let request = peers.ledger().requests().remove(0);
    let notes: Vec<_> = request.messages.iter().map(|note| (note.incoming, note.what.as_str())).collect();
    assert_eq!(notes, [(false, "Results"), (true, "Finalize"), (false, "Results from_finalize")]);
    assert_eq!((request.status, request.body_bytes, request.ended.is_some()), (Some(101), 64_000 + 19, false));
    drop(socket);
    until(&peers.ledger(), |all| all[0].ended.is_some()).await;
}

#[tokio::test]
async fn a_socket_is_cut_where_it_is_planned() {
    let peers = peers(&[(Stage::Hear, Fault::Cut { after: 1 })]).await;
    let mut socket = listen(&peers).await;
    for message in [sound(2), sound(2)] {
        socket.send(message).await.unwrap();
    }
    assert!(socket.next().await.unwrap().is_ok());
    assert!(!matches!(socket.next().await, Some(Ok(_))), "a second message got through");
}

#[tokio::test]
async fn all_ends_with_the_peers() {
    let peers = peers(&[(Stage::Respond, Fault::Stall)]).await;
    let mut socket = listen(&peers).await;
    let mut stalled = dial(&peers, "openai").await;
    stalled.write_all(request("/v1/chat/completions", "test-key", CHAT).as_bytes()).await.unwrap();
    until(&peers.ledger(), |all| all.len() == 2).await;
    let host = host(&peers, "openai");
    drop(peers);
    assert!(answer(&mut stalled).await.is_empty());
    assert!(!matches!(socket.next().await, Some(Ok(_))), "the socket goes on");
    let gone = async {
        while TcpStream::connect(&host).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), gone).await.expect("somebody still listens");
}
