//! The desk: the one long-lived task. It owns the key, the settings, the state that is shown, and the turns; commands
//! come in, events go out, and each decision is a few lines on data that nobody else can touch.

mod budget;
mod hold;
mod kept;
mod last_run;
mod late;
mod replay;
mod shown;
mod topic;
mod wishes;

use crate::{
    House, Outlet,
    cue::Cue,
    hear::Inlet,
    key::{Beat, Gate, Input, Key},
    latency::Marks,
    plan::Plan,
    reins::Reins,
    retry::Past,
    spending::Purse,
    talk::Order,
    turn::{Finished, Note, Turn},
};
use audio::{OpenMic, Playing, Remote};
use kept::{Here, LookedUp};
use last_run::LastRun;
use late::Late;
use std::sync::Arc;
use tokio::{
    sync::mpsc,
    task::{JoinError, JoinSet},
};
use topic::Topic;
use voice::{Command, Event, Mark, Outcome, State, TurnId};
use wishes::Timer;

/// Notes of running turns that may wait.
const NOTES: usize = 64;
/// Old turns that may still work out their text while a new one is spoken.
const TURNS: usize = 4;

/// The turn that the person is in.
struct Front {
    id: TurnId,
    marks: Marks,
    reins: Reins,
    microphone: Option<Listening>,
}

/// A microphone that is open for a turn, and what tells when it may close.
type Listening = (OpenMic, Arc<Gate>);

pub(crate) struct Desk {
    house: House,
    outlet: Outlet,
    plan: Arc<Plan>,
    /// The same with the two languages swapped, ready before its key goes down.
    other: Arc<Plan>,
    /// The last press was that of the other key.
    swapped: bool,
    notes: mpsc::Sender<Note>,
    incoming: mpsc::Receiver<Note>,
    key: Key,
    beat: Beat,
    state: State,
    turns: JoinSet<Finished>,
    front: Option<Front>,
    /// Turns that were pushed aside but still work, oldest first.
    old: Vec<(TurnId, Reins)>,
    last: u64,
    /// The last turn that has a reply.
    replied: Option<TurnId>,
    topic: Topic,
    timers: Vec<Timer>,
    /// Kept turns that are to go on.
    lookups: JoinSet<LookedUp>,
    /// A recording that is heard.
    replaying: Option<Playing>,
    last_run: LastRun,
    /// What the way to the services stopped.
    late: Late,
    /// The short sound that is played; dropping it cuts it.
    cue: Option<Playing>,
    here: Here,
    /// Turns since recordings were last pruned.
    unpruned: u32,
    /// What this month cost.
    purse: Purse,
}

impl Desk {
    pub(crate) fn new(house: House, outlet: Outlet) -> Self {
        let (plan, other) = Plan::both_ways(&house.table, house.settings.current(), house.clock);
        let (notes, incoming) = mpsc::channel(NOTES);
        house.microphone.stand_by(&plan.settings.audio);
        Self {
            house,
            outlet,
            key: Key::new(plan.settings.hotkeys.style),
            plan,
            other,
            swapped: false,
            notes,
            incoming,
            beat: Beat::default(),
            state: State::Ready,
            turns: JoinSet::new(),
            front: None,
            old: Vec::new(),
            last: 0,
            replied: None,
            topic: Topic::default(),
            timers: Vec::new(),
            lookups: JoinSet::new(),
            replaying: None,
            last_run: LastRun::default(),
            late: Late::default(),
            cue: None,
            here: Here::default(),
            unpruned: 0,
            purse: Purse::default(),
        }
    }

    /// Works until the line is closed and the last turn has ended.
    pub(crate) async fn work(mut self, mut line: mpsc::Receiver<Order>) {
        let mut open = true;
        let health = self.house.table.health().clone();
        self.settle().await;
        while open || !self.turns.is_empty() {
            let due = self.due();
            tokio::select! {
                biased;
                Some(note) = self.incoming.recv() => self.note(note),
                Some(ended) = self.turns.join_next(), if !self.turns.is_empty() => self.ended(ended),
                Some(Ok(found)) = self.lookups.join_next(), if !self.lookups.is_empty() => self.looked_up(found),
                Some(Ok(())) = self.late.looking.join_next(), if !self.late.looking.is_empty() => self.offer_what_waits(),
                Some(read) = self.topic.reading.join_next(), if !self.topic.reading.is_empty() => self.topic.remember(read),
                Some(Ok(left)) = self.last_run.reading.join_next(), if !self.last_run.reading.is_empty() => self.take_over_late(left),
                order = line.recv(), if open => match order {
                    Some(Order::Command(command)) => self.obey(command),
                    Some(Order::Look(answer)) => {
                        self.topic.read_to_its_end().await;
                        // whoever asked may have gone
                        answer.send(self.snapshot()).ok();
                    }
                    Some(Order::Renew) => self.renew(),
                    Some(Order::Forget(gone, done)) => self.forget(gone, done).await,
                    None => {
                        open = false;
                        self.close_microphone();
                    }
                },
                () = health.turned() => self.tell_standings(),
                () = self.house.clock.wait_until(due.unwrap_or_default()), if due.is_some() => self.tick(),
            }
        }
        self.keep_notes();
    }

    fn obey(&mut self, command: Command) {
        if !self.can_afford_to(&command) {
            return;
        }
        match command {
            Command::Press => self.key_down(false),
            Command::PressOther => self.key_down(true),
            Command::Toggle => self.toggle(),
            Command::Release => self.key(Input::Up),
            Command::Finish => self.key(Input::Finish),
            Command::Away { why } => self.away(why),
            Command::Back { why } => self.key(Input::Back(why)),
            Command::Cancel => self.cancel(),
            Command::Pause => self.pause(true),
            Command::Resume => self.pause(false),
            Command::Skip => self.with_voice(Remote::skip),
            Command::Say { text } => self.typed(text),
            Command::Retry { turn } => self.look_up(turn, Desk::try_again),
            Command::Repeat => self.replied.into_iter().for_each(|turn| self.look_up(turn, Desk::go_on)),
            Command::NextPersona => self.next_persona(),
            Command::Replay { turn } => self.look_up(turn, Desk::replay),
            Command::Converse { id } => self.converse(id),
            Command::Set { key, value } => self.set(&key, &value),
        }
    }

    // ---- turns -------------------------------------------------------------------------------------------------

    fn without_microphone(&mut self, inlet: Inlet) {
        let id = self.next_id();
        self.start_unspoken(id, self.plan.clone(), Past::default(), inlet);
    }

    /// A turn that nobody speaks takes the place of whatever goes on.
    fn start_unspoken(&mut self, id: TurnId, plan: Arc<Plan>, past: Past, inlet: Inlet) {
        self.key(Input::Cancel);
        self.push_aside();
        let now = self.house.clock.now();
        let marks = Marks::new(id, self.house.clock, self.outlet.clone(), now);
        (self.outlet)(Event::Started { turn: id, mode: plan.settings.mode });
        marks.mark_at(Mark::KeyUp, now);
        self.show(State::Thinking);
        self.start(id, plan, marks, past, inlet, None);
    }

    fn start(
        &mut self,
        id: TurnId,
        plan: Arc<Plan>,
        marks: Marks,
        past: Past,
        inlet: Inlet,
        microphone: Option<Listening>,
    ) {
        self.beat.start(self.moment());
        let reins = Reins::default();
        let turn = Turn {
            id,
            past,
            plan,
            kept: self.house.history.clone(),
            clock: self.house.clock,
            marks: marks.clone(),
            outlet: self.outlet.clone(),
            notes: self.notes.clone(),
            reins: reins.clone(),
            speaker: self.house.speaker.clone(),
            history: self.topic.recall.all(),
            conversation: self.topic.id,
            into: self.topic.chosen(),
            told: Arc::default(),
        };
        self.turns.spawn(turn.run(inlet));
        self.front = Some(Front { id, marks, reins, microphone });
    }

    /// Makes way for a new turn. A reply that is heard is interrupted; one that is still worked out loses its voice only.
    fn push_aside(&mut self) {
        self.end_replay();
        let Some(Front { id, marks, reins, .. }) = self.front.take() else { return };
        if marks.when(Mark::FirstAudio).is_some() {
            reins.end(Outcome::Partial);
        }
        reins.hush.cancel();
        self.old.push((id, reins));
        if self.old.len() > TURNS {
            self.old.remove(0).1.end(Outcome::SavedForRetry);
        }
    }

    fn ended(&mut self, ended: Result<Finished, JoinError>) {
        // a turn catches its own panics; one in its last lines leaves its row, which the next start offers
        let Ok(Finished { report, used, conversation, exchange, instead_of }) = ended else {
            tracing::error!("a turn was lost");
            return;
        };
        self.old.retain(|(id, _)| *id != report.turn);
        if !report.reply.is_empty() {
            self.replied = self.replied.max(Some(report.turn));
        }
        self.topic.keep(conversation, exchange, instead_of.as_ref());
        self.prune_now_and_then();
        self.keep_account();
        self.spend(&used);
        self.wait_for_a_way(&report, conversation);
        if self.is_front(report.turn) {
            self.front = None;
            self.key(Input::Over);
            self.show(State::Ready);
        }
        (self.outlet)(Event::Ended { report });
    }

    fn note(&mut self, note: Note) {
        match note {
            Note::Begun(id, conversation) if self.is_front(id) && id.0 == self.last => {
                self.goes_on_in(id, conversation)
            }
            Note::Live(id) if self.is_front(id) && self.state == State::Opening => {
                self.show(State::Listening);
                self.sound(Cue::Live);
            }
            Note::SoundOver(id) if self.is_front(id) => {
                self.close_microphone();
                self.key(Input::Over);
                self.show(State::Thinking);
                self.sound(Cue::Heard);
            }
            Note::Quiet(id) if self.is_front(id) => self.key(Input::Quiet),
            Note::Speaking(id) if self.is_front(id) => self.show(State::Speaking),
            Note::Obey(intent) => self.obey_words(&intent),
            _ => {}
        }
    }
}
