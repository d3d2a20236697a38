//! The other language models: each has its own shape of a question and of an answer, and all are held to the same.

use super::*;
use peers::{Fault, Plan, Stage};

/// Each provider, and whose peer answers it.
const MODELS: [(&str, &str); 3] = [("openai-responses", "openai"), ("anthropic", "anthropic"), ("gemini", "gemini")];

async fn with(vendor: &'static str, name: &str, fault: Option<Fault>, tls: Tls) -> (Town, Provider) {
    let plans = fault.map(|fault| Plan { vendor: Some(vendor), stage: Stage::Respond, fault, times: 1 });
    let town = Town::open(Script { plans: plans.into_iter().collect(), ..Script::at_once() }, tls).await;
    let provider = town.provider(name, vendor, Account::default());
    (town, provider)
}

#[tokio::test]
async fn a_question_is_answered_and_words_are_translated() {
    for (name, vendor) in MODELS {
        let (town, provider) = with(vendor, name, None, Tls::SelfSigned).await;
        let history = vec![
            Exchange { question: "Hello.".into(), answer: "Hello!".into() }.into(),
            Exchange { question: "Wait.".into(), answer: String::new() }.into(),
        ];
        let reply = provider.respond.expect(name).reply(Prompt { history, ..question() });
        assert_eq!(text(reply).await, Ok(Script::default().reply), "{name}: {:?}", town.peers.ledger().complaints());
        let translation = provider.translate.expect(name).translate(words(&"Hello. ".repeat(50)), Language::new("ru"));
        assert_eq!(text(translation).await, Ok(Script::default().reply), "{name}");
        town.is_content();
    }
}

#[tokio::test]
async fn a_reply_that_fails_says_how() {
    for (name, vendor) in MODELS {
        let busy = Fault::Answer { status: 429, kind: "application/json".into(), body: "{}".into(), retry_after: 2 };
        for (fault, kind) in [(Fault::Cut { after: 3 }, ErrorKind::CutShort), (busy, ErrorKind::Busy)] {
            let (_town, provider) = with(vendor, name, Some(fault.clone()), Tls::Off).await;
            let model = provider.respond.expect(name);
            assert_eq!(text(model.reply(question())).await, Err(kind), "{name} {fault:?}");
            assert_eq!(text(model.reply(question())).await, Ok(Script::default().reply), "{name} after {fault:?}");
        }
    }
}

#[tokio::test]
async fn a_key_is_tested_and_the_models_are_listed() {
    for (name, vendor) in MODELS {
        let (mut town, provider) = with(vendor, name, None, Tls::Off).await;
        let service = provider.service.expect(name);
        assert_eq!(service.test().await, Ok(()), "{name}");
        assert!(!service.offers().await.expect(name).models.is_empty(), "{name}");
        town.is_content();
        town.key = "another".into();
        let service = town.provider(name, vendor, Account::default()).service.expect(name);
        assert_eq!(service.test().await.expect_err(name).kind, ErrorKind::KeyRefused, "{name}");
    }
}
