// Which languages can be chosen, and what is not possible in them. Pure: read from what the providers say of themselves.
import type { Kind, Language, LanguagePair, Profile } from "./types";

export type Choice = {
  language: Language;
  /** Nobody hears it, or nobody speaks it: only text is left. */
  silent: boolean;
};

/** Every language that some provider names, each with whether `kind` is possible in it. */
export function choices(providers: Profile[], pair: LanguagePair, kind: Extract<Kind, "hear" | "say">): Choice[] {
  const able = providers.filter((provider) => provider.kinds.includes(kind));
  const named = providers.flatMap((provider) => only(provider, kind) ?? []);
  return [...new Set([pair.mine, pair.theirs, ...named])].map((language) => ({
    language,
    silent: !able.some((provider) => only(provider, kind)?.includes(language) ?? true),
  }));
}

/** What a language is called in the language of the window, as it stands by itself. */
export function nameOf(language: Language, inLanguage: string): string {
  const name = nameWithin(language, inLanguage);
  return name.charAt(0).toLocaleUpperCase(inLanguage) + name.slice(1);
}

/** The same as it stands within a line: not every language writes it large. */
export function nameWithin(language: Language, inLanguage: string): string {
  try {
    return new Intl.DisplayNames([inLanguage], { type: "language" }).of(language) ?? language;
  } catch {
    return language;
  }
}

/** The languages a provider is bound to when it does `kind`, or nothing if it takes any. */
export function only({ languages }: Profile, kind?: Kind): Language[] | undefined {
  if (languages === "any") return undefined;
  if ("only" in languages) return languages.only;
  return kind === "say" ? languages.said : undefined;
}
