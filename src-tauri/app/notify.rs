//! Notifications, of which there are four: that the window went into the tray, once in a lifetime; and, while no window
//! can say so, that something is wrong, that there is a network again for what waits, and who answers from now on.

use crate::{hotkey, main_window, texts::Texts};
use std::{
    fs,
    sync::{Mutex, PoisonError},
};
use tauri::{AppHandle, Manager, Wry, async_runtime};
use tauri_plugin_notification::NotificationExt;
use voice::{Error, Event, Settings};

/// What is known for the next notification.
#[derive(Default)]
pub(crate) struct Notices(Mutex<Known>);

#[derive(Default)]
struct Known {
    interface: String,
    persona: String,
    /// The last trouble that was told: the same one is not told again before it was over, or a turn ended well.
    told: Option<Error>,
}

impl Notices {
    /// Begins with what is in force.
    pub(crate) fn new(settings: &Settings) -> Self {
        let (interface, persona) = (settings.appearance.interface.clone(), settings.persona.clone());
        Self(Mutex::new(Known { interface, persona, told: None }))
    }

    fn texts(&self) -> Texts {
        Texts::of(&self.0.lock().unwrap_or_else(PoisonError::into_inner).interface)
    }
}

/// Tells of `event` if it is a trouble and nobody sees the window.
pub(crate) fn see(app: &AppHandle<Wry>, event: &Event) {
    let notices = app.state::<Notices>();
    let mut known = notices.0.lock().unwrap_or_else(PoisonError::into_inner);
    known.told.take_if(|error| hotkey::is_over(error, event));
    match event {
        Event::Changed { settings, .. } => {
            known.interface.clone_from(&settings.appearance.interface);
            if known.persona != settings.persona {
                known.persona.clone_from(&settings.persona);
                let name = settings.persona.clone();
                unless_seen(app, move |app| answers(app, &name));
            }
        }
        Event::Ended { report } if report.outcome == voice::Outcome::Done => known.told = None,
        Event::Trouble { error } if known.told.as_ref() != Some(error) => {
            known.told = Some(error.clone());
            let error = error.clone();
            unless_seen(app, move |app| trouble(app, &error));
        }
        Event::Waiting { .. } => {
            unless_seen(app, |app| {
                let texts = app.state::<Notices>().texts();
                say(app, texts.get("waiting.title"), texts.get("notify.waiting"));
            });
        }
        _ => {}
    }
}

/// What the window shows needs no notification. Whether it is seen may take a while to find out.
fn unless_seen(app: &AppHandle<Wry>, tell: impl FnOnce(&AppHandle<Wry>) + Send + 'static) {
    let app = app.clone();
    async_runtime::spawn_blocking(move || {
        if !main_window::is_seen(&app) {
            tell(&app);
        }
    });
}

fn trouble(app: &AppHandle<Wry>, error: &Error) {
    // the names of kinds are those of the wire, and so are the keys of the texts
    let kind = serde_json::to_value(error.kind).ok().and_then(|kind| kind.as_str().map(str::to_owned));
    let Some(kind) = kind else { return };
    let texts = app.state::<Notices>().texts();
    say(app, texts.get(&format!("trouble.{kind}")), texts.get(&format!("advice.{kind}")));
}

fn answers(app: &AppHandle<Wry>, name: &str) {
    let texts = app.state::<Notices>().texts();
    say(app, texts.get("panel.persona.current"), if name.is_empty() { texts.get("panel.persona.usual") } else { name });
}

/// Says once that the window went into the tray.
pub(crate) fn stays_in_tray(app: &AppHandle<Wry>) {
    let Ok(folder) = app.path().app_local_data_dir() else { return };
    let told = folder.join("told-of-the-tray");
    if told.exists() {
        return;
    }
    let texts = app.state::<Notices>().texts();
    say(app, texts.get("notify.tray"), texts.get("notify.tray.hint"));
    // what cannot be remembered is said again
    if let Err(error) = fs::create_dir_all(&folder).and_then(|()| fs::write(&told, "")) {
        tracing::warn!(%error, "it will be told again");
    }
}

fn say(app: &AppHandle<Wry>, title: &str, body: &str) {
    if let Err(error) = app.notification().builder().title(title).body(body).show() {
        tracing::warn!(%error, "no notification");
    }
}
