//! Services that are asked over a socket: what a turn asks of each, and over how many connections.

mod cartesia;
mod deepgram;
mod elevenlabs;
mod openai_realtime;

use super::{Town, coded, tone};
use futures_util::{StreamExt, stream};
use peers::{Peers, Script, Tls};
use providers::Table;
use voice::{
    Account, Coding, Error, FirstPhrase, Hearing, Language, Packet, PacketStream, Phrase, Provider, SoundStream,
    VoiceChoice, WordsStream,
};

/// One vendor and the provider that asks it.
struct Meeting {
    town: Town,
    provider: Provider,
    takes: Coding,
}

impl Meeting {
    async fn with(name: &str, script: Script) -> Self {
        let town = Town::open(script, Tls::Off).await;
        let provider = town.provider(name, name, Account::default());
        let table = Table::default();
        let profile = table.profiles().iter().find(|profile| profile.name == name).expect("a profile");
        let takes = profile.takes.first().copied().expect("a coding");
        Self { town, provider, takes }
    }

    fn peers(&self) -> &Peers {
        &self.town.peers
    }

    /// A little more than a second of sound, all at once, in its first choice of coding.
    fn hear(&self, language: &str) -> WordsStream {
        let how = Hearing { language: Language::new(language), grammar: None, into: None };
        self.provider.hear.as_ref().expect("it hears").hear(utterance(self.takes, 60), how)
    }

    fn say(&self, number: u32, text: &str, language: &str) -> SoundStream {
        let phrase = Phrase { number, text: text.into(), language: Language::new(language) };
        let voice =
            VoiceChoice { name: String::new(), rate: 1.0, volume: 1.0, first: FirstPhrase::Clause, muted: false };
        self.provider.say.as_ref().expect("it speaks").say(phrase, voice)
    }

    fn sockets(&self, path: &str) -> usize {
        self.peers().ledger().requests().iter().filter(|request| request.path == path).count()
    }
}

/// A quiet tone of so many packets of 20 ms, at most two seconds.
fn utterance(coding: Coding, packets: usize) -> PacketStream {
    let tone: Vec<Packet> = tone(2).into_iter().take(packets).collect();
    Box::pin(stream::iter(coded(&tone, coding)))
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
