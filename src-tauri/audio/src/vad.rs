//! Whether somebody speaks. Its own file because the detector works in steps of 16 ms and the pipe in steps of 20.

use earshot::Detector;

/// What the detector looks at in one go: 16 ms at 16 kHz.
const STEP: usize = 256;
/// Its author's threshold.
const SPEECH: f32 = 0.5;

/// Voice activity over consecutive frames of one utterance.
pub(crate) struct Vad {
    detector: Box<Detector>,
    step: Vec<f32>,
}

impl Vad {
    pub(crate) fn new() -> Self {
        Self { detector: Box::new(Detector::default()), step: Vec::with_capacity(STEP) }
    }

    /// Whether speech was found in `frame`: samples within −1.0..=1.0 at 16 kHz, at least one step long.
    pub(crate) fn voiced(&mut self, mut frame: &[f32]) -> bool {
        let mut voiced = false;
        while !frame.is_empty() {
            let (now, later) = frame.split_at(frame.len().min(STEP - self.step.len()));
            self.step.extend_from_slice(now);
            frame = later;
            if self.step.len() == STEP {
                voiced |= self.detector.predict_f32(&self.step) >= SPEECH;
                self.step.clear();
            }
        }
        voiced
    }
}
