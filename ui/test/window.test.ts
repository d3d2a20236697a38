// The whole window against a scripted core: what is done goes out as orders, what is told comes up on screen.
import { fireEvent, render, screen, within } from "@testing-library/svelte";
import { tick } from "svelte";
import { beforeEach, describe, expect, test } from "vitest";
import App from "../src/App.svelte";
import type { Event, Settings, Snapshot } from "../src/types";
import { SETTINGS, core, report, snapshot, type Core } from "./core";

let it: Core;

async function open(now: Snapshot | null = snapshot(), refusal?: unknown): Promise<void> {
  it = core(now, refusal);
  render(App);
  await (now ? screen.findByRole("main") : screen.findByRole("alert"));
}

async function tell(...events: Event[]): Promise<void> {
  it.tell(...events);
  await tick();
}

const talk = (): HTMLElement => document.getElementById("talk") as HTMLElement;
const done = (): string[] => it.orders.map((order) => order.do);
const key = (type: "keyDown" | "keyUp", name: string, on: Element = document.body, more = {}): Promise<boolean> =>
  fireEvent[type](on, { key: name, ...more });
const pointer = (type: string, pointerId: number, button = 0): Promise<boolean> =>
  fireEvent(talk(), Object.assign(new MouseEvent(type, { bubbles: true, cancelable: true, button }), { pointerId }));

describe("holding", () => {
  beforeEach(() => open());

  test("by pointer presses once and releases once", async () => {
    await pointer("pointerdown", 1);
    await pointer("pointerup", 1);
    await pointer("lostpointercapture", 1);
    expect(done()).toEqual(["press", "release"]);
  });

  test.each(["pointercancel", "lostpointercapture"])("ends at %s", async (end) => {
    await pointer("pointerdown", 1);
    await pointer(end, 1);
    expect(done()).toEqual(["press", "release"]);
  });

  test("is not ended by another finger, nor begun twice", async () => {
    await pointer("pointerdown", 1);
    await pointer("pointerdown", 2);
    await pointer("pointerup", 2);
    expect(done()).toEqual(["press"]);
  });

  test("with the right button is none", async () => {
    await pointer("pointerdown", 1, 2);
    expect(done()).toEqual([]);
  });

  test("by Space anywhere, repeats ignored", async () => {
    await key("keyDown", " ");
    await key("keyDown", " ", document.body, { repeat: true });
    await key("keyUp", " ");
    expect(done()).toEqual(["press", "release"]);
  });

  test("by Enter only on the button", async () => {
    await key("keyDown", "Enter");
    await key("keyUp", "Enter");
    expect(done()).toEqual([]);
    await key("keyDown", "Enter", talk());
    await key("keyUp", "Enter", talk());
    expect(done()).toEqual(["press", "release"]);
  });

  test.each(["#say", "#mine", "#settings", "input[value=echo]"])("by Space is not taken from %s", async (where) => {
    await key("keyDown", " ", document.querySelector(where) as Element);
    await key("keyUp", " ", document.querySelector(where) as Element);
    expect(done()).toEqual([]);
  });

  test("is not begun or cancelled from behind a dialog, whatever has the focus", async () => {
    await fireEvent.click(screen.getByLabelText("Settings"));
    await key("keyDown", " ");
    await key("keyUp", " ");
    await key("keyDown", "Escape");
    expect(done()).toEqual([]);
  });

  test("with Ctrl is a shortcut of somebody else", async () => {
    await key("keyDown", " ", document.body, { ctrlKey: true });
    expect(done()).toEqual([]);
  });

  test("ends when the window loses the focus, once", async () => {
    await key("keyDown", " ");
    await fireEvent.blur(window);
    await key("keyDown", " ", document.body, { repeat: true });
    await key("keyUp", " ");
    expect(done()).toEqual(["press", "release"]);
  });

  test("by the click of a device that cannot hold opens, then closes", async () => {
    await fireEvent.click(talk(), { detail: 0 });
    expect(done()).toEqual(["press"]);
    await fireEvent.click(talk(), { detail: 0 });
    expect(done()).toEqual(["press", "finish"]);
  });

  test("by such a click ends with the focus as well", async () => {
    await fireEvent.click(talk(), { detail: 0 });
    await fireEvent.blur(window);
    expect(done()).toEqual(["press", "finish"]);
  });

  test("and Escape cancels, once a press", async () => {
    await key("keyDown", "Escape");
    await key("keyDown", "Escape", document.body, { repeat: true });
    expect(done()).toEqual(["cancel"]);
  });
});

describe("the line beside the button", () => {
  const hint = (): string => screen.getByTestId("hint").textContent ?? "";
  const style = (of: Settings["hotkeys"]["style"]): Snapshot => snapshot({ hotkeys: { ...SETTINGS.hotkeys, style: of } });

  test("says what the key does in each style", async () => {
    await open(style("toggle"));
    expect([talk().getAttribute("aria-label"), hint()]).toEqual(["Press to talk", "Press the button, F9 or the space bar"]);
    await tell({ is: "state", state: "listening" });
    expect(hint()).toBe("Press again when you are done");
  });

  test("names the key that the desktop gave, and none where it gave none", async () => {
    await open(style("hold"));
    await tell({ is: "given", keys: [["talk", "Meta+T"]] });
    expect(hint()).toBe("Hold the button, Meta+T or the space bar");
    await tell({ is: "given", keys: [["show", "Meta+W"]] });
    expect(hint()).toBe("Hold the button or the space bar");
  });

  test("names a key of the settings as people read it", async () => {
    await open(snapshot({ hotkeys: { ...SETTINGS.hotkeys, talk: "Ctrl+Alt+KeyD" } }));
    expect(hint()).toBe("Hold the button, Ctrl+Alt+D or the space bar");
  });

  test("counts the last minute down, and no longer than the microphone is open", async () => {
    await open();
    await tell({ is: "state", state: "listening" }, { is: "countdown", seconds: 42 });
    expect(hint()).toBe("The microphone closes in 42 s");
    await tell({ is: "state", state: "thinking" });
    expect(hint()).not.toMatch(/42/);
  });

  test("says why the microphone was closed, until the next turn", async () => {
    await open();
    await tell({ is: "started", turn: 1, mode: "chat" }, { is: "state", state: "listening" }, { is: "closed", why: "asleep" });
    await tell({ is: "state", state: "ready" }, { is: "ended", report: report(1, "saved_for_retry", { transcript: "", reply: "" }) });
    expect(hint()).toBe("The computer slept, so the microphone was closed.");
    await tell({ is: "started", turn: 2, mode: "chat" }, { is: "state", state: "ready" });
    expect(hint()).toBe("Hold the button, F9 or the space bar");
  });
});

describe("typing", () => {
  beforeEach(() => open());
  const box = (): HTMLTextAreaElement => screen.getByLabelText("Type instead");

  test("is sent by Enter, once, without outer blanks", async () => {
    await fireEvent.input(box(), { target: { value: " what time is it? \n" } });
    await key("keyDown", "Enter", box());
    await key("keyDown", "Enter", box());
    expect(it.orders).toEqual([{ do: "say", text: "what time is it?" }]);
    expect(box().value).toBe("");
  });

  test("comes back where the core refuses it, and words from outside spare what is half typed", async () => {
    await tell({ is: "changed", settings: { ...SETTINGS, spending: { monthly_cap: 1, at_cap: "stop" } }, keys: {} });
    const refusal: Event = { is: "trouble", error: { kind: "cap_reached", source: "Wilco", detail: "" } };
    const say = async (text: string): Promise<void> => {
      await fireEvent.input(box(), { target: { value: text } });
      await key("keyDown", "Enter", box());
    };
    await say("a long question");
    await tell(refusal);
    expect(box().value).toBe("a long question");
    await tell({ is: "draft", text: "from a link" });
    expect(box().value).toBe("a long question\nfrom a link");
    await say("another");
    await tell({ is: "started", turn: 1, mode: "chat" }, refusal);
    expect(box().value).toBe("");
  });

  test("breaks the line at Shift+Enter and waits for an input method", async () => {
    await fireEvent.input(box(), { target: { value: "a" } });
    await key("keyDown", "Enter", box(), { shiftKey: true });
    await key("keyDown", "Enter", box(), { isComposing: true });
    expect(done()).toEqual([]);
  });

  test("of an example is one click", async () => {
    await fireEvent.click(screen.getByText("What time is it?"));
    expect(it.orders).toEqual([{ do: "say", text: "What time is it?" }]);
  });
});

describe("settings", () => {
  test.each<[string, string, string]>([
    ["input[name=mode][value=translate]", "mode", "translate"],
    ["input[name=theme][value=dark]", "appearance.theme", "dark"],
  ])("%s asks for %s = %s, and shows what is in force until then", async (radio, name, value) => {
    await open();
    await fireEvent.click(document.querySelector("#settings") as Element);
    await fireEvent.click(document.querySelector("[data-section=appearance]") as Element);
    const input = document.querySelector<HTMLInputElement>(radio);
    await fireEvent.click(input as Element);
    expect(it.orders).toEqual([{ do: "set", key: name, value }]);
    expect(input?.checked).toBe(false);
    const settings: Settings = { ...SETTINGS, mode: "translate", appearance: { ...SETTINGS.appearance, theme: "dark", interface: "en" } };
    await tell({ is: "changed", settings, keys: {} });
    expect(input?.checked).toBe(true);
  });

  test("swap exchanges the languages", async () => {
    await open();
    await fireEvent.click(screen.getByLabelText("Swap the two languages"));
    expect(it.orders).toEqual([
      { do: "set", key: "languages.mine", value: "es" },
      { do: "set", key: "languages.theirs", value: "en" },
    ]);
  });

  test("keep Escape and Space for themselves while they are open", async () => {
    await open();
    await fireEvent.click(document.querySelector("#settings") as Element);
    await key("keyDown", "Escape", screen.getByRole("dialog"));
    await key("keyDown", " ", screen.getByRole("dialog"));
    expect(done()).toEqual([]);
  });

  test("tell which package an engine lacks, and the button says so before", async () => {
    const detail = "the package libpocketsphinx3 brings it";
    await open({ ...snapshot(), troubles: [{ kind: "engine_missing", source: "pocketsphinx", detail }] });
    expect(screen.queryByTestId("trouble")).toBeNull();
    await fireEvent.click(screen.getByLabelText("Settings; engines that need attention: 1"));
    const engine = document.querySelector("[data-engine=pocketsphinx]");
    expect(engine?.textContent).toContain(detail);
    expect(engine?.textContent).toContain("basic, offline");
  });

  test("choose language and theme of the window", async () => {
    await open(snapshot({ appearance: { ...SETTINGS.appearance, theme: "dark", interface: "ru" } }));
    expect(document.documentElement.dataset.theme).toBe("dark");
    expect(document.documentElement.lang).toBe("ru");
    expect(talk().getAttribute("aria-label")).toBe("Удерживайте и говорите");
  });
});

describe("a turn", () => {
  const words = (): HTMLElement => screen.getByTestId("words");

  beforeEach(() => open());

  test("is seen as it grows", async () => {
    await tell({ is: "state", state: "listening" }, { is: "started", turn: 1, mode: "chat" });
    expect(talk().dataset.state).toBe("listening");
    expect(screen.getByTestId("onair").textContent).toBe("On air");
    await tell({ is: "words", turn: 1, text: "what ti", language: "en", last: false });
    expect([words().textContent?.trim(), words().dataset.last]).toEqual(["what ti", "false"]);
    await tell(
      { is: "words", turn: 1, text: "What time is it?", language: "en", last: true },
      { is: "marked", turn: 1, mark: "key_up", ms: 100 },
      { is: "marked", turn: 1, mark: "stt_final", ms: 150 },
      { is: "reply", turn: 1, text: "Half " },
      { is: "reply", turn: 1, text: "past six." },
    );
    expect([words().textContent?.trim(), words().dataset.last]).toEqual(["What time is it?", "true"]);
    expect(screen.getByTestId("reply").textContent).toBe("Half past six.");
    expect(screen.getByTestId("latency").dataset.ms).toBeUndefined();
    await tell({ is: "ended", report: report(1) });
    expect(screen.getByTestId("latency").dataset.ms).toBe("312");
    expect(screen.getByTestId("latency").title).toBe("From release to first sound: 312 ms. listen 212 ms, think 12 ms, voice 88 ms");
  });

  test("says who heard it, with the badge only of a basic one", async () => {
    await tell({ is: "ended", report: report(1) });
    expect(screen.getByText(/heard by pocketsphinx/).querySelector("[data-testid=badge-basic]")).not.toBeNull();
    await tell({ is: "ended", report: report(1, "done", { answered_by: [["hear", "echo"]] }) });
    expect(screen.getByText(/heard by echo/).querySelector("[data-testid=badge-basic]")).toBeNull();
  });

  test("that is the newest alone has the marks of the newest", async () => {
    await tell({ is: "ended", report: report(1) }, { is: "ended", report: report(2, "done", { transcript: "two", reply: "zwei" }) });
    expect(words().closest<HTMLElement>("[data-turn]")?.dataset.turn).toBe("2");
    expect([words().textContent?.trim(), screen.getByTestId("reply").textContent]).toEqual(["two", "zwei"]);
  });

  test("that heard nothing says so kindly, on screen and aloud", async () => {
    await tell({ is: "ended", report: report(1, "no_speech", { transcript: "", reply: "", answered_by: [], release_to_first_audio_ms: null }) });
    const text = "I heard nothing. Hold the key while you speak.";
    expect(screen.getByTestId("outcome").textContent).toBe(text);
    expect(screen.getByTestId("announcer").textContent).toBe(text);
    expect(screen.queryByTestId("words")).toBeNull();
  });

  test("that was heard aloud is not read aloud again; one that was not, is", async () => {
    await tell({ is: "ended", report: report(1) });
    expect(screen.getByTestId("announcer").textContent).toBe("");
    await tell({ is: "started", turn: 2, mode: "chat" });
    await tell({ is: "ended", report: report(2, "done", { reply: "Silent.", release_to_first_audio_ms: null }) });
    expect(screen.getByTestId("announcer").textContent).toBe("Silent.");
  });

  test("shows hostile text as text", async () => {
    const hostile = `<img src=x onerror="alert(1)"><script>alert(2)</script>{@html x} \u202Eevil ${"w".repeat(5000)}`;
    await tell({ is: "ended", report: report(1, "done", { transcript: hostile, reply: hostile }) });
    await tell({ is: "trouble", error: { kind: "storage", source: hostile, detail: hostile } });
    expect(words().textContent?.trim()).toBe(hostile);
    expect(screen.getByTestId("reply").textContent).toBe(hostile);
    expect(document.querySelector("img, main script")).toBeNull();
  });
});

describe("trouble", () => {
  test("that is dismissed by a key gives the focus to the next one, and the last to the text box", async () => {
    await open();
    await tell(...(["no_microphone", "no_speaker"] as const).map((kind): Event => ({ is: "trouble", error: { kind, source: "audio", detail: "" } })));
    for (const place of [1, 0]) {
      const [first, second] = screen.getAllByLabelText("Dismiss");
      await fireEvent.click((place ? second : first) as Element);
      expect(document.activeElement).toBe(place ? first : document.getElementById("say"));
    }
  });

  test("comes in plain words with who and what, and goes when dismissed", async () => {
    await open();
    await tell({ is: "trouble", error: { kind: "no_microphone", source: "audio", detail: "no input device" } });
    const card = screen.getByTestId("trouble");
    for (const text of ["There is no microphone", "You can type meanwhile", "no input device", "From audio"]) {
      expect(card.textContent).toContain(text);
    }
    await fireEvent.click(within(card).getByLabelText("Dismiss"));
    expect(screen.queryByTestId("trouble")).toBeNull();
  });

  test("of a refused order is shown", async () => {
    await open(snapshot(), { kind: "bad_setting", source: "voice.rate", detail: "0.5 to 2.0" });
    await fireEvent.click(screen.getByLabelText("Swap the two languages"));
    expect((await screen.findByTestId("trouble")).dataset.kind).toBe("bad_setting");
  });

  test("of a core that does not answer is told", async () => {
    await open(null);
    expect(screen.getByRole("alert").textContent).toContain("does not answer");
  });

  test("events that overtake the snapshot are not lost", async () => {
    it = core(snapshot());
    render(App);
    it.tell({ is: "ended", report: report(1) });
    await screen.findByRole("main");
    expect(screen.getByTestId("words").textContent?.trim()).toBe("What time is it?");
  });
});

describe("what waited for a network", () => {
  const kept = report(3, "saved_for_retry", { transcript: "Why is the sky blue?", reply: "" });
  beforeEach(async () => {
    await open();
    await tell({ is: "started", turn: 3, mode: "chat" }, { is: "ended", report: kept }, { is: "waiting", turns: [3] });
  });

  test("is offered by its words, and answered when told to", async () => {
    const offer = screen.getByTestId("waiting");
    expect(offer.textContent).toContain("Why is the sky blue?");
    expect(it.orders, "nothing goes on unasked").toEqual([]);
    await fireEvent.click(within(offer).getByRole("button", { name: "Answer now" }));
    expect(it.orders).toEqual([{ do: "retry", turn: 3 }]);
    await tell({ is: "started", turn: 3, mode: "chat" });
    expect(screen.queryByTestId("waiting")).toBeNull();
  });

  test("may wait on", async () => {
    await fireEvent.click(screen.getByRole("button", { name: "Not now" }));
    expect(screen.queryByTestId("waiting")).toBeNull();
    expect(screen.getByTestId("retry"), "it can still be tried again where it stands").toBeTruthy();
  });
});
