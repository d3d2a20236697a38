//! A gzip stream that repeats itself for ever, written bit by bit (RFC 1951, RFC 1952). Its own file because it is the one
//! coding here that cannot be written as text.

/// The beginning of a gzip stream of `text` and then of its last `period` bytes again and again, and what goes on with
/// it. Thirteen bits are 258 bytes. `period` is 1 to 4.
pub(crate) fn endless_gzip(text: &[u8], period: u8) -> (Vec<u8>, Vec<u8>) {
    let mut bits = Bits { bytes: vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255], used: 0 };
    // a block that is not the last, of the codes that are known beforehand
    [false, true, false].into_iter().for_each(|bit| bits.push(bit));
    for byte in text {
        assert!(*byte < 144, "of eight bits");
        bits.code(u16::from(*byte) + 0x30, 8);
    }
    let repeat = |bits: &mut Bits| {
        bits.code(0b1100_0101, 8);
        bits.code(u16::from(period) - 1, 5);
    };
    while bits.used != 0 {
        repeat(&mut bits);
    }
    let start = bits.bytes.len();
    (0..8 * 1_000).for_each(|_| repeat(&mut bits));
    let again = bits.bytes.split_off(start);
    (bits.bytes, again)
}

struct Bits {
    bytes: Vec<u8>,
    /// Of the last byte, how many are taken.
    used: u32,
}

impl Bits {
    fn push(&mut self, bit: bool) {
        if self.used == 0 {
            self.bytes.push(0);
        }
        if let Some(last) = self.bytes.last_mut() {
            *last |= u8::from(bit) << self.used;
        }
        self.used = (self.used + 1) % 8;
    }

    /// Codes are written from their highest bit.
    fn code(&mut self, code: u16, length: u32) {
        (0..length).rev().for_each(|at| self.push(code >> at & 1 == 1));
    }
}
