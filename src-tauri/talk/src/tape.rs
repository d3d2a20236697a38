//! The sound of one utterance as the pipe keeps it: it grows while somebody speaks and can be played again from its
//! start, in any coding. Its own file because a transcriber that refuses a coding, or fails, must not cost the words.

use crate::{hear::Sounded, recorder::PACKETS};
use audio::{Encoder, FRAME, Recoder};
use futures_util::stream;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use voice::{Coding, Packet, PacketStream};

/// Less voiced sound than this is a click or a breath.
pub(crate) const LEAST_VOICED: u32 = 3;

/// An utterance that grows.
pub(crate) struct Tape {
    /// At most ten minutes, which the recorder sees to; the bytes are shared with the journal.
    packets: Mutex<Vec<Packet>>,
    /// How many there are, and whether somebody has been heard to speak.
    grown: watch::Sender<Grown>,
    /// No more can come. A signal of its own: who waits for it alone need not wake whenever the tape grows.
    over: CancellationToken,
}

#[derive(Clone, Copy, Debug, Default)]
struct Grown {
    packets: usize,
    spoken: bool,
}

/// Transcribers refuse less than this, or invent words for it: 600 ms.
const LEAST: usize = 30;

/// How much sound there was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) packets: u32,
    pub(crate) voiced: u32,
}

impl Tape {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { packets: Mutex::default(), grown: watch::Sender::default(), over: CancellationToken::new() })
    }

    /// Takes all of `sound`; tells how much it was.
    pub(crate) async fn record(&self, mut sound: mpsc::Receiver<Sounded>) -> Counted {
        let mut counted = Counted::default();
        let mut came = Vec::new();
        while sound.recv_many(&mut came, PACKETS).await > 0 {
            let mut packets = self.packets.lock().unwrap_or_else(PoisonError::into_inner);
            for Sounded { packet, voiced } in came.drain(..) {
                counted.packets += 1;
                counted.voiced += u32::from(voiced);
                packets.push(packet);
            }
            let spoken = counted.voiced >= LEAST_VOICED;
            self.grown.send_replace(Grown { packets: packets.len(), spoken });
        }
        self.pad();
        counted
    }

    /// Ends the tape; a short one with silence, up to the least that a transcriber takes.
    fn pad(&self) {
        let mut packets = self.packets.lock().unwrap_or_else(PoisonError::into_inner);
        let missing = LEAST.saturating_sub(packets.len());
        if missing > 0
            && !packets.is_empty()
            && let Ok(mut silence) = Encoder::new()
        {
            // without a coder it stays as short as it was said
            packets.extend((0..missing).map_while(|_| silence.push(&[0.0; FRAME]).ok()));
        }
        let packets = packets.len();
        self.over.cancel();
        self.grown.send_modify(|grown| grown.packets = packets);
    }

    /// Waits until somebody is heard to speak; false if the sound ends before that.
    pub(crate) async fn spoken(&self) -> bool {
        let mut grown = self.grown.subscribe();
        // the tape outlives whoever waits
        grown.wait_for(|now| now.spoken || self.over.is_cancelled()).await.is_ok_and(|now| now.spoken)
    }

    /// Waits for the end of the sound.
    pub(crate) async fn over(&self) {
        self.over.cancelled().await;
    }

    /// The utterance from its start, in the coding `to`; what has not been said yet follows as it is.
    pub(crate) fn play(self: &Arc<Self>, to: Coding) -> PacketStream {
        let start = (self.clone(), self.grown.subscribe(), 0, Some(Recoder::new(to)));
        Box::pin(stream::unfold(start, |(tape, mut grown, mut at, mut recoder)| async move {
            loop {
                // the tape outlives its players, so there is always somebody to wait for
                grown.wait_for(|now| now.packets > at || tape.over.is_cancelled()).await.ok()?;
                let Some(packet) = tape.packet(at) else {
                    let rest = recoder.take()?.finish().ok()??;
                    return Some((rest, (tape, grown, at, None)));
                };
                at += 1;
                // a packet that cannot be decoded is 20 ms of silence, not the end of the utterance
                if let Ok(Some(packet)) = recoder.as_mut()?.push(&packet) {
                    return Some((packet, (tape, grown, at, recoder)));
                }
            }
        }))
    }

    fn packet(&self, at: usize) -> Option<Packet> {
        self.packets.lock().unwrap_or_else(PoisonError::into_inner).get(at).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{FutureExt, StreamExt};
    use std::{
        pin::pin,
        sync::atomic::{AtomicUsize, Ordering},
        task::{Context, Wake},
    };

    fn packets() -> Vec<Packet> {
        let mut encoder = audio::Encoder::new().unwrap();
        (0..50).map(|_| encoder.push(&[0.1; 320]).unwrap()).collect()
    }

    #[tokio::test]
    async fn a_short_word_is_followed_by_silence() {
        for (said, played) in [(0, 0), (8, LEAST), (29, LEAST), (30, 30), (31, 31)] {
            let (give, sound) = mpsc::channel(50);
            let tape = Tape::new();
            for packet in packets().into_iter().take(said) {
                give.try_send(Sounded { packet, voiced: true }).ok().unwrap();
            }
            drop(give);
            let counted = tape.record(sound).await;
            assert_eq!(counted.packets as usize, said, "silence is not counted");
            assert_eq!(tape.play(Coding::Opus).collect::<Vec<_>>().await.len(), played);
        }
    }

    #[tokio::test]
    async fn it_can_be_played_while_it_grows_and_again_after() {
        let (give, sound) = mpsc::channel(1);
        let tape = Tape::new();
        let packets = packets();
        let speaking = async {
            for packet in packets.clone() {
                give.send(Sounded { packet, voiced: true }).await.ok().unwrap();
            }
            drop(give);
        };
        let (counted, (), live) =
            tokio::join!(tape.record(sound), speaking, tape.play(Coding::Opus).collect::<Vec<_>>());
        assert_eq!(counted, Counted { packets: 50, voiced: 50 });
        assert_eq!(live, packets);
        assert_eq!(tape.play(Coding::Opus).collect::<Vec<_>>().await, packets, "again");
        let samples: usize = tape
            .play(Coding::Pcm16 { rate: 16_000 })
            .map(|packet| packet.bytes.len() / 2)
            .collect::<Vec<_>>()
            .await
            .iter()
            .sum();
        assert!(samples > 49 * 320 - 320 && samples <= 50 * 320, "{samples} samples");
    }

    #[derive(Default)]
    struct Wakes(AtomicUsize);

    impl Wake for Wakes {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[tokio::test]
    async fn who_waits_for_the_end_sleeps_until_then() {
        let (give, sound) = mpsc::channel(50);
        let (tape, wakes) = (Tape::new(), Arc::<Wakes>::default());
        let (mut over, mut recording) = (pin!(tape.over()), pin!(tape.record(sound)));
        let waker = wakes.clone().into();
        let mut waiting = Context::from_waker(&waker);
        assert!(over.as_mut().poll(&mut waiting).is_pending());
        for packet in packets() {
            give.try_send(Sounded { packet, voiced: true }).ok().unwrap();
            assert!((&mut recording).now_or_never().is_none());
        }
        assert_eq!(wakes.0.load(Ordering::Relaxed), 0);
        drop(give);
        assert_eq!(recording.await.packets, 50);
        assert_eq!(wakes.0.load(Ordering::Relaxed), 1);
        assert!(over.as_mut().poll(&mut waiting).is_ready());
    }
}
