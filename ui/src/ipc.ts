// The only door to Rust: one call that opens the stream of events, one that gives an order. Nothing else on the page
// may reach outside it.
import { Channel, invoke } from "@tauri-apps/api/core";
import type { Command, Event, Snapshot } from "./types";

/** What is so now; every later change comes through `onEvent`, none of them before the snapshot is given. */
export async function attach(onSnapshot: (now: Snapshot) => void, onEvent: (event: Event) => void): Promise<void> {
  const early: Event[] = [];
  let deliver = (event: Event): void => void early.push(event);
  const events = new Channel<Event>((event) => deliver(event));
  onSnapshot(await invoke<Snapshot>("attach", { events }));
  deliver = onEvent;
  early.forEach(onEvent);
}

/** Asks the core for something. What comes of it is told by events. */
export function order(command: Command): Promise<void> {
  return invoke<void>("order", { command });
}

/** A settings value as TOML: plain words stay bare, everything else is quoted. */
export function toml(value: string | number | boolean): string {
  if (typeof value !== "string") return String(value);
  const bare = /^[a-z][a-z0-9_-]*$/i.test(value) && !["true", "false", "inf", "nan"].includes(value);
  return bare ? value : JSON.stringify(value);
}
