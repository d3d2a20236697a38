// The only door to Rust: one call that opens the stream of events, one that gives an order, those about the keys of
// services, which go in and never come out, and those that the settings try things with. Nothing else on the page may reach outside it.
import { Channel, invoke } from "@tauri-apps/api/core";
import type {
  Check,
  Command,
  Conversation,
  ConversationId,
  Entry,
  Error,
  Event,
  ExportFormat,
  Figures,
  Found,
  KeyBackend,
  KeySeen,
  KeyVerdict,
  Offers,
  Page,
  Probe,
  Ranking,
  Reached,
  Snapshot,
  SoundDevice,
  Span,
  SpentDay,
  Take,
  Trial,
  TurnId,
} from "./types";

/** What is so now; every later change comes through `onEvent`, none of them before the snapshot is given. */
export async function attach(onSnapshot: (now: Snapshot) => void, onEvent: (event: Event) => void): Promise<void> {
  const early: Event[] = [];
  let deliver = (event: Event): void => void early.push(event);
  const events = new Channel<Event>((event) => deliver(event));
  onSnapshot(await invoke<Snapshot>("attach", { events }));
  deliver = onEvent;
  early.forEach(onEvent);
}

/** For the overlay: what happens in turns, while it is seen. */
export function watch(onEvent: (event: Event) => void): Promise<void> {
  return invoke<void>("watch", { events: new Channel<Event>(onEvent) });
}

/** Lets all keys go while one is chosen, so that this page sees it, or catches them again. */
export function restKeys(rest: boolean): Promise<void> {
  return invoke<void>("rest_keys", { rest });
}

/** Whether a key, as the settings write it, can be caught. */
export function tryKey(key: string): Promise<KeyVerdict> {
  return invoke<KeyVerdict>("try_key", { key });
}

/** Shows what the keys do, and has them do nothing else until `unwatchKeys`. */
export function watchKeys(onSeen: (seen: KeySeen) => void): Promise<void> {
  return invoke<void>("watch_keys", { seen: new Channel<KeySeen>(onSeen) });
}

export function unwatchKeys(): Promise<void> {
  return invoke<void>("unwatch_keys");
}

/** Who catches keys here. */
export function keyBackend(): Promise<KeyBackend> {
  return invoke<KeyBackend>("key_backend");
}

/** Asks the core for something. What comes of it is told by events. */
export function order(command: Command): Promise<void> {
  return invoke<void>("order", { command });
}

/** Keeps a key in the system's keyring, or uses it while Wilco runs. Refused with an `Error`, as all that follow. */
export function setKey(provider: string, key: string, sessionOnly: boolean): Promise<void> {
  return invoke<void>("set_key", { provider, key, sessionOnly });
}

export function forgetKey(provider: string): Promise<void> {
  return invoke<void>("forget_key", { provider });
}

/** Makes the smallest real call. */
export function testProvider(provider: string): Promise<void> {
  return invoke<void>("test_provider", { provider });
}

/** The models and voices that a service names itself. */
export function offers(provider: string): Promise<Offers> {
  return invoke<Offers>("offers", { provider });
}

/** Kept conversations by their last turn, newest first. */
export function conversations(page: Page): Promise<Conversation[]> {
  return invoke<Conversation[]>("conversations", { page });
}

/** Kept turns of a conversation, oldest first. */
export function turns(conversation: ConversationId, page: Page): Promise<Entry[]> {
  return invoke<Entry[]>("turns", { conversation, page });
}

/** Turns in which all words of `text` occur, newest first. */
export function search(text: string, page: Page): Promise<Found[]> {
  return invoke<Found[]>("search", { text, page });
}

/** How the turns of the last time went. */
export function figures(span: Span): Promise<Figures> {
  return invoke<Figures>("figures", { span });
}

/** What was paid on which day, oldest first. */
export function spent(): Promise<SpentDay[]> {
  return invoke<SpentDay[]>("spent");
}

export function rename(conversation: ConversationId, name: string): Promise<void> {
  return invoke<void>("rename", { conversation, name });
}

export function star(conversation: ConversationId, starred: boolean): Promise<void> {
  return invoke<void>("star", { conversation, starred });
}

export function deleteTurn(turn: TurnId): Promise<void> {
  return invoke<void>("delete_turn", { turn });
}

export function deleteConversation(conversation: ConversationId): Promise<void> {
  return invoke<void>("delete_conversation", { conversation });
}

/** Writes a file into the folder of downloads; gives its path. */
export function exportConversation(conversation: ConversationId, format: ExportFormat): Promise<string> {
  return invoke<string>("export", { conversation, format });
}

/** Writes a turn and its recording into the folder of downloads; gives the path of the file with the words. */
export function exportTurn(turn: TurnId): Promise<string> {
  return invoke<string>("export_turn", { turn });
}

/** Asks every provider a few times; gives the orders that follow, none if it was stopped. */
export function trial(onTrial: (trial: Trial) => void): Promise<Ranking[]> {
  return invoke<Ranking[]>("trial", { results: new Channel<Trial>(onTrial) });
}

/** Opens the microphone for a trial, and ends with it. */
export function listen(take: Take, onProbe: (probe: Probe) => void): Promise<void> {
  return invoke<void>("listen", { take, probes: new Channel<Probe>(onProbe) });
}

/** Says `text` with a voice of `provider`; where that is empty, by whoever is first. */
export function hearVoice(provider: string, voice: string, text: string): Promise<void> {
  return invoke<void>("hear_voice", { provider, voice, text });
}

/** Ends whatever is tried: providers, microphone or voice. Never refused: what cannot be ended is over. */
export function stopTrying(): Promise<void> {
  return invoke<void>("stop_trying").catch(() => undefined);
}

export function devices(): Promise<SoundDevice[]> {
  return invoke<SoundDevice[]>("devices");
}

/** Which host got what, the last one first. */
export function reached(): Promise<Reached[]> {
  return invoke<Reached[]>("reached");
}

/** Turns, recordings, notes and keys; the settings stay. */
export function forgetEverything(): Promise<void> {
  return invoke<void>("forget_everything");
}

/** Writes all turns into the folder of downloads; gives the path of the file. */
export function exportAll(): Promise<string> {
  return invoke<string>("export_all");
}

/** Takes the turns of an export that are new; gives how many. */
export async function importHistory(file: File): Promise<number> {
  return invoke<number>("import_history", await file.arrayBuffer());
}

/** Keeps the password of the proxy in the keyring; an empty one is forgotten. */
export function setProxyPassword(password: string): Promise<void> {
  return invoke<void>("set_proxy_password", { password });
}

/** Audio, keyring, disk, network, engines and keys, each with what to do next. */
export function checkEverything(): Promise<Check[]> {
  return invoke<Check[]>("check_everything");
}

/** Writes a file for whoever helps, of one turn or the last one, into the folder of downloads; gives its path. With `speech`
 * what was said lies beside it. */
export function support(turn: TurnId | null, speech: boolean): Promise<string> {
  return invoke<string>("support", { turn, speech });
}

/** Of this program. */
export function version(): Promise<string> {
  return invoke<string>("version");
}

/** What a call was refused with; anything but our own error is told as it is. */
export function asError(refusal: unknown): Error {
  if (typeof refusal === "object" && refusal !== null && "kind" in refusal) return refusal as Error;
  return { kind: "engine_failed", source: "Wilco", detail: String(refusal) };
}

/** A settings value as TOML: plain words stay bare, everything else is quoted. */
export function toml(value: string | number | boolean | string[]): string {
  if (Array.isArray(value)) return `[${value.map((one) => JSON.stringify(one)).join(", ")}]`;
  if (typeof value !== "string") return String(value);
  const bare = /^[a-z][a-z0-9_-]*$/i.test(value) && !["true", "false", "inf", "nan"].includes(value);
  return bare ? value : JSON.stringify(value);
}
