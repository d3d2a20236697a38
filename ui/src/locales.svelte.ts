// Texts of the window. A key that a catalogue lacks fails the type check; the language can change while it runs.
import en from "../../assets/locales/en.json";
import ru from "../../assets/locales/ru.json";

export type Key = keyof typeof en;
/** Families of texts that go by a number. */
type Family = { [K in Key]: K extends `${infer Base}.few` ? Base : never }[Key];
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

/** The text for so many things: `key` names one of a family that ends in `one`, `few`, `many` and `other`. */
export function count(key: Family, number: number): string {
  const form = new Intl.PluralRules(now.language).select(number) as "one" | "few" | "many" | "other";
  return t(`${key}.${form}`, { count: new Intl.NumberFormat(now.language).format(number) });
}

/** A moment as people write it: the time of day today, else day and time. `of` and `at` are Unix milliseconds. */
export function moment(of: number, at: number): string {
  const thisYear = new Date(of).getFullYear() === new Date(at).getFullYear();
  const day: Intl.DateTimeFormatOptions = dayOf(of, at) === "today" ? {} : { day: "numeric", month: "short", ...(thisYear ? {} : { year: "numeric" }) };
  return new Intl.DateTimeFormat(now.language, { ...day, hour: "numeric", minute: "2-digit" }).format(of);
}

/** On which day a moment was, seen from `at`. */
export function dayOf(of: number, at: number): "today" | "yesterday" | "earlier" {
  const midnight = new Date(at).setHours(0, 0, 0, 0);
  if (of >= midnight) return "today";
  return of >= new Date(midnight - 1).setHours(0, 0, 0, 0) ? "yesterday" : "earlier";
}

/** The text of `key`, its `{places}` filled in. */
export function t(key: Key, places: Record<string, string | number> = {}): string {
  return CATALOGUES[now.language][key].replace(/\{(\w+)\}/g, (whole, name: string) => plain(String(places[name] ?? whole)));
}

/** Longer names say nothing more, in characters. */
const LONGEST_NAME = 300;

/** A name from outside, without what turns the sentence around it: directions, colours of a terminal, invisible marks. */
export function plain(text: string): string {
  return text.replace(/\u001b\[[0-9;]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, "").slice(0, LONGEST_NAME);
}

/** A time in milliseconds as people say it: three digits are all that one takes in at a glance. */
export function time(ms: number): string {
  if (ms < 1000) return exact(ms);
  const digits = ms < 10_000 ? 2 : 1;
  const seconds = { style: "unit", unit: "second", unitDisplay: "narrow", minimumFractionDigits: digits, maximumFractionDigits: digits } as const;
  const said = new Intl.NumberFormat(now.language, seconds).format(ms / 1000);
  // the short form is "sec" in English, and the narrow one sticks to its number
  return said.replace(/(\d)(\p{L})/u, "$1 $2");
}

/** A time to the millisecond, where moments are told apart. */
export function exact(ms: number): string {
  return new Intl.NumberFormat(now.language, { style: "unit", unit: "millisecond", maximumFractionDigits: 0 }).format(ms);
}

/** So many bytes, in the unit that keeps the number short. */
export function bytes(count: number): string {
  const [unit, value] = count >= 1e6 ? ["megabyte", count / 1e6] : count >= 1e3 ? ["kilobyte", count / 1e3] : ["byte", count];
  return new Intl.NumberFormat(now.language, { style: "unit", unit: String(unit), unitDisplay: unit === "byte" ? "long" : "short", maximumFractionDigits: 1 }).format(Number(value));
}

/** An amount in US dollars: to the cent, and finer where it is small. */
export function money(usd: number): string {
  const digits = usd > 0 ? Math.min(8, Math.max(2, 1 - Math.floor(Math.log10(usd)))) : 2;
  return new Intl.NumberFormat(now.language, { style: "currency", currency: "USD", currencyDisplay: "narrowSymbol", maximumFractionDigits: digits }).format(usd);
}

function resolve(choice: string, system: readonly string[]): Interface {
  const known = [choice, ...system].map((tag) => tag.split("-")[0]).find((tag) => tag === "en" || tag === "ru");
  return known === "ru" ? "ru" : "en";
}
