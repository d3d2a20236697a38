// Who does what, and keys: what is clicked and typed goes out as settings and calls, and no key comes back.
import { fireEvent, render, screen, within } from "@testing-library/svelte";
import { tick } from "svelte";
import { beforeEach, describe, expect, test } from "vitest";
import en from "../../assets/locales/en.json";
import App from "../src/App.svelte";
import { toml } from "../src/ipc";
import { asked, fieldsOf, moved } from "../src/providers";
import { begin, step } from "../src/state";
import type { Error, Settings } from "../src/types";
import { ACCOUNT, PROVIDERS, SERVICES, SETTINGS, core, snapshot, type Core } from "./core";

const order = { ...SETTINGS.providers, respond: ["openai", "no-model"], say: ["openai", "flite"] };
const settings: Settings = { ...SETTINGS, providers: order };
const providers = [...SERVICES, ...PROVIDERS];
const locked: Error = { kind: "keyring_locked", source: "keyring", detail: "it is locked" };

let it: Core;
const card = () => within(document.querySelector<HTMLElement>("[data-engine=openai]") as HTMLElement);
const stage = (name: string) => within(screen.getByRole("group", { name }));
const settle = async (): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve));
  await tick();
};

async function open(keys = {}): Promise<void> {
  it = core({ ...snapshot(), settings, providers, keys });
  render(App);
  await screen.findByRole("main");
  await fireEvent.click(document.querySelector("#settings") as Element);
}

async function unfold(): Promise<void> {
  const details = document.querySelector<HTMLDetailsElement>("[data-engine=openai] details") as HTMLDetailsElement;
  details.open = true;
  await fireEvent(details, new Event("toggle"));
  await settle();
}

async function click(name: string): Promise<void> {
  await fireEvent.click(card().getByRole("button", { name }));
  await settle();
}

describe("the order", () => {
  beforeEach(() => open());

  test("changes by buttons, and by adding and removing", async () => {
    await fireEvent.click(stage("Speaks").getByLabelText("Move openai down"));
    await fireEvent.click(stage("Answers").getByLabelText("Remove openai"));
    await fireEvent.change(stage("Listens").getByLabelText("Add to “Listens”"), { target: { value: "self-hosted" } });
    expect(it.orders).toEqual([
      { do: "set", key: "providers.say", value: '["flite", "openai"]' },
      { do: "set", key: "providers.respond", value: '["no-model"]' },
      { do: "set", key: "providers.hear", value: '["pocketsphinx", "self-hosted"]' },
    ]);
  });

  test("keeps the focus on who was moved, and tells the place", async () => {
    await fireEvent.click(stage("Speaks").getByLabelText("Move flite up"));
    it.tell({ is: "changed", settings: { ...settings, providers: { ...order, say: ["flite", "openai"] } }, keys: {} });
    await settle();
    expect(stage("Speaks").getByRole("status").textContent).toBe("flite is number 1 of 2.");
    expect(document.activeElement?.getAttribute("aria-label")).toBe("Move flite down");
  });

  test("never becomes empty, and offers only those who are able", () => {
    expect(stage("Listens").getByLabelText<HTMLButtonElement>("Remove pocketsphinx").disabled).toBe(true);
    expect(stage("Answers").queryByRole("option", { name: "flite" })).toBeNull();
  });
});

describe("a key", () => {
  const field = (): HTMLInputElement => card().getByLabelText("Key of openai");

  test("goes in, and is not on the page afterwards", async () => {
    await open();
    await unfold();
    expect([card().getByTestId("key-state").textContent, field().type]).toEqual(["no key", "password"]);
    await fireEvent.input(field(), { target: { value: "sk-canary" } });
    await click("Keep");
    expect(it.calls).toEqual([["set_key", { provider: "openai", key: "sk-canary", sessionOnly: false }]]);
    expect([field().value, card().getByTestId("key-result").textContent?.trim()]).toEqual(["", "The key is kept."]);
    expect(document.body.innerHTML).not.toContain("sk-canary");
    it.tell({ is: "changed", settings, keys: { openai: "keyring" } });
    await settle();
    expect(card().getByTestId("key-state").textContent).toBe("a key is kept");
  });

  test("that the keyring does not take can be used for this session", async () => {
    await open();
    await unfold();
    it.refusals["set_key"] = locked;
    await fireEvent.input(field(), { target: { value: "sk-canary" } });
    expect(card().queryByText("Use for this session only")).toBeNull();
    await click("Keep");
    expect(card().getByTestId("key-result").textContent).toContain("The keyring is locked");
    delete it.refusals["set_key"];
    await click("Use for this session only");
    expect(it.calls.at(-1)).toEqual(["set_key", { provider: "openai", key: "sk-canary", sessionOnly: true }]);
    expect(field().value).toBe("");
  });

  test("is tested and forgotten, with the result in words", async () => {
    await open({ openai: "session" });
    await unfold();
    expect(card().getByTestId("key-state").textContent).toBe("a key for this session");
    await click("Test");
    expect(card().getByTestId("key-result").textContent?.trim()).toBe("It works.");
    it.refusals["test_provider"] = { kind: "key_refused", source: "openai", detail: "it answered 401." };
    await click("Test");
    expect(card().getByTestId("key-result").textContent).toMatch(/The key was refused.*it answered 401\./s);
    await click("Forget the key");
    const names = it.calls.map(([name]) => name);
    expect(names).toEqual(["offers", "test_provider", "test_provider", "forget_key"]);
  });

  test("is asked of nobody on this computer", async () => {
    await open();
    expect(document.querySelector("[data-engine=flite] details")).toBeNull();
    expect(document.querySelector("[data-engine=flite]")?.textContent).toContain("on this computer");
  });
});

test("models and voices are picked or typed; what is not said is the default", async () => {
  await open({ openai: "keyring" });
  await unfold();
  const model = card().getByLabelText<HTMLInputElement>("Model that answers");
  expect([model.value, model.placeholder]).toEqual(["", "small-1"]);
  const values = (list: string | null) => [...(document.getElementById(list ?? "")?.children ?? [])].map((one) => (one as HTMLOptionElement).value);
  expect(values(model.getAttribute("list"))).toEqual(["small-1", "large-1"]);
  expect(values(card().getByLabelText("Voice").getAttribute("list"))).toEqual(["v-1"]);
  await fireEvent.change(model, { target: { value: " other-2 " } });
  await fireEvent.change(card().getByLabelText("Address"), { target: { value: "https://example.org/v1" } });
  expect(it.orders).toEqual([
    { do: "set", key: "accounts.openai.reply_model", value: "other-2" },
    { do: "set", key: "accounts.openai.base_url", value: '"https://example.org/v1"' },
  ]);
  expect(card().queryByLabelText("Model that listens")).toBeNull();
});

test("a lack of a key is no longer told when the key comes", () => {
  const missing: Error = { kind: "key_missing", source: "openai", detail: "" };
  const model = begin({ ...snapshot(), troubles: [missing, locked] });
  const kinds = (keys: Record<string, "keyring">): string[] => step(model, { is: "changed", settings, keys }).faults.map(({ error }) => error.kind);
  expect(kinds({ deepl: "keyring" })).toEqual(["key_missing", "keyring_locked"]);
  expect(kinds({ openai: "keyring" })).toEqual(["keyring_locked"]);
});

test("the welcome names the services that will be asked, and nobody without a key", () => {
  expect(asked(settings, providers, {})).toEqual([]);
  expect(asked(settings, providers, { openai: "session" })).toEqual(["openai"]);
  const hosted = { ...settings, providers: { ...order, hear: ["self-hosted"] } };
  expect(asked({ ...hosted, mode: "echo" }, providers, {})).toEqual(["self-hosted"]);
});

test("moving, fields and lists", () => {
  expect([moved(["a", "b", "c"], "b", -1), moved(["a", "b", "c"], "b", 1)]).toEqual([["b", "a", "c"], ["a", "c", "b"]]);
  const [openai, hosted] = SERVICES;
  expect(openai && fieldsOf(openai, undefined)).toEqual(["reply_model", "say_model", "voice", "base_url"]);
  expect(openai && fieldsOf(openai, { ...ACCOUNT, region: "x" }).at(-1)).toBe("region");
  expect(hosted && fieldsOf(hosted, undefined)).toEqual(["hear_model", "base_url", "region"]);
  expect(toml(['a"b', "c"])).toBe('["a\\"b", "c"]');
});

test("every kind of error has its words", async () => {
  const types = await import("../src/types.ts?raw");
  const kinds = [...(/type ErrorKind = ([^;]+);/.exec(types.default)?.[1] ?? "").matchAll(/"(\w+)"/g)].map(([, kind]) => kind);
  expect(kinds.length).toBeGreaterThan(30);
  const wordless = kinds.filter((kind) => !(`trouble.${kind}` in en) || !(`advice.${kind}` in en));
  expect(wordless).toEqual([]);
});
