//! Devices, samples, real time: what a microphone hears becomes Opus packets, and frames become what a loudspeaker
//! plays. The rule of this room: a device callback never allocates, locks, logs or waits; everything else happens on
//! plain threads which nobody joins, because a sound server that hangs must hang alone.
//!
//! ```text
//! microphone: callback ▸ ring ▸ worker: mono ▸ (noise) ▸ 16 kHz ▸ Opus, voice activity ▸ the ear
//! loudspeaker: frames ▸ worker: device rate, volume ▸ ring ▸ callback
//! ```

mod capture;
mod card;
mod codec;
mod denoise;
mod device;
mod edges;
mod fold;
mod format;
mod gain;
mod host;
mod hush;
mod intake;
mod jack;
mod lease;
mod memory;
mod mic;
mod mouth;
mod mp3;
mod ogg;
mod player;
mod recode;
mod recording;
mod resample;
#[cfg_attr(not(target_os = "linux"), path = "no_server.rs")]
mod server;
mod signals;
mod speaker;
mod standby;
mod stretch;
mod vad;
mod watch;
pub mod wav;
mod wav_stream;
mod witness;

pub use card::DeviceSpeaker;
pub use codec::{Decoder, Encoder, FRAME};
pub use device::{Device, DeviceKind, devices};
pub use edges::Edges;
pub use jack::DeviceMic;
pub use memory::{MemorySpeaker, Pace, WavMic};
pub use mic::{Ear, Heard, Microphone, Now, OpenMic};
pub use ogg::OggWriter;
pub use recode::Recoder;
pub use recording::Recording;
pub use resample::Resampler;
pub use speaker::{Loudspeaker, NextPiece, Piece, Played, Playing, Remote};
pub use stretch::Stretch;
pub use wav::Wav;
