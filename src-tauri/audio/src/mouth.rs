//! The real-time half of the loudspeaker: what a device callback does to play one voice after another and to fall
//! silent at once. Its own file because nothing in it may allocate, lock, log or wait.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

/// A cut is heard as a click unless the sound fades out: 10 ms.
const FADES_PER_SECOND: u32 = 100;
/// Voices that may wait to be played.
const WAITING: usize = 16;

/// One reply as the callback sees it.
pub(crate) struct Voice {
    ring: rtrb::Consumer<f32>,
    progress: Arc<Progress>,
}

/// What the holder of a reply wants of it.
#[derive(Debug, Default)]
pub(crate) struct Hands {
    /// Fall silent now, and for good.
    pub(crate) cut: AtomicBool,
    /// Fall silent until this is taken back.
    pub(crate) paused: AtomicBool,
    /// Go on with the next sentence; taken back by the worker, who knows where that is.
    pub(crate) skip: AtomicBool,
}

/// What worker, callback and holder of one reply share.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    hands: Arc<Hands>,
    /// Samples handed to the device, or left out.
    played: AtomicU64,
    /// What comes before this sample is left out.
    skip_to: AtomicU64,
}

impl Progress {
    pub(crate) fn new(hands: Arc<Hands>) -> Self {
        Self { hands, ..Self::default() }
    }

    pub(crate) fn played(&self) -> u64 {
        self.played.load(Ordering::Acquire)
    }

    pub(crate) fn skip_to(&self, sample: u64) {
        self.skip_to.store(sample, Ordering::Release);
    }

    pub(crate) fn hands(&self) -> &Hands {
        &self.hands
    }

    /// Only the callback calls this.
    fn count(&self) {
        self.played.store(self.played.load(Ordering::Relaxed) + 1, Ordering::Release);
    }

    fn wish(&self) -> Wish {
        if self.hands.cut.load(Ordering::Relaxed) {
            Wish::End
        } else if self.skip_to.load(Ordering::Acquire) > self.played.load(Ordering::Relaxed) {
            Wish::Skip
        } else if self.hands.paused.load(Ordering::Relaxed) {
            Wish::Wait
        } else {
            Wish::Speak
        }
    }
}

/// What a voice is to do with its next sample.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    Speak,
    Wait,
    Skip,
    End,
}

/// The worker's way to the mouth.
pub(crate) struct Throat {
    waiting: rtrb::Producer<Voice>,
    /// Voices that are over. They are dropped here, because the callback may not free memory.
    spent: rtrb::Consumer<Voice>,
}

impl Throat {
    /// Adds a voice after those that wait. False if too many do.
    pub(crate) fn give(&mut self, ring: rtrb::Consumer<f32>, progress: Arc<Progress>) -> bool {
        while self.spent.pop().is_ok() {}
        self.waiting.push(Voice { ring, progress }).is_ok()
    }
}

/// Fills a device's buffers, in its callback.
pub(crate) struct Mouth {
    waiting: rtrb::Consumer<Voice>,
    spent: rtrb::Producer<Voice>,
    voice: Option<Voice>,
    fade: Fade,
}

impl Mouth {
    /// A mouth for a device of `rate` Hz, and the way to it.
    pub(crate) fn new(rate: u32) -> (Throat, Self) {
        let (give, waiting) = rtrb::RingBuffer::new(WAITING);
        // all that can wait and the one that plays
        let (spent, take) = rtrb::RingBuffer::new(WAITING + 1);
        let length = (rate / FADES_PER_SECOND).max(1);
        let fade = Fade { length, level: length };
        (Throat { waiting: give, spent: take }, Self { waiting, spent, voice: None, fade })
    }

    /// Gives the samples of one buffer, one by one, to `put`; returns how many of `samples` there were. The rest of the
    /// buffer is silence.
    pub(crate) fn fill(&mut self, samples: usize, mut put: impl FnMut(Option<f32>)) -> usize {
        let mut said = 0;
        for _ in 0..samples {
            let sample = self.next();
            said += usize::from(sample.is_some());
            put(sample);
        }
        said
    }

    fn next(&mut self) -> Option<f32> {
        loop {
            if self.voice.is_none() {
                self.voice = Some(self.waiting.pop().ok()?);
                self.fade.level = self.fade.length;
            }
            let voice = self.voice.as_mut()?;
            let wish = voice.progress.wish();
            match (self.fade.gain(wish == Wish::Speak), wish) {
                (None, Wish::Wait) => return None,
                (None, Wish::End) => self.retire(),
                (gain, _) => match voice.ring.pop() {
                    Ok(sample) => {
                        voice.progress.count();
                        if let Some(gain) = gain {
                            return Some(sample * gain);
                        }
                    }
                    // its worker is late
                    Err(_) if !voice.ring.is_abandoned() => return None,
                    Err(_) => self.retire(),
                },
            }
        }
    }

    fn retire(&mut self) {
        if let Some(Err(rtrb::PushError::Full(voice))) = self.voice.take().map(|voice| self.spent.push(voice)) {
            // cannot happen, by the two capacities; a leak would be better than freeing memory here
            std::mem::forget(voice);
        }
    }
}

/// The 10 ms in which a voice falls silent, or comes back.
struct Fade {
    length: u32,
    level: u32,
}

impl Fade {
    /// The gain of the next sample; none when it is silent and is to be.
    fn gain(&mut self, loud: bool) -> Option<f32> {
        let now = self.level;
        self.level = if loud { (now + 1).min(self.length) } else { now.saturating_sub(1) };
        (loud || now > 0).then(|| now as f32 / self.length as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn voice(throat: &mut Throat, samples: usize, level: f32) -> (rtrb::Producer<f32>, Arc<Progress>) {
        let (mut ring, taken) = rtrb::RingBuffer::new(48_000);
        (0..samples).for_each(|_| ring.push(level).unwrap());
        let progress = Arc::new(Progress::default());
        assert!(throat.give(taken, progress.clone()));
        (ring, progress)
    }

    fn heard(mouth: &mut Mouth, samples: usize) -> Vec<f32> {
        let mut out = Vec::new();
        mouth.fill(samples, |sample| out.push(sample.unwrap_or(0.0)));
        out
    }

    #[test]
    fn a_cut_fades_within_ten_milliseconds_and_nothing_follows() {
        let (mut throat, mut mouth) = Mouth::new(48_000);
        let (_ring, progress) = voice(&mut throat, 40_000, 1.0);
        assert_eq!(heard(&mut mouth, 960), [1.0; 960]);
        progress.hands.cut.store(true, Ordering::Relaxed);
        let after = heard(&mut mouth, 960);
        assert!(after.windows(2).all(|pair| pair[0] >= pair[1] && pair[0] - pair[1] < 0.01), "no click");
        assert!(after[479] > 0.0 && after[480..].iter().all(|sample| *sample == 0.0));
        assert_eq!(progress.played(), 960 + 480);
    }

    #[test]
    fn the_next_voice_begins_where_a_cut_one_ends() {
        let (mut throat, mut mouth) = Mouth::new(48_000);
        let (_first, progress) = voice(&mut throat, 40_000, 1.0);
        heard(&mut mouth, 100);
        progress.hands.cut.store(true, Ordering::Relaxed);
        let (_second, _) = voice(&mut throat, 100, 0.25);
        let after = heard(&mut mouth, 600);
        assert_eq!(after[480..580], [0.25; 100]);
        assert_eq!(after[580..], [0.0; 20]);
    }

    #[test]
    fn a_voice_that_was_cut_before_it_began_is_not_heard_for_long() {
        let (mut throat, mut mouth) = Mouth::new(48_000);
        let (_ring, progress) = voice(&mut throat, 0, 1.0);
        progress.hands.cut.store(true, Ordering::Relaxed);
        let (_next, _) = voice(&mut throat, 10, 0.5);
        assert!(heard(&mut mouth, 960).contains(&0.5), "it does not hold up the next one");
    }

    #[test]
    fn a_late_worker_is_silence_and_a_gone_one_is_the_end() {
        let (mut throat, mut mouth) = Mouth::new(16_000);
        let (mut ring, progress) = voice(&mut throat, 10, 0.5);
        assert_eq!(mouth.fill(20, |_| {}), 10);
        ring.push(0.5).unwrap();
        assert_eq!(mouth.fill(20, |_| {}), 1, "it goes on");
        drop(ring);
        let (_next, _) = voice(&mut throat, 5, 0.1);
        assert_eq!(mouth.fill(20, |_| {}), 5);
        assert_eq!(progress.played(), 11);
    }

    #[test]
    fn many_voices_come_and_go_without_being_freed_here() {
        let (mut throat, mut mouth) = Mouth::new(16_000);
        for _ in 0..5 {
            for _ in 0..WAITING {
                voice(&mut throat, 1, 0.5);
            }
            assert_eq!(mouth.fill(100, |_| {}), WAITING);
        }
    }

    #[test]
    fn a_pause_fades_keeps_what_waits_and_comes_back_without_a_click() {
        let (mut throat, mut mouth) = Mouth::new(48_000);
        let (_ring, progress) = voice(&mut throat, 40_000, 1.0);
        heard(&mut mouth, 960);
        progress.hands.paused.store(true, Ordering::Relaxed);
        let silent = heard(&mut mouth, 48_000);
        assert!(silent[480..].iter().all(|sample| *sample == 0.0));
        assert_eq!(progress.played(), 960 + 480, "nothing is lost meanwhile");
        progress.hands.paused.store(false, Ordering::Relaxed);
        let back = heard(&mut mouth, 960);
        assert_eq!(back[480..], [1.0; 480]);
        let whole = [silent, back].concat();
        assert!(whole.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 0.01), "no click");
    }

    #[test]
    fn what_is_skipped_is_left_out_at_once() {
        let (mut throat, mut mouth) = Mouth::new(48_000);
        let (mut ring, progress) = voice(&mut throat, 30_000, 1.0);
        heard(&mut mouth, 960);
        (0..5_000).for_each(|_| ring.push(0.5).unwrap());
        progress.skip_to(30_000);
        let next = heard(&mut mouth, 1_440);
        assert!(next.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 0.01), "no click");
        assert_eq!(next[960..], [0.5; 480], "10 ms down, 10 ms up");
        progress.skip_to(u64::MAX);
        assert_eq!(heard(&mut mouth, 10_000)[480..], [0.0; 9_520], "the next sentence is not there yet");
        assert_eq!(progress.played(), 35_000);
    }
}
