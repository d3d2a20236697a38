//! What of the book is kept from run to run: who is how quick, in which network. Its own file because failures are not: they
//! are over by then.

use super::Health;
use std::time::Duration;
use voice::{Kind, Language, Network};

/// A typical time to the first useful piece of an answer, as it is kept from run to run.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Kept {
    /// Whose.
    pub provider: String,
    /// At what.
    pub kind: Kind,
    /// In which language.
    pub language: Language,
    /// In milliseconds.
    pub typical_ms: f64,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct KeptIn {
    network: Network,
    kept: Vec<Kept>,
}

impl Health {
    /// What is worth keeping for the next run: who is how quick. Failures are not; they are over by then.
    #[must_use]
    pub fn keep(&self) -> Vec<Kept> {
        let book = self.book();
        let mut all: Vec<Kept> = book
            .records
            .iter()
            .flat_map(|((provider, kind), record)| {
                record.paces().map(|(language, typical)| Kept {
                    provider: provider.clone(),
                    kind: *kind,
                    language: language.clone(),
                    typical_ms: typical.as_secs_f64() * 1e3,
                })
            })
            .collect();
        all.sort_by(|a, b| (&a.provider, a.kind as u8, &a.language).cmp(&(&b.provider, b.kind as u8, &b.language)));
        all
    }

    /// Takes what an earlier run has kept. A time that is none is left out.
    pub fn remember(&self, kept: Vec<Kept>) {
        let mut book = self.book();
        for Kept { provider, kind, language, typical_ms } in kept {
            if let Ok(typical) = Duration::try_from_secs_f64(typical_ms / 1e3) {
                book.record(&provider, kind).remember(language, typical);
            }
        }
    }

    /// The same as text, for a file that is read in the same `network` only.
    #[must_use]
    pub fn keep_text(&self, network: &Network) -> String {
        serde_json::to_string(&KeptIn { network: network.clone(), kept: self.keep() }).unwrap_or_default()
    }

    /// Takes such a text, unless it is of another network or none of ours. Names that `known` does not know are left out.
    pub fn remember_text(&self, text: &str, network: &Network, known: impl Fn(&str) -> bool) {
        let Ok(KeptIn { network: of, mut kept }) = serde_json::from_str(text) else { return };
        if of == *network {
            kept.retain(|one| known(&one.provider));
            self.remember(kept);
        }
    }
}
