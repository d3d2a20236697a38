//! Watches from the sound server's side which microphone our stream really hears. A server that takes a microphone away
//! gives the stream another one without a word, measured; who was to be recorded by one is then recorded by another. Its
//! own file because the judgement is pure, and systems without such a server have no witness.

use crate::server::Server;
use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    thread,
    time::Duration,
};

/// How often it looks. A look costs the server less than a millisecond.
const LOOK: Duration = Duration::from_millis(100);
/// A server moves a stream within a second after the system chose anew: looks.
const SETTLING: u32 = 10;
/// Things seen that the worker has not taken yet.
const SEEN: usize = 8;

/// A microphone, as the server knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) index: u32,
    /// Its identifier, the same each time it is plugged in.
    pub(crate) id: String,
    /// As it is listed.
    pub(crate) label: String,
    pub(crate) muted: bool,
    /// It hears a loudspeaker and no person.
    pub(crate) monitor: bool,
}

/// All that concerns us at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct World {
    /// Our newest recording stream, and the index of what it hears.
    pub(crate) stream: Option<(u32, u32)>,
    pub(crate) sources: Vec<Known>,
    /// Identifier of the system's own choice.
    pub(crate) default: String,
}

/// What happened to the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Its microphone is not there any more.
    Gone,
    /// It hears another one now: identifier, and name as listed.
    Moved(String, String),
    /// The system prefers another one now; the stream stays, or is put back.
    Stayed,
    /// Its microphone was muted.
    Muted,
}

/// Looks as long as it lives.
pub(crate) struct Witness {
    seen: Receiver<Seen>,
    /// Nothing is ever sent: the thread ends when it is gone.
    _alive: SyncSender<()>,
}

impl Witness {
    /// Watches over the stream of the microphone with the identifier `bound`. `follow`: the system's choice may replace
    /// it. None if no thread can be started.
    pub(crate) fn start(bound: String, follow: bool) -> Option<Self> {
        if !Server::POSSIBLE {
            return None;
        }
        let (tell, seen) = sync_channel(SEEN);
        let (alive, ended) = sync_channel::<()>(0);
        let watch = move || {
            let mut server = None;
            let mut view = View { bound, follow, default: None, settling: 0, muted: false };
            while ended.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                let Some(world) = look(&mut server) else { continue };
                let (seen, back) = view.judge(&world);
                if let (Some((stream, source)), Some(server)) = (back, &mut server) {
                    server.move_stream(stream, source);
                }
                if seen.is_some_and(|seen| tell.try_send(seen).is_err()) {
                    return;
                }
            }
        };
        thread::Builder::new().name("microphone witness".into()).spawn(watch).ok()?;
        Some(Self { seen, _alive: alive })
    }

    /// The next thing it saw.
    pub(crate) fn saw(&self) -> Option<Seen> {
        self.seen.try_recv().ok()
    }
}

fn look(line: &mut Option<Server>) -> Option<World> {
    let mut server = line.take().or_else(Server::connect)?;
    let world = server.world()?;
    *line = Some(server);
    Some(world)
}

/// What is known so far.
struct View {
    bound: String,
    follow: bool,
    /// The system's choice when it was last looked at.
    default: Option<String>,
    /// Looks in which a move may still be the server's own, after the system chose anew.
    settling: u32,
    muted: bool,
}

impl View {
    /// What is new in `world`, and which stream is to be put back to which source.
    fn judge(&mut self, world: &World) -> (Option<Seen>, Option<(u32, u32)>) {
        let before = self.default.replace(world.default.clone());
        let chosen_anew = before.as_ref().is_some_and(|before| *before != world.default);
        self.settling = if chosen_anew { SETTLING } else { self.settling.saturating_sub(1) };
        let Some(bound) = world.sources.iter().find(|source| source.id == self.bound) else {
            // one that was never there is not known to this server
            return (before.map(|_| self.without(world)), None);
        };
        let Some((stream, at)) = world.stream else { return (None, None) };
        if at == bound.index {
            let newly = !std::mem::replace(&mut self.muted, bound.muted) && bound.muted;
            let seen = newly.then_some(Seen::Muted).or((chosen_anew && !self.follow).then_some(Seen::Stayed));
            return (seen, None);
        }
        match world.sources.iter().find(|source| source.index == at) {
            // somebody took the stream by hand; a new choice of the system is not that
            Some(other) if !other.monitor && (self.follow || self.settling == 0) => (Some(self.move_to(other)), None),
            _ => ((!chosen_anew || !self.follow).then_some(Seen::Stayed), Some((stream, bound.index))),
        }
    }

    fn without(&mut self, world: &World) -> Seen {
        let other = world.stream.and_then(|(_, at)| world.sources.iter().find(|source| source.index == at));
        match other {
            Some(other) if self.follow && !other.monitor => self.move_to(other),
            _ => Seen::Gone,
        }
    }

    fn move_to(&mut self, other: &Known) -> Seen {
        self.bound.clone_from(&other.id);
        self.muted = other.muted;
        Seen::Moved(other.id.clone(), other.label.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Microphones 1 "desk" and 2 "head", and 3, a loudspeaker's monitor; our stream is 7.
    fn world(at: u32, default: &str) -> World {
        let source = |index: u32, id: &str| Known {
            index,
            id: id.into(),
            label: format!("The {id}"),
            muted: false,
            monitor: index == 3,
        };
        let sources = vec![source(1, "desk"), source(2, "head"), source(3, "loud.monitor")];
        World { stream: Some((7, at)), sources, default: default.into() }
    }

    fn view(follow: bool) -> View {
        let mut view = View { bound: "desk".into(), follow, default: None, settling: 0, muted: false };
        assert_eq!(view.judge(&world(1, "desk")), (None, None), "all is well at first");
        view
    }

    fn without_desk(at: u32) -> World {
        let mut world = world(at, "head");
        world.sources.remove(0);
        world
    }

    #[test]
    fn an_unplugged_microphone_is_gone_or_followed() {
        assert_eq!(view(false).judge(&without_desk(2)), (Some(Seen::Gone), None));
        assert_eq!(view(false).judge(&without_desk(1)), (Some(Seen::Gone), None), "not moved yet");
        let moved = Seen::Moved("head".into(), "The head".into());
        assert_eq!(view(true).judge(&without_desk(2)), (Some(moved), None));
        assert_eq!(view(true).judge(&without_desk(3)), (Some(Seen::Gone), None), "a monitor is no microphone");
    }

    #[test]
    fn a_new_choice_of_the_system_moves_nobody_who_does_not_want_it() {
        let mut stays = view(false);
        assert_eq!(stays.judge(&world(2, "head")), (Some(Seen::Stayed), Some((7, 1))), "it is put back");
        assert_eq!(stays.judge(&world(1, "head")), (None, None), "and told once");
        let mut late = view(false);
        assert_eq!(late.judge(&world(1, "head")), (Some(Seen::Stayed), None));
        assert_eq!(late.judge(&world(2, "head")).1, Some((7, 1)), "a server that moves it later is no hand either");
        assert_eq!(view(false).judge(&world(1, "head")), (Some(Seen::Stayed), None), "the server left it alone");
        let mut follows = view(true);
        assert_eq!(follows.judge(&world(2, "head")).0, Some(Seen::Moved("head".into(), "The head".into())));
        assert_eq!(follows.judge(&world(2, "head")), (None, None));
    }

    #[test]
    fn a_stream_that_is_moved_by_hand_is_left_there() {
        assert_eq!(view(false).judge(&world(2, "desk")).0, Some(Seen::Moved("head".into(), "The head".into())));
        assert_eq!(view(false).judge(&world(3, "desk")), (Some(Seen::Stayed), Some((7, 1))), "but no monitor");
    }

    #[test]
    fn a_muted_microphone_is_told_when_it_happens() {
        let mut view = view(false);
        let mut muted = world(1, "desk");
        muted.sources[0].muted = true;
        assert_eq!(view.judge(&muted), (Some(Seen::Muted), None));
        assert_eq!(view.judge(&muted), (None, None));
        assert_eq!(view.judge(&world(1, "desk")), (None, None));
        assert_eq!(view.judge(&muted), (Some(Seen::Muted), None), "again is told again; who listens may know better");
    }
}
