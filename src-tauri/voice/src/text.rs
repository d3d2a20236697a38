//! Words and languages: what is heard, said, and remembered of a conversation.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A language by its primary subtag in lower case (ISO 639-1 where one exists): `en`, `ru`, `es`. Regions are dropped:
/// `en-US` and `EN_gb` both become `en`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[cfg_attr(test, derive(ts_rs::TS), ts(type = "string"))]
pub struct Language(String);

impl Language {
    /// From any tag that starts with a language: `en`, `en-US`, `EN_us`.
    #[must_use]
    pub fn new(tag: &str) -> Self {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Self(primary.trim().to_ascii_lowercase())
    }

    /// The tag, for instance `en`.
    #[must_use]
    pub fn tag(&self) -> &str {
        &self.0
    }
}

impl From<String> for Language {
    fn from(tag: String) -> Self {
        Self::new(&tag)
    }
}

impl From<Language> for String {
    fn from(language: Language) -> Self {
        language.0
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a transcriber has understood so far. Each value replaces the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// The whole utterance as understood now.
    pub text: String,
    /// The language it was understood in.
    pub language: Language,
    /// True on the last value of a stream: the transcript. Empty text there means that nothing was said.
    pub last: bool,
    /// With the transcript: the same in the language that was asked for, where whoever heard it gives that along.
    pub translation: Option<String>,
}

/// A piece of a reply that is spoken in one go: a clause or a few sentences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    /// Place in the reply, from 0.
    pub number: u32,
    /// What to say; never empty, no markup.
    pub text: String,
    /// The language to say it in.
    pub language: Language,
}

/// One question and its answer, as a model is reminded of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// What the person said.
    pub question: String,
    /// What was answered, as far as it was heard.
    pub answer: String,
}

/// Two languages of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct LanguagePair {
    /// The person's own.
    pub mine: Language,
    /// The one that is translated into.
    pub theirs: Language,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_no_other_language() {
        for tag in ["en", "en-US", "EN_gb", " en"] {
            assert_eq!(Language::new(tag), Language::new("en"), "{tag}");
        }
        assert_ne!(Language::new("en"), Language::new("eo"));
    }
}
