// Another microphone and another loudspeaker, chosen in the settings: what a person sees, and where the sound server
// says that the streams are.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { matches, until } from './desk.mjs';
import { Ear, audibleSeconds } from './sound.mjs';
import { Stage, WELCOMED } from './stage.mjs';

/** Microphones are the first list, loudspeakers the second. */
const list = (place) => `dialog main section > :nth-child(${place}) select`;
const chosen = (place) => stage.app.run(`return document.querySelector("${list(place)}").selectedOptions[0].text`);

let stage;
let headset;

before(async () => {
  stage = await Stage.open('devices', WELCOMED, async ({ desk }) => {
    const load = (...args) => desk.run('pactl', ['load-module', ...args]);
    await load('module-null-sink', 'sink_name=headset', 'rate=48000', 'channels=2', 'sink_properties=device.description=Headset');
    await load('module-null-sink', 'sink_name=headset_feed', 'rate=48000', 'channels=1', 'channel_map=mono');
    await load('module-remap-source', 'master=headset_feed.monitor', 'source_name=headset_mic', 'source_properties=device.description=Headset_microphone');
    await desk.run('pactl', ['set-default-sink', 'speaker']);
    await desk.run('pactl', ['set-default-source', 'virtual_mic']);
    headset = new Ear(16000);
    const recorder = ['--raw', '--latency-msec=10', '--format=s16le', '--rate=16000', '--channels=1', '-d'];
    desk.start('parec', [...recorder, 'headset.monitor'], 'pipe').stdout.on('data', (bytes) => headset.take(bytes));
    desk.start('parec', [...recorder, 'headset_feed.monitor', '/dev/null']);
    await until('the headset', () => headset.until > 0);
  });
}, { timeout: 60_000 });

after(() => stage?.close());
afterEach((context) => stage?.photograph(context.name));

/** Names of the devices that the app's streams are at; `kind` is `source-output` or `sink-input`. */
async function places(kind, device) {
  const list = async (what) => JSON.parse(await stage.desk.run('pactl', ['-f', 'json', 'list', what]));
  const names = new Map((await list(`${device}s`)).map((one) => [one.index, one.name]));
  // not all of its ways to the server carry its name; those of the desk do, or belong to a device
  const desks = (one) => /^(parec|pacat|paplay)$/.test(one['application.name']) || one['media.role'] === 'filter';
  const own = (await list(`${kind}s`)).filter((one) => !desks(one.properties));
  return own.map((one) => names.get(one[device]));
}

test('the devices are listed, and the usual ones are named', async () => {
  await stage.settings('audio');
  await until('the lists', () => stage.app.run('return [...document.querySelectorAll("dialog option")].some((one) => one.text.includes("Headset"))'));
  await matches(() => chosen(1), /Remapped.*system/i);
  await matches(() => chosen(2), /Null Output.*system/i);
});

test('a microphone that was chosen hears the next press', async () => {
  assert.ok(await stage.choose(list(1), 'Headset_microphone'));
  await until('the choice', async () => /Headset_microphone/.test(await chosen(1)));
  await stage.leaveSettings();
  stage.desk.key('down', 'F9');
  await stage.becomes('listening');
  const at = await places('source-output', 'source');
  stage.desk.key('up', 'F9');
  await stage.becomes('ready');
  assert.deepEqual(at, ['headset_mic']);
});

test('a loudspeaker that was chosen speaks, and the other one is silent', async () => {
  await stage.settings('audio');
  await until('the lists', () => stage.choose(list(2), 'Headset'));
  await until('the choice', async () => /Headset/.test(await chosen(2)));
  await stage.leaveSettings();
  const from = performance.now();
  await stage.app.type('#say', 'help\uE007');
  await stage.becomes('speaking');
  await until('a sound', () => audibleSeconds(headset.between(from, headset.until), headset.rate) > 0.5);
  assert.deepEqual(await places('sink-input', 'sink'), ['headset']);
  await stage.app.type('#say', '\uE00C');
  await stage.becomes('ready');
  assert.equal(stage.heard(from), 0, 'the loudspeaker');
});

test('one that is pulled out is told, and the system\'s choice is one choice away', async () => {
  const modules = (await stage.desk.run('pactl', ['list', 'short', 'modules'])).split('\n');
  const [index] = modules.find((line) => line.includes('sink_name=headset ')).split('\t');
  await stage.desk.run('pactl', ['unload-module', index]);
  await stage.settings('audio');
  await until('that it is not there', async () => /not connected/i.test(await chosen(2)));
  assert.ok(await stage.choose(list(2), 'system'));
  await stage.leaveSettings();
  const from = performance.now();
  await stage.ask('What is 12 times 9?');
  await until('a sound at the usual one', () => stage.heard(from) > 0.3);
});
