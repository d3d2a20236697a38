// Texts of the window. A key that a catalogue lacks fails the type check; the language can change while it runs.
import en from "../../assets/locales/en.json";
import ru from "../../assets/locales/ru.json";

export type Key = keyof typeof en;
export type Interface = "en" | "ru";

const CATALOGUES: Record<Interface, Record<Key, string>> = { en, ru };

const now = $state({ language: "en" as Interface });

/** Takes `auto`, `en` or `ru`; `auto` goes by the system's languages. */
export function useInterface(choice: string): void {
  now.language = resolve(choice, navigator.languages);
}

/** The language of the window, for names and numbers. */
export function interfaceLanguage(): Interface {
  return now.language;
}

/** The text of `key`, its `{places}` filled in. */
export function t(key: Key, places: Record<string, string | number> = {}): string {
  return CATALOGUES[now.language][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(places[name] ?? whole));
}

/** A time in milliseconds as people write it. */
export function time(ms: number): string {
  const seconds = ms >= 10_000;
  return new Intl.NumberFormat(now.language, {
    style: "unit",
    unit: seconds ? "second" : "millisecond",
    maximumFractionDigits: seconds ? 1 : 0,
  }).format(seconds ? ms / 1000 : ms);
}

function resolve(choice: string, system: readonly string[]): Interface {
  const known = [choice, ...system].map((tag) => tag.split("-")[0]).find((tag) => tag === "en" || tag === "ru");
  return known === "ru" ? "ru" : "en";
}
