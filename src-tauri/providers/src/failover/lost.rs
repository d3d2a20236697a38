//! Whether the way out of this machine is closed, or the door of one host at its end: a name that is not found, a
//! certificate that nobody vouches for and a page instead of an answer look the same in both cases. Its own file because
//! only several hosts together tell, and a failure knows but one.

use super::Blame;
use std::sync::Arc;
use voice::Error;

/// Those of one question whose hosts were not reached.
#[derive(Default)]
pub(super) struct Lost(Vec<(String, Arc<str>)>);

impl Lost {
    /// Whose fault the failure of `name`, asked at the host `far`, is: the way is closed once a second host is not
    /// reached either.
    pub(super) fn blame(&mut self, name: &str, far: Option<Arc<str>>, error: &Error) -> Blame {
        let blame = Blame::of(error);
        let Some(host) = far.filter(|_| blame == Blame::Host) else { return blame };
        let closed = self.0.iter().any(|(_, other)| *other != host);
        self.0.push((name.to_owned(), host));
        if closed { Blame::Way } else { blame }
    }

    /// Somebody out there answers, so the way is open: names of those who could not be reached on it.
    pub(super) fn on_an_open_way(&mut self) -> impl Iterator<Item = String> + use<> {
        std::mem::take(&mut self.0).into_iter().map(|(name, _)| name)
    }
}
