// A reply on its way to the screen: from Markdown to pieces, from what is spoken to how far it has come, from marks to spans.
import { describe, expect, test } from "vitest";
import { lettersIn, passage, split } from "../src/captions";
import { plain } from "../src/locales.svelte";
import { LONGEST, read, type Piece } from "../src/markdown";
import { sentTo, spans } from "../src/trace";
import { MARKS, PROVIDERS, SERVICES } from "./core";
import { HOSTILE } from "./hostile.js";

/** All texts of some pieces, in their order. */
function texts(pieces: Piece[]): string {
  return pieces.map((piece) => ("inside" in piece ? texts(piece.inside) : "text" in piece ? piece.text : "")).join("");
}

/** What there is, but for its texts. */
function shape(pieces: Piece[]): unknown[] {
  return pieces.map((piece) => ("inside" in piece ? [piece.is, ...shape(piece.inside)] : piece.is));
}

describe("Markdown", () => {
  test.each<[string, unknown[]]>([
    ["Half past six.", [["paragraph", "text"]]],
    ["**a** *b* ~~c~~ `d`", [["paragraph", ["strong", "text"], "text", ["emphasis", "text"], "text", ["deleted", "text"], "text", "code"]]],
    ["# a\n\n- b\n- c", [["heading", "text"], ["list", ["item", ["paragraph", "text"]], ["item", ["paragraph", "text"]]]]],
    ["108.", [["paragraph", "text"]]],
    ["> a\n\n---\n\n```sh\nb\n```", [["quote", ["paragraph", "text"]], "rule", "block"]],
    ["|a|\n|-|\n|b|", [["table", ["row", ["cell", "text"]], ["row", ["cell", "text"]]]]],
  ])("%j becomes its pieces", (source, pieces) => {
    expect(shape(read(source).pieces)).toEqual(pieces);
  });

  test("the columns of a table are aligned as they were written", () => {
    const [table] = read("|a|b|c|d|\n|:-|:-:|-:|-|\n|1|2|3|4|").pieces;
    const rows = table?.is === "table" ? table.inside : [];
    const aligns = rows.map((row) => ("inside" in row ? row.inside.map((cell) => (cell.is === "cell" ? cell.align : cell.is)) : []));
    expect(aligns).toEqual(Array(2).fill(["left", "center", "right", null]));
  });

  test("a link is its words and its address, a picture its words, HTML itself", () => {
    expect(texts(read("[here](http://a.invalid/b)").pieces)).toBe("here (http://a.invalid/b)");
    expect(texts(read("<http://a.invalid/b>").pieces)).toBe("http://a.invalid/b");
    expect(texts(read("![a cat](http://a.invalid/b.png)").pieces)).toBe("a cat (http://a.invalid/b.png)");
    expect(texts(read("<b onclick=x>hi</b>").pieces)).toBe("<b onclick=x>hi</b>");
  });

  test("what is nested too deep, or too long, is text", () => {
    const deep = shape(read("> ".repeat(100) + "x").pieces);
    expect(JSON.stringify(deep).split("quote").length - 1).toBeLessThanOrEqual(12);
    const long = `**${"a".repeat(LONGEST)}**`;
    expect(shape(read(long).pieces)).toEqual([["paragraph", "text"]]);
    expect(texts(read(long).pieces)).toBe(long);
  });

  test("texts know how many letters stand before them", () => {
    const [first] = read("one **two** three").pieces;
    const inside = first && "inside" in first ? first.inside : [];
    expect(inside.map((piece) => ("from" in piece ? [piece.from, piece.letters] : null))).toEqual([[0, 3], null, [6, 5]]);
  });

  test("takes every hostile text", () => {
    expect(HOSTILE.length).toBeGreaterThanOrEqual(100);
    for (const text of HOSTILE) expect(() => read(text)).not.toThrow();
  });
});

describe("the voice in a reply", () => {
  const spoken = read("Twelve times **nine** is `108`. The [train](http://a.invalid) leaves at nine.").spoken;

  test("is followed part by part, whatever is not spoken", () => {
    const one = { text: "Twelve times nine is 108.", ms: 900 };
    const two = { text: "The train leaves at nine.", ms: null };
    expect(passage(spoken, [])).toBeNull();
    expect(passage(spoken, [one])).toEqual({ from: 0, to: 21 - 1, ms: 900 });
    const now = passage(spoken, [one, two]);
    expect(now?.from).toBe(20);
    expect(now?.ms).toBeGreaterThan(500);
  });

  test("goes on where it was if a part is not found, and never beyond the end", () => {
    expect(passage("abc def", [{ text: "xyz", ms: 1 }])).toEqual({ from: 0, to: 3, ms: 1 });
    expect(passage("abc", [{ text: "abc", ms: 1 }, { text: "and much more", ms: 1 }])).toMatchObject({ from: 3, to: 3 });
  });

  test("is shown up to the end of a word", () => {
    expect(split("one two, three", 4)).toEqual(["one two,", " three"]);
    expect(split("one", 0)).toEqual(["", "one"]);
    expect(split("什么时候", 2)).toEqual(["什么", "时候"]);
    expect(lettersIn("It's 9:05, да!")).toBe(8);
  });
});

describe("the trace of a turn", () => {
  test("has each moment as a part of the whole", () => {
    const all = spans(MARKS);
    expect(all).toHaveLength(MARKS.length);
    expect(all.at(-1)).toMatchObject({ mark: "last_audio", to: 1 });
    expect(all.every(({ from, to }) => from <= to && from >= 0 && to <= 1)).toBe(true);
    expect(spans([])).toEqual([]);
  });

  test("says which host got what, and nothing of those it does not know", () => {
    const sent = sentTo([["hear", "pocketsphinx"], ["think", "openai"], ["think", "wilco"], ["speak", "gone"]], [...PROVIDERS, ...SERVICES]);
    expect(sent.map(({ host }) => host)).toEqual([null, "api.openai.com", null, undefined]);
  });
});

test("a name from outside turns nothing that stands beside it", () => {
  expect(plain("\u001b[31mred\u001b[0m \u202Egnp.exe\u200b")).toBe("red gnp.exe");
  expect(plain("Наушники مرحبا 👩‍👧")).toBe("Наушники مرحبا 👩‍👧");
  expect(plain("x".repeat(1e6))).toHaveLength(300);
});
