//! echo: gives your words back. Its own file because it is one row of the table.

use futures_util::stream::{self, StreamExt};
use std::sync::Arc;
use voice::{Account, KeyNeed, Kind, Languages, Profile, Prompt, Provider, Respond, TextStream};

pub(crate) const NAME: &str = "echo";

pub(crate) fn profile() -> Profile {
    Profile {
        name: NAME.to_owned(),
        kinds: vec![Kind::Respond],
        local: true,
        basic: false,
        languages: Languages::Any,
        takes: Vec::new(),
        voices: Vec::new(),
        key: KeyNeed::None,
        account: Account::default(),
    }
}

pub(crate) fn open() -> Provider {
    Provider { respond: Some(Arc::new(Echo)), ..Provider::default() }
}

struct Echo;

impl Respond for Echo {
    fn reply(&self, prompt: Prompt) -> TextStream {
        stream::iter([Ok(prompt.words.text)]).boxed()
    }
}
