// The settings: sections, what is found by a word, and that each change goes out as one order.
import { fireEvent, render, screen, within } from "@testing-library/svelte";
import { tick } from "svelte";
import { beforeEach, describe, expect, test } from "vitest";
import en from "../../assets/locales/en.json";
import ru from "../../assets/locales/ru.json";
import App from "../src/App.svelte";
import type { Key } from "../src/locales.svelte";
import { SECTIONS, cure, find } from "../src/sections";
import type { Snapshot } from "../src/types";
import { SETTINGS, core, snapshot, type Core } from "./core";

let it: Core;
const dialog = () => within(screen.getByRole("dialog"));
const settle = async (): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve));
  await tick();
};

async function open(section: string, now: Snapshot = snapshot()): Promise<void> {
  it = core(now);
  render(App);
  await screen.findByRole("main");
  await fireEvent.click(document.querySelector("#settings") as Element);
  await fireEvent.click(document.querySelector(`[data-section=${section}]`) as Element);
}

const change = (label: string, value: string) => fireEvent.change(dialog().getByLabelText(label), { target: { value } });
const sent = (): [string, string][] => it.orders.map((one) => (one.do === "set" ? [one.key, one.value] : [one.do, ""]));

describe("what is changed goes out as TOML", () => {
  test("of the voice", async () => {
    await open("voice");
    await change("Speed", "1.2");
    await change("Voice of the reply", "slt");
    await change("Another voice, by its name", "en-us+f3");
    await fireEvent.click(dialog().getByLabelText("with a sentence"));
    expect(sent()).toEqual([["voice.rate", "1.2"], ["voice.name", "slt"], ["voice.name", '"en-us+f3"'], ["voice.first", "sentence"]]);
  });

  test("of the sound", async () => {
    await open("audio");
    await fireEvent.click(dialog().getByLabelText("Suppress noise"));
    await fireEvent.click(dialog().getByLabelText("Automatic gain"));
    await fireEvent.click(dialog().getByLabelText("Other programs softer"));
    await change("Microphone gain", "-6");
    await change("Channel", "loudest");
    await change("Sound from before the key", "300");
    expect(sent()).toEqual([
      ["audio.suppress_noise", "true"],
      ["audio.auto_gain", "true"],
      ["audio.hush", "true"],
      ["audio.gain_db", "-6"],
      ["audio.channel", "loudest"],
      ["audio.pre_roll_ms", "300"],
    ]);
  });

  test("of what is kept, and nothing out of range", async () => {
    await open("privacy");
    await change("Recordings kept", "5");
    await change("Recordings kept", "-5");
    await change("Recordings kept", "1.5");
    await fireEvent.click(dialog().getByLabelText("for some days"));
    expect(sent()).toEqual([["privacy.keep_recordings", "5"], ["privacy.keep_history", "days"]]);
  });

  test("of the network", async () => {
    await open("network");
    await fireEvent.click(dialog().getByLabelText("Only this computer"));
    await change("Proxy", " http://10.0.0.1:3128 ");
    expect(sent()).toEqual([["network.local_only", "true"], ["network.proxy", '"http://10.0.0.1:3128"']]);
  });
});

test("an open microphone between presses is said where it is chosen", async () => {
  await open("audio", snapshot({ audio: { ...SETTINGS.audio, pre_roll_ms: 300 } }));
  expect(dialog().getByText(/stays open between presses\. What it hears then/)).toBeTruthy();
});

test("what Wilco is built from is told by the build", async () => {
  await open("about");
  expect(screen.queryAllByTestId("licence")).toEqual([]);
  await fireEvent.click(dialog().getByText("Show the list"));
  const lines = (await dialog().findAllByTestId("licence", {}, { timeout: 15_000 })).map((line) => line.textContent.replaceAll(/\s+/g, " ").trim());
  expect(lines.filter((line) => /^(micromark|svelte) [\d.]+ MIT$/.test(line))).toHaveLength(2);
  await fireEvent.click(dialog().getByText("Hide the list"));
  expect(screen.queryAllByTestId("licence")).toEqual([]);
}, 20_000);

describe("search", () => {
  const names = (query: string, texts: Record<Key, string> = en) => find(query, (key) => texts[key]).map(({ label }) => label);

  test("looks at names, hints and sections, in the language of the window", () => {
    expect(names("proxy")).toEqual(["panel.network.proxy"]);
    expect(names("FANS hum")).toEqual(["settings.sound.suppress"]);
    expect(names("прокси", ru)).toEqual(["panel.network.proxy"]);
    expect(names("усиление", ru)).toContain("panel.audio.gain");
    expect([names("  "), names("no such thing")]).toEqual([[], []]);
  });

  test("a name comes before a hint", () => {
    expect(names("microphone")[0]).toBe("settings.sound.input");
  });

  test("opens the section, and puts the keyboard on what was found", async () => {
    await open("providers");
    await fireEvent.input(dialog().getByRole("searchbox"), { target: { value: "theme" } });
    await fireEvent.click(dialog().getByTestId("found"));
    await settle();
    expect(dialog().getByRole("heading", { level: 3 }).textContent).toBe("Appearance");
    expect(document.activeElement?.getAttribute("name")).toBe("theme");
  });

  test("every line that can be found is there", async () => {
    await open("providers", snapshot({ privacy: { ...SETTINGS.privacy, keep_history: "days" } }));
    const missing: string[] = [];
    for (const section of SECTIONS) {
      await fireEvent.click(document.querySelector(`[data-section=${section}]`) as Element);
      const there = [...document.querySelectorAll<HTMLElement>("[data-line]")].map((one) => one.dataset["line"]);
      const lines = find(en[`panel.${section}`], (key) => en[key]).filter((line) => line.section === section);
      expect(lines.length, section).toBeGreaterThan(0);
      missing.push(...lines.map(({ label }) => en[label]).filter((label) => !there.includes(label)));
    }
    expect(missing).toEqual([]);
  });
});

describe("a trouble", () => {
  beforeEach(() => open("voice"));

  test("leads to where it can be cured", async () => {
    await fireEvent(screen.getByRole("dialog"), new Event("close"));
    it.tell({ is: "trouble", error: { kind: "no_microphone", source: "microphone", detail: "" } });
    await settle();
    await fireEvent.click(screen.getByText("Open settings: Audio"));
    expect(dialog().getByRole("heading", { level: 3 }).textContent).toBe("Audio");
  });

  test("that no setting cures leads nowhere", () => {
    expect([cure("offline"), cure("too_long"), cure("untrusted")]).toEqual([undefined, undefined, "network"]);
  });
});
