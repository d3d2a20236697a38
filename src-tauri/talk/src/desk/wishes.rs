//! What a person may wish for by word or by hand that outlives the turn: settings and timers.

use super::Desk;
use crate::{
    cue::Cue,
    hear::Inlet,
    intent::{self, Intent},
    key::Input,
    plan::Plan,
};
use serde_json::json;
use std::time::Duration;
use voice::{Event, Language, MicNews, Mode, Words};

/// One step of "louder".
const LOUDER: f32 = 0.2;
/// One step of "faster".
const FASTER: f32 = 1.2;

/// Something to be said later.
pub(super) struct Timer {
    due: Duration,
    set_for: Duration,
    language: Language,
}

impl Desk {
    /// Changes a setting for good and tells what is in force now, or why not.
    pub(super) fn set(&mut self, key: &str, value: &str) {
        if let Err(error) = self.house.settings.set(key, value) {
            return self.trouble(error);
        }
        if let Err(error) = self.house.settings.save() {
            self.trouble(error);
        }
        self.renew();
    }

    /// Has the next persona answer, by name; the usual one after the last.
    pub(super) fn next_persona(&mut self) {
        let settings = &self.plan.settings;
        let some = settings.personas.iter().filter(|(_, persona)| !persona.prompt.trim().is_empty());
        let next = some.map(|(name, _)| name).find(|name| **name > settings.persona);
        // text of JSON is text of TOML
        let next = json!(next.map_or("", String::as_str)).to_string();
        self.set("persona", &next);
    }

    /// Chooses anew who does what, and tells what is in force now. A turn that runs goes on as it began.
    pub(super) fn renew(&mut self) {
        let (before, open) = (self.plan.troubles(), self.plan.settings.audio.pre_roll_ms > 0);
        (self.plan, self.other) = Plan::both_ways(&self.house.table, &self.in_force(), self.house.clock);
        self.key.set_style(self.plan.settings.hotkeys.style);
        self.keep_for_as_long_as_wanted();
        let audio = &self.plan.settings.audio;
        self.house.microphone.stand_by(audio);
        if open != (audio.pre_roll_ms > 0) {
            (self.outlet)(Event::Microphone { news: MicNews::Standby { open: !open } });
        }
        (self.outlet)(Event::Changed { settings: self.plan.settings.clone().into(), keys: self.plan.keys.clone() });
        let fresh: Vec<_> = self.plan.troubles().into_iter().filter(|error| !before.contains(error)).collect();
        fresh.into_iter().for_each(|error| self.trouble(error));
        self.look_for_a_way();
        self.look_at_the_limit();
    }

    /// Answers what was typed.
    pub(super) fn typed(&mut self, text: String) {
        let text = text.trim().to_owned();
        if text.is_empty() {
            return;
        }
        let language = self.plan.settings.languages.mine.clone();
        self.without_microphone(Inlet::Text(Words { text, language, last: true, translation: None }));
    }

    /// Does what was said to the app itself; the answer is already on its way.
    pub(super) fn obey_words(&mut self, intent: &Intent) {
        let voice = &self.plan.settings.voice;
        let (volume, rate) = (voice.volume, voice.rate);
        match intent {
            Intent::Switch(mode) => self.switch(*mode),
            Intent::Into(language) => {
                self.set("languages.theirs", language.tag());
                self.switch(Mode::Translate);
            }
            Intent::Louder => self.set_volume(volume + LOUDER),
            Intent::Quieter => self.set_volume(volume - LOUDER),
            Intent::Volume(percent) => self.set_volume(f32::from(*percent) / 100.0),
            Intent::Faster => self.set_rate(rate * FASTER),
            Intent::Slower => self.set_rate(rate / FASTER),
            Intent::Timer(length) => self.timers.push(Timer {
                due: self.house.clock.now() + *length,
                set_for: *length,
                language: self.plan.settings.languages.mine.clone(),
            }),
            Intent::CancelTimer => self.timers.clear(),
            _ => {}
        }
    }

    /// Plays a short sound in the place of the one before, if the person wants them.
    pub(super) fn sound(&mut self, cue: Cue) {
        let settings = &self.plan.settings;
        if settings.audio.cues {
            // without a loudspeaker the screen says the same
            let played = self.house.speaker.play(&settings.audio, settings.voice.volume, cue.piece(), Box::new(|_| ()));
            self.cue = played.ok();
        }
    }

    /// When something is next to be done without being asked.
    pub(super) fn due(&self) -> Option<Duration> {
        // a timer that runs out while somebody talks waits for its moment
        let timer = if self.front.is_none() { self.next_timer() } else { None };
        [self.key.deadline(), self.beat.due(), timer].into_iter().flatten().min()
    }

    pub(super) fn tick(&mut self) {
        self.key(Input::Tick);
        self.pulse();
        if self.front.is_none() {
            self.ring();
        }
    }

    /// When the next timer runs out.
    fn next_timer(&self) -> Option<Duration> {
        self.timers.iter().map(|timer| timer.due).min()
    }

    /// Says that a timer has run out, if one has.
    fn ring(&mut self) {
        let now = self.house.clock.now();
        let Some(at) = self.timers.iter().position(|timer| timer.due <= now) else { return };
        let Timer { set_for, language, .. } = self.timers.remove(at);
        let text = intent::timer_done(set_for, &language);
        self.without_microphone(Inlet::Announcement(Words { text, language, last: true, translation: None }));
    }

    fn switch(&mut self, mode: Mode) {
        let name = match mode {
            Mode::Chat => "chat",
            Mode::Translate => "translate",
            Mode::Echo => "echo",
        };
        self.set("mode", name);
    }

    fn set_volume(&mut self, volume: f32) {
        self.set("voice.volume", &format!("{:.2}", volume.clamp(0.0, 1.0)));
    }

    fn set_rate(&mut self, rate: f32) {
        self.set("voice.rate", &format!("{:.2}", rate.clamp(0.5, 2.0)));
    }
}
