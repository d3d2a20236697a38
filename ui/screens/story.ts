// What the pictures of the README show: one person's day with Wilco. Data only; made up.
import { kept } from "./kept";
import { ACCOUNT, MARKS, PROVIDERS, report, snapshot } from "../test/core";
import type { Conversation, Event, Profile, Settings, Snapshot, Stamp, TurnReport } from "../src/types";

export type Picture = {
  name: string;
  width: number;
  height: number;
  theme: "light" | "dark";
  interface: "en" | "ru";
  /** The page, without its ending. */
  page?: "overlay";
  settings?: Partial<Settings>;
  events: Event[];
  click?: string[];
  show?: string;
};

const TALKS: Conversation[] = [
  kept(9, 2, "A weekend by the sea", "", 12, true),
  kept(1, 0.1, "", "When does the next train to Lyon leave?", 3),
  kept(2, 1.4, "", "How long do I boil an egg for a salad?", 2),
  kept(3, 5, "Interview with Señora Ruiz", "", 31),
  kept(4, 25, "", "Explain the difference between who and whom", 4),
  kept(5, 27, "", "Напомни, как по-русски называется rosemary", 2),
  kept(6, 52, "Cover letter", "", 9),
  kept(7, 76, "", "Seventeen percent of two hundred and forty", 1),
];

const SERVICES: Profile[] = [
  service("deepgram", ["hear"], { hear_model: "nova-3" }),
  service("openai", ["hear", "respond", "translate", "say"], { reply_model: "gpt-4o-mini", voice: "marin" }),
  service("elevenlabs", ["say"], { say_model: "flash" }),
];

const ANSWERED: TurnReport["answered_by"] = [["hear", "deepgram"], ["think", "openai"], ["speak", "elevenlabs"]];
const TRAFFIC: TurnReport["traffic"] = [
  { stage: "hear", provider: "deepgram", sent: 11_480, received: 346 },
  { stage: "think", provider: "openai", sent: 1_912, received: 214 },
  { stage: "speak", provider: "elevenlabs", sent: 68, received: 62_300 },
];
const TRAIN = "When does the next train to Lyon leave, and do I have to change?";
const TRAINS = `The next one is the **14:04**, from platform 7. You do not have to change.

| Train | Leaves | Arrives | From |
| --- | --- | --- | ---: |
| TGV 6617 | 14:04 | 16:02 | €39 |
| TGV 6621 | 15:04 | 17:02 | €52 |`;
const SEATS = "Is there still a seat by the window?";
const WINDOW = "Yes, two of them, in coach 12. Shall I tell you how to book one? It takes a minute in the railway's own app.";

const talk: Event[] = [
  ended(1, TRAIN, TRAINS, quick(310, 420, 640)),
  { is: "started", turn: 2, mode: "chat" },
  ...quick(240, 330, 520).map(({ mark, ms }): Event => ({ is: "marked", turn: 2, mark, ms })),
  { is: "words", turn: 2, text: SEATS, language: "en", last: true },
  { is: "reply", turn: 2, text: WINDOW },
  { is: "saying", turn: 2, text: "Yes, two of them, in coach 12.", ms: 900 },
  { is: "saying", turn: 2, text: "Shall I tell you how to book one?", ms: 900_000 },
  { is: "state", state: "speaking" },
];

const listening: Event[] = [
  ended(1, "Good evening. I have a table for two at eight.", "Buenas noches. Tengo una mesa para dos a las ocho.", quick(280, 360, 540)),
  { is: "state", state: "listening" },
  { is: "started", turn: 2, mode: "translate" },
  { is: "level", rms: 0.14 },
  { is: "words", turn: 2, text: "Could we sit outside, if it stays", language: "en", last: false },
];

const pill: Event[] = [{ is: "started", turn: 1, mode: "chat" }];

export const PICTURES: Picture[] = [
  { name: "main", width: 1180, height: 850, theme: "light", interface: "en", events: talk },
  { name: "listening-dark", width: 480, height: 800, theme: "dark", interface: "en", settings: { mode: "translate" }, events: listening },
  { name: "details-dark", width: 1180, height: 780, theme: "dark", interface: "en", events: talk.slice(0, 1), click: ["[data-testid=details]"], show: "[data-testid=waterfall]" },
  { name: "providers", width: 1180, height: 780, theme: "light", interface: "en", events: [], click: ["#settings"] },
  { name: "main-ru", width: 480, height: 800, theme: "light", interface: "ru", settings: { languages: { mine: "ru", theirs: "en" } }, events: [ended(1, "Сколько будет двенадцать на девять?", "Сто восемь.", quick(280, 300, 380))] },
  { name: "overlay-listening", width: 400, height: 84, theme: "light", interface: "en", page: "overlay", events: [...pill, { is: "state", state: "listening" }, { is: "level", rms: 0.14 }, { is: "words", turn: 1, text: "is there still a seat by the window", language: "en", last: false }] },
  { name: "overlay-speaking-dark", width: 400, height: 84, theme: "dark", interface: "en", page: "overlay", events: [...pill, { is: "state", state: "speaking" }, { is: "words", turn: 1, text: SEATS, language: "en", last: true }, { is: "reply", turn: 1, text: "Yes, two of them, in coach 12." }] },
];

/** The start of `picture`: services with keys before the engines, and a conversation that goes on. */
export function start({ theme, interface: tongue, settings }: Picture): Snapshot {
  const providers = { ...snapshot().settings.providers, hear: ["deepgram", "openai", "pocketsphinx"], respond: ["openai", "no-model"], translate: ["openai", "apertium"], say: ["elevenlabs", "flite", "espeak-ng"] };
  const now = snapshot({ providers, ...settings, appearance: { theme, interface: tongue, overlay: true, autostart: false, welcomed: true } });
  const keys = Object.fromEntries(SERVICES.map(({ name }) => [name, "keyring" as const]));
  return { ...now, conversation: 1, providers: [...SERVICES, ...PROVIDERS], keys };
}

export const ANSWERS = { conversations: TALKS };

function service(name: string, kinds: Profile["kinds"], account: Partial<typeof ACCOUNT>): Profile {
  return { name, kinds, local: false, basic: false, languages: "any", voices: [], key: "required", account: { ...ACCOUNT, base_url: `https://api.${name}.com/v1`, ...account } };
}

/** The usual marks, with these moments after the release for transcript, first phrase and first sound. */
function quick(heard: number, phrase: number, sound: number): Stamp[] {
  const up = MARKS.find(({ mark }) => mark === "key_up")?.ms ?? 0;
  const after = { stt_final: heard, first_token: phrase - 60, first_phrase: phrase, tts_first_byte: sound - 20, first_audio: sound } as Partial<Record<Stamp["mark"], number>>;
  return MARKS.map(({ mark, ms }) => ({ mark, ms: after[mark] === undefined ? ms : up + after[mark] }));
}

function ended(turn: number, transcript: string, reply: string, marks: Stamp[]): Event {
  const sound = (marks.find(({ mark }) => mark === "first_audio")?.ms ?? 0) - (marks.find(({ mark }) => mark === "key_up")?.ms ?? 0);
  return { is: "ended", report: { ...report(turn, "done", { transcript, reply, answered_by: ANSWERED, traffic: TRAFFIC, marks }), release_to_first_audio_ms: sound } };
}
