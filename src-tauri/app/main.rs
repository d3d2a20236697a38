//! The desktop shell. Builds everything, top to bottom; holds no logic.
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

mod away;
mod commands;
mod desktop;
mod events;
#[cfg(target_os = "linux")]
mod graphics;
mod history;
mod hotkey;
mod log;
mod login;
mod main_window;
mod notify;
mod outside;
mod overlay;
mod page;
mod panels;
mod texts;
mod tray;

use audio::{DeviceMic, DeviceSpeaker};
use hotkey::{Bound, Probe};
use login::Login;
use notify::Notices;
use overlay::Overlay;
use page::Page;
use std::{env, error::Error, sync::Arc};
use store::{History, Keyring, Paths, SettingsFile};
use talk::{Booth, Clock, House, Keys, Outlet, Talk};
use tauri::{App, AppHandle, Builder, Manager, Wry, async_runtime};
use tauri_plugin_window_state::StateFlags;
use tray::Tray;
use voice::Event;

/// An argument of a start at login: no window is shown.
const HIDDEN: &str = "--hidden";

fn main() -> tauri::Result<()> {
    #[cfg(target_os = "linux")]
    graphics::settle();
    let _log = log::begin();
    // turns wait more than they work: more threads would only hand pieces to and fro
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    async_runtime::set(runtime.handle().clone());
    plugins(tauri::Builder::default())
        .on_window_event(|window, event| {
            main_window::on_event(window, event);
            overlay::on_event(window, event);
        })
        .invoke_handler(tauri::generate_handler![
            commands::attach,
            commands::watch,
            commands::rest_keys,
            commands::try_key,
            commands::watch_keys,
            commands::unwatch_keys,
            commands::key_backend,
            commands::order,
            commands::set_key,
            commands::forget_key,
            commands::test_provider,
            commands::offers,
            history::conversations,
            history::turns,
            history::search,
            history::figures,
            history::spent,
            history::rename,
            history::star,
            history::delete_turn,
            history::export_turn,
            history::delete_conversation,
            history::export,
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
            panels::support,
            panels::version
        ])
        .setup(set_up)
        .build(tauri::generate_context!())?
        .run(outside::happened);
    Ok(())
}

fn plugins(app: Builder<Wry>) -> Builder<Wry> {
    app
        // first, so that a second start does nothing else
        .plugin(tauri_plugin_single_instance::init(|app, arguments, _| {
            main_window::show(app);
            outside::started_with(app, &arguments);
        }))
        .plugin(tauri_plugin_notification::init())
        .plugin(tauri_plugin_autostart::Builder::new().arg(HIDDEN).build())
        .plugin(
            tauri_plugin_window_state::Builder::new()
                // whether it is seen is said by how the app was started
                .with_denylist(&[overlay::LABEL])
                .with_state_flags(StateFlags::all() & !StateFlags::VISIBLE)
                .build(),
        )
}

fn set_up(app: &mut App) -> Result<(), Box<dyn Error>> {
    let (clock, paths) = (Clock::system(), Paths::of_this_person());
    let (file, told) = match &paths {
        Some(paths) => SettingsFile::open(&paths.settings)?,
        None => (SettingsFile::in_memory()?, None),
    };
    let settings = file.current().clone();
    app.manage(Arc::new(Page::default()));
    app.manage(Bound::new(&settings.hotkeys));
    app.manage(Probe::default());
    app.manage(Login::new(&settings));
    app.manage(Tray::new(&settings));
    app.manage(Overlay::new(&settings));
    app.manage(Notices::new(&settings));
    // from here on there is somebody to tell
    told.into_iter().for_each(|error| events::tell(app.handle(), Event::Trouble { error }));
    let offers = paths.as_ref().map(|paths| paths.offers.clone());
    let house = house(app.handle(), clock, paths, file);
    let keys = Arc::new(Keys::new(house.table.clone(), Keyring::default(), offers, house.clock));
    app.manage(house.history.clone());
    app.manage(Booth::new(house.table.clone(), house.microphone.clone(), house.speaker.clone()));
    // one word is enough: whoever looks sees all that changed before
    let (changed, changes) = async_runtime::channel(1);

    let (handle, again) = (app.handle().clone(), changed.clone());
    let outlet: Outlet = Arc::new(move |event| {
        if matches!(event, Event::Changed { .. }) {
            again.try_send(()).ok();
        }
        events::tell(&handle, event);
    });
    let (talk, life) = Talk::new(house, outlet.clone());
    async_runtime::spawn(life);
    // the window is open; now the keyring may take its time
    changed.try_send(()).ok();
    let (follower, line) = (keys.clone(), talk.clone());
    async_runtime::spawn(async move { follower.follow(line, changes, outlet).await });
    app.manage(keys);
    app.manage(talk);
    hotkey::start(app.handle(), clock, &settings);
    away::follow(app.handle());
    hotkey::bind(app.handle());
    tray::build(app.handle());
    async_runtime::spawn(tray::follow(app.handle().clone()));
    async_runtime::spawn(overlay::follow(app.handle().clone()));
    async_runtime::spawn(outside::serve(app.handle().clone()));
    let arguments: Vec<String> = env::args().skip(1).collect();
    if !arguments.iter().any(|argument| argument == HIDDEN) {
        main_window::show(app.handle());
    }
    outside::started_with(app.handle(), &arguments);
    Ok(())
}

fn house(app: &AppHandle<Wry>, clock: Clock, paths: Option<Paths>, settings: SettingsFile) -> House {
    let teller = app.clone();
    let told = move |error| events::tell(&teller, Event::Trouble { error });
    let history = History::open(paths.clone(), clock.unix_ms(), told);
    House {
        microphone: Arc::new(DeviceMic::new(clock.for_sound())),
        speaker: Arc::new(DeviceSpeaker::new()),
        table: Arc::default(),
        settings,
        history,
        journal: paths.map(|paths| paths.journal),
        clock,
    }
}
