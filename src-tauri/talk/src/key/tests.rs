//! The key as a finger sees it: named cases, and random schedules against an oracle that knows only what was done when,
//! never what the machine thinks.

use super::*;
use proptest::prelude::*;
use voice::Command;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A key that lives: ticks come when they are due, or `late` after it.
struct Desk {
    key: Key,
    late: Duration,
    told: Vec<(Duration, Action)>,
}

impl Desk {
    fn new(style: KeyStyle) -> Self {
        Self { key: Key::new(style), late: ms(0), told: Vec::new() }
    }

    /// Lets time pass until `now`.
    fn wait(&mut self, now: Duration) {
        while let Some(due) = self.key.deadline().filter(|due| *due + self.late < now) {
            self.give(Input::Tick, due + self.late);
        }
    }

    fn give(&mut self, input: Input, now: Duration) {
        self.told.extend(self.key.on(input, now).into_iter().map(|action| (now, action)));
    }

    fn run(style: KeyStyle, schedule: &[(Input, u64)], end: u64) -> Vec<(u64, Action)> {
        let mut desk = Self::new(style);
        for (input, at) in schedule {
            desk.wait(ms(*at));
            desk.give(*input, ms(*at));
        }
        desk.wait(ms(end));
        desk.told.into_iter().map(|(at, action)| (at.as_millis() as u64, action)).collect()
    }
}

fn stop(at: u64, short: bool, why: Why) -> Action {
    Action::Stop { at: ms(at), short, why }
}

#[test]
fn a_hold_is_one_start_and_one_stop_with_a_tail_between() {
    let told = Desk::run(KeyStyle::Hold, &[(Input::Down, 1000), (Input::Down, 1500), (Input::Up, 2000)], 9000);
    let stopped = stop(2000, false, Why::Released);
    assert_eq!(told, [(1000, Action::Start), (2030, Action::Listen), (2160, stopped)]);
    let told = Desk::run(KeyStyle::Hold, &[(Input::Down, 0), (Input::Up, 500), (Input::Quiet, 550)], 9000);
    assert_eq!(told.last(), Some(&(550, stop(500, false, Why::Released))), "the voice paused before");
}

#[test]
fn a_held_key_that_repeats_begins_no_second_turn_when_the_microphone_ends_by_itself() {
    let mut schedule = vec![(Input::Down, 0), (Input::Over, 100)];
    schedule.extend((3..100).map(|repeat| (Input::Down, repeat * 40)));
    schedule.extend([(Input::Up, 4000), (Input::Down, 4100)]);
    let starts = Desk::run(KeyStyle::Hold, &schedule, 4101);
    assert_eq!(starts, [(0, Action::Start), (4100, Action::Start)]);
}

#[test]
fn auto_repeat_pairs_and_chatter_are_one_hold() {
    let mut schedule = vec![(Input::Down, 0)];
    schedule.extend((1..40).flat_map(|n| [(Input::Up, n * 30), (Input::Down, n * 30 + 29)]));
    assert_eq!(Desk::run(KeyStyle::Hold, &schedule, 1500), [(0, Action::Start)]);
}

#[test]
fn a_tap_is_too_short_and_a_glitch_is_nothing() {
    for (held, short, why) in
        [(1, true, Why::Glitch), (29, true, Why::Glitch), (30, true, Why::Released), (149, true, Why::Released)]
    {
        let told = Desk::run(KeyStyle::Hold, &[(Input::Down, 0), (Input::Up, held)], 1000);
        assert_eq!(told, [(0, Action::Start), (held + 30, stop(held, short, why))], "{held} ms");
    }
    let told = Desk::run(KeyStyle::Hold, &[(Input::Down, 0), (Input::Up, 150)], 1000);
    assert_eq!(told.last(), Some(&(310, stop(150, false, Why::Released))), "150 ms are a word");
}

#[test]
fn a_press_in_the_tail_begins_at_once_and_ends_the_old_one_first() {
    let told = Desk::run(KeyStyle::Hold, &[(Input::Down, 0), (Input::Up, 500), (Input::Down, 600)], 601);
    let order =
        [(0, Action::Start), (530, Action::Listen), (600, stop(500, false, Why::Released)), (600, Action::Start)];
    assert_eq!(told, order);
}

#[test]
fn toggle_opens_and_closes_by_presses() {
    let taps = [(Input::Down, 0), (Input::Up, 90), (Input::Down, 2000), (Input::Up, 2100)];
    let told = Desk::run(KeyStyle::Toggle, &taps, 5000);
    assert_eq!(told, [(0, Action::Start), (2030, Action::Listen), (2160, stop(2000, false, Why::Released))]);
    let held = [(Input::Down, 0), (Input::Up, 3000)];
    assert_eq!(Desk::run(KeyStyle::Toggle, &held, 9000), [(0, Action::Start)], "a long press latches as well");
    let chatter = [(Input::Down, 0), (Input::Up, 90), (Input::Down, 2000), (Input::Up, 2010)];
    assert_eq!(Desk::run(KeyStyle::Toggle, &chatter, 9000), [(0, Action::Start)], "a glitch does not close");
    let finished = [(Input::Down, 0), (Input::Up, 90), (Input::Finish, 1000), (Input::Quiet, 1010)];
    assert_eq!(Desk::run(KeyStyle::Toggle, &finished, 9000).last(), Some(&(1010, stop(1000, false, Why::Released))));
}

#[test]
fn hybrid_latches_a_tap_and_ends_a_hold() {
    let tap = [(Input::Down, 0), (Input::Up, 249)];
    assert_eq!(Desk::run(KeyStyle::Hybrid, &tap, 9000), [(0, Action::Start)]);
    let hold = [(Input::Down, 0), (Input::Up, 250)];
    assert_eq!(Desk::run(KeyStyle::Hybrid, &hold, 9000).last(), Some(&(410, stop(250, false, Why::Released))));
}

#[test]
fn the_last_minute_is_counted_and_the_cap_ends_it() {
    let told = Desk::run(KeyStyle::Hold, &[(Input::Down, 5)], 700_000);
    let seconds: Vec<_> =
        (1..=60).rev().map(|left| (600_005 - 1000 * u64::from(left), Action::Countdown(left))).collect();
    assert_eq!(told[1..61], seconds);
    assert_eq!(told[61..], [(600_005, stop(600_005, false, Why::TooLong))]);
    let repeats: Vec<_> = [(Input::Down, 0)].into_iter().chain((1..30_000).map(|n| (Input::Down, n * 30))).collect();
    let starts =
        Desk::run(KeyStyle::Hold, &repeats, 900_000).iter().filter(|(_, action)| *action == Action::Start).count();
    assert_eq!(starts, 1, "a key that still lies on the table begins nothing");
    let told = Desk::run(KeyStyle::Hold, &[(Input::Down, 0), (Input::Down, 605_000)], 605_001);
    assert_eq!(told.last(), Some(&(605_000, Action::Start)), "a lost key-up does not make it deaf");
}

#[test]
fn who_is_away_opens_nothing_and_a_hold_is_not_armed_again() {
    let (locked, back) = (Input::Away(Away::Locked), Input::Back(Away::Locked));
    let told = Desk::run(KeyStyle::Hold, &[(Input::Down, 0), (locked, 800), (Input::Up, 900)], 5000);
    assert_eq!(told, [(0, Action::Start), (800, stop(800, false, Why::Away(Away::Locked)))]);
    let over =
        [(locked, 0), (Input::Down, 100), (back, 5000), (Input::Down, 5500), (Input::Up, 6000), (Input::Down, 6100)];
    // the second is a repeat of the first only if it follows it closely; a new press after a pause counts
    let told = Desk::run(KeyStyle::Hold, &over[..2], 5400);
    assert_eq!(told, [], "a press while it is locked");
    let held: Vec<_> = over[..2].iter().copied().chain((1..200).map(|n| (Input::Down, 100 + n * 30))).collect();
    let unlocked: Vec<_> =
        held.iter().copied().chain([(back, 6100), (Input::Down, 6120), (Input::Down, 6150)]).collect();
    assert_eq!(Desk::run(KeyStyle::Hold, &unlocked, 7000), [], "still held when it is unlocked");
    let asleep = Input::Away(Away::Asleep);
    let both = [(locked, 0), (asleep, 10), (Input::Back(Away::Asleep), 20), (Input::Down, 30), (Input::Up, 40)];
    assert_eq!(Desk::run(KeyStyle::Hold, &both, 100), [], "awake, but locked");
    let free = [(locked, 0), (back, 10), (Input::Down, 20)];
    assert_eq!(Desk::run(KeyStyle::Hold, &free, 30), [(20, Action::Start)]);
}

#[test]
fn cancel_drops_it_until_the_next_press() {
    let held = [(Input::Down, 0), (Input::Cancel, 300), (Input::Down, 330), (Input::Up, 900), (Input::Down, 1000)];
    assert_eq!(Desk::run(KeyStyle::Hold, &held, 1001), [(0, Action::Start), (1000, Action::Start)]);
}

// ---- random schedules ----------------------------------------------------------------------------------------------

#[derive(Clone, Copy, Debug)]
enum Step {
    Press { held: u64, pause: u64 },
    Cancel,
    Over,
    Lock { pause: u64 },
    Quiet,
    Finish,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (prop_oneof![1u64..40, 30u64..200, 150u64..3000, Just(650_000)], prop_oneof![1u64..60, 30u64..2000])
            .prop_map(|(held, pause)| Step::Press { held, pause }),
        1 => Just(Step::Cancel),
        1 => Just(Step::Over),
        1 => (1u64..3000).prop_map(|pause| Step::Lock { pause }),
        2 => Just(Step::Quiet),
        1 => Just(Step::Finish),
    ]
}

/// When the finger lay on the key, from the schedule alone: holds less than 30 ms apart are one.
fn holds(schedule: &[(Input, u64)]) -> Vec<(u64, u64)> {
    let mut holds: Vec<(u64, u64)> = Vec::new();
    let mut down = None;
    for (input, at) in schedule {
        match (input, down) {
            (Input::Down, None) => down = Some(*at),
            (Input::Up, Some(since)) => {
                down = None;
                match holds.last_mut().filter(|(_, end)| since < *end + 30) {
                    Some(last) => last.1 = *at,
                    None => holds.push((since, *at)),
                }
            }
            _ => {}
        }
    }
    holds
}

fn schedule(steps: &[Step]) -> (Vec<(Input, u64)>, u64) {
    let (mut all, mut now) = (Vec::new(), 10_000);
    for step in steps {
        match *step {
            Step::Press { held, pause } => {
                all.extend([(Input::Down, now), (Input::Up, now + held)]);
                now += held + pause;
            }
            Step::Cancel => all.push((Input::Cancel, now)),
            Step::Over => all.push((Input::Over, now)),
            Step::Lock { pause } => {
                all.extend([(Input::Away(Away::Locked), now), (Input::Back(Away::Locked), now + pause)]);
                now += pause;
            }
            Step::Quiet => all.push((Input::Quiet, now)),
            Step::Finish => all.push((Input::Finish, now)),
        }
        now += 1;
    }
    (all, now)
}

/// When the microphone was open, as the desk would have it: a start opens it, a stop, a cancel or its own end closes it.
fn spans(told: &[(u64, Action)], schedule: &[(Input, u64)]) -> Result<Vec<(u64, u64)>, TestCaseError> {
    let ends = schedule.iter().filter(|(input, _)| matches!(input, Input::Cancel | Input::Over));
    let mut moments: Vec<(u64, u8)> = ends.map(|(_, at)| (*at, 2)).collect();
    for (at, action) in told {
        match action {
            Action::Start => moments.push((*at, 1)),
            Action::Stop { .. } => moments.push((*at, 0)),
            _ => {}
        }
    }
    moments.sort_unstable();
    let (mut spans, mut open) = (Vec::new(), None);
    for (at, what) in moments {
        match (what, open) {
            (1, None) => open = Some(at),
            (1, Some(_)) => return Err(TestCaseError::fail(format!("two microphones at {at}"))),
            (0, None) => return Err(TestCaseError::fail(format!("a second end at {at}"))),
            (_, Some(since)) => {
                spans.push((since, at));
                open = None;
            }
            _ => {}
        }
    }
    prop_assert_eq!(open, None, "it is never closed");
    Ok(spans)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    /// In the hold style: the microphone is open during holds, and for at most 160 ms after one, and never else; each
    /// hold of 150 ms has one utterance of its own that is not too short.
    #[test]
    fn the_microphone_follows_the_finger(steps in prop::collection::vec(step(), 1..40), late in 0u64..20) {
        let (schedule, end) = schedule(&steps);
        let mut desk = Desk::new(KeyStyle::Hold);
        desk.late = ms(late);
        for (input, at) in &schedule {
            desk.wait(ms(*at));
            desk.give(*input, ms(*at));
        }
        desk.wait(ms(end + 700_000));
        let told: Vec<_> = desk.told.iter().map(|(at, action)| (at.as_millis() as u64, *action)).collect();
        let spans = spans(&told, &schedule)?;
        let holds = holds(&schedule);

        for (since, until) in &spans {
            let under = holds.iter().find(|(from, to)| from <= since && since <= to);
            let Some((_, up)) = under else { return Err(TestCaseError::fail(format!("open at {since} without a finger"))) };
            prop_assert!(*until <= up + 160 + late, "open from {since} to {until}, but the key was up at {up}");
            prop_assert!(until - since <= 600_000 + 160 + late, "open for longer than the cap");
        }
        let disturbed = |from: u64, to: u64| {
            schedule.iter().any(|(input, at)| !matches!(input, Input::Down | Input::Up | Input::Quiet) && *at >= from && *at <= to + 160)
        };
        let away = |at: u64| {
            let lock = schedule.iter().rev().find(|(input, when)| matches!(input, Input::Away(_) | Input::Back(_)) && *when <= at);
            matches!(lock, Some((Input::Away(_), _)))
        };
        for (down, up) in &holds {
            if up - down < 150 || disturbed(*down, *up) || away(*down) || up - down > 600_000 {
                continue;
            }
            let own: Vec<_> = spans.iter().filter(|(since, _)| since >= down && since <= up).collect();
            prop_assert_eq!(own.len(), 1, "utterances of the hold from {} to {}", down, up);
            prop_assert!(own[0].0 == *down && own[0].1 >= *up, "all of the hold from {} to {} is heard", down, up);
            let long = told.iter().any(|(_, action)| *action == stop(*up, false, Why::Released));
            prop_assert!(long, "the hold from {} to {} was dropped", down, up);
        }
    }

    /// In every style: what is open has a deadline, and ends once.
    #[test]
    fn nothing_stays_open_for_ever(steps in prop::collection::vec(step(), 1..40), style in 0usize..3) {
        let style = [KeyStyle::Hold, KeyStyle::Toggle, KeyStyle::Hybrid][style];
        let (schedule, end) = schedule(&steps);
        let told = Desk::run(style, &schedule, end + 700_000);
        for (since, until) in spans(&told, &schedule)? {
            prop_assert!(until - since <= 600_000 + 160);
        }
    }

    #[test]
    fn the_finger_is_looked_at_until_it_is_up(looks in prop::collection::vec(prop::option::of(any::<bool>()), 0..50)) {
        let mut finger = Finger::default();
        prop_assert_eq!(finger.seen(Some(false), ms(0)), None, "an idle key releases nothing");
        prop_assert_eq!(finger.press(ms(0)), Command::Press);
        let (mut now, mut releases) = (ms(0), 0);
        for look in &looks {
            let Some(due) = finger.due() else { break };
            prop_assert!(due > now && due - now <= ms(100));
            now = due;
            releases += usize::from(finger.seen(*look, now) == Some(Command::Release));
        }
        let first = looks.iter().find(|look| **look != Some(true));
        prop_assert_eq!(releases, usize::from(first == Some(&Some(false))));
        prop_assert_eq!(finger.due().is_none(), first.is_some(), "what cannot be read is not looked at again");
    }
}
