//! The child: it asks once, takes all that comes as a person's loudspeaker would who never gets enough, and tells what it
//! cost. Its own file because nothing else runs in its process.

use futures_util::StreamExt;
use providers::Table;
use std::{
    fs,
    time::{Duration, Instant},
};
use tokio::time::{sleep, timeout};
use voice::{
    Account, Coding, Error, FirstPhrase, Hearing, Language, Network, Packet, Phrase, Prompt, Provider, Secret,
    VoiceChoice, Words,
};

/// What is still there then will not end.
const PATIENCE: Duration = Duration::from_secs(10);
/// What wants samples takes 16 kHz.
const RATE: u32 = 16_000;

/// `PROVIDER STAGE PORT` in `WILCO_BOMB`; without it, this is no child.
#[test]
fn eats() {
    let Ok(what) = std::env::var("WILCO_BOMB") else { return };
    let [name, stage, port] = what.split(' ').collect::<Vec<_>>()[..] else { panic!("{what}") };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let table = Table::default();
    let host = format!("127.0.0.1:{port}");
    table.give_key(name, &host, Some(Secret::new("key")));
    let open = |path: &str| {
        let base_url =
            if name.starts_with("wyoming") { format!("tcp://{host}") } else { format!("http://{host}{path}") };
        // with a voice, none is looked up
        let account = Account { base_url, voice: "v".into(), ..Account::default() };
        table.open(name, &account, &Network::default()).unwrap_or_else(|error| panic!("{error}"))
    };
    if !name.starts_with("wyoming") {
        runtime.block_on(taken(&open("/warm"), stage)).expect_err("an honest refusal");
    }
    let provider = open("/bomb");
    let before = kib("VmRSS:");
    #[expect(clippy::disallowed_methods, reason = "real time is what is measured")]
    let begun = Instant::now();
    let ended = runtime.block_on(async { timeout(PATIENCE, taken(&provider, stage)).await });
    let ms = begun.elapsed().as_millis();
    let kind = match ended {
        Ok(Ok(())) => "whole".to_owned(),
        Ok(Err(error)) => format!("{:?}", error.kind),
        Err(_) => "goes-on".to_owned(),
    };
    println!("\neaten {kind} {} {ms}", kib("VmHWM:").saturating_sub(before));
}

async fn taken(provider: &Provider, stage: &str) -> Result<(), Error> {
    let words = Words { text: "Hi.".into(), language: Language::new("en"), last: true, translation: None };
    match stage {
        "hear" | "hear-long" => {
            let how = Hearing { language: Language::new("en"), grammar: None, into: None };
            let packet = Packet { coding: Coding::Pcm16 { rate: RATE }, bytes: vec![0; 640].into() };
            let said = futures_util::stream::iter(vec![packet; 50]);
            // somebody who goes on speaking, for the key is still held
            let sound =
                if stage == "hear" { said.boxed() } else { said.chain(futures_util::stream::pending()).boxed() };
            let mut heard = provider.hear.as_ref().expect("it hears").hear(sound, how);
            while let Some(words) = heard.next().await {
                words?;
            }
        }
        "reply" => {
            let prompt = Prompt { system: String::new(), history: Vec::new(), words };
            let mut reply = provider.respond.as_ref().expect("it replies").reply(prompt);
            while let Some(piece) = reply.next().await {
                piece?;
            }
        }
        "translate" => {
            let mut text = provider.translate.as_ref().expect("it does").translate(words, Language::new("fr"));
            while let Some(piece) = text.next().await {
                piece?;
            }
        }
        "say" | "say-slowly" => {
            let voice =
                VoiceChoice { name: String::new(), rate: 1.0, volume: 1.0, first: FirstPhrase::Clause, muted: false };
            let phrase = Phrase { number: 0, text: "Hi.".into(), language: Language::new("en") };
            let mut sound = provider.say.as_ref().expect("it speaks").say(phrase, voice);
            let mut decoder = audio::Decoder::new(24_000);
            let slowly = stage == "say-slowly";
            while let Some(packet) = sound.next().await {
                // what cannot be decoded is passed over, as it is where it is played
                drop(decoder.push(&packet?));
                if slowly {
                    sleep(Duration::from_millis(2)).await;
                }
            }
        }
        "offers" => drop(provider.service.as_ref().expect("an address").offers().await?),
        other => panic!("{other}"),
    }
    Ok(())
}

fn kib(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("a status");
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line");
    line.trim().trim_end_matches(" kB").parse().expect("KiB")
}
