//! `wilco press`, `release`, `toggle`, `cancel`, `repeat`, `next-persona`, `ask`, `show`, `status`: the running app from a terminal, or
//! from a key that the desktop binds. `wilco say` is another thing: it reads a text aloud by itself, without an app.

use crate::exit::{Exit, Failed};
use store::Paths;
use talk::remote::{self, Answer, Call, Status, Unanswered};

/// What the app is asked.
#[derive(clap::Subcommand)]
pub(crate) enum Remote {
    /// The app's talk key goes down
    Press {
        /// The one for the other direction: the two languages swapped
        #[arg(long)]
        other: bool,
    },
    /// The app's talk key comes up
    Release,
    /// The app listens, or stops listening: for keys that cannot be held
    Toggle,
    /// The app stops whatever it is doing
    Cancel,
    /// The app speaks its last reply again
    Repeat,
    /// The app's next persona answers, the usual one after the last
    NextPersona,
    /// The app answers a text (`wilco say` reads one aloud)
    Ask {
        /// What to ask
        text: String,
    },
    /// The app's window comes to the front
    Show,
    /// How the app is
    Status {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

impl Remote {
    /// Asks the app, and says what it answered.
    pub(crate) fn run(self) -> Result<Exit, Failed> {
        let (call, json) = match self {
            Self::Press { other } => (Call::Press { other }, false),
            Self::Release => (Call::Release, false),
            Self::Toggle => (Call::Toggle, false),
            Self::Cancel => (Call::Cancel, false),
            Self::Repeat => (Call::Repeat, false),
            Self::NextPersona => (Call::NextPersona, false),
            Self::Ask { text } => (Call::Ask { text }, false),
            Self::Show => (Call::Show, false),
            Self::Status { json } => (Call::Status, json),
        };
        let place = Paths::of_this_person().ok_or_else(|| Failed::other(&"this system names no home folder"))?.remote;
        match remote::ask(&place, &call) {
            Ok(Answer::Done) => {}
            Ok(Answer::Status(status)) => print(&status, json)?,
            Ok(Answer::Refused { why }) => return Err(Failed::other(&why)),
            Err(Unanswered::Silent) => return Err(Failed::other(&"Wilco runs but does not answer")),
            Err(Unanswered::NotRunning) => return Err(Failed::not_running()),
        }
        Ok(Exit::Done)
    }
}

fn print(status: &Status, json: bool) -> Result<(), Failed> {
    if json {
        println!("{}", serde_json::to_string(status).map_err(|error| Failed::other(&error))?);
        return Ok(());
    }
    let Status { state, mode, languages, key, muted, local_only } = status;
    let key = if key.is_empty() { "no key".to_owned() } else { format!("key {key}") };
    println!("{state:?}, {mode:?}, {} to {}, {key}", languages.mine, languages.theirs);
    for (holds, says) in [(muted, "replies are muted"), (local_only, "nothing leaves this computer")] {
        if *holds {
            println!("{says}");
        }
    }
    Ok(())
}
