// What is done to the microphone's sound, and what it costs or gains in words: real recordings, clean and spoiled, through
// whole turns with the engine of this machine. `node .ci/hearing.mjs FOLDER` prints a table; FOLDER has samples.tsv.

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { samples, wav } from '../tests/e2e/sound.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const WILCO = join(resolve(ROOT, process.env.CARGO_TARGET_DIR ?? 'target'), 'debug/wilco');
const FOLDER = process.argv[2] ?? process.env.WILCO_SPEECH;
const RATE = 16000;
const AT_ONCE = 2; // turns

const TREATMENTS = {
  'as it is': [],
  'suppress_noise': ['audio.suppress_noise=true'],
  'auto_gain': ['audio.auto_gain=true'],
  'both': ['audio.suppress_noise=true', 'audio.auto_gain=true'],
};

const rms = (sound) => Math.sqrt(sound.reduce((sum, x) => sum + x * x, 0) / sound.length);

function scaled(sound, db) {
  const factor = 10 ** (db / 20) / rms(sound);
  return sound.map((x) => x * factor);
}

const noise = samples(readFileSync(join(FOLDER, 'noise/kitchen.wav')).subarray(44));

/** Noise of a kitchen, `db` below the speech. */
function mixed(sound, db) {
  const under = scaled(noise.subarray(0, sound.length), 20 * Math.log10(rms(sound)) - db);
  return sound.map((x, at) => x + (under[at] ?? 0));
}

const CONDITIONS = {
  'as recorded': (sound) => sound,
  'at −44 dBFS': (sound) => scaled(sound, -44),
  'kitchen 15 dB below': (sound) => mixed(sound, 15),
  'kitchen 5 dB below': (sound) => mixed(sound, 5),
};

const words = (text) => text.toLowerCase().replaceAll(/[^\p{L}\p{N}' ]+/gu, ' ').split(' ').filter(Boolean);

/** Words that differ: Levenshtein's distance. */
function errors(wanted, got) {
  let row = got.map((_, at) => at + 1);
  row.unshift(0);
  wanted.forEach((word, line) => {
    const next = [line + 1];
    got.forEach((other, at) => next.push(Math.min(row[at] + (word !== other), row[at + 1] + 1, next[at] + 1)));
    row = next;
  });
  return row.at(-1);
}

const said = readFileSync(join(FOLDER, 'samples.tsv'), 'utf8').trim().split('\n').slice(1).map((line) => line.split('\t'));
const total = said.reduce((sum, [, text]) => sum + words(text).length, 0);
const folder = mkdtempSync(join(tmpdir(), 'wilco-hearing-'));
// a home of its own: nothing is recorded, and nothing of the person's is touched
const env = { ...process.env, XDG_CONFIG_HOME: join(folder, 'config'), XDG_DATA_HOME: join(folder, 'data') };
const home = join(env.XDG_CONFIG_HOME, 'app.wilco.wilco');
mkdirSync(home, { recursive: true });
writeFileSync(join(home, 'settings.toml'), '[providers]\nhear = ["pocketsphinx"]\n[privacy]\nkeep_recordings = 0\n');
console.log(`${said.length} recordings, ${total} words; word error rate in %\n`);
console.log(`| sound | ${Object.keys(TREATMENTS).join(' | ')} |\n| --- |${' ---: |'.repeat(Object.keys(TREATMENTS).length)}`);
for (const [condition, spoil] of Object.entries(CONDITIONS)) {
  const found = Object.fromEntries(Object.keys(TREATMENTS).map((name) => [name, 0]));
  const jobs = said.flatMap(([file, text], number) => {
    const path = join(folder, `${number}.wav`);
    writeFileSync(path, wav(spoil(samples(readFileSync(join(FOLDER, file)).subarray(44))), RATE));
    return Object.entries(TREATMENTS).map(([name, sets]) => async () => {
      const args = ['turn', path, '--pace', 'fast', '--json', '--mode', 'echo', ...sets.flatMap((set) => ['--set', set])];
      const { stdout } = await promisify(execFile)(WILCO, args, { env }).catch((error) => error);
      found[name] += errors(words(text), words(JSON.parse(stdout).transcript));
    });
  });
  await Promise.all(Array.from({ length: AT_ONCE }, async () => { for (let job; (job = jobs.shift()); ) await job(); }));
  console.log(`| ${condition} | ${Object.values(found).map((wrong) => ((wrong * 100) / total).toFixed(1)).join(' | ')} |`);
}
rmSync(folder, { recursive: true });
