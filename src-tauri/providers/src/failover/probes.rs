//! Looking after those who rest, off anybody's way: one small call when a rest is over and nobody talks. Its own file
//! because it is the only thing in this room that happens without being asked for.

use super::{Blame, Health, relay::Now};
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// A small call that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(5);

/// Probes whoever rests, one at a time, for as long as it is awaited. Opens nothing while nobody rests.
pub(crate) async fn look_after(health: &Health, now: Now) {
    loop {
        // made before the look, so that no change falls between the two
        let changed = health.changed.notified();
        let Some((at, name, remote)) = health.next_probe() else {
            changed.await;
            continue;
        };
        tokio::select! {
            biased;
            () = changed => continue,
            () = sleep(at.saturating_sub(now())) => {}
        }
        health.with_all(&name, |record, _| {
            // those of its stages whose rest is not over wait for their own
            if record.breaker.rests_until().is_some_and(|until| until <= now()) {
                record.breaker.probe();
            }
        });
        let given_up = GiveUp { health, name: &name };
        let tested = timeout(PATIENCE, remote.test()).await;
        // whoever refuses the question has answered; no way to it now is no way to it for the turn either
        let well = match &tested {
            Ok(Ok(())) => true,
            Ok(Err(error)) => Blame::of(error) == Blame::Question,
            Err(_) => false,
        };
        health.with_all(&name, |record, chance| record.breaker.probed(well, now(), chance));
        drop(given_up);
    }
}

/// A probe that is dropped leaves room for another.
struct GiveUp<'a> {
    health: &'a Health,
    name: &'a str,
}

impl Drop for GiveUp<'_> {
    fn drop(&mut self) {
        self.health.with_all(self.name, |record, _| record.breaker.give_up());
    }
}
