// A kept conversation, for scenes and pictures.
import { NOW } from "./clock";
import type { Conversation } from "../src/types";

export const HOUR = 3_600_000;

/** One whose last turn was so many hours ago. */
export function kept(id: number, hours: number, name: string, opening: string, turns: number, starred = false): Conversation {
  const last = NOW - hours * HOUR;
  return { id, name, opening, starred, started: last, last, turns };
}
