// The pure rest: waits, loudness, languages, texts, TOML.
import { describe, expect, test } from "vitest";
import en from "../../assets/locales/en.json";
import ru from "../../assets/locales/ru.json";
import { toml } from "../src/ipc";
import { choices, nameOf } from "../src/languages";
import { latency, scale } from "../src/latency";
import { t, time, useInterface } from "../src/locales.svelte";
import { loudness } from "../src/loudness";
import type { Stamp } from "../src/types";
import { MARKS, PROVIDERS, report } from "./core";

describe("the wait", () => {
  const upTo = (mark: string): Stamp[] => MARKS.slice(0, MARKS.findIndex((stamp) => stamp.mark === mark) + 1);

  test("has three parts that add up to the whole", () => {
    const { parts, total } = latency(MARKS, null);
    expect(parts).toEqual([
      { stage: "hear", ms: 212 },
      { stage: "think", ms: 12 },
      { stage: "speak", ms: 88 },
    ]);
    expect(total).toBe(312);
  });

  test.each([["key_up", 0], ["stt_final", 1], ["first_token", 1], ["first_phrase", 2], ["tts_first_byte", 2]])(
    "at %s has %i parts and no total",
    (mark, count) => {
      const { parts, total } = latency(upTo(mark), null);
      expect([parts.length, total]).toEqual([count, null]);
    },
  );

  test("takes the core's own figure where there is one", () => {
    expect(latency(MARKS, report(1, "done", { release_to_first_audio_ms: 300.4 })).total).toBe(300.4);
  });

  test("is never negative: words may be final before the key is up", () => {
    const marks: Stamp[] = [{ mark: "stt_final", ms: 900 }, { mark: "key_up", ms: 1000 }, { mark: "first_phrase", ms: 1010 }];
    expect(latency(marks, null).parts).toEqual([{ stage: "hear", ms: 0 }, { stage: "think", ms: 10 }]);
  });

  test("of typed words begins with the turn", () => {
    const marks: Stamp[] = [{ mark: "key_down", ms: 0 }, { mark: "stt_final", ms: 0 }, { mark: "first_phrase", ms: 2 }, { mark: "first_audio", ms: 30 }];
    expect(latency(marks, null).total).toBe(30);
  });

  test.each([[0, 1000], [1000, 1000], [1001, 2000], [99_000, 99_000]])("%i ms is drawn on a scale of %i", (sum, limit) => {
    expect(scale(sum)).toBe(limit);
  });
});

test.each([[0, 0], [-1, 0], [NaN, 0], [0.0001, 0], [0.001, 0], [1, 1], [0.0316, 0.625]])("rms %f is loudness %f", (rms, loud) => {
  expect(loudness(rms)).toBeCloseTo(loud, 2);
});

describe("languages", () => {
  test("are all that a provider names, and say what nobody hears or speaks", () => {
    const pair = { mine: "en", theirs: "tlh" };
    const heard = choices(PROVIDERS, pair, "hear");
    expect(heard.filter(({ silent }) => !silent).map(({ language }) => language)).toEqual(["en"]);
    expect(choices(PROVIDERS, pair, "say").find(({ language }) => language === "tlh")).toEqual({ language: "tlh", silent: true });
    expect(new Set(heard.map(({ language }) => language)).size).toBe(heard.length);
  });

  test("are named in the language of the window, or by their tag", () => {
    expect(nameOf("es", "en")).toBe("Spanish");
    expect(nameOf("es", "ru")).toBe("Испанский");
    expect(nameOf("?!", "en")).toBe("?!");
  });
});

describe("texts", () => {
  const places = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([place]) => place).sort();

  test("have the same keys and the same places in both languages", () => {
    expect(Object.keys(ru)).toEqual(Object.keys(en));
    const differing = Object.entries(en).filter(([key, text]) => String(places(text)) !== String(places(ru[key as keyof typeof ru])));
    expect(differing.filter(([key]) => key !== "welcome.translate.title" && key !== "welcome.translate.text")).toEqual([]);
  });

  test("are in the language asked for, and the system's under auto", () => {
    useInterface("ru");
    expect([t("talk.listening"), time(312)]).toEqual(["Слушаю", "312 мс"]);
    useInterface("auto");
    expect(t("talk.listening")).toBe("Listening");
    expect(time(12_340)).toBe("12.3 s");
  });

  test("take what is put into them as it is", () => {
    expect(t("log.heard", { name: "$& {name} <b>" })).toBe("heard by $& {name} <b>");
  });
});

test.each([
  ["translate", "translate"],
  ["en-us+f3", '"en-us+f3"'],
  ["", '""'],
  ["true", '"true"'],
  ["12", '"12"'],
  ['a"b\n', '"a\\"b\\n"'],
  [1.2, "1.2"],
  [true, "true"],
])("%j is %s in TOML", (value, text) => {
  expect(toml(value)).toBe(text);
});
