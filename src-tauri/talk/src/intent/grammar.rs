//! The spoken English commands as a JSGF grammar for a recogniser: the rows of the table word for word, around them
//! politeness, and for each slot a rule of the everyday values.

use super::table::{AFTER_SPOKEN, BEFORE_SPOKEN, SPOKEN};
use std::sync::{Arc, LazyLock};

/// A JSGF grammar named `wilco` with the one public rule `command`; small letters, dictionary words, numbers as words.
/// Whatever it generates, `understand` understands.
#[must_use]
pub fn grammar() -> Arc<str> {
    GRAMMAR.clone()
}

static GRAMMAR: LazyLock<Arc<str>> = LazyLock::new(|| {
    let sentences: Vec<String> = SPOKEN.iter().flat_map(|(says, _)| by_dimension(says)).collect();
    let command = format!("public <command> = {BEFORE_SPOKEN} ({}) {AFTER_SPOKEN};", sentences.join(" | "));
    format!("#JSGF V1.0;\ngrammar wilco;\n{command}\n{SLOTS}").into()
});

/// What stands for `<quantity>` and `<unit>` in a conversion, for each dimension. Feet are never asked for in hours, and
/// one thing is never called many: each sentence that makes no sense is one more that other speech could be taken for.
const DIMENSIONS: [(&str, &str); 5] = [
    ("((a | an | one) <length> | <number> <lengths>)", "<lengths>"),
    ("((a | an | one) <mass> | <number> <masses>)", "<masses>"),
    ("((a | one) <volume> | <number> <volumes>)", "<volumes>"),
    ("((a | an | one) <time> | <number> <times>)", "<times>"),
    ("<number> <scale>", "<scale>"),
];

fn by_dimension(says: &str) -> Vec<String> {
    if !says.contains("<unit>") {
        return vec![says.to_owned()];
    }
    DIMENSIONS.iter().map(|(quantity, unit)| says.replace("<quantity>", quantity).replace("<unit>", unit)).collect()
}

const SLOTS: &str = "\
<digit> = one | two | three | four | five | six | seven | eight | nine;
<teen> = ten | eleven | twelve | thirteen | fourteen | fifteen | sixteen | seventeen | eighteen | nineteen;
<tens> = twenty | thirty | forty | fifty | sixty | seventy | eighty | ninety;
<small> = <digit> | <teen> | <tens> [<digit>];
<number> = zero | <small> [point <digit>] | (a | <digit>) hundred [[and] <small>];
<sum> = <number> (plus | minus | times | multiplied by | divided by) <number> | <number> percent of <number>;
<length> = inch | foot | yard | mile | meter | kilometer;
<lengths> = inches | feet | yards | miles | meters | centimeters | kilometers;
<mass> = ounce | pound | gram | kilogram;
<masses> = ounces | pounds | grams | kilograms;
<volume> = cup | liter | gallon;
<volumes> = cups | liters | gallons;
<time> = minute | hour | day | week;
<times> = seconds | minutes | hours | days | weeks;
<scale> = [degrees] (celsius | fahrenheit);
<duration> = <small> (second | seconds | minute | minutes | hour | hours) | (a minute | an hour) [and a half]
    | half (a minute | an hour) | <digit> and a half (minutes | hours)
    | (an | one | two | three) (hour | hours) [and] <small> minutes;
<percent> = zero | <small> | (a | one) hundred;
<language> = english | russian | spanish | french | german | italian | portuguese | catalan | dutch | swedish | danish
    | norwegian | finnish | polish | czech | ukrainian | romanian | hungarian | greek | turkish | arabic | hebrew | hindi
    | chinese | mandarin | japanese | korean | vietnamese | esperanto;
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::{
        answer,
        pattern::{Part, compile},
        table, understand,
    };
    use jiff::civil::date;
    use std::collections::{HashMap, HashSet};
    use voice::Language;

    fn en() -> Language {
        Language::new("en")
    }

    /// One way through a rule, its choices made by `pick(how many)`.
    fn walk(
        parts: &[Part],
        rules: &HashMap<&str, Vec<Part>>,
        pick: &mut dyn FnMut(usize) -> usize,
        said: &mut Vec<String>,
    ) {
        for part in parts {
            match part {
                Part::Word(word) => said.push((*word).to_owned()),
                Part::Slot(name) => walk(&rules[name], rules, pick, said),
                Part::Choice(ways) => walk(&ways[pick(ways.len())], rules, pick, said),
            }
        }
    }

    fn rules() -> HashMap<&'static str, Vec<Part>> {
        let grammar: &'static str = Box::leak(grammar().to_string().into_boxed_str());
        let rules = grammar.split(';').filter_map(|rule| rule.trim().trim_start_matches("public ").split_once(" = "));
        rules.map(|(name, body)| (name.trim_matches(['<', '>']), compile(body))).collect()
    }

    /// A few numbers of a generator that repeats itself in each run.
    fn picker(mut seed: u64) -> impl FnMut(usize) -> usize {
        move |among| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % among
        }
    }

    #[test]
    fn whatever_the_grammar_generates_is_understood() {
        let (rules, mut pick) = (rules(), picker(7));
        let mut met = HashSet::new();
        for _ in 0..10_000 {
            let mut said = Vec::new();
            walk(&rules["command"], &rules, &mut pick, &mut said);
            let said = said.join(" ");
            let intent = understand(&said, &en());
            assert!(intent.is_some(), "{said}");
            assert_ne!(answer(&intent.clone().unwrap(), &en(), &date(2025, 11, 21).at(15, 5, 0, 0)), "", "{said}");
            met.extend(intent.map(|intent| std::mem::discriminant(&intent)));
        }
        assert_eq!(met.len(), 16, "every kind of intent can be spoken");
    }

    #[test]
    fn the_grammar_is_plain() {
        let grammar = grammar();
        assert!(grammar.starts_with("#JSGF V1.0;\ngrammar wilco;\npublic <command> = "), "{grammar}");
        let words = grammar.lines().skip(2).flat_map(|line| line.split_whitespace());
        assert!(
            words.clone().all(|word| !word.contains(|c: char| c.is_ascii_digit() || c.is_uppercase())),
            "{grammar}"
        );
        for slot in grammar.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
            assert!(grammar.contains(&format!("<{slot}> = ")), "{slot}");
        }
    }

    #[test]
    fn every_row_can_be_said() {
        for (table, language) in
            table::ENGLISH.iter().map(|table| (*table, en())).chain([(table::RUSSIAN, Language::new("ru"))])
        {
            for (says, _) in table {
                let mut parts = compile(says);
                fill_in(&mut parts, &language);
                let mut pick = picker(1);
                for _ in 0..20 {
                    let mut said = Vec::new();
                    walk(&parts, &HashMap::new(), &mut pick, &mut said);
                    let said = said.join(" ");
                    assert!(understand(&said, &language).is_some(), "{said}");
                }
            }
        }
    }

    fn fill_in(parts: &mut Vec<Part>, language: &Language) {
        for part in parts {
            match part {
                Part::Choice(ways) => ways.iter_mut().for_each(|way| fill_in(way, language)),
                Part::Slot(name) => {
                    *part = Part::Word(match (*name, language.tag()) {
                        ("sum", _) => "2 + 2",
                        ("quantity", "en") => "two feet",
                        ("quantity", _) => "два метра",
                        ("unit", "en") => "inches",
                        ("unit", _) => "сантиметров",
                        ("duration", "en") => "five minutes",
                        ("duration", _) => "пять минут",
                        ("percent", _) => "40 %",
                        ("language", "en") => "french",
                        ("language", _) => "английски",
                        (other, _) => panic!("no such slot: {other}"),
                    });
                }
                Part::Word(_) => {}
            }
        }
    }
}
