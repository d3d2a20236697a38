// What the line beside the talk button says: what to do now, how long the microphone stays open, why it was closed.
import { shown } from "./chord";
import { t, time } from "./locales.svelte";
import type { Model } from "./state";
import type { MicNews } from "./types";

/** What the button does now. */
export function label({ state, settings }: Model): string {
  return state === "ready" && settings.hotkeys.style === "toggle" ? t("talk.ready.toggle") : t(`talk.${state}`);
}

/** What to do now, or what one must know now. */
export function hint(model: Model): string {
  const { state, settings, countdown, closed, microphone, paused } = model;
  if (countdown !== null) return t("talk.countdown", { seconds: countdown });
  if (closed !== null && state === "ready") return t(`talk.closed.${closed}`);
  if (microphone !== null && state !== "ready") return told(microphone);
  if (paused) return t("talk.hint.paused");
  const [{ style }, key] = [settings.hotkeys, talkKey(model)];
  if (state === "ready" && key === "") return t(`talk.hint.keyless.${style}`);
  if (style === "hold" || state === "thinking" || state === "speaking") return t(`talk.hint.${state}`, { key });
  return t(`talk.hint.${state}.${style}`, { key });
}

/** What becomes of the microphone, in words. */
function told(news: MicNews): string {
  switch (news.is) {
    case "waking":
    case "moved":
    case "stayed":
      return t(`mic.${news.is}`, { device: news.device });
    case "slow":
      return t("mic.slow", { device: news.device });
    case "back":
      return t("mic.back", { device: news.device, time: time(news.lost_ms) });
    case "standby":
      return "";
  }
}

/** The key that is held to talk, as people read it; empty if nobody catches one. */
export function talkKey({ given, settings }: Model): string {
  return given ? (given.talk ?? "") : shown(settings.hotkeys.talk);
}
