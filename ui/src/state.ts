// What is on screen as a value, and how each event changes it. Pure: no clock, no page, no call to the core.
import type { Keys } from "./providers";
import type { Away, Entry, Error, Event, Language, MicNews, Mode, Profile, Settings, Snapshot, Stamp, Standing, State, TurnId, TurnReport } from "./types";

export type Turn = {
  id: TurnId;
  mode: Mode;
  words: string;
  language: Language;
  /** No further change of the words will come. */
  understood: boolean;
  reply: string;
  marks: Stamp[];
  /** Present once the turn is over. */
  report: TurnReport | null;
  /** The app ended before it did. */
  interrupted: boolean;
};

/** An error that is shown. A standing one was met at start and stays true whatever is said next. */
export type Fault = { id: number; error: Error; standing: boolean };

export type Model = {
  state: State;
  /** The last news of the microphone in this turn; none if all is as usual. */
  microphone: MicNews | null;
  /** It is open between presses, for the sound before the key. */
  standby: boolean;
  /** Root mean square at the microphone, 0 unless it is open. */
  level: number;
  /** Seconds until the microphone closes by itself, in the last minute. */
  countdown: number | null;
  /** Why it was closed though nobody let go; until the next turn. */
  closed: Away | null;
  settings: Settings;
  providers: Profile[];
  /** Providers that have a key. */
  keys: Keys;
  /** How those do who were asked. */
  standings: Standing[];
  /** Oldest first. */
  turns: Turn[];
  faults: Fault[];
  /** Number of the next fault. */
  next: number;
};

/** A window that is open for weeks must not grow for weeks. */
const KEPT_TURNS = 200;
const KEPT_FAULTS = 20;

export function begin(now: Snapshot): Model {
  const { state, settings, providers, keys, standings, standby } = now;
  const quiet = { microphone: null, level: 0, countdown: null, closed: null };
  const turns = now.unfinished.map(left);
  const empty: Model = { state, settings, providers, keys, standings, standby, ...quiet, turns, faults: [], next: 1 };
  return now.troubles.reduce((model, error) => fault(model, error, true), empty);
}

export function step(model: Model, event: Event): Model {
  switch (event.is) {
    case "state":
      return event.state === "listening"
        ? { ...model, state: event.state }
        : { ...model, state: event.state, level: 0, countdown: null };
    case "level":
      return model.state === "listening" ? { ...model, level: event.rms } : model;
    case "countdown":
      return { ...model, countdown: event.seconds };
    case "closed":
      return { ...model, closed: event.why };
    case "microphone":
      return microphone(model, event.news);
    case "started":
      return started(model, event.turn, event.mode);
    case "words":
      return running(model, event.turn, (turn) => ({
        ...turn,
        words: event.text,
        language: event.language,
        understood: event.last,
      }));
    case "reply":
      return running(model, event.turn, (turn) => ({ ...turn, reply: turn.reply + event.text }));
    case "again":
      return running(model, event.turn, (turn) => ({ ...turn, reply: "" }));
    case "stood_in":
      // the report of the turn says who was tried and who did it
      return model;
    case "marked":
      return running(model, event.turn, (turn) => ({ ...turn, marks: [...turn.marks, { mark: event.mark, ms: event.ms }] }));
    case "ended":
      return ended(model, event.report);
    case "trouble":
      return fault(model, event.error, false);
    case "standings":
      return { ...model, standings: event.standings };
    case "changed":
      return changed(model, event.settings, event.keys);
  }
}

function microphone(model: Model, news: MicNews): Model {
  return news.is === "standby" ? { ...model, standby: news.open } : { ...model, microphone: news };
}

/** A key that came makes its lack untrue. */
function changed(model: Model, settings: Settings, keys: Keys): Model {
  const faults = model.faults.filter(({ error }) => error.kind !== "key_missing" || keys[error.source] === undefined);
  return { ...model, settings, keys, faults };
}

/** The person has read it. */
export function dismiss(model: Model, id: number): Model {
  return { ...model, faults: model.faults.filter((one) => one.id !== id) };
}

/** A press says that the last failure was seen, and a turn that came to nothing need not stay in the way. */
function started(model: Model, id: TurnId, mode: Mode): Model {
  const turns = model.turns.filter((turn) => turn.id !== id && !cameToNothing(turn));
  const faults = model.faults.filter((one) => one.standing);
  return { ...model, faults, microphone: null, countdown: null, closed: null, turns: [...turns, fresh(model, id, mode)].slice(-KEPT_TURNS) };
}

function ended(model: Model, report: TurnReport): Model {
  return touch(model, report.turn, (turn) => ({
    ...turn,
    words: report.transcript,
    understood: true,
    reply: report.reply,
    marks: report.marks,
    report,
  }));
}

/** A turn that is over has its report; a late piece of it changes nothing. */
function running(model: Model, id: TurnId, change: (turn: Turn) => Turn): Model {
  return touch(model, id, (turn) => (turn.report ? turn : change(turn)));
}

/** A window that was opened in the middle of a turn has not seen its start. */
function touch(model: Model, id: TurnId, change: (turn: Turn) => Turn): Model {
  const known = model.turns.some((turn) => turn.id === id);
  const turns = known ? model.turns : [...model.turns, fresh(model, id, model.settings.mode)];
  return { ...model, turns: turns.map((turn) => (turn.id === id ? change(turn) : turn)).slice(-KEPT_TURNS) };
}

function fresh(model: Model, id: TurnId, mode: Mode): Turn {
  const language = model.settings.languages.mine;
  return { id, mode, words: "", language, understood: false, reply: "", marks: [], report: null, interrupted: false };
}

/** A turn that the last run did not end. */
function left({ id, mode, languages, transcript, reply, marks }: Entry): Turn {
  const said = { words: transcript, language: languages.mine, understood: true, reply };
  return { id, mode, ...said, marks, report: null, interrupted: true };
}

/** What can be tried again is something. */
function cameToNothing({ report, words, reply }: Turn): boolean {
  return report !== null && report.outcome !== "saved_for_retry" && words === "" && reply === "";
}

/** It stopped on its way and can go on. */
export function canGoOn({ report, interrupted }: Turn): boolean {
  return interrupted || report?.outcome === "saved_for_retry";
}

/** The same fault told twice is one fault. */
function fault(model: Model, error: Error, standing: boolean): Model {
  const told = model.faults.some((one) => same(one.error, error));
  if (told) return model;
  const faults = [...model.faults, { id: model.next, error, standing }].slice(-KEPT_FAULTS);
  return { ...model, faults, next: model.next + 1 };
}

function same(a: Error, b: Error): boolean {
  return a.kind === b.kind && a.source === b.source && a.detail === b.detail;
}
