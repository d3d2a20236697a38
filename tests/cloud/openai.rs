//! OpenAI's shape: uploads that are written while somebody speaks, chat, speech.

use super::*;
use peers::{Fault, Plan, Stage};
use tokio::task::yield_now;

const OPENAI: &str = "openai";
const PCM: Coding = Coding::Pcm16 { rate: 16_000 };

async fn with(plan: impl IntoIterator<Item = (Stage, Fault)>, tls: Tls) -> (Town, Provider) {
    let plan = plan.into_iter().map(|(stage, fault)| Plan { vendor: Some(OPENAI), stage, fault, times: 1 });
    let town = Town::open(Script { plans: plan.collect(), ..Script::at_once() }, tls).await;
    let provider = town.provider(OPENAI, OPENAI, Account::default());
    (town, provider)
}

fn refusal(status: u16, body: &str) -> Fault {
    Fault::Answer { status, kind: "application/json".into(), body: body.into(), retry_after: 0 }
}

#[tokio::test]
async fn an_utterance_arrives_while_it_is_spoken() {
    for tls in [Tls::Off, Tls::SelfSigned] {
        let (town, provider) = with([], tls).await;
        let (mouth, ear) = mouth();
        let ledger = town.peers.ledger();
        let speaking = async {
            for packet in coded(&tone(1), Coding::OggOpus) {
                mouth.send(packet).await.expect("an ear");
            }
            while ledger.requests().iter().all(|request| request.upload_first_byte.is_none()) {
                yield_now().await;
            }
            drop(mouth);
        };
        let heard = provider.hear.expect("an ear").hear(ear, english());
        let (heard, ()) = tokio::join!(transcript(heard), speaking);
        assert_eq!(heard, Ok(Script::default().transcript), "{tls:?}");
        let version = if tls == Tls::Off { 1 } else { 2 };
        assert_eq!(ledger.requests().first().map(|request| request.version), Some(version));
        town.is_content();
    }
}

#[tokio::test]
async fn a_refused_coding_is_told_and_the_next_one_is_taken() {
    let body = r#"{"error":{"message":"m","type":"invalid_request_error","param":"file","code":"invalid_value"}}"#;
    let (town, provider) = with([(Stage::Hear, refusal(400, body))], Tls::Off).await;
    let hear = provider.hear.expect("an ear");
    let spoken = tone(1);
    let heard = |coding| transcript(hear.hear(Box::pin(stream::iter(coded(&spoken, coding))), english()));
    assert_eq!(heard(Coding::OggOpus).await, Err(ErrorKind::SoundRefused));
    assert_eq!(heard(PCM).await, Ok(Script::default().transcript));
    town.is_content();
}

#[tokio::test]
async fn a_model_that_does_not_stream_answers_whole() {
    let town = Town::open(Script::at_once(), Tls::Off).await;
    let account = Account { hear_model: "whisper-1".into(), ..Account::default() };
    let hear = town.provider(OPENAI, OPENAI, account).hear.expect("an ear");
    let sound = Box::pin(stream::iter(coded(&tone(1), Coding::OggOpus)));
    assert_eq!(transcript(hear.hear(sound, english())).await, Ok(Script::default().transcript));
    town.is_content();
}

/// The ear lets go of the microphone: nothing of it is kept waiting by a request that is over.
#[tokio::test]
async fn whoever_stops_listening_lets_go_of_the_sound() {
    for tls in [Tls::Off, Tls::SelfSigned] {
        let (town, provider) = with([], tls).await;
        let ledger = town.peers.ledger();
        let (given_up, ear) = mouth();
        let mut heard = provider.hear.expect("an ear").hear(ear, english());
        let speaking = async {
            for packet in coded(&tone(1), Coding::OggOpus) {
                given_up.send(packet).await.expect("an ear");
            }
            while ledger.requests().iter().all(|request| request.upload_first_byte.is_none()) {
                yield_now().await;
            }
        };
        tokio::select! {
            _ = heard.next() => panic!("nobody had finished"),
            () = speaking => {}
        }
        drop(heard);
        given_up.closed().await;
        assert!(ledger.requests().iter().all(|request| request.status != Some(200)), "{tls:?}");

        let nowhere = Account { base_url: "/nowhere".into(), ..Account::default() };
        let (refused, ear) = mouth();
        let hear = town.provider(OPENAI, OPENAI, nowhere).hear.expect("an ear");
        refused.send(coded(&tone(1), Coding::OggOpus).remove(0)).await.expect("room");
        assert_eq!(transcript(hear.hear(ear, english())).await, Err(ErrorKind::ModelGone), "{tls:?}");
        refused.closed().await;
    }
}

#[tokio::test]
async fn a_question_is_answered_and_words_are_translated() {
    let (town, provider) = with([], Tls::SelfSigned).await;
    let reply = provider.respond.expect("a model").reply(question());
    assert_eq!(text(reply).await, Ok(Script::default().reply));
    let translation =
        provider.translate.expect("a translator").translate(words(&"Hello. ".repeat(50)), Language::new("ru"));
    assert_eq!(text(translation).await, Ok(Script::default().reply));
    town.is_content();
}

#[tokio::test]
async fn a_reply_that_fails_says_how() {
    let error = |code: &str| format!(r#"{{"error":{{"message":"m","type":"t","param":null,"code":"{code}"}}}}"#);
    for (fault, kind) in [
        (Fault::Cut { after: 3 }, ErrorKind::CutShort),
        (refusal(429, &error("insufficient_quota")), ErrorKind::NoCredit),
        (refusal(429, &error("rate_limit_exceeded")), ErrorKind::Busy),
        (refusal(503, "overloaded"), ErrorKind::ServiceFailed),
        (refusal(200, &error("server_error")), ErrorKind::ServiceFailed),
        (Fault::Kind("text/html".into()), ErrorKind::LoginPage),
    ] {
        let (_town, provider) = with([(Stage::Respond, fault.clone())], Tls::Off).await;
        let model = provider.respond.expect("a model");
        assert_eq!(text(model.reply(question())).await, Err(kind), "{fault:?}");
        assert_eq!(text(model.reply(question())).await, Ok(Script::default().reply), "after {fault:?}");
    }
}

#[tokio::test]
async fn a_phrase_is_spoken_as_samples_or_as_wav() {
    let (town, provider) = with([], Tls::Off).await;
    let phrase = "The morning train leaves at nine.";
    let samples = (peers::seconds(phrase) * 24_000.0) as usize * 2;
    assert_eq!(sound(say(&provider, phrase)).await, Ok((Coding::Pcm16 { rate: 24_000 }, samples)));
    let account = Account { say_model: "tts-1".into(), voice: "marin".into(), ..Account::default() };
    let wav = town.provider("groq", OPENAI, account);
    let (coding, bytes) = sound(say(&wav, phrase)).await.expect("sound");
    assert_eq!(coding, Coding::Wav);
    assert!(bytes > samples, "a header, and the samples");
    town.is_content();
    let (_town, provider) = with([(Stage::Say, refusal(200, r#"{"error":{"code":"server_error"}}"#))], Tls::Off).await;
    assert_eq!(sound(say(&provider, phrase)).await, Err(ErrorKind::ServiceFailed));
}

#[tokio::test]
async fn a_warm_turn_opens_no_connection() {
    for tls in [Tls::Off, Tls::SelfSigned] {
        let (town, provider) = with([], tls).await;
        let ledger = town.peers.ledger();
        provider.service.as_ref().expect("a service").warm().await;
        let before = ledger.connections().len();
        let reply = provider.respond.as_ref().expect("a model").reply(question());
        let phrases = ["One.", "Two.", "Three."].map(|phrase| sound(say(&provider, phrase)));
        let (reply, sounds) = tokio::join!(text(reply), futures_util::future::join_all(phrases));
        assert!(reply.is_ok() && sounds.iter().all(Result::is_ok), "{reply:?} {sounds:?}");
        assert_eq!(ledger.connections().len(), before, "{tls:?}");
    }
}

#[tokio::test]
async fn a_key_is_tested_and_the_models_are_listed() {
    let (mut town, provider) = with([], Tls::SelfSigned).await;
    let service = provider.service.expect("a service");
    assert_eq!(service.test().await, Ok(()));
    assert!(service.offers().await.expect("offers").models.contains(&"gpt-transcribe".to_owned()));
    town.is_content();
    town.key = "another".into();
    let service = town.provider(OPENAI, OPENAI, Account::default()).service.expect("a service");
    assert_eq!(service.test().await.expect_err("another key").kind, ErrorKind::KeyRefused);
}
