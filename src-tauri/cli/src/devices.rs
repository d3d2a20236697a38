//! `wilco devices`: what can be heard with and spoken through.

use crate::exit::{Exit, Failed};
use audio::{DeviceKind, devices};

/// Lists them, the system's choice marked.
pub(crate) fn run() -> Result<Exit, Failed> {
    let all = devices();
    for (title, kind) in [("Microphones", DeviceKind::Input), ("Loudspeakers", DeviceKind::Output)] {
        println!("{title}");
        let of_kind = all.iter().filter(|device| device.kind == kind);
        for device in of_kind.clone() {
            let mark = if device.default { '*' } else { ' ' };
            println!("  {mark} {}  ({}, {} Hz, {} ch)", device.name, device.host, device.rate, device.channels);
        }
        if of_kind.count() == 0 {
            println!("    none");
        }
    }
    println!("* is the system's choice; another one is set by its name: --set audio.input=NAME");
    Ok(Exit::Done)
}
