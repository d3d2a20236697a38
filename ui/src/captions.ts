// How far the voice has come in the reply on screen. Pure. What is spoken and what is written differ in their marks and
// blanks, so places are counted in letters and figures.
import type { Said } from "./state";

/** About what a voice needs for a letter, until it is known how long the part takes, in milliseconds. */
const LETTER_MS = 75;
/** By so many letters a part is found again in the reply. */
const CLUE = 24;

/** What is being said now: from one letter of the reply to another, and in how many milliseconds. */
export type Passage = { from: number; to: number; ms: number };

export function lettersIn(text: string): number {
  return letters(text).length;
}

/** Where the last part of `said` stands in `spoken`, the reply as it is on screen; null before the first. */
export function passage(spoken: string, said: Said[]): Passage | null {
  const all = letters(spoken);
  let now: Passage | null = null;
  for (const { text, ms } of said) {
    const part = letters(text);
    const at: number = all.indexOf(part.slice(0, CLUE), now?.to ?? 0);
    const from: number = at < 0 ? (now?.to ?? 0) : at;
    const to = Math.min(all.length, from + part.length);
    now = { from, to, ms: ms ?? part.length * LETTER_MS };
  }
  return now;
}

/** The first letters of `text`, to the end of the word in which the last of so many stands. */
export function split(text: string, many: number): [string, string] {
  let left = many;
  let at = 0;
  for (const c of many > 0 ? text : "") {
    if (left <= 0 && (BLANK.test(c) || UNPARTED.test(c))) break;
    if (LETTER.test(c)) left -= 1;
    at += c.length;
  }
  return [text.slice(0, at), text.slice(at)];
}

const BLANK = /\s/;
/** Letters of scripts that write no blanks between words. */
const UNPARTED = /\p{sc=Han}|\p{sc=Hiragana}|\p{sc=Katakana}|\p{sc=Thai}|\p{sc=Khmer}|\p{sc=Lao}/u;
const LETTER = /[\p{L}\p{N}]/u;

/** As one unit each, so that places are the same in any writing. */
function letters(text: string): string {
  return [...text.toLowerCase()].map((c) => (LETTER.test(c) ? c.charAt(0) : "")).join("");
}
