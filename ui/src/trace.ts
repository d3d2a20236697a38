// What became of a turn, for its details: each moment as a part of the whole, and who got what of it. Pure.
import type { Mark, Profile, Stage, Stamp, Traffic } from "./types";

/** A moment, and the stretch from the one before as parts of the whole turn, 0 to 1. */
export type Span = { mark: Mark; ms: number; from: number; to: number };

export function spans(marks: Stamp[]): Span[] {
  const whole = Math.max(1, ...marks.map(({ ms }) => ms));
  return marks.map(({ mark, ms }, place) => ({ mark, ms, from: Math.max(0, marks[place - 1]?.ms ?? 0) / whole, to: Math.max(0, ms) / whole }));
}

/** Who worked at a stage, and at which host; null is this computer, and nothing is where it is not known. */
export type Sent = { stage: Stage; name: string; host: string | null | undefined };

/** Who answers commands to the app. */
const OURSELVES = "wilco";

export function sentTo(answeredBy: [Stage, string][], providers: Profile[]): Sent[] {
  return answeredBy.map(([stage, name]) => {
    const profile = providers.find((provider) => provider.name === name);
    const here = name === OURSELVES || profile?.local;
    return { stage, name, host: here ? null : profile && hostOf(profile.account.base_url) };
  });
}

/** What passed, one line for whoever was asked at a stage: a turn that was tried again has them twice. */
export function together(traffic: Traffic[]): Traffic[] {
  const all = new Map<string, Traffic>();
  for (const one of traffic) {
    const before = all.get(one.stage + one.provider);
    all.set(one.stage + one.provider, before ? { ...one, sent: before.sent + one.sent, received: before.received + one.received } : one);
  }
  return [...all.values()];
}

function hostOf(address: string): string {
  return /^[a-z]+:\/\/([^/]+)/i.exec(address)?.[1] ?? address;
}
