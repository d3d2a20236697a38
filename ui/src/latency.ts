// From marks to the three parts of the wait. Pure, so that a bar on screen and a number in a test are the same.
import type { Mark, Stage, Stamp, TurnReport } from "./types";

export type Part = { stage: Stage; ms: number };

export type Latency = {
  /** Finished parts, in order; none is negative. */
  parts: Part[];
  /** From release to first sound; null until there was sound. */
  total: number | null;
};

/** Each stage and the mark that ends it. */
const ENDS: readonly [Stage, Mark][] = [
  ["hear", "stt_final"],
  ["think", "first_phrase"],
  ["speak", "first_audio"],
];

/** Typed words have no release: their wait begins with the turn. */
export function latency(marks: Stamp[], report: TurnReport | null): Latency {
  const at = (mark: Mark): number | undefined => marks.find((stamp) => stamp.mark === mark)?.ms;
  const release = at("key_up") ?? 0;
  const parts: Part[] = [];
  let from = release;
  for (const [stage, mark] of ENDS) {
    const end = at(mark);
    if (end === undefined) break;
    parts.push({ stage, ms: Math.max(0, end - from) });
    from = Math.max(from, end);
  }
  const sound = at("first_audio");
  const seen = sound === undefined ? null : Math.max(0, sound - release);
  return { parts, total: report?.release_to_first_audio_ms ?? seen };
}

/** What the whole width of a bar stands for, so that bars of one conversation compare by eye. */
export function scale(sum: number): number {
  return [1000, 2000, 5000, 10_000, 30_000].find((limit) => sum <= limit) ?? sum;
}
