//! Who speaks OpenAI's shape, and where. Models are only what a first try goes to; all of them are free text.

use super::{SHAPE, Shape, open};
use crate::cloud::{Cloud, Preset};
use voice::{Coding, KeyNeed, Kind};

const PCM: Coding = Coding::Pcm16 { rate: 16_000 };
/// Ogg has a tenth of the bytes; some servers refuse it and take the samples.
const OGG_OR_PCM: &[Coding] = &[Coding::OggOpus, PCM];

/// A row that lacks its address and its models.
const fn row(name: &'static str, key: KeyNeed, shape: &'static Shape, account: Preset) -> Cloud {
    Cloud {
        name,
        key_of: name,
        key,
        kinds: shape.kinds,
        languages: &[],
        said: &[],
        takes: OGG_OR_PCM,
        whole: true,
        account,
        open: |vendor| open(vendor, &SHAPE),
    }
}

const OPENAI_SHAPE: Shape = Shape {
    voices: &[
        "marin", "cedar", "alloy", "ash", "ballad", "coral", "echo", "fable", "onyx", "nova", "sage", "shimmer",
        "verse",
    ],
    ..SHAPE
};

const OPENAI_MODELS: Preset = Preset {
    hear_model: "gpt-transcribe",
    reply_model: "gpt-4.1-mini",
    say_model: "gpt-4o-mini-tts",
    voice: "marin",
    ..Preset::at("")
};

pub(crate) const OPENAI: Cloud = Cloud {
    open: |vendor| open(vendor, &OPENAI_SHAPE),
    ..row("openai", KeyNeed::Required, &OPENAI_SHAPE, Preset { base_url: "https://api.openai.com/v1", ..OPENAI_MODELS })
};

const AZURE_SHAPE: Shape = Shape { key: ("api-key", ""), root: "/openai/v1", ..OPENAI_SHAPE };

/// Its address names the person's resource: `https://NAME.openai.azure.com`. Its models are what the person called
/// their deployments.
pub(crate) const AZURE: Cloud = Cloud {
    open: |vendor| open(vendor, &AZURE_SHAPE),
    ..row("azure-openai", KeyNeed::Required, &AZURE_SHAPE, OPENAI_MODELS)
};

/// Its voices come as WAV only; its models of speech change often.
const GROQ_SHAPE: Shape = Shape {
    root: "/openai/v1",
    format: "wav",
    voices: &["hannah", "autumn", "diana", "austin", "daniel", "troy"],
    ..SHAPE
};

pub(crate) const GROQ: Cloud = Cloud {
    // each by a model of its own
    said: &["en", "ar"],
    open: |vendor| open(vendor, &GROQ_SHAPE),
    ..row(
        "groq",
        KeyNeed::Required,
        &GROQ_SHAPE,
        Preset {
            hear_model: "whisper-large-v3-turbo",
            reply_model: "llama-3.3-70b-versatile",
            say_model: "canopylabs/orpheus-v1-english",
            voice: "hannah",
            ..Preset::at("https://api.groq.com/openai/v1")
        },
    )
};

/// Its list of models is open to all; only what belongs to the key tells whether the key is good.
const OPENROUTER_SHAPE: Shape =
    Shape { kinds: &[Kind::Respond, Kind::Translate], root: "/api/v1", test: "key", ..SHAPE };

pub(crate) const OPENROUTER: Cloud = Cloud {
    open: |vendor| open(vendor, &OPENROUTER_SHAPE),
    ..row(
        "openrouter",
        KeyNeed::Required,
        &OPENROUTER_SHAPE,
        Preset { reply_model: "openai/gpt-4.1-mini", ..Preset::at("https://openrouter.ai/api/v1") },
    )
};

/// Its transcription asks a language model to write down what it hears, which then may answer instead; not used.
const OLLAMA_SHAPE: Shape = Shape { kinds: &[Kind::Respond, Kind::Translate], ..SHAPE };

pub(crate) const OLLAMA: Cloud = Cloud {
    open: |vendor| open(vendor, &OLLAMA_SHAPE),
    ..row(
        "ollama",
        KeyNeed::Optional,
        &OLLAMA_SHAPE,
        Preset { reply_model: "llama3.2", ..Preset::at("http://127.0.0.1:11434/v1") },
    )
};

/// Speaks at the rate of whichever model it has, unless it is told one.
const SPEACHES_SHAPE: Shape = Shape { kinds: &[Kind::Hear, Kind::Say], tell_rate: true, ..SHAPE };

pub(crate) const SPEACHES: Cloud = Cloud {
    open: |vendor| open(vendor, &SPEACHES_SHAPE),
    ..row(
        "speaches",
        KeyNeed::Optional,
        &SPEACHES_SHAPE,
        Preset {
            hear_model: "Systran/faster-whisper-small",
            say_model: "speaches-ai/Kokoro-82M-v1.0-ONNX",
            voice: "af_heart",
            ..Preset::at("http://127.0.0.1:8000/v1")
        },
    )
};

const KOKORO_SHAPE: Shape = Shape { kinds: &[Kind::Say], voices_at: Some("audio/voices"), ..SHAPE };

pub(crate) const KOKORO: Cloud = Cloud {
    languages: &["en", "es", "fr", "hi", "it", "ja", "pt", "zh"],
    said: &[],
    takes: &[],
    open: |vendor| open(vendor, &KOKORO_SHAPE),
    ..row(
        "kokoro",
        KeyNeed::Optional,
        &KOKORO_SHAPE,
        Preset { say_model: "kokoro", voice: "af_heart", ..Preset::at("http://127.0.0.1:8880/v1") },
    )
};

/// The server of whisper.cpp as it starts without options.
const WHISPER_SHAPE: Shape = Shape { kinds: &[Kind::Hear], root: "", hear: "inference", test: "health", ..SHAPE };
/// The same with `--inference-path /v1/audio/transcriptions`.
const WHISPER_V1_SHAPE: Shape = Shape { hear: SHAPE.hear, test: "../health", ..WHISPER_SHAPE };

/// Decodes Ogg only if it was started so; on one machine the bytes do not matter.
pub(crate) const WHISPER_CPP: Cloud = Cloud {
    takes: &[PCM, Coding::OggOpus],
    open: |vendor| {
        let v1 = vendor.account.base_url.trim_end_matches('/').ends_with("/v1");
        open(vendor, if v1 { &WHISPER_V1_SHAPE } else { &WHISPER_SHAPE })
    },
    ..row("whisper-cpp", KeyNeed::Optional, &WHISPER_SHAPE, Preset::at("http://127.0.0.1:8080"))
};

/// Whatever else speaks this shape: vLLM, LiteLLM, LM Studio, llama.cpp, a gateway. The person gives its address.
pub(crate) const COMPATIBLE: Cloud = row("openai-compatible", KeyNeed::Optional, &SHAPE, Preset::at(""));

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::{
        ROWS,
        scripted::{Peer, prompt, text},
    };
    use voice::ErrorKind;

    #[test]
    fn a_row_opens_what_it_promises() {
        let table = crate::Table::default();
        for row in [OPENAI, AZURE, GROQ, OPENROUTER, OLLAMA, SPEACHES, KOKORO, WHISPER_CPP, COMPATIBLE] {
            assert!(ROWS.iter().any(|listed| listed.name == row.name), "{}", row.name);
            table.give_key(row.name, "host", Some(voice::Secret::new("k")));
            let account = voice::Account { base_url: "https://host/v1".into(), ..voice::Account::default() };
            let opened = table.open(row.name, &account, &voice::Network::default()).unwrap_or_default();
            let does = [
                (Kind::Hear, opened.hear.is_some()),
                (Kind::Respond, opened.respond.is_some()),
                (Kind::Translate, opened.translate.is_some()),
                (Kind::Say, opened.say.is_some()),
            ];
            assert!(opened.service.is_some(), "{}", row.name);
            assert!(does.iter().all(|(kind, there)| row.kinds.contains(kind) == *there), "{}", row.name);
        }
    }

    #[test]
    fn groq_hears_more_than_it_speaks() {
        let knows = |kind, language: &str| GROQ.profile().knows(kind, &voice::Language::new(language));
        assert!(knows(Kind::Say, "en") && knows(Kind::Say, "ar") && knows(Kind::Hear, "ru"));
        assert!(!knows(Kind::Say, "ru"));
    }

    #[test]
    fn an_address_that_nobody_gave_is_asked_for() {
        for name in ["openai-compatible", "azure-openai"] {
            let table = crate::Table::default();
            let opened = table.open(name, &voice::Account::default(), &voice::Network::default());
            let error = opened.err().expect(name);
            assert_eq!(error.kind, ErrorKind::BadSetting);
            assert_eq!(error.source, format!("accounts.{name}.base_url"));
        }
    }

    #[tokio::test]
    async fn an_address_may_lack_its_path() {
        for (name, path, asked) in [
            ("openai", "", "/v1/"),
            ("openai", "/", "/v1/"),
            ("openai", "/v1", "/v1/"),
            ("openai", "/v1/", "/v1/"),
            ("openai", "/proxy/openai", "/proxy/openai/"),
            ("groq", "", "/openai/v1/"),
            ("azure-openai", "", "/openai/v1/"),
            ("openrouter", "/", "/api/v1/"),
            ("ollama", "", "/v1/"),
        ] {
            let peer = Peer::answering(200, "text/event-stream", "data: [DONE]\n\n").await;
            let reply = text(peer.provider_at(name, path).respond.expect(name).reply(prompt("Hi."))).await;
            assert_eq!(reply, Err(ErrorKind::EmptyAnswer));
            let request = peer.asked().await;
            assert!(request.starts_with(&format!("POST {asked}chat/completions ")), "{name} {path}: {request}");
            let header =
                if name == "azure-openai" { "\r\napi-key: canary\r\n" } else { "\r\nauthorization: Bearer canary\r\n" };
            assert_eq!(request.contains(header), name != "ollama", "{name}: {request}");
        }
    }

    #[tokio::test]
    async fn the_test_call_is_one_that_needs_the_key() {
        for (name, path, asked) in [
            ("openai", "", "/v1/models"),
            ("openrouter", "", "/api/v1/key"),
            ("whisper-cpp", "", "/health"),
            ("whisper-cpp", "/v1", "/health"),
        ] {
            let peer = Peer::answering(401, "application/json", r#"{"error":{"code":"invalid_api_key"}}"#).await;
            let outcome = peer.provider_at(name, path).service.expect(name).test().await;
            assert_eq!(outcome.expect_err(name).kind, ErrorKind::KeyRefused);
            assert!(peer.asked().await.starts_with(&format!("GET {asked} ")), "{name}");
        }
    }

    #[tokio::test]
    async fn what_there_is_to_choose_from_is_asked_for() {
        let peer = Peer::answering(200, "application/json", r#"{"data":[{"id":"gpt-9"}]}"#).await;
        let offers = peer.provider("openai").service.unwrap().offers().await.unwrap();
        assert_eq!(offers.models, ["gpt-9"]);
        assert_eq!(offers.voices.first().map(|voice| voice.id.as_str()), Some("marin"));
        let peer = Peer::answering(404, "application/json", "{}").await;
        let offers = peer.provider("openai-compatible").service.unwrap().offers().await;
        assert_eq!(offers, Ok(voice::Offers::default()), "a service may have no such list");
    }
}
