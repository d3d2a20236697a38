// A core that plays its part by script: gives a snapshot, keeps the orders, sends events through the real channel.
// Tests and screenshots share it.
import type { Channel } from "@tauri-apps/api/core";
import { mockIPC } from "@tauri-apps/api/mocks";
import type { Account, Command, Event, Figures, Offers, Outcome, Profile, Settings, Snapshot, SoundDevice, Stamp, TurnReport } from "../src/types";

export type Core = {
  /** Every order so far. */
  orders: Command[];
  /** Every other call so far: its name and what it was given. */
  calls: [string, Record<string, unknown>][];
  /** What such a call is refused with, by its name. */
  refusals: Record<string, unknown>;
  /** What such a call gives, by its name. */
  answers: Record<string, unknown>;
  /** Sends pieces through the channel that the last call of that name brought. */
  pour: (call: string, ...pieces: unknown[]) => void;
  /** Sends events, in this order. */
  tell: (...events: Event[]) => void;
};

/** Answers `attach` with `now`, or not at all where it is null; `refusal` is what each order fails with. */
export function core(now: Snapshot | null, refusal?: unknown): Core {
  const orders: Command[] = [];
  const calls: Core["calls"] = [];
  const refusals: Core["refusals"] = {};
  const answers: Core["answers"] = {
    key_backend: "x11",
    offers: OFFERS,
    devices: DEVICES,
    reached: [],
    trial: [],
    conversations: [],
    turns: [],
    search: [],
    figures: NO_FIGURES,
    spent: [],
    support: "/home/me/Downloads/wilco-support-3.json",
    export_turn: "/home/me/Downloads/wilco-turn-3.md",
    export: "/home/me/Downloads/wilco-1.md",
  };
  const ways: Record<string, { id: number; index: number }> = {};
  let channel: Channel<Event> | undefined;
  let index = 0;
  mockIPC((command, payload) => {
    const args = payload as { events: Channel<Event>; command: Command };
    if (command === "attach") {
      channel = args.events;
      if (now === null) throw new Error("no core");
      return now;
    }
    if (command !== "order") {
      // asked whenever the settings are opened
      if (command === "key_backend") return answers["key_backend"];
      const given = Object.entries(payload as Record<string, unknown>);
      const channels = given.filter(([, value]) => typeof value === "object" && value !== null && "id" in value);
      for (const [, way] of channels) ways[command] = { id: (way as Channel).id, index: 0 };
      const plain = Object.fromEntries(given.filter((one) => !channels.includes(one)));
      calls.push([command, plain]);
      if (refusals[command] !== undefined) throw refusals[command];
      if (command === "try_key") return plain["key"] === "F12" ? "taken" : "free";
      const answer = answers[command];
      return typeof answer === "function" ? answer(plain) : answer;
    }
    orders.push(args.command);
    if (refusal !== undefined) throw refusal;
    return undefined;
  });
  const tell = (...events: Event[]): void => {
    const internals = (window as unknown as { __TAURI_INTERNALS__: Internals }).__TAURI_INTERNALS__;
    for (const message of events) internals.runCallback(channel?.id ?? -1, { index: index++, message });
  };
  const pour = (call: string, ...pieces: unknown[]): void => {
    const internals = (window as unknown as { __TAURI_INTERNALS__: Internals }).__TAURI_INTERNALS__;
    const way = ways[call];
    for (const message of pieces) if (way) internals.runCallback(way.id, { index: way.index++, message });
  };
  return { orders, calls, refusals, answers, pour, tell };
}

const NO_FIGURES: Figures = { turns: 0, wait: null, providers: [], stretches: [], slowest: [], outcomes: [] };

const OFFERS: Offers = { models: ["small-1", "large-1"], voices: [{ id: "v-1", name: "Vera" }] };

export const DEVICES: SoundDevice[] = [
  { id: "mic-1", name: "Built-in microphone", input: true, default: true },
  { id: "mic-2", name: "Headset", input: true, default: false },
  { id: "out-1", name: "Built-in speakers", input: false, default: true },
];

type Internals = { runCallback: (id: number, message: unknown) => void };

export const SETTINGS: Settings = {
  mode: "chat",
  languages: { mine: "en", theirs: "es" },
  providers: { hear: ["pocketsphinx"], echo: ["echo"], respond: ["no-model"], translate: ["apertium"], say: ["flite", "espeak-ng"], order: "mine", race: false },
  persona: "",
  personas: {},
  accounts: {},
  network: { proxy: "", proxy_user: "", trust: "", local_only: false },
  voice: { name: "", rate: 1, volume: 1, first: "clause", muted: false },
  audio: {
    input: "",
    output: "",
    follow_default: false,
    gain_db: 0,
    channel: "mix",
    auto_gain: false,
    hush: false,
    suppress_noise: false,
    pre_roll_ms: 0,
    cues: false,
  },
  hotkeys: { talk: "F9", style: "hold", other: "", cancel: "", repeat: "", persona: "", show: "" },
  privacy: { keep_recordings: 100, keep_history: "always", history_days: 90 },
  spending: { monthly_cap: 0, at_cap: "warn" },
  prices: {},
  appearance: { theme: "light", interface: "en", overlay: true, autostart: false, welcomed: true },
};

const ESPEAK = "ar cs de el en es fa fi fr he hi hu it ja ka ko nl pl pt ro ru sv tr uk vi zh".split(" ");

export const ACCOUNT: Account = { base_url: "", hear_model: "", reply_model: "", say_model: "", voice: "", region: "" };
const NO_KEY = { key: "none", account: ACCOUNT } as const;

export const PROVIDERS: Profile[] = [
  { name: "pocketsphinx", kinds: ["hear"], local: true, basic: true, languages: { only: ["en"] }, voices: [], ...NO_KEY },
  { name: "no-model", kinds: ["respond"], local: true, basic: true, languages: { only: ["en", "ru"] }, voices: [], ...NO_KEY },
  { name: "apertium", kinds: ["translate"], local: true, basic: true, languages: { only: ["en", "es"] }, voices: [], ...NO_KEY },
  { name: "flite", kinds: ["say"], local: true, basic: true, languages: { only: ["en"] }, voices: ["rms", "slt"], ...NO_KEY },
  { name: "espeak-ng", kinds: ["say"], local: true, basic: true, languages: { only: ESPEAK }, voices: [], ...NO_KEY },
  { name: "echo", kinds: ["respond"], local: true, basic: false, languages: "any", voices: [], ...NO_KEY },
];

/** A service that needs a key, and one that does not. */
export const SERVICES: Profile[] = [
  {
    name: "openai",
    kinds: ["respond", "say"],
    local: false,
    basic: false,
    languages: "any",
    voices: [],
    key: "required",
    account: { ...ACCOUNT, base_url: "https://api.openai.com/v1", reply_model: "small-1", voice: "marin" },
  },
  {
    name: "self-hosted",
    kinds: ["hear"],
    local: false,
    basic: false,
    languages: "any",
    voices: [],
    key: "optional",
    account: { ...ACCOUNT, base_url: "http://localhost:8000", region: "west" },
  },
];

/** A fresh start with `changes` to the settings. */
export function snapshot(changes: Partial<Settings> = {}): Snapshot {
  return { state: "ready", settings: { ...SETTINGS, ...changes }, providers: PROVIDERS, keys: {}, standings: [], troubles: [], standby: false, unfinished: [], waiting: [], conversation: null };
}

export const MARKS: Stamp[] = [
  { mark: "key_down", ms: 0 },
  { mark: "first_frame", ms: 21 },
  { mark: "key_up", ms: 1840 },
  { mark: "stt_final", ms: 2052 },
  { mark: "first_token", ms: 2053 },
  { mark: "first_phrase", ms: 2064 },
  { mark: "tts_first_byte", ms: 2130 },
  { mark: "first_audio", ms: 2152 },
  { mark: "last_audio", ms: 4100 },
];

/** A finished turn. */
export function report(turn: number, outcome: Outcome = "done", changes: Partial<TurnReport> = {}): TurnReport {
  return {
    turn,
    outcome,
    transcript: "What time is it?",
    reply: "It is twenty to seven in the evening.",
    answered_by: [
      ["hear", "pocketsphinx"],
      ["think", "no-model"],
      ["speak", "flite"],
    ],
    tried: [],
    usage: [],
    traffic: [],
    marks: MARKS,
    release_to_first_audio_ms: 312,
    journal: null,
    seams: [],
    ...changes,
  };
}
