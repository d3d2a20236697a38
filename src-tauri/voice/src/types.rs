//! Writes the TypeScript of everything that crosses to the page, so that it is never written twice. `make types`
//! renews the file; this test fails when the file is stale.

use crate::*;
use ts_rs::{Config, TS};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ui/src/types.ts");

/// The declaration of each type, in this order.
macro_rules! declarations {
    ($($name:ident,)*) => {{
        let config = Config::default();
        [$($name::decl(&config)),*]
    }};
}

fn typescript() -> String {
    let declarations = declarations! {
        Language, TurnId, Mode, State, Stage, Away, Mark, Stamp, Outcome, Seam, Tried, Usage, Traffic, TurnReport,
        ErrorKind, Error, LanguagePair, Order, ProviderOrder, Account, Persona, Network, FirstPhrase, VoiceChoice, Channel,
        AudioChoice, Hotkeys, KeyRole, KeySeen, KeyVerdict, KeyBackend, KeepHistory, KeyStyle, Privacy, Theme,
        Appearance, Price, AtCap, Spending, Settings, Kind, KeyNeed, KeyPlace, Languages, Profile, OfferedVoice,
        Offers, Condition, Standing, Trial, Ranking, SoundDevice, Take, Probe, Verdict, Subject, Check, Reached, Command,
        MicNews, Event, Snapshot, ConversationId, Conversation, Entry, Page, Piece, Found, Unfinished, ExportFormat,
        Span, Spread, Figures, StageFigures, Stretch, SlowTurn, SpentDay,
    };
    let mut file = String::from("// Generated from src-tauri/voice by `make types`. Do not edit.\n");
    for declaration in declarations {
        file.push_str(&format!("\nexport {declaration}\n"));
    }
    file
}

#[test]
fn the_page_knows_the_types_of_today() {
    let fresh = typescript();
    if std::env::var_os("WILCO_WRITE_TYPES").is_some() {
        std::fs::write(FILE, &fresh).expect("types.ts");
    }
    let kept = std::fs::read_to_string(FILE).unwrap_or_default();
    assert!(kept == fresh, "ui/src/types.ts is stale: run `make types`");
}
