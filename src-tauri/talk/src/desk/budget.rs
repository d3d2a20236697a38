//! What the desk does about money: it counts what turns cost once they are over, tells when a month comes near its limit, and
//! keeps to it.

use super::Desk;
use crate::spending::Level;
use voice::{AtCap, Command, Error, ErrorKind, Settings, Usage};

impl Desk {
    /// A turn is over, and this is what it used.
    pub(super) fn spend(&mut self, usage: &[Usage]) {
        if usage.is_empty() {
            return;
        }
        self.turn_to_today();
        self.purse.pay(usage);
        // it is kept when it is kept; what fails there is told by the history itself
        drop(self.house.history.spend(self.today(), usage.to_vec()));
        self.look_at_the_limit();
    }

    /// Whether `command` may be obeyed. What a key begins is known when it does.
    pub(super) fn can_afford_to(&mut self, command: &Command) -> bool {
        let begins = matches!(command, Command::Say { .. } | Command::Retry { .. } | Command::Repeat);
        !begins || self.can_afford()
    }

    /// Whether a turn may begin: not if the month has cost what it may.
    pub(super) fn can_afford(&mut self) -> bool {
        self.turn_to_today();
        let stopped = self.purse.at_cap(&self.plan.settings.spending, AtCap::Stop);
        if stopped {
            self.trouble(self.reached(ErrorKind::CapReached));
        }
        !stopped
    }

    /// The settings as they are in force: a month that has cost what it may can mean to stay on this computer.
    pub(super) fn in_force(&self) -> Settings {
        let mut settings = self.house.settings.current().clone();
        settings.network.local_only |= self.purse.at_cap(&settings.spending, AtCap::Local);
        settings
    }

    /// Tells of the limit what is new, and keeps to it.
    pub(super) fn look_at_the_limit(&mut self) {
        let news = self.purse.news(&self.house.settings.current().spending);
        match news {
            Some(Level::Near) => self.trouble(self.reached(ErrorKind::NearCap)),
            Some(Level::Over) => self.trouble(self.reached(ErrorKind::CapReached)),
            Some(Level::Fine) | None => {}
        }
        if self.in_force().network.local_only != self.plan.settings.network.local_only {
            self.renew();
        }
    }

    /// With a new month the limit is far again.
    fn turn_to_today(&mut self) {
        if self.purse.turns_to(&self.today()) {
            self.look_at_the_limit();
        }
    }

    pub(super) fn today(&self) -> String {
        self.house.clock.local().date().to_string()
    }

    fn reached(&self, kind: ErrorKind) -> Error {
        let cap = self.house.settings.current().spending.monthly_cap;
        Error::new(kind, "Wilco", format!("US$ {:.2} / {cap:.2}", self.purse.usd))
    }
}
