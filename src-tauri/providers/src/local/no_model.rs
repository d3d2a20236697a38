//! no-model: says honestly that there is nobody to answer yet. Its own file because it is one row of the table, and the
//! only place of that sentence.

use futures_util::stream::{self, StreamExt};
use std::sync::Arc;
use voice::{Account, KeyNeed, Kind, Language, Languages, Profile, Prompt, Provider, Respond, TextStream};

pub(crate) const NAME: &str = "no-model";

pub(crate) fn profile() -> Profile {
    Profile {
        name: NAME.to_owned(),
        kinds: vec![Kind::Respond],
        local: true,
        basic: true,
        languages: Languages::Any,
        takes: Vec::new(),
        voices: Vec::new(),
        key: KeyNeed::None,
        account: Account::default(),
    }
}

pub(crate) fn open() -> Provider {
    Provider { respond: Some(Arc::new(NoModel)), ..Provider::default() }
}

struct NoModel;

impl Respond for NoModel {
    fn reply(&self, prompt: Prompt) -> TextStream {
        stream::iter([Ok(sentence(&prompt.words.language).to_owned())]).boxed()
    }
}

fn sentence(language: &Language) -> &'static str {
    match language.tag() {
        "ru" => "У меня пока нет языковой модели. Добавьте ключ в настройках.",
        _ => "I have no language model yet. Add a key in Settings.",
    }
}
