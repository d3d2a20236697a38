//! Whether windows are drawn by a graphics card. Without one WebKitGTK would have a software renderer imitate it: a window
//! then comes up to two seconds late at its first showing, and its processes take 90 MiB more. Its own file because it has
//! to be settled before the first window, and by the environment, which is the only way to tell WebKitGTK.

use std::{env, fs, os::unix::process::CommandExt, path::Path, process::Command};

/// Set by a person, too; then it stays as it is.
const PLAIN: &str = "WEBKIT_DISABLE_COMPOSITING_MODE";
/// Where Linux has a file `renderD…` for each card that can draw.
const CARDS: &str = "/dev/dri";

/// Begins this program anew where windows have to be drawn without a graphics card.
pub(crate) fn settle() {
    if env::var_os(PLAIN).is_some() || can_draw(Path::new(CARDS)) {
        return;
    }
    // comes back only if it failed
    let error = match env::current_exe() {
        Ok(program) => Command::new(program).args(env::args_os().skip(1)).env(PLAIN, "1").exec(),
        Err(error) => error,
    };
    tracing::warn!(%error, "windows are drawn as if there was a graphics card");
}

fn can_draw(cards: &Path) -> bool {
    let Ok(cards) = fs::read_dir(cards) else { return false };
    cards.flatten().any(|card| card.file_name().as_encoded_bytes().starts_with(b"renderD"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_that_only_shows_cannot_draw() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        assert!(!can_draw(&folder.path().join("none")));
        fs::write(folder.path().join("card0"), "")?;
        assert!(!can_draw(folder.path()));
        fs::write(folder.path().join("renderD128"), "")?;
        assert!(can_draw(folder.path()));
        Ok(())
    }
}
