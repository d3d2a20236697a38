//! The page as the core sees it: a place where events go. What happens before it is there is kept for its first look.

use std::sync::{Mutex, PoisonError};
use tauri::ipc::Channel;
use voice::{Error, Event};

/// The way to the page.
#[derive(Default)]
pub(crate) struct Page(Mutex<Way>);

#[derive(Default)]
struct Way {
    channel: Option<Channel<Event>>,
    /// Troubles from before there was a page.
    early: Vec<Error>,
    /// Words from outside, from before there was a page.
    draft: Option<Event>,
}

impl Page {
    /// Sends `event` on.
    pub(crate) fn tell(&self, event: Event) {
        let mut way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match (&way.channel, event) {
            (Some(channel), event) => {
                // a page that is being closed misses nothing
                channel.send(event).ok();
            }
            (None, Event::Trouble { error }) => way.early.push(error),
            (None, draft @ Event::Draft { .. }) => way.draft = Some(draft),
            (None, _) => {}
        }
    }

    /// From now on events go to `channel`. Gives the troubles from before.
    pub(crate) fn attach(&self, channel: Channel<Event>) -> Vec<Error> {
        let mut way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(draft) = way.draft.take() {
            channel.send(draft).ok();
        }
        way.channel = Some(channel);
        way.early.clone()
    }
}
