//! The tray: what the app is doing, in an icon and a line, and the few switches one wants without a window. It is drawn
//! anew by one task, on the main thread, whenever something that it shows has changed; nothing waits for it.

mod menu;

use crate::{hotkey, texts::Texts};
use audio::{Device, DeviceKind};
use menu::draw;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
};
use tauri::{
    AppHandle, Manager, Wry, async_runtime,
    image::Image,
    include_image,
    menu::MenuItem,
    tray::{TrayIcon, TrayIconBuilder},
};
use tokio::sync::watch;
use voice::{Error, ErrorKind, Event, KeyRole, Settings, State};

const ID: &str = "wilco";

/// What the tray shows.
#[derive(Clone, Debug, PartialEq)]
struct Look {
    state: State,
    /// What failed since the last press.
    trouble: Option<Error>,
    settings: Arc<Settings>,
    /// The talk key where the desktop does not go by the settings; empty if it gave none.
    given: Option<String>,
    /// Counts clicks: a box that was clicked shows what was asked for, not what is in force.
    clicks: u64,
}

/// The line of the menu that says what the app is doing. It alone changes with that: a menu that is open stays so.
type Line = Arc<Mutex<Option<MenuItem<Wry>>>>;

/// The way to the tray.
pub(crate) struct Tray(watch::Sender<Look>);

impl Tray {
    /// A tray that shows these settings; nothing is drawn before `follow`.
    pub(crate) fn new(settings: &Settings) -> Self {
        let settings = Arc::new(settings.clone());
        Self(watch::channel(Look { state: State::Ready, trouble: None, settings, given: None, clicks: 0 }).0)
    }

    /// Takes in what happened.
    pub(crate) fn see(&self, event: &Event) {
        self.0.send_if_modified(|look| look.trouble.take_if(|error| hotkey::is_over(error, event)).is_some());
        match event {
            Event::State { state } => self.0.send_modify(|look| look.state = *state),
            Event::Started { .. } => self.0.send_modify(|look| look.trouble = None),
            Event::Trouble { error } => self.0.send_modify(|look| look.trouble = Some(error.clone())),
            // a microphone that is heard is not silent
            Event::Level { rms } if *rms > 0.0 => {
                let silent = |error: &mut Error| error.kind == ErrorKind::ZeroSignal;
                self.0.send_if_modified(|look| look.trouble.take_if(silent).is_some());
            }
            Event::Given { keys } => {
                let talk = keys.iter().find(|(role, _)| *role == KeyRole::Talk).map(|(_, key)| key.clone());
                self.0.send_modify(|look| look.given = Some(talk.unwrap_or_default()));
            }
            Event::Changed { settings, .. } => {
                self.0.send_modify(|look| look.settings = Arc::new((**settings).clone()))
            }
            _ => {}
        }
    }

    /// Whether there is an icon.
    pub(crate) fn is_there(app: &AppHandle<Wry>) -> bool {
        app.tray_by_id(ID).is_some()
    }

    fn settings(&self) -> Arc<Settings> {
        self.0.borrow().settings.clone()
    }
}

/// Makes the tray. A desktop without the library for it goes without.
pub(crate) fn build(app: &AppHandle<Wry>) {
    #[cfg(target_os = "linux")]
    glib::set_application_name("Wilco");
    let icon = TrayIconBuilder::with_id(ID).icon(icon(State::Ready, false)).tooltip("Wilco");
    let built = catch_unwind(AssertUnwindSafe(|| icon.on_menu_event(menu::chosen).build(app)));
    match built {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::warn!(%error, "no tray"),
        // the library is looked for when it is first used, and its absence is a panic there
        Err(_) => tracing::warn!("no tray: its library is not installed"),
    }
}

/// Keeps the tray true for as long as the app runs.
pub(crate) async fn follow(app: AppHandle<Wry>) {
    let mut looks = app.state::<Tray>().0.subscribe();
    let mut shown: Option<(Look, Vec<Device>)> = None;
    let line = Line::default();
    loop {
        let look = looks.borrow_and_update().clone();
        // asks the sound system, and only when a new menu is due or a turn may have met new devices
        let devices = match &shown {
            Some((before, devices)) if before.settings == look.settings && look.state != State::Ready => {
                devices.clone()
            }
            _ => async_runtime::spawn_blocking(microphones).await.unwrap_or_default(),
        };
        if shown.as_ref().is_none_or(|before| before.0 != look || before.1 != devices) {
            redraw(&app, &line, shown.take(), (look.clone(), devices.clone()));
        }
        shown = Some((look, devices));
        if looks.changed().await.is_err() {
            return;
        }
    }
}

fn microphones() -> Vec<Device> {
    audio::devices().into_iter().filter(|device| device.kind == DeviceKind::Input).collect()
}

fn redraw(app: &AppHandle<Wry>, line: &Line, before: Option<(Look, Vec<Device>)>, now: (Look, Vec<Device>)) {
    let (handle, line) = (app.clone(), line.clone());
    let drawing = app.run_on_main_thread(move || {
        let Some(tray) = handle.tray_by_id(ID) else { return };
        if let Err(error) = redraw_on_main(&handle, &tray, &line, before, now) {
            tracing::warn!(%error, "the tray shows what was");
        }
    });
    if let Err(error) = drawing {
        tracing::warn!(%error, "the tray shows what was");
    }
}

fn redraw_on_main(
    app: &AppHandle<Wry>,
    tray: &TrayIcon<Wry>,
    line: &Line,
    before: Option<(Look, Vec<Device>)>,
    (look, devices): (Look, Vec<Device>),
) -> tauri::Result<()> {
    let texts = Texts::of(&look.settings.appearance.interface);
    let lamp = |look: &Look| (look.state, look.trouble.is_some());
    if before.as_ref().is_none_or(|(old, _)| lamp(old) != lamp(&look)) {
        tray.set_icon(Some(icon(look.state, look.trouble.is_some())))?;
    }
    let doing = menu::doing(&texts, &look);
    tray.set_tooltip(Some(format!("Wilco: {doing}")))?;
    let mut line = line.lock().unwrap_or_else(PoisonError::into_inner);
    let is_same_menu = before
        .is_some_and(|(old, known)| (&old.settings, old.clicks, &known) == (&look.settings, look.clicks, &devices));
    if let Some(line) = line.as_ref().filter(|_| is_same_menu) {
        return line.set_text(menu::plain(&doing));
    }
    let (menu, state) = draw(app, &texts, &look, &devices)?;
    tray.set_menu(Some(menu))?;
    *line = Some(state);
    Ok(())
}

fn icon(state: State, trouble: bool) -> Image<'static> {
    match state {
        State::Ready if trouble => include_image!("assets/icons/tray/trouble.png"),
        State::Ready => include_image!("assets/icons/tray/ready.png"),
        State::Opening | State::Thinking => include_image!("assets/icons/tray/thinking.png"),
        State::Listening => include_image!("assets/icons/tray/live.png"),
        State::Speaking => include_image!("assets/icons/tray/speaking.png"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_taken_is_shown_until_another_is_chosen() {
        let mut file = store::SettingsFile::in_memory().unwrap();
        let tray = Tray::new(file.current());
        tray.see(&Event::Trouble { error: Error::new(ErrorKind::Hotkey, "F9", "Another program holds it.") });
        assert!(tray.0.borrow().trouble.is_some());
        file.set("hotkeys.talk", "F10").unwrap();
        tray.see(&Event::Changed { settings: file.current().clone().into(), keys: Default::default() });
        assert_eq!(tray.0.borrow().trouble, None);
    }
}
