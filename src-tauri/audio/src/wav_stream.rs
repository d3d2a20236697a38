//! WAV that arrives in pieces, its sizes unknown when it began. Its own file because `wav` reads finished files, whose
//! sizes can be believed.

use voice::{Error, ErrorKind};

/// Chunks before the sound are no longer than this together.
const HEAD: usize = 64 * 1024;

/// Finds the samples of one stream.
#[derive(Default)]
pub(crate) struct WavStream {
    /// Before the sound: all bytes so far.
    head: Vec<u8>,
    format: Option<Format>,
    in_data: bool,
    /// It is no WAV, or none that can be read; nothing that follows is kept.
    refused: bool,
}

#[derive(Clone, Copy)]
struct Format {
    rate: u32,
}

impl WavStream {
    /// Samples a second, once the header has come.
    pub(crate) fn rate(&self) -> Option<u32> {
        self.format.filter(|_| self.in_data).map(|format| format.rate)
    }

    /// Takes more bytes; gives those that are samples, 16 bits each and one channel.
    ///
    /// # Errors
    /// `AudioFailed` for what is no WAV, or not of that form.
    pub(crate) fn push<'a>(&'a mut self, bytes: &'a [u8]) -> Result<&'a [u8], Error> {
        if self.in_data {
            return Ok(bytes);
        }
        if self.refused {
            return Err(bad("it is no WAV"));
        }
        self.head.extend_from_slice(bytes);
        let begun = match self.begin() {
            Ok(None) if self.head.len() > HEAD => Err(bad("its sound never begins")),
            begun => begun,
        };
        match begun {
            Ok(Some(data)) => {
                self.in_data = true;
                Ok(self.head.get(data..).unwrap_or_default())
            }
            Ok(None) => Ok(&[]),
            Err(error) => {
                (self.refused, self.head) = (true, Vec::new());
                Err(error)
            }
        }
    }

    /// Where the sound begins. Chunks are passed over up to the one with the sound, whose size means nothing.
    fn begin(&mut self) -> Result<Option<usize>, Error> {
        let Some(start) = self.head.get(..12) else { return Ok(None) };
        if !start.starts_with(b"RIFF") || !start.ends_with(b"WAVE") {
            return Err(bad("it is no WAV"));
        }
        let mut at = 12;
        while let Some([a, b, c, d, size @ ..]) = self.head.get(at..at + 8) {
            let Ok(size) = <[u8; 4]>::try_from(size) else { return Ok(None) };
            let size = u32::from_le_bytes(size) as usize;
            let body = at + 8;
            match &[*a, *b, *c, *d] {
                b"data" if self.format.is_some() => return Ok(Some(body)),
                b"data" => return Err(bad("its format is missing")),
                b"fmt " => match self.head.get(body..body + 16) {
                    Some(format) => self.format = Some(format_of(format)?),
                    None => return Ok(None),
                },
                _ => {}
            }
            // a chunk of odd length is padded
            at = body.saturating_add(size).saturating_add(size & 1);
        }
        Ok(None)
    }
}

fn format_of(chunk: &[u8]) -> Result<Format, Error> {
    let &[kind, _, channels, _, a, b, c, d, _, _, _, _, _, _, bits, _] = chunk else { return Err(bad("it is no WAV")) };
    // 1 is PCM; 0xfffe says the same with more words
    if !matches!(kind, 1 | 0xfe) || channels != 1 || bits != 16 {
        return Err(bad("its samples are not 16 bits of one channel"));
    }
    Ok(Format { rate: u32::from_le_bytes([a, b, c, d]) })
}

fn bad(what: &str) -> Error {
    Error::new(ErrorKind::AudioFailed, "wav", format!("{what}."))
}
