// What is on screen as a value, and how each event changes it. Pure: no clock, no page, no call to the core.
import type { Keys } from "./providers";
import type { Away, ConversationId, Entry, Error, Event, KeyRole, Language, MicNews, Mode, Profile, Settings, Snapshot, Stage, Stamp, Standing, State, TurnId, TurnReport } from "./types";

export type Turn = {
  id: TurnId;
  mode: Mode;
  words: string;
  language: Language;
  /** No further change of the words will come. */
  understood: boolean;
  reply: string;
  /** What the voice began to say of it, part by part. */
  said: Said[];
  /** Who failed, and who did it instead. */
  stood: StandIn[];
  marks: Stamp[];
  /** Present once the turn is over. */
  report: TurnReport | null;
  /** The app ended before it did. */
  interrupted: boolean;
  /** The history has it, or will have it at its end. */
  kept: boolean;
};

/** A part of the reply as it is spoken, and how long that takes in milliseconds, if it is known. */
export type Said = { text: string; ms: number | null };

/** A kept turn that is to be seen, and where it belongs. */
export type Sought = { turn: TurnId; conversation: ConversationId };

export type StandIn = { stage: Stage; error: Error; by: string };

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
  /** The keys that the desktop gave, in its own words; null where it goes by the settings. */
  given: Partial<Record<KeyRole, string>> | null;
  providers: Profile[];
  /** Providers that have a key. */
  keys: Keys;
  /** The reply keeps its place and is silent. */
  paused: boolean;
  /** The turn whose recording is heard. */
  replaying: TurnId | null;
  /** What is on screen; null is a new one. */
  conversation: ConversationId | null;
  /** Turns up to this one that are not on screen belong elsewhere. */
  elsewhere: TurnId;
  /** The turn that the person is in, or was in last; null before the first of this run. */
  front: TurnId | null;
  /** How those do who were asked. */
  standings: Standing[];
  /** Of that conversation, oldest first. */
  turns: Turn[];
  /** There may be turns before them. */
  older: boolean;
  /** From this turn on the conversation is known without a gap; null before its newest page came. */
  since: TurnId | null;
  /** No more turns than this stay. */
  most: number;
  faults: Fault[];
  /** Turns that can go on now that there is a network again, oldest first. */
  waiting: TurnId[];
  /** Words from outside for the text box; a new object each time. */
  draft: { text: string } | null;
  /** Number of the next fault. */
  next: number;
};

/** A window that is open for weeks must not grow for weeks. */
const KEPT_TURNS = 200;
/** Turns that are asked for at once. */
export const PAGE = 50;
const KEPT_FAULTS = 20;

export function begin(now: Snapshot): Model {
  const { state, settings, providers, keys, standings, standby, conversation, waiting } = now;
  const quiet = { microphone: null, level: 0, countdown: null, closed: null };
  const turns = now.unfinished.filter((entry) => entry.conversation === conversation).map(left);
  const page = { turns, older: conversation !== null, since: null, most: KEPT_TURNS };
  const view = { conversation, elsewhere: 0, front: null, ...page, paused: false, replaying: null };
  const empty: Model = { state, settings, given: null, providers, keys, standings, standby, ...quiet, ...view, waiting, faults: [], draft: null, next: 1 };
  return now.troubles.reduce((model, error) => fault(model, error, true), empty);
}

export function step(model: Model, event: Event): Model {
  switch (event.is) {
    case "state":
      return event.state === "listening"
        ? { ...model, state: event.state }
        : { ...model, state: event.state, level: 0, countdown: null, paused: false };
    case "level":
      return model.state === "listening" ? heard(model, event.rms) : model;
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
      return running(model, event.turn, (turn) => ({ ...turn, stood: [...turn.stood, { stage: event.stage, error: event.error, by: event.by }] }));
    case "saying":
      return running(model, event.turn, (turn) => ({ ...turn, said: [...turn.said, { text: event.text, ms: event.ms }] }));
    case "paused":
      return { ...model, paused: event.paused };
    case "replaying":
      return { ...model, replaying: event.turn };
    case "conversing":
      return conversing(model, event.id, event.turn);
    case "marked":
      return running(model, event.turn, (turn) => ({ ...turn, marks: [...turn.marks, { mark: event.mark, ms: event.ms }] }));
    case "ended":
      return ended(model, event.report);
    case "trouble":
      return fault(model, event.error, false);
    case "given":
      return { ...model, given: Object.fromEntries(event.keys) };
    case "waiting":
      return { ...model, waiting: event.turns };
    case "draft":
      return { ...model, draft: { text: event.text } };
    case "standings":
      return { ...model, standings: event.standings };
    case "changed":
      return changed(model, event.settings, event.keys);
  }
}

function microphone(model: Model, news: MicNews): Model {
  return news.is === "standby" ? { ...model, standby: news.open } : { ...model, microphone: news };
}

/** A microphone that is heard is not silent. */
function heard(model: Model, level: number): Model {
  const silent = ({ error }: Fault) => error.kind === "zero_signal";
  if (level === 0 || !model.faults.some(silent)) return { ...model, level };
  return { ...model, level, faults: model.faults.filter((one) => !silent(one)) };
}

/** A key that came makes its lack untrue; nobody misses one of the keyboard that nobody wants any more. */
function changed(model: Model, settings: Settings, keys: Keys): Model {
  const wanted: unknown[] = Object.values(settings.hotkeys);
  const came = ({ error }: Fault) => error.kind === "key_missing" && keys[error.source] !== undefined;
  const unwanted = ({ error }: Fault) => error.kind === "hotkey" && model.given === null && !wanted.includes(error.source);
  return { ...model, settings, keys, faults: model.faults.filter((one) => !came(one) && !unwanted(one)) };
}

/** The person has read it. */
export function dismiss(model: Model, id: number): Model {
  return { ...model, faults: model.faults.filter((one) => one.id !== id) };
}

/** Whatever waits may go on waiting; its turns can still be tried again where they stand. */
export function later(model: Model): Model {
  return { ...model, waiting: [] };
}

/** Another conversation comes on screen: empty, but for the turn that began it. */
function conversing(model: Model, id: ConversationId | null, began: TurnId | null): Model {
  const elsewhere = Math.max(model.elsewhere, ...model.turns.map((turn) => turn.id));
  const turns = model.turns.filter((turn) => turn.id === began);
  return { ...model, conversation: id, elsewhere, turns, older: id !== null && began === null, since: began, most: KEPT_TURNS };
}

/** Kept turns of `of` come before those on screen; what is on screen is newer than what is kept. */
export function recalled(model: Model, of: ConversationId, entries: Entry[]): Model {
  if (of !== model.conversation) return model;
  const since = entries[0]?.id ?? model.since;
  const older = entries.length === PAGE;
  // one that was left further back comes with its own page: here it would hide the gap before this one
  const near = model.turns.filter((turn) => !older || !turn.interrupted || turn.id >= (since ?? 0));
  const known = new Set(near.map((turn) => turn.id));
  const idle = model.state === "ready";
  const kept = entries.filter(({ id, outcome }) => !known.has(id) && (idle || outcome !== null)).map(left);
  const turns = [...kept, ...near].sort((a, b) => a.id - b.id);
  return { ...model, turns, older, since, most: Math.max(model.most, turns.length + KEPT_TURNS) };
}

/** No more than stay; what goes can be read again. */
function bounded(model: Model, turns: Turn[]): Model {
  const kept = turns.slice(-model.most);
  if (kept.length === turns.length) return { ...model, turns };
  const since = model.since && Math.max(model.since, kept[0]?.id ?? 0);
  return { ...model, turns: kept, older: model.conversation !== null, since };
}

/** It is deleted. */
export function forgotten(model: Model, id: TurnId): Model {
  return { ...model, turns: model.turns.filter((turn) => turn.id !== id), waiting: model.waiting.filter((one) => one !== id) };
}

/** A press says that the last failure was seen, and a turn that came to nothing need not stay in the way. */
function started(model: Model, id: TurnId, mode: Mode): Model {
  const turns = model.turns.filter((turn) => turn.id !== id && !cameToNothing(turn));
  const faults = model.faults.filter((one) => one.standing);
  const quiet = { microphone: null, countdown: null, closed: null, paused: false };
  const waiting = model.waiting.filter((one) => one !== id);
  const now = [...turns, fresh(model, id, mode)].sort((a, b) => a.id - b.id);
  return bounded({ ...model, ...quiet, faults, waiting, front: id }, now);
}

function ended(model: Model, report: TurnReport): Model {
  return touch({ ...model, front: model.front ?? report.turn }, report.turn, (turn) => ({
    ...turn,
    words: report.transcript,
    understood: true,
    reply: report.reply,
    marks: report.marks,
    report,
    kept: keeps(model) || report.outcome === "saved_for_retry",
  }));
}

/** A turn that is over has its report; a late piece of it changes nothing. */
function running(model: Model, id: TurnId, change: (turn: Turn) => Turn): Model {
  return touch(model, id, (turn) => (turn.report ? turn : change(turn)));
}

/** A window that was opened in the middle of a turn has not seen its start. */
function touch(model: Model, id: TurnId, change: (turn: Turn) => Turn): Model {
  const known = model.turns.some((turn) => turn.id === id);
  if (!known && id <= model.elsewhere) return model;
  const turns = known ? model.turns : [...model.turns, fresh(model, id, model.settings.mode)];
  return bounded(model, turns.map((turn) => (turn.id === id ? change(turn) : turn)));
}

function fresh(model: Model, id: TurnId, mode: Mode): Turn {
  const language = model.settings.languages.mine;
  return { id, mode, words: "", language, understood: false, reply: "", said: [], stood: [], marks: [], report: null, interrupted: false, kept: keeps(model) };
}

/** A kept turn. One without an end is one that an earlier run did not end. */
function left(entry: Entry): Turn {
  const { id, mode, languages, transcript, reply, marks, outcome } = entry;
  const texts = { words: transcript, language: languages.mine, understood: true, reply, said: [], stood: [] };
  return { id, mode, ...texts, marks, report: outcome && reported(entry, outcome), interrupted: outcome === null, kept: true };
}

/** What is kept of a report. */
function reported(entry: Entry, outcome: TurnReport["outcome"]): TurnReport {
  const { id: turn, transcript, reply, answered_by, tried, usage, traffic, marks, release_to_first_audio_ms, recording: journal } = entry;
  return { turn, outcome, transcript, reply, answered_by, tried, usage, traffic, marks, release_to_first_audio_ms, journal, seams: [] };
}

function keeps({ settings }: Model): boolean {
  return settings.privacy.keep_history !== "nothing";
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
