// Figures of many turns, of one and of none, for the scenes. Its own file because so many numbers would hide the scenes.
import { NOW } from "./clock";
import type { Figures, Span, SpentDay, Stretch } from "../src/types";

const DAY = 86_400_000;

/** Any waits do, as long as they are the same every time. */
function stretch(place: number, of: string): Stretch {
  const p50 = 900 + 260 * Math.sin(place / 2.3) + ((place * 37) % 90);
  const p95 = p50 * (1.7 + 0.3 * Math.sin(place));
  const turns = 40 + ((place * 53) % 300);
  return { of, turns, failed: place % 6 === 0 ? 2 : 0, wait: { count: turns, p50, p95, p99: p95 * 1.4 } };
}

/** The same stretches as one of several sees them: somebody quick or slow, who was not always asked. */
function seen(all: Stretch[], share: number, seldom: number): Stretch[] {
  return all.flatMap(({ wait, ...one }, place) => {
    const part = share * (1 + 0.25 * Math.sin(place * seldom));
    return wait && place % seldom !== 1 ? [{ ...one, wait: { count: wait.count, p50: wait.p50 * part, p95: wait.p95 * part, p99: wait.p99 * part } }] : [];
  });
}

function over(stretches: Stretch[]): Figures {
  const shares: Record<string, [number, number]> = { deepgram: [0.2, 7], pocketsphinx: [0.6, 3], openai: [0.47, 9], anthropic: [0.56, 4], wilco: [0.0004, 2], elevenlabs: [0.17, 8], "espeak-ng": [0.02, 5] };
  const providers = MANY.providers.map((one) => ({ ...one, stretches: seen(stretches, ...(shares[one.provider] ?? [1, 9])) }));
  return { ...MANY, providers, stretches };
}

function days(count: number): Stretch[] {
  const first = Date.parse("2026-11-21") - (count - 1) * DAY;
  return Array.from({ length: count }, (_, place) => stretch(place, new Date(first + place * DAY).toISOString().slice(0, 10))).filter((_, place) => place % 7 !== 3);
}

function hours(): Stretch[] {
  return Array.from({ length: 9 }, (_, place) => stretch(place, `2026-11-21T${String(9 + place).padStart(2, "0")}`));
}

const MANY: Figures = {
  turns: 10_000,
  wait: { count: 9_212, p50: 1_084, p95: 2_310, p99: 4_870 },
  providers: [
    { stage: "hear", provider: "deepgram", answered: 8_913, failed: [["timed_out", 41], ["busy", 12]], wait: { count: 8_913, p50: 214, p95: 420, p99: 900 }, stretches: [] },
    { stage: "hear", provider: "pocketsphinx", answered: 1_021, failed: [], wait: { count: 1_021, p50: 640, p95: 1_310, p99: 2_100 }, stretches: [] },
    { stage: "think", provider: "openai", answered: 7_402, failed: [["service_failed", 603], ["busy", 88]], wait: { count: 7_402, p50: 512, p95: 1_190, p99: 2_700 }, stretches: [] },
    { stage: "think", provider: "anthropic", answered: 2_310, failed: [["no_credit", 9]], wait: { count: 2_310, p50: 610, p95: 1_420, p99: 2_200 }, stretches: [] },
    { stage: "think", provider: "wilco", answered: 221, failed: [], wait: { count: 221, p50: 0.4, p95: 1.2, p99: 2.2 }, stretches: [] },
    { stage: "speak", provider: "elevenlabs", answered: 9_150, failed: [["cut_short", 20]], wait: { count: 9_100, p50: 187, p95: 480, p99: 1_020 }, stretches: [] },
    { stage: "speak", provider: "espeak-ng", answered: 74, failed: [], wait: { count: 60, p50: 21, p95: 44, p99: 60 }, stretches: [] },
  ],
  stretches: [],
  slowest: Array.from({ length: 10 }, (_, place) => ({ turn: NOW - place * 31 * 3_600_000, conversation: 9, wait_ms: 19_400 / (1 + place / 3), longest: [(["think", "hear", "speak"] as const)[place % 3] ?? "hear", 15_100 / (1 + place / 3)] })),
  outcomes: [["done", 8_640], ["partial", 572], ["no_speech", 401], ["cancelled", 245], ["saved_for_retry", 90], ["too_short", 52]],
};

export const FIGURES: Record<Span, Figures> = {
  day: { ...over(hours()), turns: 740 },
  week: over(days(7)),
  month: over(days(30)),
  all: over(Array.from({ length: 14 }, (_, place) => stretch(place, `${2025 + Math.floor((9 + place) / 12)}-${String(((9 + place) % 12) + 1).padStart(2, "0")}`))),
};

export const ONE: Figures = {
  turns: 1,
  wait: { count: 1, p50: 812, p95: 812, p99: 812 },
  providers: (["hear", "think", "speak"] as const).map((stage, place) => ({ stage, provider: ["pocketsphinx", "no-model", "flite"][place] ?? "", answered: 1, failed: [], wait: { count: 1, p50: 210 + place, p95: 210 + place, p99: 210 + place }, stretches: [] })),
  stretches: [{ of: "2026-11-21", turns: 1, failed: 0, wait: { count: 1, p50: 812, p95: 812, p99: 812 } }],
  slowest: [{ turn: NOW - 60_000, conversation: 1, wait_ms: 812, longest: ["hear", 210] }],
  outcomes: [["done", 1]],
};

/** A month of days, most of them with two who are paid. */
export const SPENT: SpentDay[] = Array.from({ length: 34 }, (_, place) => {
  const day = new Date(NOW - (33 - place) * DAY).toISOString().slice(0, 10);
  const usd = 0.02 + ((place * 29) % 17) / 60;
  return { day, by: [["openai", usd], ["deepgram", usd / 3], ...(place % 5 === 0 ? [["elevenlabs", usd / 2] as [string, number]] : [])] as [string, number][], unknown: place % 9 === 0 ? 2 : 0 };
}).filter((_, place) => place % 6 !== 1);
