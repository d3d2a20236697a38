// What is photographed: each scene is a start, the events that lead there, and perhaps something to open. Data only.
import { NOW } from "./clock";
import { FIGURES, ONE, SPENT } from "./figures";
import { HOUR, kept } from "./kept";
import { MARKS, PROVIDERS, SERVICES, SETTINGS, report, snapshot } from "../test/core";
import { HOSTILE as PAYLOADS } from "../test/hostile.js";
import type { Check, Conversation, Entry, Error, Event, Found, Mark, MicNews, Outcome, Probe, Ranking, Reached, Settings, Snapshot, Standing, Trial, TurnReport } from "../src/types";

export type Scene = {
  name: string;
  start: (changes: Partial<Settings>) => Snapshot | null;
  events: Event[];
  /** What other calls give, by their names. */
  answers?: Record<string, unknown>;
  /** Keys that are pressed at the end, one after the other. */
  press?: string | string[];
  /** What is scrolled from its end to its beginning. */
  walk?: string;
  /** Where the pointer rests. */
  hover?: string;
  /** Clicked at the end, one after the other. */
  click?: string | string[];
  /** The section of the settings that is opened then, by whichever way the look has. */
  section?: string;
  /** Typed into fields after that, by where they are. */
  fill?: Record<string, string>;
  /** Chosen in lists, by where they are. */
  choose?: Record<string, string>;
  /** Clicked after that. */
  then?: string;
  /** What then comes through the channels of calls, by their names. */
  pour?: Record<string, unknown[]>;
  /** What calls are refused with, by their names. */
  refusals?: Record<string, Error>;
  /** Scrolled into view at the end. */
  show?: string;
  /** Typed into the text box. */
  type?: string;
  /** The only looks it is seen in; absent is all. */
  looks?: string[];
  /** The page, without its ending; absent is the window. */
  page?: "overlay";
  /** Its own size in every look. */
  size?: { width: number; height: number };
};

/** Both shapes of the window, both languages. What these prove (a text stays a text, nothing is asked for, nothing sticks out) does
    not hang on the colours, and they take as long as all the others together. */
const TWICE = { looks: ["wide-light-en", "narrow-light-ru-2x"] };

const EMPTY = { transcript: "", reply: "", answered_by: [], release_to_first_audio_ms: null };
const ARABIC = "مرحبا، هل يمكنك أن تقول لي كم الساعة الآن؟";
const HOSTILE = `<img src=x onerror=alert(1)> ${"Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft".repeat(3)}`;

const listening: Event[] = [
  { is: "state", state: "listening" },
  { is: "started", turn: 2, mode: "chat" },
];
const spoken: Event[] = [
  { is: "started", turn: 2, mode: "chat" },
  ...marked("key_down", "key_up", "stt_final"),
  { is: "words", turn: 2, text: "What is twelve times nine?", language: "en", last: true },
];

const MARKDOWN = `There are **two** trains, and *one* is ~~late~~ cancelled:

1. the 9:05, by \`platform 4\`
2. the 11:40

| Train | Leaves | Arrives | Price |
| --- | --- | --- | ---: |
| Coast express | 9:05 | 12:30 | 49 |
| Night line | 23:10 | 7:45 | 29 |

> Children travel free. See [the timetable](https://example.org/trains?day=1).

\`\`\`sh
wilco say "Two tickets, please" --out tickets.wav --voice a-name-that-is-long
\`\`\``;

const TROUBLED = {
  answered_by: [["hear", "pocketsphinx"], ["think", "openai"], ["speak", "flite"]] as TurnReport["answered_by"],
  tried: [{ stage: "hear", provider: "deepgram", failed: "timed_out", after_ms: 2400 }, { stage: "speak", provider: "openai", failed: null, after_ms: 310 }] as TurnReport["tried"],
  seams: [{ at_ms: 1200, lost_ms: 340 }],
  usage: [
    { stage: "hear", provider: "deepgram", seconds: 3.4, tokens_in: 0, tokens_out: 0, characters: 0, voice_seconds: 0, usd: 0.000272 },
    { stage: "think", provider: "openai", seconds: 0, tokens_in: 1204, tokens_out: 61, characters: 0, voice_seconds: 0, usd: null },
    { stage: "speak", provider: "openai", seconds: 0, tokens_in: 0, tokens_out: 0, characters: 214, voice_seconds: 14.2, usd: 0.00355 },
  ] as TurnReport["usage"],
  traffic: [
    { stage: "hear", provider: "deepgram", sent: 14_320, received: 212 },
    { stage: "think", provider: "openai", sent: 4_816, received: 244 },
    { stage: "speak", provider: "openai", sent: 214, received: 681_600 },
  ] as TurnReport["traffic"],
  journal: "/home/me/.local/share/wilco/journal/2026-11-21T18-06-35.120-1795284395120.ogg",
};

const ROW = "[data-conversation='1']";
const KEPT = {
  conversations: [
    kept(9, 0.2, "Trains to the coast", "", 12, true),
    kept(1, 0.5, "", "What time is it?", 1),
    kept(2, 1, "", "Remind me what the long word for a captain of a Danube steamship company is", 4),
    kept(3, 26, "", "مرحبا، هل يمكنك أن تقول لي كم الساعة الآن؟", 2),
    kept(4, 27, "Shopping", "", 31),
    ...Array.from({ length: 14 }, (_, index) => kept(10 + index, 24 * (index + 3), "", `An older question, number ${index + 1}`, index + 1)),
  ] satisfies Conversation[],
  search: [
    { turn: NOW - HOUR, conversation: 9, at: "", in_reply: false, snippet: [{ text: "when does the next ", hit: false }, { text: "train", hit: true }, { text: " to the coast leave", hit: false }] },
    { turn: NOW - 99 * HOUR, conversation: 9, at: "", in_reply: true, snippet: [{ text: "…the 9:05 ", hit: false }, { text: "train", hit: true }, { text: " from platform 4 is the quickest, and the night ", hit: false }, { text: "train", hit: true }] },
  ] satisfies Found[],
};

const saying: Event[] = [
  { is: "reply", turn: 2, text: "Twelve times nine is **one hundred and eight**. The train leaves at nine. Take a warm coat along." },
  { is: "saying", turn: 2, text: "Twelve times nine is one hundred and eight.", ms: 1200 },
  { is: "saying", turn: 2, text: "The train leaves at nine.", ms: 900_000 },
];

const OPENAI = "[data-engine=openai]";
const SUMMARY = `${OPENAI} summary`;

const REACHED: Reached[] = [
  { host: "api.openai.com", kinds: ["hear", "respond", "say"], calls: 48, sent: 312_400, received: 2_410_000, last_ms: 1_795_285_000_000 },
  { host: "api.eu.a-service-with-a-long-name.example.com:8443", kinds: ["translate"], calls: 1, sent: 34, received: 41, last_ms: 1_795_180_000_000 },
];
const CHECKS: Check[] = [
  { subject: "microphone", value: "-34", verdict: "ok", error: null, what: "microphone", found: "open, loudest at -34 dB", next: "" },
  { subject: "keyring", value: "", verdict: "warn", error: "keyring_missing", what: "keyring", found: "none was found.", next: "Start the system's keyring, or use the key for this session only." },
  { subject: "way", value: "openai", verdict: "fail", error: "timed_out", what: "way to openai", found: "it did not answer within 5 s.", next: "Try again." },
];
const STANDINGS: Standing[] = [
  { provider: "openai", kind: "say", condition: { is: "good" }, typical_ms: 240 },
  { provider: "self-hosted", kind: "hear", condition: { is: "resting", for_ms: 30_000 }, typical_ms: null },
  { provider: "flite", kind: "say", condition: { is: "slow" }, typical_ms: 31 },
];

const TRIALS: Trial[] = [
  { provider: "openai", kind: "respond", typical_ms: 412, failed: null, left: 4 },
  { provider: "a-service-with-a-long-name", kind: "respond", typical_ms: null, failed: { kind: "key_refused", source: "a-service-with-a-long-name", detail: "" }, left: 3 },
  { provider: "openai", kind: "say", typical_ms: 388, failed: null, left: 2 },
  { provider: "flite", kind: "say", typical_ms: 31, failed: null, left: 1 },
  { provider: "espeak-ng", kind: "say", typical_ms: null, failed: { kind: "timed_out", source: "espeak-ng", detail: "" }, left: 0 },
];
const RANKINGS: Ranking[] = [{ kind: "say", order: ["flite", "openai", "espeak-ng"] }];
const PROBES: Probe[] = [{ is: "live" }, { is: "level", rms: 0.12 }, { is: "words", text: "when does the next train leave" }];

export const SCENES: Scene[] = [
  scene("01-welcome", []),
  scene("01-welcome-no-key", [{ is: "given", keys: [] }]),
  { ...scene("02-welcome-translate", []), start: (changes) => snapshot({ mode: "translate", ...changes }) },
  // where the header is tightest: just wide enough for one line, without and with the conversations beside it
  ...[890, 1152].map((width) => ({
    ...scene(`02-welcome-${width}`, []),
    start: (changes: Partial<Settings>) => snapshot({ mode: "translate", ...changes }),
    size: { width, height: 640 },
    looks: ["wide-light-en", "wide-dark-ru"],
  })),
  { ...scene("03-welcome-echo", []), start: (changes) => snapshot({ mode: "echo", ...changes }) },
  scene("04-opening", [done(1), { is: "state", state: "opening" }, { is: "started", turn: 2, mode: "chat" }]),
  scene("05-listening-first", [...listening, { is: "level", rms: 0.003 }]),
  scene("06-listening", [
    done(1),
    ...listening,
    { is: "level", rms: 0.16 },
    { is: "words", turn: 2, text: "what is twelve times", language: "en", last: false },
  ]),
  scene("06-listening-last-minute", [done(1), ...listening, { is: "level", rms: 0.1 }, { is: "countdown", seconds: 42 }]),
  scene("06-listening-closed", [done(1), { is: "closed", why: "locked" }]),
  scene("07-thinking", [done(1), ...spoken, { is: "state", state: "thinking" }]),
  scene("08-speaking", [
    done(1),
    ...spoken,
    { is: "reply", turn: 2, text: "Twelve times nine " },
    { is: "reply", turn: 2, text: "is one hundred and eight." },
    ...marked("first_phrase", "first_audio"),
    { is: "state", state: "speaking" },
  ]),
  scene("09-done", [done(1), ...spoken, done(2, "done", { transcript: "What is twelve times nine?", reply: "108." })]),
  ...(["no_speech", "too_short", "cancelled", "saved_for_retry"] as const).map((outcome, index) =>
    scene(`1${index}-${outcome}`, [done(1), done(2, outcome, { ...EMPTY, marks: [] })]),
  ),
  scene("14-partial", [done(1, "partial")]),
  scene("15-trouble", [
    done(1),
    { is: "trouble", error: { kind: "no_microphone", source: "audio", detail: "" } },
    { is: "trouble", error: { kind: "unsupported", source: "apertium", detail: "en → ru is not installed. There are: en → es, es → en." } },
  ]),
  scene("15-waiting", [done(1), done(2, "saved_for_retry", { reply: "" }), { is: "waiting", turns: [2, 1_700_000_000_000] }]),
  scene("16-hostile", [
    done(1, "done", { transcript: HOSTILE, reply: HOSTILE }),
    { is: "trouble", error: { kind: "storage", source: "x".repeat(200), detail: HOSTILE } },
  ]),
  scene("17-right-to-left", [
    done(1, "done", { transcript: ARABIC, reply: "Hello, can you tell me what time it is now?" }),
    done(2, "done", { transcript: "Good evening to all of you.", reply: `${ARABIC} ${ARABIC}` }),
  ]),
  scene("18-many", Array.from({ length: 12 }, (_, index) => done(index + 1))),
  { ...scene("19-typing", [done(1)]), type: "Remind me of the\nsecond line too" },
  { ...scene("20-settings", []), start: lacking, click: "#settings" },
  { ...scene("21-settings-engines", []), start: lacking, click: "#settings", show: "[data-testid=engine]:last-child" },
  ...(["voice", "audio", "keys", "languages", "persona", "privacy", "network", "appearance", "about"] as const).map((section) => ({
    ...scene(`40-settings-${section}`, []),
    click: ["#settings"],
    section,
    answers: { reached: REACHED, version: "0.1.0", check_everything: CHECKS },
  })),
  { ...scene("40-settings-audio-end", []), click: "#settings", section: "audio", show: "dialog .row >> nth=-1" },
  { ...scene("40-settings-keys-press", []), click: "#settings", section: "keys", then: "[data-key=other]" },
  {
    ...scene("40-settings-keys-portal", [{ is: "given", keys: [["talk", "Ctrl+Leertaste"], ["repeat", "F8"]] }]),
    click: "#settings",
    section: "keys",
    answers: { key_backend: "portal" },
  },
  { ...scene("41-persona", [done(1)]), start: (changes) => snapshot({ persona: "Teacher", personas: { Teacher: { prompt: "You are a patient teacher of Spanish.", voice: "" } }, ...changes }) },
  {
    ...scene("40-settings-persona-own", []),
    start: (changes) => snapshot({ persona: "Teacher", personas: { Teacher: { prompt: "You are a patient teacher of Spanish. Answer in one or two spoken sentences.", voice: "" } }, ...changes }),
    click: "#settings",
    section: "persona",
  },
  {
    ...scene("40-settings-network-proxy", []),
    start: (changes) => snapshot({ network: { ...SETTINGS.network, proxy: "http://proxy.example.com:3128", proxy_user: "me" }, ...changes }),
    click: "#settings",
    section: "network",
  },
  { ...scene("42-settings-health", [{ is: "standings", standings: STANDINGS }]), start: served, click: "#settings", show: OPENAI },
  { ...scene("43-settings-check", []), click: "#settings", section: "about", answers: { check_everything: CHECKS }, then: "section:nth-last-of-type(2) .button" },
  { ...scene("43-settings-support", []), click: "#settings", section: "about", answers: { support: "/home/me/Downloads/wilco-support-1784455800000.json" }, then: "[data-testid=support]", show: "section:last-of-type [role=status]" },
  { ...scene("43-settings-licences", []), click: "#settings", section: "about", then: "[aria-controls=licences]", show: "[data-testid=licence]:nth-child(9)" },
  { ...scene("44-settings-ledger", []), click: "#settings", section: "network", answers: { reached: REACHED }, show: "[data-testid=reached]:last-child" },
  { ...scene("45-first-run", []), start: welcome },
  { ...scene("46-first-run-key", [{ is: "state", state: "listening" }]), start: welcome, click: "dialog .main" },
  { ...scene("46-first-run-no-key", [{ is: "given", keys: [] }]), start: welcome, click: "dialog .main", answers: { key_backend: "portal" } },
  { ...scene("47-first-run-who", []), start: welcome, click: ["dialog .main", "dialog .main"] },
  { ...scene("45-first-run-heard", []), start: welcome, then: "[data-testid=mic-test] .button", pour: { listen: PROBES } },
  { ...scene("47-first-run-service", []), start: (changes) => ({ ...welcome(changes), keys: {} }), click: ["dialog .main", "dialog .main"], choose: { "#first-service": "openai" } },
  { ...scene("43-settings-trials", []), start: served, click: "#settings", answers: { trial: RANKINGS }, then: "[data-testid=trials] .button", pour: { trial: TRIALS }, show: "[data-testid=trial] >> nth=4" },
  { ...scene("41-settings-search", []), click: "#settings", fill: { "dialog input[type=search]": "mi" } },
  { ...scene("22-no-core", []), start: () => null },
  { ...scene("23-welcome-service", []), start: served },
  { ...scene("24-providers-order", []), start: served, click: "#settings", show: ".stage:nth-of-type(4)" },
  { ...scene("25-provider-open", []), start: served, click: ["#settings", SUMMARY], show: `${OPENAI} .fields` },
  {
    ...scene("26-provider-keyring-locked", []),
    start: served,
    click: ["#settings", SUMMARY],
    fill: { [`${OPENAI} input[type=password]`]: "sk-not-a-real-one" },
    then: `${OPENAI} form .button >> nth=0`,
    refusals: { set_key: { kind: "keyring_locked", source: "keyring", detail: "it is locked, or was never set up." } },
    show: `${OPENAI} [role=status]`,
  },
  { ...scene("40-history", [done(1)]), start: (changes) => ({ ...snapshot(changes), conversation: 1 }), answers: KEPT, press: "Control+k" },
  { ...scene("41-history-empty", []), press: "Control+k" },
  { ...scene("42-history-search", []), answers: KEPT, press: "Control+k", fill: { "#search": "train" } },
  {
    ...scene("42-history-found", []),
    start: (changes) => ({ ...snapshot(changes), conversation: 9 }),
    answers: { ...KEPT, turns: Array.from({ length: 12 }, (_, index) => entry(Number(KEPT.search[0]?.turn) + 60_000 * (index - 4))) },
    press: "Control+k",
    fill: { "#search": "train" },
    then: "[data-testid=found] >> nth=0",
  },
  { ...scene("43-history-acts", [done(1)]), answers: KEPT, press: "Control+k", hover: ROW },
  { ...scene("43-history-delete", [done(1)]), answers: KEPT, press: "Control+k", click: `${ROW} .acts button >> nth=3` },
  { ...scene("44-history-export", [done(1)]), answers: KEPT, press: "Control+k", click: `${ROW} .acts button >> nth=2` },
  { ...scene("44-history-rename", [done(1)]), answers: KEPT, press: "Control+k", click: [`${ROW} .acts button >> nth=1`] },
  ...figures("45-figures", { figures: FIGURES.week }),
  { ...scene("45-figures-end", [done(1)]), answers: { figures: FIGURES.month }, press: "Control+i", show: "[data-testid=slow] >> nth=9" },
  { ...scene("45-figures-providers", [done(1)]), answers: { figures: FIGURES.all }, press: "Control+i", show: "[data-testid=stage] >> nth=2" },
  {
    ...scene("45-figures-costs", [done(1)]),
    start: (changes) => snapshot({ spending: { monthly_cap: 5, at_cap: "local" }, ...changes }),
    answers: { figures: FIGURES.month, spent: SPENT },
    press: "Control+i",
    click: "dialog input[value=month]",
    show: "[data-testid=costs] .row >> nth=1",
  },
  ...figures("46-figures-one", { figures: ONE }),
  ...figures("47-figures-none", {}),
  { ...scene("48-figures-not-kept", [done(1)]), start: (changes) => snapshot({ privacy: { ...SETTINGS.privacy, keep_history: "nothing" }, ...changes }), press: "Control+i" },
  { ...scene("49-turn-written", [done(1)]), answers: { export_turn: "/home/me/Downloads/wilco-turn-1784455800000.md" }, click: "[data-testid=save-turn]" },
  scene("50-markdown", [done(1, "done", { transcript: "Compare the trains, please.", reply: MARKDOWN })]),
  { ...scene("51-details", [done(1, "done", TROUBLED)]), start: served, click: "[data-testid=details]", show: "[data-testid=waterfall]" },
  { ...scene("52-actions", [done(1), done(2)]), hover: "[data-turn='2']" },
  { ...scene("53-delete-turn", [done(1)]), click: ".actions button >> nth=2" },
  scene("54-stood-in", [
    ...spoken,
    { is: "stood_in", turn: 2, stage: "hear", error: { kind: "timed_out", source: "deepgram", detail: "" }, by: "pocketsphinx" },
    { is: "reply", turn: 2, text: "One hundred and eight." },
    ...marked("first_phrase", "first_audio"),
  ]),
  scene("55-voice-in-reply", [done(1), ...spoken, ...saying, { is: "state", state: "speaking" }]),
  scene("56-voice-paused", [done(1), ...spoken, ...saying, { is: "state", state: "speaking" }, { is: "paused", paused: true }]),
  scene("57-mic-slow", [done(1), { is: "state", state: "opening" }, { is: "started", turn: 2, mode: "chat" }, mic({ is: "slow", device: "WH-1000XM4 Headset", instead: "Built-in Audio Analogue Stereo" })]),
  { ...scene("58-mic-standby", [done(1)]), start: (changes) => ({ ...snapshot(changes), standby: true }) },
  { ...TWICE, ...scene("59-long-text", [done(1, "done", { transcript: "word ".repeat(20_000), reply: "A very long reply. ".repeat(20_000) })]) },
  {
    ...TWICE,
    ...scene("60-hostile-all", [
      ...PAYLOADS.map((text, index) => done(index + 1, "done", { transcript: text, reply: text, answered_by: [["hear", text], ["think", text], ["speak", text]] })),
      ...PAYLOADS.slice(0, 20).map((text): Event => ({ is: "trouble", error: { kind: "service_failed", source: text, detail: text } })),
      { is: "state", state: "opening" },
      mic({ is: "slow", device: PAYLOADS.join(" "), instead: PAYLOADS.join(" ") }),
    ]),
    answers: { conversations: PAYLOADS.map((text, index) => kept(index + 1, index, text, text, 1)) },
    walk: "main",
  },
  { ...TWICE, ...scene("61-hostile-names", []), answers: { conversations: PAYLOADS.map((text, index) => kept(index + 1, index, text, text, 1)) }, press: "Control+k" },
  { ...TWICE, ...scene("62-hostile-found", []), answers: { search: PAYLOADS.map((text, index) => ({ turn: index, conversation: 1, at: text, in_reply: false, snippet: [{ text, hit: index % 2 === 0 }] })) }, press: "Control+k", fill: { "#search": "x" } },
  {
    ...TWICE,
    ...scene("63-hostile-10-megabytes", [
      done(1, "done", { transcript: "W".repeat(1e7), reply: "[](".repeat(3e6) }),
      { is: "trouble", error: { kind: "garbled", source: "s".repeat(1e6), detail: "d".repeat(1e6) } },
    ]),
  },
  overlay("70-overlay-opening", [{ is: "state", state: "opening" }]),
  overlay("71-overlay-listening", [{ is: "state", state: "listening" }, { is: "level", rms: 0.14 }, { is: "words", turn: 2, text: "what is twelve times", language: "en", last: false }]),
  overlay("72-overlay-thinking", [{ is: "state", state: "thinking" }, { is: "words", turn: 2, text: ARABIC, language: "ar", last: true }]),
  overlay("73-overlay-speaking", [{ is: "state", state: "speaking" }, { is: "reply", turn: 2, text: `${"A very long reply. ".repeat(40)}Take a warm coat along.` }]),
  overlay("74-overlay-hostile", [{ is: "state", state: "speaking" }, { is: "reply", turn: 2, text: HOSTILE }]),
  overlay("75-overlay-trouble", [{ is: "trouble", error: { kind: "permission_denied", source: "audio", detail: "" } }]),
];

function figures(name: string, answers: Record<string, unknown>): Scene[] {
  return [{ ...scene(name, [done(1)]), answers, press: "Control+i" }];
}

/** The pill above other windows, as large as it is on the desk, whatever the size of the window. */
function overlay(name: string, events: Event[]): Scene {
  const looks = ["wide-light-en", "wide-dark-ru"];
  return { ...scene(name, [{ is: "started", turn: 2, mode: "chat" }, ...events]), page: "overlay", size: { width: 400, height: 84 }, looks };
}

function entry(id: number): Entry {
  const { transcript, reply, answered_by, tried, usage, traffic, marks, release_to_first_audio_ms } = report(id);
  const languages = { mine: "en", theirs: "es" };
  const nothing = { failed_stage: null, failed_kind: null, recording: null, starred: false };
  return { id, conversation: 9, at: "", mode: "chat", languages, transcript, reply, heard: "", outcome: "done", answered_by, tried, usage, traffic, marks, release_to_first_audio_ms, ...nothing };
}

function mic(news: MicNews): Event {
  return { is: "microphone", news };
}

/** The only look that is not handed on: the first steps were not taken yet. */
function welcome(changes: Partial<Settings>): Snapshot {
  const now = served(changes);
  return { ...now, settings: { ...now.settings, appearance: { ...now.settings.appearance, welcomed: false } } };
}

function scene(name: string, events: Event[]): Scene {
  return { name, start: snapshot, events };
}

function lacking(changes: Partial<Settings>): Snapshot {
  const detail = "libpocketsphinx.so.3 was not found; the package libpocketsphinx3 brings it";
  return { ...snapshot(changes), troubles: [{ kind: "engine_missing", source: "pocketsphinx", detail }] };
}

/** Services among the engines: one with a key, one that needs none. */
function served(changes: Partial<Settings>): Snapshot {
  const providers = { ...SETTINGS.providers, respond: ["openai", "no-model"], say: ["openai", "flite", "espeak-ng"] };
  return { ...snapshot({ providers, ...changes }), providers: [...SERVICES, ...PROVIDERS], keys: { openai: "keyring" } };
}

function done(turn: number, outcome: Outcome = "done", changes: Parameters<typeof report>[2] = {}): Event {
  return { is: "ended", report: report(turn, outcome, changes) };
}

function marked(...marks: Mark[]): Event[] {
  return MARKS.filter(({ mark }) => marks.includes(mark)).map(({ mark, ms }) => ({ is: "marked", turn: 2, mark, ms }));
}
