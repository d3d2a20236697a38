//! Tags inside a text that arrives piece by piece, each of them perhaps cut in two. Its own file because two very
//! different wishes need it: thoughts are not spoken, and a translation comes without its brackets.

use async_stream::try_stream;
use futures_util::StreamExt;
use voice::TextStream;

/// A pair of tags, and what becomes of the text between them.
#[derive(Clone, Copy)]
pub(crate) struct Tags {
    pub(crate) open: &'static str,
    pub(crate) close: &'static str,
    /// What stands between them goes, too.
    pub(crate) hide: bool,
}

/// The same text without these tags, and without blanks before its first word.
pub(crate) fn without(tags: Tags, mut text: TextStream) -> TextStream {
    Box::pin(try_stream! {
        let mut cut = Cut { tags, held: String::new(), inside: false };
        let mut begun = false;
        loop {
            let piece = text.next().await.transpose()?;
            let mut kept = match &piece {
                Some(piece) => cut.push(piece),
                None => cut.rest(),
            };
            if !begun {
                kept = kept.trim_start().to_owned();
            }
            if !kept.is_empty() {
                begun = true;
                yield kept;
            }
            if piece.is_none() {
                break;
            }
        }
    })
}

struct Cut {
    tags: Tags,
    /// The end of the text so far, if a tag could begin there.
    held: String,
    inside: bool,
}

impl Cut {
    fn push(&mut self, piece: &str) -> String {
        self.held.push_str(piece);
        let mut kept = String::new();
        while let Some((at, tag)) = self.first_tag() {
            self.give(at, &mut kept);
            self.held.drain(..tag.len());
            self.inside = tag == self.tags.open;
        }
        self.give(self.held.len() - self.could_begin_a_tag(), &mut kept);
        kept
    }

    fn rest(&mut self) -> String {
        let mut kept = String::new();
        self.give(self.held.len(), &mut kept);
        kept
    }

    fn first_tag(&self) -> Option<(usize, &'static str)> {
        let Tags { open, close, .. } = self.tags;
        [open, close].into_iter().filter_map(|tag| Some((self.held.find(tag)?, tag))).min()
    }

    fn give(&mut self, length: usize, kept: &mut String) {
        let text = self.held.drain(..length);
        if !(self.inside && self.tags.hide) {
            kept.extend(text);
        }
    }

    /// Bytes at the end that are the beginning of a tag.
    fn could_begin_a_tag(&self) -> usize {
        let Tags { open, close, .. } = self.tags;
        let begins =
            |tag: &'static str| (1..tag.len()).rev().find(|&n| tag.get(..n).is_some_and(|t| self.held.ends_with(t)));
        [open, close].into_iter().filter_map(begins).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{TryStreamExt, stream};

    const THOUGHT: Tags = Tags { open: "<think>", close: "</think>", hide: true };
    const BRACKET: Tags = Tags { open: "<t>", close: "</t>", hide: false };

    async fn read(tags: Tags, pieces: Vec<&str>) -> String {
        let pieces = stream::iter(pieces.into_iter().map(|piece| Ok(piece.to_owned())).collect::<Vec<_>>());
        without(tags, Box::pin(pieces)).try_collect().await.unwrap()
    }

    #[tokio::test]
    async fn tags_are_found_wherever_they_are_cut() {
        for (tags, text, kept) in [
            (THOUGHT, "<think>Что сказать?</think>\n\nДа. 1 < 2 <b>", "Да. 1 < 2 <b>"),
            (THOUGHT, "Yes<think>no</think>, <think>or not</think>well.", "Yes, well."),
            (THOUGHT, " \n</think>It began before.", "It began before."),
            (THOUGHT, "<think>never ends", ""),
            (THOUGHT, "it ends with <thin", "it ends with <thin"),
            (BRACKET, "<t>Привет, <t>мир</t>.</t>", "Привет, мир."),
            (BRACKET, "a </t", "a </t"),
        ] {
            assert_eq!(read(tags, vec![text]).await, kept, "{text}");
            for at in (0..text.len()).filter(|&at| text.is_char_boundary(at)) {
                let (one, two) = text.split_at(at);
                assert_eq!(read(tags, vec![one, two]).await, kept, "{text} at {at}");
            }
            let letters: Vec<_> = text.split_inclusive(|_| true).collect();
            assert_eq!(read(tags, letters).await, kept, "{text}");
        }
    }

    #[tokio::test]
    async fn what_can_be_no_tag_is_given_at_once() {
        let endless = stream::iter([Ok("Hello ".to_owned())]).chain(stream::pending());
        let mut text = without(THOUGHT, Box::pin(endless));
        assert_eq!(text.next().await, Some(Ok("Hello ".to_owned())));
    }
}
