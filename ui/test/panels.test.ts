// What the settings try and show apart from settings: health, trials, microphone, ledger, deleting, first steps.
import { fireEvent, render, screen, within } from "@testing-library/svelte";
import { tick } from "svelte";
import { describe, expect, test, vi } from "vitest";
import ru from "../../assets/locales/ru.json";
import App from "../src/App.svelte";
import { health, trialCalls } from "../src/providers";
import { begin, step } from "../src/state";
import type { Check, Ranking, Reached, Settings, Snapshot, Standing, Trial } from "../src/types";
import { PROVIDERS, SERVICES, SETTINGS, core, snapshot, type Core } from "./core";

const providers = [...SERVICES, ...PROVIDERS];
const settings: Settings = { ...SETTINGS, providers: { ...SETTINGS.providers, respond: ["openai", "no-model"], say: ["openai", "flite"] } };
const good: Standing = { provider: "openai", kind: "say", condition: { is: "good" }, typical_ms: 240 };
const refused: Standing = { provider: "openai", kind: "respond", condition: { is: "refused", why: "key_refused" }, typical_ms: null };

let it: Core;
const dialog = () => within(screen.getByRole("dialog"));
const settle = async (): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve));
  await tick();
};

async function open(section: string, now: Snapshot = { ...snapshot(), settings, providers, keys: { openai: "keyring" } }, answers = {}): Promise<void> {
  it = core(now);
  Object.assign(it.answers, answers);
  render(App);
  await screen.findByRole("main");
  await fireEvent.click(document.querySelector("#settings") as Element);
  await fireEvent.click(document.querySelector(`[data-section=${section}]`) as Element);
  await settle();
}

async function click(name: string): Promise<void> {
  await fireEvent.click(dialog().getByRole("button", { name }));
  await settle();
}

describe("health", () => {
  test("is the worst of what a provider does, with its usual time", () => {
    expect(health([good, refused], "openai")).toEqual({ condition: refused.condition, typical: 240 });
    expect(health([good], "deepl")).toBeUndefined();
  });

  test("is shown where providers are listed, and follows events", async () => {
    await open("providers");
    expect(screen.queryByTestId("health")).toBeNull();
    it.tell({ is: "standings", standings: [good] });
    await settle();
    expect(screen.getByTestId("health").textContent).toMatch(/^\s*well · 240/);
    it.tell({ is: "standings", standings: [good, refused] });
    await settle();
    expect(screen.getByTestId("health").textContent).toContain("The key was refused");
    expect(step(begin(snapshot()), { is: "standings", standings: [good] }).standings).toEqual([good]);
  });
});

test("every line of the check is in the person's language, but for names and details", async () => {
  const line = (subject: Check["subject"], value: string, error: Check["error"] = null): Check => {
    return { subject, value, verdict: error ? "fail" : "ok", error, what: "English", found: error ? "a detail" : "English", next: "English" };
  };
  const checks = [line("microphone", "-34"), line("way", "openai"), line("engine", "flite", "engine_missing")];
  const russian = { ...settings, appearance: { ...settings.appearance, interface: "ru" as const } };
  await open("about", { ...snapshot(), settings: russian, providers }, { check_everything: checks });
  await click("Проверить");
  const lines = screen.getAllByTestId("check").map((one) => one.textContent.replace(/\s+/g, " ").trim());
  expect(lines).toEqual([
    "норма микрофон включается, громче всего -34 дБ",
    "норма связь с openai есть",
    `сбой движок flite ${ru["trouble.engine_missing"]}: a detail ${ru["advice.engine_missing"]}`,
  ]);
});

test("a file for whoever helps leaves out what was said, unless that is chosen", async () => {
  const asked = (): unknown[] => it.calls.filter(([name]) => name === "support").map(([, given]) => given);
  await open("about");
  await click("Write the file");
  expect(dialog().getByText("Written to /home/me/Downloads/wilco-support-3.json")).toBeTruthy();
  await fireEvent.click(dialog().getByLabelText("With what was said"));
  await click("Write the file");
  expect(asked()).toEqual([{ turn: null, speech: false }, { turn: null, speech: true }]);
  it.refusals["support"] = { kind: "storage", source: "/home/me/Downloads", detail: "No space left." };
  await click("Write the file");
  expect(dialog().queryByText(/^Written to/)).toBeNull();
  expect(dialog().getByTestId("fault-note").dataset["kind"]).toBe("storage");
});

describe("a trial of all", () => {
  const came = (provider: string, typical_ms: number | null, left: number): Trial => ({
    provider,
    kind: "say",
    typical_ms,
    failed: typical_ms === null ? { kind: "timed_out", source: provider, detail: "" } : null,
    left,
  });

  test("says what it costs before", async () => {
    expect(trialCalls(settings, providers, { openai: "keyring" })).toBe(6);
    expect(trialCalls(settings, providers, {})).toBe(0);
    await open("providers");
    expect(dialog().getByText(/About 6 small calls/)).toBeTruthy();
  });

  test("lists by time, and its order is one click", async () => {
    let end: (orders: Ranking[]) => void = () => undefined;
    await open("providers", undefined, { trial: new Promise<Ranking[]>((resolve) => (end = resolve)) });
    await click("Test all");
    it.pour("trial", came("openai", null, 1), came("flite", 31, 0));
    await settle();
    const lines = screen.getAllByTestId("trial").map((one) => one.textContent?.replace(/\s+/g, " ").trim());
    expect(lines).toEqual(["flite 31 ms", "openai No answer came in time"]);
    expect(dialog().getByText("Still to ask: 0")).toBeTruthy();
    end([{ kind: "say", order: ["flite", "openai"] }]);
    await settle();
    await click("Use this order");
    expect(it.orders).toEqual([{ do: "set", key: "providers.say", value: '["flite", "openai"]' }]);
  });

  test("can be stopped", async () => {
    await open("providers", undefined, { trial: new Promise(() => undefined) });
    await click("Test all");
    await click("Stop");
    expect(it.calls.map(([name]) => name)).toEqual(["trial", "stop_trying"]);
  });
});

describe("the microphone", () => {
  test("is opened by a press only, shows that it is live, and is closed with the page", async () => {
    await open("audio", undefined, { listen: new Promise(() => undefined) });
    expect(it.calls.map(([name]) => name)).toEqual(["devices"]);
    await click("Show the level");
    it.pour("listen", { is: "live" }, { is: "level", rms: 0.2 });
    await settle();
    expect(screen.getByTestId("mic-test").dataset["live"]).toBe("true");
    await fireEvent.click(document.querySelector("[data-section=voice]") as Element);
    await settle();
    expect(it.calls.at(-1)?.[0]).toBe("stop_trying");
  });

  test("is chosen by its identifier, and a lost one stays to be seen", async () => {
    await open("audio", snapshot({ audio: { ...SETTINGS.audio, input: "gone" } }));
    expect(dialog().getByRole("option", { name: "gone (not connected)" })).toBeTruthy();
    await fireEvent.change(dialog().getByLabelText("Microphone"), { target: { value: "mic-2" } });
    expect(it.orders).toEqual([{ do: "set", key: "audio.input", value: "mic-2" }]);
  });
});

test("which host got what is listed", async () => {
  const one: Reached = { host: "api.example.com", kinds: ["hear", "say"], calls: 3, sent: 12_300, received: 2_000_000, last_ms: 1_795_000_000_000 };
  await open("network", undefined, { reached: [one] });
  const line = screen.getByTestId("reached").textContent ?? "";
  expect(line).toContain("api.example.com");
  expect(line).toMatch(/asked 3 ×, ↑ 12.3 kB, ↓ 2 MB/);
});

test("the password of a proxy goes in and does not stay", async () => {
  await open("network", snapshot({ network: { ...SETTINGS.network, proxy: "http://p:1", proxy_user: "me" } }));
  await fireEvent.input(dialog().getByLabelText("Password at the proxy"), { target: { value: "canary" } });
  await click("Keep");
  expect(it.calls.at(-1)).toEqual(["set_proxy_password", { password: "canary" }]);
  expect(document.body.innerHTML).not.toContain("canary");
});

test("everything is deleted only after its word was typed", async () => {
  await open("privacy");
  const button = dialog().getByRole<HTMLButtonElement>("button", { name: "Delete everything" });
  expect(button.disabled).toBe(true);
  await fireEvent.input(dialog().getByLabelText(/Type “delete”/), { target: { value: "delete" } });
  await click("Delete everything");
  expect(it.calls.at(-1)?.[0]).toBe("forget_everything");
  expect(screen.getByTestId("privacy-result").textContent).toBe("Everything is deleted.");
});

test("keys are tried no longer than the window is seen", async () => {
  await open("keys");
  await click("Try the keys");
  expect(it.calls.at(-1)?.[0]).toBe("watch_keys");
  const seen = vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
  await fireEvent(document, new Event("visibilitychange"));
  seen.mockRestore();
  expect(it.calls.at(-1)?.[0]).toBe("unwatch_keys");
  expect(screen.getByTestId("try-keys").getAttribute("aria-pressed")).toBe("false");
});

test("a file that is chosen is taken in whole, and a second time", async () => {
  await open("privacy");
  // what the page is tested in knows files without this
  const file = Object.assign(new File([], "wilco.json"), { arrayBuffer: () => Promise.resolve(new ArrayBuffer(3)) });
  const given: unknown[] = [];
  it.answers["import_history"] = (bytes: unknown) => given.push(bytes);
  for (const count of [1, 2]) {
    await fireEvent.change(dialog().getByTestId("import"), { target: { files: [file] } });
    expect(await dialog().findByText(`New turns taken: ${count}`)).toBeTruthy();
  }
});

test("who answers is said where one talks, in chat alone", async () => {
  const personas = { Ann: { prompt: "You are Ann.", voice: "" }, Gone: { prompt: "", voice: "" } };
  for (const [changes, shown] of [
    [{ persona: "Ann" }, "Ann answers"],
    [{ persona: "Gone" }, undefined],
    [{ persona: "" }, undefined],
    [{ persona: "Ann", mode: "translate" as const }, undefined],
  ] as const) {
    core({ ...snapshot(), settings: { ...settings, personas, ...changes } });
    const { unmount } = render(App);
    await screen.findByRole("main");
    expect(screen.queryByTestId("persona")?.textContent).toBe(shown);
    unmount();
  }
});

test("a persona is added, and chosen with it", async () => {
  await open("persona");
  await fireEvent.input(dialog().getByLabelText("Name"), { target: { value: "Dr. Teacher" } });
  await fireEvent.input(dialog().getByLabelText("Who it is to be"), { target: { value: "You teach." } });
  await click("Add");
  expect(it.orders).toEqual([
    { do: "set", key: "personas.Dr  Teacher.prompt", value: '"You teach."' },
    { do: "set", key: "persona", value: '"Dr  Teacher"' },
  ]);
});

describe("the first steps", () => {
  const fresh = (): Snapshot => snapshot({ appearance: { ...SETTINGS.appearance, welcomed: false } });

  test("prove the microphone and the key, and are not shown again", async () => {
    it = core(fresh());
    Object.assign(it.answers, { listen: new Promise(() => undefined) });
    render(App);
    await screen.findByTestId("first-run");
    await click("Say something");
    it.pour("listen", { is: "live" }, { is: "level", rms: 0 }, { is: "level", rms: 0.0005 });
    await settle();
    expect([dialog().queryByText("It hears you."), dialog().queryByText(/^Speak now/)], "one that is muted proves nothing").toEqual([null, expect.anything()]);
    it.pour("listen", { is: "level", rms: 0.03 }, { is: "words", text: "what time is it" });
    await settle();
    expect(dialog().getByText("It hears you.")).toBeTruthy();
    expect(dialog().getByText("Heard: what time is it")).toBeTruthy();
    await click("Next");
    it.tell({ is: "state", state: "opening" });
    await settle();
    expect(screen.getByTestId("first-key").classList).toContain("lit");
    expect(dialog().getByText("It works.")).toBeTruthy();
    await click("Next");
    await click("Begin");
    expect(it.orders).toEqual([{ do: "set", key: "appearance.welcomed", value: "true" }]);
    expect(screen.queryByTestId("first-run")).toBeNull();
  });

  test("can be passed over, and taken again from the settings", async () => {
    it = core(fresh());
    render(App);
    await screen.findByTestId("first-run");
    await click("Skip");
    expect(it.orders).toEqual([{ do: "set", key: "appearance.welcomed", value: "true" }]);
    await fireEvent.click(document.querySelector("#settings") as Element);
    await fireEvent.click(document.querySelector("[data-section=about]") as Element);
    await click("Show again");
    expect(screen.getByTestId("first-run")).toBeTruthy();
  });
});
