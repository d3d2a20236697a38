// A reply's Markdown as a tree of our own: no markup of any kind comes out of it, only texts and what they are. Pure. Links
// and pictures are words with an address beside them; HTML is text. Each text knows where it stands among all letters, so
// that the voice can be followed through it.
import type { AlignType, Nodes, Parents, TableRow } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmStrikethroughFromMarkdown } from "mdast-util-gfm-strikethrough";
import { gfmTableFromMarkdown } from "mdast-util-gfm-table";
import { gfmStrikethrough } from "micromark-extension-gfm-strikethrough";
import { gfmTable } from "micromark-extension-gfm-table";
import { lettersIn } from "./captions";

export type Piece =
  | { is: "text" | "code"; text: string; /** Letters before it, and in it. */ from: number; letters: number }
  | { is: "block"; text: string; /** As it was named by whoever wrote it. */ language: string }
  | { is: "rule" | "break" }
  | { is: "list"; ordered: boolean; start: number; inside: Piece[] }
  | { is: "cell"; align: "left" | "center" | "right" | null; inside: Piece[] }
  | { is: Plain; inside: Piece[] };

type Plain = "paragraph" | "heading" | "quote" | "item" | "table" | "row" | "strong" | "emphasis" | "deleted";

/** Longer texts are shown as they are: to read them as Markdown could take longer than a person waits. */
export const LONGEST = 8_000;
/** Deeper than this nothing is nested on screen. */
const DEEPEST = 12;

const PLAIN: Partial<Record<Nodes["type"], Plain>> = {
  paragraph: "paragraph",
  heading: "heading",
  blockquote: "quote",
  listItem: "item",
  strong: "strong",
  emphasis: "emphasis",
  delete: "deleted",
};

/** What stands in `source`, and all that is spoken of it. */
export function read(source: string): { pieces: Piece[]; spoken: string } {
  const so = { letters: 0, spoken: "" };
  if (source.length > LONGEST) return { pieces: [{ is: "paragraph", inside: [text(source, so)] }], spoken: so.spoken };
  const tree = fromMarkdown(source, {
    extensions: [gfmTable(), gfmStrikethrough()],
    mdastExtensions: [gfmTableFromMarkdown(), gfmStrikethroughFromMarkdown()],
  });
  return { pieces: inside(tree, source, so, 0), spoken: so.spoken };
}

type SoFar = { letters: number; spoken: string };

function inside(node: Parents, source: string, so: SoFar, depth: number): Piece[] {
  return (node.children as Nodes[]).flatMap((child) => piece(child, source, so, depth + 1));
}

function piece(node: Nodes, source: string, so: SoFar, depth: number): Piece[] {
  if (depth > DEEPEST) return [text(written(node, source), so)];
  const plain = PLAIN[node.type];
  if (plain) return [{ is: plain, inside: inside(node as Parents, source, so, depth) }];
  switch (node.type) {
    case "text":
    case "html":
      return [text(node.value, so)];
    case "inlineCode":
      return [{ ...text(node.value, so), is: "code" }];
    case "code":
      return [{ is: "block", text: node.value, language: node.lang ?? "" }];
    case "list":
      // "108." is an answer, not the head of a list of nothing
      if (node.children.every((item) => item.children.length === 0)) return [{ is: "paragraph", inside: [text(written(node, source), so)] }];
      return [{ is: "list", ordered: node.ordered === true, start: node.start ?? 1, inside: inside(node, source, so, depth) }];
    case "table":
      return [{ is: "table", inside: node.children.map((row) => ({ is: "row", inside: cells(row, node.align ?? [], source, so, depth + 2) })) }];
    case "link": {
      const words = inside(node, source, so, depth);
      return written(node, source).startsWith("<") ? words : [...words, text(` (${node.url})`, so)];
    }
    case "image":
      return [text(node.alt ? `${node.alt} (${node.url})` : node.url, so)];
    case "thematicBreak":
      return [{ is: "rule" }];
    case "break":
      return [{ is: "break" }];
    default:
      // references, definitions, footnotes: as they were written
      return [text(written(node, source), so)];
  }
}

/** A column is aligned as a whole, by what stands under its heading. */
function cells(row: TableRow, align: AlignType[], source: string, so: SoFar, depth: number): Piece[] {
  return row.children.map((cell, column) => ({ is: "cell", align: align[column] ?? null, inside: inside(cell, source, so, depth) }));
}

function text(value: string, so: SoFar): Extract<Piece, { is: "text" | "code" }> {
  const from = so.letters;
  const letters = lettersIn(value);
  so.letters += letters;
  so.spoken += value;
  return { is: "text", text: value, from, letters };
}

function written({ position }: Nodes, source: string): string {
  return source.slice(position?.start.offset ?? 0, position?.end.offset ?? 0);
}
