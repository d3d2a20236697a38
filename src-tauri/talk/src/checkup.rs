//! The doctor: everything that a turn needs, looked at one by one, each with what to do next. Its own file because window
//! and terminal ask for the same checks, and because nothing here may change anything.

use crate::{Booth, Keys, keys::named};
use audio::DeviceKind;
use std::sync::Mutex;
use store::History;
use tokio::task::JoinSet;
use voice::{Check, Error, ErrorKind, Probe, Settings, Subject, Verdict};

/// A clock that is off by more breaks certificates and signatures, in seconds.
const OFF: i64 = 120;
/// Below this a microphone hears nothing at all.
const SILENCE: f32 = 1e-5;
/// Packets of half a second.
const MOMENT: usize = 25;

impl Booth {
    /// Looks at devices, keyring, disk, engines, hosts and keys. With `online`, each service that has a key is asked for
    /// the smallest real thing as well, which some bill.
    pub async fn check(&self, keys: &Keys, settings: &Settings, history: &History, online: bool) -> Vec<Check> {
        let mut all = vec![self.check_microphone(settings).await];
        all.extend(check_speakers().await);
        all.push(keys.check_keyring().await);
        all.push(checked(Subject::Disk, "", history.note_down("check", "{}".into()).await, "notes can be written"));
        all.extend(keys.check_engines());
        all.extend(keys.check_services(settings, online).await);
        all
    }

    async fn check_microphone(&self, settings: &Settings) -> Check {
        let loudest = Mutex::new((0.0f32, None));
        let note = |probe| {
            let Ok(mut now) = loudest.lock() else { return };
            match probe {
                Probe::Level { rms } => now.0 = now.0.max(rms),
                Probe::Fault { error } => now.1 = Some(error),
                _ => {}
            }
        };
        let opened = self.glance(settings, MOMENT, note).await;
        let (rms, fault) = loudest.into_inner().unwrap_or_default();
        match (opened.err().or(fault), rms) {
            (Some(error), _) => wrong(Subject::Microphone, "", &error),
            (None, rms) if rms < SILENCE => {
                let error = Error::new(ErrorKind::ZeroSignal, "microphone", "it sends pure silence.");
                Check { verdict: Verdict::Warn, ..wrong(Subject::Microphone, "", &error) }
            }
            (None, rms) => {
                let loudest = format!("{:.0}", 20.0 * rms.log10());
                well(Subject::Microphone, &loudest, &format!("open, loudest at {loudest} dB"))
            }
        }
    }
}

async fn check_speakers() -> Option<Check> {
    let mut asked = JoinSet::new();
    asked.spawn_blocking(audio::devices);
    let there = asked.join_next().await?.ok()?;
    let default = there.iter().find(|one| one.kind == DeviceKind::Output && one.default);
    Some(match default.or_else(|| there.iter().find(|one| one.kind == DeviceKind::Output)) {
        Some(one) => well(Subject::Loudspeaker, &one.name, &one.name),
        None => {
            wrong(Subject::Loudspeaker, "", &Error::new(ErrorKind::NoSpeaker, "loudspeaker", "the system has none."))
        }
    })
}

impl Keys {
    async fn check_keyring(&self) -> Check {
        let check = checked(Subject::Keyring, "", self.keyring_answers().await, "it answers");
        // keys of the environment and of this session do without
        let verdict = check.verdict.min(Verdict::Warn);
        Check { verdict, ..check }
    }

    fn check_engines(&self) -> Vec<Check> {
        let missing = self.table.missing();
        let lack = |error: &Error| Check { verdict: Verdict::Warn, ..wrong(Subject::Engine, &error.source, error) };
        if missing.is_empty() {
            vec![well(Subject::Engines, "", "all are there")]
        } else {
            missing.iter().map(lack).collect()
        }
    }

    /// Those of the person's orders that have a key: is the host there, is the clock right, and does the key work.
    async fn check_services(&self, settings: &Settings, online: bool) -> Vec<Check> {
        let places = self.places(settings);
        let has_key = |name: &String| places.iter().any(|(of, _, place)| of == name && place.is_some());
        let keyed: Vec<String> = named(settings).into_iter().filter(has_key).collect();
        let mut all = Vec::new();
        for name in &keyed {
            let reached = self.table.reach(name, &settings.account(name), &settings.network).await;
            all.push(match reached {
                Ok(date) => self.clock_by(name, date.as_deref()),
                Err(error) => wrong(Subject::Way, name, &error),
            });
            if online {
                all.push(checked(Subject::Key, name, self.test(settings, name).await, "it is taken"));
            }
        }
        if keyed.is_empty() {
            all.push(well(Subject::Services, "", "no keys: everything is done on this computer"));
        }
        all
    }

    /// How far this computer's clock is from what the host says.
    fn clock_by(&self, name: &str, date: Option<&str>) -> Check {
        let theirs =
            date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok()).map(|date| date.timestamp().as_second());
        let ours = i64::try_from(self.clock.wall().as_secs()).unwrap_or_default();
        match theirs.map(|theirs| ours - theirs) {
            Some(off) if off.abs() > OFF => {
                let detail = format!("this computer's clock is {off} s off.");
                let error = Error::new(ErrorKind::WrongClock, name, detail);
                Check { verdict: Verdict::Warn, ..wrong(Subject::Way, name, &error) }
            }
            _ => well(Subject::Way, name, "it is there"),
        }
    }
}

fn checked(subject: Subject, value: &str, result: Result<(), Error>, well_when: &str) -> Check {
    result.map_or_else(|error| wrong(subject, value, &error), |()| well(subject, value, well_when))
}

fn well(subject: Subject, value: &str, found: &str) -> Check {
    Check {
        subject,
        value: value.to_owned(),
        verdict: Verdict::Ok,
        error: None,
        what: what(subject, value),
        found: found.to_owned(),
        next: String::new(),
    }
}

fn wrong(subject: Subject, value: &str, error: &Error) -> Check {
    let (kind, next) = (error.kind, error.kind.advice().to_owned());
    Check { verdict: Verdict::Fail, error: Some(kind), next, ..well(subject, value, &error.detail) }
}

/// The subject, for a terminal.
fn what(subject: Subject, value: &str) -> String {
    match subject {
        Subject::Microphone => "microphone".to_owned(),
        Subject::Loudspeaker => "loudspeaker".to_owned(),
        Subject::Keyring => "keyring".to_owned(),
        Subject::Disk => "disk".to_owned(),
        Subject::Engine => format!("engine {value}"),
        Subject::Engines => "engines".to_owned(),
        Subject::Way => format!("way to {value}"),
        Subject::Key => format!("key of {value}"),
        Subject::Services => "services".to_owned(),
    }
}
