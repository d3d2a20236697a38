//! What Yandex says: lines of JSON that hold sound, while it is made. Its own file because the form has nothing in common
//! with the other two services.
//!
//! Wire format: <https://yandex.cloud/docs/speechkit/tts-v3/api-ref/Synthesizer/utteranceSynthesis>.

use super::{SPEAKS, Yandex};
use crate::fault;
use async_stream::try_stream;
use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::{Method, StatusCode, header::HeaderMap};
use serde::Deserialize;
use serde_json::{Value, json};
use voice::{Coding, Error, ErrorKind, Packet, Phrase, SoundStream, Synthesise, VoiceChoice};

/// A voice for each language that it speaks, and others for the choice; a voice speaks its own language only.
pub(super) const VOICES: &[(&str, &[&str])] = &[
    (
        "ru",
        &[
            "marina",
            "alena",
            "alexander",
            "anton",
            "dasha",
            "ermil",
            "filipp",
            "jane",
            "julia",
            "kirill",
            "lera",
            "madirus",
            "masha",
            "omazh",
            "zahar",
        ],
    ),
    ("en", &["john"]),
    ("de", &["lea"]),
    ("he", &["naomi"]),
    ("kk", &["amira", "madi", "saule", "zhanar"]),
    ("uz", &["nigora", "lola", "yulduz"]),
];
const PCM: Coding = Coding::Pcm16 { rate: 22_050 };
/// A line that is longer is none (fault matrix, D12).
const LONGEST: usize = 1024 * 1024;

impl Synthesise for Yandex {
    fn say(&self, phrase: Phrase, voice: VoiceChoice) -> SoundStream {
        let yandex = self.clone();
        Box::pin(try_stream! {
            let mut request = yandex.request(Method::POST, SPEAKS, "tts/v3/utteranceSynthesis");
            if let Some(folder) = yandex.folder() {
                request = request.header("x-folder-id", folder);
            }
            let mut answer = yandex.vendor.send(request.json(&yandex.speech(&phrase, voice.rate)?)).await?;
            let (mut lines, mut over) = (Lines::default(), false);
            while !over {
                let piece = answer.chunk().await.map_err(|error| fault::transport(yandex.vendor.name, &error))?;
                over = piece.is_none();
                for line in lines.push(piece.as_deref()).map_err(|()| yandex.vendor.error(ErrorKind::TooLarge, "a line was over 1 MiB."))? {
                    if let Some(bytes) = yandex.sound(&line)? {
                        yield Packet { coding: PCM, bytes: bytes.into() };
                    }
                }
            }
        })
    }
}

impl Yandex {
    fn speech(&self, phrase: &Phrase, rate: f32) -> Result<Value, Error> {
        let own = VOICES.iter().find(|(language, _)| *language == phrase.language.tag());
        let own = own.and_then(|(_, voices)| voices.first()).copied();
        let chosen = Some(self.vendor.account.voice.as_str()).filter(|voice| !voice.is_empty());
        let voice = chosen.or(own).ok_or_else(|| self.unsupported(VOICES.iter().map(|(language, _)| *language)))?;
        // each hint is an object of its own
        let mut hints = vec![json!({ "voice": voice })];
        if rate != 1.0 {
            hints.push(json!({ "speed": rate }));
        }
        Ok(json!({
            "text": unmarked(&phrase.text), "hints": hints,
            "outputAudioSpec": { "rawAudio": { "audioEncoding": "LINEAR16_PCM", "sampleRateHertz": "22050" } },
            // a phrase may be longer than 250 characters
            "unsafeMode": true,
        }))
    }

    /// The sound of one line of the answer; lines may also be about something else.
    fn sound(&self, line: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let garbled = |_| self.vendor.error(ErrorKind::Garbled, "a line is not as expected.");
        let line: Line = serde_json::from_slice(line).map_err(|error| garbled(error.to_string()))?;
        if let Some(failure) = line.error {
            return Err(fault::refusal(self.vendor.name, failure.status(), &HeaderMap::new(), b""));
        }
        let data = line.result.and_then(|result| result.chunk).map(|chunk| chunk.data);
        data.map(|data| BASE64_STANDARD.decode(data).map_err(|error| garbled(error.to_string()))).transpose()
    }
}

/// Text without the marks that would be read as stress, emphasis and pauses.
fn unmarked(text: &str) -> String {
    let next = text.chars().skip(1).map(Some).chain([None]);
    let stress = |(sign, next): &(char, Option<char>)| *sign == '+' && next.is_some_and(char::is_alphabetic);
    let kept = text.chars().zip(next).filter(|pair| !stress(pair));
    kept.map(|(sign, _)| if "*[]<>".contains(sign) { ' ' } else { sign }).collect()
}

#[derive(Deserialize)]
struct Line {
    result: Option<Piece>,
    error: Option<Failure>,
}

#[derive(Deserialize)]
struct Piece {
    #[serde(rename = "audioChunk")]
    chunk: Option<Chunk>,
}

#[derive(Deserialize)]
struct Chunk {
    data: String,
}

/// The number is one of gRPC's, by its new or its old name.
#[derive(Deserialize)]
struct Failure {
    #[serde(alias = "grpcCode")]
    code: u16,
}

impl Failure {
    fn status(&self) -> StatusCode {
        match self.code {
            3 | 9 | 11 => StatusCode::BAD_REQUEST,
            5 => StatusCode::NOT_FOUND,
            7 | 16 => StatusCode::UNAUTHORIZED,
            8 => StatusCode::TOO_MANY_REQUESTS,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// Pieces cut anywhere to whole lines; blank ones are left out.
#[derive(Default)]
struct Lines {
    begun: Vec<u8>,
}

impl Lines {
    /// The lines that are whole now; `None` ends the last one. An error is a line without end.
    fn push(&mut self, piece: Option<&[u8]>) -> Result<Vec<Vec<u8>>, ()> {
        self.begun.extend_from_slice(piece.unwrap_or(b"\n"));
        let mut lines: Vec<Vec<u8>> = self.begun.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        self.begun = lines.pop().unwrap_or_default();
        lines.retain(|line| !line.trim_ascii().is_empty());
        if self.begun.len() > LONGEST { Err(()) } else { Ok(lines) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::{
        scripted::{JSON, Peer},
        yandex::{ROW, open},
    };
    use futures_util::StreamExt;
    use voice::{Account, FirstPhrase, Language};

    async fn spoken(text: &str, language: &str, answer: &[&[u8]]) -> (Vec<Result<Packet, Error>>, Value) {
        let peer = Peer::in_pieces(200, JSON, answer).await;
        let yandex = open(peer.vendor(&ROW, Account::default(), "k")).say.unwrap();
        let phrase = Phrase { number: 0, text: text.into(), language: Language::new(language) };
        let voice =
            VoiceChoice { name: String::new(), rate: 1.0, volume: 1.0, first: FirstPhrase::Clause, muted: false };
        let sound = yandex.say(phrase, voice).collect().await;
        let (_, body) = peer.request().await;
        (sound, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn lines_of_sound_may_be_cut_anywhere() {
        let answer: [&[u8]; 3] = [
            b"{\"result\":{\"audioChunk\":{\"data\":\"AQ",
            b"I=\"},\"startMs\":\"0\"}}\n{\"result\":{\"textChunk\":{\"text\":\"x\"}}}\n\n{\"result\":{\"audioChunk\"",
            b":{\"data\":\"AwQ=\"}}}",
        ];
        let (sound, body) = spoken("Привет", "ru", &answer).await;
        let packets: Vec<Packet> = sound.into_iter().map(Result::unwrap).collect();
        assert_eq!(packets.iter().map(|packet| packet.bytes.to_vec()).collect::<Vec<_>>(), [[1, 2], [3, 4]]);
        assert!(packets.iter().all(|packet| packet.coding == PCM));
        assert_eq!(body["hints"], json!([{"voice": "marina"}]));
        assert_eq!(spoken("Hi", "en", &answer).await.1["hints"], json!([{"voice": "john"}]));
    }

    #[tokio::test]
    async fn a_failure_after_the_status_is_told_by_its_number() {
        for (code, kind) in [(16, ErrorKind::KeyRefused), (8, ErrorKind::Busy), (13, ErrorKind::ServiceFailed)] {
            let answer = format!("{{\"error\":{{\"code\":{code},\"message\":\"words\",\"details\":[]}}}}\n");
            let (sound, _) = spoken("Привет", "ru", &[answer.as_bytes()]).await;
            assert_eq!(sound[0].as_ref().unwrap_err().kind, kind, "{code}");
        }
    }

    #[test]
    fn a_line_has_an_end() {
        let mut lines = Lines::default();
        assert_eq!(lines.push(Some(b"a\nb")), Ok(vec![b"a".to_vec()]));
        assert_eq!(lines.push(None), Ok(vec![b"b".to_vec()]));
        assert_eq!(lines.push(None), Ok(vec![]));
        assert_eq!(lines.push(Some(&[b'x'; LONGEST + 1])), Err(()));
    }

    #[test]
    fn marks_are_not_read() {
        assert_eq!(unmarked("зам+ок **вот** 2+2=4 <[small]>"), "замок   вот   2+2=4   small  ");
    }
}
