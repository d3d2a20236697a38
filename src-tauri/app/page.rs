//! The pages as the core sees them: places where events go. What happens before the main one is there is kept for its
//! first look; the overlay's gets what happens while it is shown, which is from the start of a turn on.

use crate::hotkey;
use std::sync::{Mutex, PoisonError};
use tauri::ipc::Channel;
use voice::{Error, Event, Settings};

/// The way to the pages.
#[derive(Default)]
pub(crate) struct Page(Mutex<Way>);

#[derive(Default)]
struct Way {
    channel: Option<Channel<Event>>,
    overlay: Option<Channel<Event>>,
    /// The overlay is seen, or about to be.
    seen: bool,
    /// The last change of settings that the overlay has not been told.
    missed: Option<Event>,
    /// Troubles from before there was a page.
    early: Vec<Error>,
    /// Words from outside, from before there was a page.
    draft: Option<Event>,
    /// The keys that the desktop gave, for every page that comes.
    given: Option<Event>,
}

impl Page {
    /// Sends `event` on.
    pub(crate) fn tell(&self, event: Event) {
        let mut way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        way.tell_overlay(&event);
        way.early.retain(|error| !hotkey::is_over(error, &event));
        if matches!(event, Event::Given { .. }) {
            way.given = Some(event.clone());
        }
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
        for known in way.draft.take().into_iter().chain(way.given.clone()) {
            channel.send(known).ok();
        }
        way.channel = Some(channel);
        way.early.clone()
    }

    /// The overlay is there, and shows these `settings` when it is next seen.
    pub(crate) fn attach_overlay(&self, channel: Channel<Event>, settings: Settings) {
        let mut way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        way.overlay = Some(channel);
        way.seen = false;
        way.missed = Some(Event::Changed { settings: settings.into(), keys: Default::default() });
    }

    /// The overlay is hidden.
    pub(crate) fn unseen(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).seen = false;
    }

    /// The overlay is gone.
    pub(crate) fn detach(&self) {
        let mut way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (way.overlay, way.seen, way.missed) = (None, false, None);
    }
}

impl Way {
    fn tell_overlay(&mut self, event: &Event) {
        let Some(overlay) = &self.overlay else { return };
        self.seen |= matches!(event, Event::Started { .. });
        if self.seen {
            for event in self.missed.take().iter().chain([event]) {
                overlay.send(event.clone()).ok();
            }
        } else if matches!(event, Event::Changed { .. }) {
            self.missed = Some(event.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use voice::{ErrorKind, Mode, TurnId};

    #[test]
    fn the_overlay_hears_of_nothing_while_it_is_hidden() {
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let (page, ears) = (Page::default(), heard.clone());
        let settings = store::SettingsFile::in_memory().unwrap().current().clone();
        page.attach_overlay(
            Channel::new(move |body| {
                let event: serde_json::Value = body.deserialize().unwrap();
                ears.lock().unwrap().push(event["is"].as_str().unwrap().to_owned());
                Ok(())
            }),
            settings,
        );
        let level = || Event::Level { rms: 0.1 };
        page.tell(level());
        assert_eq!(heard.lock().unwrap().len(), 0);
        page.tell(Event::Started { turn: TurnId(1), mode: Mode::Chat });
        page.tell(level());
        assert_eq!(*heard.lock().unwrap(), ["changed", "started", "level"]);
        page.unseen();
        page.tell(level());
        assert_eq!(heard.lock().unwrap().len(), 3);
        page.detach();
        page.tell(Event::Started { turn: TurnId(2), mode: Mode::Chat });
        assert_eq!(heard.lock().unwrap().len(), 3);
    }

    #[test]
    fn a_page_that_comes_late_hears_of_no_key_that_nobody_wants_any_more() {
        let page = Page::default();
        for (kind, source) in [(ErrorKind::Hotkey, "F9"), (ErrorKind::Storage, "history.db")] {
            page.tell(Event::Trouble { error: Error::new(kind, source, "") });
        }
        let mut file = store::SettingsFile::in_memory().unwrap();
        file.set("hotkeys.talk", "F10").unwrap();
        page.tell(Event::Changed { settings: file.current().clone().into(), keys: Default::default() });
        let kinds: Vec<ErrorKind> = page.attach(Channel::new(|_| Ok(()))).iter().map(|error| error.kind).collect();
        assert_eq!(kinds, [ErrorKind::Storage]);
    }
}
