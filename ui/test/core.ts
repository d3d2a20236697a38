// A core that plays its part by script: gives a snapshot, keeps the orders, sends events through the real channel.
// Tests and screenshots share it.
import type { Channel } from "@tauri-apps/api/core";
import { mockIPC } from "@tauri-apps/api/mocks";
import type { Command, Event, Outcome, Profile, Settings, Snapshot, Stamp, TurnReport } from "../src/types";

export type Core = {
  /** Every order so far. */
  orders: Command[];
  /** Sends events, in this order. */
  tell: (...events: Event[]) => void;
};

/** Answers `attach` with `now`, or not at all where it is null; `refusal` is what each order fails with. */
export function core(now: Snapshot | null, refusal?: unknown): Core {
  const orders: Command[] = [];
  let channel: Channel<Event> | undefined;
  let index = 0;
  mockIPC((command, payload) => {
    const args = payload as { events: Channel<Event>; command: Command };
    if (command === "attach") {
      channel = args.events;
      if (now === null) throw new Error("no core");
      return now;
    }
    orders.push(args.command);
    if (refusal !== undefined) throw refusal;
    return undefined;
  });
  const tell = (...events: Event[]): void => {
    const internals = (window as unknown as { __TAURI_INTERNALS__: Internals }).__TAURI_INTERNALS__;
    for (const message of events) internals.runCallback(channel?.id ?? -1, { index: index++, message });
  };
  return { orders, tell };
}

type Internals = { runCallback: (id: number, message: unknown) => void };

export const SETTINGS: Settings = {
  mode: "chat",
  languages: { mine: "en", theirs: "es" },
  providers: { hear: ["pocketsphinx"], echo: ["echo"], respond: ["no-model"], translate: ["apertium"], say: ["flite", "espeak-ng"] },
  voice: { name: "", rate: 1, volume: 1 },
  audio: { input: "", output: "", suppress_noise: false },
  hotkeys: { talk: "F9" },
  privacy: { keep_recordings: 100 },
  appearance: { theme: "light", interface: "en" },
};

const ESPEAK = "ar cs de el en es fa fi fr he hi hu it ja ka ko nl pl pt ro ru sv tr uk vi zh".split(" ");

export const PROVIDERS: Profile[] = [
  { name: "pocketsphinx", kinds: ["hear"], local: true, basic: true, languages: { only: ["en"] }, voices: [] },
  { name: "no-model", kinds: ["respond"], local: true, basic: true, languages: { only: ["en", "ru"] }, voices: [] },
  { name: "apertium", kinds: ["translate"], local: true, basic: true, languages: { only: ["en", "es"] }, voices: [] },
  { name: "flite", kinds: ["say"], local: true, basic: true, languages: { only: ["en"] }, voices: ["rms", "slt"] },
  { name: "espeak-ng", kinds: ["say"], local: true, basic: true, languages: { only: ESPEAK }, voices: [] },
  { name: "echo", kinds: ["respond"], local: true, basic: false, languages: "any", voices: [] },
];

/** A fresh start with `changes` to the settings. */
export function snapshot(changes: Partial<Settings> = {}): Snapshot {
  return { state: "ready", settings: { ...SETTINGS, ...changes }, providers: PROVIDERS, troubles: [] };
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
    marks: MARKS,
    release_to_first_audio_ms: 312,
    journal: null,
    ...changes,
  };
}
