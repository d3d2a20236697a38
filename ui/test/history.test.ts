// Kept conversations: in the reducer, and in the window against a scripted core.
import { fireEvent, render, screen, within } from "@testing-library/svelte";
import { tick } from "svelte";
import { afterEach, describe, expect, test, vi } from "vitest";
import App from "../src/App.svelte";
import { moment } from "../src/locales.svelte";
import { PAGE, begin, forgotten, recalled, step, type Model } from "../src/state";
import type { Conversation, Entry, Event, KeepHistory, Page } from "../src/types";
import { core, report, snapshot, type Core } from "./core";

const entry = (id: number, changes: Partial<Entry> = {}): Entry => ({
  id,
  conversation: 1,
  at: "",
  mode: "chat",
  languages: { mine: "en", theirs: "es" },
  transcript: `question ${id}`,
  reply: `answer ${id}`,
  heard: "",
  outcome: "done",
  failed_stage: null,
  failed_kind: null,
  answered_by: [],
  tried: [],
  usage: [],
  traffic: [],
  marks: [],
  release_to_first_audio_ms: 300,
  recording: null,
  starred: false,
  ...changes,
});
const kept = (id: number, changes: Partial<Conversation> = {}): Conversation => ({
  id,
  name: "",
  opening: `opening ${id}`,
  starred: false,
  started: id,
  last: Date.now(),
  turns: 2,
  ...changes,
});
const start = { ...snapshot(), conversation: 1 };
const ids = (model: Model): number[] => model.turns.map((turn) => turn.id);
const run = (events: Event[], from: Model): Model => events.reduce(step, from);

test("a moment of another day is told with its day, and every one with its time", () => {
  const now = new Date(2026, 10, 23, 16, 6).getTime();
  const said = [0, 1, 2, 400].map((days) => moment(now - days * 86_400_000, now).replaceAll("\u202f", " "));
  expect(said).toEqual(["4:06 PM", "Nov 22, 4:06 PM", "Nov 21, 4:06 PM", expect.stringMatching(/^Oct 19, 2025, \d:06 PM$/)]);
});

describe("in the reducer", () => {
  test("kept turns come before those on screen, once", () => {
    const model = run([{ is: "started", turn: 9, mode: "chat" }], begin(start));
    const now = recalled(recalled(model, 1, [entry(3), entry(4)]), 1, [entry(2), entry(3), entry(9)]);
    expect(ids(now)).toEqual([2, 3, 4, 9]);
    expect(now.turns[0]).toMatchObject({ words: "question 2", reply: "answer 2", report: { outcome: "done" }, interrupted: false });
  });

  test("a full page means that there may be more", () => {
    expect(begin(start).older).toBe(true);
    expect(recalled(begin(start), 1, [entry(1)]).older).toBe(false);
    expect(recalled(begin(start), 1, Array.from({ length: PAGE }, (_, n) => entry(n + 1))).older).toBe(true);
  });

  test("turns of another conversation that come late are not shown", () => {
    const other = run([{ is: "conversing", id: 2, turn: null }], begin(start));
    expect(ids(recalled(other, 1, [entry(3)]))).toEqual([]);
  });

  test("a chosen conversation clears the screen; what still runs elsewhere stays away", () => {
    const talking = run([{ is: "started", turn: 5, mode: "chat" }, { is: "words", turn: 5, text: "hm", language: "en", last: true }], begin(start));
    const other = run([{ is: "conversing", id: 2, turn: null }, { is: "reply", turn: 5, text: "late" }, { is: "ended", report: report(5) }], talking);
    expect([other.conversation, ids(other), other.older]).toEqual([2, [], true]);
    expect(ids(run([{ is: "started", turn: 6, mode: "chat" }], other))).toEqual([6]);
  });

  test("a conversation that a turn began keeps that turn", () => {
    const old = recalled(begin(start), 1, [entry(3)]);
    const now = run([{ is: "started", turn: 7, mode: "chat" }, { is: "conversing", id: 7, turn: 7 }], old);
    expect([now.conversation, ids(now), now.older]).toEqual([7, [7], false]);
  });

  test("a turn that an earlier run left can go on; one that runs now is not taken for such", () => {
    const left = entry(3, { outcome: null });
    expect(recalled(begin(start), 1, [left]).turns[0]).toMatchObject({ interrupted: true, report: null });
    expect(ids(recalled({ ...begin(start), state: "thinking" }, 1, [left]))).toEqual([]);
  });

  test("what an earlier run left in another conversation stays there", () => {
    const unfinished = [entry(2, { conversation: 8, outcome: null }), entry(3, { outcome: null })];
    expect(ids(begin({ ...start, unfinished }))).toEqual([3]);
  });

  test("what was left further back than the newest page comes with its own page, and hides none between", () => {
    const page = (from: number): Entry[] => Array.from({ length: PAGE }, (_, n) => entry(from + n, { outcome: from + n === 3 ? null : "done" }));
    const newest = recalled(begin({ ...start, unfinished: [entry(3, { outcome: null })] }), 1, page(101));
    expect([ids(newest)[0], newest.since, newest.older]).toEqual([101, 101, true]);
    const all = recalled(recalled(newest, 1, page(51)), 1, page(1));
    expect(ids(all)).toEqual(Array.from({ length: 150 }, (_, n) => n + 1));
    expect(all.turns[2]).toMatchObject({ interrupted: true });
  });

  test("what is talked of now moves no page: neither a turn of elsewhere, nor those that a long day pushes out", () => {
    const elsewhere = run([{ is: "started", turn: 4, mode: "chat" }], recalled(begin(start), 1, [entry(8), entry(9)]));
    expect([ids(elsewhere), elsewhere.since]).toEqual([[4, 8, 9], 8]);
    const day = run(Array.from({ length: 500 }, (_, n): Event => ({ is: "ended", report: report(10 + n) })), elsewhere);
    expect([day.since, day.older]).toEqual([day.turns[0]?.id, true]);
  });

  test("a deleted turn goes", () => {
    expect(ids(forgotten(recalled(begin(start), 1, [entry(1), entry(2)]), 1))).toEqual([2]);
  });

  test("what the voice says is kept with its turn, and a pause ends with the voice", () => {
    const model = run(
      [{ is: "started", turn: 1, mode: "chat" }, { is: "saying", turn: 1, text: "Yes,", ms: 300 }, { is: "state", state: "speaking" }, { is: "paused", paused: true }],
      begin(snapshot()),
    );
    expect([model.turns[0]?.said, model.paused, model.front]).toEqual([[{ text: "Yes,", ms: 300 }], true, 1]);
    expect(step(model, { is: "state", state: "ready" }).paused).toBe(false);
  });
});

describe("in the window", () => {
  let it: Core;

  afterEach(() => void vi.restoreAllMocks());

  async function open(answers: Record<string, unknown> = {}, keep_history: KeepHistory = "always"): Promise<void> {
    it = core({ ...start, settings: { ...start.settings, privacy: { ...start.settings.privacy, keep_history } } });
    Object.assign(it.answers, { conversations: [kept(1), kept(2, { name: "Trains" })], turns: [entry(3)], ...answers });
    render(App);
    await screen.findByRole("main");
    await vi.waitFor(() => expect(screen.getByTestId("reply").textContent).toBe("answer 3"));
  }

  async function drawer(): Promise<void> {
    await fireEvent.click(screen.getByLabelText("Conversations"));
    await screen.findAllByTestId("conversation");
  }

  const called = (name: string): unknown[] => it.calls.filter(([call]) => call === name).map(([, given]) => given);

  test("the last conversation is there at start", async () => {
    await open();
    expect(called("turns")).toEqual([{ conversation: 1, page: { before: null, most: PAGE } }]);
    expect(screen.getByTestId("announcer").textContent).toBe("");
  });

  test("a turn that a crash left elsewhere does not stand in its way", async () => {
    it = core({ ...start, unfinished: [entry(2, { conversation: 8, outcome: null, transcript: "left" })] });
    it.answers.turns = [entry(3)];
    render(App);
    await vi.waitFor(() => expect(screen.getByTestId("reply").textContent).toBe("answer 3"));
    expect(called("turns")).toEqual([{ conversation: 1, page: { before: null, most: PAGE } }]);
    expect(screen.getAllByTestId("turn").length).toBe(1);
  });

  test("another one is opened, and a new one begun", async () => {
    await open();
    await drawer();
    await fireEvent.click(screen.getByText("Trains"));
    await drawer();
    await fireEvent.click(screen.getByTestId("new-conversation"));
    expect(it.orders).toEqual([{ do: "converse", id: 2 }, { do: "converse", id: null }]);
  });

  test.each([["k", "KeyK"], ["л", "KeyK"], ["k", "KeyV"]])("Ctrl+K opens the list, whatever the keyboard types: %s at %s", async (key, code) => {
    await open();
    await fireEvent.keyDown(document.body, { key, code, ctrlKey: true });
    expect((await screen.findAllByTestId("conversation"))[0]?.textContent).toContain("opening 1");
  });

  test("older conversations stay in reach whenever the list is read again, and come once however often they are asked for", async () => {
    const conversations = ({ page }: { page: Page }): Conversation[] => Array.from({ length: 150 }, (_, n) => kept(150 - n, { last: 150 - n })).filter(({ last }) => last < (page.before ?? 151)).slice(0, page.most);
    await open({ conversations });
    await drawer();
    it.tell({ is: "ended", report: report(4) });
    await vi.waitFor(() => expect(called("conversations").length).toBe(2));
    await tick();
    expect(screen.getAllByTestId("conversation").length).toBe(100);
    const more = await screen.findByText("Show older ones");
    await Promise.all([fireEvent.click(more), fireEvent.click(more)]);
    await vi.waitFor(() => expect(screen.getAllByTestId("conversation").length).toBe(150));
    await vi.waitFor(() => expect(screen.queryByText("Show older ones")).toBeNull());
  });

  test("what is found is shown with its hits, and leads to its conversation", async () => {
    await open({ search: [{ turn: 9, conversation: 2, at: "", in_reply: true, snippet: [{ text: "a <b>", hit: false }, { text: "train", hit: true }] }] });
    await drawer();
    await fireEvent.input(screen.getByPlaceholderText("Search everything"), { target: { value: "train" } });
    const found = await screen.findByTestId("found");
    expect([found.querySelector("mark")?.textContent, found.textContent]).toEqual(["train", expect.stringContaining("a <b>train")]);
    await fireEvent.click(found);
    expect(it.orders).toEqual([{ do: "converse", id: 2 }]);
  });

  test("more hits than are listed are not told as a number that is known", async () => {
    const hits = (most: number): unknown[] => Array.from({ length: most }, (_, n) => ({ turn: n + 1, conversation: 2, at: "", in_reply: true, snippet: [{ text: "train", hit: true }] }));
    let there = 100;
    await open({ search: ({ page }: { page: Page }) => hits(Math.min(page.most, there)) });
    await drawer();
    for (const said of ["Found: 100", "Found: 100 or more"]) {
      await fireEvent.input(screen.getByPlaceholderText("Search everything"), { target: { value: said } });
      expect(await screen.findByText(said)).toBeTruthy();
      expect(screen.getAllByTestId("found").length).toBe(100);
      there += 1;
    }
  });

  test("the turn that was found is brought into sight and marked, wherever it is", async () => {
    const hit = { at: "", in_reply: true, snippet: [{ text: "train", hit: true }] };
    const turns = ({ conversation }: Entry): Entry[] => [entry(3), ...(conversation === 1 ? [] : [entry(9)])];
    await open({ search: [{ ...hit, turn: 3, conversation: 1 }, { ...hit, turn: 9, conversation: 2 }], turns });
    const choose = async (place: number): Promise<void> => {
      await drawer();
      await fireEvent.input(screen.getByPlaceholderText("Search everything"), { target: { value: "train" } });
      await fireEvent.click((await screen.findAllByTestId("found"))[place] as Element);
    };
    const marked = (turn: string): Promise<void> => vi.waitFor(() => expect(document.querySelector(".found")?.getAttribute("data-turn")).toBe(turn));
    await choose(0);
    await marked("3");
    expect(it.orders).toEqual([]);
    await choose(1);
    it.tell({ is: "conversing", id: 2, turn: null });
    await marked("9");
  });

  test("a name is given in place, and not by Escape", async () => {
    await open();
    await drawer();
    const rename = async (name: string, key: string): Promise<void> => {
      await fireEvent.click(screen.getAllByLabelText("Rename")[0] as Element);
      const field = screen.getByLabelText("Name of this conversation");
      await fireEvent.input(field, { target: { value: name } });
      await fireEvent.keyDown(field, { key });
      await tick();
    };
    await rename("Nothing", "Escape");
    await rename("Time", "Enter");
    expect(called("rename")).toEqual([{ conversation: 1, name: "Time" }]);
    expect(it.orders).toEqual([]);
  });

  test("a conversation is deleted only when that was meant; the one on screen gives way to a new one", async () => {
    await open();
    await drawer();
    await fireEvent.click(screen.getAllByLabelText("Delete")[0] as Element);
    expect(called("delete_conversation")).toEqual([]);
    await fireEvent.click(screen.getByTestId("delete-conversation"));
    expect(called("delete_conversation")).toEqual([{ conversation: 1 }]);
    await vi.waitFor(() => expect(it.orders).toEqual([{ do: "converse", id: null }]));
  });

  test("what is deleted or taken in shows beside the talk at once, in the list and among what was found", async () => {
    vi.spyOn(window, "matchMedia").mockImplementation((media) => Object.assign(new EventTarget(), { matches: true, media, onchange: null }) as unknown as MediaQueryList);
    let hits = [{ turn: 3, conversation: 1, at: "", in_reply: false, snippet: [{ text: "train", hit: true }] }];
    let list = [kept(1), kept(2)];
    await open({ conversations: () => list, search: () => hits });
    await fireEvent.input(screen.getByPlaceholderText("Search everything"), { target: { value: "train" } });
    await screen.findByTestId("found");
    [list, hits] = [[kept(2)], []];
    await fireEvent.click(screen.getByLabelText("Settings"));
    await fireEvent.click(document.querySelector("[data-section=privacy]") as Element);
    await fireEvent.input(screen.getByLabelText(/Type “delete”/), { target: { value: "delete" } });
    await fireEvent.click(screen.getByRole("button", { name: "Delete everything" }));
    await vi.waitFor(() => expect(screen.queryByTestId("found")).toBeNull());
    await fireEvent.input(screen.getByPlaceholderText("Search everything"), { target: { value: "" } });
    await vi.waitFor(() => expect(screen.getAllByTestId("conversation").length).toBe(1));
  });

  test("what changes in place keeps the focus: a question has it, is told, and gives it back; what goes hands it on", async () => {
    await open();
    const has = (): string | null | undefined => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent;
    const told = (): string | null | undefined => document.getElementById(document.activeElement?.getAttribute("aria-describedby") ?? "")?.textContent;
    const act = (label: string, place = 0): Promise<boolean> => fireEvent.click(screen.getAllByLabelText(label)[place] as Element);
    await act("Delete this turn");
    expect([has(), told()]).toEqual(["Cancel", "Delete this turn and its recording for good?"]);
    await fireEvent.click(screen.getByText("Cancel"));
    expect(has()).toBe("Delete this turn");
    await act("Delete this turn");
    await fireEvent.click(screen.getByTestId("delete-turn"));
    expect(has()).toBe("Type instead");
    await drawer();
    for (const [label, first, question] of [
      ["Delete", "Cancel", "Delete this conversation and its recordings for good?"],
      ["Export", "Markdown", "Write to Downloads as:"],
    ] as const) {
      await act(label);
      expect([has(), told()]).toEqual([first, question]);
      await fireEvent.click(screen.getByText("Cancel"));
      expect(has()).toBe(label);
    }
    await act("Rename");
    await fireEvent.keyDown(document.activeElement as Element, { key: "Escape" });
    await tick();
    expect(has()).toBe("Rename");
    await act("Delete");
    await fireEvent.click(screen.getByTestId("delete-conversation"));
    expect(has()).toContain("Trains");
  });

  test("an export says where it is", async () => {
    await open();
    await drawer();
    await fireEvent.click(screen.getAllByLabelText("Export")[0] as Element);
    await fireEvent.click(screen.getByText("Markdown"));
    expect(await screen.findByText("Written to /home/me/Downloads/wilco-1.md")).toBeTruthy();
    expect(called("export")).toEqual([{ conversation: 1, format: "markdown" }]);
  });

  test("a turn is written to a file, and says where it is", async () => {
    await open();
    await fireEvent.click(screen.getByTestId("save-turn"));
    expect(await screen.findByText("Written to /home/me/Downloads/wilco-turn-3.md")).toBeTruthy();
    expect(called("export_turn")).toEqual([{ turn: 3 }]);
  });

  test("a turn tells what was sent and what came back, tried again or not", async () => {
    const hear = { stage: "hear", provider: "deepgram" } as const;
    await open({ turns: [entry(3, { traffic: [{ ...hear, sent: 9_000, received: 100 }, { ...hear, sent: 5_320, received: 12 }, { stage: "speak", provider: "openai", sent: 7, received: 2_500_000 }] })] });
    await fireEvent.click(screen.getByTestId("details"));
    expect(within(screen.getByTestId("traffic")).getAllByRole("listitem", { hidden: true }).map((line) => line.textContent)).toEqual(["listen: deepgram got 14.3 kB and gave 112 bytes", "voice: openai got 7 bytes and gave 2.5 MB"]);
  });

  const acts = (turn: number): (string | null)[] => [...document.querySelectorAll(`[data-turn='${turn}'] .actions button`)].map((button) => button.getAttribute("aria-label"));

  test("what is not kept offers only what needs no history", async () => {
    await open({}, "nothing");
    it.tell({ is: "started", turn: 9, mode: "chat" });
    it.tell({ is: "ended", report: report(9, "done", { journal: "/gone.ogg" }) });
    await vi.waitFor(() => expect(acts(9)).toEqual(["Copy the reply", "Details"]));
    it.tell({ is: "started", turn: 10, mode: "chat" });
    it.tell({ is: "ended", report: report(10, "saved_for_retry", { journal: "/kept.ogg" }) });
    await vi.waitFor(() => expect(acts(10).length, "again, copy, replay, save, delete, details").toBe(6));
  });

  test("a turn is said again, opened, deleted, and then no longer remembered", async () => {
    await open();
    await fireEvent.click(screen.getByTestId("again"));
    await fireEvent.click(screen.getByTestId("details"));
    expect(screen.getByTestId("waterfall").textContent).toContain("No recording is kept.");
    await fireEvent.click(screen.getByLabelText("Delete this turn"));
    await fireEvent.click(screen.getByTestId("delete-turn"));
    await vi.waitFor(() => expect(screen.queryByTestId("turn")).toBeNull());
    expect(called("delete_turn")).toEqual([{ turn: 3 }]);
    expect(it.orders).toEqual([{ do: "retry", turn: 3 }, { do: "converse", id: 1 }]);
  });

  test("the voice can be paused, led on and stopped while it speaks", async () => {
    await open();
    it.tell({ is: "started", turn: 4, mode: "chat" }, { is: "state", state: "speaking" });
    await fireEvent.click(await screen.findByTestId("pause"));
    await fireEvent.click(screen.getByTestId("skip"));
    it.tell({ is: "paused", paused: true });
    await fireEvent.click(await screen.findByTestId("resume"));
    await fireEvent.click(screen.getByTestId("stop"));
    expect(it.orders.map((order) => order.do)).toEqual(["pause", "skip", "resume", "cancel"]);
  });

  test("what the voice has not reached is told apart", async () => {
    await open();
    it.tell(
      { is: "started", turn: 4, mode: "chat" },
      { is: "reply", turn: 4, text: "It is noon. The train leaves." },
      { is: "saying", turn: 4, text: "It is noon.", ms: 60_000 },
      { is: "saying", turn: 4, text: "The train leaves.", ms: 60_000 },
      { is: "state", state: "speaking" },
    );
    await tick();
    expect(screen.getByTestId("reply").querySelector(".ahead")?.textContent).toBe(" The train leaves.");
    it.tell({ is: "state", state: "ready" });
    await tick();
    expect(screen.getByTestId("reply").querySelector(".ahead")).toBeNull();
  });

  test("a slow microphone can be changed at once", async () => {
    await open();
    it.tell({ is: "started", turn: 4, mode: "chat" }, { is: "state", state: "opening" });
    it.tell({ is: "microphone", news: { is: "slow", device: "Headset", instead: "Built-in" } });
    await fireEvent.click(await screen.findByTestId("instead"));
    expect(screen.getByTestId("hint").textContent).toBe("Headset sends no sound yet.");
    expect(it.orders).toEqual([{ do: "set", key: "audio.input", value: "Built-in" }]);
  });
});
