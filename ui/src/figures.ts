// From figures to places on a plot: when a stretch was, how high a scale goes, where a point lies. Pure, so that a picture and
// its table say the same.
import type { StageFigures, Stretch } from "./types";

/** A point of a plot: across 0..1, and up 0..1. */
export type Point = { x: number; y: number };

/** When a stretch began, in milliseconds; its hour, day or month is that of the place where it was. */
export function begins(of: string): number {
  const whole = `${of}${"0000-01-01T00:00:00".slice(of.length === 13 ? 13 : of.length)}`;
  return Date.parse(whole);
}

/** A round number that nothing of what is shown exceeds. */
export function top(most: number): number {
  if (!(most > 0)) return 1;
  const ten = 10 ** Math.floor(Math.log10(most));
  return ([1, 1.5, 2, 3, 4, 5, 8].find((step) => step * ten >= most) ?? 10) * ten;
}

/** Where the waits of `part` lie, left to right; stretches where nothing was heard leave no point. */
export function line(stretches: Stretch[], part: "p50" | "p95", high: number): Point[] {
  const heard = stretches.flatMap(({ of, wait }) => (wait ? [{ at: begins(of), ms: wait[part] }] : []));
  const first = heard[0]?.at ?? 0;
  const length = (heard.at(-1)?.at ?? 0) - first;
  return heard.map(({ at, ms }) => ({ x: length > 0 ? (at - first) / length : 0.5, y: Math.min(1, ms / high) }));
}

/** A path through `points` on a field of 100 by 100, where down is more. */
export function path(points: Point[]): string {
  return points.map(({ x, y }, place) => `${place === 0 ? "M" : "L"}${round(100 * x)} ${round(100 * (1 - y))}`).join("");
}

/** Which part of what was asked of somebody failed, 0..1. */
export function failing({ answered, failed }: StageFigures): number {
  const times = failed.reduce((sum, [, count]) => sum + count, 0);
  return times === 0 ? 0 : times / (answered + times);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
