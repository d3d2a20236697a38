//! A thread that owns an engine and does its jobs one by one. Its own file because C engines block, and may not be
//! touched by two threads; all of them live behind this.

use super::failed;
use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel},
    time::Duration,
};
use voice::Error;

/// Jobs that may wait for one engine. More than a turn ever has at once.
const WAITING: usize = 32;

/// The way to an engine's thread. The thread ends, its engine freed, once all its ways are dropped and it is idle.
pub(super) struct EngineThread<Job> {
    engine: &'static str,
    jobs: SyncSender<Job>,
}

impl<Job: Send + 'static> EngineThread<Job> {
    /// Starts the thread; `work` loads the engine there and takes jobs until there are no more.
    pub(super) fn start(
        engine: &'static str,
        work: impl FnOnce(Receiver<Job>) + Send + 'static,
    ) -> Result<Self, Error> {
        let (jobs, queue) = sync_channel(WAITING);
        let started = std::thread::Builder::new().name(engine.to_owned()).spawn(move || work(queue));
        started.map_err(|_| failed(engine, "Its thread could not be started."))?;
        Ok(Self { engine, jobs })
    }

    /// Queues a job without waiting.
    ///
    /// # Errors
    /// `EngineFailed` if too many wait already or the engine is gone.
    pub(super) fn give(&self, job: Job) -> Result<(), Error> {
        self.jobs.try_send(job).map_err(|refused| match refused {
            TrySendError::Full(_) => failed(self.engine, "Too much waits for it already."),
            TrySendError::Disconnected(_) => failed(self.engine, "It stopped."),
        })
    }
}

/// Does `jobs` with an engine that is loaded for the first of them, and let go when it had nothing to do for `kept`.
pub(super) fn with_engine<Job, Engine>(
    jobs: &Receiver<Job>,
    kept: Duration,
    load: impl Fn() -> Engine,
    work: impl Fn(&mut Engine, Job),
) {
    let mut engine = None;
    loop {
        let job = if engine.is_some() { jobs.recv_timeout(kept) } else { jobs.recv().map_err(RecvTimeoutError::from) };
        match job {
            Ok(job) => work(engine.get_or_insert_with(&load), job),
            Err(RecvTimeoutError::Timeout) => engine = None,
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{cell::Cell, thread};

    /// Tells when it is let go.
    struct Engine(SyncSender<usize>, usize);

    impl Drop for Engine {
        fn drop(&mut self) {
            self.0.send(self.1).unwrap();
        }
    }

    #[test]
    fn an_engine_without_work_is_let_go_and_loaded_again() {
        let (jobs, queue) = sync_channel(WAITING);
        let (gone, let_go) = sync_channel(WAITING);
        let (done, finished) = sync_channel(WAITING);
        let engine = thread::spawn(move || {
            let loads = Cell::new(0);
            let load = || {
                loads.set(loads.get() + 1);
                Engine(gone.clone(), loads.get())
            };
            with_engine(&queue, Duration::from_millis(1), load, |engine, job| done.send((engine.1, job)).unwrap());
        });
        for load in 1..=3 {
            jobs.send("job").unwrap();
            assert_eq!(finished.recv(), Ok((load, "job")));
            assert_eq!(let_go.recv(), Ok(load));
        }
        drop(jobs);
        engine.join().unwrap();
    }
}
