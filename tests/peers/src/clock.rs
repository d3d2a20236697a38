//! The one clock of the peers, and waiting for a moment. Its own file because nothing else may read a clock.

use tokio::time::Instant;

/// Now.
#[expect(clippy::disallowed_methods, reason = "this is the owner of the clock")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Waits for a moment; not at all for one that has passed.
pub(crate) async fn until(moment: Instant) {
    tokio::time::sleep_until(moment).await;
}
