//! Rules about the page and its windows: it reaches the computer through one door, and a window may do only what its
//! own capability says. Its own file because none of this is Rust.

use super::{Fault, Source};
use serde_json::Value;

/// What the page never does, and why.
const NEVER: &[(&str, &str)] = &[
    ("fetch(", "the page asks nothing of a network"),
    ("XMLHttpRequest", "the page asks nothing of a network"),
    ("WebSocket(", "the page asks nothing of a network"),
    ("EventSource(", "the page asks nothing of a network"),
    ("{@html", "text of a provider is never markup"),
    ("innerHTML", "text of a provider is never markup"),
    ("outerHTML", "text of a provider is never markup"),
    ("insertAdjacentHTML", "text of a provider is never markup"),
    ("eval(", "the page runs no text"),
    ("Function(", "the page runs no text"),
];

const DOOR: &str = "ui/src/ipc.ts";
const GENERATED: &str = "ui/src/types.ts";

/// Lines that reach out of the page, or to Tauri by another file than the door.
pub(super) fn reaches_out(source: &Source) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (number, line) in source.text.lines().enumerate() {
        let broken = NEVER.iter().filter(|(word, _)| calls(line, word)).map(|(word, why)| format!("{word}: {why}"));
        faults.extend(broken.map(|says| Fault::new(number + 1, says)));
        let tauri = ["'@tauri-apps", "\"@tauri-apps", "__TAURI"].iter().any(|name| line.contains(name));
        if tauri && source.path != DOOR && !source.path.contains(".test.") {
            faults.push(Fault::new(number + 1, format!("only {DOOR} speaks to Tauri")));
        }
    }
    faults
}

/// `word` stands in `line` as a whole: `prefetch(` does not call `fetch(`.
fn calls(line: &str, word: &str) -> bool {
    let part_of_a_name = |before: &str| before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$');
    line.match_indices(word).any(|(at, _)| !line.get(..at).is_some_and(part_of_a_name))
}

/// Files of the page over 300 lines; its tests over 500.
pub(super) fn too_long(source: &Source) -> Vec<Fault> {
    let limit = if source.path.contains(".test.") { 500 } else { 300 };
    let lines = source.text.lines().count();
    let fits = lines <= limit || source.path == GENERATED;
    if fits { Vec::new() } else { vec![Fault::new(limit + 1, format!("{lines} lines, over {limit}"))] }
}

/// Windows of `tauri.conf.json` that have not exactly one capability, and a page without its guards.
pub(super) fn loose_windows(config: &str, capabilities: &[Source]) -> Vec<Fault> {
    let config: Value = match serde_json::from_str(config) {
        Ok(value) => value,
        Err(error) => return vec![Fault::new(error.line(), error.to_string())],
    };
    let mut says = Vec::new();
    let policy = config.pointer("/app/security/csp").map(Value::to_string).unwrap_or_default();
    if !policy.contains("default-src") {
        says.push("app.security.csp must be set".to_owned());
    }
    if policy.contains("unsafe-eval") || policy.contains("script-src * ") {
        says.push("app.security.csp lets the page run any script".to_owned());
    }
    if config.pointer("/app/withGlobalTauri") == Some(&Value::Bool(true)) {
        says.push("app.withGlobalTauri stays off: the page imports what it needs".to_owned());
    }
    for window in config.pointer("/app/windows").and_then(Value::as_array).into_iter().flatten() {
        let label = window.get("label").and_then(Value::as_str).unwrap_or("main");
        let naming = capabilities.iter().filter(|file| windows_of(&file.text).iter().any(|name| name == label)).count();
        if naming != 1 {
            says.push(format!("window {label} has {naming} capability files, not one"));
        }
    }
    says.into_iter().map(|says| Fault::new(1, says)).collect()
}

/// A capability that serves more than one window, or any other origin.
pub(super) fn wide_capability(capability: &str) -> Vec<Fault> {
    let windows = windows_of(capability);
    let one = windows.len() == 1 && windows.iter().all(|name| !name.contains('*'));
    let remote = serde_json::from_str::<Value>(capability).is_ok_and(|value| value.get("remote").is_some());
    let mut faults = Vec::new();
    if !one {
        faults.push(Fault::new(1, format!("a capability serves one window by its name, not {windows:?}")));
    }
    if remote {
        faults.push(Fault::new(1, "no other origin may call us"));
    }
    faults
}

fn windows_of(capability: &str) -> Vec<String> {
    let value: Value = serde_json::from_str(capability).unwrap_or_default();
    let names = value.get("windows").and_then(Value::as_array).into_iter().flatten();
    names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn a_page_that_reaches_out_is_seen() {
        for bad in [
            "await fetch('/x')",
            "{@html reply}",
            "p.innerHTML = reply",
            "eval(reply)",
            "import x from '@tauri-apps/api'",
        ] {
            assert_eq!(reaches_out(&source("ui/src/state.ts", bad)).len(), 1, "{bad}");
        }
        for good in ["prefetch()", "retrieval(x)", "import { press } from './ipc'"] {
            assert_eq!(reaches_out(&source("ui/src/state.ts", good)), [], "{good}");
        }
        assert_eq!(reaches_out(&source(DOOR, "import { invoke } from '@tauri-apps/api/core'")), []);
    }

    #[test]
    fn a_long_part_is_seen() {
        assert_eq!(too_long(&source("ui/src/App.svelte", &"x\n".repeat(301))).len(), 1);
        assert_eq!(too_long(&source("ui/src/App.svelte", &"x\n".repeat(300))), []);
        assert_eq!(too_long(&source("ui/src/state.test.ts", &"x\n".repeat(500))), []);
    }

    #[test]
    fn a_loose_window_is_seen() {
        let good = r#"{"app":{"security":{"csp":"default-src 'self'"},"windows":[{"label":"main"}]}}"#;
        let main = source("main.json", r#"{"windows":["main"]}"#);
        let again = source("again.json", r#"{"windows":["main"]}"#);
        assert_eq!(loose_windows(good, std::slice::from_ref(&main)), []);
        assert_eq!(loose_windows(good, &[]).len(), 1);
        assert_eq!(loose_windows(good, &[main, again]).len(), 1);
        assert_eq!(loose_windows(r#"{"app":{"security":{"csp":null},"withGlobalTauri":true}}"#, &[]).len(), 2);
        assert_eq!(loose_windows("{", &[]).len(), 1);
    }

    #[test]
    fn a_wide_capability_is_seen() {
        assert_eq!(wide_capability(r#"{"windows":["main"]}"#), []);
        for bad in
            [r#"{"windows":["*"]}"#, r#"{"windows":["main","overlay"]}"#, r#"{"windows":["main"],"remote":{}}"#, "{}"]
        {
            assert_eq!(wide_capability(bad).len(), 1, "{bad}");
        }
    }
}
