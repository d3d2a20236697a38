//! `wilco engines`: who can do what on this machine, and which package brings what is missing.

use crate::exit::{Exit, Failed};
use providers::Table;
use voice::{Kind, Languages, Profile};

/// Lists them. Ends with `Missing` if not one of them is there.
pub(crate) fn run() -> Result<Exit, Failed> {
    let table = Table::default();
    let mut there = 0;
    for profile in table.profiles() {
        match table.open(&profile.name, &profile.account, &voice::Network::default()) {
            Ok(_) => {
                there += 1;
                println!("✓ {:<14} {:<28} {}", profile.name, kinds(profile), knows(profile));
            }
            Err(error) => println!("✗ {:<14} {:<28} {}", profile.name, kinds(profile), error.detail),
        }
    }
    Ok(if there == 0 { Exit::Missing } else { Exit::Done })
}

fn kinds(profile: &Profile) -> String {
    let kinds: Vec<&str> = profile
        .kinds
        .iter()
        .map(|kind| match kind {
            Kind::Hear => "hears",
            Kind::Respond => "answers",
            Kind::Translate => "translates",
            Kind::Say => "speaks",
        })
        .collect();
    let basic = if profile.basic { " (basic, offline)" } else { "" };
    format!("{}{basic}", kinds.join(", "))
}

fn knows(profile: &Profile) -> String {
    let languages = match &profile.languages {
        Languages::Any => "any language".to_owned(),
        Languages::Said(these) => format!("any language, speaks {}", these.len()),
        Languages::Only(these) if these.len() > 8 => format!("{} languages", these.len()),
        Languages::Only(these) => these.iter().map(voice::Language::tag).collect::<Vec<_>>().join(" "),
    };
    if profile.voices.is_empty() || profile.voices.len() > 8 {
        return languages;
    }
    format!("{languages}; voices {}", profile.voices.join(" "))
}
