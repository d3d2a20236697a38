//! A device stream that lives on a thread of its own. Opening may take seconds and dropping may never return (a killed
//! PulseAudio blocks the ALSA plugin for ever, measured), so nobody else does either, and nobody joins that thread.

use std::{
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};
use voice::{Error, ErrorKind};

/// Keeps a stream open. Dropping it has the stream dropped, without waiting.
pub(crate) struct Lease {
    /// Nothing is ever sent: the thread wakes when it is gone.
    _open: SyncSender<()>,
}

/// Where a lease comes from, and what goes with it.
pub(crate) type Answer<T> = Receiver<Result<(Lease, T), Error>>;

/// Opens a stream by `open`, which also gives what goes with it. The answer comes over the channel; if nobody waits for
/// it any more, the stream is closed again.
pub(crate) fn lease<S, T: Send + 'static>(
    open: impl FnOnce() -> Result<(S, T), Error> + Send + 'static,
) -> Result<Answer<T>, Error> {
    let (answer, waiting) = sync_channel(1);
    let live = move || match open() {
        Err(error) => {
            answer.send(Err(error)).ok();
        }
        Ok((stream, with)) => {
            let (open, closed) = sync_channel::<()>(0);
            let wanted = answer.send(Ok((Lease { _open: open }, with))).is_ok();
            drop(answer);
            if wanted {
                closed.recv().ok();
            }
            drop(stream);
        }
    };
    thread::Builder::new()
        .name("sound device".into())
        .spawn(live)
        .map_err(|error| Error::new(ErrorKind::AudioFailed, "sound device", format!("{error}.")))?;
    Ok(waiting)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Stream(SyncSender<&'static str>);

    impl Drop for Stream {
        fn drop(&mut self) {
            self.0.send("closed").ok();
        }
    }

    #[test]
    fn a_stream_lives_as_long_as_its_lease() {
        let (told, tell) = sync_channel(1);
        let (lease, with) = lease(move || Ok((Stream(told), 7))).unwrap().recv().unwrap().unwrap();
        assert_eq!(with, 7);
        assert!(tell.try_recv().is_err(), "still open");
        drop(lease);
        assert_eq!(tell.recv(), Ok("closed"));
    }

    #[test]
    fn a_stream_that_nobody_waits_for_is_closed() {
        let (told, tell) = sync_channel(1);
        drop(lease(move || Ok((Stream(told), ()))).unwrap());
        assert_eq!(tell.recv(), Ok("closed"));
    }

    #[test]
    fn a_refusal_is_passed_on() {
        let refused = || Err::<((), ()), _>(Error::new(ErrorKind::DeviceBusy, "x", "y"));
        let answer = lease(refused).unwrap().recv().unwrap();
        assert_eq!(answer.err().unwrap().kind, ErrorKind::DeviceBusy);
    }
}
