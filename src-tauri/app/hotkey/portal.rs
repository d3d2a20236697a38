//! Keys on Wayland, by the desktop's portal for global shortcuts: the desktop catches them and tells both edges. Which key
//! does what is the person's choice in a dialog of the desktop; ours are only proposed, and proposed once, for each
//! proposal may bring that dialog up.

use super::{WAYLAND, hand::Hand, keysym::keysym};
use crate::{events, texts::Texts};
use ashpd::desktop::global_shortcuts::{
    Activated, Deactivated, GlobalShortcuts, NewShortcut, Shortcut as Bound, ShortcutsChanged,
};
use futures_util::StreamExt;
use std::sync::{Mutex, PoisonError};
use talk::Clock;
use tauri::{AppHandle, Manager, Wry, async_runtime};
use tauri_plugin_global_shortcut::{Modifiers, Shortcut};
use voice::{Error, ErrorKind, Event, KeyRole, Settings};
use zbus::Message;

const UNSEEN: &str = "The desktop catches no keys for Wilco, and Wayland lets no app see them while another has the focus. \
    Bind `wilco press` and `wilco release` to a key in the desktop's own settings, or hold the button in the window.";
/// As its file for portals is called (`assets/package/app.wilco.wilco.desktop`); one that knows no such file refuses the name.
const APP: &str = "app.wilco.wilco";

/// What the desktop calls the talk key, if it catches one.
#[derive(Default)]
pub(crate) struct Portal(Mutex<Option<String>>);

impl Portal {
    pub(super) fn talk_key(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Proposes the keys of `settings` and follows what the desktop tells of them for as long as the app runs.
pub(crate) fn start(app: &AppHandle<Wry>, clock: Clock, settings: &Settings) {
    app.manage(Portal::default());
    let (app, wanted) = (app.clone(), proposals(settings));
    async_runtime::spawn(async move {
        if let Err(error) = follow(&app, clock, &wanted).await {
            tracing::warn!(%error, "the portal catches no keys");
            given(&app, &[]);
        }
    });
}

async fn follow(app: &AppHandle<Wry>, clock: Clock, wanted: &[NewShortcut]) -> Result<(), ashpd::Error> {
    if let Ok(name) = APP.try_into()
        && let Err(error) = ashpd::register_host_app(name).await
    {
        // a portal that is older knows the app by how it was started
        tracing::info!(%error, "the portal was not told which app this is");
    }
    let shortcuts = GlobalShortcuts::new().await?;
    // in one line, for a release must not overtake its press: the microphone would stay open
    let mut signals = shortcuts.receive_all_signals().await?;
    let session = shortcuts.create_session(Default::default()).await?;
    let bound = shortcuts.bind_shortcuts(&session, wanted, None, Default::default()).await?.response()?;
    given(app, bound.shortcuts());
    let mut hand = Hand::new(app);
    while let Some(signal) = signals.next().await {
        if let Err(error) = hear(app, clock, &mut hand, &signal) {
            tracing::warn!(%error, "the portal said something else");
        }
    }
    hand.let_go();
    Ok(())
}

fn hear(app: &AppHandle<Wry>, clock: Clock, hand: &mut Hand, signal: &Message) -> zbus::Result<()> {
    let (header, body) = (signal.header(), signal.body());
    match header.member().map_or("", |member| member.as_str()) {
        "Activated" => {
            let edge: Activated = body.deserialize()?;
            role(edge.shortcut_id()).into_iter().for_each(|role| hand.down(role, clock.now()));
        }
        "Deactivated" => {
            let edge: Deactivated = body.deserialize()?;
            role(edge.shortcut_id()).into_iter().for_each(|role| hand.up(role, clock.now()));
        }
        "ShortcutsChanged" => given(app, body.deserialize::<ShortcutsChanged>()?.shortcuts()),
        _ => {}
    }
    Ok(())
}

/// Says which keys there are. A portal may take every proposal and bind none of them (KDE 5.27 does).
fn given(app: &AppHandle<Wry>, bound: &[Bound]) {
    let talk = bound.iter().find(|key| role(key.id()) == Some(KeyRole::Talk));
    let talk = talk.map(|key| key.trigger_description().to_owned());
    let none = talk.is_none();
    *app.state::<Portal>().0.lock().unwrap_or_else(PoisonError::into_inner) = talk;
    if none {
        let error = Error::new(ErrorKind::Hotkey, WAYLAND, UNSEEN);
        events::tell(app, Event::Trouble { error });
    }
    let keys = bound.iter().map(|key| Some((role(key.id())?, key.trigger_description().to_owned())));
    events::tell(app, Event::Given { keys: keys.flatten().filter(|(_, key)| !key.is_empty()).collect() });
}

/// All of them, so that the desktop can give a key to one that has none here.
fn proposals(settings: &Settings) -> Vec<NewShortcut> {
    let texts = Texts::of(&settings.appearance.interface);
    let proposal = |role| {
        let key = settings.hotkeys.of(role).parse().ok().and_then(|key: Shortcut| trigger(key));
        NewShortcut::new(name(role), texts.get(&format!("keys.{}", name(role)))).preferred_trigger(key.as_deref())
    };
    KeyRole::ALL.into_iter().map(proposal).collect()
}

/// A role as the portal knows it.
fn name(role: KeyRole) -> &'static str {
    match role {
        KeyRole::Talk => "talk",
        KeyRole::Other => "other",
        KeyRole::Cancel => "cancel",
        KeyRole::Repeat => "repeat",
        KeyRole::Persona => "persona",
        KeyRole::Show => "show",
    }
}

fn role(name: &str) -> Option<KeyRole> {
    KeyRole::ALL.into_iter().find(|role| self::name(*role) == name)
}

/// A key in the notation of the portal: modifiers, and the name that X11 has for the key.
fn trigger(key: Shortcut) -> Option<String> {
    let name = xkeysym::Keysym::from(keysym(&key.key.to_string())?).name()?.replace("XK_", "");
    let modifiers = [
        (Modifiers::CONTROL, "CTRL"),
        (Modifiers::ALT, "ALT"),
        (Modifiers::SHIFT, "SHIFT"),
        (Modifiers::SUPER | Modifiers::META, "LOGO"),
    ];
    let held = modifiers.into_iter().filter(|(one, _)| key.mods.intersects(*one)).map(|(_, name)| format!("{name}+"));
    Some(held.collect::<String>() + &name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_written_as_the_portal_reads_them() {
        for (ours, theirs) in [
            ("F9", "F9"),
            ("Ctrl+Shift+Space", "CTRL+SHIFT+space"),
            ("Alt+KeyD", "ALT+d"),
            ("Super+Enter", "LOGO+Return"),
            ("Digit1", "1"),
            ("ArrowLeft", "Left"),
            ("MediaPlayPause", "XF86AudioPlay"),
        ] {
            assert_eq!(trigger(ours.parse().unwrap()).as_deref(), Some(theirs), "{ours}");
        }
    }
}
