// From figures to places on a plot: when a stretch was, how high a scale goes, where a point lies. Pure, so that a picture and
// its table say the same.
import type { Span, SpentDay, StageFigures, Stretch } from "./types";

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

const DAYS = { day: 1, week: 7, month: 30 } as const;
/** More bars than this are finer than a pixel. */
const MOST = 400;

/** What was paid on each of the last days up to `today`, days without cost among them. */
export function paid(days: SpentDay[], span: Span, today: string): SpentDay[] {
  const known = new Map(days.map((one) => [one.day, one]));
  const first = days[0]?.day ?? today;
  const since = 1 + Math.max(0, Math.round((Date.parse(today) - Date.parse(first)) / DAY));
  const wanted = Math.min(span === "all" ? since : DAYS[span], MOST);
  return Array.from({ length: wanted }, (_, place) => {
    const day = new Date(Date.parse(today) - (wanted - 1 - place) * DAY).toISOString().slice(0, 10);
    return known.get(day) ?? { day, by: [], unknown: 0 };
  });
}

const DAY = 86_400_000;

/** What days cost together. */
export function sum(days: SpentDay[]): number {
  return days.flatMap(({ by }) => by).reduce((all, [, usd]) => all + usd, 0);
}

/** Who cost how much in these days, most first. */
export function payees(days: SpentDay[]): [string, number][] {
  const all = new Map<string, number>();
  for (const [name, usd] of days.flatMap(({ by }) => by)) all.set(name, (all.get(name) ?? 0) + usd);
  return [...all].sort(([, one], [, other]) => other - one);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
