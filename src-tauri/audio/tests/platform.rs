//! The platform without devices, from outside: a recording as the microphone, memory as the loudspeaker.
#![cfg(test)]

use audio::{
    Decoder, Ear, Heard, Loudspeaker, MemorySpeaker, Microphone, NextPiece, Pace, Played, Playing, Wav, WavMic,
};
use std::{
    path::PathBuf,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
};
use voice::{AudioChoice, ErrorKind, Frame, Packet};

fn choice(suppress_noise: bool) -> AudioChoice {
    AudioChoice { suppress_noise, ..AudioChoice::default() }
}

fn tone(hz: f32, rate: u32, seconds: f32) -> Vec<f32> {
    (0..(rate as f32 * seconds) as usize)
        .map(|n| (n as f32 * hz * std::f32::consts::TAU / rate as f32).sin() * 0.5)
        .collect()
}

fn crossings(sound: &[f32]) -> usize {
    sound.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count()
}

mod microphone {
    use super::*;

    fn ear() -> (Ear, Receiver<Heard>) {
        let (tell, heard) = sync_channel(64);
        (Box::new(move |fact| tell.send(fact).unwrap_or_default()), heard)
    }

    /// Everything that is heard of a recording until the ear is dropped.
    fn heard(rate: u32, samples: Vec<f32>, suppress_noise: bool) -> Vec<Heard> {
        let (ear, heard) = ear();
        let _mic = WavMic::new(Wav { rate, samples }, Pace::Fast).open(&choice(suppress_noise), ear).unwrap();
        heard.iter().collect()
    }

    fn packets(heard: &[Heard]) -> Vec<Packet> {
        heard
            .iter()
            .filter_map(|fact| if let Heard::Packet { packet, .. } = fact { Some(packet.clone()) } else { None })
            .collect()
    }

    fn sound(heard: &[Heard]) -> Vec<f32> {
        let mut decoder = Decoder::new(16_000);
        let mut frames: Vec<Frame> = packets(heard).iter().flat_map(|packet| decoder.push(packet).unwrap()).collect();
        frames.extend(decoder.finish());
        frames.into_iter().flat_map(|frame| frame.samples).collect()
    }

    #[test]
    fn every_rate_gives_the_same_packets_of_the_same_tone() {
        for (rate, suppress) in [(48_000, false), (44_100, false), (16_000, false), (8_000, false), (11_025, false)] {
            let heard = heard(rate, tone(440.0, rate, 1.0), suppress);
            assert_eq!(heard[0], Heard::Live);
            // one second, and one more packet because the encoder lags behind
            assert_eq!(packets(&heard).len(), 51, "at {rate} Hz");
            assert!(crossings(&sound(&heard)[200..15_800]).abs_diff(429) <= 4, "at {rate} Hz");
        }
    }

    #[test]
    fn the_last_samples_are_heard() {
        let mut samples = vec![0.001; 16_000];
        samples[15_900..].fill(0.5);
        let sound = sound(&heard(16_000, samples, false));
        assert!(sound[15_950..].iter().any(|sample| *sample > 0.25));
    }

    #[test]
    fn facts_come_in_order_and_loudness_goes_with_its_packet() {
        let heard = heard(16_000, tone(440.0, 16_000, 0.1), false);
        let levels: Vec<f32> =
            heard.iter().filter_map(|fact| if let Heard::Level(rms) = fact { Some(*rms) } else { None }).collect();
        assert_eq!(levels.len(), packets(&heard).len());
        assert!((levels[2] - 0.3535).abs() < 0.01);
        assert_eq!(heard.iter().filter(|fact| **fact == Heard::Live).count(), 1);
    }

    #[test]
    fn pure_zeros_are_told_once_and_the_mic_stays_open() {
        let heard = heard(16_000, vec![0.0; 16_000], false);
        let faults: Vec<_> = heard
            .iter()
            .filter_map(|fact| if let Heard::Fault(error) = fact { Some(error.kind) } else { None })
            .collect();
        assert_eq!(faults, [ErrorKind::ZeroSignal]);
        assert_eq!(packets(&heard).len(), 51);
    }

    #[test]
    fn noise_suppression_keeps_the_length() {
        assert_eq!(packets(&heard(44_100, tone(440.0, 44_100, 1.0), true)).len(), 51);
    }

    #[test]
    fn letting_go_ends_the_utterance() {
        let (ear, heard) = ear();
        let mic = WavMic::new(Wav { rate: 16_000, samples: vec![0.1; 16_000 * 500] }, Pace::Real)
            .open(&choice(false), ear)
            .unwrap();
        assert_eq!(heard.recv(), Ok(Heard::Live));
        drop(mic);
        assert!(packets(&heard.iter().collect::<Vec<_>>()).len() < 100, "the ear was dropped long before the end");
    }

    #[test]
    fn speech_is_voiced_and_silence_is_not() {
        let quiet = heard(16_000, (0..32_000).map(|n| if n % 2 == 0 { 1e-4 } else { -1e-4 }).collect(), false);
        assert!(!quiet.iter().any(|fact| matches!(fact, Heard::Packet { voiced: true, .. })));

        let Some(folder) = std::env::var_os("WILCO_SPEECH").map(PathBuf::from) else {
            eprintln!("WILCO_SPEECH is not set: voice activity was not tried on real speech");
            return;
        };
        let mut files: Vec<PathBuf> =
            std::fs::read_dir(folder.join("libri")).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.retain(|path| path.extension().is_some_and(|end| end == "wav"));
        files.sort();
        for file in files.iter().take(10) {
            let wav = Wav::read(file).unwrap();
            let expected = (wav.samples.len() as f64 * 50.0 / f64::from(wav.rate)) as usize;
            let heard = heard(wav.rate, wav.samples, false);
            let voiced = heard.iter().filter(|fact| matches!(fact, Heard::Packet { voiced: true, .. })).count();
            let all = packets(&heard).len();
            eprintln!("{}: {voiced} of {all} packets voiced", file.file_name().unwrap().display());
            assert!((expected..expected + 3).contains(&all));
            assert!(voiced * 10 > all * 4, "read speech is mostly speech");
        }
    }
}

mod loudspeaker {
    use super::*;

    struct Show {
        speaker: MemorySpeaker,
        frames: SyncSender<Frame>,
        played: Receiver<Played>,
        playing: Playing,
    }

    fn play(speaker: MemorySpeaker, volume: f32) -> Show {
        let (frames, waiting) = sync_channel::<Frame>(4);
        let (tell, played) = sync_channel(10_000);
        let next: NextPiece = Box::new(move || waiting.recv().ok().map(Into::into));
        let playing = speaker
            .play(&choice(false), volume, next, Box::new(move |fact| tell.send(fact).unwrap_or_default()))
            .unwrap();
        Show { speaker, frames, played, playing }
    }

    fn say(show: &Show, rate: u32, samples: &[f32]) {
        for piece in samples.chunks(rate as usize / 50) {
            show.frames.send(Frame { rate, samples: piece.to_vec() }).unwrap();
        }
    }

    /// Ends the reply and gives all that was told of it.
    fn to_the_end(show: Show) -> (Vec<Played>, Vec<f32>) {
        let Show { speaker, frames, played, playing } = show;
        drop(frames);
        let told = played.iter().collect();
        drop(playing);
        (told, speaker.take())
    }

    #[test]
    fn all_of_it_is_played_at_the_devices_rate() {
        for (from, to) in [(24_000, 48_000), (22_050, 44_100), (16_000, 16_000), (8_000, 48_000)] {
            let show = play(MemorySpeaker::new(to, Pace::Fast), 1.0);
            say(&show, from, &tone(440.0, from, 2.0));
            let (told, sound) = to_the_end(show);
            assert!(sound.len().abs_diff(to as usize * 2) <= 1, "{} samples at {to} Hz", sound.len());
            assert!(crossings(&sound).abs_diff(880) <= 2);
            assert_eq!((told.first(), told.last()), (Some(&Played::First), Some(&Played::Done)));
            let Played::Until(seconds) = told[told.len() - 2] else { panic!("{told:?}") };
            assert!((seconds - 2.0).abs() < 0.001);
        }
    }

    #[test]
    fn rates_may_change_within_a_reply() {
        let show = play(MemorySpeaker::new(48_000, Pace::Fast), 1.0);
        say(&show, 16_000, &tone(440.0, 16_000, 0.5));
        say(&show, 24_000, &tone(440.0, 24_000, 0.5));
        assert!(to_the_end(show).1.len().abs_diff(48_000) <= 2);
    }

    #[test]
    fn volume_is_applied_once() {
        let show = play(MemorySpeaker::new(16_000, Pace::Fast), 0.5);
        say(&show, 16_000, &[0.8; 16_000]);
        assert!(to_the_end(show).1.iter().all(|sample| *sample == 0.4));
    }

    #[test]
    fn a_cut_leaves_the_rest_out_and_tells_nothing_more() {
        let show = play(MemorySpeaker::new(16_000, Pace::Real), 1.0);
        say(&show, 16_000, &[0.5; 8_000]);
        assert_eq!(show.played.recv(), Ok(Played::First));
        let Show { speaker, frames, played, playing } = show;
        drop(playing);
        let told: Vec<Played> = played.iter().collect();
        assert!(!told.contains(&Played::Done));
        // the ends of both channels are gone: `next` and `on` were dropped
        while frames.send(Frame { rate: 16_000, samples: vec![0.5; 320] }).is_ok() {}
        // whatever is played later comes after the fade of the cut reply
        let second = play(speaker, 1.0);
        say(&second, 16_000, &[0.25; 320]);
        let (_, sound) = to_the_end(second);
        let first = sound.len() - 320;
        assert!(first < 7_000, "{first} of 8000 samples were played");
        assert_eq!(sound[first..], [0.25; 320]);
        let fade = &sound[first - 160..first];
        assert!(fade.windows(2).all(|pair| pair[1] <= pair[0]), "it fades");
    }

    #[test]
    fn a_reply_of_nothing_is_done() {
        let (told, sound) = to_the_end(play(MemorySpeaker::new(16_000, Pace::Fast), 1.0));
        assert_eq!((told, sound.len()), (vec![Played::Until(0.0), Played::Done], 0));
    }

    #[test]
    fn frames_of_no_rate_are_a_fault() {
        let show = play(MemorySpeaker::new(16_000, Pace::Fast), 1.0);
        show.frames.send(Frame { rate: 0, samples: vec![0.0; 10] }).unwrap();
        let (told, _) = to_the_end(show);
        assert!(matches!(told.as_slice(), [Played::Fault(error)] if error.kind == ErrorKind::AudioFailed), "{told:?}");
    }
}
