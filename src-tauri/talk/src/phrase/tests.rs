//! Where replies are cut, and what of them is spoken.

use super::*;
use proptest::prelude::*;

fn cut(language: &str, pieces: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<Phrase> {
    let mut cutter = Cutter::new(Language::new(language), FirstPhrase::Clause);
    let mut phrases: Vec<Phrase> = pieces.into_iter().flat_map(|piece| cutter.push(piece.as_ref())).collect();
    phrases.extend(cutter.finish());
    phrases
}

fn texts(language: &str, reply: &str) -> Vec<String> {
    cut(language, [reply]).into_iter().map(|phrase| phrase.text).collect()
}

/// The sentences as they are found when none are joined for their shortness: each is a reply's second phrase.
#[track_caller]
fn sentences(language: &str, cases: &[(&str, &[&str])]) {
    for (reply, expected) in cases {
        assert_eq!(texts(language, reply), *expected, "{reply}");
    }
}

#[test]
fn the_first_phrase_is_a_clause() {
    sentences(
        "en",
        &[
            ("", &[]),
            ("  \n ", &[]),
            ("Hello", &["Hello"]),
            ("If it rains tomorrow, take an umbrella.", &["If it rains tomorrow,", "take an umbrella."]),
            ("Well, if it rains, take one.", &["Well,", "if it rains, take one."]),
            ("So, not at all, my friend.", &["So,", "not at all, my friend."]),
            ("It costs 1,000 dollars, no more.", &["It costs 1,000 dollars,", "no more."]),
            ("Back in the year 1990, he left.", &["Back in the year 1990,", "he left."]),
            ("There are three: one, two.", &["There are three:", "one, two."]),
            ("She met him — or so — there.", &["She met him —", "or so — there."]),
            ("She met him - or so - there.", &["She met him -", "or so - there."]),
            ("The train is at 10:45 today: run.", &["The train is at 10:45 today:", "run."]),
        ],
    );
}

#[test]
fn the_first_phrase_may_be_a_sentence() {
    let mut cutter = Cutter::new(Language::new("en"), FirstPhrase::Sentence);
    assert_eq!(cutter.push("If it rains tomorrow, take an umbrella"), []);
    assert_eq!(
        cutter.push(".").first().map(|phrase| phrase.text.as_str()),
        Some("If it rains tomorrow, take an umbrella.")
    );
}

#[test]
fn a_first_sentence_is_dispatched_on_its_last_character() {
    for (language, reply) in
        [("en", "Sure."), ("en", "Why?"), ("ru", "Да."), ("ja", "はい。"), ("zh", "你好！"), ("en", "So do I.")]
    {
        let mut cutter = Cutter::new(Language::new(language), FirstPhrase::Clause);
        assert_eq!(cutter.push(reply).len(), 1, "{reply}");
        assert_eq!(cutter.finish(), [], "{reply}");
    }
    for reply in ["It is 5.", "I met Dr.", "See example.", "We saw etc.", "Mail joe@site.", "Hm…"] {
        let mut cutter = Cutter::new(Language::new("en"), FirstPhrase::Clause);
        assert_eq!(cutter.push(reply), [], "{reply}");
        assert_eq!(cutter.finish().len(), 1, "{reply}");
    }
}

#[test]
fn what_is_no_sentence_end() {
    let whole = [
        "We met Dr. Smith and Mr. J. R. Jones near St. Paul",
        "It is about 3.5 or 1,000.25 percent of it",
        "Fruit (e.g. apples, i.e. red ones) and etc. are here",
        "Write to joe.doe@mail.example.com about Node.js today",
        "See docs.example.com or read README.md for more",
        "The U.S. Army came at 5 p.m. on Jan. 3 that year",
        "And so on... and then it went on",
        "And so on… and then it went on",
    ];
    for sentence in whole {
        assert_eq!(texts("en", &format!("Sure. {sentence}.")), ["Sure.".to_owned(), format!("{sentence}.")]);
    }
    for sentence in [
        "Это было в 2024 г. и т.д. и т.п. у нас",
        "Он жил на ул. Ленина, т.е. в центре",
        "Тут жил А. С. Пушкин и др. поэты",
    ] {
        assert_eq!(texts("ru", &format!("Да. {sentence}.")), ["Да.".to_owned(), format!("{sentence}.")]);
    }
    assert_eq!(
        texts("de", "Ja. Er kam am 3. Oktober z.B. nach Bonn zu Dr. Klein."),
        ["Ja.", "Er kam am 3. Oktober z.B. nach Bonn zu Dr. Klein."]
    );
}

#[test]
fn what_is_a_sentence_end() {
    // the second phrase is long enough to go alone, so a third shows that its end was found
    let long = "This goes on for more than forty characters";
    for end in [
        ".",
        "!",
        "?",
        "?!",
        "...",
        "…",
        " in 1999.",
        " at 5 p.m.",
        " etc.",
        " of it.\"",
        " of \"it\".",
        " (or so).",
        " at example.com.",
        " at https://example.com/a?b=c.",
        "。",
        "\n",
        " with Node.js.",
    ] {
        let phrases = texts("en", &format!("Sure. {long}{end} Then this comes."));
        assert_eq!(phrases.len(), 3, "{end}: {phrases:?}");
        assert_eq!(phrases[2], "Then this comes.");
    }
    for reply in [
        "Да. Это было очень давно, больше тридцати лет назад, в 1990 г. Потом был другой.",
        "Да. Там были яблоки, груши, сливы, вишни и т.д. Потом был другой.",
    ] {
        let phrases = texts("ru", reply);
        assert_eq!((phrases.len(), phrases[2].as_str()), (3, "Потом был другой."), "{phrases:?}");
    }
}

#[test]
fn closing_marks_do_not_begin_a_phrase() {
    sentences(
        "en",
        &[
            ("\"Stop!\" he said.", &["\"Stop!", "he said."]),
            ("(Really?) Yes.", &["(Really?", "Yes."]),
            ("What?! No...", &["What?", "No..."]),
            ("Yes. \"No\" is shorter.", &["Yes.", "\"No\" is shorter."]),
        ],
    );
}

#[test]
fn writing_without_blanks() {
    sentences(
        "ja",
        &[
            ("はい。明日は雨です。", &["はい。", "明日は雨です。"]),
            ("もし明日雨が降ったら、傘を持って行く。", &["もし明日雨が降ったら、", "傘を持って行く。"]),
        ],
    );
    let long = "今天的天气非常好我们一起去公园散步吧".repeat(30);
    let phrases = texts("zh", &long);
    assert!(phrases.len() >= 3 && phrases.iter().all(|phrase| phrase.chars().count() <= LONGEST / 2));
    assert_eq!(phrases.concat(), long);
}

#[test]
fn short_sentences_are_joined_and_long_ones_cut() {
    let first = "So it is and so it was then.";
    let short = format!("{first} {}", "It is. ".repeat(60));
    let phrases = texts("en", &short);
    assert_eq!(phrases[0], first);
    assert!((JOINED[0]..LONG).contains(&phrases[1].len()), "{phrases:?}");
    assert!(
        phrases[2..phrases.len() - 1].iter().all(|phrase| (JOINED[1]..=LONG).contains(&phrase.len())),
        "{phrases:?}"
    );
    // after a short beginning nothing is waited for: silence would follow it
    assert_eq!(texts("en", "Sure, it is. So it is. And so on it goes.")[..2], ["Sure,", "it is."]);
    let words = "word ".repeat(500);
    let phrases = texts("en", &format!("Yes. {words}"));
    assert!(phrases.iter().all(|phrase| phrase.len() <= LONGEST && !phrase.contains("wordword")), "{phrases:?}");
    assert_eq!(phrases.join(" "), format!("Yes. {words}").trim());
    let clauses = format!("Yes. {}, {}", "a".repeat(200), "b".repeat(150));
    assert_eq!(texts("en", &clauses)[1], format!("{},", "a".repeat(200)));
    let grown = format!("Yes. A short one is here. {}.", "and ".repeat(60));
    assert_eq!(texts("en", &grown)[1], "A short one is here.");
}

#[test]
fn markdown_is_shown_not_read() {
    sentences(
        "en",
        &[
            ("This is **very** *good* and __bold__.", &["This is very good and bold."]),
            ("Use `cargo test` now.", &["Use cargo test now."]),
            ("Set snake_case here.", &["Set snake case here."]),
            ("Now 2 * 3 is 2*3.", &["Now 2 * 3 is 2*3."]),
            ("# Title\n\nText here.", &["Title.", "Text here."]),
            ("- one\n- **two**\n* three\n+ four\n", &["one.", "two.", "three. four."]),
            ("1. First\n2. Second\n", &["1. First.", "2. Second."]),
            ("> Quoted ~~old~~ text.", &["Quoted old text."]),
            ("Read [the docs](https://a.b/c(d)e) and [that][1] now[2].", &["Read the docs and that now."]),
            ("![A cat](cat.png)", &["A cat"]),
            ("Go to https://www.example.com/path?q=1.2#top, please.", &["Go to example.com,", "please."]),
            ("See <http://user@host.org:8080/x>.", &["See host.org."]),
            ("Hello 👋🏽 there 👨‍👩‍👧 1️⃣ ✅.", &["Hello there 1 ."]),
            ("Run:\n```rust\nfn main() { a.b(); }\n```\nDone.", &["Run:", "Done."]),
            ("```\nnever closed. Really.", &[]),
            ("| a | b |\n|---|---|\n| c | d |\n", &["a b.", "c d."]),
            ("Above\n\n---\n\nBelow", &["Above.", "Below"]),
            ("One -- two.", &["One —", "two."]),
            ("It is -5 here.", &["It is -5 here."]),
            ("***", &[]),
            ("🎉🎉", &[]),
            ("...", &[]),
        ],
    );
}

#[test]
fn phrases_are_numbered_from_zero() {
    let phrases = cut("ru", ["Да. ", &"Это хорошо, и даже очень. ".repeat(20)]);
    assert!(phrases.len() > 3);
    for (at, phrase) in phrases.iter().enumerate() {
        assert_eq!((phrase.number as usize, phrase.language.tag()), (at, "ru"));
    }
}

const ALPHABET: &str = "[a-c A-B0-2.!?…,:;—()\\[\\]*_`#~|\\n\"'/@hw。！、今天да Дг\u{301}\u{200d}👍-]|Dr\\.|etc\\. |e\\.g\\.|https://|www\\.|```|\\]\\(|\\. |\\n- |1\\. ";

proptest! {
    #[test]
    fn phrases_do_not_depend_on_how_the_reply_is_split(
        pieces in prop::collection::vec(prop::collection::vec(ALPHABET, 0..10), 0..20),
        language in "en|ru|zh|de",
    ) {
        let pieces: Vec<String> = pieces.into_iter().map(|piece| piece.concat()).collect();
        let whole = pieces.concat();
        let expected = cut(&language, [&whole]);
        prop_assert_eq!(&cut(&language, &pieces), &expected);
        prop_assert_eq!(&cut(&language, whole.chars().map(String::from)), &expected);
    }

    #[test]
    fn any_text_is_cut_into_speakable_phrases(reply in any::<String>(), more in "\\PC{0,400}") {
        let phrases = cut("en", [&reply, &more]);
        for (at, phrase) in phrases.iter().enumerate() {
            prop_assert_eq!(phrase.number as usize, at);
            prop_assert!(phrase.text.chars().any(char::is_alphanumeric) && phrase.text.trim() == phrase.text);
            prop_assert!(phrase.text.chars().count() <= LONGEST);
        }
    }

    #[test]
    fn no_word_is_lost(words in prop::collection::vec("[b-g]{1,9}[,.!?;]?", 0..200)) {
        let reply = words.join(" ");
        let spoken = texts("en", &reply).join(" ");
        prop_assert_eq!(spoken, reply);
    }
}
