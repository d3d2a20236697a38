// The short version of `make chaos-key`: some random schedules, some swallowed releases, locks and sleep, on the real app.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../e2e/desk.mjs';
import { AWAY, CLOSED, LOST, away, judge, lost, presses } from './key.mjs';
import { Scene } from './scene.mjs';

const SEED = Number(process.env.WILCO_SEED ?? 1);
let scene;

before(async () => (scene = await Scene.open('key-short')), { timeout: 60_000 });
after(() => scene?.close());

// A busy machine may be late once: the last but one counts.
const sorted = (values) => [...values].sort((a, b) => a - b);

test('random presses: the microphone is open while the key is held, and at most 300 ms more', { timeout: 60_000 }, async (context) => {
  const held = await presses(scene, SEED, 30);
  const seen = judge(held, [...scene.streams.values()]);
  const late = sorted(seen.late);
  context.diagnostic(`seed ${SEED}: ${seen.holds} holds, closed after ${late.map((ms) => ms.toFixed()).join(', ')} ms`);
  assert.ok(seen.words > 5 && late.length >= seen.words, 'there was something to see');
  assert.ok(seen.unheard <= 1, `${seen.unheard} of ${seen.words} holds without a microphone`);
  assert.ok(seen.both <= 150, `two at once for ${seen.both.toFixed()} ms`);
  assert.ok(late.at(-2) <= CLOSED && seen.outside <= 100, `open for ${seen.outside.toFixed()} ms outside`);
});

test('swallowed releases: the key itself is looked at', { timeout: 60_000 }, async (context) => {
  const late = sorted((await lost(scene, SEED, 10)).late);
  context.diagnostic(`seed ${SEED}: closed after ${late.map((ms) => ms.toFixed()).join(', ')} ms`);
  assert.ok(late.at(-2) <= LOST, `${late.at(-2)} ms`);
});

for (const [name, why, leave] of [
  ['a locked screen', 'locked', (left) => scene.lock(left)],
  ['a locked session', 'locked', (left) => scene.lockSession(left)],
  ['a sleeping computer', 'asleep', (left) => scene.sleep(left)],
]) {
  test(`${name} closes the microphone, and no press opens it until one is back`, { timeout: 60_000 }, async (context) => {
    let told;
    const seen = await away(scene, (left) => {
      if (!left) return leave(false);
      told = until('the reason', async () => (await scene.app.attribute('[data-testid=hint]', 'data-closed')) === why);
      return leave(true);
    });
    context.diagnostic(`closed after ${seen.late.toFixed()} ms`);
    assert.ok(seen.late <= AWAY, `${seen.late} ms`);
    assert.deepEqual([seen.whileAway, seen.armed], [0, 0], `opened while away (for ${seen.lasted} ms), and after it by a key that was still held`);
    await told;
  });
}
