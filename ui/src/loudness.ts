// Loudness as the ear has it: decibels, not amplitude. Its own file because ring and tests share it.

/** Below this a room is quiet; above that a voice is as loud as it should be. */
const QUIET_DB = -60;
const LOUD_DB = -12;

/** Root mean square in 0..=1 to 0..=1 on a scale of decibels. */
export function loudness(rms: number): number {
  if (!(rms > 0)) return 0;
  const db = 20 * Math.log10(rms);
  return Math.min(1, Math.max(0, (db - QUIET_DB) / (LOUD_DB - QUIET_DB)));
}
