//! The shape that OpenAI gave its interface and that many others took over. The address is free; what differs between
//! those who speak it is one `Shape` each. Its own folder because the three kinds of work share that and little else:
//!
//! ```text
//!   hear    an upload that is written while somebody speaks ─▶ words
//!   reply   a conversation ─▶ events ─▶ text
//!   say     a phrase ─▶ sound
//!   rows    who speaks this shape, and where
//! ```

mod hear;
mod reply;
mod rows;
mod say;

pub(crate) use rows::*;

use super::by_prompt::by_prompt;
use crate::vendor::Vendor;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use std::sync::Arc;
use voice::{BoxFuture, Error, ErrorKind, Kind, OfferedVoice, Offers, Provider, Remote};

/// Connections of one turn: the reply and three phrases.
const AT_ONCE: usize = 4;

/// What differs between services of this shape.
pub(crate) struct Shape {
    kinds: &'static [Kind],
    /// Header of the key and what stands before the key.
    key: (&'static str, &'static str),
    /// Path of an address that has none.
    root: &'static str,
    hear: &'static str,
    /// The sound that is asked for: `pcm` or `wav`.
    format: &'static str,
    /// It is told the rate that it is to speak at, because it has several.
    tell_rate: bool,
    /// A call that succeeds only with a good key.
    test: &'static str,
    /// Where it lists its voices.
    voices_at: Option<&'static str>,
    /// Voices it is known to have, where it lists none.
    voices: &'static [&'static str],
}

/// As OpenAI has it.
const SHAPE: Shape = Shape {
    kinds: &[Kind::Hear, Kind::Respond, Kind::Translate, Kind::Say],
    key: ("authorization", "Bearer "),
    root: "/v1",
    hear: "audio/transcriptions",
    format: "pcm",
    tell_rate: false,
    test: "models",
    voices_at: None,
    voices: &[],
};

fn open(vendor: Vendor, shape: &'static Shape) -> Provider {
    let shaped = Arc::new(OpenAi { vendor: vendor.rooted(shape.root), shape });
    let can = |kind| shape.kinds.contains(&kind);
    Provider {
        hear: can(Kind::Hear).then(|| shaped.clone() as _),
        respond: can(Kind::Respond).then(|| shaped.clone() as _),
        translate: can(Kind::Translate).then(|| by_prompt(shaped.vendor.name, shaped.clone())),
        say: can(Kind::Say).then(|| shaped.clone() as _),
        service: Some(shaped),
        ..Provider::default()
    }
}

#[derive(Clone)]
struct OpenAi {
    vendor: Vendor,
    shape: &'static Shape,
}

impl OpenAi {
    /// A request to `path` with the key.
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let (header, prefix) = self.shape.key;
        self.vendor.request(method, &self.vendor.url(path)).headers(self.vendor.key_header(header, prefix))
    }

    /// The names in a list, however it is nested; none where there is no such list.
    async fn names(&self, path: &str) -> Result<Vec<String>, Error> {
        match self.vendor.send(self.request(Method::GET, path)).await {
            Ok(answer) => Ok(names(&self.vendor.read_value(answer).await?)),
            Err(error) if error.kind == ErrorKind::ModelGone => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

/// Of `{"data": [{"id": …}]}`, `{"voices": […]}` or a bare list, of objects or of names.
fn names(list: &Value) -> Vec<String> {
    let list = list.get("data").or_else(|| list.get("voices")).unwrap_or(list);
    let name = |entry: &Value| entry.get("id").unwrap_or(entry).as_str().map(str::to_owned);
    list.as_array().into_iter().flatten().filter_map(name).collect()
}

impl Remote for OpenAi {
    fn warm(&self) -> BoxFuture<()> {
        let vendor = self.vendor.clone();
        Box::pin(async move { vendor.warm(AT_ONCE).await })
    }

    fn test(&self) -> BoxFuture<Result<(), Error>> {
        let this = self.clone();
        Box::pin(async move { this.vendor.send(this.request(Method::GET, this.shape.test)).await.map(drop) })
    }

    fn offers(&self) -> BoxFuture<Result<Offers, Error>> {
        let this = self.clone();
        Box::pin(async move {
            let models = this.names("models").await?;
            let voices = match this.shape.voices_at {
                Some(path) => this.names(path).await?,
                None => this.shape.voices.iter().map(|&voice| voice.to_owned()).collect(),
            };
            let voices = voices.into_iter().map(|id| OfferedVoice { name: id.clone(), id }).collect();
            Ok(Offers { models, voices })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lists_come_in_several_shapes() {
        for list in [
            json!({"data": [{"id": "a", "object": "model"}, {"id": "b"}]}),
            json!({"voices": ["a", "b"]}),
            json!({"voices": [{"id": "a", "name": "A"}, {"id": "b"}]}),
            json!(["a", "b"]),
        ] {
            assert_eq!(names(&list), ["a", "b"], "{list}");
        }
        assert!(names(&json!({"object": "list"})).is_empty());
    }
}
