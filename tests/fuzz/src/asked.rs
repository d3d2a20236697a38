//! What providers are asked, and what came of it. Its own file because every target that has a far end asks the same.

use crate::{
    far::{Answer, asking},
    is_sober,
};
use futures_util::{Stream, StreamExt, stream};
use voice::{
    Coding, Error, ErrorKind, FirstPhrase, Hearing, Language, Packet, PacketStream, Phrase, Prompt, VoiceChoice, Words,
};

/// The longest reply that is let through, in bytes.
pub const LONGEST: usize = 64 * 1024;

/// Everything that came, and how it ended.
#[derive(Debug, Default, PartialEq)]
pub struct Seen {
    pub bytes: Vec<u8>,
    pub pieces: usize,
    pub failed: Option<ErrorKind>,
}

async fn all<T>(pieces: impl Stream<Item = Result<T, Error>>, take: impl Fn(&mut Seen, T)) -> Seen {
    let (mut pieces, mut seen) = (std::pin::pin!(pieces), Seen::default());
    while let Some(piece) = pieces.next().await {
        assert!(seen.failed.is_none(), "nothing comes after an error");
        match piece {
            Ok(piece) => {
                seen.pieces += 1;
                take(&mut seen, piece);
            }
            Err(error) => {
                is_sober(&error);
                seen.failed = Some(error.kind);
            }
        }
    }
    assert!(seen.pieces > 0 || seen.failed.is_some(), "an answer is not nothing");
    seen
}

fn words() -> Words {
    Words { text: "Hi.".into(), language: Language::new("en"), last: true, translation: None }
}

/// The reply of `name`.
pub fn reply(name: &str, answer: Answer) -> Seen {
    asking(name, answer, |provider, _| async move {
        let prompt = Prompt { system: "Be brief.".into(), history: Vec::new(), words: words() };
        let respond = provider.respond.expect("it replies");
        let seen = all(respond.reply(prompt), |seen, text| seen.bytes.extend(text.into_bytes())).await;
        assert!(seen.bytes.len() <= LONGEST);
        seen
    })
}

/// What `name` translates.
pub fn translation(name: &str, answer: Answer) -> Seen {
    asking(name, answer, |provider, _| async move {
        let translate = provider.translate.expect("it translates");
        let text = translate.translate(words(), Language::new("fr"));
        let seen = all(text, |seen, text| seen.bytes.extend(text.into_bytes())).await;
        assert!(seen.bytes.len() <= LONGEST);
        seen
    })
}

/// What `name` says.
pub fn sound(name: &str, answer: Answer) -> Seen {
    asking(name, answer, |provider, _| async move {
        let voice =
            VoiceChoice { name: String::new(), rate: 1.0, volume: 1.0, first: FirstPhrase::Clause, muted: false };
        let phrase = Phrase { number: 0, text: "Hi.".into(), language: Language::new("en") };
        let sound = provider.say.expect("it speaks").say(phrase, voice);
        all(sound, |seen, packet| seen.bytes.extend(packet.bytes)).await
    })
}

/// What `name` hears: the words that count.
pub fn transcript(name: &str, answer: Answer) -> Seen {
    asking(name, answer, |provider, coding| async move {
        let how = Hearing { language: Language::new("en"), grammar: None, into: None };
        let heard = provider.hear.expect("it hears").hear(speech(coding), how);
        let seen = all(heard, |seen, words| {
            seen.bytes = if words.last { words.text.into_bytes() } else { Vec::new() };
        });
        let seen = seen.await;
        assert!(seen.bytes.len() <= LONGEST, "{} bytes", seen.bytes.len());
        seen
    })
}

/// What `name` offers, or why not.
pub fn offers(name: &str, answer: Answer) -> Seen {
    asking(name, answer, |provider, _| async move {
        let offers = provider.service.expect("an address").offers().await;
        let told = offers.map(|offers| format!("{offers:?}").into_bytes());
        all(stream::iter([told]), |seen, told| seen.bytes = told).await
    })
}

/// A second of something.
fn speech(coding: Coding) -> PacketStream {
    let piece: Vec<u8> = match coding {
        Coding::Pcm16 { .. } => vec![1; 640],
        Coding::OggOpus => b"OggS\0\0\x80\xbb\0\0\0\0\0\0\x01\0\0\0 what a page holds".to_vec(),
        _ => vec![0x48; 60],
    };
    Box::pin(stream::iter((0..50).map(move |_| Packet { coding, bytes: piece.clone().into() })))
}
