//! Markdown to what is read aloud of it: marks, bullets, link targets, code blocks, emoji and the paths of addresses are
//! shown but not spoken. One character in, none or some out; apart because it knows nothing of sentences.

use std::collections::VecDeque;

/// Follows a reply and leaves out what is not to be spoken.
#[derive(Default)]
pub(super) struct Plain {
    out: VecDeque<char>,
    state: State,
    /// The last character that was taken.
    last: Option<char>,
    /// Characters that may turn out to be more than text, and what came before them.
    held: String,
    before: Option<char>,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum State {
    /// At the beginning of a line, after its indent and bullets.
    #[default]
    LineStart,
    Text,
    /// `held` is a run of one mark; true if it begins a line.
    Run(bool),
    /// `held` may be the start of an address.
    AddressStart,
    /// `held` is an address.
    Address,
    /// `held` are the figures after an opening bracket, perhaps a footnote.
    Bracket,
    /// A bracket was closed: a link's target may follow.
    AfterBracket,
    /// Inside a link's target; so many brackets are open in it.
    Target(u8),
    /// In a block of code; so many backticks in a row were seen.
    Code(u8),
}

/// Stands for a dot inside a name, which ends no sentence.
pub(super) const DOT: char = '\u{e000}';

const SCHEMES: [&str; 3] = ["https://", "http://", "www."];

impl Plain {
    /// Takes the next character.
    pub(super) fn push(&mut self, c: char) {
        // the joiner inside an emoji goes with it; other scripts need theirs
        let unspoken = is_emoji(c) || (c == '\u{200d}' && self.last.is_some_and(is_emoji));
        if !unspoken && !is_invisible(c) {
            self.step(if matches!(c, '\r' | '\u{2028}' | '\u{2029}') { '\n' } else { c });
        }
        self.last = Some(c);
    }

    /// No more will come.
    pub(super) fn finish(&mut self) {
        self.release('\n');
    }

    /// The next character to speak.
    pub(super) fn next(&mut self) -> Option<char> {
        self.out.pop_front()
    }

    fn step(&mut self, c: char) {
        match self.state {
            State::LineStart | State::Text => self.text(c),
            State::Code(2) if c == '`' => self.state = State::Text,
            State::Code(seen) => self.state = State::Code(if c == '`' { seen + 1 } else { 0 }),
            State::Target(depth) => self.target(depth, c),
            State::Run(_) if self.held.starts_with(c) => self.run(c),
            State::AddressStart if self.is_scheme_with(c) => {
                self.held.push(c);
                if SCHEMES.iter().any(|scheme| self.held.eq_ignore_ascii_case(scheme)) {
                    self.state = State::Address;
                }
            }
            State::Address if !ends_address(c) => self.held.push(c),
            State::Bracket if c.is_ascii_digit() => self.held.push(c),
            State::Bracket if c == ']' && !self.held.is_empty() => {
                self.held.clear();
                self.state = State::AfterBracket;
            }
            State::AfterBracket if c == '(' || c == '[' => self.state = State::Target(0),
            State::Run(_) | State::AddressStart | State::Address | State::Bracket | State::AfterBracket => {
                self.release(c);
                self.text(c);
            }
        }
    }

    fn text(&mut self, c: char) {
        let at_start = self.state == State::LineStart;
        self.state = State::Text;
        match c {
            '\n' => {
                self.out.push_back('\n');
                self.state = State::LineStart;
            }
            '#' | '>' | '•' | '◦' | '▪' | ' ' | '\t' if at_start => self.state = State::LineStart,
            '*' | '_' | '`' | '~' | '-' | '<' | '>' => self.hold(c, State::Run(at_start)),
            '+' if at_start => self.hold(c, State::Run(at_start)),
            'h' | 'H' | 'w' | 'W' if !self.last.is_some_and(char::is_alphanumeric) => self.hold(c, State::AddressStart),
            '[' => self.state = State::Bracket,
            ']' => self.state = State::AfterBracket,
            '|' => self.out.push_back(' '),
            '\\' => {}
            c if c.is_whitespace() => self.out.push_back(' '),
            c if c.is_control() => {}
            c => self.out.push_back(c),
        }
    }

    fn hold(&mut self, c: char, state: State) {
        self.before = self.last;
        self.held.push(c);
        self.state = state;
    }

    fn run(&mut self, c: char) {
        self.held.push(c);
        if self.held == "```" {
            self.held.clear();
            self.out.push_back('\n');
            self.state = State::Code(0);
        }
    }

    fn target(&mut self, depth: u8, c: char) {
        match c {
            '\n' => self.text(c),
            ')' | ']' if depth == 0 => self.state = State::Text,
            ')' | ']' => self.state = State::Target(depth - 1),
            '(' | '[' => self.state = State::Target(depth.saturating_add(1)),
            _ => {}
        }
    }

    fn is_scheme_with(&self, c: char) -> bool {
        let goes_on = |scheme: &str| {
            scheme.split_at_checked(self.held.len()).is_some_and(|(begun, rest)| {
                begun.eq_ignore_ascii_case(&self.held) && rest.starts_with(c.to_ascii_lowercase())
            })
        };
        SCHEMES.iter().any(|scheme| goes_on(scheme))
    }

    /// Lets go what was held, now that `next` shows what it is.
    fn release(&mut self, next: char) {
        let held = std::mem::take(&mut self.held);
        let state = std::mem::replace(&mut self.state, State::Text);
        match state {
            State::Run(at_start) => self.release_run(&held, at_start, next),
            State::Address => self.release_address(&held),
            _ => self.out.extend(held.chars()),
        }
    }

    fn release_run(&mut self, run: &str, at_start: bool, next: char) {
        let before = |wanted: fn(char) -> bool| self.before.is_some_and(wanted);
        let between = |wanted: fn(char) -> bool| before(wanted) && wanted(next);
        match run {
            "-" | "*" | "+" if at_start && next.is_whitespace() => self.state = State::LineStart,
            "-" | "+" | "~" => self.out.extend(run.chars()),
            "<" | ">" if between(|c| c.is_whitespace() || c.is_ascii_digit()) => self.out.extend(run.chars()),
            "--" => self.out.push_back('—'),
            "*" if !at_start && (between(char::is_whitespace) || between(|c| c.is_ascii_digit())) => {
                self.out.push_back('*')
            }
            _ if run.starts_with('_') && between(char::is_alphanumeric) => self.out.push_back(' '),
            _ => {}
        }
    }

    /// Its host, and the marks that only seemed to belong to it.
    fn release_address(&mut self, address: &str) {
        let address = address.split_once("://").map_or(address, |(_, rest)| rest);
        let bare = address.trim_end_matches(['.', ',', ';', ':', '!', '?']);
        let host = bare.split(['/', '?', '#']).next().unwrap_or_default();
        let host = host.rsplit('@').next().unwrap_or_default();
        let host = host.split(':').next().unwrap_or_default();
        let host = host.strip_prefix("www.").unwrap_or(host);
        self.out.extend(host.chars().map(|c| if c == '.' { DOT } else { c }));
        self.out.extend(address.chars().skip(bare.chars().count()));
    }
}

fn ends_address(c: char) -> bool {
    c.is_whitespace() || "<>\"'`|^)]}*".contains(c) || (!c.is_ascii() && !c.is_alphanumeric())
}

/// Pictures, their modifiers and flags; not signs that are read, such as © or €.
fn is_emoji(c: char) -> bool {
    matches!(c,
        '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}' | '\u{231a}' | '\u{231b}'
        | '\u{23e9}'..='\u{23fa}' | '\u{20e3}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e007f}')
}

/// Soft hyphen, zero-width blank, word joiner, byte order mark.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}')
}
