//! What is kept, and for how long: settings, keys, the journal of sound, what services offer. Nothing here knows what a turn is, and nothing
//! reaches a network or a device.

mod files;
mod generations;
mod history;
mod journal;
mod keys;
mod offers;
mod paths;
mod settings;

pub use files::private_folder;
pub use history::{Ended, Export, Exported, Extent, History, Imported};
pub use journal::{Journal, prune, recording};
pub use keys::Keyring;
pub use offers::OffersCache;
pub use paths::Paths;
pub use settings::SettingsFile;
