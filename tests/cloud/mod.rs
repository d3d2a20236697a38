//! The services, each asked by its real provider at its scripted peer. What is the same for all of them is here.

mod azure;
mod deepl;
mod failover;
mod google;
mod libretranslate;
mod matrix;
mod models;
mod narrow;
mod openai;
mod piper;
mod retry;
mod sockets;
mod strikes;
mod turn;
mod way;
mod weather;
mod wyoming;
mod yandex;

use crate::support::Room;
use audio::{Encoder, Recoder};
use futures_util::{StreamExt, TryStreamExt, stream};
use peers::{Peers, Script, Tls};
use providers::Table;
use std::io::Write;
use tokio::sync::mpsc;
use voice::{
    Account, Coding, ErrorKind, Exchange, FirstPhrase, Hearing, Language, Network, Packet, PacketStream, Phrase,
    Prompt, Provider, Secret, SoundStream, TextStream, VoiceChoice, Words, WordsStream,
};

/// The peers at work, and the way to them.
struct Town {
    peers: Peers,
    network: Network,
    key: String,
    _trust: tempfile::NamedTempFile,
}

impl Town {
    async fn open(script: Script, tls: Tls) -> Self {
        let key = script.key.clone();
        let peers = Peers::start(script, tls).await.expect("peers");
        let mut trust = tempfile::NamedTempFile::new().expect("a file");
        let mut network = Network::default();
        if let Some(pem) = peers.certificate_pem() {
            trust.write_all(pem.as_bytes()).expect("written");
            network.trust = trust.path().to_str().expect("a path").to_owned();
        }
        Self { peers, network, key, _trust: trust }
    }

    /// The provider `name` at the peer of `vendor`.
    fn provider(&self, name: &str, vendor: &str, account: Account) -> Provider {
        let account = Account { base_url: self.peers.url(vendor) + &account.base_url, ..account };
        let table = Table::default();
        let host = table.host(name, &account).expect("a service");
        table.give_key(name, &host, Some(Secret::new(&self.key)));
        table.open(name, &account, &self.network).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Gives `room` the key of this town's peers for each service at its address.
    async fn give_keys<'a>(&self, room: &Room, services: impl IntoIterator<Item = (&'a str, String)>) {
        for (name, base_url) in services {
            let host = room.table.host(name, &Account { base_url, ..Account::default() }).expect("a host");
            room.table.give_key(name, &host, Some(Secret::new(&self.key)));
        }
        room.talk.renew().await;
    }

    /// Everything that was asked for was in order.
    fn is_content(&self) {
        let complaints = self.peers.ledger().complaints();
        assert!(complaints.is_empty(), "{complaints:?}");
    }
}

/// So many seconds of a tone as a microphone gives it.
fn tone(seconds: usize) -> Vec<Packet> {
    let mut encoder = Encoder::new().expect("an encoder");
    let frame: Vec<f32> = (0..320).map(|n| (n as f32 * 0.2).sin() * 0.2).collect();
    (0..seconds * 50).map(|_| encoder.push(&frame).expect("a packet")).collect()
}

/// The same in another coding.
fn coded(packets: &[Packet], coding: Coding) -> Vec<Packet> {
    let mut recoder = Recoder::new(coding);
    let mut coded: Vec<_> = packets.iter().filter_map(|packet| recoder.push(packet).expect("recoded")).collect();
    coded.extend(recoder.finish().expect("an end"));
    coded
}

/// What is said into the one end comes out of the other.
fn mouth() -> (mpsc::Sender<Packet>, PacketStream) {
    let (mouth, ear) = mpsc::channel(1);
    (mouth, Box::pin(stream::unfold(ear, |mut ear| async { Some((ear.recv().await?, ear)) })))
}

fn english() -> Hearing {
    Hearing { language: Language::new("en"), grammar: None, into: None }
}

fn words(text: &str) -> Words {
    Words { text: text.into(), language: Language::new("en"), last: true, translation: None }
}

fn question() -> Prompt {
    Prompt { system: "Be brief.".into(), history: Vec::new(), words: words("When does the train leave?") }
}

/// The transcript, or what went wrong.
async fn transcript(mut words: WordsStream) -> Result<String, ErrorKind> {
    let mut last = None;
    while let Some(word) = words.next().await {
        last = Some(word.map_err(|error| error.kind)?);
    }
    Ok(last.filter(|words| words.last).expect("a transcript").text)
}

async fn text(text: TextStream) -> Result<String, ErrorKind> {
    text.try_collect().await.map_err(|error| error.kind)
}

/// What was said, in Russian.
async fn translated(provider: &Provider, said: &str) -> Result<String, ErrorKind> {
    text(provider.translate.as_ref().expect("an interpreter").translate(words(said), Language::new("ru"))).await
}

fn say(provider: &Provider, phrase: &str) -> SoundStream {
    let phrase = Phrase { number: 0, text: phrase.into(), language: Language::new("en") };
    let voice = VoiceChoice { name: String::new(), rate: 1.0, volume: 1.0, first: FirstPhrase::Clause, muted: false };
    provider.say.as_ref().expect("a voice").say(phrase, voice)
}

/// All the sound of a phrase, and its coding.
async fn sound(sound: SoundStream) -> Result<(Coding, usize), ErrorKind> {
    let packets: Vec<Packet> = sound.try_collect().await.map_err(|error| error.kind)?;
    let bytes = packets.iter().map(|packet| packet.bytes.len()).sum();
    Ok((packets.first().expect("sound").coding, bytes))
}
