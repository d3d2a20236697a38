// Other programs are softer while somebody talks or is answered, and as loud as before afterwards; at a real sound server.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Rig } from '../chaos/rig.mjs';
import { until } from './desk.mjs';

let rig;
before(async () => {
  rig = await Rig.open();
  rig.music('lamp');
  await until('music', async () => (await rig.players('speaker')).length === 1);
});
after(() => rig?.close());

const is = (percent) => until(`${percent} %`, async () => (await rig.players('speaker'))[0].loudness === percent);

test('others are softer while somebody talks, and then as before', { timeout: 60_000 }, async () => {
  await byHand(80);
  await is(80);
  const probe = rig.listen('', 'hush');
  await is(40);
  await probe.release();
  await is(80);
});

test('whoever is made louder by hand meanwhile stays so', { timeout: 60_000 }, async () => {
  const probe = rig.listen('', 'hush');
  await is(40);
  await byHand(70);
  await probe.release();
  // it ends once it has given back what it took
  await until('its end', () => probe.child.exitCode !== null);
  await is(70);
});

test('others are softer while a reply is heard, the reply is not', { timeout: 60_000 }, async () => {
  await byHand(80);
  await is(80);
  const probe = rig.speak([440, 550, 660], 'hush');
  await is(40);
  const [, reply] = await rig.players('speaker');
  assert.equal(reply.loudness, 100);
  await until('its end', () => probe.child.exitCode !== null);
  await is(80);
  await byHand(70);
  await is(70);
});

test('unless it is wanted nobody is touched', { timeout: 60_000 }, async () => {
  const probe = rig.listen('');
  await probe.fact((fact) => fact.is === 'live', 5000);
  await is(70);
  await probe.release();
  await is(70);
});

/** Somebody moves the music's slider. */
async function byHand(percent) {
  const [{ stream }] = await rig.players('speaker');
  await rig.pactl('set-sink-input-volume', stream, `${percent}%`);
}
