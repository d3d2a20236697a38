//! What stands in the way to a service, and how it is told: nobody there, no certificate, a proxy, a login page.

use super::{Town, coded, english, question, text, tone, transcript};
use futures_util::stream;
use peers::{Fault, Plan, Script, Stage, Tls};
use providers::Table;
use std::process::Command;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::spawn_blocking,
};
use voice::{Account, Coding, ErrorKind, Network, Secret};

/// What a child asks: addresses of OpenAI and of Deepgram.
const ASKS: &str = "WILCO_WAY_ASKS";

/// How asking `base_url` by way of `network` ends.
async fn asked(base_url: &str, network: &Network) -> ErrorKind {
    let account = Account { base_url: base_url.into(), ..Account::default() };
    let table = Table::default();
    table.give_key("openai", &table.host("openai", &account).expect("a host"), Some(Secret::new("test-key")));
    let provider = table.open("openai", &account, network).expect("opened");
    text(provider.respond.expect("it answers").reply(question())).await.expect_err("something is in the way")
}

#[tokio::test]
async fn a_service_that_is_not_there_is_told() {
    assert_eq!(asked("https://nobody.invalid/v1", &Network::default()).await, ErrorKind::Offline);
    let nobody = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    for word in ["", "407", "proxy-auth", "unreachable", "Expired"] {
        let url = format!("http://{nobody}/v1/{word}");
        assert_eq!(asked(&url, &Network::default()).await, ErrorKind::Unreachable, "whatever stands in its address");
    }
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_not_taken() {
    let town = Town::open(Script::at_once(), Tls::SelfSigned).await;
    let url = town.peers.url("openai");
    assert_eq!(asked(&url, &Network::default()).await, ErrorKind::Untrusted);
    assert!(town.peers.ledger().requests().is_empty(), "nothing was said to it, least of all the key");
}

#[tokio::test]
async fn a_certificate_of_another_time_is_a_matter_of_the_clock() {
    let town = Town::open(Script::at_once(), Tls::NotYet).await;
    assert_eq!(asked(&town.peers.url("openai"), &town.network).await, ErrorKind::WrongClock);
}

#[tokio::test]
async fn a_proxy_that_wants_a_name_is_told() {
    let proxy = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let network =
        Network { proxy: format!("http://{}", proxy.local_addr().expect("an address")), ..Network::default() };
    let refusing = async {
        let (mut stream, _) = proxy.accept().await.expect("a connection");
        let mut head = vec![0; 4_096];
        let length = stream.read(&mut head).await.expect("a request");
        let refusal =
            b"HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(refusal).await.expect("answered");
        String::from_utf8_lossy(head.get(..length).unwrap_or_default()).into_owned()
    };
    let (kind, head) = tokio::join!(asked("https://api.example.com/v1", &network), refusing);
    assert_eq!(kind, ErrorKind::ProxyRefused);
    assert!(head.starts_with("CONNECT api.example.com:443 "), "{head}");
    assert!(!head.contains("test-key"), "the proxy sees no key");
}

#[tokio::test]
async fn a_login_page_is_no_answer() {
    let page = Fault::Answer { status: 200, kind: "text/html".into(), body: "<html>".into(), retry_after: 0 };
    let plan = Plan { vendor: Some("openai"), stage: Stage::Respond, fault: page, times: 1 };
    let town = Town::open(Script { plans: vec![plan], ..Script::at_once() }, Tls::Off).await;
    assert_eq!(asked(&town.peers.url("openai"), &Network::default()).await, ErrorKind::LoginPage);
}

#[tokio::test]
async fn what_runs_here_is_asked_past_the_proxy_of_the_system() {
    let town = Town::open(Script::at_once(), Tls::Off).await;
    let proxy = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let mut child = Command::new(std::env::current_exe().expect("this binary"));
    child.args(["--exact", "cloud::way::a_child_asks", "--nocapture", "--test-threads", "1"]);
    child.env(ASKS, format!("{} {} {}", town.key, town.peers.url("openai"), town.peers.url("deepgram")));
    let address = format!("http://{}", proxy.local_addr().expect("an address"));
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        child.env(name, &address);
    }
    child.env_remove("no_proxy").env_remove("NO_PROXY");
    let child = spawn_blocking(move || child.output().expect("a child"));
    tokio::select! {
        ended = child => assert!(ended.as_ref().is_ok_and(|child| child.status.success()), "{ended:?}"),
        _ = proxy.accept() => panic!("the proxy was asked"),
    }
    assert!(!town.peers.ledger().requests().is_empty(), "they were asked themselves");
}

/// As told by `WILCO_WAY_ASKS`; without it, this is no child.
#[tokio::test]
async fn a_child_asks() {
    let Ok(asks) = std::env::var(ASKS) else { return };
    let [key, openai, deepgram] = asks.split(' ').collect::<Vec<_>>()[..] else { panic!("{asks}") };
    let (table, network) = (Table::default(), Network::default());
    let open = |name: &str, base_url: &str| {
        let account = Account { base_url: base_url.into(), ..Account::default() };
        table.give_key(name, &table.host(name, &account).expect("a host"), Some(Secret::new(key)));
        (table.open(name, &account, &network).expect("opened"), account)
    };
    let (thinks, account) = open("openai", openai);
    table.reach("openai", &account, &network).await.expect("it is there");
    text(thinks.respond.expect("it answers").reply(question())).await.expect("an answer");
    let said = Box::pin(stream::iter(coded(&tone(1), Coding::Opus)));
    transcript(open("deepgram", deepgram).0.hear.expect("it hears").hear(said, english())).await.expect("words");
}
