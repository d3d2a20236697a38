//! What the settings may ask beside orders and keys: to try microphone, voices and providers, to list devices and hosts, and
//! to take everything out or away. Adapters only, apart from the others because the window of a turn needs none of it.

use crate::{commands::settings, history::downloads};
use audio::DeviceKind;
use std::sync::Arc;
use store::{Export, Extent, History, Paths};
use talk::{Booth, Gone, Keys, Support, Talk};
use tauri::{
    AppHandle, State, async_runtime,
    ipc::{Channel, InvokeBody, Request},
};
use voice::{Check, Error, ErrorKind, ExportFormat, Probe, Ranking, Reached, Secret, SoundDevice, Take, Trial, TurnId};

/// Asks every provider a few times, and gives the orders that follow from it.
#[tauri::command]
pub(crate) async fn trial(
    results: Channel<Trial>,
    booth: State<'_, Booth>,
    keys: State<'_, Arc<Keys>>,
    talk: State<'_, Talk>,
) -> Result<Vec<Ranking>, Error> {
    // a page that is being closed misses nothing
    let tell = |trial| drop(results.send(trial));
    Ok(booth.trial(&keys, &settings(&talk).await?, tell).await)
}

/// Says `text` with a voice of `provider`, or of the first that is there.
#[tauri::command]
pub(crate) async fn hear_voice(
    provider: String,
    voice: String,
    text: String,
    booth: State<'_, Booth>,
    talk: State<'_, Talk>,
) -> Result<(), Error> {
    booth.say(&settings(&talk).await?, &provider, &voice, text).await
}

/// Opens the microphone for a trial.
#[tauri::command]
pub(crate) async fn listen(
    take: Take,
    probes: Channel<Probe>,
    booth: State<'_, Booth>,
    talk: State<'_, Talk>,
) -> Result<(), Error> {
    booth.listen(&settings(&talk).await?, take, |probe| drop(probes.send(probe))).await
}

/// Ends whatever is tried.
#[tauri::command]
pub(crate) async fn stop_trying(booth: State<'_, Booth>) -> Result<(), Error> {
    booth.stop();
    Ok(())
}

/// Microphones and loudspeakers to choose from.
#[tauri::command]
pub(crate) async fn devices() -> Vec<SoundDevice> {
    let listed = async_runtime::spawn_blocking(audio::devices).await.unwrap_or_default();
    listed.into_iter().map(shown).collect()
}

fn shown(one: audio::Device) -> SoundDevice {
    let input = one.kind == DeviceKind::Input;
    SoundDevice { id: one.id, name: one.name, input, default: one.default }
}

/// Which host got what.
#[tauri::command]
pub(crate) async fn reached(history: State<'_, History>) -> Result<Vec<Reached>, Error> {
    history.reached().await
}

/// Deletes every turn, recording, note, cache, log and key. The settings stay.
#[tauri::command]
pub(crate) async fn forget_everything(
    history: State<'_, History>,
    keys: State<'_, Arc<Keys>>,
    talk: State<'_, Talk>,
) -> Result<(), Error> {
    let forgotten = keys.forget_all(&settings(&talk).await?).await;
    talk.forget(Gone::Everything).await;
    history.forget_everything(false).await.and(forgotten)
}

/// Writes all turns into the person's folder of downloads, recordings beside them, and gives the path of the file.
#[tauri::command]
pub(crate) async fn export_all(app: AppHandle, history: State<'_, History>) -> Result<String, Error> {
    let folder = downloads(&app)?;
    let (to, sound) = (folder.join("wilco.json"), Some(folder.join("wilco-recordings")));
    history.export(Export { format: ExportFormat::Json, extent: Extent::All, to: to.clone(), sound }).await?;
    Ok(to.display().to_string())
}

/// Takes the turns of such a file that are not here yet; gives how many. The bytes of the file are the whole request.
#[tauri::command]
pub(crate) async fn import_history(file: Request<'_>, history: State<'_, History>) -> Result<usize, Error> {
    let InvokeBody::Raw(text) = file.body() else {
        return Err(Error::new(ErrorKind::NotAnExport, "import", "the page sent no file."));
    };
    Ok(history.import_text("import".to_owned(), text.clone()).await?.taken)
}

/// Looks at everything that a turn needs; nothing of it is billed.
#[tauri::command]
pub(crate) async fn check_everything(
    booth: State<'_, Booth>,
    keys: State<'_, Arc<Keys>>,
    history: State<'_, History>,
    talk: State<'_, Talk>,
) -> Result<Vec<Check>, Error> {
    Ok(booth.check(&keys, &settings(&talk).await?, &history, false).await)
}

/// Writes a file for whoever helps into the person's folder of downloads, and gives its path.
#[tauri::command]
pub(crate) async fn support(
    turn: Option<TurnId>,
    speech: bool,
    app: AppHandle,
    booth: State<'_, Booth>,
    keys: State<'_, Arc<Keys>>,
    history: State<'_, History>,
    talk: State<'_, Talk>,
) -> Result<String, Error> {
    let logs = Paths::of_this_person().map(|paths| paths.logs);
    let wanted = Support { turn, speech, folder: downloads(&app)?, logs };
    let path = booth.support(&keys, &settings(&talk).await?, &history, wanted).await?;
    Ok(path.display().to_string())
}

/// Of this program.
#[tauri::command]
pub(crate) fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// Keeps the password of the proxy; an empty one is forgotten.
#[tauri::command]
pub(crate) async fn set_proxy_password(
    password: String,
    keys: State<'_, Arc<Keys>>,
    talk: State<'_, Talk>,
) -> Result<(), Error> {
    keys.set_proxy_password(&settings(&talk).await?, Secret::new(password)).await?;
    talk.renew().await;
    Ok(())
}
