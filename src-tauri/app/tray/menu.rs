//! The tray's menu: how it is drawn from what is in force, and what a click asks for.

use super::{Look, Tray};
use crate::{main_window, texts::Texts};
use audio::Device;
use talk::Talk;
use tauri::{
    AppHandle, Manager, Wry,
    menu::{CheckMenuItem, Menu, MenuEvent, MenuItem, PredefinedMenuItem, Submenu},
};
use voice::{Command, Mode, Settings, State};

const MODES: [(Mode, &str, &str); 3] = [
    (Mode::Chat, "chat", "mode.chat"),
    (Mode::Translate, "translate", "mode.translate"),
    (Mode::Echo, "echo", "mode.echo"),
];

/// What the app is doing, in a few words.
pub(super) fn doing(texts: &Texts, look: &Look) -> String {
    match look.state {
        State::Ready if look.trouble.is_some() => texts.get("tray.trouble").to_owned(),
        State::Ready => match look.given.as_ref().unwrap_or(&look.settings.hotkeys.talk).as_str() {
            "" => texts.get("tray.ready.keyless").to_owned(),
            key => texts.with("tray.ready", "key", key),
        },
        State::Opening => texts.get("tray.opening").to_owned(),
        State::Listening => texts.get("tray.listening").to_owned(),
        State::Thinking => texts.get("tray.thinking").to_owned(),
        State::Speaking => texts.get("tray.speaking").to_owned(),
    }
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
