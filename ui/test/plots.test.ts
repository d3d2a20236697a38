// Figures in the window: places on a plot, what is told of many turns and of none, and the way to a slow one.
import { fireEvent, render, screen, within } from "@testing-library/svelte";
import { describe, expect, test, vi } from "vitest";
import App from "../src/App.svelte";
import { begins, failing, line, path, top } from "../src/figures";
import type { Entry, Figures, Stretch } from "../src/types";
import { FIGURES, ONE } from "../screens/figures";
import { SETTINGS, core, snapshot, type Core } from "./core";

const of = (name: string, p50: number | null): Stretch => ({ of: name, turns: 1, failed: 0, wait: p50 === null ? null : { count: 1, p50, p95: 2 * p50, p99: 3 * p50 } });

describe("a plot", () => {
  test("knows an hour, a day and a month", () => {
    const local = (...parts: [number, number, number, number]): number => new Date(...parts).getTime();
    expect(["2026-11-21T18", "2026-11-21", "2026-11"].map(begins)).toEqual([local(2026, 10, 21, 18), local(2026, 10, 21, 0), local(2026, 10, 1, 0)]);
  });

  test.each([[0, 1], [1, 1], [812, 1000], [1624, 2000], [2310, 3000], [1200, 1500], [9000, 10_000]])("up to %i has a scale to %i", (most, high) => {
    expect(top(most)).toBe(high);
  });

  test("puts points where their time is, and none where nothing was heard", () => {
    const points = line([of("2026-11-01", 100), of("2026-11-02", null), of("2026-11-03", 200), of("2026-11-05", 500)], "p50", 1000);
    expect(points.map(({ y }) => y)).toEqual([0.1, 0.2, 0.5]);
    expect(points.map(({ x }) => Math.round(100 * x))).toEqual([0, 50, 100]);
    expect(path(points)).toBe("M0 90L50 80L100 50");
    expect(line([of("2026-11", 100)], "p95", 1000)).toEqual([{ x: 0.5, y: 0.2 }]);
    expect([line([], "p50", 1), path([])]).toEqual([[], ""]);
  });

  test("counts failures against all that was asked", () => {
    const one = { stage: "hear", provider: "a", answered: 3, failed: [["busy", 1]], wait: null } as const;
    expect(failing({ ...one, failed: [["busy", 1]] })).toBe(0.25);
    expect(failing({ ...one, answered: 0, failed: [] })).toBe(0);
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
    expect((await screen.findByTestId("p50")).textContent).toBe("1,084 ms");
    expect(screen.getAllByTestId("stage").map((table) => within(table).getAllByRole("row", { hidden: true }).length - 1)).toEqual([2, 3, 2]);
    const table = within(screen.getByTestId("wait-plot")).getByRole("table", { hidden: true });
    expect(within(table).getAllByRole("row", { hidden: true }).length - 1).toBe(FIGURES.week.stretches.length);
    expect(page.textContent).toContain("8.5%");
    expect(it.calls).toContainEqual(["figures", { span: "week" }]);
  });

  test("asks again for another span", async () => {
    await open(ONE);
    await fireEvent.click(await screen.findByLabelText("30 days"));
    expect(it.calls.filter(([call]) => call === "figures").map(([, given]) => given)).toEqual([{ span: "week" }, { span: "month" }]);
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
    const entry = (id: number): Entry => ({ id, conversation: 9, at: "", mode: "chat", languages, transcript: `words ${id}`, reply: "r", heard: "r", outcome: "done", failed_stage: null, failed_kind: null, answered_by: [], tried: [], usage: [], marks: [], release_to_first_audio_ms: null, recording: null, starred: false });
    const all = Array.from({ length: 120 }, (_, place) => entry(place + 1));
    const turns = ({ page }: { page: { before: number | null; most: number } }): Entry[] => all.filter(({ id }) => page.before === null || id < page.before).slice(-page.most);
    await open({ ...ONE, slowest: [{ turn: 5, conversation: 9, wait_ms: 900, longest: null }] }, {}, { turns });
    await fireEvent.click(await screen.findByTestId("slow"));
    expect(it.orders).toEqual([{ do: "converse", id: 9 }]);
    it.tell({ is: "conversing", id: 9, turn: null });
    await vi.waitFor(() => expect(it.calls.filter(([call]) => call === "turns").length).toBe(3), 5000);
    await vi.waitFor(() => expect(screen.queryByTestId("figures")).toBeNull());
  });
});
