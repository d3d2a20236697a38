//! Writes the TypeScript of everything that crosses to the page, so that it is never written twice. `make types`
//! renews the file; this test fails when the file is stale.

use crate::*;
use ts_rs::{Config, TS};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ui/src/types.ts");

#[expect(clippy::too_many_lines, reason = "a list")]
fn typescript() -> String {
    let config = Config::default();
    let declarations = [
        Language::decl(&config),
        TurnId::decl(&config),
        Mode::decl(&config),
        State::decl(&config),
        Stage::decl(&config),
        Away::decl(&config),
        Mark::decl(&config),
        Stamp::decl(&config),
        Outcome::decl(&config),
        Seam::decl(&config),
        Tried::decl(&config),
        Usage::decl(&config),
        TurnReport::decl(&config),
        ErrorKind::decl(&config),
        Error::decl(&config),
        LanguagePair::decl(&config),
        Order::decl(&config),
        ProviderOrder::decl(&config),
        Account::decl(&config),
        Persona::decl(&config),
        Network::decl(&config),
        FirstPhrase::decl(&config),
        VoiceChoice::decl(&config),
        Channel::decl(&config),
        AudioChoice::decl(&config),
        Hotkeys::decl(&config),
        KeyRole::decl(&config),
        KeySeen::decl(&config),
        KeyVerdict::decl(&config),
        KeyBackend::decl(&config),
        KeepHistory::decl(&config),
        KeyStyle::decl(&config),
        Privacy::decl(&config),
        Theme::decl(&config),
        Appearance::decl(&config),
        Price::decl(&config),
        AtCap::decl(&config),
        Spending::decl(&config),
        Settings::decl(&config),
        Kind::decl(&config),
        KeyNeed::decl(&config),
        KeyPlace::decl(&config),
        Languages::decl(&config),
        Profile::decl(&config),
        OfferedVoice::decl(&config),
        Offers::decl(&config),
        Condition::decl(&config),
        Standing::decl(&config),
        Trial::decl(&config),
        Ranking::decl(&config),
        SoundDevice::decl(&config),
        Take::decl(&config),
        Probe::decl(&config),
        Verdict::decl(&config),
        Check::decl(&config),
        Reached::decl(&config),
        Command::decl(&config),
        MicNews::decl(&config),
        Event::decl(&config),
        Snapshot::decl(&config),
        ConversationId::decl(&config),
        Conversation::decl(&config),
        Entry::decl(&config),
        Page::decl(&config),
        Piece::decl(&config),
        Found::decl(&config),
        Unfinished::decl(&config),
        ExportFormat::decl(&config),
        Span::decl(&config),
        Spread::decl(&config),
        Figures::decl(&config),
        StageFigures::decl(&config),
        Stretch::decl(&config),
        SlowTurn::decl(&config),
        SpentDay::decl(&config),
    ];
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
