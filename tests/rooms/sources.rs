//! Rules about Rust files: length, purpose, names, `unsafe`, and what one room may not even write down. Its own file
//! because it reads Rust as Rust, by a parser.

use super::syntax::{Functions, Literals, Names, Paths, is_test, line, lines, tokens, without_tests};
use super::{Fault, Source};
use proc_macro2::TokenTree;
use std::path::Path;
use syn::{Expr, ExprLit, File, Item, Lit, parse_file, visit::Visit};

const FILE_LINES: usize = 300;
const FILE_LINES_WITH_TESTS: usize = 500;
const FUNCTION_LINES: usize = 60;
const COMMAND_LINES: usize = 5;

/// Words that say nothing about what a thing is for.
const VAGUE: &[&str] = &["manager", "service", "helper", "util", "handler", "processor", "common"];

/// What `voice` leaves to others: input, output, clocks, threads, logs.
const DOING: &[&str] = &[
    "std::fs",
    "std::io",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "tracing",
    "println",
    "eprintln",
    "print",
    "eprint",
    "dbg",
];

const SQL: &[&str] = &["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "CREATE ", "PRAGMA ", "DROP ", "BEGIN"];

/// Files over 300 lines without their tests or over 500 with them, and functions over 60 lines outside tests.
pub(super) fn too_long(text: &str, only_tests: bool) -> Vec<Fault> {
    let all = text.lines().count();
    let mut faults = Vec::new();
    if all > FILE_LINES_WITH_TESTS {
        faults.push(Fault::new(1, format!("{all} lines, over {FILE_LINES_WITH_TESTS}")));
    }
    if only_tests {
        return faults;
    }
    read(text, |file| {
        let tests: usize = file.items.iter().filter(|item| is_test(item)).map(lines).sum();
        if all - tests > FILE_LINES {
            faults.push(Fault::new(1, format!("{} lines without tests, over {FILE_LINES}", all - tests)));
        }
        let mut look = Functions::default();
        look.visit_file(&without_tests(file));
        let long = look.found.into_iter().filter(|function| function.lines > FUNCTION_LINES);
        faults.extend(long.map(|function| {
            let says = format!("fn {} has {} lines, over {FUNCTION_LINES}", function.name, function.lines);
            Fault::new(function.line, says)
        }));
        faults
    })
}

/// A file that does not open with `//!`.
pub(super) fn without_purpose(text: &str) -> Vec<Fault> {
    if text.starts_with("//! ") {
        Vec::new()
    } else {
        vec![Fault::new(1, "a file opens with `//!`: what is here, and why")]
    }
}

/// Every `unsafe`, every foreign block, and every permission for one.
pub(super) fn foreign_code(text: &str) -> Vec<Fault> {
    let unsafe_word =
        |token: &TokenTree| matches!(token, TokenTree::Ident(word) if word == "unsafe" || word == "unsafe_code");
    let found = text.parse().map(tokens).unwrap_or_default();
    let found = found.iter().filter(|token| unsafe_word(token));
    found
        .map(|token| {
            Fault::new(
                line(token),
                "unsafe code belongs in providers/src/local/ffi*, app/hotkey/physical.rs, app/graphics.rs or cli/src/arena.rs",
            )
        })
        .collect()
}

/// Types and modules (files among them) named after nothing.
pub(super) fn vague_names(path: &str, text: &str) -> Vec<Fault> {
    let stem = Path::new(path).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    read(text, |file| {
        let mut look = Names::default();
        look.visit_file(&file);
        let all = look.found.into_iter().chain([(stem.to_owned(), 1)]);
        let vague = all.filter(|(name, _)| words(name).iter().any(|word| is_vague(word)));
        vague.map(|(name, line)| Fault::new(line, format!("{name}: say what it is for"))).collect()
    })
}

/// Paths by which a room that only speaks would do something.
pub(super) fn does_things(text: &str) -> Vec<Fault> {
    read(text, |file| {
        let mut look = Paths::default();
        look.visit_file(&without_tests(file));
        let doing = |path: &str| DOING.iter().any(|word| path == *word || path.starts_with(&format!("{word}::")));
        let broken = look.found.into_iter().filter(|(path, _)| doing(path));
        broken
            .map(|(path, line)| Fault::new(line, format!("{path}: voice does no input, output, clock or log")))
            .collect()
    })
}

/// Names of providers and SQL among the string literals of `talk`.
pub(super) fn not_for_talk(text: &str, providers: &[String]) -> Vec<Fault> {
    read(text, |file| {
        let mut look = Literals::default();
        look.visit_file(&without_tests(file));
        let mut faults = Vec::new();
        for (literal, line) in look.found {
            if providers.contains(&literal) {
                faults.push(Fault::new(line, format!("talk names no provider: \"{literal}\"")));
            }
            if SQL.iter().any(|word| literal.trim_start().starts_with(word)) {
                faults.push(Fault::new(line, "talk writes no SQL"));
            }
        }
        faults
    })
}

/// The value of a provider's `const NAME`, if this file is one.
pub(super) fn provider_name(text: &str) -> Option<String> {
    parse_file(text).ok()?.items.into_iter().find_map(|item| match item {
        Item::Const(it) if it.ident == "NAME" => match *it.expr {
            Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) => Some(name.value()),
            _ => None,
        },
        _ => None,
    })
}

/// Functions marked as commands whose bodies are over five lines.
pub(super) fn long_commands(text: &str) -> Vec<Fault> {
    read(text, |file| {
        let mut look = Functions::default();
        look.visit_file(&file);
        let long = look.found.into_iter().filter(|function| function.is_command && function.body > COMMAND_LINES);
        long.map(|function| {
            Fault::new(function.line, format!("command {} holds logic: over {COMMAND_LINES} lines", function.name))
        })
        .collect()
    })
}

/// Paths of files that `source` declares as test modules.
pub(super) fn test_files(source: &Source) -> Vec<String> {
    let path = Path::new(&source.path);
    let folder = path.parent().unwrap_or(Path::new(""));
    let folder = match path.file_stem().and_then(|stem| stem.to_str()) {
        Some("lib" | "main" | "mod") | None => folder.to_owned(),
        Some(stem) => folder.join(stem),
    };
    let items = parse_file(&source.text).map(|file| file.items).unwrap_or_default();
    let modules = items.iter().filter(|item| is_test(item)).filter_map(|item| match item {
        Item::Mod(module) if module.content.is_none() => Some(module.ident.to_string()),
        _ => None,
    });
    modules.map(|name| folder.join(format!("{name}.rs")).to_string_lossy().into_owned()).collect()
}

fn read(text: &str, rule: impl FnOnce(File) -> Vec<Fault>) -> Vec<Fault> {
    match parse_file(text) {
        Ok(file) => rule(file),
        Err(error) => vec![Fault::new(error.span().start().line, error.to_string())],
    }
}

fn is_vague(word: &str) -> bool {
    VAGUE.iter().any(|vague| word == *vague || word.strip_suffix('s') == Some(vague))
}

/// `PulseHandlers` and `pulse_handlers` are both `pulse`, `handlers`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for letter in name.chars() {
        if letter == '_' || letter == '-' || letter.is_uppercase() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(letter.to_lowercase().filter(|letter| letter.is_alphanumeric()));
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(faults: &[Fault]) -> Vec<usize> {
        faults.iter().map(|fault| fault.line).collect()
    }

    fn function(lines: usize) -> String {
        format!("fn long() {{\n{}}}\n", "    work();\n".repeat(lines - 2))
    }

    #[test]
    fn a_long_function_is_seen_where_it_starts() {
        assert_eq!(
            too_long(&format!("//! x\n/// Long.\n{}", function(61)), false),
            [Fault::new(3, "fn long has 61 lines, over 60")]
        );
        assert_eq!(too_long(&function(60), false), []);
        assert_eq!(too_long(&format!("impl X {{ {} }}", function(61)), false).len(), 1);
        assert_eq!(too_long(&format!("#[cfg(test)]\nmod tests {{ {} }}", function(61)), false), []);
    }

    #[test]
    fn a_long_file_is_seen_and_tests_count_apart() {
        let code = "const A: u8 = 0;\n".repeat(301);
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "const A: u8 = 0;\n".repeat(250));
        assert_eq!(too_long(&code, false).len(), 1);
        assert_eq!(too_long(&code, true), []);
        assert_eq!(too_long(&tests, false), []);
        assert_eq!(too_long(&format!("{code}{tests}"), false).len(), 2);
        assert_eq!(too_long(&"\n".repeat(501), true).len(), 1);
    }

    #[test]
    fn a_file_that_does_not_parse_is_a_fault() {
        assert_eq!(lines(&too_long("\nfn 1() {}", false)), [2]);
    }

    #[test]
    fn a_file_without_purpose_is_seen() {
        assert_eq!(without_purpose("use std::fs;\n").len(), 1);
        assert_eq!(without_purpose("//! Why.\n"), []);
    }

    #[test]
    fn unsafe_is_seen_but_not_in_prose() {
        for bad in [
            "fn f() { unsafe { g() } }",
            "unsafe impl Send for X {}",
            "#[allow(unsafe_code)] mod x {}",
            "fn f() { m!(unsafe { g() }) }",
        ] {
            assert_eq!(foreign_code(bad).len(), 1, "{bad}");
        }
        assert_eq!(foreign_code("/// unsafe\nconst WORD: &str = \"unsafe\";"), []);
    }

    #[test]
    fn a_vague_name_is_seen() {
        for bad in
            ["struct TurnManager;", "mod utils {}", "enum Common {}", "trait EventHandler {}", "type HTTPService = u8;"]
        {
            assert_eq!(vague_names("src/turn.rs", bad).len(), 1, "{bad}");
        }
        assert_eq!(vague_names("src/helpers.rs", "").len(), 1);
        assert_eq!(
            vague_names("src/turn.rs", "use tauri::Manager; struct Commonplace; fn f(app: &impl Manager) {}"),
            []
        );
    }

    #[test]
    fn a_voice_that_acts_is_seen() {
        for bad in [
            "use std::{fmt, fs};",
            "fn f() { let _ = std::time::Instant::now(); }",
            "fn f() { println!(); }",
            "use std::io::*;",
        ] {
            assert_eq!(does_things(bad).len(), 1, "{bad}");
        }
        assert_eq!(does_things("use std::fmt; use std::time::Duration; #[cfg(test)] mod tests { use std::fs; }"), []);
    }

    #[test]
    fn a_provider_or_sql_in_talk_is_seen() {
        let names = ["flite".to_owned()];
        for bad in ["const A: &str = \"flite\";", "fn f() { g!(x, [\"flite\"]); }", "const A: &str = \"SELECT 1\";"] {
            assert_eq!(not_for_talk(bad, &names).len(), 1, "{bad}");
        }
        assert_eq!(
            not_for_talk(
                "/// flite\nconst A: &str = \"select flite\"; #[cfg(test)] mod t { const B: &str = \"flite\"; }",
                &names
            ),
            []
        );
    }

    #[test]
    fn a_provider_says_its_name() {
        assert_eq!(provider_name("/// x\npub const NAME: &str = \"flite\";").as_deref(), Some("flite"));
        assert_eq!(provider_name("const OTHER: &str = \"flite\";"), None);
    }

    #[test]
    fn a_command_with_logic_is_seen() {
        let long = "#[tauri::command]\nfn press() {\n1;\n2;\n3;\n4;\n5;\n6;\n}";
        assert_eq!(lines(&long_commands(long)), [2]);
        assert_eq!(long_commands(&long.replace("6;\n", "")), []);
        assert_eq!(long_commands(&long.replace("#[tauri::command]", "#[inline]")), []);
    }

    #[test]
    fn a_file_of_tests_is_known_by_its_parent() {
        let source =
            |path: &str| Source { path: path.to_owned(), text: "#[cfg(test)]\nmod types;\nmod turn;".to_owned() };
        assert_eq!(test_files(&source("voice/src/lib.rs")), ["voice/src/types.rs"]);
        assert_eq!(test_files(&source("voice/src/turn.rs")), ["voice/src/turn/types.rs"]);
    }
}
