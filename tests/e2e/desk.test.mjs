// The desk itself: what is played is heard, what is said reaches the microphone, a key is seen, and nothing stays.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { after, before, test } from 'node:test';
import { Desk, mentioning, until } from './desk.mjs';
import { Ear, audibleSeconds, isSpeech, levels } from './sound.mjs';

let desk;
before(async () => (desk = await Desk.open()));
after(() => desk.close());

test('what is played is heard at the loudspeaker, at its time', async () => {
  const before = performance.now();
  await desk.run('flite', ['-voice', 'slt', '-t', 'You can hear me at the loudspeaker.', '-o', `${desk.env.HOME}/said.wav`]);
  const start = performance.now();
  await desk.run('paplay', ['--latency-msec=100', `${desk.env.HOME}/said.wav`]);
  const end = performance.now();
  await until('the rest of it', () => desk.ear.until > end + 100);
  assert.equal(isSpeech(desk.ear.between(start, end + 100), 16000), true);
  assert.equal(audibleSeconds(desk.ear.between(before, start), 16000), 0);
});

test('what is said reaches the microphone, unless it is muted', async () => {
  for (const muted of [false, true]) {
    await desk.mute(muted);
    const ear = new Ear(16000);
    const recorder = ['--raw', '--latency-msec=10', '--format=s16le', '--rate=16000', '--channels=1', '-d', 'virtual_mic'];
    const child = desk.start('parec', recorder, 'pipe');
    child.stdout.on('data', (bytes) => ear.take(bytes));
    await until('the microphone', () => ear.until > 0);
    const start = performance.now();
    await desk.speak('You can hear me at the microphone.');
    const end = performance.now();
    await until('the rest of it', () => ear.until > end + 100);
    const said = ear.between(start, end + 100);
    assert.equal(isSpeech(said, 16000), !muted);
    assert.equal(levels(said, 16000).every((level) => level === 0), muted, 'only a muted microphone gives exact zeros');
    child.kill();
  }
  await desk.mute(false);
});

test('nothing of it stays', async () => {
  const other = await Desk.open();
  const runtime = other.env.XDG_RUNTIME_DIR;
  assert.notDeepEqual(mentioning(runtime), []);
  other.close();
  await until('the end of all', () => mentioning(runtime).length === 0);
});

test('nothing of it stays even if we are killed', async () => {
  const open = "import { Desk } from './desk.mjs'; console.log((await Desk.open()).env.XDG_RUNTIME_DIR);";
  const other = spawn(process.execPath, ['--input-type=module', '-e', open], { cwd: import.meta.dirname });
  const [line] = await once(other.stdout, 'data');
  const runtime = String(line).trim();
  assert.notDeepEqual(mentioning(runtime), []);
  other.kill('SIGKILL');
  await until('the end of all', () => mentioning(runtime).length === 0);
  rmSync(dirname(runtime), { recursive: true });
});
