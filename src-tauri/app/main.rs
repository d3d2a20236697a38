//! The desktop shell. Builds everything, top to bottom; holds no logic.
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

mod away;
mod commands;
mod hotkey;
mod page;
mod panels;

use audio::{DeviceMic, DeviceSpeaker};
use page::Page;
use std::{error::Error, sync::Arc};
use store::{History, Keyring, Paths, SettingsFile};
use talk::{Booth, Clock, House, Keys, Outlet, Talk};
use tauri::{App, AppHandle, Manager, async_runtime};
use tracing_subscriber::EnvFilter;
use voice::Event;

fn main() -> tauri::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn")))
        .with_writer(std::io::stderr)
        .init();
    // turns wait more than they work: more threads would only hand pieces to and fro
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    async_runtime::set(runtime.handle().clone());
    tauri::Builder::default()
        // first, so that a second start does nothing else
        .plugin(tauri_plugin_single_instance::init(|app, _, _| show(app)))
        .invoke_handler(tauri::generate_handler![
            commands::attach,
            commands::order,
            commands::set_key,
            commands::forget_key,
            commands::test_provider,
            commands::offers,
            panels::trial,
            panels::hear_voice,
            panels::listen,
            panels::stop_trying,
            panels::devices,
            panels::reached,
            panels::forget_everything,
            panels::export_all,
            panels::import_history,
            panels::set_proxy_password,
            panels::check_everything,
            panels::version
        ])
        .setup(set_up)
        .run(tauri::generate_context!())
}

fn set_up(app: &mut App) -> Result<(), Box<dyn Error>> {
    let page = Arc::new(Page::default());
    let house = house(&page)?;
    let (settings, clock) = (house.settings.current().clone(), house.clock);
    let offers = Paths::of_this_person().map(|paths| paths.offers);
    let keys = Arc::new(Keys::new(house.table.clone(), Keyring::default(), offers, house.clock));
    app.manage(house.history.clone());
    app.manage(Booth::new(house.table.clone(), house.microphone.clone(), house.speaker.clone()));
    // one word is enough: whoever looks sees all that changed before
    let (changed, changes) = async_runtime::channel(1);

    let (outlet, handle, again) = (page.clone(), app.handle().clone(), changed.clone());
    let outlet: Outlet = Arc::new(move |event| {
        if let Event::Changed { settings, .. } = &event {
            hotkey::rebind_later(&handle, settings);
            again.try_send(()).ok();
        }
        outlet.tell(event);
    });
    let (talk, life) = Talk::new(house, outlet.clone());
    async_runtime::spawn(life);
    // the window is open; now the keyring may take its time
    changed.try_send(()).ok();
    let (follower, line) = (keys.clone(), talk.clone());
    async_runtime::spawn(async move { follower.follow(line, changes, outlet).await });
    app.manage(keys);
    app.manage(talk);
    app.manage(page);
    hotkey::start(app.handle(), clock);
    away::follow(app.handle());
    hotkey::bind(app.handle(), &settings.hotkeys.talk);
    Ok(())
}

fn house(page: &Arc<Page>) -> Result<House, voice::Error> {
    let paths = Paths::of_this_person();
    let (settings, told) = match &paths {
        Some(paths) => SettingsFile::open(&paths.settings)?,
        None => (SettingsFile::in_memory()?, None),
    };
    told.into_iter().for_each(|error| page.tell(Event::Trouble { error }));
    let clock = Clock::system();
    let teller = page.clone();
    let history = History::open(paths.clone(), clock.unix_ms(), move |error| teller.tell(Event::Trouble { error }));
    Ok(House {
        microphone: Arc::new(DeviceMic::new(clock.for_sound())),
        speaker: Arc::new(DeviceSpeaker::new()),
        table: Arc::default(),
        settings,
        history,
        journal: paths.map(|paths| paths.journal),
        clock,
    })
}

/// Brings the window before everything else.
fn show(app: &AppHandle) {
    for window in app.webview_windows().into_values() {
        let shown = window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus());
        if let Err(error) = shown {
            tracing::warn!(%error, "the window stays where it is");
        }
    }
}
