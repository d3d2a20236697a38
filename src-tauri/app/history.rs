//! What the page may ask of the history: to look, to name, to delete, to export. Adapters only, apart from those about keys
//! because these reach the store and no turn.

use std::path::PathBuf;
use store::{Export, Extent, History};
use talk::{Clock, Gone, Talk};
use tauri::{AppHandle, Manager, State};
use voice::{
    Conversation, ConversationId, Entry, Error, ErrorKind, ExportFormat, Figures, Found, Page, Span, SpentDay, TurnId,
};

/// Conversations by their last turn, newest first.
#[tauri::command]
pub(crate) async fn conversations(page: Page, history: State<'_, History>) -> Result<Vec<Conversation>, Error> {
    history.conversations(page).await
}

/// The newest turns of a conversation before a point, in their order.
#[tauri::command]
pub(crate) async fn turns(
    conversation: ConversationId,
    page: Page,
    history: State<'_, History>,
) -> Result<Vec<Entry>, Error> {
    history.turns(conversation, page).await
}

/// Turns in which every word of `text` occurs, newest first.
#[tauri::command]
pub(crate) async fn search(text: String, page: Page, history: State<'_, History>) -> Result<Vec<Found>, Error> {
    history.search(text, page).await
}

/// How the turns of the last time went.
#[tauri::command]
pub(crate) async fn figures(span: Span, history: State<'_, History>) -> Result<Figures, Error> {
    history.figures(span, Clock::system().unix_ms()).await
}

/// What was paid on which day.
#[tauri::command]
pub(crate) async fn spent(history: State<'_, History>) -> Result<Vec<SpentDay>, Error> {
    history.spent().await
}

/// Names a conversation.
#[tauri::command]
pub(crate) async fn rename(
    conversation: ConversationId,
    name: String,
    history: State<'_, History>,
) -> Result<(), Error> {
    history.rename(conversation, name).await
}

/// Gives a conversation a star, or takes it away.
#[tauri::command]
pub(crate) async fn star(
    conversation: ConversationId,
    starred: bool,
    history: State<'_, History>,
) -> Result<(), Error> {
    history.star_conversation(conversation, starred).await
}

/// Deletes a turn and its recording.
#[tauri::command]
pub(crate) async fn delete_turn(turn: TurnId, history: State<'_, History>, talk: State<'_, Talk>) -> Result<(), Error> {
    history.delete(turn).await?;
    talk.forget(Gone::Turn(turn)).await;
    Ok(())
}

/// Deletes a conversation and its recordings.
#[tauri::command]
pub(crate) async fn delete_conversation(
    conversation: ConversationId,
    history: State<'_, History>,
    talk: State<'_, Talk>,
) -> Result<(), Error> {
    history.delete_conversation(conversation).await?;
    talk.forget(Gone::Conversation(conversation)).await;
    Ok(())
}

/// Writes a conversation into the person's folder of downloads, and gives the path of the file.
#[tauri::command]
pub(crate) async fn export(
    conversation: ConversationId,
    format: ExportFormat,
    app: AppHandle,
    history: State<'_, History>,
) -> Result<String, Error> {
    let to = downloads(&app)?.join(file_name(conversation, format));
    let extent = Extent::Conversation(conversation);
    history.export(Export { format, extent, to: to.clone(), sound: None }).await?;
    Ok(to.display().to_string())
}

/// Writes a turn and its recording into the person's folder of downloads, and gives the path of the file with the words.
#[tauri::command]
pub(crate) async fn export_turn(turn: TurnId, app: AppHandle, history: State<'_, History>) -> Result<String, Error> {
    let folder = downloads(&app)?;
    let to = folder.join(format!("wilco-turn-{}.md", turn.0));
    let extent = Extent::Turn(turn);
    history.export(Export { format: ExportFormat::Markdown, extent, to: to.clone(), sound: Some(folder) }).await?;
    Ok(to.display().to_string())
}

/// Where files for the person go.
///
/// # Errors
/// `Storage` if the system knows no such folder.
pub(crate) fn downloads(app: &AppHandle) -> Result<PathBuf, Error> {
    let nowhere = |error: tauri::Error| Error::new(ErrorKind::Storage, "downloads", error.to_string());
    app.path().download_dir().or_else(|_| app.path().home_dir()).map_err(nowhere)
}

/// Nothing that was said is in the name of a file.
fn file_name(ConversationId(number): ConversationId, format: ExportFormat) -> String {
    let ending = match format {
        ExportFormat::Markdown => "md",
        ExportFormat::Json => "json",
        ExportFormat::Srt => "srt",
    };
    format!("wilco-{number}.{ending}")
}
