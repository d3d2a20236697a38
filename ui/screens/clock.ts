// The time that every scene is seen at: a picture of a list with dates is the same tomorrow.
export const NOW = Date.parse("2026-11-21T18:10:00Z");
