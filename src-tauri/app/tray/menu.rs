//! The tray's menu: how it is drawn from what is in force, and what a click asks for.

use super::{Look, Tray};
use crate::{main_window, texts::Texts};
use audio::Device;
use talk::Talk;
use tauri::{
    AppHandle, Manager, Wry,
    menu::{CheckMenuItem, Menu, MenuEvent, MenuItem, PredefinedMenuItem, Submenu},
};
use voice::{Command, KeyStyle, Mode, Settings, State};

const MODES: [(Mode, &str, &str); 3] = [
    (Mode::Chat, "chat", "mode.chat"),
    (Mode::Translate, "translate", "mode.translate"),
    (Mode::Echo, "echo", "mode.echo"),
];

/// What the app is doing, in a few words.
pub(super) fn doing(texts: &Texts, look: &Look) -> String {
    match look.state {
        State::Ready if look.trouble.is_some() => texts.get("tray.trouble").to_owned(),
        State::Ready => ready(texts, look),
        State::Opening => texts.get("tray.opening").to_owned(),
        State::Listening => texts.get("tray.listening").to_owned(),
        State::Thinking => texts.get("tray.thinking").to_owned(),
        State::Speaking => texts.get("tray.speaking").to_owned(),
    }
}

fn ready(texts: &Texts, look: &Look) -> String {
    let hotkeys = &look.settings.hotkeys;
    let key = look.given.clone().unwrap_or_else(|| shown(&hotkeys.talk));
    match hotkeys.style {
        _ if key.is_empty() => texts.get("tray.ready.keyless").to_owned(),
        KeyStyle::Toggle => texts.with("tray.ready.toggle", "key", &key),
        KeyStyle::Hold | KeyStyle::Hybrid => texts.with("tray.ready", "key", &key),
    }
}

/// A key of the settings as people read it: `Ctrl+KeyD` is Ctrl+D. The page has the same rule, in `chord.ts`.
fn shown(key: &str) -> String {
    let short = |part: &str| {
        let name = ["Key", "Digit", "Arrow"].iter().find_map(|kind| part.strip_prefix(kind));
        name.filter(|name| !name.is_empty()).unwrap_or(part).to_owned()
    };
    key.split('+').map(short).collect::<Vec<_>>().join("+")
}

/// The menu of now, and its line that says what the app is doing.
pub(super) fn draw(
    app: &AppHandle<Wry>,
    texts: &Texts,
    look: &Look,
    devices: &[Device],
) -> tauri::Result<(Menu<Wry>, MenuItem<Wry>)> {
    let settings = &look.settings;
    let line = || PredefinedMenuItem::separator(app);
    let item = |id: &str, key: &str| MenuItem::with_id(app, id, texts.get(key), true, None::<&str>);
    let check = |id: &str, text: &str, on: bool| CheckMenuItem::with_id(app, id, plain(text), true, on, None::<&str>);
    let menu = Menu::new(app)?;
    let state = MenuItem::with_id(app, "state", plain(&doing(texts, look)), false, None::<&str>)?;
    menu.append(&state)?;
    menu.append(&item("open", "tray.open")?)?;
    menu.append(&line()?)?;
    for (mode, name, key) in MODES {
        menu.append(&check(&format!("mode {name}"), texts.get(key), settings.mode == mode)?)?;
    }
    menu.append(&line()?)?;
    let microphones = Submenu::with_id(app, "microphones", texts.get("tray.microphone"), true)?;
    microphones.append(&check("input ", texts.get("tray.microphone.system"), settings.audio.input.is_empty())?)?;
    for device in devices {
        let chosen = [&device.id, &device.name].contains(&&settings.audio.input);
        microphones.append(&check(&format!("input {}", device.id), &device.name, chosen)?)?;
    }
    menu.append(&microphones)?;
    menu.append(&check("muted", texts.get("tray.muted"), settings.voice.muted)?)?;
    menu.append(&check("local", texts.get("tray.local"), settings.network.local_only)?)?;
    menu.append(&line()?)?;
    menu.append(&item("quit", "tray.quit")?)?;
    Ok((menu, state))
}

/// A name of a device is shown as it is: `&` marks a letter in menus.
pub(super) fn plain(text: &str) -> String {
    text.replace('&', "&&")
}

/// Does what was chosen.
pub(super) fn chosen(app: &AppHandle<Wry>, event: MenuEvent) {
    let tray = app.state::<Tray>();
    match event.id().as_ref() {
        "open" => main_window::show(app),
        "quit" => app.exit(0),
        id => {
            if let Some(command) = asked(id, &tray.settings())
                && !app.state::<Talk>().order_now(command)
            {
                tracing::error!("the core is too busy for the tray");
            }
            tray.0.send_modify(|look| look.clicks += 1);
        }
    }
}

fn asked(id: &str, settings: &Settings) -> Option<Command> {
    let (key, value) = match id.split_once(' ').unwrap_or((id, "")) {
        ("mode", mode) => ("mode", mode.to_owned()),
        // a JSON string is a TOML string
        ("input", device) => ("audio.input", serde_json::to_string(device).ok()?),
        ("muted", _) => ("voice.muted", (!settings.voice.muted).to_string()),
        ("local", _) => ("network.local_only", (!settings.network.local_only).to_string()),
        _ => return None,
    };
    Some(Command::Set { key: key.to_owned(), value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use store::SettingsFile;

    fn line(sets: &[(&str, &str)], given: Option<&str>) -> String {
        let mut file = SettingsFile::in_memory().unwrap();
        sets.iter().for_each(|(key, value)| file.set(key, value).unwrap());
        let settings = Arc::new(file.current().clone());
        let given = given.map(str::to_owned);
        doing(&Texts::of("en"), &Look { state: State::Ready, trouble: None, settings, given, clicks: 0 })
    }

    #[test]
    fn the_talk_key_is_named_as_people_read_it() {
        for (key, said) in [("F9", "F9"), ("Ctrl+Alt+KeyD", "Ctrl+Alt+D"), ("Alt+Digit1", "Alt+1"), ("Key", "Key")] {
            assert_eq!(line(&[("hotkeys.talk", key)], None), format!("Ready: hold {said}"));
        }
        assert_eq!(line(&[], Some("Press Alt+KeyD")), "Ready: hold Press Alt+KeyD");
        assert_eq!(line(&[("hotkeys.talk", "")], None), "Ready");
    }

    #[test]
    fn a_key_that_toggles_is_pressed() {
        for (style, said) in [("hold", "hold"), ("hybrid", "hold"), ("toggle", "press")] {
            assert_eq!(line(&[("hotkeys.style", style)], None), format!("Ready: {said} F9"));
        }
    }
}
