//! A vendor that has language models and nothing else: it answers, translates by a prompt, names its models. Its own
//! file because three vendors differ only in what their `Shape` says.

use super::{
    begin::ahead,
    by_prompt::by_prompt,
    reply::{self, Read, reply},
};
use crate::vendor::Vendor;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use std::sync::Arc;
use voice::{Begun, BoxFuture, Error, Offers, Prompt, Provider, Remote, Respond, TextStream};

/// What differs between them.
pub(super) struct Shape {
    /// The path of an address that names none.
    pub(super) root: &'static str,
    /// The header that carries the key, and what stands before the key in it.
    pub(super) key: (&'static str, &'static str),
    /// A header that goes with every request.
    pub(super) with: Option<(&'static str, &'static str)>,
    /// Where a model answers a prompt, and what it is asked with.
    pub(super) ask: fn(&str, &Prompt) -> (String, Value),
    /// What an event of the answer says.
    pub(super) read: Read,
    /// The smallest list of models, and the whole one.
    pub(super) lists: (&'static str, &'static str),
    /// Where in it the models are, and the name of a model's identifier.
    pub(super) models: (&'static str, &'static str),
}

/// All that such a vendor can do.
pub(super) fn open(vendor: Vendor, shape: &'static Shape) -> Provider {
    let opened = Arc::new(Responder { vendor: vendor.rooted(shape.root), shape });
    let translate = Some(by_prompt(opened.vendor.name, opened.clone()));
    Provider { respond: Some(opened.clone()), translate, service: Some(opened), ..Provider::default() }
}

#[derive(Clone)]
struct Responder {
    vendor: Vendor,
    shape: &'static Shape,
}

impl Responder {
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let (name, prefix) = self.shape.key;
        let request = self.vendor.request(method, &self.vendor.url(path)).headers(self.vendor.key_header(name, prefix));
        match self.shape.with {
            Some((name, value)) => request.header(name, value),
            None => request,
        }
    }
}

impl Respond for Responder {
    fn reply(&self, prompt: Prompt) -> TextStream {
        let (path, body) = (self.shape.ask)(&self.vendor.account.reply_model, &prompt);
        reply(self.vendor.clone(), self.request(Method::POST, &path).json(&body), self.shape.read)
    }

    fn begin(&self, prompt: &Prompt) -> Option<Begun> {
        let ask = |prompt: &Prompt| {
            let (path, body) = (self.shape.ask)(&self.vendor.account.reply_model, prompt);
            (self.request(Method::POST, &path), body)
        };
        let this = self.clone();
        ahead(&self.vendor, prompt, self.shape.read, ask, move |whole| this.reply(whole))
    }
}

impl Remote for Responder {
    fn warm(&self) -> BoxFuture<()> {
        let vendor = self.vendor.clone();
        Box::pin(async move { vendor.warm(1).await })
    }

    fn test(&self) -> BoxFuture<Result<(), Error>> {
        let this = self.clone();
        Box::pin(async move { this.vendor.send(this.request(Method::GET, this.shape.lists.0)).await.map(drop) })
    }

    fn offers(&self) -> BoxFuture<Result<Offers, Error>> {
        let this = self.clone();
        Box::pin(async move {
            let list =
                this.vendor.read_value(this.vendor.send(this.request(Method::GET, this.shape.lists.1)).await?).await?;
            let (at, id) = this.shape.models;
            // Gemini says before each that it is a model
            let bare = |id: String| id.trim_start_matches("models/").to_owned();
            Ok(Offers { models: reply::ids(&list, at, id).into_iter().map(bare).collect(), voices: Vec::new() })
        })
    }
}
