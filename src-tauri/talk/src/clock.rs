//! The one clock. The shell makes it, everything else is handed it, and a paused runtime stops it.

use jiff::civil::DateTime;
use std::time::Duration;
use tokio::time::Instant;

/// Monotonic time for measuring, local time for answering "what time is it".
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
    local: fn() -> DateTime,
}

impl Clock {
    /// This machine's clock and time zone, from now on.
    #[must_use]
    pub fn system() -> Self {
        Self::with_local_time(|| jiff::Zoned::now().datetime())
    }

    /// The same with another idea of the local time.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the owner of the clock")]
    pub fn with_local_time(local: fn() -> DateTime) -> Self {
        Self { start: Instant::now(), local }
    }

    /// Monotonic time since the clock was made.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the owner of the clock")]
    pub fn now(&self) -> Duration {
        Instant::now().duration_since(self.start)
    }

    /// This machine's time since the epoch, which goes on while it sleeps.
    #[must_use]
    pub fn wall(&self) -> Duration {
        jiff::Timestamp::now().as_duration().try_into().unwrap_or_default()
    }

    /// The same in whole milliseconds, as the history counts.
    #[must_use]
    pub fn unix_ms(&self) -> u64 {
        u64::try_from(self.wall().as_millis()).unwrap_or_default()
    }

    /// Monotonic time, for a room that knows no clock.
    #[must_use]
    pub fn for_sound(&self) -> audio::Now {
        let clock = *self;
        std::sync::Arc::new(move || clock.now())
    }

    /// The local date and time.
    #[must_use]
    pub fn local(&self) -> DateTime {
        (self.local)()
    }

    /// Here and now as RFC 3339, with this place's offset.
    #[must_use]
    pub fn stamp(&self) -> String {
        jiff::Zoned::now().strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
    }

    /// Waits until `at`; returns at once if that has passed.
    pub async fn wait_until(&self, at: Duration) {
        tokio::time::sleep_until(self.start + at).await;
    }
}
