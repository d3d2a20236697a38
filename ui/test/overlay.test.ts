// What the overlay shows of a turn.
import { expect, test } from "vitest";
import { NOTHING, step, tail } from "../src/overlay/glance";
import type { ErrorKind, Event } from "../src/types";

const after = (...events: Event[]): typeof NOTHING => events.reduce(step, NOTHING);

test("a turn that begins clears what the last one left", () => {
  const old: Event[] = [
    { is: "started", turn: 1, mode: "chat" },
    { is: "reply", turn: 1, text: "Old." },
    { is: "trouble", error: { kind: "offline", source: "x", detail: "" } },
  ];
  const now = after(...old, { is: "started", turn: 2, mode: "chat" }, { is: "reply", turn: 1, text: "late" });
  expect(now).toMatchObject({ turn: 2, reply: "", words: "", trouble: null, state: "opening" });
});

test("the level counts while it listens only", () => {
  const begun: Event[] = [{ is: "started", turn: 1, mode: "chat" }, { is: "state", state: "listening" }, { is: "level", rms: 0.3 }];
  expect(after(...begun).level).toBe(0.3);
  expect(after(...begun, { is: "state", state: "thinking" }, { is: "level", rms: 0.4 }).level).toBe(0);
});

test("a microphone that is heard is no longer called silent, and another trouble stays", () => {
  const trouble = (kind: ErrorKind): Event[] => [
    { is: "started", turn: 1, mode: "chat" },
    { is: "state", state: "listening" },
    { is: "trouble", error: { kind, source: "microphone", detail: "" } },
  ];
  expect(after(...trouble("zero_signal"), { is: "level", rms: 0 }).trouble).toBe("zero_signal");
  expect(after(...trouble("zero_signal"), { is: "level", rms: 0.01 }).trouble).toBeNull();
  expect(after(...trouble("offline"), { is: "level", rms: 0.01 }).trouble).toBe("offline");
});

test("the end of a long text is shown, from a whole word on, and no letter is cut in two", () => {
  expect(tail("short  and\nplain")).toBe("short and plain");
  const end = tail("one two three four five six seven eight nine ten eleven twelve thirteen");
  expect(end.length).toBeLessThanOrEqual(61);
  expect(end).toMatch(/^…\w+ .* thirteen$/);
  expect([...tail("😀".repeat(100))].length).toBe(61);
});
