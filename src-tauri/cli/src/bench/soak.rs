//! `wilco bench soak`: one core that is talked to without end, and interrupted. Whoever runs it looks at its memory, files
//! and threads meanwhile; a line is printed after every hundredth turn.

use super::{
    conversation::{Opened, open},
    latency::Latency,
    sink::Notes,
};
use crate::exit::{Exit, Failed};
use audio::Pace;
use peers::Dice;
use std::time::Duration;
use tokio::time::timeout;
use voice::{Command, Event, Outcome};

/// A turn that took longer has hung.
const HUNG: Duration = Duration::from_secs(60);
/// Longer than a turn of the usual peers lasts, so that interruptions fall everywhere in it.
const LONGEST_MS: u64 = 500;

/// Turn after turn in one core, as fast as it takes them, many of them interrupted.
#[derive(clap::Args)]
pub(crate) struct Soak {
    #[command(flatten)]
    latency: Latency,
    /// Repeats the same interruptions
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl Soak {
    /// Runs it to its end.
    pub(crate) async fn run(self) -> Result<Exit, Failed> {
        let scene = self.latency.prepare(Pace::Fast).await?;
        let (talk, mut events, _life): Opened = open(&scene.terms, &Notes::default())?;
        let (mut dice, mut seen) = (Dice(self.seed), Seen::default());
        for turn in 1..=scene.terms.turns {
            let begun = seen.begun;
            // else a press while the last one is still heard would be a key that repeats itself, and begin nothing
            for order in [Command::Finish, Command::Release, Command::Press] {
                talk.order(order).await;
            }
            let interrupts = turn < scene.terms.turns && dice.below(3) == 0;
            let patience = if interrupts { Duration::from_millis(dice.below(LONGEST_MS)) } else { HUNG };
            let all_over = async {
                while let Some(event) = events.recv().await {
                    seen.take(&event);
                    if seen.begun > begun && seen.ended.iter().sum::<u32>() == seen.begun {
                        break;
                    }
                }
            };
            if timeout(patience, all_over).await.is_err() && patience == HUNG {
                return Err(Failed::other(&format!("turn {turn} hung")));
            }
            if turn % 100 == 0 {
                let [done, interrupted, failed] = seen.ended;
                println!("{turn} turns: {done} done, {interrupted} interrupted, {failed} otherwise");
            }
        }
        let [.., failed] = seen.ended;
        Ok(if failed == 0 { Exit::Done } else { Exit::Failed })
    }
}

/// How many turns began, and ended: whole, interrupted, otherwise.
#[derive(Default)]
struct Seen {
    begun: u32,
    ended: [u32; 3],
}

impl Seen {
    fn take(&mut self, event: &Event) {
        let [done, interrupted, failed] = &mut self.ended;
        let count = match event {
            Event::Started { .. } => &mut self.begun,
            Event::Ended { report } => match report.outcome {
                Outcome::Done => done,
                Outcome::Partial | Outcome::Cancelled | Outcome::TooShort => interrupted,
                _ => failed,
            },
            _ => return,
        };
        *count += 1;
    }
}
