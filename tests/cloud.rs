//! The real providers against stand-in vendors that are as strict as the vendors: what a turn asks of each, and over
//! how many connections.

mod cartesia;
mod deepgram;
mod elevenlabs;
mod openai_realtime;

use audio::{Encoder, Recoder};
use futures_util::{StreamExt, stream};
use peers::{Peers, Script, Tls};
use providers::Table;
use voice::{
    Account, Coding, Error, FirstPhrase, Hearing, Language, Network, Packet, PacketStream, Phrase, Provider, Secret,
    SoundStream, VoiceChoice, WordsStream,
};

/// One vendor and the provider that asks it.
struct Meeting {
    peers: Peers,
    provider: Provider,
    takes: Coding,
    /// Forgets the provider when it goes.
    _table: Table,
}

impl Meeting {
    async fn with(name: &str, script: Script) -> Self {
        let key = Secret::new(script.key.clone());
        let peers = Peers::start(script, Tls::Off).await.expect("peers");
        let table = Table::default();
        let account = Account { base_url: peers.url(name), ..Account::default() };
        table.give_key(name, &table.host(name, &account).expect("a host"), Some(key));
        let provider = table.open(name, &account, &Network::default()).expect("opened");
        let profile = table.profiles().iter().find(|profile| profile.name == name).expect("a profile");
        let takes = profile.takes.first().copied().expect("a coding");
        Self { peers, provider, takes, _table: table }
    }

    /// Two seconds of sound, all at once, in its first choice of coding.
    fn hear(&self, language: &str) -> WordsStream {
        let how = Hearing { language: Language::new(language), grammar: None };
        self.provider.hear.as_ref().expect("it hears").hear(utterance(self.takes, 100), how)
    }

    fn say(&self, number: u32, text: &str, language: &str) -> SoundStream {
        let phrase = Phrase { number, text: text.into(), language: Language::new(language) };
        let voice = VoiceChoice { name: String::new(), rate: 1.0, volume: 1.0, first: FirstPhrase::Clause };
        self.provider.say.as_ref().expect("it speaks").say(phrase, voice)
    }

    /// Nothing that a strict vendor would refuse, but for the knocks that open connections: any answer will do there.
    fn is_content(&self) {
        let mut complaints = self.peers.ledger().complaints();
        complaints.retain(|complaint| complaint.about != "HEAD /");
        assert!(complaints.is_empty(), "{complaints:?}");
    }

    fn sockets(&self, path: &str) -> usize {
        self.peers.ledger().requests().iter().filter(|request| request.path == path).count()
    }
}

/// A quiet tone of so many packets of 20 ms.
fn utterance(coding: Coding, packets: usize) -> PacketStream {
    let (mut encoder, mut recoder) = (Encoder::new().expect("an encoder"), Recoder::new(coding));
    let frame: Vec<f32> = (0..320).map(|n| (n as f32 * 0.2).sin() * 0.1).collect();
    let mut all: Vec<Packet> =
        (0..packets).filter_map(|_| recoder.push(&encoder.push(&frame).expect("a packet")).expect("recoded")).collect();
    all.extend(recoder.finish().expect("the rest"));
    Box::pin(stream::iter(all))
}

/// The transcript, and whether there were partial words before it.
async fn transcript(mut words: WordsStream) -> Result<(String, bool), Error> {
    let mut partial = false;
    while let Some(words) = words.next().await {
        let words = words?;
        if words.last {
            return Ok((words.text, partial));
        }
        partial = true;
    }
    panic!("it ended without a transcript")
}

/// Seconds of sound at `rate`, all of it in that coding.
async fn seconds(mut sound: SoundStream, rate: u32) -> Result<f64, Error> {
    let mut bytes = 0;
    while let Some(packet) = sound.next().await {
        let packet = packet?;
        assert_eq!(packet.coding, Coding::Pcm16 { rate });
        bytes += packet.bytes.len();
    }
    Ok(bytes as f64 / 2.0 / f64::from(rate))
}
