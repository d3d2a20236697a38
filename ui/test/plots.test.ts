// Figures in the window: places on a plot, what is told of many turns and of none, and the way to a slow one.
import { fireEvent, render, screen, within } from "@testing-library/svelte";
import { describe, expect, test, vi } from "vitest";
import App from "../src/App.svelte";
import { begins, failing, paid, path, payees, plot, sum, top, type Line } from "../src/figures";
import type { Entry, Figures, SpentDay, Stretch } from "../src/types";
import { FIGURES, ONE } from "../screens/figures";
import { money } from "../src/locales.svelte";
import { SETTINGS, core, snapshot, type Core } from "./core";

const of = (name: string, p50: number | null): Stretch => ({ of: name, turns: 1, failed: 0, wait: p50 === null ? null : { count: 1, p50, p95: 2 * p50, p99: 3 * p50 } });

const line = (...stretches: Stretch[]): Line => ({ name: "a", look: "a", stretches, part: "p50" });

describe("a plot", () => {
  test("knows an hour, a day and a month", () => {
    const local = (...parts: [number, number, number, number]): number => new Date(...parts).getTime();
    expect(["2026-11-21T18", "2026-11-21", "2026-11"].map(begins)).toEqual([local(2026, 10, 21, 18), local(2026, 10, 21, 0), local(2026, 10, 1, 0)]);
  });

  test.each([[0, 1], [1, 1], [812, 1000], [1624, 2000], [2310, 3000], [1200, 1500], [9000, 10_000]])("up to %i has a scale to %i", (most, high) => {
    expect(top(most)).toBe(high);
  });

  test("puts points where their time is, and none where nothing was heard", () => {
    const { high, lines } = plot([line(of("2026-11-01", 100), of("2026-11-02", null), of("2026-11-03", 200), of("2026-11-05", 500))]);
    const points = lines[0]?.points ?? [];
    expect([high, ...points.map(({ y }) => y)]).toEqual([500, 0.2, 0.4, 1]);
    expect(points.map(({ x }) => Math.round(100 * x))).toEqual([0, 50, 100]);
    expect(path(points)).toBe("M0 80L50 60L100 0");
    expect(plot([{ ...line(of("2026-11", 100)), part: "p95" }])).toMatchObject({ high: 200, lines: [{ points: [{ x: 0.5, y: 1 }] }] });
    expect([plot([line()]).lines[0]?.points, plot([]).when, path([])]).toEqual([[], [], ""]);
  });

  test("lays all lines on one field", () => {
    const { high, when, lines } = plot([line(of("2026-11-03", 100), of("2026-11-05", 300)), line(of("2026-11-01", 50))]);
    expect([high, when]).toEqual([300, ["2026-11-01", "2026-11-03", "2026-11-05"]]);
    expect(lines.map(({ points }) => points.map(({ x }) => x))).toEqual([[0.5, 1], [0]]);
  });

  test("counts failures against all that was asked", () => {
    const one = { stage: "hear", provider: "a", answered: 3, failed: [["busy", 1]], wait: null, stretches: [] as Stretch[] } as const;
    expect(failing({ ...one, failed: [["busy", 1]] })).toBe(0.25);
    expect(failing({ ...one, answered: 0, failed: [] })).toBe(0);
  });
});

describe("what was paid", () => {
  const spent = (day: string, ...by: [string, number][]): SpentDay => ({ day, by, unknown: 0 });
  const days = [spent("2026-10-30", ["a", 1]), spent("2026-11-19", ["a", 0.5], ["b", 2]), spent("2026-11-21", ["b", 0.25])];

  test("has each day of the span, also those that cost nothing", () => {
    expect(paid(days, "week", "2026-11-21").map(({ day, by }) => [day, by.length])).toEqual([["2026-11-15", 0], ["2026-11-16", 0], ["2026-11-17", 0], ["2026-11-18", 0], ["2026-11-19", 2], ["2026-11-20", 0], ["2026-11-21", 1]]);
    expect([paid(days, "all", "2026-11-21").length, paid([], "all", "2026-11-21").length, paid(days, "day", "2026-11-22").length]).toEqual([23, 1, 1]);
  });

  test("adds up, by day and by whom", () => {
    expect(sum(paid(days, "week", "2026-11-21"))).toBe(2.75);
    expect(payees(days)).toEqual([["b", 2.25], ["a", 1.5]]);
  });

  test.each([[0, "$0.00"], [0.000272, "$0.00027"], [0.0155, "$0.016"], [0.5, "$0.50"], [0.25, "$0.25"], [1.005, "$1.01"], [1234.5, "$1,234.50"]])("%f is %s", (usd, text) => {
    expect(money(usd)).toBe(text);
  });
});

describe("the page of figures", () => {
  let it: Core;

  async function open(figures: Figures | undefined, changes: Parameters<typeof snapshot>[0] = {}, answers: Record<string, unknown> = {}): Promise<HTMLElement> {
    it = core(snapshot(changes));
    Object.assign(it.answers, figures && { figures }, answers);
    render(App);
    await screen.findByRole("main");
    await fireEvent.keyDown(document.body, { key: "i", ctrlKey: true });
    return screen.findByTestId("figures");
  }

  test("says the same in pictures, numbers and a table", async () => {
    const page = await open(FIGURES.week);
    expect((await screen.findByTestId("p50")).textContent).toBe("1.08 s");
    expect(screen.getAllByTestId("stage").map((table) => within(table).getAllByRole("row", { hidden: true }).length - 1)).toEqual([2, 3, 2]);
    expect(within(screen.getAllByTestId("stage")[0] as HTMLElement).getByText("900 ms")).toBeTruthy();
    const [waits, ...stages] = screen.getAllByTestId("plot").map((one) => within(one).getByRole("table", { hidden: true }));
    expect(within(waits as HTMLElement).getAllByRole("row", { hidden: true }).length - 1).toBe(FIGURES.week.stretches.length);
    expect(stages.map((table) => within(table).getAllByRole("columnheader", { hidden: true }).map((head) => head.textContent).slice(1))).toEqual([["deepgram", "pocketsphinx"], ["openai", "anthropic", "wilco"], ["elevenlabs", "espeak-ng"]]);
    expect(page.textContent).toContain("8.5%");
    expect(it.calls).toContainEqual(["figures", { span: "week" }]);
  });

  test("asks again for another span", async () => {
    await open(ONE);
    expect(screen.getAllByTestId("plot").length, "one stretch of a stage changes nothing").toBe(1);
    await fireEvent.click(await screen.findByLabelText("30 days"));
    expect(it.calls.filter(([call]) => call === "figures").map(([, given]) => given)).toEqual([{ span: "week" }, { span: "month" }]);
  });

  test("tells the month against its limit, which can be changed here", async () => {
    const today = new Intl.DateTimeFormat("sv").format(Date.now());
    await open(undefined, { spending: { monthly_cap: 5, at_cap: "warn" } }, { spent: [{ day: today, by: [["openai", 1.5]], unknown: 2 }] });
    expect((await screen.findByTestId("month")).textContent).toBe("$1.50");
    expect(screen.getByTestId("costs").textContent).toContain("The price of 2 calls is not known");
    const limit = screen.getByLabelText("Limit for a month");
    await fireEvent.change(limit, { target: { value: "8" } });
    await fireEvent.change(screen.getByLabelText("When it is reached"), { target: { value: "local" } });
    expect(it.orders).toEqual([{ do: "set", key: "spending.monthly_cap", value: "8" }, { do: "set", key: "spending.at_cap", value: "local" }]);
  });

  test("says why there is nothing", async () => {
    expect((await open(undefined)).textContent).toContain("No turns in this time");
  });

  test("says so where nothing is kept", async () => {
    const page = await open(undefined, { privacy: { ...SETTINGS.privacy, keep_history: "nothing" } });
    expect(page.textContent).toContain("Nothing is kept");
  });

  test("leads to a slow turn, however far back", async () => {
    const languages = { mine: "en", theirs: "es" };
    const entry = (id: number): Entry => ({ id, conversation: 9, at: "", mode: "chat", languages, transcript: `words ${id}`, reply: "r", heard: "r", outcome: "done", failed_stage: null, failed_kind: null, answered_by: [], tried: [], usage: [], traffic: [], marks: [], release_to_first_audio_ms: null, recording: null, starred: false });
    const all = Array.from({ length: 60 }, (_, place) => entry(place + 1));
    const turns = ({ page }: { page: { before: number | null; most: number } }): Entry[] => all.filter(({ id }) => page.before === null || id < page.before).slice(-page.most);
    await open({ ...ONE, slowest: [{ turn: 5, conversation: 9, wait_ms: 900, longest: null }] }, {}, { turns });
    await fireEvent.click(await screen.findByTestId("slow"));
    expect(it.orders).toEqual([{ do: "converse", id: 9 }]);
    it.tell({ is: "conversing", id: 9, turn: null });
    await vi.waitFor(() => expect(it.calls.filter(([call]) => call === "turns").length).toBe(2), 4000);
    await vi.waitFor(() => expect(screen.queryByTestId("figures")).toBeNull());
  });
});
