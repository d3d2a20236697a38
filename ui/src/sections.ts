// The sections of the settings: what stands where, how it is found by a word, and which section cures which fault. Pure.
import type { Key } from "./locales.svelte";
import type { ErrorKind } from "./types";

export const SECTIONS = ["providers", "voice", "audio", "keys", "languages", "persona", "privacy", "network", "appearance", "about"] as const;
export type Section = (typeof SECTIONS)[number];

/** One line that can be found: where it stands, what it is called, what is said of it. */
export type Line = { section: Section; label: Key; hint?: Key };

const LINES: readonly Line[] = [
  { section: "providers", label: "providers.order", hint: "providers.order.hint" },
  { section: "providers", label: "panel.order" },
  { section: "providers", label: "panel.race", hint: "panel.race.hint" },
  { section: "providers", label: "panel.trial" },
  { section: "providers", label: "settings.engines" },
  { section: "voice", label: "settings.voice.name", hint: "settings.voice.name.hint" },
  { section: "voice", label: "settings.voice.rate" },
  { section: "voice", label: "settings.voice.volume" },
  { section: "voice", label: "panel.voice.muted", hint: "panel.voice.muted.hint" },
  { section: "voice", label: "panel.voice.first", hint: "panel.voice.first.hint" },
  { section: "audio", label: "settings.sound.input" },
  { section: "audio", label: "settings.sound.output" },
  { section: "audio", label: "panel.audio.follow", hint: "panel.audio.follow.hint" },
  { section: "audio", label: "settings.sound.suppress", hint: "settings.sound.suppress.hint" },
  { section: "audio", label: "panel.audio.auto", hint: "panel.audio.auto.hint" },
  { section: "audio", label: "panel.audio.gain", hint: "panel.audio.gain.hint" },
  { section: "audio", label: "panel.audio.channel", hint: "panel.audio.channel.hint" },
  { section: "audio", label: "panel.audio.before", hint: "panel.audio.before.hint" },
  { section: "audio", label: "panel.mic", hint: "panel.mic.hint" },
  { section: "audio", label: "panel.audio.cues", hint: "panel.audio.cues.hint" },
  { section: "audio", label: "panel.audio.hush", hint: "panel.audio.hush.hint" },
  { section: "keys", label: "keys.talk", hint: "keys.talk.hint" },
  { section: "keys", label: "keys.other", hint: "keys.other.hint" },
  { section: "keys", label: "keys.cancel", hint: "keys.cancel.hint" },
  { section: "keys", label: "keys.repeat" },
  { section: "keys", label: "keys.persona", hint: "keys.persona.hint" },
  { section: "keys", label: "keys.show" },
  { section: "keys", label: "settings.style" },
  { section: "languages", label: "panel.languages.mine", hint: "panel.languages.mine.hint" },
  { section: "languages", label: "panel.languages.theirs", hint: "panel.languages.theirs.hint" },
  { section: "persona", label: "panel.persona.current", hint: "panel.persona.current.hint" },
  { section: "persona", label: "panel.persona.add" },
  { section: "privacy", label: "panel.history" },
  { section: "privacy", label: "settings.recordings", hint: "settings.recordings.hint" },
  { section: "privacy", label: "panel.exchange", hint: "panel.exchange.hint" },
  { section: "privacy", label: "panel.forget", hint: "panel.forget.hint" },
  { section: "network", label: "panel.network.local", hint: "panel.network.local.hint" },
  { section: "network", label: "panel.network.proxy", hint: "panel.network.proxy.hint" },
  { section: "network", label: "panel.network.trust", hint: "panel.network.trust.hint" },
  { section: "network", label: "panel.ledger", hint: "panel.ledger.hint" },
  { section: "appearance", label: "settings.theme" },
  { section: "appearance", label: "settings.interface" },
  { section: "appearance", label: "panel.overlay", hint: "panel.overlay.hint" },
  { section: "appearance", label: "panel.autostart", hint: "panel.autostart.hint" },
  { section: "about", label: "panel.about.version" },
  { section: "about", label: "panel.about.licence", hint: "panel.about.licence.hint" },
  { section: "about", label: "panel.about.parts", hint: "panel.about.parts.hint" },
  { section: "about", label: "panel.about.welcome", hint: "panel.about.welcome.hint" },
  { section: "about", label: "panel.check", hint: "panel.check.hint" },
  { section: "about", label: "support", hint: "support.hint" },
];

/** Lines that hold every word of `query`, in the language that `say` speaks; those whose name holds them first. */
export function find(query: string, say: (key: Key) => string): Line[] {
  const words = plain(query).split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const holds = (text: string): boolean => words.every((word) => plain(text).includes(word));
  const all = ({ section, label, hint }: Line): string => [label, ...(hint ? [hint] : []), `panel.${section}` as const].map(say).join(" ");
  const found = LINES.filter((line) => holds(all(line)));
  return [...found.filter(({ label }) => holds(say(label))), ...found.filter(({ label }) => !holds(say(label)))];
}

/** Where the person can do something about it, if it is here at all. */
export function cure(kind: ErrorKind): Section | undefined {
  return CURES.get(kind);
}

const CURES = new Map<ErrorKind, Section>([
  ...of("audio", "no_microphone", "no_speaker", "device_lost", "device_busy", "zero_signal", "audio_failed"),
  ...of("providers", "key_missing", "key_refused", "no_credit", "model_gone", "refused", "sound_refused", "busy", "service_failed"),
  ...of("providers", "unreachable", "engine_failed", "unsupported", "keyring_missing", "keyring_locked", "keyring_stuck"),
  ...of("network", "untrusted", "proxy_refused"),
  ...of("keys", "hotkey"),
]);

function of(section: Section, ...kinds: ErrorKind[]): [ErrorKind, Section][] {
  return kinds.map((kind) => [kind, section]);
}

/** Without case, and without the marks that people leave out. */
function plain(text: string): string {
  return text.normalize("NFKD").replace(/\p{Mn}/gu, "").toLocaleLowerCase();
}
