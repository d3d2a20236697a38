// Each fault of a microphone once, against the audio room itself; `make chaos-audio` does the same twenty times.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { FAULTS, run, seeded } from '../chaos/audio.mjs';
import { Rig } from '../chaos/rig.mjs';

// a frozen and a sleeping computer take long, and differ from a suspended microphone only in who is asleep
const LONG = /^(A8.*frozen|A14)/;
const SEED = 7;

let rig;
before(async () => {
  rig = await Rig.open();
});
after(() => rig?.close());

for (const name of Object.keys(FAULTS).filter((name) => !LONG.test(name))) {
  test(name, async () => {
    const found = await run(rig, name, seeded(SEED));
    assert.deepEqual(found.broken, [], JSON.stringify(found.facts));
  });
}
