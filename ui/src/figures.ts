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

/** What a line of a plot shows: of each stretch the wait of so many of a hundred. */
export type Line = { name: string; /** A class of `Plot`. */ look: "p50" | "p95" | "a" | "b" | "c"; stretches: Stretch[]; part: "p50" | "p95" };

/** Lines on one field: how high it goes, the stretches from one side to the other, and where each line's points lie. */
export type Plot = { high: number; when: string[]; lines: (Line & { points: Point[] })[] };

/** Lines beside each other; a stretch where one has no wait leaves no point in it. */
export function plot(lines: Line[]): Plot {
  const waits = lines.flatMap(({ stretches, part }) => stretches.flatMap(({ of, wait }) => (wait ? [{ of, ms: wait[part] }] : [])));
  const when = [...new Set(waits.map(({ of }) => of))].sort();
  const high = top(Math.max(...waits.map(({ ms }) => ms)));
  const [first, last] = [begins(when[0] ?? ""), begins(when.at(-1) ?? "")];
  const place = (of: string): number => (last > first ? (begins(of) - first) / (last - first) : 0.5);
  const points = ({ stretches, part }: Line): Point[] => stretches.flatMap(({ of, wait }) => (wait ? [{ x: place(of), y: Math.min(1, wait[part] / high) }] : []));
  return { high, when, lines: lines.map((line) => ({ ...line, points: points(line) })) };
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
