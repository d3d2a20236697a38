//! The answers: for each stage and each coding that it can come in, one that never ends, one that is too large, one that
//! swells. Its own file because it is the list that is looked at.

use crate::bits::endless_gzip;

/// An answer: its head, the beginning of its body, and what follows again and again; nothing ends it.
#[derive(Clone)]
pub(crate) struct Bomb {
    pub(crate) name: String,
    /// The provider and what it is asked.
    pub(crate) who: (&'static str, &'static str),
    pub(crate) head: String,
    pub(crate) first: Vec<u8>,
    pub(crate) again: Vec<u8>,
    /// How it may end.
    pub(crate) ends: &'static [&'static str],
}

type Who = (&'static str, &'static str);

const EVENTS: &str = "text/event-stream";
const JSON: &str = "application/json";
const TOO_LARGE: &[&str] = &["TooLarge"];
/// On a busy machine it comes no sooner than it is taken, and nothing piles up that could be too large.
const WAITED_FOR: &[&str] = &["TooLarge", "goes-on"];
/// It may also be no answer at all before it is too large.
const BAD: &[&str] = &["TooLarge", "Garbled"];
/// What it holds does not matter; some look for nothing in it that must be there.
const ANY: &[&str] = &["TooLarge", "Garbled", "EmptyAnswer", "whole"];
const REPLIES: [(&str, &str); 4] = [
    ("openai", r#"{"choices":[{"delta":{"content":"Well, then. "}}]}"#),
    ("anthropic", r#"{"type":"content_block_delta","delta":{"type":"text_delta","text":"Well, then. "}}"#),
    ("gemini", r#"{"candidates":[{"content":{"parts":[{"text":"Well, then. "}]}}]}"#),
    ("openai-responses", r#"{"type":"response.output_text.delta","delta":"Well, then. "}"#),
];
const EARS: [(&str, &str, &str); 7] = [
    ("deepgram", r#"{"type":"Results","is_final":true,"channel":{"alternatives":[{"transcript":"#, "}]}}"),
    ("elevenlabs", r#"{"message_type":"committed_transcript","text":"#, "}"),
    ("cartesia", r#"{"type":"transcript","is_final":true,"text":"#, "}"),
    ("soniox", r#"{"tokens":[{"is_final":true,"text":"#, "}]}"),
    ("assemblyai", r#"{"type":"Turn","turn_order":1,"end_of_turn":false,"turn_is_formatted":false,"transcript":"#, "}"),
    ("azure", "Path:speech.phrase\r\n\r\n{\"RecognitionStatus\":\"Success\",\"DisplayText\":", "}"),
    ("openai-realtime", r#"{"type":"conversation.item.input_audio_transcription.delta","item_id":"i","delta":"#, "}"),
];

pub(crate) fn bombs() -> Vec<Bomb> {
    [replies(), refusals(), ears(), voices(), wholes()].concat()
}

fn replies() -> Vec<Bomb> {
    let mut all = Vec::new();
    for (name, event) in REPLIES {
        let who = (name, "reply");
        let event = format!("data: {event}\n\n").repeat(100);
        all.push(bomb("a reply without end", who, EVENTS, b"", event.as_bytes(), TOO_LARGE));
        all.push(bomb("a line without end", who, EVENTS, b"data: ", &[b'x'; 8_192], TOO_LARGE));
        let swelling = format!("data: {{\"a\":[{}0]}}\n\n", "[],".repeat(349_000));
        let useless = &["TooLarge", "Garbled", "TimedOut"];
        all.push(once("an event of a million lists", who, EVENTS, swelling.as_bytes(), &["CutShort"]));
        all.push(bomb("JSON of lists without end", who, JSON, b"[", &b"[],".repeat(3_000), useless));
        let lists = [&b"[],".repeat(690_000)[..], b"0]"].concat();
        all.push(once("JSON of a million lists", who, JSON, &[b"[", &lists[..]].concat(), ANY));
        let (first, again) = endless_gzip(b"data: xxxxxxxx", 1);
        all.push(gzip("a line that swells", who, EVENTS, &first, &again, TOO_LARGE));
        let (first, again) = endless_gzip(b"[[],[],[],", 3);
        all.push(gzip("JSON that swells", who, JSON, &first, &again, TOO_LARGE));
    }
    all
}

fn refusals() -> Vec<Bomb> {
    let asked = [("openai", "reply"), ("openai", "hear"), ("openai", "say"), ("deepl", "translate")];
    let refusal = |mut bomb: Bomb| {
        bomb.head = bomb.head.replace("200 OK", "503 No");
        bomb.ends = &["ServiceFailed"];
        bomb
    };
    let (first, again) = endless_gzip(b"{\"error\":[[],[],[],", 3);
    let of = |who: Who| {
        let plain = bomb("a refusal without end", who, JSON, b"{\"error\":[", &b"[],".repeat(3_000), &[]);
        [refusal(plain), refusal(gzip("a refusal that swells", who, JSON, &first, &again, &[]))]
    };
    asked.into_iter().flat_map(of).collect()
}

fn ears() -> Vec<Bomb> {
    let mut all = Vec::new();
    for (name, before, after) in EARS {
        // those that wait until the service is ready never hear it here, which is as good
        let said = format!("{before}\"{}\"{after}", "well ".repeat(800));
        // turns that are numbered are many
        let numbered = |turn: u32| text(said.replace("order\":1", &format!("order\":{turn}")).as_bytes());
        let many: Vec<u8> = (1..40).flat_map(numbered).collect();
        for stage in ["hear", "hear-long"] {
            let begin = text(br#"{"type":"Begin"}"#);
            let begin = if name == "assemblyai" { &begin[..] } else { b"" };
            all.push(bomb("a transcript without end", (name, stage), "", begin, &many, TOO_LARGE));
        }
        let who = (name, "hear-long");
        let lists = format!("{}\"\",\"b\":[{}0]{after}", before, "[],".repeat(1_000_000));
        all.push(bomb("a frame of a million lists", who, "", b"", &text(lists.as_bytes()), BAD));
        let giant = [&[0x81, 127][..], &(1u64 << 30).to_be_bytes(), &[b'x'; 1024]].concat();
        all.push(bomb("a frame of a gigabyte", who, "", &giant, &[b'x'; 8_192], TOO_LARGE));
        let part = [&[0x00, 126, 0x20, 0x00][..], &[b'x'; 8_192]].concat();
        all.push(bomb("a frame in parts without end", who, "", &[0x01, 1, b'"'], &part, TOO_LARGE));
    }
    all
}

fn voices() -> Vec<Bomb> {
    let mut all = Vec::new();
    for name in ["openai", "deepgram", "soniox", "piper"] {
        let head: &[u8] = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0\x80\xbb\0\0\0\x77\x01\0\x02\0\x10\0data\xff\xff\xff\xff";
        let first = if name == "piper" { head } else { b"" };
        all.push(bomb("sound without end", (name, "say"), "audio/wav", first, &[1; 65_536], TOO_LARGE));
        all.push(bomb("a failure without end", (name, "say"), JSON, b"[", &b"[],".repeat(3_000), BAD));
        let (first, again) = endless_gzip(b"xxxx", 1);
        if name != "piper" {
            all.push(gzip("sound that swells", (name, "say"), "audio/pcm", &first, &again, TOO_LARGE));
        }
    }
    let data = "AAAA".repeat(200_000);
    let chunk = format!(r#"{{"type":"chunk","context_id":"w0","data":"{data}","status_code":206}}"#);
    all.push(bomb("phrases without end", ("cartesia", "say-slowly"), "", b"", &text(chunk.as_bytes()), WAITED_FOR));
    let chunk = format!(r#"{{"audio":"{data}","contextId":"w0"}}"#);
    all.push(bomb("phrases without end", ("elevenlabs", "say-slowly"), "", b"", &text(chunk.as_bytes()), WAITED_FOR));
    let lists = format!("{{\"error\":\"x\",\"contextId\":\"w0\",\"a\":[{}0]}}", "[],".repeat(1_000_000));
    all.push(bomb(
        "a failure of a million lists",
        ("elevenlabs", "say"),
        "",
        b"",
        &text(lists.as_bytes()),
        &["ServiceFailed"],
    ));
    let event = format!(
        "{{\"type\":\"audio-chunk\",\"data\":{{\"rate\":22050,\"width\":2,\"channels\":1}},\"payload_length\":{}}}\n",
        9_000_000
    );
    let event = [event.as_bytes(), &[0; 9_000_000]].concat();
    all.push(bomb("sound without end", ("wyoming-say", "say"), "", b"", &event, TOO_LARGE));
    let lists = format!("[{}0]", "[],".repeat(3_000_000));
    let event = format!("{{\"type\":\"info\",\"data_length\":{}}}\n{lists}", lists.len());
    all.push(bomb("an event of a million lists", ("wyoming-say", "say"), "", b"", event.as_bytes(), BAD));
    all
}

fn wholes() -> Vec<Bomb> {
    let asked = [
        ("whisper-cpp", "hear"),
        ("google", "hear"),
        ("google", "translate"),
        ("deepl", "translate"),
        ("libretranslate", "translate"),
        ("google", "say"),
        ("openai", "offers"),
        ("anthropic", "offers"),
        ("gemini", "offers"),
        ("deepgram", "offers"),
        ("elevenlabs", "offers"),
    ];
    let (first, again) = endless_gzip(b"{\"data\":[[],[],[],", 3);
    let of = |who: Who| {
        let lists = |many| [b"{\"data\":[".as_slice(), &b"[],".repeat(many), b"[]]}"].concat();
        [
            bomb("JSON without end", who, JSON, b"{\"data\":[", &b"[],".repeat(3_000), BAD),
            once("JSON of many lists", who, JSON, &lists(690_000), ANY),
            once("JSON of a million lists", who, JSON, &lists(2_700_000), ANY),
            gzip("JSON that swells", who, JSON, &first, &again, BAD),
        ]
    };
    asked.into_iter().flat_map(of).collect()
}

fn bomb(what: &str, who: Who, kind: &str, first: &[u8], again: &[u8], ends: &'static [&'static str]) -> Bomb {
    // a bare protocol and a socket have no head of this kind
    let head = if kind.is_empty() {
        String::new()
    } else {
        format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\nconnection: close\r\n\r\n")
    };
    Bomb { name: format!("{} {}, {what}", who.0, who.1), who, head, first: first.to_vec(), again: again.to_vec(), ends }
}

fn once(what: &str, who: Who, kind: &str, all: &[u8], ends: &'static [&'static str]) -> Bomb {
    bomb(what, who, kind, all, b"", ends)
}

fn gzip(what: &str, who: Who, kind: &str, first: &[u8], again: &[u8], ends: &'static [&'static str]) -> Bomb {
    let mut bomb = bomb(what, who, kind, first, again, ends);
    bomb.head = bomb.head.replace("connection:", "content-encoding: gzip\r\nconnection:");
    bomb
}

/// A text frame of a server.
fn text(payload: &[u8]) -> Vec<u8> {
    [&[0x81, 127][..], &(payload.len() as u64).to_be_bytes(), payload].concat()
}
