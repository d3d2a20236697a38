//! What the targets share: how an input is cut into pieces, and what must hold of every outcome. Its own file because
//! each target then says only whose bytes it is about.

pub mod asked;
pub mod far;
pub mod heard;

use voice::{Error, ErrorKind};

/// An input: three letters that choose, a line end, and the hostile bytes. The letters make seeds readable.
pub struct Input<'a> {
    /// Chooses what the bytes are for.
    pub choice: usize,
    /// Chooses how they are cut.
    pub cut: u8,
    /// Chooses what stands around them.
    pub way: u8,
    pub bytes: &'a [u8],
}

impl<'a> Input<'a> {
    pub fn of(data: &'a [u8]) -> Option<Self> {
        let (&[choice, cut, way, _], bytes) = data.split_first_chunk::<4>()?;
        let number = |letter: u8| letter.wrapping_sub(b'a');
        Some(Self { choice: usize::from(number(choice)), cut: number(cut), way: number(way), bytes })
    }

    /// One of `all`.
    pub fn choose<T: Copy>(&self, all: &[T]) -> T {
        all[self.choice % all.len()]
    }

    /// The bytes in pieces.
    pub fn pieces(&self) -> Vec<Vec<u8>> {
        pieces(self.bytes, self.cut)
    }
}

/// `bytes` cut as `cut` says: one by one, or in lengths that follow each other by chance.
pub fn pieces(mut bytes: &[u8], cut: u8) -> Vec<Vec<u8>> {
    let mut state = u32::from(cut).wrapping_mul(2_654_435_761);
    let mut all = Vec::new();
    while !bytes.is_empty() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // no more than some hundred pieces: what is hostile about the rest is no more than about these
        let least = bytes.len() / 200;
        let length = if cut == 0 { 1 + least } else { 1 + least + (state >> 16) as usize % (1 << (cut % 10)) };
        let (piece, rest) = bytes.split_at(length.min(bytes.len()));
        all.push(piece.to_vec());
        bytes = rest;
    }
    all
}

/// What a service at the other end can be the cause of.
pub fn is_theirs(kind: ErrorKind) -> bool {
    use ErrorKind as E;
    let before = [E::LoginPage, E::ProxyRefused, E::KeyRefused, E::NoCredit, E::ModelGone, E::Refused];
    let within = [E::SoundRefused, E::TooLarge, E::Busy, E::ServiceFailed, E::Garbled, E::CutShort, E::EmptyAnswer];
    before.contains(&kind) || within.contains(&kind) || kind == E::TimedOut
}

/// Of an error that a service caused: a kind that it can cause, and words that are ours.
pub fn is_sober(error: &Error) {
    assert!(is_theirs(error.kind), "{error:?}");
    assert!(error.detail.len() < 800 && error.detail.is_ascii(), "{error:?}");
    assert!(!error.detail.chars().any(char::is_control), "{error:?}");
    // what seeds say where a vendor would repeat somebody's words
    assert!(!error.detail.contains("said aloud"), "{error:?}");
}
