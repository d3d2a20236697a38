//! Rules about manifests: the direction of the arrows between rooms, and the one door by which a package enters. Its
//! own file because it reads TOML only.

use super::Fault;
use toml::{Table, Value};

/// A room: its name, its package, its floor (it may look at lower ones only) and its manifest.
pub(super) struct Room {
    pub(super) name: &'static str,
    pub(super) package: &'static str,
    pub(super) floor: u8,
    pub(super) manifest: &'static str,
}

pub(super) const ROOMS: [Room; 8] = [
    Room { name: "voice", package: "voice", floor: 0, manifest: "src-tauri/voice/Cargo.toml" },
    Room { name: "audio", package: "audio", floor: 1, manifest: "src-tauri/audio/Cargo.toml" },
    Room { name: "providers", package: "providers", floor: 1, manifest: "src-tauri/providers/Cargo.toml" },
    Room { name: "store", package: "store", floor: 1, manifest: "src-tauri/store/Cargo.toml" },
    Room { name: "peers", package: "peers", floor: 2, manifest: "tests/peers/Cargo.toml" },
    Room { name: "talk", package: "talk", floor: 2, manifest: "src-tauri/talk/Cargo.toml" },
    Room { name: "cli", package: "wilco", floor: 3, manifest: "src-tauri/cli/Cargo.toml" },
    Room { name: "app", package: "wilco-app", floor: 3, manifest: "Cargo.toml" },
];

/// "Where is Opus?" has one answer: a package, and the rooms that may use it. What a room may never import is what it
/// does not stand beside here.
const DOORS: &[(&str, &[&str])] = &[
    // what flows
    ("serde", &["voice", "audio", "providers", "store", "talk", "cli", "app", "peers"]),
    ("bytes", &["voice", "audio", "providers", "store", "talk", "peers"]),
    ("futures-core", &["voice", "providers", "talk"]),
    ("zeroize", &["voice"]),
    ("futures-util", &["providers", "talk", "cli", "app", "peers"]),
    ("tokio", &["providers", "store", "talk", "cli", "app", "peers"]),
    ("tokio-util", &["providers", "talk", "cli", "app", "peers"]),
    ("tracing", &["audio", "providers", "store", "talk", "cli", "app", "peers"]),
    ("serde_json", &["providers", "store", "talk", "cli", "app", "peers"]),
    // sound
    ("cpal", &["audio"]),
    ("pulseaudio", &["audio"]),
    ("rtrb", &["audio"]),
    ("rubato", &["audio"]),
    ("opus", &["audio"]),
    ("ogg", &["audio"]),
    ("earshot", &["audio"]),
    ("nnnoiseless", &["audio"]),
    ("symphonia", &["audio"]),
    // engines and services
    ("libloading", &["providers", "app"]),
    ("reqwest", &["providers"]),
    ("rustls", &["providers", "peers"]),
    ("async-stream", &["providers"]),
    ("base64", &["providers", "peers"]),
    ("tokio-tungstenite", &["providers"]),
    // scripted peers
    ("axum", &["peers"]),
    ("hyper", &["peers"]),
    ("hyper-util", &["peers"]),
    ("tokio-rustls", &["peers"]),
    ("rcgen", &["peers"]),
    ("tower", &["peers"]),
    // what is kept
    ("keyring-core", &["store"]),
    ("zbus-secret-service-keyring-store", &["store"]),
    ("apple-native-keyring-store", &["store"]),
    ("windows-native-keyring-store", &["store"]),
    ("rusqlite", &["store"]),
    ("crc32fast", &["store"]),
    ("memchr", &["store"]),
    ("toml", &["store"]),
    ("dirs", &["store"]),
    // turns
    ("unicode-segmentation", &["talk"]),
    ("jiff", &["store", "talk", "providers"]),
    // shells
    ("tracing-subscriber", &["cli", "app"]),
    ("clap", &["cli"]),
    ("crossterm", &["cli"]),
    ("rustix", &["cli"]),
    ("tempfile", &["cli"]),
    ("indicatif", &["cli"]),
    ("rmcp", &["cli"]),
    ("tracing-appender", &["app"]),
    ("tauri", &["app"]),
    ("tauri-build", &["app"]),
    ("tauri-plugin-global-shortcut", &["app"]),
    ("tauri-plugin-single-instance", &["app"]),
    ("tauri-plugin-autostart", &["app"]),
    ("tauri-plugin-notification", &["app"]),
    ("tauri-plugin-window-state", &["app"]),
    ("sys-locale", &["app"]),
    ("ashpd", &["app"]),
    ("glib", &["app"]),
    ("x11rb", &["app"]),
    ("xkeysym", &["app"]),
    ("zbus", &["app"]),
];

/// Packages that only tests and benches use.
const TOOLS: &[&str] = &["proptest", "loom", "criterion", "ts-rs", "syn", "proc-macro2", "hound", "mp3lame-encoder"];

/// One line of a dependency table.
struct Dependency {
    /// What cargo downloads, whatever the manifest calls it.
    package: String,
    line: usize,
    dev: bool,
    /// Version and features come from the root manifest.
    shared: bool,
}

/// Dependencies on a room that is not below this one.
pub(super) fn looks_up(room: &Room, manifest: &str) -> Vec<Fault> {
    every(manifest, |dependency| {
        let other = ROOMS.iter().find(|other| other.package == dependency.package)?;
        if dependency.dev && other.name == "peers" {
            return None; // whoever is tested may be tested with them
        }
        (other.floor >= room.floor).then(|| {
            let direction = if other.floor > room.floor { "above" } else { "beside" };
            format!("{} may not know {}, which is {direction} it", room.name, other.name)
        })
    })
}

/// Packages that enter a room which is not theirs. A test may use any package that has a door somewhere.
pub(super) fn wrong_doors(room: &Room, manifest: &str) -> Vec<Fault> {
    every(manifest, |dependency| {
        let package = dependency.package.as_str();
        if ROOMS.iter().any(|room| room.package == package) {
            return None;
        }
        let tool = TOOLS.contains(&package);
        match DOORS.iter().find(|(name, _)| *name == package) {
            None if tool && dependency.dev => None,
            None if tool => Some(format!("{package} is for tests: it belongs under dev-dependencies")),
            None => Some(format!("say in tests/rooms/manifests.rs which room {package} belongs to")),
            Some(_) if dependency.dev => None,
            Some((_, rooms)) => (!rooms.contains(&room.name))
                .then(|| format!("{package} enters by {}, not by {}", rooms.join(", "), room.name)),
        }
    })
}

/// Dependencies that a room gives a version of its own.
pub(super) fn with_own_version(manifest: &str) -> Vec<Fault> {
    every(manifest, |dependency| {
        (!dependency.shared)
            .then(|| format!("{} takes its version from the root: `workspace = true`", dependency.package))
    })
}

/// Packages in the root manifest's `[workspace.dependencies]` without a comment that says why they are there.
pub(super) fn without_reason(manifest: &str) -> Vec<Fault> {
    let entries = lines_of(manifest).filter(|(table, _, _)| *table == "workspace.dependencies");
    entries
        .filter(|(_, _, line)| !line.contains("path = ") && !line.contains(" # "))
        .map(|(_, number, line)| Fault::new(number, format!("no reason stands behind {}", key_of(line))))
        .collect()
}

fn every(manifest: &str, rule: impl Fn(&Dependency) -> Option<String>) -> Vec<Fault> {
    match dependencies(manifest) {
        Ok(all) => all.iter().filter_map(|one| rule(one).map(|says| Fault::new(one.line, says))).collect(),
        Err(error) => vec![Fault::new(1, error.to_string())],
    }
}

fn dependencies(manifest: &str) -> Result<Vec<Dependency>, toml::de::Error> {
    let manifest_table: Table = manifest.parse()?;
    let targets = manifest_table.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
    let mut found = Vec::new();
    for owner in targets.filter_map(Value::as_table).chain([&manifest_table]) {
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for (name, value) in owner.get(kind).and_then(Value::as_table).into_iter().flatten() {
                let renamed = value.get("package").and_then(Value::as_str);
                let at = lines_of(manifest).find(|(table, _, line)| {
                    *table != "workspace.dependencies" && table.rsplit('.').next() == Some(kind) && key_of(line) == name
                });
                found.push(Dependency {
                    package: renamed.unwrap_or(name).to_owned(),
                    line: at.map_or(1, |(_, number, _)| number),
                    dev: kind == "dev-dependencies",
                    shared: value.get("workspace").and_then(Value::as_bool) == Some(true),
                });
            }
        }
    }
    found.sort_by_key(|dependency| dependency.line);
    Ok(found)
}

/// Each line that assigns something: the table it stands in, its number, and itself.
fn lines_of(manifest: &str) -> impl Iterator<Item = (&str, usize, &str)> {
    let mut table = "";
    manifest.lines().enumerate().filter_map(move |(number, line)| {
        if let Some(header) = line.trim().strip_prefix('[') {
            table = header.split(']').next().unwrap_or_default();
        }
        let assigns = line.contains('=') && !line.trim_start().starts_with(['#', '[']);
        assigns.then_some((table, number + 1, line))
    })
}

fn key_of(line: &str) -> &str {
    line.trim_start().split(['.', '=', ' ']).next().unwrap_or_default().trim_matches('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(name: &str) -> &'static Room {
        ROOMS.iter().find(|room| room.name == name).unwrap()
    }

    fn lines(faults: &[Fault]) -> Vec<usize> {
        faults.iter().map(|fault| fault.line).collect()
    }

    #[test]
    fn a_look_upward_or_aside_is_seen() {
        let manifest = "[dependencies]\nvoice.workspace = true\nstore.workspace = true\n[dev-dependencies]\ntalk.workspace = true\n";
        assert_eq!(lines(&looks_up(room("audio"), manifest)), [3, 5]);
        assert_eq!(lines(&looks_up(room("cli"), manifest)), [0usize; 0]);
    }

    #[test]
    fn a_renamed_room_is_still_seen() {
        let manifest = "[target.'cfg(unix)'.dependencies]\nx = { package = \"talk\", workspace = true }\n";
        assert_eq!(lines(&looks_up(room("store"), manifest)), [2]);
    }

    #[test]
    fn a_package_at_the_wrong_door_is_seen() {
        let manifest = "[dependencies]\nopus = \"1\"\ntokio = \"1\"\nleft-pad = \"1\"\nsyn = \"2\"\n[dev-dependencies]\nhound = \"3\"\n";
        assert_eq!(lines(&wrong_doors(room("audio"), manifest)), [3, 4, 5]);
        assert_eq!(lines(&wrong_doors(room("talk"), manifest)), [2, 4, 5]);
        assert_eq!(lines(&with_own_version(manifest)), [2, 3, 4, 5, 7]);
    }

    #[test]
    fn what_the_design_forbids_has_no_door() {
        let never = [
            ("audio", &["tokio", "reqwest", "tauri"][..]),
            ("providers", &["cpal", "tauri", "keyring", "rusqlite"]),
            ("store", &["reqwest", "cpal", "tauri"]),
            ("talk", &["tauri", "keyring", "reqwest", "cpal", "rusqlite"]),
            ("cli", &["tauri"]),
        ];
        for (name, packages) in never {
            for package in packages {
                let manifest = format!("[dependencies]\n{package}.workspace = true\n");
                assert_eq!(lines(&wrong_doors(room(name), &manifest)), [2], "{package} in {name}");
            }
        }
    }

    #[test]
    fn a_dependency_without_reason_is_seen() {
        let manifest = "[workspace.dependencies]\nvoice = { path = \"v\" }\nserde = \"1\" # borders\nbytes = \"1\"\n[dependencies]\nx = \"1\"\n";
        assert_eq!(lines(&without_reason(manifest)), [4]);
    }

    #[test]
    fn a_broken_manifest_is_a_fault() {
        assert_eq!(looks_up(room("audio"), "[dependencies").len(), 1);
    }
}
