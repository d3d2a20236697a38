//! The house rules that a machine can check: who may depend on whom, where a package enters, how long a file may be,
//! what the page may do. Its own file because it reads the sources instead of running them. Every rule is a function
//! over text that proves in its own test that it catches a bad example.

mod manifests;
mod page;
mod sources;
mod syntax;

use std::{fs, io, path::Path};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// A broken rule: the line, from 1, and what the rule says.
#[derive(Debug, PartialEq, Eq)]
struct Fault {
    line: usize,
    says: String,
}

impl Fault {
    fn new(line: usize, says: impl Into<String>) -> Self {
        Self { line, says: says.into() }
    }
}

/// A text file of the house, its path as seen from the root.
struct Source {
    path: String,
    text: String,
}

impl Source {
    fn read(path: &str) -> io::Result<Self> {
        let text = fs::read_to_string(Path::new(ROOT).join(path))
            .map_err(|error| io::Error::new(error.kind(), format!("{path}: {error}")))?;
        Ok(Self { path: path.to_owned(), text })
    }

    /// Every file below `folder` that ends in one of `endings`, in the order of their names.
    fn below(folder: &str, endings: &[&str]) -> io::Result<Vec<Self>> {
        let mut found = Vec::new();
        let mut entries = fs::read_dir(Path::new(ROOT).join(folder))?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                found.extend(Self::below(&path, endings)?);
            } else if endings.iter().any(|ending| path.ends_with(ending)) {
                found.push(Self::read(&path)?);
            }
        }
        Ok(found)
    }
}

/// Fails with `file:line: rule` for each broken rule in `sources`.
fn judge<'a>(sources: impl IntoIterator<Item = &'a Source>, rule: impl Fn(&Source) -> Vec<Fault>) {
    let faults: Vec<String> = sources
        .into_iter()
        .flat_map(|source| {
            rule(source).into_iter().map(|fault| format!("{}:{}: {}", source.path, fault.line, fault.says))
        })
        .collect();
    assert!(faults.is_empty(), "{} broken house rules\n{}\n", faults.len(), faults.join("\n"));
}

fn rust() -> io::Result<Vec<Source>> {
    let mut all = Source::below("src-tauri", &[".rs"])?;
    all.extend(Source::below("tests", &[".rs"])?);
    Ok(all)
}

#[test]
fn no_room_looks_up_or_sideways() -> io::Result<()> {
    for room in &manifests::ROOMS {
        judge([&Source::read(room.manifest)?], |source| manifests::looks_up(room, &source.text));
    }
    Ok(())
}

#[test]
fn a_package_enters_by_its_own_door() -> io::Result<()> {
    for room in &manifests::ROOMS {
        judge([&Source::read(room.manifest)?], |source| manifests::wrong_doors(room, &source.text));
    }
    Ok(())
}

#[test]
fn a_dependency_stands_once_with_its_reason() -> io::Result<()> {
    judge([&Source::read("Cargo.toml")?], |source| manifests::without_reason(&source.text));
    for room in &manifests::ROOMS {
        judge([&Source::read(room.manifest)?], |source| manifests::with_own_version(&source.text));
    }
    Ok(())
}

#[test]
fn files_and_functions_stay_short() -> io::Result<()> {
    let all = rust()?;
    let tests: Vec<String> = all.iter().flat_map(sources::test_files).collect();
    judge(&all, |source| {
        let only_tests = source.path.starts_with("tests/") || tests.contains(&source.path);
        sources::too_long(&source.text, only_tests)
    });
    judge(&Source::below("ui/src", &[".ts", ".svelte", ".css"])?, page::too_long);
    judge(&Source::below("tests/e2e", &[".mjs"])?, page::too_long);
    Ok(())
}

#[test]
fn a_file_says_why_it_is_there() -> io::Result<()> {
    judge(&rust()?, |source| sources::without_purpose(&source.text));
    Ok(())
}

#[test]
fn unsafe_stays_with_the_foreign_functions() -> io::Result<()> {
    let all = rust()?;
    let foreign = [
        "src-tauri/providers/src/local/ffi",
        "src-tauri/app/hotkey/physical.rs",
        "src-tauri/app/graphics.rs",
        "src-tauri/cli/src/arena.rs",
    ];
    let outside = all.iter().filter(|source| !foreign.iter().any(|path| source.path.starts_with(path)));
    judge(outside, |source| sources::foreign_code(&source.text));
    Ok(())
}

#[test]
fn names_are_those_of_the_trade() -> io::Result<()> {
    judge(&rust()?, |source| sources::vague_names(&source.path, &source.text));
    Ok(())
}

#[test]
fn voice_only_speaks() -> io::Result<()> {
    judge(&Source::below("src-tauri/voice/src", &[".rs"])?, |source| sources::does_things(&source.text));
    Ok(())
}

#[test]
fn talk_names_no_provider_and_writes_no_sql() -> io::Result<()> {
    let providers = Source::below("src-tauri/providers/src", &[".rs"])?;
    let names: Vec<String> = providers.iter().filter_map(|source| sources::provider_name(&source.text)).collect();
    assert!(!names.is_empty(), "no provider says its `const NAME`");
    // `echo` is the name of a mode as well.
    let names: Vec<String> = names.into_iter().filter(|name| name != "echo").collect();
    judge(&Source::below("src-tauri/talk/src", &[".rs"])?, |source| sources::not_for_talk(&source.text, &names));
    Ok(())
}

#[test]
fn a_command_of_the_page_is_a_short_adapter() -> io::Result<()> {
    judge(&Source::below("src-tauri/app", &[".rs"])?, |source| sources::long_commands(&source.text));
    Ok(())
}

#[test]
fn the_page_reaches_out_by_one_door() -> io::Result<()> {
    judge(&Source::below("ui/src", &[".ts", ".svelte"])?, page::reaches_out);
    Ok(())
}

#[test]
fn a_window_may_do_what_its_one_capability_says() -> io::Result<()> {
    let capabilities = Source::below("src-tauri/capabilities", &[".json"])?;
    judge([&Source::read("tauri.conf.json")?], |source| page::loose_windows(&source.text, &capabilities));
    judge(&capabilities, |source| page::wide_capability(&source.text));
    Ok(())
}
