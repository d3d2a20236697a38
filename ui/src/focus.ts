// Where the focus goes when what has it goes away: left to itself the page has it then, and the next Space would open the
// microphone. Its own file because rows of several lists change in place.
import type { Attachment } from "svelte/attachments";

/** Has the focus as soon as it is there. */
export const focused: Attachment<HTMLElement> = (element) => element.focus();

/**
 * What was clicked by a key goes away: the focus goes to the next one of `those`, or the last one before it, or `otherwise`.
 * Whoever points has no focus to lose, and their Space goes on to talk.
 */
export function passOn(click: MouseEvent & { currentTarget: Element }, those: string, otherwise = "#say"): void {
  if (click.detail !== 0) return;
  const from = click.currentTarget;
  const others = [...document.querySelectorAll<HTMLElement>(those)].filter((one) => one !== from);
  const next = others.find((one) => from.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING);
  (next ?? others.at(-1) ?? document.querySelector<HTMLElement>(otherwise))?.focus();
}
