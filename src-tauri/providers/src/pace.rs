//! How fast speech that lies ready may be sent to a service that wants no more of it than was spoken (fault matrix, C2).
//! Its own file because it is arithmetic on time, and knows of no socket.

use futures_util::FutureExt;
use std::{pin::Pin, time::Duration};
use tokio::time::{Sleep, sleep};
use voice::{Coding, Packet};

/// So much may go at once: more than has been spoken while a socket was opened.
const BURST: Duration = Duration::from_secs(1);
const OPUS: Duration = Duration::from_millis(20);

/// The time that sound on one socket takes at the least.
pub(crate) struct Pace {
    /// Seconds of sound a second; `None` is any.
    times: Option<f32>,
    burst: Duration,
    due: Pin<Box<Sleep>>,
}

impl Pace {
    pub(crate) fn new(times: Option<f32>) -> Self {
        Self { times, burst: BURST, due: Box::pin(sleep(Duration::ZERO)) }
    }

    /// Whether more may be sent now.
    pub(crate) fn allows(&mut self) -> bool {
        self.times.is_none() || self.due().now_or_never().is_some()
    }

    /// When more may be sent.
    pub(crate) fn due(&mut self) -> Pin<&mut Sleep> {
        self.due.as_mut()
    }

    /// Sound of this length is sent.
    pub(crate) fn spend(&mut self, length: Duration) {
        let Some(times) = self.times else { return };
        let beyond = length.saturating_sub(self.burst);
        self.burst = self.burst.saturating_sub(length);
        let next = self.due.deadline() + beyond.div_f32(times);
        self.due.as_mut().reset(next);
    }
}

/// How long sound is that comes piece by piece, without decoding it.
#[derive(Default)]
pub(crate) struct Meter {
    /// Of Ogg, what the pages before this one held.
    told: Duration,
}

impl Meter {
    /// The length of the next packet.
    pub(crate) fn length(&mut self, packet: &Packet) -> Duration {
        match packet.coding {
            Coding::Pcm16 { rate } => Duration::from_secs(packet.bytes.len() as u64 / 2) / rate.max(1),
            Coding::OggOpus => {
                let so_far = spoken(&packet.bytes);
                so_far.saturating_sub(std::mem::replace(&mut self.told, so_far))
            }
            Coding::Opus | Coding::Wav | Coding::Mp3 => OPUS,
        }
    }
}

/// Of a stream of Ogg-Opus up to the end of `bytes`, without decoding it: the last page says how many samples at 48 kHz
/// there were (RFC 7845).
pub(crate) fn spoken(bytes: &[u8]) -> Duration {
    let last = bytes.windows(4).rposition(|four| four == b"OggS").and_then(|at| bytes.get(at + 6..at + 14));
    let granule = last.and_then(|granule| granule.try_into().ok()).map_or(0, u64::from_le_bytes);
    Duration::from_secs(granule) / 48_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::timeout;

    fn packets(coding: Coding) -> Vec<Packet> {
        let bytes = |second: u64| match coding {
            Coding::Pcm16 { rate } => vec![0; rate as usize * 2],
            _ => [b"OggS\0\0".as_slice(), &(second * 48_000).to_le_bytes(), b"\x01\0\0\0rest"].concat(),
        };
        match coding {
            Coding::Opus => vec![Packet { coding, bytes: vec![0; 60].into() }; 500],
            _ => (1..=10).map(|second| Packet { coding, bytes: bytes(second).into() }).collect(),
        }
    }

    /// Whether ten seconds of it are sent within so many milliseconds.
    async fn sent(times: Option<f32>, coding: Coding, within: u64) -> bool {
        let (mut pace, mut meter) = (Pace::new(times), Meter::default());
        let sending = async {
            for packet in packets(coding) {
                while !pace.allows() {
                    pace.due().await;
                }
                pace.spend(meter.length(&packet));
            }
            while !pace.allows() {
                pace.due().await;
            }
        };
        timeout(Duration::from_millis(within), sending).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn a_second_goes_at_once_and_the_rest_in_its_time() {
        for coding in [Coding::Opus, Coding::Pcm16 { rate: 16_000 }, Coding::OggOpus] {
            assert!(!sent(Some(1.25), coding, 7_150).await, "{coding:?}");
            assert!(sent(Some(1.25), coding, 7_250).await, "{coding:?}");
            assert!(sent(None, coding, 1).await, "{coding:?}");
        }
    }
}
