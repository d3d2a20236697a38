//! Ogg-Opus (RFC 3533, RFC 7845), written page by page while somebody speaks, and read from pieces cut anywhere. The
//! reader splits pages itself, because the crate's own wants a file it can seek in, or refuses a stream that starts
//! late; the crate checks the sums and writes.

use crate::codec::{LOOKAHEAD, RATE};
use ::ogg::{PacketWriteEndInfo, PacketWriter, reading::PageParser};
use std::collections::VecDeque;
use voice::{Coding, Error, ErrorKind, Packet};

/// What a player drops at the start, in samples at 48 kHz.
const PRE_SKIP: u16 = LOOKAHEAD as u16 * 3;
/// 20 ms at 48 kHz.
const USUAL_PACKET: usize = 960;
/// How a stream is cut into pages, in packets of 20 ms.
#[derive(Clone, Copy)]
struct Cut {
    page: usize,
    /// The last page has at least as many.
    last: usize,
}

/// Half a second, which is what a crash may cost.
const KEPT: Cut = Cut { page: 25, last: 1 };
/// 100 ms, for whoever listens along. Those who want a message to be so long want 50 ms (AssemblyAI); a page is 32 bytes
/// more than its packets.
const LIVE: Cut = Cut { page: 5, last: 3 };
const MAGIC: &[u8] = b"OggS";
const HEADER: usize = 27;
/// No sound packet is longer (48 frames of 1275 bytes, RFC 6716); comments may be, but nobody here reads those.
const LONGEST_PACKET: usize = 61_440;

/// Opus packets to the bytes of an Ogg-Opus file. Its last packets are held back, because a file's last page must say
/// that it is the last.
pub struct OggWriter {
    pages: PacketWriter<'static, Vec<u8>>,
    serial: u32,
    cut: Cut,
    held: VecDeque<Packet>,
    granule: u64,
    on_page: usize,
}

impl OggWriter {
    /// A new file in pages of half a second and its header bytes, to be written first. `serial` tells streams within
    /// one file apart.
    #[must_use]
    pub fn new(serial: u32) -> (Self, Vec<u8>) {
        Self::open(serial, KEPT)
    }

    /// The same in pages of 100 ms, the last one of 60 to 140 ms.
    #[must_use]
    pub fn live(serial: u32) -> (Self, Vec<u8>) {
        Self::open(serial, LIVE)
    }

    fn open(serial: u32, cut: Cut) -> (Self, Vec<u8>) {
        let mut head = b"OpusHead\x01\x01".to_vec();
        head.extend(PRE_SKIP.to_le_bytes());
        head.extend(RATE.to_le_bytes());
        // no gain, one mono stream
        head.extend([0; 3]);
        let mut tags = b"OpusTags".to_vec();
        tags.extend(5u32.to_le_bytes());
        tags.extend(b"wilco");
        tags.extend(0u32.to_le_bytes());

        let pages = PacketWriter::new(Vec::new());
        let mut writer = Self { pages, serial, cut, held: VecDeque::new(), granule: 0, on_page: 0 };
        writer.write(head, PacketWriteEndInfo::EndPage);
        writer.write(tags, PacketWriteEndInfo::EndPage);
        let bytes = writer.take();
        (writer, bytes)
    }

    /// Takes one bare Opus packet; gives the bytes of a page when one is full, else none. Packets of another coding are
    /// not for this file and are passed over.
    pub fn push(&mut self, packet: &Packet) -> Vec<u8> {
        if packet.coding != Coding::Opus {
            return Vec::new();
        }
        self.held.push_back(packet.clone());
        if self.held.len() > self.cut.last
            && let Some(before) = self.held.pop_front()
        {
            self.on_page = (self.on_page + 1) % self.cut.page;
            let full = self.on_page == 0;
            self.write_sound(
                &before,
                if full { PacketWriteEndInfo::EndPage } else { PacketWriteEndInfo::NormalPacket },
            );
        }
        self.take()
    }

    /// Ends the stream; gives the rest of its bytes. A second call gives none.
    pub fn finish(&mut self) -> Vec<u8> {
        while let Some(packet) = self.held.pop_front() {
            let last = self.held.is_empty();
            self.write_sound(
                &packet,
                if last { PacketWriteEndInfo::EndStream } else { PacketWriteEndInfo::NormalPacket },
            );
        }
        self.take()
    }

    fn write_sound(&mut self, packet: &Packet, end: PacketWriteEndInfo) {
        self.granule += samples(&packet.bytes);
        self.write(packet.bytes.to_vec(), end);
    }

    fn write(&mut self, bytes: Vec<u8>, end: PacketWriteEndInfo) {
        // writing to a vector cannot fail
        self.pages.write_packet(bytes, self.serial, end, self.granule).ok();
    }

    fn take(&mut self) -> Vec<u8> {
        std::mem::take(self.pages.inner_mut())
    }
}

/// What an Opus header says that matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// Samples at 48 kHz to drop at the start.
    pub(crate) pre_skip: u16,
}

/// The packets that end on one page.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Page {
    /// A stream begins with this page.
    pub(crate) head: Option<Head>,
    /// Bare Opus packets.
    pub(crate) packets: Vec<Vec<u8>>,
    /// Samples at 48 kHz up to the end of this page, pre-skip included.
    pub(crate) granule: u64,
    /// The stream ends with this page.
    pub(crate) last: bool,
}

/// How long a packet sounds, in samples at 48 kHz.
pub(crate) fn samples(packet: &[u8]) -> u64 {
    opus::packet::get_nb_samples(packet, 48_000).unwrap_or(USUAL_PACKET) as u64
}

/// Bytes cut anywhere to pages. What is no page, or a damaged one, is passed over.
#[derive(Default)]
pub(crate) struct OggReader {
    bytes: Vec<u8>,
    /// A packet that goes on over the next page.
    begun: Vec<u8>,
    awaits: Awaits,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Awaits {
    #[default]
    Head,
    Tags,
    Sound,
}

impl OggReader {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole page, if it has arrived.
    ///
    /// # Errors
    /// `Unsupported` if it holds something else than Opus with one or two channels.
    pub(crate) fn next_page(&mut self) -> Result<Option<Page>, Error> {
        while self.seek_magic() {
            let Some((header, lacing, body)) = self.whole_page() else { return Ok(None) };
            let size = HEADER + lacing.len() + body.len();
            if !is_sound(header, &lacing, &body) {
                self.bytes.drain(..MAGIC.len());
                continue;
            }
            self.bytes.drain(..size);
            return self.unpack(header, &lacing, &body).map(Some);
        }
        Ok(None)
    }

    /// Drops what comes before the next page; false if none begins yet.
    fn seek_magic(&mut self) -> bool {
        let found = self.bytes.windows(MAGIC.len()).position(|window| window == MAGIC);
        // the last three bytes may be the start of the next one
        let junk = found.unwrap_or(self.bytes.len().saturating_sub(MAGIC.len() - 1));
        self.bytes.drain(..junk);
        found.is_some()
    }

    fn whole_page(&self) -> Option<([u8; HEADER], Vec<u8>, Vec<u8>)> {
        let (header, rest) = self.bytes.split_first_chunk::<HEADER>()?;
        let (lacing, rest) = rest.split_at_checked(usize::from(*header.last()?))?;
        let length = lacing.iter().map(|value| usize::from(*value)).sum();
        Some((*header, lacing.to_vec(), rest.get(..length)?.to_vec()))
    }

    fn unpack(&mut self, header: [u8; HEADER], lacing: &[u8], body: &[u8]) -> Result<Page, Error> {
        let [_, _, _, _, _, flags, granule @ ..] = header;
        let granule = granule.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let (goes_on, first, last) = (flags & 1 != 0, flags & 2 != 0, flags & 4 != 0);
        let mut page = Page { granule, last, ..Page::default() };
        if first {
            self.awaits = Awaits::Head;
        }
        if !goes_on {
            self.begun.clear();
        }
        // the start of a packet that goes on was never seen: what ends here is only its rest
        let mut torn = goes_on && self.begun.is_empty();
        let mut rest = body;
        for size in lacing {
            let (piece, later) = rest.split_at_checked(usize::from(*size)).unwrap_or((rest, &[]));
            rest = later;
            if self.begun.len() < LONGEST_PACKET {
                self.begun.extend_from_slice(piece);
            }
            if *size < u8::MAX {
                let packet = std::mem::take(&mut self.begun);
                if !std::mem::take(&mut torn) {
                    self.sort(packet, &mut page)?;
                }
            }
        }
        Ok(page)
    }

    fn sort(&mut self, packet: Vec<u8>, page: &mut Page) -> Result<(), Error> {
        match self.awaits {
            Awaits::Head => {
                page.head = Some(read_head(&packet)?);
                self.awaits = Awaits::Tags;
            }
            Awaits::Tags => self.awaits = Awaits::Sound,
            Awaits::Sound => page.packets.push(packet),
        }
        Ok(())
    }
}

/// Whether the page's sum is right.
fn is_sound(header: [u8; HEADER], lacing: &[u8], body: &[u8]) -> bool {
    PageParser::new(header).is_ok_and(|(mut parser, _)| {
        parser.parse_segments(lacing.to_vec());
        parser.parse_packet_data(body.to_vec()).is_ok()
    })
}

fn read_head(packet: &[u8]) -> Result<Head, Error> {
    let refused = |why| Err(Error::new(ErrorKind::Unsupported, "ogg", why));
    let Some(rest) = packet.strip_prefix(b"OpusHead") else { return refused("The stream holds no Opus.") };
    let [_version, channels, low, high, _, _, _, _, _, _, family, ..] = rest else {
        return refused("The Opus header is too short.");
    };
    if *family != 0 || !(1..=2).contains(channels) {
        return refused("Opus with one or two channels can be read.");
    }
    Ok(Head { pre_skip: u16::from_le_bytes([*low, *high]) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Recording;
    use bytes::Bytes;
    use proptest::prelude::*;

    /// A 20 ms packet of SILK at 16 kHz whose content does not matter.
    fn packet(length: usize) -> Packet {
        let mut bytes = vec![0x48; length.max(1)];
        bytes[0] = 0x48;
        Packet { coding: Coding::Opus, bytes: Bytes::from(bytes) }
    }

    fn written(lengths: &[usize]) -> Vec<u8> {
        let (mut writer, mut file) = OggWriter::new(0xabcd);
        lengths.iter().for_each(|length| file.extend(writer.push(&packet(*length))));
        file.extend(writer.finish());
        assert!(writer.finish().is_empty());
        file
    }

    fn read(pieces: &[&[u8]]) -> Vec<Page> {
        let mut reader = OggReader::default();
        let mut pages = Vec::new();
        for piece in pieces {
            reader.push(piece);
            while let Some(page) = reader.next_page().unwrap() {
                pages.push(page);
            }
        }
        pages
    }

    #[test]
    fn pages_are_numbered_timed_and_ended() {
        let file = written(&[60; 60]);
        let pages = read(&[&file]);
        assert_eq!(pages[0].head, Some(Head { pre_skip: 312 }));
        let shape: Vec<_> = pages[2..].iter().map(|page| (page.packets.len(), page.granule, page.last)).collect();
        assert_eq!(shape, [(25, 24_000, false), (25, 48_000, false), (10, 57_600, true)]);
    }

    #[test]
    fn a_crash_costs_half_a_second() {
        let (mut writer, mut file) = OggWriter::new(1);
        (0..140).for_each(|_| file.extend(writer.push(&packet(60))));
        let kept: usize = read(&[&file]).iter().map(|page| page.packets.len()).sum();
        assert_eq!(kept, 125);
    }

    #[test]
    fn whoever_listens_along_waits_for_no_more_than_eight_packets() {
        for length in 1..40 {
            let (mut writer, mut file) = OggWriter::live(1);
            for said in 1..=length {
                file.extend(writer.push(&packet(60)));
                let told: u64 = read(&[&file]).iter().map(|page| page.packets.len() as u64).sum();
                assert!(said - told < 8, "{told} of {said}");
            }
            file.extend(writer.finish());
            let pages = read(&[&file]).split_off(2);
            let last = pages.last().unwrap();
            assert!(last.last && last.granule == 960 * length, "{last:?}");
            assert!(last.packets.len() as u64 >= length.min(3), "{length}");
            assert_eq!(pages.iter().map(|page| page.packets.len() as u64).sum::<u64>(), length);
        }
    }

    #[test]
    fn a_recording_without_sound_is_only_headers() {
        let pages = read(&[&written(&[])]);
        assert_eq!((pages.len(), pages[1].packets.len()), (2, 0));
    }

    #[test]
    fn a_file_torn_anywhere_gives_its_whole_pages() {
        let file = written(&[60; 60]);
        let whole = Recording::read(&file[..]).unwrap();
        assert_eq!((whole.packets.len(), whole.seconds, whole.whole), (60, 1.2, true));
        let mut kept = 0;
        for cut in 0..file.len() {
            match Recording::read(&file[..cut]) {
                Ok(torn) => {
                    assert!(!torn.whole && [0, 25, 50].contains(&torn.packets.len()), "{cut}");
                    assert!((torn.seconds - torn.packets.len() as f64 * 0.02).abs() < 1e-9);
                    assert!(torn.packets.len() >= kept, "{cut}: more of the file never gives less");
                    kept = torn.packets.len();
                }
                Err(error) => assert!(error.kind == ErrorKind::Empty && cut < 50, "{cut}"),
            }
        }
        assert_eq!(kept, 50);
    }

    #[test]
    fn sound_after_a_damaged_page_is_not_joined_to_the_rest() {
        let mut file = written(&[60; 60]);
        let second = file.len() - 2_000;
        file[second] ^= 1;
        let damaged = Recording::read(&file[..]).unwrap();
        assert_eq!((damaged.packets.len(), damaged.whole), (25, false));
    }

    #[test]
    fn an_hour_loses_nothing() {
        let hour = 50 * 60 * 60;
        let length = |at: usize| 40 + at % 41;
        let mut file = written(&(0..hour).map(length).collect::<Vec<_>>());
        let whole = Recording::read(&file[..]).unwrap();
        assert!(whole.whole && (whole.seconds - 3600.0).abs() < 1e-6);
        assert!(whole.packets.iter().enumerate().all(|(at, packet)| packet.bytes.len() == length(at)));
        assert_eq!(whole.packets.len(), hour);
        file.truncate(file.len() - 1);
        assert_eq!(Recording::read(&file[..]).unwrap().packets.len(), hour - 25, "half a second");
    }

    #[test]
    fn junk_between_pages_is_passed_over() {
        let file = written(&[60; 30]);
        let mut dirty = b"Ogg OggS junk".to_vec();
        dirty.extend(&file);
        assert_eq!(read(&[&dirty]), read(&[&file]));
    }

    #[test]
    fn other_codecs_are_refused() {
        let (mut writer, _) = OggWriter::new(1);
        writer = OggWriter { pages: PacketWriter::new(Vec::new()), ..writer };
        writer.write(b"\x01vorbis".to_vec(), PacketWriteEndInfo::EndPage);
        let mut reader = OggReader::default();
        reader.push(&writer.take());
        assert_eq!(reader.next_page().unwrap_err().kind, ErrorKind::Unsupported);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn packets_survive_any_cut(lengths in prop::collection::vec(1usize..1_275, 1..120), at in any::<prop::sample::Index>()) {
            let file = written(&lengths);
            let (a, b) = file.split_at(at.index(file.len()));
            let pages = read(&[a, b]);
            let got: Vec<usize> = pages.iter().flat_map(|page| &page.packets).map(Vec::len).collect();
            prop_assert_eq!(got, lengths);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut reader = OggReader::default();
            reader.push(b"OggS\0");
            reader.push(&bytes);
            while let Ok(Some(_)) = reader.next_page() {}
        }
    }
}
