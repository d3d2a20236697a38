//! `wilco bench`: figures, measured on this machine against peers of known slowness or against any address.

mod cloud;
mod conversation;
mod latency;
mod machine;
mod peers;
mod sink;
mod soak;
mod summary;

use crate::exit::{Exit, Failed};

/// What is measured.
#[derive(clap::Subcommand)]
pub(crate) enum Bench {
    /// From the key's release to the first sound of the reply, over that of a perfect client
    Latency(latency::Latency),
    /// Turn after turn in one core, as fast as it takes them, many of them interrupted
    Soak(soak::Soak),
    /// The services of a measurement, in a process of their own
    #[command(hide = true)]
    Cloud(cloud::Cloud),
}

impl Bench {
    /// Measures it.
    pub(crate) async fn run(self) -> Result<Exit, Failed> {
        match self {
            Self::Latency(latency) => latency.run().await,
            Self::Soak(soak) => soak.run().await,
            Self::Cloud(cloud) => cloud.run().await,
        }
    }
}
