// What the line beside the talk button says: what to do now, how long the microphone stays open, why it was closed.
import { t } from "./locales.svelte";
import type { Model } from "./state";

/** What the button does now. */
export function label({ state, settings }: Model): string {
  return state === "ready" && settings.hotkeys.style === "toggle" ? t("talk.ready.toggle") : t(`talk.${state}`);
}

/** What to do now, or what one must know now. */
export function hint({ state, settings, countdown, closed }: Model): string {
  if (countdown !== null) return t("talk.countdown", { seconds: countdown });
  if (closed !== null && state === "ready") return t(`talk.closed.${closed}`);
  const { style, talk: key } = settings.hotkeys;
  if (style === "hold" || state === "thinking" || state === "speaking") return t(`talk.hint.${state}`, { key });
  return t(`talk.hint.${state}.${style}`, { key });
}
