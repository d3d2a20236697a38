// Who is asked for what: orders of the stages, and which services hear of it. Pure.
import type { Account, Condition, KeyPlace, Kind, Profile, Settings, Standing } from "./types";

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

/** How one provider does as a whole: the worst of what it does counts, and its own usual time. */
export function health(standings: Standing[], name: string): { condition: Condition; typical: number | null } | undefined {
  const own = standings.filter(({ provider }) => provider === name);
  const [first, ...rest] = own.map(({ condition }) => condition);
  if (!first) return undefined;
  const condition = rest.reduce((worst, one) => (BADNESS[one.is] > BADNESS[worst.is] ? one : worst), first);
  const times = own.flatMap(({ typical_ms }) => typical_ms ?? []);
  return { condition, typical: times.length > 0 ? Math.min(...times) : null };
}

const BADNESS: Record<Condition["is"], number> = { good: 0, slow: 1, resting: 2, refused: 3 };

/** About how many calls over the network a trial of all makes. */
export function trialCalls(settings: Settings, providers: Profile[], keys: Keys): number {
  const able = ({ name, kinds, local, key }: Profile): number =>
    local || (key === "required" && keys[name] === undefined)
      ? 0
      : kinds.filter((kind) => settings.providers[kind].includes(name) || keys[name] !== undefined).length;
  return RUNS * providers.reduce((sum, one) => sum + able(one), 0);
}

/** How often each is asked, as the core does it. */
const RUNS = 3;

/** Services over the network that may hear or read something of the next turn. */
export function asked(settings: Settings, providers: Profile[], keys: Keys): string[] {
  const { hear, respond, translate, echo, say } = settings.providers;
  const think = { chat: respond, translate, echo }[settings.mode];
  const named = new Set([...hear, ...think, ...say]);
  return providers.filter((one) => !one.local && named.has(one.name) && ready(one, keys)).map((one) => one.name);
}
