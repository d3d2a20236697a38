//! What is kept, and for how long: settings and the journal of sound. Nothing here knows what a turn is, and nothing
//! reaches a network or a device.

mod journal;
mod paths;
mod settings;

pub use journal::{Journal, prune};
pub use paths::Paths;
pub use settings::SettingsFile;
