//! One thing goes wrong at a time, on real sockets: one fault in each turn, then a service that is gone or slow for a while.
//! The short version is a test; `make chaos-net` gives it more turns by the environment.

use super::{
    Town,
    weather::{REPLY, number, room, script},
};
use crate::support::{Ended, Room, speech};
use audio::{Pace, wav::Wav};
use peers::{Dice, Fault, Plan, Stage, Tls};
use std::{collections::BTreeMap, time::Duration};
use talk::Clock;
use tokio::task::JoinSet;
use voice::Outcome;

const STAGES: [Stage; 3] = [Stage::Hear, Stage::Respond, Stage::Say];
/// A turn is slow if it begins to answer so much later than the usual one.
const SLOW_MS: f64 = 1_000.0;

fn answer(status: u16) -> Fault {
    let body = "{\"error\":{\"message\":\"once\",\"code\":\"server_error\"}}".into();
    Fault::Answer { status, kind: "application/json".into(), body, retry_after: 0 }
}

/// What passes by itself. A reply that breaks off after its first words went to the voice is kept in part: that is not
/// among them, and some services send that much in one piece.
fn passing(dice: &mut Dice, stage: Stage) -> Fault {
    match dice.below(10) {
        0 => answer(500),
        1 => answer(503),
        2 => answer(429),
        4 if stage != Stage::Respond => Fault::Cut { after: 1 + dice.below(8) as usize },
        3 | 4 => Fault::Cut { after: 0 },
        5 => Fault::Stall,
        6 => Fault::Slow(600 + dice.below(3_000)),
        7 => Fault::Trickle(400),
        8 => Fault::Empty,
        _ => Fault::Filled(0),
    }
}

fn is_whole(ended: &Ended) -> bool {
    ended.report.outcome == Outcome::Done && ended.report.reply == REPLY
}

/// Milliseconds from release to sound; a turn without any is endless.
fn first_ms(ended: &Ended) -> f64 {
    ended.report.release_to_first_audio_ms.unwrap_or(f64::INFINITY)
}

fn at(all: &mut [f64], part: f64) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get((all.len() as f64 * part) as usize).or(all.last()).copied().unwrap_or_default()
}

/// What turns of `room` usually take.
async fn usual_ms(room: &mut Room) -> f64 {
    let mut calm = Vec::new();
    for _ in 0..5 {
        let ended = room.spoken_turn().await;
        assert!(is_whole(&ended), "in calm: {:?}", ended.report);
        calm.push(first_ms(&ended));
    }
    at(&mut calm, 0.5)
}

/// One conversation: a fault somewhere in each turn. Gives where, and what the turn took beyond the usual.
async fn struck(recording: Wav, seed: u64, turns: u64) -> Vec<(String, f64)> {
    let town = Town::open(script(None), Tls::Off).await;
    let mut room = room(&town, recording, Pace::Real).await;
    let usual = usual_ms(&mut room).await;
    let (mut dice, mut added) = (Dice(seed), Vec::new());
    for turn in 0..turns {
        let stage = STAGES.into_iter().nth(dice.below(3) as usize).expect("one of three");
        let fault = passing(&mut dice, stage);
        town.peers.plan(vec![Plan { vendor: None, stage, fault: fault.clone(), times: 1 }]);
        let ended = room.spoken_turn().await;
        if is_whole(&ended) {
            let name = format!("{fault:?}");
            let name = name.split(['{', '(']).next().unwrap_or_default().trim();
            added.push((format!("{name} at {stage:?}"), first_ms(&ended) - usual));
        } else {
            println!("seed {seed}, turn {turn}, {fault:?} at {stage:?}: {:?}", ended.report);
        }
        room.events.clear();
        // a memory that is never emptied grows for ever
        drop(room.speaker.take());
    }
    assert_eq!(room.recordings().len() as u64, turns + 5, "all of the sound is kept");
    added
}

#[tokio::test(flavor = "multi_thread")]
async fn one_fault_in_a_turn_is_hardly_noticed() {
    let (turns, at_once, seed) =
        (number("WILCO_CHAOS_STRIKES", 8), number("WILCO_CHAOS_AT_ONCE", 2), number("WILCO_CHAOS_SEED", 1));
    let recording = speech("when does the next train leave").await;
    let mut talking = JoinSet::new();
    for conversation in 0..at_once {
        talking.spawn(struck(recording.clone(), seed * 1_000 + conversation, turns / at_once));
    }
    let (mut added, all) = (Vec::new(), turns / at_once * at_once);
    while let Some(one) = talking.join_next().await {
        added.extend(one.expect("a conversation"));
    }
    let whole = added.len() as u64;
    let mut by_fault = BTreeMap::<&str, Vec<f64>>::new();
    added.iter().for_each(|(name, ms)| by_fault.entry(name).or_default().push(*ms));
    for (name, mut all) in by_fault {
        let [middle, late] = [0.5, 0.95].map(|part| at(&mut all, part));
        println!("{name:20} {:4} turns, later by {middle:5.0} / {late:5.0} ms", all.len());
    }
    let mut added: Vec<f64> = added.into_iter().map(|(_, ms)| ms).collect();
    let [middle, late, worst] = [0.5, 0.95, 1.0].map(|part| at(&mut added, part));
    println!(
        "seed {seed}: {all} turns with one fault each, {whole} whole; later by {middle:.0} / {late:.0} / {worst:.0} ms (p50, p95, worst)"
    );
    // one in a thousand may fail
    assert!(all - whole <= all / 1_000, "{whole} of {all}");
}

/// What a service does to turns while it is not itself, and after.
struct Outage {
    turns: u32,
    failed: u32,
    slow: u32,
    /// Turns until it was asked for nothing more.
    left_after: u32,
    /// Seconds until it did its work again.
    back_after: f64,
}

fn has_a_part(ended: &Ended, who: &str) -> bool {
    ended.report.answered_by.iter().any(|(_, name)| name == who)
}

/// `fault` at every stage of the first choice for so long; then all is well again.
async fn outage(fault: Fault, lasts: Duration) -> Outage {
    let town = Town::open(script(None), Tls::Off).await;
    let mut room = room(&town, speech("when does the next train leave").await, Pace::Fast).await;
    let usual = usual_ms(&mut room).await;
    let everywhere = |stage| Plan { vendor: Some("openai"), stage, fault: fault.clone(), times: u32::MAX };
    // a look at whether it is well finds that it is not
    town.peers.plan([Stage::List].into_iter().chain(STAGES).map(everywhere).collect());
    let mut seen = Outage { turns: 0, failed: 0, slow: 0, left_after: 0, back_after: 0.0 };
    let clock = Clock::system();
    while seen.turns < 8 || clock.now() < lasts {
        let ended = room.spoken_turn().await;
        seen.turns += 1;
        seen.failed += u32::from(!is_whole(&ended));
        seen.slow += u32::from(first_ms(&ended) - usual > SLOW_MS);
        if has_a_part(&ended, "openai") || ended.report.tried.iter().any(|tried| tried.provider == "openai") {
            seen.left_after = seen.turns;
        }
    }
    town.peers.plan(Vec::new());
    let well = Clock::system();
    loop {
        let ended = room.spoken_turn().await;
        seen.failed += u32::from(!is_whole(&ended));
        if has_a_part(&ended, "openai") {
            break;
        }
        assert!(well.now() < Duration::from_secs(100), "it never came back: {:?}", ended.report);
        // a person thinks before they talk again
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    seen.back_after = well.now().as_secs_f64();
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_gone_or_slow_is_left_and_comes_back() {
    let lasts = Duration::from_secs(number("WILCO_CHAOS_OUTAGE", 1));
    let (dead, slow) = tokio::join!(outage(answer(503), lasts), outage(Fault::Slow(1_500), lasts));
    for (name, seen) in [("dead", &dead), ("slow", &slow)] {
        let Outage { turns, failed, slow, left_after, back_after } = seen;
        println!(
            "{name}: {turns} turns, {failed} failed, {slow} over a second late; left after {left_after} turns, back after {back_after:.0} s"
        );
        assert_eq!(*failed, 0, "{name}");
        assert!(*slow <= 3 && *left_after <= 5, "{name}: {slow} slow, left after {left_after}");
        assert!(*back_after <= 60.0, "{name}: {back_after} s");
    }
}
