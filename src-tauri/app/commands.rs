//! What the page may ask: to see, to order, and to set, forget or test keys, which it can never read. Adapters only.

use crate::page::Page;
use std::sync::Arc;
use talk::{Keys, Talk};
use tauri::{State, ipc::Channel};
use voice::{Command, Error, ErrorKind, Event, Offers, Secret, Settings, Snapshot};

/// Sends all further events to `events` and says how things are now.
#[tauri::command]
pub(crate) async fn attach(
    events: Channel<Event>,
    page: State<'_, Arc<Page>>,
    talk: State<'_, Talk>,
) -> Result<Snapshot, Error> {
    let early = page.attach(events);
    let mut snapshot = talk.look().await.ok_or_else(closing)?;
    snapshot.troubles.extend(early);
    Ok(snapshot)
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
