// The short version of `make chaos-kill`.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OFFERED_MS, run } from './kill.mjs';

const SEED = Number(process.env.WILCO_SEED ?? 1);

test('a killed program keeps what it promised, and the next start goes on with it', { timeout: 120_000 }, async (context) => {
  const all = await run({ speaking: 6, working: 4, writing: 6, seed: SEED, atOnce: 2 });
  for (const { name, kills, gone, broken, tails, offered } of all) {
    context.diagnostic(`seed ${SEED}, ${name}: ${kills} kills, tails ${tails.map((ms) => ms.toFixed())} ms, offered after ${offered.map((ms) => ms.toFixed())} ms`);
    assert.deepEqual([gone, broken], [[], []], name);
    assert.ok(kills > 0, `${name}: nothing was killed`);
  }
  const offered = all.flatMap((seen) => seen.offered).sort((a, b) => a - b);
  assert.ok(offered.length > 2 && offered.at(-2) <= OFFERED_MS, `offered after ${offered} ms`);
});
