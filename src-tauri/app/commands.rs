//! What the page may ask: to see, and to order. Adapters only.

use crate::page::Page;
use std::sync::Arc;
use talk::Talk;
use tauri::{State, ipc::Channel};
use voice::{Command, Error, ErrorKind, Event, Snapshot};

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

fn closing() -> Error {
    Error::new(ErrorKind::EngineFailed, "wilco", "The app is closing.")
}
