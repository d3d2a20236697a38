//! The face of the core: what a shell brings, and the line over which it orders and looks.

use crate::{Clock, Outlet, desk::Desk};
use audio::{Loudspeaker, Microphone};
use providers::Table;
use std::{path::PathBuf, sync::Arc};
use store::{History, SettingsFile};
use tokio::sync::{mpsc, oneshot};
use voice::{Command, ConversationId, Snapshot, TurnId};

/// Orders that may wait for the desk.
const ORDERS: usize = 64;

/// What a shell brings to the core: its platform and what is kept.
pub struct House {
    /// Where sound comes from.
    pub microphone: Arc<dyn Microphone>,
    /// Where it goes.
    pub speaker: Arc<dyn Loudspeaker>,
    /// Every engine and service.
    pub table: Arc<Table>,
    /// The person's settings.
    pub settings: SettingsFile,
    /// Where turns are kept.
    pub history: History,
    /// Where utterances are kept; `None` keeps none.
    pub journal: Option<PathBuf>,
    /// The one clock.
    pub clock: Clock,
}

/// A line to the desk. When the last one is dropped the running turns end in order, and then the desk.
#[derive(Clone)]
pub struct Talk {
    orders: mpsc::Sender<Order>,
}

/// What goes over the line.
pub(crate) enum Order {
    Command(Command),
    Look(oneshot::Sender<Snapshot>),
    Renew,
    Forget(Gone, oneshot::Sender<()>),
}

/// What a person deletes of what is kept.
#[derive(Clone, Copy, Debug)]
pub enum Gone {
    /// One turn.
    Turn(TurnId),
    /// A conversation with its turns.
    Conversation(ConversationId),
    /// All there is.
    Everything,
}

impl Talk {
    /// Sets up the desk. Nothing happens before the second value, its whole life, is awaited by an owner.
    pub fn new(house: House, outlet: Outlet) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (orders, inbox) = mpsc::channel(ORDERS);
        let (table, clock) = (house.table.clone(), house.clock);
        let desk = Desk::new(house, outlet);
        let life = async move {
            tokio::select! {
                biased;
                () = desk.work(inbox) => {}
                () = table.look_after(Arc::new(move || clock.now())) => {}
            }
        };
        (Self { orders }, life)
    }

    /// Hands `command` over; waits while the desk is busy.
    pub async fn order(&self, command: Command) {
        // without a desk there is nobody left to disappoint
        self.orders.send(Order::Command(command)).await.ok();
    }

    /// The same for a caller that may not wait; false if the desk is sixty orders behind.
    #[must_use]
    pub fn order_now(&self, command: Command) -> bool {
        self.orders.try_send(Order::Command(command)).is_ok()
    }

    /// Says that keys were given or taken away: who does what is chosen anew.
    pub async fn renew(&self) {
        self.orders.send(Order::Renew).await.ok();
    }

    /// Says what is deleted: from here on it is neither offered nor kept anew.
    pub async fn forget(&self, gone: Gone) {
        let (done, forgotten) = oneshot::channel();
        // without a desk nobody remembers it
        if self.orders.send(Order::Forget(gone, done)).await.is_ok() {
            forgotten.await.ok();
        }
    }

    /// How things are now; `None` once the desk is closed.
    pub async fn look(&self) -> Option<Snapshot> {
        let (answer, asked) = oneshot::channel();
        self.orders.send(Order::Look(answer)).await.ok()?;
        asked.await.ok()
    }
}
