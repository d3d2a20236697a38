//! Marks in time, and the durations read off them. Stages only say "now"; what it means is worked out here.

use crate::{Clock, Outlet};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use voice::{Event, Mark, Seam, Stamp, TurnId};

/// Takes the marks of one turn and tells each as it comes. The first of a kind counts.
#[derive(Clone)]
pub(crate) struct Marks {
    turn: TurnId,
    clock: Clock,
    outlet: Outlet,
    stamps: Arc<Mutex<Vec<(Mark, Duration)>>>,
    seams: Arc<Mutex<Vec<Seam>>>,
}

impl Marks {
    /// A turn that begins at `start` of `clock`.
    pub(crate) fn new(turn: TurnId, clock: Clock, outlet: Outlet, start: Duration) -> Self {
        let marks = Self { turn, clock, outlet, stamps: Arc::default(), seams: Arc::default() };
        marks.mark_at(Mark::KeyDown, start);
        marks
    }

    /// `mark` is now.
    pub(crate) fn mark(&self, mark: Mark) {
        self.mark_at(mark, self.clock.now());
    }

    /// `mark` was at `at`.
    pub(crate) fn mark_at(&self, mark: Mark, at: Duration) {
        let mut stamps = self.stamps.lock().unwrap_or_else(PoisonError::into_inner);
        if stamps.iter().any(|(known, _)| *known == mark) {
            return;
        }
        stamps.push((mark, at));
        let start = stamps.first().map_or(at, |(_, start)| *start);
        drop(stamps);
        (self.outlet)(Event::Marked { turn: self.turn, mark, ms: millis(start, at) });
    }

    /// Sound was lost.
    pub(crate) fn seam(&self, seam: Seam) {
        self.seams.lock().unwrap_or_else(PoisonError::into_inner).push(seam);
    }

    /// Every hole in the sound so far.
    pub(crate) fn seams(&self) -> Vec<Seam> {
        self.seams.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// When `mark` was, if it was.
    pub(crate) fn when(&self, mark: Mark) -> Option<Duration> {
        let stamps = self.stamps.lock().unwrap_or_else(PoisonError::into_inner);
        stamps.iter().find(|(known, _)| *known == mark).map(|(_, at)| *at)
    }

    /// Every mark so far in order of time.
    pub(crate) fn stamps(&self) -> Vec<Stamp> {
        let mut stamps = self.stamps.lock().unwrap_or_else(PoisonError::into_inner).clone();
        stamps.sort_by_key(|(mark, at)| (*at, *mark));
        let start = stamps.iter().find(|(mark, _)| *mark == Mark::KeyDown).map_or(Duration::ZERO, |(_, at)| *at);
        stamps.into_iter().map(|(mark, at)| Stamp { mark, ms: millis(start, at) }).collect()
    }
}

/// The figure that a person feels: from the key's release to the first sound of the reply, in milliseconds.
pub(crate) fn release_to_first_audio(stamps: &[Stamp]) -> Option<f64> {
    let at = |mark| stamps.iter().find(|stamp| stamp.mark == mark).map(|stamp| stamp.ms);
    Some(at(Mark::FirstAudio)? - at(Mark::KeyUp)?)
}

/// To a tenth of a millisecond; before the start counts as negative.
fn millis(start: Duration, at: Duration) -> f64 {
    let ms = (at.as_secs_f64() - start.as_secs_f64()) * 1e3;
    (ms * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_first_of_a_kind_counts_and_all_are_told_in_milliseconds() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let ear = told.clone();
        let clock = Clock::system();
        let marks = Marks::new(TurnId(7), clock, Arc::new(move |event| ear.lock().unwrap().push(event)), clock.now());
        tokio::time::advance(Duration::from_micros(1500)).await;
        marks.mark(Mark::KeyUp);
        tokio::time::advance(Duration::from_millis(40)).await;
        marks.mark(Mark::KeyUp);
        marks.mark(Mark::FirstAudio);
        let stamps = marks.stamps();
        let seen: Vec<_> = stamps.iter().map(|stamp| (stamp.mark, stamp.ms)).collect();
        assert_eq!(seen, [(Mark::KeyDown, 0.0), (Mark::KeyUp, 1.5), (Mark::FirstAudio, 41.5)]);
        assert_eq!(release_to_first_audio(&stamps), Some(40.0));
        assert_eq!(release_to_first_audio(&stamps[..2]), None);
        assert_eq!(told.lock().unwrap().len(), 3);
    }
}
