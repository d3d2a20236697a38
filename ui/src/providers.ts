// Who is asked for what: orders of the stages, and which services hear of it. Pure.
import type { Account, KeyPlace, Kind, Profile, Settings } from "./types";

export type Keys = Record<string, KeyPlace | undefined>;

/** The stages that have an order of their own; echo has one engine and needs none. */
export const STAGES = ["hear", "respond", "translate", "say"] as const satisfies readonly Kind[];

/** The fields of an account, and what a provider must do to have each. */
const FIELDS: readonly [keyof Account, readonly Kind[]][] = [
  ["hear_model", ["hear"]],
  ["reply_model", ["respond", "translate"]],
  ["say_model", ["say"]],
  ["voice", ["say"]],
  ["base_url", STAGES],
];

/** What can be said about `provider`: a region only where it has one. */
export function fieldsOf(provider: Profile, said: Account | undefined): (keyof Account)[] {
  const fields = FIELDS.filter(([, kinds]) => kinds.some((kind) => provider.kinds.includes(kind))).map(([field]) => field);
  return provider.account.region || said?.region ? [...fields, "region"] : fields;
}

/** `order` with `name` one place further up or down. */
export function moved(order: string[], name: string, by: -1 | 1): string[] {
  const from = order.indexOf(name);
  const rest = order.filter((one) => one !== name);
  return [...rest.slice(0, from + by), name, ...rest.slice(from + by)];
}

/** It can be asked without a further key. */
export function ready(provider: Profile, keys: Keys): boolean {
  return provider.key !== "required" || keys[provider.name] !== undefined;
}

/** Services over the network that may hear or read something of the next turn. */
export function asked(settings: Settings, providers: Profile[], keys: Keys): string[] {
  const { hear, respond, translate, echo, say } = settings.providers;
  const think = { chat: respond, translate, echo }[settings.mode];
  const named = new Set([...hear, ...think, ...say]);
  return providers.filter((one) => !one.local && named.has(one.name) && ready(one, keys)).map((one) => one.name);
}
