// What the page's build sees of licences.mjs.

/** A package of others, and its licence as an SPDX expression. */
export type Part = { name: string; version: string; licence: string };
export function listed(): Part[];
