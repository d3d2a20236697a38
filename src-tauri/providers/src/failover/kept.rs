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

/// What is known in one network: by these settings, attached there.
#[derive(serde::Serialize, serde::Deserialize)]
struct KeptIn {
    network: Network,
    at: Option<String>,
    kept: Vec<Kept>,
}

/// Networks that are remembered: home, work, the telephone, and some that one comes through.
const NETWORKS: usize = 8;

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

    /// The same as text, for `network` as it is attached `at`, with what `before` holds of other networks.
    #[must_use]
    pub fn keep_text(&self, before: &str, network: &Network, at: Option<&str>) -> String {
        let mut all: Vec<KeptIn> = serde_json::from_str(before).unwrap_or_default();
        all.retain(|one| !one.is_of(network, at));
        all.insert(0, KeptIn { network: network.clone(), at: at.map(str::to_owned), kept: self.keep() });
        all.truncate(NETWORKS);
        serde_json::to_string(&all).unwrap_or_default()
    }

    /// Takes from such a text what it holds of this network, if it is one of ours. Names that `known` does not know are left
    /// out.
    pub fn remember_text(&self, text: &str, network: &Network, at: Option<&str>, known: impl Fn(&str) -> bool) {
        let all: Vec<KeptIn> = serde_json::from_str(text).unwrap_or_default();
        if let Some(KeptIn { mut kept, .. }) = all.into_iter().find(|one| one.is_of(network, at)) {
            kept.retain(|one| known(&one.provider));
            self.remember(kept);
        }
    }
}

impl KeptIn {
    fn is_of(&self, network: &Network, at: Option<&str>) -> bool {
        self.network == *network && self.at.as_deref() == at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knowing(typical_ms: f64) -> Health {
        let health = Health::with_chance(1);
        health.remember(vec![kept(typical_ms)]);
        health
    }

    fn kept(typical_ms: f64) -> Kept {
        Kept { provider: "a".into(), kind: Kind::Say, language: Language::new("en"), typical_ms }
    }

    fn recalled(text: &str, at: &str) -> Vec<f64> {
        let health = Health::with_chance(1);
        health.remember_text(text, &Network::default(), Some(at), |name| name == "a");
        health.keep().into_iter().map(|one| one.typical_ms.round()).collect()
    }

    #[test]
    fn each_network_has_its_own_paces() {
        let network = Network::default();
        let home = knowing(100.0).keep_text("", &network, Some("192.168.1.0"));
        let both = knowing(700.0).keep_text(&home, &network, Some("10.0.0.0"));
        assert_eq!((recalled(&both, "192.168.1.0"), recalled(&both, "10.0.0.0")), (vec![100.0], vec![700.0]));
        assert!(recalled(&both, "172.16.0.0").is_empty(), "nothing is known of a third");
        let renewed = knowing(200.0).keep_text(&both, &network, Some("192.168.1.0"));
        assert_eq!((recalled(&renewed, "192.168.1.0"), recalled(&renewed, "10.0.0.0")), (vec![200.0], vec![700.0]));
    }

    #[test]
    fn only_so_many_are_remembered_and_junk_is_none() {
        let network = Network::default();
        let all =
            (0..12).fold("junk".to_owned(), |text, n| knowing(100.0).keep_text(&text, &network, Some(&n.to_string())));
        assert!(recalled(&all, "3").is_empty() && recalled(&all, "4") == [100.0]);
        assert!(recalled("[{}]", "4").is_empty());
    }
}
