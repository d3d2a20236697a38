// The meter itself: it must know speech from what is none, and the time of a sound to a few milliseconds.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ear, audibleSeconds, isSpeech, lastSound, samples, wav } from './sound.mjs';

const RATE = 16000;
const make = (seconds, of) => Float32Array.from({ length: seconds * RATE }, (_, at) => of(at / RATE, at));
const tone = (hertz) => (t) => 0.3 * Math.sin(2 * Math.PI * hertz * t);
// A small generator with a fixed seed, so that the noise is the same each time.
const noise = ((seed) => () => 0.3 * (((seed = (seed * 1103515245 + 12345) % 2 ** 31) / 2 ** 30) - 1))(7);
const bytes = (samples) => wav(samples, RATE).subarray(44);

test('silence, hum, a tone and noise are not speech', () => {
  for (const [name, of] of [['silence', () => 0], ['hum', tone(50)], ['tone', tone(440)], ['noise', noise]]) {
    assert.equal(isSpeech(make(2, of), RATE), false, name);
  }
});

test('speech is speech', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wilco-sound-'));
  const file = join(folder, 'said.wav');
  execFileSync('flite', ['-voice', 'slt', '-t', 'The first phrase is spoken before the last is known.', '-o', file]);
  const said = readFileSync(file).subarray(44);
  rmSync(folder, { recursive: true });
  assert.equal(isSpeech(samples(said), RATE), true);
  assert.equal(isSpeech(samples(said).map((x) => x / 1000), RATE), false, 'too soft to be heard');
});

test('the end of a sound is known to 5 ms', () => {
  const cut = make(1, (t) => (t < 0.42 ? tone(440)(t) : 0));
  assert.ok(Math.abs(lastSound(cut, RATE) - 420) <= 5, String(lastSound(cut, RATE)));
  assert.equal(lastSound(make(1, () => 0), RATE), 0);
});

test('a recording keeps its times though its pieces come late', () => {
  let clock = 0;
  const ear = new Ear(RATE, () => clock);
  const sound = bytes(make(1, (t) => (t >= 0.5 && t < 0.6 ? tone(440)(t) : 0)));
  for (let piece = 0; piece < 100; piece++) {
    // 10 ms each; every other one 30 ms late
    clock = 1000 + 10 * (piece + 1) + (piece % 2 ? 30 : 0);
    ear.take(sound.subarray(320 * piece, 320 * (piece + 1)));
  }
  assert.equal(audibleSeconds(ear.between(1000, 1495), RATE), 0);
  assert.ok(Math.abs(audibleSeconds(ear.between(1495, 1605), RATE) - 0.1) <= 0.02);
  assert.equal(audibleSeconds(ear.between(1605, 2000), RATE), 0);
});

test('a piece may end within a sample', () => {
  const ear = new Ear(RATE, () => 1000);
  const sound = bytes(make(1, tone(440)));
  ear.take(sound.subarray(0, 1001));
  ear.take(sound.subarray(1001));
  assert.deepEqual(bytes(ear.between(0, 1000)), sound);
});

test('what is saved is a WAV file', () => {
  const file = join(tmpdir(), `wilco-${process.pid}.wav`);
  writeFileSync(file, wav(make(1, tone(440)), RATE));
  const kind = readFileSync(file).toString('latin1', 0, 16);
  rmSync(file);
  assert.match(kind, /^RIFF....WAVEfmt $/s);
});
