//! What the peers answer, and when: one script for all vendors, so that a turn through any of them can be compared.

use crate::{
    plan::{Plan, Weather},
    sound::{self, Chunk},
};
use std::time::Duration;
use tokio::time::Instant;

/// What is answered, and when. Every moment is counted from its cause, not from the answer before it.
#[derive(Clone, Debug)]
pub struct Script {
    /// From the last byte of an upload to the transcript, in milliseconds.
    pub stt_ms: u32,
    /// From `Finalize` or `commit` on a WebSocket to the final transcript, in milliseconds.
    pub ws_stt_ms: u32,
    /// What every utterance is heard as.
    pub transcript: String,
    /// From the last byte of a prompt to its first token, in milliseconds.
    pub ttft_ms: u32,
    /// Tokens a second after the first one.
    pub tokens_per_second: f64,
    /// What every prompt is answered with; cut by `tokens`.
    pub reply: String,
    /// From the last byte of a phrase to its first sound, in milliseconds.
    pub tts_ttfb_ms: u32,
    /// How many seconds of sound are sent in one second, in chunks of 100 ms of sound.
    pub tts_speed: f64,
    /// The only key that is taken.
    pub key: String,
    /// What goes wrong.
    pub plans: Vec<Plan>,
    /// What goes wrong beside that, by chance.
    pub weather: Option<Weather>,
}

impl Default for Script {
    /// A service of ordinary speed. The reply is 4 sentences, 65 tokens, 17.9 s of sound; its first clause ends with
    /// token 2, its first sentence with token 10.
    fn default() -> Self {
        Self {
            stt_ms: 300,
            ws_stt_ms: 150,
            transcript: "When does the next train leave, and how long does it take?".into(),
            ttft_ms: 350,
            tokens_per_second: 80.0,
            reply: "Sure, the morning train leaves at nine. It needs about two hours and forty minutes, and there is \
                    a small restaurant on board where you can have breakfast. If you would rather sleep a little \
                    longer, the next follows at half past ten. Shall I keep two seats by the window for you?"
                .into(),
            tts_ttfb_ms: 200,
            tts_speed: 5.0,
            key: "test-key".into(),
            plans: Vec::new(),
            weather: None,
        }
    }
}

impl Script {
    /// The same answers, all at once.
    #[must_use]
    pub fn at_once() -> Self {
        Self {
            stt_ms: 0,
            ws_stt_ms: 0,
            ttft_ms: 0,
            tokens_per_second: f64::INFINITY,
            tts_ttfb_ms: 0,
            tts_speed: f64::INFINITY,
            ..Self::default()
        }
    }

    /// When the transcript of an upload that ended at `cause` is due.
    pub(crate) fn heard(&self, cause: Instant) -> Instant {
        cause + ms(self.stt_ms)
    }

    /// When the final transcript is due on a socket that was told to finish at `cause`.
    pub(crate) fn finalized(&self, cause: Instant) -> Instant {
        cause + ms(self.ws_stt_ms)
    }

    /// What is understood after so many seconds of sound: two and a half words a second.
    pub(crate) fn partial(&self, seconds: f64) -> String {
        let words = self.transcript.split_inclusive(' ').take((seconds * 2.5) as usize);
        words.collect::<String>().trim_end().to_owned()
    }

    /// The reply's tokens, each with its moment.
    pub(crate) fn tokens(&self, cause: Instant) -> impl Iterator<Item = (Instant, String)> + Send + use<> {
        let (first, step) = (cause + ms(self.ttft_ms), 1.0 / self.tokens_per_second);
        tokens(&self.reply).into_iter().enumerate().map(move |(n, token)| (first + part(n, step), token))
    }

    /// How long a phrase waits for its first sound.
    pub(crate) fn first_sound(&self) -> Duration {
        ms(self.tts_ttfb_ms)
    }

    /// When a translation that comes whole is due.
    pub(crate) fn translated(&self, cause: Instant) -> Instant {
        cause + ms(self.ttft_ms)
    }

    /// The sound of `text`, in chunks of 100 ms, each with its moment.
    pub(crate) fn sound(
        &self,
        cause: Instant,
        text: &str,
        rate: u32,
    ) -> impl Iterator<Item = (Instant, Chunk)> + Send + use<> {
        let (first, step) = (cause + ms(self.tts_ttfb_ms), sound::CHUNK / self.tts_speed);
        sound::chunks(text, rate).enumerate().map(move |(n, chunk)| (first + part(n, step), chunk))
    }
}

/// A text in tokens: up to six letters of a word with the blanks before it, or one mark of punctuation. About four
/// characters each in English, as the tokens of language models are.
#[must_use]
pub fn tokens(text: &str) -> Vec<String> {
    const LETTERS: usize = 6;
    let (mut all, mut token, mut letters) = (Vec::new(), String::new(), 0);
    for character in text.chars() {
        let goes_on = if character.is_whitespace() {
            letters == 0
        } else {
            character.is_alphanumeric() && letters < LETTERS && !token.ends_with(is_mark)
        };
        // a mark stands alone, but takes blanks before it along
        let goes_on = goes_on || (is_mark(character) && token.trim().is_empty());
        if !goes_on && !token.is_empty() {
            all.push(std::mem::take(&mut token));
            letters = 0;
        }
        letters += usize::from(!character.is_whitespace());
        token.push(character);
    }
    all.extend((!token.is_empty()).then_some(token));
    all
}

fn is_mark(character: char) -> bool {
    !character.is_alphanumeric() && !character.is_whitespace()
}

fn ms(milliseconds: u32) -> Duration {
    Duration::from_millis(milliseconds.into())
}

fn part(n: usize, step: f64) -> Duration {
    Duration::from_secs_f64(n as f64 * step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reply_is_what_the_figures_count_on() {
        let reply = Script::default().reply;
        let cut = tokens(&reply);
        assert_eq!(cut.concat(), reply);
        assert_eq!((cut.len(), cut[1].as_str(), cut[9].as_str()), (65, ",", "."));
        assert_eq!(cut.iter().filter(|token| [".", "?"].contains(&token.as_str())).count(), 4);
        assert!((sound::seconds(&reply) - 17.9).abs() < 0.05, "{}", sound::seconds(&reply));
    }

    #[test]
    fn tokens_keep_every_character() {
        for text in ["", " ", "a", "Привет, мир!", "x  y", "—abcdefgh… 3.5\n\n", "!? "] {
            assert_eq!(tokens(text).concat(), text);
        }
        assert_eq!(tokens("breakfast, now"), ["breakf", "ast", ",", " now"]);
    }

    #[test]
    fn moments_count_from_the_cause() {
        let cause = crate::clock::now();
        let moments: Vec<_> = Script::default().tokens(cause).map(|(when, _)| when - cause).collect();
        assert_eq!(moments[0], Duration::from_millis(350));
        assert_eq!(moments[9], Duration::from_micros(462_500));
        let sound: Vec<_> =
            Script::default().sound(cause, "one two three", 8_000).map(|(when, _)| when - cause).collect();
        assert_eq!((sound[0], sound[1]), (Duration::from_millis(200), Duration::from_millis(220)));
        assert!(Script::at_once().tokens(cause).all(|(when, _)| when == cause));
    }
}
