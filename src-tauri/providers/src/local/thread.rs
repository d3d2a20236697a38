//! A thread that owns an engine and does its jobs one by one. Its own file because C engines block, and may not be
//! touched by two threads; all of them live behind this.

use super::failed;
use tokio::sync::mpsc;
use voice::Error;

/// Jobs that may wait for one engine. More than a turn ever has at once.
const WAITING: usize = 32;

/// The way to an engine's thread. The thread ends, its engine freed, once all its ways are dropped and it is idle.
pub(super) struct EngineThread<Job> {
    engine: &'static str,
    jobs: mpsc::Sender<Job>,
}

impl<Job: Send + 'static> EngineThread<Job> {
    /// Starts the thread; `work` loads the engine there and takes jobs until there are no more.
    pub(super) fn start(
        engine: &'static str,
        work: impl FnOnce(mpsc::Receiver<Job>) + Send + 'static,
    ) -> Result<Self, Error> {
        let (jobs, queue) = mpsc::channel(WAITING);
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
            mpsc::error::TrySendError::Full(_) => failed(self.engine, "Too much waits for it already."),
            mpsc::error::TrySendError::Closed(_) => failed(self.engine, "It stopped."),
        })
    }
}
