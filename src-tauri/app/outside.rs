//! What comes in from outside the window: calls of `wilco press` and its like, and links of the form
//! `wilco://say?text=…`. A link may come from any page of the web, so it only fills the text box: the person sends it.

use crate::{events, hotkey, main_window};
use std::sync::Arc;
use store::Paths;
use talk::{
    Talk,
    remote::{self, Answer, Call, Status},
};
use tauri::{AppHandle, Manager, RunEvent, Url, Wry};
use voice::Event;

/// A draft is no longer than this, in characters: nobody reads more before sending it.
const LONGEST_DRAFT: usize = 2_000;

/// Serves calls for as long as the app runs.
pub(crate) async fn serve(app: AppHandle<Wry>) {
    let Some(paths) = Paths::of_this_person() else { return };
    let served = remote::serve(
        &paths.remote,
        Arc::new(move |call| {
            let app = app.clone();
            Box::pin(async move { answer(&app, call).await })
        }),
    );
    if let Err(error) = served.await {
        tracing::warn!(%error, "no remote control");
    }
}

async fn answer(app: &AppHandle<Wry>, call: Call) -> Answer {
    let talk = app.state::<Talk>();
    match (call.command(), call) {
        (Some(command), _) => talk.order(command).await,
        (None, Call::Status) => {
            let Some(now) = talk.look().await else { return Answer::refused("Wilco is closing.") };
            let now = Status::from(now);
            return Answer::Status(Status { key: hotkey::talk_key(app, now.key), ..now });
        }
        (None, Call::Draft { text }) => draft(app, &text),
        (None, _) => main_window::show(app),
    }
    Answer::Done
}

/// Does what the arguments of a start ask for, of this one or of a second one. `--hidden` is known to who builds windows.
pub(crate) fn started_with(app: &AppHandle<Wry>, arguments: &[String]) {
    for text in arguments.iter().filter_map(|argument| words_of(argument)) {
        draft(app, &text);
    }
}

/// Does what macOS tells the app that runs already, where other systems start a second one: a link was opened, or its icon
/// was clicked. **Never run by us.**
#[cfg_attr(
    not(target_os = "macos"),
    expect(clippy::needless_pass_by_value, unused_variables, reason = "only told there")
)]
pub(crate) fn happened(app: &AppHandle<Wry>, event: RunEvent) {
    #[cfg(target_os = "macos")]
    match event {
        RunEvent::Opened { urls } => started_with(app, &urls.iter().map(Url::to_string).collect::<Vec<_>>()),
        RunEvent::Reopen { .. } => main_window::show(app),
        _ => {}
    }
}

/// Shows `text` in the text box.
fn draft(app: &AppHandle<Wry>, text: &str) {
    let text: String = text.chars().filter(|char| !char.is_control() || *char == '\n').take(LONGEST_DRAFT).collect();
    main_window::show(app);
    events::tell(app, Event::Draft { text });
}

/// The words of a link, if it is one of ours that has any.
fn words_of(link: &str) -> Option<String> {
    let link = Url::parse(link).ok().filter(|link| link.scheme() == "wilco" && link.host_str() == Some("say"))?;
    let (_, text) = link.query_pairs().find(|(name, _)| name == "text")?;
    Some(text.into_owned()).filter(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::words_of;

    #[test]
    fn only_a_link_of_ours_has_words() {
        assert_eq!(words_of("wilco://say?text=what%20time%20is%20it%3F").as_deref(), Some("what time is it?"));
        assert_eq!(words_of("wilco://say/?x=1&text=да").as_deref(), Some("да"));
        for other in
            ["wilco://say", "wilco://say?text=%20", "wilco://press?text=x", "https://say/?text=x", "--hidden", ""]
        {
            assert_eq!(words_of(other), None, "{other}");
        }
    }
}
