//! What the page may ask: to see, to order, and to set, forget or test keys, which it can never read. Adapters only.

use crate::{
    hotkey::{self, Probe},
    main_window,
    page::Page,
};
use std::sync::Arc;
use talk::{Keys, Talk};
use tauri::{AppHandle, State, ipc::Channel};
use voice::{Command, Error, ErrorKind, Event, KeyBackend, KeySeen, KeyVerdict, Offers, Secret, Settings, Snapshot};

/// Sends all further events to `events` and says how things are now.
#[tauri::command]
pub(crate) async fn attach(
    events: Channel<Event>,
    page: State<'_, Arc<Page>>,
    app: AppHandle,
    talk: State<'_, Talk>,
) -> Result<Snapshot, Error> {
    let early = page.attach(events);
    main_window::is_drawn(&app);
    let mut snapshot = talk.look().await.ok_or_else(closing)?;
    snapshot.troubles.extend(early);
    Ok(snapshot)
}

/// Sends what happens in turns to the overlay's `events`, while it is seen.
#[tauri::command]
pub(crate) async fn watch(
    events: Channel<Event>,
    page: State<'_, Arc<Page>>,
    talk: State<'_, Talk>,
) -> Result<(), Error> {
    page.attach_overlay(events, settings(&talk).await?);
    Ok(())
}

/// Lets all keys go while the person chooses one, or catches them again.
#[tauri::command(async)]
pub(crate) fn rest_keys(rest: bool, app: AppHandle) {
    hotkey::rest(&app, rest);
}

/// Whether `key` can be caught.
#[tauri::command(async)]
pub(crate) fn try_key(key: String, app: AppHandle) -> KeyVerdict {
    hotkey::try_out(&app, &key)
}

/// Shows what the keys do to `seen`, and has them do nothing else.
#[tauri::command]
pub(crate) fn watch_keys(seen: Channel<KeySeen>, probe: State<'_, Probe>) {
    probe.show(Some(seen));
}

/// Ends that.
#[tauri::command]
pub(crate) fn unwatch_keys(probe: State<'_, Probe>) {
    probe.show(None);
}

/// Who catches keys here.
#[tauri::command]
pub(crate) fn key_backend(app: AppHandle) -> KeyBackend {
    hotkey::backend(&app)
}

/// Hands a command to the core.
#[tauri::command]
pub(crate) async fn order(command: Command, talk: State<'_, Talk>) -> Result<(), Error> {
    talk.order(command).await;
    Ok(())
}

/// Keeps `key` for `provider`, or gives it for as long as the app runs.
#[tauri::command]
pub(crate) async fn set_key(
    provider: String,
    key: String,
    session_only: bool,
    keys: State<'_, Arc<Keys>>,
    talk: State<'_, Talk>,
) -> Result<(), Error> {
    keys.set(&settings(&talk).await?, &provider, Secret::new(key), session_only).await?;
    talk.renew().await;
    Ok(())
}

/// Takes the key of `provider` away.
#[tauri::command]
pub(crate) async fn forget_key(
    provider: String,
    keys: State<'_, Arc<Keys>>,
    talk: State<'_, Talk>,
) -> Result<(), Error> {
    let forgotten = keys.forget(&settings(&talk).await?, &provider).await;
    talk.renew().await;
    forgotten
}

/// Makes the smallest real call to `provider`.
#[tauri::command]
pub(crate) async fn test_provider(
    provider: String,
    keys: State<'_, Arc<Keys>>,
    talk: State<'_, Talk>,
) -> Result<(), Error> {
    let tested = keys.test(&settings(&talk).await?, &provider).await;
    talk.renew().await;
    tested
}

/// What `provider` has.
#[tauri::command]
pub(crate) async fn offers(
    provider: String,
    keys: State<'_, Arc<Keys>>,
    talk: State<'_, Talk>,
) -> Result<Offers, Error> {
    keys.offers(&settings(&talk).await?, &provider).await
}

pub(crate) async fn settings(talk: &Talk) -> Result<Settings, Error> {
    talk.look().await.map(|now| now.settings).ok_or_else(closing)
}

fn closing() -> Error {
    Error::new(ErrorKind::EngineFailed, "wilco", "The app is closing.")
}
