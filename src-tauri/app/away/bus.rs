//! What Linux tells of locks and sleep over D-Bus: login1 on the system's bus, screen savers on the session's.

use super::{Told, tell};
use std::{collections::HashMap, thread};
use tauri::{AppHandle, Wry};
use voice::Away;
use zbus::{
    MatchRule, Message,
    blocking::{Connection, MessageIterator, fdo::DBusProxy},
    zvariant::{OwnedObjectPath, Value},
};

const LOGIN: &str = "org.freedesktop.login1";
const SESSIONS: &str = "/org/freedesktop/login1/session/";
/// Every desktop has a screen saver of its own name, and they all say `ActiveChanged`; Unity does not.
const SCREEN: [&str; 2] =
    ["type='signal',member='ActiveChanged'", "type='signal',interface='com.canonical.Unity.Session'"];

/// Listens to both buses for as long as they last, on a thread each: a bus can only be waited for.
pub(super) fn follow(app: &AppHandle<Wry>) {
    let (system, session) = (app.clone(), app.clone());
    attend("login", move || {
        let bus = Connection::system()?;
        let own = own_session(&bus);
        let rules = [format!("type='signal',sender='{LOGIN}'")];
        listen(&bus, &rules, |message| login(message, own.as_deref()), &system)
    });
    attend("screen saver", move || listen(&Connection::session()?, &SCREEN, screen, &session));
}

fn attend(name: &'static str, work: impl FnOnce() -> zbus::Result<()> + Send + 'static) {
    let work = move || {
        if let Err(error) = work() {
            tracing::info!(%error, "{name} tells nothing of locks");
        }
    };
    if let Err(error) = thread::Builder::new().name(name.into()).spawn(work) {
        tracing::warn!(%error, "{name} is not listened to");
    }
}

fn listen(
    bus: &Connection,
    rules: &[impl AsRef<str>],
    read: impl Fn(&Message) -> Vec<Told>,
    app: &AppHandle<Wry>,
) -> zbus::Result<()> {
    let messages = MessageIterator::from(bus);
    let table = DBusProxy::new(bus)?;
    for rule in rules {
        table.add_match_rule(MatchRule::try_from(rule.as_ref())?)?;
    }
    for message in messages {
        read(&message?).into_iter().for_each(|told| tell(app, told));
    }
    Ok(())
}

/// The session this app runs in; without one only sleep is known.
fn own_session(bus: &Connection) -> Option<String> {
    if let Ok(id) = std::env::var("XDG_SESSION_ID") {
        return Some(format!("{SESSIONS}{}", label(&id)));
    }
    let manager = Some("org.freedesktop.login1.Manager");
    let asked =
        bus.call_method(Some(LOGIN), "/org/freedesktop/login1", manager, "GetSessionByPID", &std::process::id());
    asked.ok()?.body().deserialize::<OwnedObjectPath>().ok().map(|path| path.to_string())
}

/// A name as systemd writes it into a path: what is no letter, and a digit in front, as `_` and two hex digits.
fn label(id: &str) -> String {
    let mut path = String::new();
    for (at, byte) in id.bytes().enumerate() {
        if byte.is_ascii_alphabetic() || (at > 0 && byte.is_ascii_digit()) {
            path.push(char::from(byte));
        } else {
            path.push_str(&format!("_{byte:02x}"));
        }
    }
    path
}

/// A signal of login1, of which those about other sessions do not concern us.
fn login(message: &Message, own: Option<&str>) -> Vec<Told> {
    let (header, body) = (message.header(), message.body());
    let member = header.member().map(|member| member.as_str());
    let ours = own.is_some() && header.path().map(|path| path.as_str()) == own;
    match (header.interface().map(|interface| interface.as_str()), member) {
        (Some("org.freedesktop.login1.Manager"), Some("PrepareForSleep")) => {
            body.deserialize::<bool>().map(|sleeps| (Away::Asleep, sleeps)).into_iter().collect()
        }
        (Some("org.freedesktop.login1.Session"), Some("Lock")) if ours => vec![(Away::Locked, true)],
        (Some("org.freedesktop.login1.Session"), Some("Unlock")) if ours => vec![(Away::Locked, false)],
        (Some("org.freedesktop.DBus.Properties"), Some("PropertiesChanged")) if ours => {
            let Ok((_, changed, _)) = body.deserialize::<(&str, HashMap<&str, Value<'_>>, Vec<&str>)>() else {
                return Vec::new();
            };
            let flag = |name: &str| changed.get(name).and_then(|value| bool::try_from(value).ok());
            let active = flag("Active").map(|active| (Away::Elsewhere, !active));
            active.into_iter().chain(flag("LockedHint").map(|locked| (Away::Locked, locked))).collect()
        }
        _ => Vec::new(),
    }
}

/// A signal of a screen saver.
fn screen(message: &Message) -> Vec<Told> {
    let header = message.header();
    let interface = header.interface().map(|interface| interface.as_str()).unwrap_or_default();
    match header.member().map(|member| member.as_str()) {
        Some("ActiveChanged") if interface.ends_with(".ScreenSaver") => {
            message.body().deserialize::<bool>().map(|active| (Away::Locked, active)).into_iter().collect()
        }
        Some("Locked") if interface == "com.canonical.Unity.Session" => vec![(Away::Locked, true)],
        Some("Unlocked") if interface == "com.canonical.Unity.Session" => vec![(Away::Locked, false)],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "/org/freedesktop/login1/session/_32";

    fn signal<B>(path: &str, interface: &str, member: &str, body: &B) -> Message
    where
        B: zbus::export::serde::Serialize + zbus::zvariant::DynamicType,
    {
        Message::signal(path, interface, member).unwrap().build(body).unwrap()
    }

    #[test]
    fn sleep_concerns_everybody_and_a_lock_only_its_own_session() {
        let manager = "/org/freedesktop/login1";
        for sleeps in [true, false] {
            let message = signal(manager, "org.freedesktop.login1.Manager", "PrepareForSleep", &sleeps);
            assert_eq!(login(&message, None), [(Away::Asleep, sleeps)]);
        }
        for (member, locked) in [("Lock", true), ("Unlock", false)] {
            let message = signal(OWN, "org.freedesktop.login1.Session", member, &());
            assert_eq!(login(&message, Some(OWN)), [(Away::Locked, locked)]);
            assert_eq!(login(&message, Some("/org/freedesktop/login1/session/_33")), []);
            assert_eq!(login(&message, None), []);
        }
    }

    #[test]
    fn another_persons_session_on_the_screen_is_told_by_a_property() {
        let changed = |name, value: bool| {
            let all = HashMap::from([(name, Value::from(value))]);
            let body = ("org.freedesktop.login1.Session", all, Vec::<&str>::new());
            signal(OWN, "org.freedesktop.DBus.Properties", "PropertiesChanged", &body)
        };
        assert_eq!(login(&changed("Active", false), Some(OWN)), [(Away::Elsewhere, true)]);
        assert_eq!(login(&changed("Active", true), Some(OWN)), [(Away::Elsewhere, false)]);
        assert_eq!(login(&changed("LockedHint", true), Some(OWN)), [(Away::Locked, true)]);
        assert_eq!(login(&changed("IdleHint", true), Some(OWN)), []);
    }

    #[test]
    fn screen_savers_of_every_desktop_are_understood() {
        for name in ["org.freedesktop.ScreenSaver", "org.gnome.ScreenSaver", "org.cinnamon.ScreenSaver"] {
            assert_eq!(screen(&signal("/ScreenSaver", name, "ActiveChanged", &true)), [(Away::Locked, true)], "{name}");
        }
        assert_eq!(screen(&signal("/x", "org.example.Lamp", "ActiveChanged", &true)), []);
        let unity = |member| screen(&signal("/x", "com.canonical.Unity.Session", member, &()));
        assert_eq!((unity("Locked"), unity("Unlocked")), (vec![(Away::Locked, true)], vec![(Away::Locked, false)]));
    }

    #[test]
    fn a_session_is_written_as_systemd_does() {
        assert_eq!((label("2"), label("c1"), label("a-b")), ("_32".into(), "c1".into(), "a_2db".into()));
    }
}
