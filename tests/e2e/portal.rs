//! A stand-in for the part of a Wayland desktop that catches keys: the backend behind the real portal. It gives each
//! shortcut the key that was proposed, or with `--none` binds nothing, as KDE 5.27 does; says what was proposed, and presses
//! and lets go what its input names: `down talk`, `up talk`.
#![allow(clippy::unwrap_used, missing_docs, reason = "a tool of tests may stop at the first surprise")]

use std::{collections::HashMap, env, io::stdin, time::SystemTime};
use zbus::{
    ObjectServer,
    blocking::connection,
    interface,
    object_server::SignalEmitter,
    zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value},
};

const PLACE: &str = "/org/freedesktop/portal/desktop";

type Words = HashMap<String, OwnedValue>;

#[derive(Default)]
struct Desktop {
    session: OwnedObjectPath,
    keys: Vec<(String, Words)>,
    binds_nothing: bool,
}

struct Session;

#[interface(name = "org.freedesktop.impl.portal.Session")]
impl Session {
    fn close(&self) {}

    #[zbus(property)]
    fn version(&self) -> u32 {
        1
    }
}

#[interface(name = "org.freedesktop.impl.portal.GlobalShortcuts")]
impl Desktop {
    async fn create_session(
        &mut self,
        _handle: OwnedObjectPath,
        session: OwnedObjectPath,
        _app: String,
        _options: Words,
        #[zbus(object_server)] server: &ObjectServer,
    ) -> (u32, Words) {
        server.at(session.clone(), Session).await.unwrap();
        self.session = session;
        (0, Words::new())
    }

    fn bind_shortcuts(
        &mut self,
        _handle: OwnedObjectPath,
        _session: OwnedObjectPath,
        wanted: Vec<(String, Words)>,
        _parent: String,
        _options: Words,
    ) -> (u32, Words) {
        for (name, words) in wanted {
            let word = |name: &str| words.get(name).map(|value| String::try_from(value.clone()).unwrap());
            let (does, key) = (word("description").unwrap(), word("preferred_trigger").unwrap_or_default());
            println!("{name} {key} {does}");
            if self.binds_nothing {
                continue;
            }
            let given = [("description", does), ("trigger_description", key)];
            let given = given.map(|(name, text)| (name.to_owned(), owned(Value::from(text))));
            self.keys.push((name, given.into()));
        }
        (0, self.bound())
    }

    fn list_shortcuts(&self, _handle: OwnedObjectPath, _session: OwnedObjectPath) -> (u32, Words) {
        (0, self.bound())
    }

    #[zbus(property)]
    fn version(&self) -> u32 {
        1
    }

    #[zbus(signal)]
    async fn activated(
        to: &SignalEmitter<'_>,
        session: ObjectPath<'_>,
        key: &str,
        at: u64,
        more: Words,
    ) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn deactivated(
        to: &SignalEmitter<'_>,
        session: ObjectPath<'_>,
        key: &str,
        at: u64,
        more: Words,
    ) -> zbus::Result<()>;
}

impl Desktop {
    fn bound(&self) -> Words {
        [("shortcuts".to_owned(), owned(Value::from(self.keys.clone())))].into()
    }
}

fn owned(value: Value<'_>) -> OwnedValue {
    value.try_into().unwrap()
}

#[expect(clippy::disallowed_methods, reason = "a tool of tests owns its clock")]
fn main() {
    let desktop = Desktop { binds_nothing: env::args().any(|option| option == "--none"), ..Desktop::default() };
    let desktop = connection::Builder::session().unwrap().serve_at(PLACE, desktop).unwrap();
    let bus = desktop.name("org.freedesktop.impl.portal.desktop.fake").unwrap().build().unwrap();
    println!("ready");
    let desktop = bus.object_server().interface::<_, Desktop>(PLACE).unwrap();
    for line in stdin().lines() {
        let line = line.unwrap();
        let (edge, key) = line.split_once(' ').unwrap();
        let at = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis() as u64;
        let (session, to) = (desktop.get().session.clone(), desktop.signal_emitter());
        zbus::block_on(async {
            match edge {
                "down" => Desktop::activated(to, session.into(), key, at, Words::new()).await,
                _ => Desktop::deactivated(to, session.into(), key, at, Words::new()).await,
            }
        })
        .unwrap();
    }
}
