// The terminal, as a script uses it: exit codes, messages, JSON, and a live turn from the microphone.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Desk, until } from './desk.mjs';
import { isSpeech, samples, wav } from './sound.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const WILCO = join(resolve(ROOT, process.env.CARGO_TARGET_DIR ?? 'target'), 'debug/wilco');
const RATE = 16000;

let desk;
let folder;
before(async () => {
  desk = await Desk.open();
  folder = mkdtempSync(join(tmpdir(), 'wilco-terminal-'));
});
after(() => {
  desk.close();
  rmSync(folder, { recursive: true });
});

/** Runs `wilco` to its end, in the desk's own home. */
function wilco(...args) {
  return new Promise((done) => {
    execFile(WILCO, args, { env: desk.env }, (error, stdout, stderr) => done({ code: error?.code ?? 0, stdout, stderr }));
  });
}

function file(name, bytes) {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const silence = (seconds) => wav(new Float32Array(seconds * RATE), RATE);

test('each bad recording has its code and a message that says what to do', async () => {
  const cases = [
    [join(folder, 'nowhere.wav'), 3, /path/i],
    [file('text.wav', 'This is not sound.'), 4, /WAV/],
    [file('empty.wav', silence(0)), 5, /no sound/i],
    [file('silent.wav', silence(2)), 6, /nobody speaks/i],
    [file('short.wav', silence(0.1)), 7, /too short/i],
    [file('long.wav', silence(601)), 8, /ten minutes/i],
  ];
  for (const [path, code, message] of cases) {
    const ended = await wilco('turn', path, '--pace', 'fast');
    assert.equal(ended.code, code, `${path}: ${ended.stderr}`);
    assert.match(ended.stdout + ended.stderr, message, path);
  }
});

test('wrong arguments are told', async () => {
  const path = file('silent.wav', silence(1));
  for (const [args, message] of [
    [['--mode', 'sing'], /chat.*translate.*echo/s],
    [['--set', 'voice.rate=9'], /from 0\.5 to 2/],
    [['--set', 'voice.pitch=1'], /pitch/],
    [['--set', 'voice.rate'], /KEY=VALUE/],
    [['--set', 'privacy.keep_history=nothing'], /under Privacy/],
  ]) {
    const ended = await wilco('turn', path, ...args);
    assert.equal(ended.code, 2, args.join(' '));
    assert.match(ended.stderr, message);
  }
});

test('a whole turn as JSON, its reply as a file', async () => {
  const question = join(folder, 'question.wav');
  const reply = join(folder, 'reply.wav');
  assert.equal((await wilco('say', 'What time is it?', '--out', question)).code, 0);
  const ended = await wilco('turn', question, '--out', reply, '--pace', 'fast', '--json');
  assert.equal(ended.code, 0, ended.stderr);
  const turn = JSON.parse(ended.stdout);
  assert.equal(turn.transcript, 'what time is it');
  assert.deepEqual(turn.answered_by, { hear: 'pocketsphinx', think: 'wilco', speak: 'flite' });
  const marks = ['key_down', 'first_frame', 'key_up', 'stt_final', 'first_token', 'first_phrase', 'tts_first_byte', 'first_audio', 'last_audio'];
  assert.deepEqual(Object.keys(turn.marks).sort(), marks.sort());
  assert.ok(Math.abs(turn.marks.first_audio - turn.marks.key_up - turn.release_to_first_audio_ms) < 0.11);
  assert.ok(isSpeech(samples(readFileSync(reply).subarray(44)), 24000));
});

test('a translation from a recording', async () => {
  const said = join(folder, 'said.wav');
  await wilco('say', 'where is the house', '--out', said);
  const ended = await wilco('turn', said, '--to', 'es', '--pace', 'fast', '--json');
  assert.equal(ended.code, 0, ended.stderr);
  const turn = JSON.parse(ended.stdout);
  assert.equal(turn.answered_by.think, 'apertium');
  assert.equal(turn.answered_by.speak, 'espeak-ng');
  assert.notEqual(turn.reply, '');
});

test('a file for whoever helps tells all but what was said and what is named', async () => {
  const said = join(folder, 'petunia.wav');
  await wilco('say', 'call aunt petunia at noon', '--out', said);
  const turn = await wilco('turn', said, '--mode', 'echo', '--pace', 'fast', '--json');
  assert.equal(turn.code, 0, turn.stderr);
  const { transcript } = JSON.parse(turn.stdout);
  const settings = join(desk.env.XDG_CONFIG_HOME, 'app.wilco.wilco/settings.toml');
  const before = readFileSync(settings, 'utf8');
  const own = 'persona = "Petunia"\n[personas.Petunia]\nprompt = "You are Petunia."\n[accounts.openai]\nbase_url = "https://petunia.example/v1"\n';
  writeFileSync(settings, `${own}${before}`);
  const logs = join(desk.env.XDG_DATA_HOME, 'app.wilco.wilco/logs');
  mkdirSync(logs, { recursive: true });
  writeFileSync(join(logs, 'wilco.2026-11-22.log'), `earlier\n${'a line\n'.repeat(299)}${desk.env.HOME}/a file\n`);
  const [quiet, open] = [await wilco('support', '--to', folder), await wilco('support', '--speech', '--to', folder)];
  writeFileSync(settings, before);
  assert.equal(quiet.code, 0, quiet.stderr);
  assert.equal(open.code, 0, open.stderr);
  const path = quiet.stdout.match(/\S+\.json/)[0];
  const text = readFileSync(path, 'utf8');
  const told = JSON.parse(text);
  assert.equal(told.wilco_support, 1);
  assert.equal(told.turn.outcome, 'done');
  assert.deepEqual(Object.fromEntries(told.turn.answered_by).hear, 'pocketsphinx');
  assert.equal(told.turn.transcript, `(${transcript.length} letters)`);
  assert.ok(told.checks.some(({ what, verdict }) => what === 'microphone' && verdict === 'ok'));
  assert.deepEqual([told.log.length, told.log.at(-1)], [300, '~/a file']);
  assert.equal(told.settings.accounts.openai.base_url, '(26 letters)');
  for (const secret of ['petunia', 'Petunia', transcript]) assert.ok(!text.includes(secret), secret);
  const beside = readFileSync(path.replace('.json', '-speech.json'), 'utf8');
  assert.ok(beside.includes(transcript));
  assert.equal(readFileSync(join(folder, told.turn.recording)).subarray(0, 4).toString(), 'OggS');
});

/** One live turn: somebody asks for the time as soon as the microphone is open. */
async function live() {
  const turn = wilco('talk', '--seconds', '4', '--json');
  await until('an open microphone', recording);
  const from = performance.now();
  await desk.speak('What time is it?');
  return { ...(await turn), from };
}

test('a turn from the microphone, heard at the loudspeaker', async () => {
  const ended = await live();
  assert.equal(ended.code, 0, ended.stdout + ended.stderr);
  assert.match(JSON.parse(ended.stdout).transcript, /what time is it/);
  assert.ok(isSpeech(desk.ear.between(ended.from, desk.ear.until), desk.ear.rate));
});

/** Whether a program other than the desk's own listener records. */
async function recording() {
  const programs = await desk.run('pactl', ['list', 'source-outputs']);
  return /application\.process\.binary = "wilco"/.test(programs);
}

test('devices and engines are listed', async () => {
  const devices = await wilco('devices');
  assert.equal(devices.code, 0);
  assert.match(devices.stdout, /Microphones[\s\S]*Loudspeakers/);
  const engines = await wilco('engines');
  assert.equal(engines.code, 0);
  assert.match(engines.stdout, /✓ pocketsphinx.*basic, offline/);
});
