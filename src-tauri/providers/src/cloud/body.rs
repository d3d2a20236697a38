//! Sound as the body of a request. Its own file because vendors that take it over plain HTTP differ in everything but
//! this.

use crate::{pace::spoken, vendor::Vendor};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use voice::{Coding, Error, ErrorKind, PacketStream};

/// An utterance that is sent in one piece.
#[derive(Debug)]
pub(super) struct Utterance {
    pub(super) coding: Coding,
    pub(super) bytes: Bytes,
}

/// The most that a vendor takes at once.
pub(super) struct Most {
    pub(super) seconds: u64,
    pub(super) bytes: usize,
}

/// The whole utterance, when it is over; `None` if there was no sound.
///
/// # Errors
/// `TooLarge` if it is over `most`: the vendor would refuse it with a reason that helps nobody.
pub(super) async fn whole(vendor: &Vendor, mut sound: PacketStream, most: Most) -> Result<Option<Utterance>, Error> {
    let (mut coding, mut bytes) = (None, BytesMut::new());
    while let Some(packet) = sound.next().await {
        bytes.extend_from_slice(&packet.bytes);
        coding = Some(packet.coding);
        if bytes.len() > most.bytes {
            return Err(vendor.error(ErrorKind::TooLarge, &format!("it takes {} bytes at once.", most.bytes)));
        }
    }
    let Some(coding) = coding else { return Ok(None) };
    if seconds(coding, &bytes) > most.seconds {
        return Err(vendor.error(ErrorKind::TooLarge, &format!("it takes {} s at once.", most.seconds)));
    }
    Ok(Some(Utterance { coding, bytes: bytes.freeze() }))
}

/// Whole seconds of sound, as far as they can be told without decoding it.
fn seconds(coding: Coding, bytes: &[u8]) -> u64 {
    match coding {
        Coding::Pcm16 { rate } => bytes.len() as u64 / 2 / u64::from(rate.max(1)),
        Coding::OggOpus => spoken(bytes).as_secs(),
        Coding::Opus | Coding::Wav | Coding::Mp3 => 0,
    }
}

/// What stands before so many bytes of 16-bit mono samples in a WAV file.
pub(super) fn wav_head(rate: u32, length: u32) -> Vec<u8> {
    let mut head = b"RIFF".to_vec();
    head.extend_from_slice(&length.saturating_add(36).to_le_bytes());
    head.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    head.extend_from_slice(&rate.to_le_bytes());
    head.extend_from_slice(&rate.saturating_mul(2).to_le_bytes());
    head.extend_from_slice(b"\x02\0\x10\0data");
    head.extend_from_slice(&length.to_le_bytes());
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_sound_is_told_without_decoding() {
        let page = |granule: u64| [b"OggS\0\0".as_slice(), &granule.to_le_bytes(), b"\x01\0\0\0the rest"].concat();
        let ogg = [page(0), page(48_000 * 7), page(48_000 * 31)].concat();
        assert_eq!(seconds(Coding::OggOpus, &ogg), 31);
        assert_eq!(seconds(Coding::OggOpus, b"OggS\0"), 0, "cut short");
        assert_eq!(seconds(Coding::OggOpus, b""), 0);
        assert_eq!(seconds(Coding::Pcm16 { rate: 16_000 }, &[0; 64_000]), 2);
    }
}
