//! An open device as a source of samples: the callback, its ring, and the worker's end of it, which notices what no
//! device reports.

use crate::{
    device::{Candidate, DeviceKind, Identity, another_microphone},
    fold::Fold,
    format::by_format,
    lease::Lease,
    mic::{Flow, Heard, Now, Reins, Source},
    signals::{Signals, refused},
    watch::{Arrival, Burst, POLL, Quiet, samples},
    witness::{Seen, Witness},
};
use cpal::{
    FromSample, InputCallbackInfo, SizedSample,
    traits::{DeviceTrait, StreamTrait},
};
use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::Ordering,
        mpsc::{Receiver, sync_channel},
    },
    thread,
    time::Duration,
};
use voice::{Channel, Error, ErrorKind, MicNews};

/// The ring holds this much.
const RING_SECONDS: usize = 2;
/// A host that has not opened a stream by then never will.
pub(crate) const OPENING: Duration = Duration::from_secs(6);
/// Sound that is still on its way from the microphone when the key comes up.
const TAIL: Duration = Duration::from_millis(40);
/// How long it is waited for, if the device buffer is not longer.
const TAIL_WAIT: Duration = Duration::from_millis(60);

/// What a stream feeds.
pub(crate) struct Tap {
    pub(crate) identity: Identity,
    pub(crate) ring: rtrb::Consumer<f32>,
    pub(crate) rate: u32,
    pub(crate) buffer: Duration,
    pub(crate) signals: Arc<Signals>,
    /// Why it is not the one that was asked for.
    pub(crate) instead: Option<Error>,
}

/// Opens a device. For the thread that will own the stream.
pub(crate) fn open_one(
    candidate: &Candidate,
    channel: Channel,
    reins: &Arc<Reins>,
) -> Result<(cpal::Stream, Tap), Error> {
    by_format!(candidate.format, build(candidate, channel, reins)).map_err(|error| {
        let refused = refused(&error, DeviceKind::Input);
        Error { source: candidate.identity.label.clone(), ..refused }
    })
}

fn build<T: SizedSample + Send + 'static>(
    candidate: &Candidate,
    channel: Channel,
    reins: &Arc<Reins>,
) -> Result<(cpal::Stream, Tap), cpal::Error>
where
    f32: FromSample<T>,
{
    let rate = candidate.config.sample_rate;
    let mut fold = Fold::new(channel, usize::from(candidate.config.channels));
    let (mut ring, taken) = rtrb::RingBuffer::new(RING_SECONDS * rate as usize);
    let signals = Arc::new(Signals::default());
    let (told, failed, reins) = (signals.clone(), signals.clone(), reins.clone());
    let mut first = None;
    let heard = move |data: &[T], info: &InputCallbackInfo| {
        let now = info.timestamp().callback;
        told.tick(now.saturating_duration_since(*first.get_or_insert(now)));
        let lost = fold.write(&mut ring, data);
        if lost > 0 {
            reins.lost.fetch_add(lost as u64, Ordering::Relaxed);
        }
    };
    let stream = candidate.device.build_input_stream(
        candidate.config,
        heard,
        move |error| failed.fail(&error),
        Some(OPENING),
    )?;
    stream.play()?;
    let identity = candidate.identity.clone();
    Ok((stream, Tap { identity, ring: taken, rate, buffer: candidate.buffer(), signals, instead: None }))
}

/// The worker's end of an open device.
pub(crate) struct Capture {
    _lease: Lease,
    tap: Tap,
    now: Now,
    burst: Burst,
    arrival: Arrival,
    tail: Tail,
    witness: Option<Witness>,
    notices: VecDeque<Heard>,
    /// Looks for a microphone that may serve better, while this one is slow.
    other: Option<Receiver<Option<String>>>,
}

impl Capture {
    pub(crate) fn new(lease: Lease, mut tap: Tap, follow: bool, now: Now) -> Self {
        let (burst, tail) = (Burst::new(tap.rate), Tail::new(tap.rate, tap.buffer));
        let arrival = Arrival::new(now());
        let witness = Witness::start(tap.identity.id.clone(), follow);
        let notices = tap.instead.take().map(Heard::Fault).into_iter().collect();
        Self { _lease: lease, tap, now, burst, arrival, tail, witness, notices, other: None }
    }

    fn drop_stale(&mut self) {
        let stale = self.burst.stale(self.tap.ring.slots(), self.tap.signals.clock());
        if let Ok(chunk) = self.tap.ring.read_chunk(stale) {
            chunk.commit_all();
        }
    }

    /// What the sound server has done with the stream.
    fn ask_witness(&mut self) -> Result<(), Error> {
        while let Some(seen) = self.witness.as_ref().and_then(Witness::saw) {
            let label = self.tap.identity.label.clone();
            match seen {
                Seen::Gone => return Err(self.gone("It is not there any more.")),
                Seen::Moved(id, label) => {
                    self.arrival.moving((self.now)());
                    self.tap.identity = Identity { id, label: label.clone() };
                    self.news(MicNews::Moved { device: label });
                }
                Seen::Stayed => {
                    self.arrival.moving((self.now)());
                    self.news(MicNews::Stayed { device: label });
                }
                Seen::Muted => {
                    let detail = "It was muted.";
                    self.notices.push_back(Heard::Fault(Error::new(ErrorKind::ZeroSignal, label, detail)));
                }
            }
        }
        Ok(())
    }

    /// Nothing came.
    fn look_at_clock(&mut self) -> Result<(), Error> {
        match self.arrival.look((self.now)()) {
            Quiet::Fine => {}
            Quiet::Waking => self.news(MicNews::Waking { device: self.name() }),
            Quiet::Slow => self.look_for_another(),
            Quiet::Lost => return Err(self.gone("It stopped sending sound.")),
        }
        if let Some(instead) = self.other.as_ref().and_then(|other| other.try_recv().ok()) {
            self.other = None;
            self.news(MicNews::Slow { device: self.name(), instead });
        }
        Ok(())
    }

    fn look_for_another(&mut self) {
        let (tell, other) = sync_channel(1);
        let slow = self.tap.identity.id.clone();
        // a server that is stuck may never say; then nobody asks either
        let search = move || tell.send(another_microphone(&slow)).unwrap_or_default();
        self.other = thread::Builder::new().name("other microphones".into()).spawn(search).ok().map(|_| other);
    }

    fn news(&mut self, news: MicNews) {
        self.notices.push_back(Heard::News(news));
    }

    fn gone(&self, detail: &str) -> Error {
        Error::new(ErrorKind::DeviceLost, self.tap.identity.label.clone(), detail)
    }
}

impl Source for Capture {
    fn rate(&self) -> u32 {
        self.tap.rate
    }

    fn name(&self) -> String {
        self.tap.identity.label.clone()
    }

    fn pull(&mut self, into: &mut Vec<f32>, closing: bool) -> Result<Flow, Error> {
        self.drop_stale();
        let before = into.len();
        if let Ok(chunk) = self.tap.ring.read_chunk(self.tap.ring.slots()) {
            into.extend(chunk);
        }
        let came = into.len() - before;
        if closing && self.tail.over(came) {
            return Ok(Flow::Over);
        }
        if let Some(fault) = self.tap.signals.fault(DeviceKind::Input) {
            return Err(Error { source: self.name(), ..fault });
        }
        self.ask_witness()?;
        if came > 0 {
            self.arrival.came((self.now)());
        } else {
            self.look_at_clock()?;
            thread::park_timeout(POLL);
        }
        Ok(Flow::On)
    }

    fn notice(&mut self) -> Option<Heard> {
        self.notices.pop_front()
    }
}

/// What is still taken in after the key came up.
struct Tail {
    samples: usize,
    polls: u32,
    begun: bool,
}

impl Tail {
    fn new(rate: u32, buffer: Duration) -> Self {
        let wait = TAIL_WAIT.max(buffer + 2 * POLL);
        Self { samples: samples(TAIL, rate), polls: (wait.as_millis() / POLL.as_millis()) as u32, begun: false }
    }

    /// Called once a poll while closing, with how much came.
    fn over(&mut self, came: usize) -> bool {
        // what came with the first poll was in the ring when the key came up
        if std::mem::replace(&mut self.begun, true) {
            self.samples = self.samples.saturating_sub(came);
            self.polls = self.polls.saturating_sub(1);
        }
        self.samples == 0 || self.polls == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_ends_by_sound_or_by_patience() {
        let mut tail = Tail::new(48_000, Duration::from_millis(20));
        assert!(!tail.over(9_999), "that was there before");
        assert!(!tail.over(960));
        assert!(tail.over(960));
        let mut tail = Tail::new(48_000, Duration::from_millis(20));
        assert_eq!((0..).take_while(|_| !tail.over(0)).count(), 12);
        let mut tail = Tail::new(48_000, Duration::from_millis(100));
        assert_eq!((0..).take_while(|_| !tail.over(0)).count(), 22, "a long buffer is waited for");
    }
}
