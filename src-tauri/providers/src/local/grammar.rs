//! Rejection for grammars. A grammar alone forces anything it hears into one of its sentences; with a loop of single
//! phones beside them, other speech lands in that loop. Its own file because it is pure text.

use std::collections::BTreeSet;

/// The phones of the model, each an alternative of the loop under a word no dictionary has: `zzaa` for `AA`.
pub(super) const PHONES: [&str; 39] = [
    "AA", "AE", "AH", "AO", "AW", "AY", "B", "CH", "D", "DH", "EH", "ER", "EY", "F", "G", "HH", "IH", "IY", "JH", "K",
    "L", "M", "N", "NG", "OW", "OY", "P", "R", "S", "SH", "T", "TH", "UH", "UW", "V", "W", "Y", "Z", "ZH",
];

/// What a phone of the loop weighs beside a sentence: the less, the fewer sentences it swallows. From 0.001 to 0.01 the
/// voices' commands hardly care, at 0.03 it begins to take more of them; so the most that is free, for at 0.0002 real
/// speech begins to pass. Chosen on half of the recordings and judged on the other: `held_out` in `tests/commands.rs`.
const WEIGHT: f64 = 0.01;

/// How many stray phones a sentence may have before it, where the loop takes a breath or a click. The voices' commands have
/// at most one when they are heard at all, people's orders by a grammar of their own mostly up to two; other real speech
/// that ends like a sentence has six and more.
const STRAY: usize = 2;

/// The word of a phone in the loop.
pub(super) fn garbage(phone: &str) -> String {
    format!("zz{}", phone.to_ascii_lowercase())
}

/// The same grammar, its one public rule now beside the loop. None if it has no public rule.
pub(super) fn with_rejection(jsgf: &str) -> Option<String> {
    let (before, after) = jsgf.split_once("public <")?;
    let (rule, _) = after.split_once('>')?;
    let alternatives: Vec<String> = PHONES.iter().map(|phone| format!("/{WEIGHT}/ {}", garbage(phone))).collect();
    Some(format!(
        "{before}<{after}\npublic <wilco_any> = <{rule}> | <wilco_garbage>+;\n<wilco_garbage> = {};\n",
        alternatives.join(" | ")
    ))
}

/// The sentence, if it is one of the grammar's and not of the loop.
pub(super) fn accepted(hypothesis: &str) -> Option<String> {
    let (stray, words): (Vec<&str>, Vec<&str>) = hypothesis.split_whitespace().partition(|word| word.starts_with("zz"));
    (!words.is_empty() && stray.len() <= STRAY).then(|| words.join(" "))
}

/// Every word the grammar can say, once.
pub(super) fn words(jsgf: &str) -> BTreeSet<String> {
    let bodies = jsgf.split(';').filter_map(|rule| rule.split_once('=')).map(|(_, body)| body);
    let mut words = BTreeSet::new();
    for body in bodies {
        let mut skip_to = None;
        let blank = body.chars().map(|letter| match (skip_to, letter) {
            (Some(end), letter) => {
                skip_to = (letter != end).then_some(end);
                ' '
            }
            (None, '<' | '{' | '/') => {
                skip_to = Some(match letter {
                    '<' => '>',
                    '{' => '}',
                    other => other,
                });
                ' '
            }
            (None, '(' | ')' | '[' | ']' | '|' | '*' | '+' | '"') => ' ',
            (None, letter) => letter,
        });
        words.extend(blank.collect::<String>().split_whitespace().map(str::to_owned));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMER: &str = "#JSGF V1.0;\ngrammar wilco;\npublic <command> = <timer> | /0.5/ stop {now};\n\
        <timer> = set [a] timer for (one | two)+ minutes;\n";

    #[test]
    fn only_words_are_words() {
        let found: Vec<String> = words(TIMER).into_iter().collect();
        assert_eq!(found, ["a", "for", "minutes", "one", "set", "stop", "timer", "two"]);
    }

    #[test]
    fn the_loop_stands_beside_the_one_public_rule() {
        let wrapped = with_rejection(TIMER).expect("a public rule");
        assert_eq!(wrapped.matches("public").count(), 1);
        assert!(wrapped.contains("= <command> | <wilco_garbage>+;"), "{wrapped}");
        assert_eq!(words(&wrapped).len(), words(TIMER).len() + PHONES.len());
        assert_eq!(with_rejection("#JSGF V1.0;\ngrammar wilco;\n<command> = stop;\n"), None);
    }

    #[test]
    fn phones_are_not_a_sentence() {
        assert_eq!(accepted("stop zzaa").as_deref(), Some("stop"));
        for other in ["", "zzaa zzb", "stop zzaa zzb zzch", "zzs stop zzaa zzb"] {
            assert_eq!(accepted(other), None, "{other}");
        }
    }
}
