//! The overlay: a small window above all others that shows, while a turn goes on, what is heard and said. It is never
//! focused, is made once the main window has been drawn, and is gone if the person does not want it: a web view costs
//! memory. It gets no event while it is hidden; that is the page's doing, which is told here what is shown.

use crate::{desktop, page::Page};
use std::{
    fs,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tauri::{
    AppHandle, LogicalSize, Manager, PhysicalPosition, WebviewUrl, WebviewWindow, WebviewWindowBuilder, Window,
    WindowEvent, Wry, async_runtime,
};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use voice::{Event, Settings, State};

pub(crate) const LABEL: &str = "overlay";
/// Logical pixels.
const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 84.0;
/// From the lower edge of the screen, where panels are.
const ABOVE_EDGE: f64 = 96.0;
/// By then a window that was shown is on the screen.
const MAPPED: Duration = Duration::from_millis(40);
/// How long the end of a reply stays to be read.
const LINGER: Duration = Duration::from_millis(1800);

/// What the overlay has to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Wanted {
    /// By the person.
    on: bool,
    /// The main window has been drawn: making another one holds nobody back.
    due: bool,
    /// A turn goes on.
    busy: bool,
}

/// The way to the overlay.
pub(crate) struct Overlay {
    wanted: watch::Sender<Wanted>,
    /// Where the person put it.
    place: Mutex<Option<PhysicalPosition<i32>>>,
}

impl Overlay {
    /// One as the settings want it; nothing is made before `follow`.
    pub(crate) fn new(settings: &Settings) -> Self {
        let wanted = Wanted { on: settings.appearance.overlay, ..Wanted::default() };
        Self { wanted: watch::channel(wanted).0, place: Mutex::default() }
    }

    /// Takes in what happened.
    pub(crate) fn see(&self, event: &Event) {
        let change = |change: fn(&mut Wanted, bool), to: bool| {
            self.wanted.send_if_modified(|wanted| {
                let before = *wanted;
                change(wanted, to);
                *wanted != before
            });
        };
        match event {
            Event::State { state } => change(|wanted, busy| wanted.busy = busy, *state != State::Ready),
            Event::Changed { settings, .. } => change(|wanted, on| wanted.on = on, settings.appearance.overlay),
            _ => {}
        }
    }

    /// The main window has been drawn.
    pub(crate) fn is_due(&self) {
        self.wanted.send_modify(|wanted| wanted.due = true);
    }

    fn place(&self) -> Option<PhysicalPosition<i32>> {
        *self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Remembers where the person drags it.
pub(crate) fn on_event(window: &Window<Wry>, event: &WindowEvent) {
    if let (LABEL, WindowEvent::Moved(place)) = (window.label(), event) {
        let overlay = window.state::<Overlay>();
        *overlay.place.lock().unwrap_or_else(PoisonError::into_inner) = Some(*place);
    }
}

/// Makes, shows and hides it for as long as the app runs.
pub(crate) async fn follow(app: AppHandle<Wry>) {
    let (overlay, page) = (app.state::<Overlay>(), app.state::<Arc<Page>>());
    let mut wishes = overlay.wanted.subscribe();
    let (mut shown, mut nudged) = (false, false);
    loop {
        let wanted = *wishes.borrow_and_update();
        match (wanted.on && wanted.due, app.get_webview_window(LABEL)) {
            (true, None) => make(&app),
            (false, Some(window)) => {
                page.detach();
                shown = false;
                drop(window.destroy());
            }
            (true, Some(window)) if wanted.busy && !shown => {
                shown = true;
                show(&app, &window);
                sleep(MAPPED).await;
                nudged = !nudged;
                nudge(&window, nudged);
            }
            _ => {}
        }
        let lingers = shown && !wanted.busy;
        let changed = if lingers { timeout(LINGER, wishes.changed()).await } else { Ok(wishes.changed().await) };
        match changed {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return,
            Err(_) => {
                shown = false;
                hide(&app, &page);
            }
        }
    }
}

fn make(app: &AppHandle<Wry>) {
    let seen_through = desktop::composites();
    let page = if seen_through { "overlay.html" } else { "overlay.html?opaque" };
    let built = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App(page.into()))
        .title("Wilco overlay")
        .inner_size(WIDTH, HEIGHT)
        // one that may not be resized is as high as GTK wants a web view to be
        .resizable(true)
        .decorations(false)
        // a page of its own colour is drawn late, or never, in a window that was made unseen
        .transparent(true)
        .shadow(false)
        .always_on_top(true)
        .visible_on_all_workspaces(true)
        .skip_taskbar(true)
        .focused(false)
        .focusable(false)
        .visible(false)
        .build();
    if let Err(error) = built {
        return tracing::warn!(%error, "no overlay");
    }
    let overlay = app.state::<Overlay>();
    let kept = file(app).and_then(|file| fs::read_to_string(file).ok()).and_then(|text| parsed(&text));
    *overlay.place.lock().unwrap_or_else(PoisonError::into_inner) = kept;
}

fn show(app: &AppHandle<Wry>, window: &WebviewWindow<Wry>) {
    let place = app.state::<Overlay>().place().filter(|place| on_a_screen(window, *place));
    let moved = match place.or_else(|| usual_place(window)) {
        Some(place) => window.set_position(place),
        None => Ok(()),
    };
    if let Err(error) = moved.and_then(|()| window.show()) {
        tracing::warn!(%error, "the overlay is not seen");
    }
}

/// WebKitGTK draws nothing in a window that was made unseen, until that is resized on the screen.
fn nudge(window: &WebviewWindow<Wry>, larger: bool) {
    let height = if larger { HEIGHT + 1.0 } else { HEIGHT };
    if cfg!(target_os = "linux")
        && let Err(error) = window.set_size(LogicalSize::new(WIDTH, height))
    {
        tracing::warn!(%error, "the overlay may be blank");
    }
}

fn hide(app: &AppHandle<Wry>, page: &Page) {
    page.unseen();
    if let Some(window) = app.get_webview_window(LABEL)
        && let Err(error) = window.hide()
    {
        tracing::warn!(%error, "the overlay stays");
    }
    let (Some(file), Some(place)) = (file(app), app.state::<Overlay>().place()) else { return };
    async_runtime::spawn_blocking(move || {
        // a place that cannot be kept is the usual one next time
        drop(
            file.parent()
                .map(fs::create_dir_all)
                .transpose()
                .and_then(|_| fs::write(&file, format!("{} {}", place.x, place.y))),
        );
    });
}

fn file(app: &AppHandle<Wry>) -> Option<PathBuf> {
    Some(app.path().app_local_data_dir().ok()?.join("overlay-place"))
}

fn parsed(text: &str) -> Option<PhysicalPosition<i32>> {
    let (x, y) = text.trim().split_once(' ')?;
    Some(PhysicalPosition::new(x.parse().ok()?, y.parse().ok()?))
}

/// A screen may have gone since.
fn on_a_screen(window: &WebviewWindow<Wry>, place: PhysicalPosition<i32>) -> bool {
    let within = |at: i32, from: i32, length: u32| at >= from && at < from.saturating_add_unsigned(length);
    window.available_monitors().unwrap_or_default().iter().any(|monitor| {
        within(place.x, monitor.position().x, monitor.size().width)
            && within(place.y, monitor.position().y, monitor.size().height)
    })
}

/// In the middle of the lower edge.
fn usual_place(window: &WebviewWindow<Wry>) -> Option<PhysicalPosition<i32>> {
    let monitor = window.primary_monitor().ok()??;
    let (scale, size, corner) =
        (monitor.scale_factor(), monitor.size().to_logical::<f64>(monitor.scale_factor()), monitor.position());
    let (x, y) = ((size.width - WIDTH) / 2.0 * scale, (size.height - HEIGHT - ABOVE_EDGE) * scale);
    #[expect(clippy::cast_possible_truncation, reason = "pixels of a screen")]
    Some(PhysicalPosition::new(corner.x + x as i32, corner.y + y as i32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_cannot_be_read_is_none() {
        assert_eq!(parsed("12 -7\n"), Some(PhysicalPosition::new(12, -7)));
        for bad in ["", "12", "a b", "1 2 3", "99999999999 1"] {
            assert_eq!(parsed(bad), None, "{bad}");
        }
    }
}
