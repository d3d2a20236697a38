//! The real devices by hand: `sound list`, `sound record SECONDS OUT.wav [MICROPHONE]`,
//! `sound listen OUT.wav [MICROPHONE] [follow] [hush]` until its input ends and `sound speak IN.wav SECONDS_OF_A_SENTENCE [hush]`,
//! telling each fact as one line of JSON, and `sound play IN.wav [CUT_AFTER_SECONDS] [LOUDSPEAKER]`. Prints what the room
//! tells.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a tool by hand may stop at the first surprise")]

use audio::{Decoder, DeviceMic, DeviceSpeaker, Heard, Loudspeaker, Microphone, Now, Piece, Played, Wav};
use std::{
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};
use voice::{AudioChoice, Error, Frame};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let name = |at: usize| args.get(at).cloned().unwrap_or_default();
    let choice = |input: String, output: String| AudioChoice { input, output, ..AudioChoice::default() };
    let is = |word: &str| args.iter().any(|arg| arg == word);
    match name(0).as_str() {
        "record" => record(&choice(name(3), String::new()), name(1).parse().unwrap(), &name(2)),
        "listen" => {
            let choice =
                AudioChoice { follow_default: is("follow"), hush: is("hush"), ..choice(name(2), String::new()) };
            listen(&choice, &name(1));
        }
        "speak" => {
            let choice = AudioChoice { hush: is("hush"), ..AudioChoice::default() };
            speak(&choice, &Wav::read(name(1)).unwrap(), name(2).parse().unwrap());
        }
        "play" => play(&choice(String::new(), name(3)), &Wav::read(name(1)).unwrap(), name(2).parse().ok()),
        _ => audio::devices().iter().for_each(|device| println!("{device:?}")),
    }
}

/// The one clock of this tool.
#[expect(clippy::disallowed_methods, reason = "a tool by hand owns its clock")]
fn clock() -> Now {
    let start = std::time::Instant::now();
    Arc::new(move || start.elapsed())
}

fn record(choice: &AudioChoice, seconds: f64, path: &str) {
    let (tell, heard) = mpsc::sync_channel(10_000);
    let mic = DeviceMic::new(clock()).open(choice, Box::new(move |fact| tell.send(fact).unwrap_or_default())).unwrap();
    let closer = thread::spawn(move || {
        thread::sleep(Duration::from_secs_f64(seconds));
        println!("key up, {} samples lost", mic.lost_samples());
    });
    let (mut decoder, mut samples, mut packets, mut voiced_packets) = (Decoder::new(16_000), Vec::new(), 0, 0);
    for fact in heard {
        match fact {
            Heard::Packet { packet, voiced } => {
                packets += 1;
                voiced_packets += u32::from(voiced);
                samples.extend(decoder.push(&packet).unwrap().into_iter().flat_map(|frame| frame.samples));
            }
            Heard::Level(_) => {}
            other => println!("{other:?} after {packets} packets"),
        }
    }
    closer.join().unwrap();
    println!("{packets} packets, {voiced_packets} voiced");
    Wav { rate: 16_000, samples }.write(path).unwrap();
}

fn listen(choice: &AudioChoice, path: &str) {
    let (tell, heard) = mpsc::sync_channel(10_000);
    let mic = DeviceMic::new(clock()).open(choice, Box::new(move |fact| tell.send(fact).unwrap_or_default())).unwrap();
    let closer = thread::spawn(move || {
        std::io::stdin().lines().count();
        drop(mic);
    });
    let (mut decoder, mut samples) = (Decoder::new(16_000), Vec::new());
    for fact in heard {
        match fact {
            Heard::Packet { packet, .. } => {
                samples.extend(decoder.push(&packet).unwrap().into_iter().flat_map(|frame| frame.samples));
            }
            Heard::Level(_) => {}
            Heard::Live => println!(r#"{{"is":"live"}}"#),
            Heard::Seam(seam) => println!(r#"{{"is":"seam","at":{},"lost":{}}}"#, seam.at_ms, seam.lost_ms),
            Heard::News(news) => println!(r#"{{"is":"news","news":"{}"}}"#, format!("{news:?}").replace('"', "'")),
            Heard::Fault(error) => tell_fault(&error),
        }
    }
    closer.join().unwrap();
    Wav { rate: 16_000, samples }.write(path).unwrap();
    println!(r#"{{"is":"over"}}"#);
}

fn tell_fault(error: &Error) {
    let detail = format!("{}: {}", error.source, error.detail).replace('"', "'");
    println!(r#"{{"is":"fault","kind":"{:?}","detail":"{detail}"}}"#, error.kind);
}

fn speak(choice: &AudioChoice, wav: &Wav, sentence: f64) {
    let (tell, played) = mpsc::sync_channel(10_000);
    let length = (f64::from(wav.rate) * sentence) as usize;
    let frame = |samples: &[f32]| Piece::Sound(Frame { rate: wav.rate, samples: samples.to_vec() });
    let sentences = wav.samples.chunks(length);
    let pieces =
        sentences.flat_map(|one| [Piece::Sentence].into_iter().chain(one.chunks(wav.rate as usize / 50).map(frame)));
    let mut pieces = pieces.collect::<Vec<_>>().into_iter();
    let speaker = DeviceSpeaker::new();
    let tell = Box::new(move |fact| tell.send(fact).unwrap_or_default());
    let _playing = speaker.play(choice, 1.0, Box::new(move || pieces.next()), tell).unwrap();
    for fact in played {
        match fact {
            Played::First => println!(r#"{{"is":"first"}}"#),
            Played::Until(seconds) => println!(r#"{{"is":"until","seconds":{seconds}}}"#),
            Played::Done => println!(r#"{{"is":"done"}}"#),
            Played::Trouble(error) | Played::Fault(error) => tell_fault(&error),
        }
    }
}

fn play(choice: &AudioChoice, wav: &Wav, cut: Option<f64>) {
    let (tell, played) = mpsc::sync_channel(10_000);
    let frames: Vec<Frame> = wav
        .samples
        .chunks(wav.rate as usize / 50)
        .map(|piece| Frame { rate: wav.rate, samples: piece.to_vec() })
        .collect();
    let mut frames = frames.into_iter();
    let speaker = DeviceSpeaker::new();
    let playing = speaker
        .play(
            choice,
            1.0,
            Box::new(move || frames.next().map(Into::into)),
            Box::new(move |fact| tell.send(fact).unwrap_or_default()),
        )
        .unwrap();
    if let Some(seconds) = cut {
        thread::sleep(Duration::from_secs_f64(seconds));
        println!("cut");
        drop(playing);
        thread::sleep(Duration::from_secs(1));
        return;
    }
    let told: Vec<Played> = played.iter().collect();
    println!("{:?} … {:?}", &told[..told.len().min(3)], &told[told.len().saturating_sub(2)..]);
}
