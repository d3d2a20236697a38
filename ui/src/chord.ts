// A pressed chord in the notation of the settings: `Ctrl+Shift+Space`. Its own file because it is pure and has traps:
// the key goes by its place on the keyboard, not by its letter.

const MODIFIERS = ["Control", "Alt", "AltGraph", "Shift", "Meta", "OS", "Super", "CapsLock", "Fn", "NumLock"];

export type Chord = {
  /** What is held now, also while it is no whole chord yet. */
  text: string;
  /** A key that is no modifier is among them. */
  whole: boolean;
};

type Pressed = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "altKey" | "shiftKey" | "metaKey">;

export function chord(event: Pressed): Chord {
  const held = [event.ctrlKey && "Ctrl", event.altKey && "Alt", event.shiftKey && "Shift", event.metaKey && "Super"];
  const modifiers = held.filter((one) => one !== false);
  const whole = !MODIFIERS.includes(event.key) && event.code !== "" && event.code !== "Unidentified";
  return { text: [...modifiers, ...(whole ? [event.code] : [])].join("+"), whole };
}

/** A chord as people read it: `KeyD` is D. */
export function shown(key: string): string {
  return key.replace(/(^|\+)(Key|Digit|Arrow)(?=\w)/g, "$1");
}

/** The Latin letter that a key stands for: what it types, and where that is of another alphabet, by its place. */
export function letter({ key, code }: Pick<KeyboardEvent, "key" | "code">): string {
  return (/^[a-z]$/i.test(key) ? key : code.replace(/^Key/, "")).toLowerCase();
}
