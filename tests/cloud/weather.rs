//! Conversations at once in bad weather: every service refuses, breaks, stalls or is late by chance, on real sockets. The
//! short version is a test; `make chaos-net` gives it more conversations and turns by the environment.

use super::Town;
use crate::support::{Room, seconds, speech};
use audio::{Pace, wav::Wav};
use peers::{Dice, Script, Tls, Weather};
use std::{fmt, time::Duration};
use tokio::task::JoinSet;
use voice::Outcome;

pub(super) const REPLY: &str = "Sure, it leaves at nine. Do not be late for it. Take a coat with you.";
/// Three of each stage, and the addresses that they are asked at.
const HEAR: [&str; 3] = ["openai", "deepgram", "elevenlabs"];
const RESPOND: [&str; 3] = ["openai", "anthropic", "gemini"];
const SAY: [&str; 3] = ["openai", "deepgram", "elevenlabs"];
const ALL: [&str; 5] = ["openai", "deepgram", "elevenlabs", "anthropic", "gemini"];

pub(super) fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Services a little quicker than real ones, so that turns are many.
pub(super) fn script(weather: Option<Weather>) -> Script {
    Script {
        stt_ms: 60,
        ws_stt_ms: 40,
        ttft_ms: 80,
        tts_ttfb_ms: 50,
        reply: REPLY.into(),
        weather,
        ..Script::at_once()
    }
}

pub(super) async fn room(town: &Town, recording: Wav, pace: Pace) -> Room {
    let order = |names: [&str; 3]| format!("{names:?}");
    let mut sets = vec![
        ("providers.hear".to_owned(), order(HEAR)),
        ("providers.respond".to_owned(), order(RESPOND)),
        ("providers.say".to_owned(), order(SAY)),
        ("privacy.keep_recordings".to_owned(), "100000".to_owned()),
    ];
    sets.extend(ALL.map(|name| (format!("accounts.{name}.base_url"), town.peers.url(name))));
    let sets: Vec<(&str, &str)> = sets.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let room = Room::open(recording, pace, &sets);
    town.give_keys(&room, ALL.map(|name| (name, town.peers.url(name)))).await;
    room
}

/// What was seen of a run.
#[derive(Default)]
struct Seen {
    turns: usize,
    whole: usize,
    kept: usize,
    twice: usize,
    first_ms: Vec<f64>,
    /// Those who answered and those who were tried for nothing.
    asked: usize,
}

impl Seen {
    fn first_at(&self, part: f64) -> f64 {
        let mut sorted = self.first_ms.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get((sorted.len() as f64 * part) as usize).or(sorted.last()).copied().unwrap_or_default()
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { turns, whole, kept, twice, asked, .. } = self;
        let (percent, each) = (*whole as f64 / *turns as f64 * 100.0, *asked as f64 / *turns as f64);
        write!(f, "{turns} turns, {percent:.2} % whole, {kept} recordings, {twice} said twice, ")?;
        write!(f, "first sound after {:.0} / {:.0} ms (p50, p99), ", self.first_at(0.5), self.first_at(0.99))?;
        write!(f, "{each:.2} asked a turn")
    }
}

/// `turns` turns, each after a while of about `pause` in which the person thinks, by `dice`.
async fn converse(mut room: Room, turns: usize, pause: u64, mut dice: Dice) -> Seen {
    let mut seen = Seen { turns, ..Seen::default() };
    for _ in 0..turns {
        tokio::time::sleep(Duration::from_millis(dice.below(2 * pause))).await;
        let report = room.spoken_turn().await.report;
        let heard = seconds(&room.speaker.take());
        let whole = report.outcome == Outcome::Done && report.reply == REPLY;
        seen.whole += usize::from(whole);
        // a voice that is followed by another begins its sentence anew, no more
        seen.twice += usize::from(heard > peers::seconds(REPLY) * 2.0);
        seen.first_ms.extend(report.release_to_first_audio_ms);
        seen.asked += report.answered_by.len() + report.tried.len();
        if !whole {
            println!("{:?} {:?} {:?}", report.outcome, report.answered_by, report.tried);
        }
        room.events.clear();
    }
    seen.kept = room.recordings().len();
    seen
}

async fn run(conversations: u64, turns: u64, pause: u64, weather: Option<Weather>) -> Seen {
    let recording = speech("when does the next train leave").await;
    let town = Town::open(script(weather), Tls::Off).await;
    let mut talking = JoinSet::new();
    for number in 0..conversations {
        // a recording that came all at once would be handed to sockets at the pace that they bear, which no person waits for
        let room = room(&town, recording.clone(), Pace::Real).await;
        talking.spawn(converse(room, turns as usize, pause, Dice(number)));
    }
    let mut all = Seen::default();
    while let Some(one) = talking.join_next().await {
        let one = one.expect("a conversation");
        all.turns += one.turns;
        all.whole += one.whole;
        all.kept += one.kept;
        all.twice += one.twice;
        all.first_ms.extend(one.first_ms);
        all.asked += one.asked;
    }
    town.is_content();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn in_bad_weather_turns_come_to_their_end() {
    let (conversations, turns) = (number("WILCO_CHAOS_CONVERSATIONS", 3), number("WILCO_CHAOS_TURNS", 8));
    let (seed, percent) = (number("WILCO_CHAOS_SEED", 1), number("WILCO_CHAOS_FAULTS", 30));
    let pause = number("WILCO_CHAOS_PAUSE_MS", 40);
    let calm = run(1, 5, pause, None).await;
    println!("calm: {calm}");
    assert_eq!((calm.whole, calm.kept, calm.twice), (5, 5, 0));
    let storm = run(conversations, turns, pause, Some(Weather { seed, part: percent as f64 / 100.0 })).await;
    println!("seed {seed}, {percent} % faults: {storm}");
    assert_eq!((storm.kept, storm.twice), (storm.turns, 0), "all of the sound is kept, and nothing is said twice");
    assert!(storm.asked * calm.turns > calm.asked * storm.turns, "there was weather: {storm}");
    // 99 in a hundred of many, 95 where half of the attempts fail; of few, one may fail by chance
    let may_fail = if percent > 30 { storm.turns / 20 } else { storm.turns / 100 };
    assert!(storm.turns - storm.whole <= may_fail.max(1), "{storm}");
}
