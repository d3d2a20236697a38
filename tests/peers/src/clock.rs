//! The one clock of the peers, and waiting for a moment. Its own file because nothing else may read a clock. The last
//! milliseconds before a moment are waited for by a thread of our own: tokio's timers know whole milliseconds only,
//! and wake one or two too late, which would be measured as somebody else's slowness.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    pin::Pin,
    sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError},
    task::{Context, Poll, Waker},
    thread,
    time::Duration,
};
use tokio::time::Instant;

/// Longer waits begin with tokio's timer, so that one that is given up leaves nothing behind.
const LONG: Duration = Duration::from_millis(20);
/// How much of a long wait is left for our own.
const FINE: Duration = Duration::from_millis(5);

/// Now.
#[expect(clippy::disallowed_methods, reason = "this is the owner of the clock")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Waits for a moment; not at all for one that has passed. Late by a tenth of a millisecond on an idle machine.
pub(crate) async fn until(moment: Instant) {
    if moment.saturating_duration_since(now()) > LONG {
        tokio::time::sleep_until(moment - FINE).await;
    }
    Fine { moment, set: None }.await;
}

struct Fine {
    moment: Instant,
    /// Who is woken.
    set: Option<Waker>,
}

impl Future for Fine {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if now() >= self.moment {
            return Poll::Ready(());
        }
        if !self.set.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
            alarm().set(self.moment, context.waker().clone());
            self.set = Some(context.waker().clone());
        }
        Poll::Pending
    }
}

/// The only one of the process: as long as it runs, there is a clock.
fn alarm() -> &'static Alarm {
    static ALARM: OnceLock<Arc<Alarm>> = OnceLock::new();
    ALARM.get_or_init(|| {
        let alarm = Arc::new(Alarm::default());
        let rings = alarm.clone();
        // without a thread no moment would ever come; a test notices that
        thread::Builder::new().name("peers-clock".into()).spawn(move || rings.run()).ok();
        alarm
    })
}

#[derive(Default)]
struct Alarm {
    entries: Mutex<BinaryHeap<Reverse<Entry>>>,
    sooner: Condvar,
}

struct Entry {
    moment: Instant,
    waker: Waker,
}

impl Alarm {
    fn set(&self, moment: Instant, waker: Waker) {
        let mut entries = self.entries();
        let first = entries.peek().is_none_or(|Reverse(first)| moment < first.moment);
        entries.push(Reverse(Entry { moment, waker }));
        drop(entries);
        if first {
            self.sooner.notify_one();
        }
    }

    fn run(&self) {
        let mut entries = self.entries();
        loop {
            let now = now();
            match entries.peek().map(|Reverse(first)| first.moment.saturating_duration_since(now)) {
                Some(Duration::ZERO) => {
                    let due = entries.pop();
                    drop(entries);
                    due.into_iter().for_each(|Reverse(entry)| entry.waker.wake());
                    entries = self.entries();
                }
                Some(wait) => {
                    entries = self.sooner.wait_timeout(entries, wait).unwrap_or_else(PoisonError::into_inner).0;
                }
                None => entries = self.sooner.wait(entries).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    fn entries(&self) -> MutexGuard<'_, BinaryHeap<Reverse<Entry>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.moment.cmp(&other.moment)
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.moment == other.moment
    }
}

impl Eq for Entry {}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_moment_comes_early_and_none_is_forgotten() {
        let start = now();
        let after = |ms: u64| start + Duration::from_millis(ms);
        let waits = [3, 1, 30, 0, 2].map(|ms| async move {
            until(after(ms)).await;
            now() >= after(ms)
        });
        assert_eq!(futures_util::future::join_all(waits).await, [true; 5]);
    }

    #[test]
    fn the_next_moment_is_the_first_one() {
        let (start, mut entries) = (now(), BinaryHeap::new());
        for ms in [3, 1, 2] {
            let moment = start + Duration::from_millis(ms);
            entries.push(Reverse(Entry { moment, waker: Waker::noop().clone() }));
        }
        let first = entries.pop().map(|Reverse(entry)| entry.moment);
        assert_eq!(first, Some(start + Duration::from_millis(1)));
    }
}
