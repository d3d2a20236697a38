// The reducer, event by event and in the orders that happen.
import { describe, expect, test } from "vitest";
import { begin, canGoOn, dismiss, step, type Model } from "../src/state";
import type { Entry, Error, Event, Outcome } from "../src/types";
import { MARKS, SETTINGS, report, snapshot } from "./core";

const run = (events: Event[], from: Model = begin(snapshot())): Model => events.reduce(step, from);
const trouble = (kind: Error["kind"], source = "audio"): Error => ({ kind, source, detail: "" });

describe("each event", () => {
  test("state shows, and shuts the level off when the microphone closes", () => {
    const open = run([{ is: "state", state: "listening" }, { is: "level", rms: 0.2 }]);
    expect([open.state, open.level]).toEqual(["listening", 0.2]);
    const shut = step(open, { is: "state", state: "thinking" });
    expect([shut.state, shut.level]).toEqual(["thinking", 0]);
  });

  test("a level that comes after the microphone closed moves nothing", () => {
    expect(run([{ is: "state", state: "thinking" }, { is: "level", rms: 0.4 }]).level).toBe(0);
  });

  test("started opens an empty turn", () => {
    const [turn] = run([{ is: "started", turn: 1, mode: "echo" }]).turns;
    expect(turn).toEqual({ id: 1, mode: "echo", words: "", language: "en", understood: false, reply: "", said: [], stood: [], marks: [], report: null, interrupted: false, kept: true });
  });

  test("words replace, and the last ones are final", () => {
    const partial: Event = { is: "words", turn: 1, text: "what tie", language: "en", last: false };
    const final: Event = { is: "words", turn: 1, text: "What time?", language: "de", last: true };
    const once = run([{ is: "started", turn: 1, mode: "chat" }, partial]);
    expect(once.turns[0]).toMatchObject({ words: "what tie", understood: false });
    expect(step(once, final).turns[0]).toMatchObject({ words: "What time?", language: "de", understood: true });
  });

  test("replies are strung together with their blanks", () => {
    const pieces = ["It is", " noon", ".\n"].map((text): Event => ({ is: "reply", turn: 1, text }));
    expect(run([{ is: "started", turn: 1, mode: "chat" }, ...pieces]).turns[0]?.reply).toBe("It is noon.\n");
  });

  test("marks are kept in the order in which they come", () => {
    const marks = MARKS.slice(0, 3).map(({ mark, ms }): Event => ({ is: "marked", turn: 1, mark, ms }));
    expect(run([{ is: "started", turn: 1, mode: "chat" }, ...marks]).turns[0]?.marks).toEqual(MARKS.slice(0, 3));
  });

  test("ended puts the report in the place of all that was provisional", () => {
    const model = run([
      { is: "started", turn: 1, mode: "chat" },
      { is: "words", turn: 1, text: "what tie", language: "en", last: false },
      { is: "ended", report: report(1) },
    ]);
    expect(model.turns[0]).toMatchObject({ words: "What time is it?", understood: true, marks: MARKS, report: { outcome: "done" } });
  });

  test("a key that nobody wants any more is at fault no longer, and another trouble stays", () => {
    const taken = run([{ is: "trouble", error: trouble("hotkey", "F9") }, { is: "trouble", error: trouble("no_speaker") }]);
    const chosen = (talk: string, from = taken) => step(from, { is: "changed", settings: { ...SETTINGS, hotkeys: { ...SETTINGS.hotkeys, talk } }, keys: {} }).faults.length;
    expect([chosen("F9"), chosen("F10")]).toEqual([2, 1]);
    expect(chosen("F10", step(taken, { is: "given", keys: [] }))).toBe(2);
  });

  test("a microphone that is heard is no longer called silent, and another trouble stays", () => {
    const silent: Event[] = [
      { is: "state", state: "listening" },
      { is: "trouble", error: trouble("zero_signal") },
      { is: "trouble", error: trouble("no_speaker") },
    ];
    expect(run([...silent, { is: "level", rms: 0 }]).faults.length).toBe(2);
    expect(run([...silent, { is: "level", rms: 0.01 }]).faults.map(({ error }) => error.kind)).toEqual(["no_speaker"]);
  });

  test("trouble is shown once however often it is told", () => {
    const model = run([
      { is: "trouble", error: trouble("no_microphone") },
      { is: "trouble", error: trouble("no_microphone") },
      { is: "trouble", error: trouble("no_speaker") },
    ]);
    expect(model.faults.map(({ error }) => error.kind)).toEqual(["no_microphone", "no_speaker"]);
  });

  test("a countdown goes with the open microphone", () => {
    const counted = run([{ is: "state", state: "listening" }, { is: "countdown", seconds: 60 }, { is: "countdown", seconds: 59 }]);
    expect(counted.countdown).toBe(59);
    expect(step(counted, { is: "state", state: "thinking" }).countdown).toBeNull();
  });

  test("why the microphone was closed is known until the next turn", () => {
    const closed = run([{ is: "started", turn: 1, mode: "chat" }, { is: "closed", why: "locked" }, { is: "state", state: "ready" }]);
    expect(closed.closed).toBe("locked");
    expect(step(closed, { is: "started", turn: 2, mode: "chat" }).closed).toBeNull();
  });

  test("changed puts other settings in force", () => {
    const settings = { ...SETTINGS, mode: "translate" as const };
    expect(run([{ is: "changed", settings, keys: {} }]).settings).toBe(settings);
  });
});

describe("several turns", () => {
  const two: Event[] = [
    { is: "started", turn: 1, mode: "chat" },
    { is: "words", turn: 1, text: "one", language: "en", last: true },
    { is: "started", turn: 2, mode: "chat" },
  ];

  test("events of an older turn that still runs reach it", () => {
    const model = run([...two, { is: "reply", turn: 1, text: "first" }, { is: "reply", turn: 2, text: "second" }]);
    expect(model.turns.map(({ id, reply }) => [id, reply])).toEqual([[1, "first"], [2, "second"]]);
  });

  test("a late piece of a turn that is over changes nothing", () => {
    const over = run([...two, { is: "ended", report: report(1) }]);
    const late = run([{ is: "reply", turn: 1, text: "!" }, { is: "words", turn: 1, text: "?", language: "en", last: false }], over);
    expect(late.turns[0]).toEqual(over.turns[0]);
  });

  test("a turn whose start was not seen is shown all the same", () => {
    expect(run([{ is: "reply", turn: 7, text: "tail" }]).turns).toMatchObject([{ id: 7, reply: "tail", mode: "chat" }]);
  });

  test("a turn that came to nothing goes when the next begins; one with words stays", () => {
    const empty = { transcript: "", reply: "" };
    const model = run([
      { is: "ended", report: report(1, "too_short", empty) },
      { is: "ended", report: report(2, "saved_for_retry", { ...empty, transcript: "hello" }) },
      { is: "started", turn: 3, mode: "chat" },
    ]);
    expect(model.turns.map(({ id }) => id)).toEqual([2, 3]);
  });

  test("a long day does not grow without end", () => {
    const day = Array.from({ length: 500 }, (_, index): Event => ({ is: "ended", report: report(index + 1) }));
    const { turns } = run(day);
    expect(turns.length).toBeLessThanOrEqual(200);
    expect(turns.at(-1)?.id).toBe(500);
  });
});

describe("faults", () => {
  const start = begin({ ...snapshot(), troubles: [trouble("hotkey")] });

  test("a new turn clears what the last one met, not what was so from the start", () => {
    const model = run([{ is: "trouble", error: trouble("device_lost") }, { is: "started", turn: 1, mode: "chat" }], start);
    expect(model.faults.map(({ error }) => error.kind)).toEqual(["hotkey"]);
  });

  test("dismissing takes away that one, and it can come back", () => {
    const both = step(start, { is: "trouble", error: trouble("device_lost") });
    const one = dismiss(both, both.faults[0]?.id ?? -1);
    expect(one.faults.map(({ error }) => error.kind)).toEqual(["device_lost"]);
    const again = step(one, { is: "trouble", error: trouble("hotkey") });
    expect(new Set(again.faults.map(({ id }) => id)).size).toBe(2);
  });
});

describe("a turn that stopped on its way", () => {
  const entry: Entry = {
    id: 7,
    conversation: 7,
    at: "2026-01-01T12:00:00+01:00",
    mode: "chat",
    languages: { mine: "en", theirs: "es" },
    transcript: "what I said",
    reply: "",
    heard: "",
    outcome: null,
    failed_stage: null,
    failed_kind: null,
    answered_by: [],
    tried: [],
    usage: [],
    traffic: [],
    marks: [],
    release_to_first_audio_ms: null,
    recording: "7.ogg",
    starred: false,
  };

  test("what the last run left is there, and can go on", () => {
    const [turn] = begin({ ...snapshot(), conversation: 7, unfinished: [entry] }).turns;
    expect(turn).toMatchObject({ id: 7, words: "what I said", interrupted: true });
    expect(turn && canGoOn(turn)).toBe(true);
  });

  test("it begins anew under its own number", () => {
    const model = run([{ is: "started", turn: 7, mode: "chat" }], begin({ ...snapshot(), conversation: 7, unfinished: [entry] }));
    expect(model.turns.map(({ id, words, interrupted }) => [id, words, interrupted])).toEqual([[7, "", false]]);
  });

  test("a recording that waits for another try outlives the next turn", () => {
    const nothing = { transcript: "", reply: "" };
    const ends = (turn: number, outcome: Outcome): Event[] => [
      { is: "started", turn, mode: "chat" },
      { is: "ended", report: report(turn, outcome, nothing) },
    ];
    const model = run([...ends(1, "saved_for_retry"), ...ends(2, "no_speech"), { is: "started", turn: 3, mode: "chat" }]);
    expect(model.turns.map((turn) => [turn.id, canGoOn(turn)])).toEqual([[1, true], [3, false]]);
  });
});

test("no event changes the model it was given", () => {
  const frozen = deepFreeze(begin(snapshot()));
  const events: Event[] = [
    { is: "state", state: "listening" },
    { is: "started", turn: 1, mode: "chat" },
    { is: "level", rms: 0.1 },
    { is: "words", turn: 1, text: "a", language: "en", last: false },
    { is: "reply", turn: 1, text: "b" },
    { is: "marked", turn: 1, mark: "key_up", ms: 1 },
    { is: "trouble", error: trouble("storage") },
    { is: "ended", report: report(1) },
    { is: "changed", settings: SETTINGS, keys: {} },
  ];
  expect(() => events.reduce((model, event) => deepFreeze(step(model, event)), frozen)).not.toThrow();
});

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
