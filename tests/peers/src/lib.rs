//! Stand-in vendors on loopback sockets: as strict as the vendors, as slow as they are told to be.
//!
//! ```text
//!   engine: a listener for each vendor ▸ TLS ▸ HTTP/1.1 or HTTP/2 ▸ watch ▸ plan ▸ vendors/VENDOR.rs
//!             │                                                       │       │       │
//!             └──────────── ledger: what came, and when ──────────────┘       │       └─ asked, wire: what is sent to it
//!                                    script: what is answered, and when ──────┴───────── answer, sound: what it sends
//! ```
//!
//! A vendor is one file and one row in `vendors::ROWS`: an `axum` router, or a function over a bare TCP stream. The
//! file checks what it is asked as strictly as the vendor would, refuses with the vendor's own error body (`Refusal`,
//! which the ledger notes as a complaint), and answers at moments counted from the cause: the last byte of the upload,
//! or the message that asked.

mod answer;
mod asked;
mod clock;
mod dice;
mod engine;
mod ledger;
mod plan;
mod proxy;
mod script;
mod sound;
mod tls;
mod vendors;
mod watch;
mod wire;

pub use dice::Dice;
pub use engine::{Peers, Tls};
pub use ledger::{Complaint, Connection, Ledger, Message, Request};
pub use plan::{Fault, Midway, Plan, Stage, Weather};
pub use proxy::{Line, Proxy};
pub use script::{Script, tokens};
pub use sound::{seconds, tone};

#[cfg(test)]
mod tests;
