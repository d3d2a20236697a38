// What the overlay shows as a value, and how each event changes it. Pure, as `state.ts` is, but of one turn only.
import type { Appearance, ErrorKind, Event, Mode, State, TurnId } from "../types";

export type Glance = {
  turn: TurnId | null;
  mode: Mode;
  state: State;
  level: number;
  words: string;
  reply: string;
  trouble: ErrorKind | null;
  appearance: Appearance | null;
};

/** As much as fits two lines. */
const TAIL = 60;

export const NOTHING: Glance = { turn: null, mode: "chat", state: "ready", level: 0, words: "", reply: "", trouble: null, appearance: null };

export function step(now: Glance, event: Event): Glance {
  switch (event.is) {
    case "changed":
      return { ...now, appearance: event.settings.appearance };
    case "started":
      return { ...NOTHING, appearance: now.appearance, turn: event.turn, mode: event.mode, state: "opening" };
    case "state":
      return { ...now, state: event.state, level: 0 };
    case "level":
      return now.state === "listening" ? heard(now, event.rms) : now;
    case "words":
      return event.turn === now.turn ? { ...now, words: event.text } : now;
    case "reply":
      return event.turn === now.turn ? { ...now, reply: now.reply + event.text } : now;
    case "again":
      return event.turn === now.turn ? { ...now, reply: "" } : now;
    case "trouble":
      return { ...now, trouble: event.error.kind };
    default:
      return now;
  }
}

/** A microphone that is heard is not silent. */
function heard(now: Glance, level: number): Glance {
  return { ...now, level, trouble: level > 0 && now.trouble === "zero_signal" ? null : now.trouble };
}

/** The end of `text`, from a whole word on. */
export function tail(text: string, length = TAIL): string {
  const flat = text.replace(/\s+/g, " ").trim();
  const letters = [...flat];
  if (letters.length <= length) return flat;
  const end = letters.slice(-length).join("");
  const word = end.indexOf(" ");
  return `…${word >= 0 && word < end.length / 2 ? end.slice(word + 1) : end}`;
}
